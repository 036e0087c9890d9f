"""redis-cli's own tools over keys of every type: --bigkeys, --memkeys, --hotkeys, --scan, --pipe, --stat, --latency.

Usage: python3 redis_cli_tools.py PORT
See: README.md of this folder.
"""

import re
import select
import subprocess
import sys

import flow
import redis

PORT = sys.argv[1]
client = redis.Redis(port=int(PORT))


def cli(*words, text=None):
    """What redis-cli prints for one call; it must end well."""
    done = subprocess.run(["redis-cli", "-p", PORT, *words], input=text, capture_output=True, timeout=60)
    assert done.returncode == 0 and not done.stderr, (words, done)
    return done.stdout.decode()


def pipe():
    """One stream of commands of every type, among them one that fails; the tool counts replies and errors."""
    lines = [f"SET string:{i} {'x' * i}" for i in range(1, 201)]
    lines += ["RPUSH list a b c d", "RPUSH list:short a", "SADD set a b c", "HSET hash a 1 b 2", "ZADD zset 1 a", "XADD stream * a 1",
              "XADD stream * a 2", "SETRANGE far 99999 x", "LPUSH set wrong"]
    done = subprocess.run(["redis-cli", "-p", PORT, "--pipe"], input="\r\n".join(lines + [""]).encode(), capture_output=True, timeout=60)
    assert done.returncode == 1 and b"errors: 1, replies: 209" in done.stdout, done
    assert b"WRONGTYPE" in done.stderr + done.stdout
    assert client.dbsize() == 207


def bigkeys():
    found = cli("--bigkeys", "-i", "0.0001")
    assert "Sampled 207 keys in the keyspace!" in found, found
    for kind, name, size in (("string", "far", "100000 bytes"), ("list", "list", "4 items"), ("set", "set", "3 members"),
                             ("hash", "hash", "2 fields"), ("zset", "zset", "1 members"), ("stream", "stream", "2 entries")):
        assert re.search(rf'Biggest +{kind} found \'?"{name}"\'? has {size}', found), (kind, found)
    assert "2 lists with 5 items (00.97% of keys, avg size 2.50)" in found, found


def memkeys():
    found = cli("--memkeys")
    assert re.search(r"""Biggest +string found '?"far"'? has 1\d{5} bytes""", found), found
    samples = cli("--memkeys-samples", "0")
    assert re.search(r"""Biggest +string found '?"far"'? has 1\d{5} bytes""", samples), samples


def hotkeys():
    refused = subprocess.run(["redis-cli", "-p", PORT, "--hotkeys"], capture_output=True, timeout=60)
    assert refused.returncode == 1 and b"An LFU maxmemory policy is not selected" in refused.stdout + refused.stderr, refused
    client.config_set("maxmemory-policy", "allkeys-lfu")
    with client.pipeline(transaction=False) as pipeline:
        for _ in range(20000):
            pipeline.get("string:77")
        pipeline.execute()
    found = cli("--hotkeys")
    hottest = re.search(r"""hot key found with counter: (\d+)\s+keyname: "?([^"\s]+)""", found)
    assert hottest and hottest[2] == "string:77" and int(hottest[1]) > 10, found
    client.config_set("maxmemory-policy", "noeviction")


def scan():
    assert sorted(cli("--scan").split()) == sorted(key.decode() for key in client.keys())
    assert sorted(cli("--scan", "--pattern", "string:1?").split()) == [f"string:1{i}" for i in range(10)]
    assert "string:7\n" in cli("--quoted-pattern", '"string:\\x37"', "--scan")


def first_lines(count, *words):
    """The first lines that a tool which never ends by itself prints."""
    with flow.process(["redis-cli", "-p", PORT, *words], stdout=subprocess.PIPE) as tool:
        lines = []
        while len(lines) < count:
            assert select.select([tool.stdout], [], [], flow.WAIT_S)[0], f"{words} printed no more than {lines}"
            lines.append(tool.stdout.readline().decode())
    return lines


def stat():
    lines = first_lines(4, "--stat", "-i", "0.01")
    assert lines[0].startswith("------- data ------") and lines[1].split()[:5] == ["keys", "mem", "clients", "blocked", "requests"], lines
    for line in lines[2:]:
        assert re.match(r"207 +\d+\.\d\d[KM] +2 +0 +\d+ \(\+\d+\) +\d+ *$", line), lines


def latency():
    found = cli("--raw", "--latency", "-i", "0.01")
    least, most, average, samples = found.split()
    assert 0 <= int(least) <= float(average) <= int(most) and int(samples) > 0, found
    assert re.match(r"\d+,\d+,\d+\.\d\d,\d+$", cli("--csv", "--latency", "-i", "0.01").strip())


def lua():
    assert cli("-n", "0", "--eval", "/dev/stdin", "zset", ",", "a", text=b"return redis.call('zscore', KEYS[1], ARGV[1])") == "1\n"
    assert cli("-n", "0", "--no-raw", "EVAL", "return {1, {'two', false}}", "0") == '1) (integer) 1\n2) 1) "two"\n   2) (nil)\n'


VERSION = subprocess.run(["redis-cli", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
flow.run("redis-cli", VERSION, pipe, bigkeys, memkeys, hotkeys, scan, stat, latency, lua)
