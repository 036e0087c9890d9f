"""redis-py, as Debian has it: the calls an application makes, checked one by one.

Usage: python3 redis_py.py PORT
See: README.md of this folder.
"""

import os
import select
import sys
import threading

import redis

PORT = int(sys.argv[1])


def connect(**options):
    return redis.Redis(host="127.0.0.1", port=PORT, socket_timeout=30, **options)


def strings(client):
    assert client.ping() is True
    assert client.set("py:a", "1") is True
    assert client.get("py:a") == b"1"
    assert client.set("py:a", "2", nx=True) is None
    assert client.set("py:b", "x", ex=100) is True
    assert 98 <= client.ttl("py:b") <= 100 and 98000 < client.pttl("py:b") <= 100000
    assert client.mset({"py:c": "3", "py:d": "4"}) is True
    assert client.mget("py:c", "py:nosuch", "py:d") == [b"3", None, b"4"]
    assert [client.incr("py:n"), client.incrby("py:n", 10), client.decr("py:n")] == [1, 11, 10]
    assert client.incrbyfloat("py:f", 1.5) == 1.5
    assert client.getdel("py:c") == b"3" and client.exists("py:c") == 0
    assert client.type("py:a") == b"string" and client.type("py:c") == b"none"
    assert client.expire("py:d", 50) is True and client.persist("py:d") is True and client.ttl("py:d") == -1


def values(client):
    for value in (bytes(range(256)), b"", "naïve 汉字 🐎".encode(), b"\r\n$-1\r\n", os.urandom(1 << 20)):
        client.set("py:value", value)
        assert client.get("py:value") == value
        assert client.strlen("py:value") == len(value)
    client.set("ключ 🐎", "значение")
    assert connect(decode_responses=True).get("ключ 🐎") == "значение"


def scans(client):
    wanted = {b"py:scan:%d" % i for i in range(500)}
    client.mset({key: b"" for key in wanted})
    assert set(client.scan_iter(match="py:scan:*", count=50)) == wanted
    assert sorted(client.keys("py:scan:1?")) == [b"py:scan:1%d" % i for i in range(10)]
    assert client.delete(*wanted) == 500


def transactions(client):
    with client.pipeline(transaction=True) as pipe:
        assert pipe.set("py:t", 1).incr("py:t").get("py:t").execute() == [True, 2, b"2"]
    with client.pipeline() as pipe:
        pipe.watch("py:t")
        client.set("py:t", 7)
        pipe.multi()
        pipe.set("py:t", 8)
        try:
            pipe.execute()
            raise AssertionError("the watched key had changed")
        except redis.WatchError:
            pass
    assert client.transaction(lambda pipe: pipe.multi() or pipe.incr("py:t"), "py:t") == [8]
    with client.pipeline(transaction=False) as pipe:
        for i in range(1000):
            pipe.set("py:p", i).get("py:p")
        assert pipe.execute()[1::2] == [b"%d" % i for i in range(1000)]


def errors(client):
    for words, begin in ((("INCR", "py:value"), "value is not an integer"), (("NOSUCH", "x"), "unknown command 'NOSUCH'"),
                         (("GET",), "wrong number of arguments"), (("SET", "a", "b", "EX", "0"), "invalid expire time")):
        client.set("py:value", "text")
        try:
            client.execute_command(*words)
            raise AssertionError(f"{words} was answered")
        except redis.ResponseError as error:
            assert str(error).startswith(begin), error


def administration(client):
    client.client_setname("py")
    assert client.client_getname() in ("py", b"py")
    assert client.execute_command("CLIENT SETINFO", "LIB-NAME", "redis-py") == b"OK"
    mine = [line for line in client.client_list() if int(line["id"]) == client.client_id()]
    assert len(mine) == 1 and mine[0]["name"] == "py" and mine[0]["lib-name"] == "redis-py"
    assert client.client_info()["lib-name"] == "redis-py"
    assert client.config_get("maxmemory*")["maxmemory"] == "0"
    assert client.config_set("maxmemory", "1gb") and client.config_get("maxmemory") == {"maxmemory": "1073741824"}
    assert client.config_set("maxmemory", 0)
    info = client.info("all")
    assert info["redis_version"] == "7.0.15" and info["role"] == "master" and info["db0"]["keys"] > 0
    assert info["cmdstat_get"]["calls"] > 0 and info["errorstat_ERR"].startswith("count=")
    assert client.command_count() > 50 and client.command_getkeys("MSET", "a", "1", "b", "2") == ["a", "b"]
    assert client.memory_usage("py:a") > 0 and client.object("encoding", "py:a") == b"int"
    assert client.slowlog_len() >= 0 and len(client.time()) == 2


def reconnects(client):
    number = client.client_id()
    socket = client.connection_pool._available_connections[-1]._sock  # the last one used
    assert connect().client_kill_filter(_id=number) == 1
    assert select.select([socket], [], [], 30)[0], "the connection is not closed"
    assert client.get("py:a") == b"1" and client.client_id() > number


def herd(client):
    other, observer = connect(), connect()
    assert client.get("cache:py") is None, "the first reader is elected to fill"
    got = []
    waiting = threading.Thread(target=lambda: got.append(other.get("cache:py")))
    waiting.start()
    while not any(line["parked"] == "1" for line in observer.client_list()):
        assert waiting.is_alive(), f"the second reader was answered {got} and did not wait"
    client.set("cache:py", "filled", ex=60)
    waiting.join()
    assert got == [b"filled"], got


# A pool hands the connection on which somebody was sent to fill to the next caller: that one must wait as well.
def pooled_herd(client):
    callers = 16
    pool = redis.BlockingConnectionPool(host="127.0.0.1", port=PORT, socket_timeout=30, max_connections=callers + 1, timeout=30)
    observer = connect()
    assert observer.execute_command("CACHE.POLICY", "SET", "pool", "match", "pool:*", "wait", "20s") == b"OK"
    connected = [pool.get_connection("GET") for _ in range(callers + 1)]
    filler = connected[-1]
    for connection in connected:
        pool.release(connection)
    assert redis.Redis(connection_pool=pool).get("pool:key") is None, "the first caller is elected to fill"
    assert pool.pool.queue[-1] is filler, "the next caller does not get the connection of the filler"
    got = []
    threads = [threading.Thread(target=lambda: got.append(redis.Redis(connection_pool=pool).get("pool:key"))) for _ in range(callers)]
    for thread in threads:
        thread.start()
    while sum(line["parked"] == "1" for line in observer.client_list()) < callers:
        assert not got, f"{got} were answered and did not wait"
    redis.Redis(connection_pool=pool).set("pool:key", "filled", ex=60)
    for thread in threads:
        thread.join()
    assert got == [b"filled"] * callers, got
    figures = observer.execute_command("CACHE.STATS", "pool")
    figures = dict(zip(figures[::2], figures[1::2]))
    wanted = {b"elections": 1, b"fills": 1, b"waits": callers, b"holder_waits": 1, b"wait_timeouts": 0, b"probes": 0}
    assert {name: figures[name] for name in wanted} == wanted, figures
    pool.disconnect()


def main():
    client = connect()
    for part in (strings, values, scans, transactions, errors, administration, reconnects, herd, pooled_herd):
        part(client)
    print(f"redis-py {redis.__version__}: as it should be")


main()
