"""What clients that cannot be installed here send when they connect, and the type of every reply.

The sequences are those of the clients' sources: go-redis 9, Jedis 5, Lettuce 6, StackExchange.Redis 2 and 3, redis-py 6 and later,
redis-rs, valkey-glide, node-redis 6. Each client's list is sent one by one and then once more as one pipeline.
Usage: python3 handshakes.py PORT
See: README.md of this folder.
"""

import collections
import socket
import sys

import flow

PORT = int(sys.argv[1])
Reply = collections.namedtuple("Reply", "kind value")
KINDS = {b"+": "simple", b"-": "error", b":": "integer", b"$": "bulk", b"*": "array", b"%": "map", b"~": "set", b",": "double",
         b"#": "boolean", b"_": "null", b"=": "verbatim", b">": "push", b"(": "number"}


class Connection:
    """Sends commands as arrays of bulks; reads replies of either protocol with their types."""

    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", PORT), timeout=flow.WAIT_S)
        self.stream = self.socket.makefile("rb")

    def send(self, *commands):
        out = b""
        for words in commands:
            out += b"*%d\r\n" % len(words)
            for word in words:
                out += b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode())
        self.socket.sendall(out)

    def read(self):
        line = self.stream.readline()
        assert line.endswith(b"\r\n"), f"the connection ended with {line!r}"
        kind, text = KINDS[line[:1]], line[1:-2]
        if kind in ("bulk", "verbatim", "array") and text == b"-1":
            return Reply("null", None)
        if kind in ("bulk", "verbatim"):
            value = self.stream.read(int(text) + 2)
            assert value.endswith(b"\r\n")
            return Reply(kind, value[:-2].decode())
        if kind in ("array", "set", "push"):
            return Reply(kind, [self.read() for _ in range(int(text))])
        if kind == "map":
            return Reply(kind, {self.read().value: self.read() for _ in range(int(text))})
        return Reply(kind, int(text) if kind == "integer" else text.decode())

    def close(self):
        self.socket.close()


def is_a(kind, begin=None):
    """A reply of that kind, whose text begins so."""
    return lambda reply: reply.kind == kind and (begin is None or str(reply.value).startswith(begin))


OK, PONG, NULL, NUMBER, BULK = is_a("simple", "OK"), is_a("simple", "PONG"), is_a("null"), is_a("integer"), is_a("bulk")


def info(*fields):
    """A section of INFO that has these fields; RESP3 has a type of its own for it."""
    return lambda reply: reply.kind in ("bulk", "verbatim") and all(f"\r\n{field}:" in reply.value for field in fields)


def hello(protocol):
    wanted = {"server": "bulk", "version": "bulk", "proto": "integer", "id": "integer", "mode": "bulk", "role": "bulk", "modules": "array"}

    def check(reply):
        if protocol == 2:
            assert reply.kind == "array"
            words = reply.value
            reply = Reply("map", {words[i].value: words[i + 1] for i in range(0, len(words), 2)})
        return (reply.kind == "map" and {name: value.kind for name, value in reply.value.items()} == wanted
                and reply.value["proto"].value == protocol and reply.value["mode"].value == "standalone")
    return check


def set_info(reply):
    """Redis has it since 7.2, and answers this before."""
    return OK(reply) or is_a("error", "ERR unknown subcommand 'SETINFO'")(reply)


def is_list_of(kind):
    return lambda reply: reply.kind == "array" and all(one.kind == kind for one in reply.value)


def config(name):
    """An empty answer is right for a name that the server has not got."""
    return lambda reply: (reply.kind == "map" and set(reply.value) <= {name}) or (
        reply.kind == "array" and [one.value for one in reply.value[:1]] in ([], [name]))


def commands_table(reply):
    """COMMAND: of each its name, arity, flags, keys; go-redis and redis-py's cluster clients read the first six."""
    return reply.kind == "array" and len(reply.value) > 200 and all(
        [part.kind for part in one.value[:6]] in (["bulk", "integer", flags, "integer", "integer", "integer"] for flags in ("set", "array"))
        for one in reply.value)


NO_CLUSTER = is_a("error", "ERR This instance has cluster support disabled")
NO_SUCH_COMMAND = is_a("error", "ERR unknown command")
NO_SUCH_SUBCOMMAND = is_a("error", "ERR unknown subcommand 'MAINT_NOTIFICATIONS'")
NAMED = [("CLIENT", "SETINFO", "LIB-NAME", "replayed"), ("CLIENT", "SETINFO", "LIB-VER", "1.2.3")]
SET_INFO = [(words, set_info) for words in NAMED]

HANDSHAKES = {
    "go-redis": [
        (("HELLO", "3"), hello(3)), (("CLIENT", "SETNAME", "app"), OK),
        (("CLIENT", "MAINT_NOTIFICATIONS", "ON", "moving-endpoint-type", "none"), NO_SUCH_SUBCOMMAND), *SET_INFO,
        (("PING",), PONG), (("GET", "nosuch"), NULL), (("HGETALL", "nosuch"), is_a("map")), (("SMEMBERS", "nosuch"), is_a("set")),
        (("COMMAND",), commands_table), (("CLUSTER", "SLOTS"), NO_CLUSTER), (("READONLY",), NO_CLUSTER)],
    "Jedis": [
        (("HELLO", "2"), hello(2)), (("CLIENT", "SETNAME", "jedis"), OK), *SET_INFO, (("SELECT", "2"), OK), (("PING",), PONG),
        (("SET", "j", "1", "PX", "60000"), OK), (("GET", "j"), BULK), (("ZADD", "jz", "1.5", "m"), NUMBER), (("ZSCORE", "jz", "m"), BULK),
        (("CLUSTER", "SLOTS"), NO_CLUSTER)],
    "Lettuce": [
        (("HELLO", "3", "SETNAME", "lettuce"), hello(3)), *SET_INFO, (("CLIENT", "MAINT_NOTIFICATIONS", "on"), NO_SUCH_SUBCOMMAND),
        (("SELECT", "0"), OK), (("PING",), PONG), (("CLIENT", "GETNAME"), is_a("bulk", "lettuce")),
        (("CLUSTER", "NODES"), NO_CLUSTER), (("INFO",), info("connected_clients", "master_repl_offset")),
        (("ZADD", "lz", "1.5", "m"), NUMBER), (("ZSCORE", "lz", "m"), is_a("double", "1.5"))],
    "Lettuce, RESP2": [(("PING",), PONG), (("CLIENT", "SETNAME", "lettuce"), OK), (("SELECT", "1"), OK), (("COMMAND",), commands_table)],
    "StackExchange.Redis": [
        (("HELLO", "3"), hello(3)), (("CLIENT", "SETNAME", "HOST(SE.Redis-v3.1.31)"), OK), *SET_INFO, (("CLIENT", "ID"), NUMBER),
        (("CONFIG", "GET", "timeout"), config("timeout")), (("CONFIG", "GET", "replica-read-only"), config("replica-read-only")),
        (("CONFIG", "GET", "databases"), config("databases")), (("SENTINEL", "MASTERS"), NO_SUCH_COMMAND),
        (("INFO", "replication"), info("role", "connected_slaves")), (("INFO", "server"), info("redis_version", "redis_mode", "uptime_in_seconds")),
        (("CLUSTER", "NODES"), NO_CLUSTER), (("GET", "__Booksleeve_TieBreak"), NULL), (("ECHO", "\x01unique"), BULK), (("PING",), PONG),
        (("SUBSCRIBE", "__Booksleeve_MasterChanged"), is_a("push")), (("PING",), PONG)],
    "StackExchange.Redis, RESP2": [
        (("CLIENT", "SETNAME", "HOST"), OK), *SET_INFO, (("CLIENT", "ID"), NUMBER), (("CONFIG", "GET", "slave-read-only"), config("slave-read-only")),
        (("CONFIG", "GET", "timeout"), config("timeout")), (("SENTINEL", "MASTERS"), NO_SUCH_COMMAND), (("INFO", "replication"), info("role")),
        (("GET", "__Booksleeve_TieBreak"), NULL), (("PING",), PONG), (("SUBSCRIBE", "__Booksleeve_MasterChanged"), is_list_of("bulk")),
        (("PING",), is_list_of("bulk"))],
    "redis-py 8": [
        (("HELLO", "3"), hello(3)), (("CLIENT", "MAINT_NOTIFICATIONS", "ON"), NO_SUCH_SUBCOMMAND), (("CLIENT", "SETNAME", "py"), OK), *SET_INFO,
        (("SELECT", "1"), OK), (("PING",), PONG), (("COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2"), is_list_of("bulk"))],
    "redis-rs": [
        (("HELLO", "3"), hello(3)), *SET_INFO, (("CLIENT", "TRACKING", "ON"), OK), (("GET", "tracked"), NULL), (("PING",), PONG),
        (("CLIENT", "TRACKING", "OFF"), OK)],
    "valkey-glide": [(("HELLO", "3"), hello(3)), *SET_INFO, (("INFO", "REPLICATION"), info("role")), (("PING",), PONG)],
    "node-redis 6": [
        (("HELLO", "3"), hello(3)), *SET_INFO, (("CLIENT", "TRACKING", "ON"), OK), (("CLIENT", "MAINT_NOTIFICATIONS", "ON"), NO_SUCH_SUBCOMMAND),
        (("INFO",), info("redis_version", "loading")), (("PING",), PONG)],
    "with a password that nobody asked for": [
        (("AUTH", "secret"), is_a("error", "ERR AUTH <password> called without any password configured for the default user")),
        (("HELLO", "3", "AUTH", "default", "any"), hello(3)), (("HELLO", "4"), is_a("error", "NOPROTO unsupported protocol version")), (("PING",), PONG)],
}


def checked(client, words, wanted, reply):
    # SUBSCRIBE in RESP2 ends with a number.
    if words[0] == "SUBSCRIBE" and reply.kind == "array":
        assert [one.kind for one in reply.value] == ["bulk", "bulk", "integer"], (client, words, reply)
        return
    assert wanted(reply), (client, words, reply)


def one_by_one():
    for client, steps in HANDSHAKES.items():
        connection = Connection()
        for words, wanted in steps:
            connection.send(words)
            checked(client, words, wanted, connection.read())
        connection.close()


def pipelined():
    for client, steps in HANDSHAKES.items():
        connection = Connection()
        connection.send(*(words for words, _ in steps))
        for words, wanted in steps:
            checked(client, words, wanted, connection.read())
        connection.close()


flow.run("handshakes", f"of {len(HANDSHAKES)} clients", one_by_one, pipelined)
