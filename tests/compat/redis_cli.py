"""redis-cli of Redis 7.0: single commands, sessions and its own tools.

Usage: python3 redis_cli.py PORT
See: README.md of this folder.
"""

import subprocess
import sys

PORT = sys.argv[1]


def cli(*words, text=None):
    """What redis-cli prints for one call; it must end well."""
    done = subprocess.run(["redis-cli", "-p", PORT, *words], input=text, capture_output=True, timeout=60)
    assert done.returncode == 0, (words, done)
    return done.stdout.decode().strip("\n")


def commands():
    for words, wanted in (
        (["PING"], "PONG"), (["SET", "cli:a", "1", "EX", "100"], "OK"), (["GET", "cli:a"], "1"), (["GET", "cli:nosuch"], ""),
        (["MSET", "cli:b", "2", "cli:c", "3"], "OK"), (["MGET", "cli:b", "cli:nosuch", "cli:c"], "2\n\n3"),
        (["INCR", "cli:n"], "1"), (["INCRBYFLOAT", "cli:f", "0.5"], "0.5"), (["TYPE", "cli:a"], "string"),
        (["-n", "3", "SET", "elsewhere", "x"], "OK"), (["-n", "3", "DBSIZE"], "1"), (["--csv", "MGET", "cli:b", "cli:c"], '"2","3"'),
        (["--no-raw", "GET", "cli:b"], '"2"'), (["-3", "--no-raw", "GET", "cli:nosuch"], "(nil)"),
        (["-3", "--no-raw", "CONFIG", "GET", "maxmemory"], '1# "maxmemory" => "0"'),
        (["--no-raw", "INCRBY", "cli:b", "x"], "(error) ERR value is not an integer or out of range"),
        (["NOSUCH", "a b"], "ERR unknown command 'NOSUCH', with args beginning with: 'a b' "),
        (["-r", "3", "INCR", "cli:r"], "1\n2\n3"),
    ):
        assert cli(*words) == wanted, (words, cli(*words))
    assert 98 <= int(cli("TTL", "cli:a")) <= 100
    assert cli("-x", "SET", "cli:stdin", text="naïve 汉字 🐎".encode()) == "OK" and cli("GET", "cli:stdin") == "naïve 汉字 🐎"
    assert cli("-x", "SET", "cli:big", text=b"x" * (1 << 20)) == "OK" and cli("STRLEN", "cli:big") == str(1 << 20)


def session():
    lines = ["MULTI", "SET cli:t 1", "INCR cli:t", "EXEC", "WATCH cli:t", "SET cli:t 5", "MULTI", "GET cli:t", "EXEC",
             "CLIENT SETNAME cli", "CLIENT GETNAME", 'SET "cli:\\x00bytes" "\\xff\\x00\\r\\n"', 'STRLEN "cli:\\x00bytes"', "HELLO 3"]
    got = cli(text="\n".join(lines).encode()).split("\n")
    assert got[:13] == ["OK", "QUEUED", "QUEUED", "OK", "2", "OK", "OK", "OK", "QUEUED", "", "OK", "cli", "OK"], got
    assert got[13] == "4" and "7.0.15" in "".join(got[14:]), got


def is_told_of_a_kill():
    """Without a terminal redis-cli does not connect again by itself; the next one is served."""
    with subprocess.Popen(["redis-cli", "-p", PORT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, bufsize=1) as shell:
        shell.stdin.write("CLIENT ID\n")
        shell.stdin.flush()
        number = shell.stdout.readline().strip()
        assert cli("CLIENT", "KILL", "ID", number) == "1"
        assert cli("CLIENT", "LIST", "ID", number) == ""
        assert "Server closed the connection" in shell.communicate("PING\n", timeout=30)[1]
    assert int(cli("CLIENT", "ID")) > int(number)


def tools():
    cli("-n", "5", "--pipe", text=b"".join(b"*3\r\n$3\r\nSET\r\n$7\r\npipe%03d\r\n$3\r\nabc\r\n" % i for i in range(1000)))
    assert cli("-n", "5", "DBSIZE") == "1000"
    assert sorted(cli("-n", "5", "--scan", "--pattern", "pipe00?").split()) == [f"pipe00{i}" for i in range(10)]
    assert "Biggest string found" in cli("-n", "5", "--bigkeys") and "Biggest string found" in cli("-n", "5", "--memkeys")
    assert "redis_version:7.0.15" in cli("INFO", "server")
    assert "Closes connections" in cli("COMMAND", "DOCS", "client|kill")


def waits_for_a_fill():
    """Whoever is elected holds the lease as long as its connection, so here both are sessions."""
    filler = subprocess.Popen(["redis-cli", "-p", PORT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    with filler:
        filler.stdin.write("GET cache:cli\n")
        filler.stdin.flush()
        assert filler.stdout.readline() == "\n", "the first reader is elected to fill"
        with subprocess.Popen(["redis-cli", "-p", PORT, "GET", "cache:cli"], stdout=subprocess.PIPE, text=True) as other:
            while " parked=1" not in cli("CLIENT", "LIST"):
                assert other.poll() is None, "the second reader did not wait"
            filler.stdin.write("SET cache:cli filled EX 60\n")
            filler.stdin.flush()
            assert filler.stdout.readline() == "OK\n"
            assert other.communicate(timeout=30)[0] == "filled\n"
        filler.stdin.close()


for part in (commands, session, is_told_of_a_kill, tools, waits_for_a_fill):
    part()
print("redis-cli: as it should be")
