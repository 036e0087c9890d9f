"""S3, S7: stock JavaScript clients, their callers on one connection, default timeouts.

Usage: imported by run.py.
See: README.md of this folder.
"""
import os

from samples import quantile
from stage import HERE, commands_run, policy_stats

CALLERS = 50
PACKAGES = {'ioredis': 'ioredis', 'node-redis': 'redis', 'valkey-glide': '@valkey/valkey-glide'}


def _clients(stage):
    """Those that are installed; a line for each that is not."""
    there = []
    for client, package in PACKAGES.items():
        if os.path.isdir(os.path.join(HERE, 'node_modules', package)):
            there.append(client)
        else:
            stage.row('S3, S7', client, note=f'skipped: npm did not install {package}')
    return there


def _run(stage, server, client, limit_s=40, **options):
    return stage.samples(stage.callers(server, client, limit_s, **{'key': 'cache:hot', 'origin_ms': 100, 'callers': CALLERS,
                                                                   'ttl_ms': 60000, 'between_ms': 100, **options}), limit_s)


def one_connection(stage):
    """S3: 50 callers at once and 200 other requests per second, all on one connection."""
    waves = 4 if stage.options.quick else 10
    cold = {'cold': True, 'other_per_s': 200, 'waves': waves}
    for client in _clients(stage):
        with stage.redis() as server:
            run = _run(stage, server, client, **cold)
            plain_p99 = quantile(run.totals(), 0.99)
            _row(stage, 'S3 cold', f'redis {client}', run, run.calls_per_wave(waves), None, ())
        with stage.corral('cold match cache:* exact') as server:
            run = _run(stage, server, client, **{**cold, 'waves': 1})
            _cold_row(stage, 'S3 cold, first ever', client, run, run.calls_per_wave(1), plain_p99, None)
        with stage.corral('cold match cache:* exact') as server:
            before = commands_run(server)
            run = _run(stage, server, client, prime=True, **cold)
            _cold_row(stage, 'S3 cold, with a sample', client, run, run.calls_per_wave(waves), plain_p99,
                      (commands_run(server) - before) / waves, stats=policy_stats(server, 'cold'))
        with stage.corral('hot match cache:* exact stale 30s') as server:
            before = commands_run(server)
            run = _run(stage, server, client, waves=waves, ttl_ms=300, between_ms=400, other_per_s=200)
            counts = run.calls_per_wave(waves)
            checks = [('calls', max(counts), 1), ('other p99', quantile(run.other_during_waves(), 0.99), 2),
                      ('errors', len(run.errors), 0)]
            _row(stage, 'S3 stale 30s', client, run, counts, (commands_run(server) - before) / waves, checks,
                 stats=policy_stats(server, 'hot'))


def _cold_row(stage, name, client, run, counts, plain_p99, commands, **more):
    """At most one call, or else nobody is delayed."""
    checks = [('errors', len(run.errors), 0)]
    if max(counts) > 1:
        checks.append(('p99 / redis', quantile(run.totals(), 0.99) / plain_p99, 1.05))
    else:
        checks.append(('calls', max(counts), 1))
    _row(stage, name, client, run, counts, commands, checks, **more)


def _row(stage, name, who, run, counts, commands, checks, **more):
    other = run.other_during_waves()
    stage.row(name, who, counts, run.totals(), run.errors, commands, checks,
              f'other traffic during the waves: p50 {quantile(other, 0.5):.2f}, p99 {quantile(other, 0.99):.2f}, '
              f'max {max(other, default=0):.2f} of {len(other)}', **more)


def slow_fills(stage):
    """S7: the origin takes 2 s; no client may run into its own timeout."""
    clients = _clients(stage)
    seconds = 12 if stage.options.quick else 22
    variants = (('S7 slow fill, one connection', 'slow match cache:* exact', {}),
                ('S7 slow fill, 20 connections', 'slow match cache:* exact', {'connections': 20, 'callers': 20}),
                ('S7 slow fill, stale 30s', 'slow match cache:* exact stale 30s', {}))
    for name, policy, more in variants:
        # Errors are counted here, not microseconds: the clients run side by side, each with a server of its own.
        servers = {client: stage.corral(policy, workers=1) for client in clients}
        try:
            running = {client: stage.callers(servers[client], client, seconds + 15, **{
                'key': 'cache:slow', 'origin_ms': 2000, 'callers': CALLERS, 'ttl_ms': 3000, 'seconds': seconds, **more})
                for client in clients}
            for client, process in running.items():
                run = stage.samples(process, seconds + 15)
                counts = run.calls_per_expiry(3000)
                checks = [('errors', len(run.errors), 0)]
                if 'stale' in policy:
                    counts, cold = counts[1:], counts[:1]
                    checks.append(('calls', max(counts, default=99), 1))
                    note = f'the first fill ever, without an old value: {cold} calls'
                else:
                    note = ''
                stage.row(name, client, counts, run.totals(), run.errors, None, checks, note,
                          stats=policy_stats(servers[client], 'slow'))
        finally:
            for server in servers.values():
                server.stop()
