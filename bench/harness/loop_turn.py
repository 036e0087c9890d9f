"""Watching a server during an event: its own longest loop turn, and what a probe at a fixed rate saw.

Usage: imported by the measurements of this folder.
See: README.md
"""
from . import procfs
from .servers import Failure

# A light load on keys that nothing happens to. Both are open loops, so a stall is seen and not waited out.
LOAD = ('--probe', '--command', 'mixed', '--rate', 5000)
PROBE = ('--probe', '--command', 'get', '--rate', 1000)


def reset(server):
    server.ask('CONFIG', 'RESETSTAT')


def longest_turns(server):
    """What the server measured itself since reset(), as (us, us on a core); None for those that do not measure it."""
    if server.kind != 'corral':
        return None, None
    fields = server.info('corral_loop')
    return tuple(float(fields[f'loop_turn_max_{name}']) for name in ('us', 'cpu_us'))


def add_arguments(parser):
    parser.add_argument('--realtime', action='store_true',
                        help='the server goes before all else on its core (needs root): for a machine that is not quiet')


def start(bench, kind):
    """A server that says how long its turns took on a core, without the time the kernel gave to others."""
    return bench.server(kind, pinned=True, prefix=('chrt', '-f', '10') if bench.options.realtime else (),
                        extra=('--loop-cpu-clock', 'yes') if kind == 'corral' else ())


class Watch:
    """Load and probe in the background for some seconds; result() waits for their end."""

    def __init__(self, bench, server, seconds, live_keys):
        self._server = server
        reset(server)
        self._before = procfs.cpu_time(server.pid)
        common = ('--seconds', seconds, '--keys', live_keys)
        self._load = bench.client.start(server, *LOAD, *common)
        self._probe = bench.client.start(server, *PROBE, *common)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for client in (self._load, self._probe):
            if client.process.returncode is None:
                client.kill()

    def result(self):
        load, probe = self._load.finish(), self._probe.finish()
        if load['misses'] or probe['misses']:
            raise Failure(f'{self._server.kind} lost keys that were to stay')
        used = procfs.cpu_between(self._before, procfs.cpu_time(self._server.pid))
        turn_us, turn_cpu_us = longest_turns(self._server)
        return {'loop_turn_max_us': turn_us, 'loop_turn_max_cpu_us': turn_cpu_us, 'probe_p99_us': probe['p99_us'],
                'probe_p999_us': probe['p999_us'], 'probe_max_us': probe['max_us'],
                'probe_late_max_us': probe['late_max_us'], 'server_preempted': used.preempted}


def milliseconds(value_us):
    return '-' if value_us is None else f'{value_us / 1e3:.3f}'
