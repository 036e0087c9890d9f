"""S13: what policies cost a plain GET.

Usage: imported by run.py.
See: README.md of this folder.
"""
import contextlib

from harness import procfs
from harness.client import Client
from harness.report import median
from harness.servers import Server

KEYS = 100_000
LIMIT = 1.02
# name: flags. The light client's keys are key:000…
VARIANTS = {
    'no policy': (),
    'matching none': ('--policy', 'p match cache:* stale 30s'),
    'matching': ('--policy', 'p match key:* stale 30s'),
}


def policies(stage):
    """S13: server CPU per GET, three servers in turns."""
    server_core, client_core = procfs.cores()
    client = Client(stage.options.load, client_core)
    rounds = 3 if stage.options.quick else 9
    with contextlib.ExitStack() as stack:
        servers = {}
        for name, flags in VARIANTS.items():
            servers[name] = stack.enter_context(Server('corral', binary=stage.options.server, core=server_core))
            if flags:
                servers[name].ask('CACHE.POLICY', 'SET', *flags[1].split())
            client.fill(servers[name], KEYS, command='setex')
        for pipeline in (1, 16):
            used = {name: [] for name in servers}
            for number in range(rounds):
                names = list(servers)
                for name in names[number % 3:] + names[:number % 3]:
                    before = procfs.cpu_time(servers[name].pid)
                    load = client.run(servers[name], '--command', 'get', '--pipeline', pipeline, '--keys', KEYS,
                                      '--seconds', 0.7)
                    share = procfs.cpu_between(before, procfs.cpu_time(servers[name].pid))
                    used[name].append(share.run_us / load['requests'])
            for name in list(VARIANTS)[1:]:
                ratios = [mine / plain for mine, plain in zip(used[name], used['no policy'])]
                stage.row(f'S13 GET, P={pipeline}', name, checks=[('CPU / no policy', median(ratios), LIMIT)],
                          note=f'{median(used[name]):.3f} us against {median(used["no policy"]):.3f} us; ratio of each round '
                               + ', '.join(f'{ratio:.3f}' for ratio in sorted(ratios)), used_us=used[name],
                          plain_us=used['no policy'])
