"""One round of the demo: the service's processes call one cache server until a hot key has expired often enough.

Optionally the process whose query began first is killed in the middle of that query, at every expiry, and started again.
See: README.md of this folder.
"""

import asyncio
import contextlib
import dataclasses
import json
import pathlib
import shutil
import signal
import time

HERE = pathlib.Path(__file__).parent

HOT_PRODUCT = 1
TTL_S = 2
# Two queries for the hot key belong to different expiries if this much lies between their beginnings. The key lives
# for 2 s after it was filled; a server may end that up to 10 % early, never more.
EXPIRY_GAP_MS = 1500
# The cold start and the first 100 ms or so of just-in-time compilation are not what is measured.
WARM_UP_MS = 1000
# What load_product takes at the least, and how long after its beginning the process that called it is killed.
QUERY_MS = 100
KILL_AFTER_MS = 30

SERVICES = [
    {"client": "ioredis", "connections": "pool"},
    {"client": "ioredis", "connections": "shared"},
    {"client": "node-redis", "connections": "pool"},
    {"client": "node-redis", "connections": "shared"},
    {"client": "redis-py", "connections": "pool"},
]
CALLERS = 200


class DemoError(Exception):
    """Something the demo cannot go on after; the text is for the person at the terminal."""


@dataclasses.dataclass
class Round:
    """What happened in one round. Times are ms since 1970, durations ms."""

    began: float = 0.0
    ended: float = 0.0
    expiries: list = dataclasses.field(default_factory=list)  # [begun, ended, queries] each, the hot key's only
    kills: list = dataclasses.field(default_factory=list)
    calls: list = dataclasses.field(default_factory=list)  # [ended, duration], all keys
    errors: list = dataclasses.field(default_factory=list)
    queries_seen: int = 0  # by the service's processes, from the very beginning, all keys
    queries_counted: tuple = ()  # the same by PostgreSQL: sequence, log, pg_stat_statements

    def latencies(self):
        """The durations of all calls that ended after the warm-up, in order of size."""
        return sorted(duration for ended, duration in self.calls if ended >= self.began)

    def quantile(self, share):
        """The duration that this share of the calls did not exceed; 1 gives the longest."""
        ordered = self.latencies()
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    def late_kills(self):
        """How many kills came when the query they were meant to interrupt was over: a sign of a machine too busy."""
        return sum(not any(0 <= killed - begun < QUERY_MS for begun, _, _ in self.expiries) for killed in self.kills)

    def counters_agree(self):
        """Whether every counter of queries says the same. What a process began just when it was killed may be missing."""
        counted = set(self.queries_counted)
        if len(counted) != 1:
            return False
        missing = self.queries_seen - counted.pop()
        return missing == 0 if not self.kills else 0 <= missing <= len(self.kills) * CALLERS // len(SERVICES)


class Process:
    """One process of the service; what it tells goes to `heard(process, event)`."""

    def __init__(self, options, heard):
        self._options = options
        self._heard = heard
        self.ready = asyncio.Event()
        self.done = asyncio.Event()
        self.killed = False

    async def start(self):
        if self._options["client"] == "redis-py":
            command = ["/usr/bin/python3", str(HERE / "service.py")]
        else:
            command = [shutil.which("node") or "node", str(HERE / "service.mjs")]
        self._process = await asyncio.create_subprocess_exec(
            *command, json.dumps(self._options), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            limit=2**22, start_new_session=True)
        self._reader = asyncio.create_task(self._read())

    async def _read(self):
        async for line in self._process.stdout:
            try:
                event = json.loads(line)
            except ValueError:  # the last line of a process that was killed
                continue
            if "ready" in event:
                self.ready.set()
            elif "done" in event:
                self.done.set()
            else:
                self._heard(self, event)
        if not self.killed and not self.done.is_set():
            self._heard(self, {"error": f"{self._options['client']}: the process ended by itself"})
        self.ready.set()
        self.done.set()

    def say(self, word):
        with contextlib.suppress(ConnectionError, RuntimeError):
            self._process.stdin.write(word.encode() + b"\n")

    def kill(self):
        self.killed = True
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)

    async def end(self):
        self.kill()
        await self._reader
        await self._process.wait()


class Herd:
    """Runs one round against the server at `port`; `progress(round, expiries)` is called now and then."""

    def __init__(self, port, postgres, expiries, killing, progress):
        self._port = port
        self._postgres = postgres
        self._wanted = expiries
        self._killing = killing
        self._progress = progress
        self._round = Round()
        self._processes = []
        self._tasks = set()
        self._measuring = False
        self._expiry_began = 0.0
        self._expiries = 0

    async def run(self):
        self._postgres.forget_queries()
        try:
            await self._measure()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.gather(*(process.end() for process in self._processes))
        await self._count_queries()
        return self._round

    async def _measure(self):
        await asyncio.gather(*(self._start_process(service) for service in SERVICES))
        if self._round.errors:
            raise DemoError("the service did not start: " + self._round.errors[0])
        for process in self._processes:
            process.say("go")
        await asyncio.sleep(WARM_UP_MS / 1000)
        self._round.began = time.time() * 1000
        self._measuring = True
        # A cycle is the TTL and a query; with callers that are slow to come, or a herd's queue, somewhat more.
        deadline = time.monotonic() + 5 + self._wanted * (TTL_S + 0.5)
        while not self._finished():
            if time.monotonic() > deadline:
                self._round.errors.append(f"the hot key expired {self._expiries} times where {self._wanted} were expected")
                break
            self._progress(self._round, self._expiries)
            await asyncio.sleep(0.1)
        self._progress(self._round, self._expiries)
        self._round.ended = time.time() * 1000
        if self._tasks:
            await asyncio.wait(self._tasks)  # a process that was killed is still on its way back
        for process in self._processes:
            process.say("stop")
        try:
            await asyncio.wait_for(asyncio.gather(*(process.done.wait() for process in self._processes)), 10)
        except asyncio.TimeoutError:
            self._round.errors.append("a process of the service did not finish its calls within 10 s")

    def _finished(self):
        """True some time after the last expiry began, when everything that it caused is over."""
        return self._expiries >= self._wanted and time.time() * 1000 - self._expiry_began > 1000

    async def _start_process(self, service):
        options = service | {
            "host": "127.0.0.1", "port": self._port,
            "database": {"host": str(self._postgres.socket_dir), "user": self._postgres.user, "database": "postgres"},
            "callers": CALLERS // len(SERVICES), "ttl_s": TTL_S, "pause_ms": [20, 80],
            "hot_share": 0.97, "other_products": 5,
        }
        process = Process(options, self._heard)
        process.service = service
        await process.start()
        self._processes.append(process)
        try:
            await asyncio.wait_for(process.ready.wait(), 20)
        except asyncio.TimeoutError:
            raise DemoError(f"{service['client']}: not connected after 20 s") from None
        return process

    def _heard(self, process, event):
        if "calls" in event:
            self._round.calls.extend(event["calls"])
        elif "query" in event:
            self._round.queries_seen += 1
            if event["query"] == HOT_PRODUCT:
                self._heard_hot_query(process, event["at"])
        else:
            self._round.errors.append(event["error"])

    def _heard_hot_query(self, process, at):
        if at - self._expiry_began < EXPIRY_GAP_MS:
            return
        self._expiry_began = at
        if not self._measuring or self._expiries >= self._wanted:
            return
        self._expiries += 1
        if self._killing:
            task = asyncio.create_task(self._kill_and_restart(process, at))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _kill_and_restart(self, process, query_began):
        await asyncio.sleep(max(0, query_began + KILL_AFTER_MS - time.time() * 1000) / 1000)
        process.kill()
        self._round.kills.append(time.time() * 1000)
        self._processes.remove(process)
        await process.end()
        successor = await self._start_process(process.service)
        successor.say("go")

    async def _count_queries(self):
        """Takes the figures from PostgreSQL, once it has finished the queries of those who were killed as well."""
        for _ in range(100):
            if self._postgres.running_queries() == 0:
                break
            await asyncio.sleep(0.1)
        self._round.queries_counted = self._postgres.counts()
        for product, begun, ended in self._postgres.query_log():
            if product != HOT_PRODUCT or not self._round.began <= begun <= self._round.ended:
                continue
            expiries = self._round.expiries
            if not expiries or begun - expiries[-1][0] >= EXPIRY_GAP_MS:
                expiries.append([begun, ended, 0])
            expiries[-1][1] = max(expiries[-1][1], ended)
            expiries[-1][2] += 1


@contextlib.asynccontextmanager
async def cache_server(command, port, folder):
    """Runs a cache server in `folder` until the end of the `with` statement, which gets its process."""
    with open(folder / "server.log", "ab") as log:
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        for _ in range(200):
            if process.returncode is not None or await _answers(port):
                break
            await asyncio.sleep(0.05)
        if process.returncode is not None or not await _answers(port):
            raise DemoError(f"{command[0]} did not start:\n{(folder / 'server.log').read_text()[-2000:]}")
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except asyncio.TimeoutError:
            process.kill()
            await process.wait()


async def _answers(port):
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"PING\r\n")
        return await asyncio.wait_for(reader.readline(), 1) == b"+PONG\r\n"
    except (OSError, asyncio.TimeoutError):
        return False
    finally:
        writer.close()
