"""The demo's service, in Python: plain cache-aside with stock redis-py, one thread per caller.

redis-py's own pool gives every thread a connection; nothing is configured beyond host and port.
See: README.md of this folder.
"""

import json
import os
import random
import sys
import threading
import time

import psycopg2
import redis

options = json.loads(sys.argv[1])
cache = redis.Redis(host=options["host"], port=options["port"])


# ---- what the demo is about ------------------------------------------------------------------------------------------

def get_product(database, product):
    key = f"cache:product:{product}"
    cached = cache.get(key)
    if cached is not None:
        return cached
    value = query_database(database, product)
    cache.set(key, value, ex=options["ttl_s"])
    return value


def query_database(database, product):
    tell({"query": product, "at": now()})
    with database.cursor() as cursor:
        cursor.execute("SELECT load_product(%s)", (product,))
        return cursor.fetchone()[0]


# ---- the callers -----------------------------------------------------------------------------------------------------

stopping = threading.Event()
finished_calls = []
lock = threading.Lock()


def now():
    return time.time() * 1000


def tell(event):
    line = json.dumps(event) + "\n"
    with lock:
        sys.stdout.write(line)
        sys.stdout.flush()


def fail(error):
    tell({"error": f"redis-py: {type(error).__name__}: {error}"})


def call_again_and_again(database):
    shortest, longest = options["pause_ms"]
    while not stopping.is_set():
        time.sleep(random.uniform(shortest, longest) / 1000)
        product = 1 if random.random() < options["hot_share"] else random.randrange(options["other_products"]) + 2
        begun = now()
        try:
            value = get_product(database, product)
            if json.loads(value)["id"] != product:
                raise ValueError(f"asked for product {product}, got {value}")
        except Exception as error:  # whatever it is, it is what the demo counts
            fail(error)
        ended = now()
        finished_calls.append((ended, ended - begun))  # one list, many threads: append is atomic


def report_calls():
    calls = finished_calls[:]
    del finished_calls[:len(calls)]
    if calls:
        tell({"calls": calls})


def report_until_stopped():
    while not stopping.wait(0.1):
        report_calls()


def main():
    # Connect to everything beforehand, so that no call pays for it.
    held = [cache.connection_pool.get_connection("PING") for _ in range(options["callers"])]
    for connection in held:
        cache.connection_pool.release(connection)
    callers = []
    for _ in range(options["callers"]):
        database = psycopg2.connect(**options["database"])
        database.autocommit = True
        callers.append(threading.Thread(target=call_again_and_again, args=(database,), daemon=True))
    tell({"ready": True})
    if not sys.stdin.readline():
        return
    for caller in callers:
        caller.start()
    reporter = threading.Thread(target=report_until_stopped, daemon=True)
    reporter.start()
    if sys.stdin.readline():
        stopping.set()
        for thread in (*callers, reporter):
            thread.join()
        report_calls()
        tell({"done": True})
        sys.stdin.read()


main()
# Threads that still wait for an answer must not keep the process once whoever started it is gone.
os._exit(0)
