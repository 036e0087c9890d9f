"""twemproxy (nutcracker) in front of the server: what it forwards, splits over keys, and puts together again.

Usage: python3 twemproxy.py PORT
See: README.md of this folder.
"""

import pathlib
import re
import socket
import subprocess
import sys
import tempfile

import flow
import redis

PORT = int(sys.argv[1])
direct = redis.Redis(port=PORT)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


PROXY_PORT, STATS_PORT = free_port(), free_port()
proxied = redis.Redis(port=PROXY_PORT, socket_timeout=flow.WAIT_S)
# Two server entries for the one server: multi-key commands are then split by the proxy, and their answers merged.
CONFIGURATION = f"""
compat:
  listen: 127.0.0.1:{PROXY_PORT}
  hash: fnv1a_64
  distribution: ketama
  redis: true
  auto_eject_hosts: false
  servers:
   - 127.0.0.1:{PORT}:1 one
   - localhost:{PORT}:1 two
"""


def accepts():
    try:
        return proxied.ping()
    except redis.ConnectionError:
        return False


def forwards():
    assert proxied.set("a", bytes(range(256)), ex=100) and proxied.get("a") == bytes(range(256)) == direct.get("a")
    assert 95 <= proxied.ttl("a") <= 100 and proxied.get("nosuch") is None and proxied.incr("n") == 1
    assert proxied.hset("h", mapping={"k": "v", "n": "1"}) == 2 and proxied.hgetall("h") == {b"k": b"v", b"n": b"1"}
    assert proxied.rpush("l", 1, 2, 3) == 3 and proxied.lrange("l", 0, -1) == [b"1", b"2", b"3"]
    assert proxied.zadd("z", {"one": 1, "two": 2}) == 2 and proxied.zrange("z", 0, -1, withscores=True) == [(b"one", 1), (b"two", 2)]
    assert proxied.sadd("s", "m") == 1 and proxied.smembers("s") == {b"m"} and proxied.pfadd("p", "x") == 1 and proxied.pfcount("p") == 1
    assert proxied.eval("return redis.call('incrby', KEYS[1], ARGV[1])", 1, "n", 4) == 5
    big = b"x" * (1 << 20)
    assert proxied.set("big", big) and proxied.get("big") == big
    assert direct.config_get("timeout") == {"timeout": "0"}


def splits():
    names = [f"split:{i}" for i in range(100)]
    assert proxied.mset({name: name for name in names}) and direct.exists(*names) == 100
    assert proxied.mget(*names, "nosuch") == [name.encode() for name in names] + [None]
    assert proxied.touch(*names) == 100 and proxied.unlink(*names[:50]) == 50 and proxied.delete(*names) == 50
    with proxied.pipeline(transaction=False) as pipeline:
        for i in range(1000):
            pipeline.set(f"pipe:{i}", i).get(f"pipe:{i}")
        assert pipeline.execute() == [answer for i in range(1000) for answer in (True, str(i).encode())]


def errors():
    for words, text in ((("LPUSH", "z", "1"), "Operation against a key holding the wrong kind of value"),
                        (("INCR", "a"), "value is not an integer or out of range")):
        try:
            proxied.execute_command(*words)
            raise AssertionError(f"{words} was answered")
        except redis.ResponseError as error:
            assert text in str(error), error
    assert proxied.get("n") == b"5", "the connection is still good"


def main():
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "nutcracker.yml"
        file.write_text(CONFIGURATION)
        words = ["/usr/sbin/nutcracker", "--conf-file", str(file), "--stats-port", str(STATS_PORT), "--stats-addr", "127.0.0.1",
                 "--output", str(file) + ".log", "--pid-file", str(file) + ".pid"]
        with flow.process(words):
            flow.eventually("the proxy accepts", accepts)
            told = subprocess.run([words[0], "--version"], capture_output=True, text=True, check=False)
            version = re.search(r"nutcracker-([0-9.]+)", told.stdout + told.stderr)[1]
            flow.run("twemproxy", version, forwards, splits, errors)


main()
