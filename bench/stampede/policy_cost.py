"""S13: what policies cost a plain GET.

Usage: imported by run.py.
See: README.md of this folder.
"""
import contextlib
import shutil
import tempfile
import types

from harness import instructions, procfs, report
from harness.client import Client
from harness.report import median
from harness.servers import Server

KEYS = 100_000
LIMIT = 1.02
PLAIN = 'no policy'
# name: the policy's words. The light client's keys are key:000…
VARIANTS = {PLAIN: (), 'matching none': ('p', 'match', 'cache:*', 'stale', '30s'),
            'matching': ('p', 'match', 'key:*', 'stale', '30s')}


def policies(stage):
    """S13: server CPU per GET, three servers in turns, and instructions per GET."""
    client = Client(stage.options.load, procfs.cores()[1])
    _instructions(stage, client)
    rounds = 3 if stage.options.quick else 9
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(_server(stage, words, core=procfs.cores()[0]))
                   for name, words in VARIANTS.items()}
        for server in servers.values():
            client.fill(server, KEYS, command='setex')
        for pipeline in (1, 16):
            used = {name: [] for name in servers}
            for number in range(rounds):
                names = list(servers)
                for name in names[number % 3:] + names[:number % 3]:
                    used[name].append(_cpu_per_get(client, servers[name], pipeline))
            for name in list(VARIANTS)[1:]:
                ratios = [mine / plain for mine, plain in zip(used[name], used[PLAIN])]
                stage.row(f'S13 GET, P={pipeline}, CPU', name, checks=[('CPU / no policy', median(ratios), LIMIT)],
                          note=f'{median(used[name]):.3f} us against {median(used[PLAIN]):.3f} us; ratio {median(ratios):.3f}, '
                               'of each round ' + ', '.join(f'{ratio:.3f}' for ratio in sorted(ratios)),
                          used_us=used[name], plain_us=used[PLAIN])


def _server(stage, words, **options):
    return Server('corral', binary=stage.options.server, extra=('--policy', *words) if words else (), **options)


def _cpu_per_get(client, server, pipeline):
    before = procfs.cpu_time(server.pid)
    load = client.run(server, '--command', 'get', '--pipeline', pipeline, '--keys', KEYS, '--seconds', 0.7)
    return procfs.cpu_between(before, procfs.cpu_time(server.pid)).run_us / load['requests']


def _instructions(stage, client):
    """Counted by cachegrind as `scripts/bench instructions` does, with a TTL on every key. Told, and held against nothing:
    the limit is on CPU, most of which is the kernel's, but only this figure is free of noise."""
    if shutil.which('valgrind') is None:
        stage.row('S13 GET, instructions', '', note='skipped: valgrind is not there')
        return
    counts = {}
    for name, words in VARIANTS.items():
        report.say(f'S13: instructions, {name}')
        counts[name] = _count(stage, client, words)
    for name in list(VARIANTS)[1:]:
        stage.row('S13 GET, P=16, instructions', name, instructions=counts[name], plain=counts[PLAIN],
                  note=f'{counts[name]:.0f} against {counts[PLAIN]:.0f}, in user space: {counts[name] / counts[PLAIN]:.4f}')


def _count(stage, client, words):
    with_ttl = types.SimpleNamespace(run=client.run, fill=lambda server, keys, command, **more: client.fill(
        server, keys, command='setex', **more))
    bench = types.SimpleNamespace(
        options=types.SimpleNamespace(quick=stage.options.quick, profile=None), client=with_ttl,
        server=lambda kind, **options: _server(stage, words, **options))
    with tempfile.TemporaryDirectory(prefix='corral-bench-') as folder:
        return instructions._measure(bench, 'corral', 'get:16', folder)
