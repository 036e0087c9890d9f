"""The demo: the same service and the same PostgreSQL behind redis-server and behind Corral, side by side.

Prints a table and writes a picture of the queries that PostgreSQL saw. Started by scripts/demo.
See: README.md of this folder.
"""

import argparse
import asyncio
import dataclasses
import pathlib
import shutil
import signal
import socket
import sys
import tempfile
import time

import herd
import picture
from postgres import Postgres

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass
class Contender:
    """A cache server to run the service against, with the results it got."""

    title: str
    subtitle: str
    program: str
    config: list  # lines besides the address
    expiry: herd.Round = None  # the key simply expires
    killed: herd.Round = None  # and the filler is killed each time


CONTENDERS = {
    "redis": Contender("redis-server", "from Debian", "redis-server", ['save ""']),
    "corral": Contender("Corral", "one line of policy", "corral-server", ["policy demo match cache:*"]),
    "corral-stale": Contender("Corral", "with stale 30s", "corral-server", ["policy demo match cache:* stale 30s"]),
}


class Progress:
    """One line that renews itself on a terminal; elsewhere a line at each expiry."""

    def __init__(self):
        self._terminal = sys.stderr.isatty()
        self._last = None

    def say(self, text):
        self._clear()
        print(text, file=sys.stderr, flush=True)

    def show(self, what, wanted, happened, expiries):
        numbers = f"{happened.queries_seen:>4} queries, {len(happened.errors)} errors"
        if self._terminal:
            bar = "#" * (10 * expiries // wanted)
            line = f"  {what:<34} [{bar:<10}] {expiries:>2}/{wanted:<2} {numbers}"
            width = shutil.get_terminal_size().columns - 1
            print("\r\x1b[K" + line[:width], end="", file=sys.stderr, flush=True)
            self._last = what
        elif (what, expiries) != self._last:
            self._last = (what, expiries)
            print(f"  {what:<34} expiry {expiries:>2}/{wanted:<2} {numbers}", file=sys.stderr, flush=True)

    def _clear(self):
        if self._terminal and self._last:
            print("\r\x1b[K", end="", file=sys.stderr)
        self._last = None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def run_contender(contender, program, postgres, folder, args, progress):
    port = free_port()
    config = folder / "server.conf"
    config.write_text("\n".join(["bind 127.0.0.1", f"port {port}", *contender.config]) + "\n")
    async with herd.cache_server([program, str(config)], port, folder) as server:
        for killing, expiries in ((False, args.expiries), (True, args.kills)):
            what = f"{contender.title}, {contender.subtitle}" + (", killed" if killing else "")
            result = await herd.Herd(port, postgres, expiries, killing,
                                     lambda now, done: progress.show(what, expiries, now, done)).run()
            if server.returncode is not None:
                raise herd.DemoError(f"{contender.title} ended in the middle of it (code {server.returncode}):\n"
                                     + (folder / "server.log").read_text()[-2000:])
            if killing:
                contender.killed = result
            else:
                contender.expiry = result


def milliseconds(value):
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"


def column(result, killing):
    """What the table says of one round, as (label, text) pairs."""
    queries = [count for _, _, count in result.expiries]
    per_expiry = sum(queries) / len(queries) if queries else float("nan")
    return [
        ("times it was killed", str(len(result.kills))) if killing else ("times the hot key expired", str(len(queries))),
        ("queries each time, mean", f"{per_expiry:.2f}"),
        ("  fewest to most", f"{min(queries, default=0)} to {max(queries, default=0)}"),
        ("queries in all, with other keys", str(result.queries_counted[1])),
        ("calls of the service", f"{len(result.latencies()):,}".replace(",", " ")),
        ("  half within (p50)", milliseconds(result.quantile(0.5))),
        ("  99 % within (p99)", milliseconds(result.quantile(0.99))),
        ("  longest (max)", milliseconds(result.quantile(1))),
        ("errors", str(len(result.errors))),
        ("all counters of queries agree", "yes" if result.counters_agree() else "NO"),
    ]


def print_table(contenders):
    width = 22

    def line(label, cells):
        print(f"{label:<34}" + "".join(f"{cell:>{width}}" for cell in cells))

    print()
    line("", [c.title for c in contenders])
    line("", [c.subtitle for c in contenders])
    for heading, killing in (("The key expires", False), ("The process that fills is killed", True)):
        print("-" * (34 + width * len(contenders)))
        print(heading)
        columns = [column(c.killed if killing else c.expiry, killing) for c in contenders]
        for row in zip(*columns):
            line("  " + row[0][0], [text for _, text in row])
    print()


def complaints(contenders):
    """Everything because of which this run must not be believed, as sentences."""
    for contender in contenders:
        for result in (contender.expiry, contender.killed):
            name = f"{contender.title}, {contender.subtitle}"
            for text in sorted(set(result.errors)):
                yield f"{name}: {text}"
            if result.late_kills():
                yield f"{name}: {result.late_kills()} kills came after the query's end; the machine is too busy for this"
            if not result.counters_agree():
                yield (f"{name}: the service saw {result.queries_seen} queries, PostgreSQL's sequence, log and "
                       f"pg_stat_statements {result.queries_counted}")


def time_one_query(postgres):
    begun = time.monotonic()
    postgres.ask("SELECT load_product(%s)", 4711)
    return (time.monotonic() - begun) * 1000


async def demo(args):
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, asyncio.current_task().cancel)
    contenders = [CONTENDERS[name] for name in args.servers]
    programs = [find_program(contender, args) for contender in contenders]
    progress = Progress()
    with tempfile.TemporaryDirectory(prefix="corral-demo-") as name:
        folder = pathlib.Path(name)
        progress.say("Starting a PostgreSQL of its own, with 5 000 products and 50 000 reviews")
        with Postgres(folder) as postgres:
            origin_ms = time_one_query(postgres)
            progress.say(f"{herd.CALLERS} callers, one hot key, TTL {herd.TTL_S} s; PostgreSQL {postgres.version()}, "
                         f"where the query takes {origin_ms:.0f} ms")
            for number, contender in enumerate(contenders):
                own = folder / f"server-{number}"
                own.mkdir()
                await run_contender(contender, programs[number], postgres, own, args, progress)
        progress.say("")
    print_table(contenders)
    args.picture.parent.mkdir(parents=True, exist_ok=True)
    args.picture.write_text(picture.draw(contenders, origin_ms))
    print(f"Picture of what PostgreSQL saw: {args.picture}")
    found = list(complaints(contenders))
    for sentence in found:
        print("Not as it should be: " + sentence, file=sys.stderr)
    return 1 if found else 0


def find_program(contender, args):
    if contender.program == "corral-server":
        if not args.corral.is_file():
            raise herd.DemoError(f"{args.corral} is not there: build it (scripts/build) or give --servers redis")
        return str(args.corral.resolve())
    program = shutil.which(contender.program)
    if program is None:
        raise herd.DemoError(f"{contender.program} is not there; on Debian: apt-get install {contender.program}")
    return program


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="3 expiries and 1 kill each, without corral-stale: about 40 s")
    parser.add_argument("--expiries", type=int, metavar="N", help="how often the hot key expires (10)")
    parser.add_argument("--kills", type=int, metavar="N", help="how often the filler is killed (5)")
    parser.add_argument("--servers", type=lambda text: text.split(","), metavar="A,B",
                        help="which to run (all), of: " + ", ".join(CONTENDERS))
    parser.add_argument("--corral", type=pathlib.Path, default=ROOT / "build/corral-server", metavar="FILE",
                        help="the server to try (build/corral-server)")
    parser.add_argument("--picture", type=pathlib.Path, default=ROOT / "build/demo/origin-queries.svg", metavar="FILE",
                        help="where the picture goes (build/demo/origin-queries.svg)")
    args = parser.parse_args()
    args.expiries = args.expiries or (3 if args.quick else 10)
    args.kills = args.kills or (1 if args.quick else 5)
    args.servers = args.servers or (["redis", "corral"] if args.quick else list(CONTENDERS))
    for name in args.servers:
        if name not in CONTENDERS:
            parser.error(f"no server named {name}; there are: {', '.join(CONTENDERS)}")
    if min(args.expiries, args.kills) < 1:
        parser.error("at least one expiry and one kill")
    return args


def main():
    try:
        return asyncio.run(demo(arguments()))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nStopped; everything that was started is gone.", file=sys.stderr)
        return 130
    except (herd.DemoError, RuntimeError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


sys.exit(main())
