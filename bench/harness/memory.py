"""Bytes per key over a sweep of table sizes, and bytes per idle connection.

Usage: python3 bench/run.py memory [--quick] [--gate] [--payloads 16+32,16+32+ttl,16+100,idle]
See: README.md
"""
import subprocess
import time

from . import procfs, report

# Payload: (value bytes, command that writes it, limit of the ratio to redis-server).
PAYLOADS = {'16+32': (32, 'set', 0.55), '16+32+ttl': (32, 'setex', 0.46), '16+100': (100, 'set', 0.73)}
IDLE_LIMIT_BYTES = 4096
IDLE_CONNECTIONS = 10_000
STEPS = (1.0, 1.2, 1.4, 1.7, 2.0)  # a table that doubles is kind to some sizes and unkind to others
TTL_S = 86_400


def add_arguments(parser):
    parser.add_argument('--payloads', default='16+32,16+32+ttl,16+100,idle')
    parser.add_argument('--unit', type=int, default=0, help='keys that a step of 1.0 means; default 2^20, 2^18 with --quick')
    parser.add_argument('--settle', type=float, default=12.0, help='seconds of silence before a reading')


def run(bench):
    options = bench.options
    unit = options.unit or (1 << 18 if options.quick else 1 << 20)
    limits = report.Limits()
    figures = {}
    for payload in options.payloads.split(','):
        if payload != 'idle' and payload not in PAYLOADS:
            raise bench.failure(f'no payload is called {payload}; there are {", ".join(PAYLOADS)}, idle')
        for kind in options.servers:
            report.say(f'{payload}: {kind}')
            figures.setdefault(payload, {})[kind] = (
                _idle(bench, kind) if payload == 'idle' else _sweep(bench, kind, payload, unit))
    _print_payloads(figures, limits)
    _print_idle(figures, limits)
    report.write_json(options.out, 'memory', {'unit_keys': unit, 'figures': figures, 'exceeded': limits.exceeded})
    return report.finish(limits, options.gate)


def _sweep(bench, kind, payload, unit):
    value_bytes, command, _ = PAYLOADS[payload]
    per_key, held = {}, 0
    with bench.server(kind) as server:
        bench.client.run(server, '--command', 'ping', '--requests', 1000, '--connections', 4)
        time.sleep(bench.options.settle)
        empty = procfs.resident_bytes(server.pid)
        for step in STEPS:
            keys = int(unit * step)
            bench.client.fill(server, keys - held, first=held, command=command, value_bytes=value_bytes,
                              more=('--ttl', TTL_S))
            held = keys
            # Every key is read once: a table that moves its entries step by step gets to the end of it.
            seen = bench.client.run(server, '--command', 'get', '--order', 'sequential', '--keys', keys, '--requests', keys,
                                    '--value-bytes', value_bytes, '--pipeline', 64, '--connections', 4)
            if seen['misses']:
                raise bench.failure(f'{kind} lost {seen["misses"]} of {keys} keys')
            time.sleep(bench.options.settle)
            per_key[f'{step:g}'] = (procfs.resident_bytes(server.pid) - empty) / keys
    return {'by_size': per_key, 'mean': sum(per_key.values()) / len(per_key)}


def _idle(bench, kind):
    with bench.server(kind) as server:
        bench.client.run(server, '--command', 'ping', '--requests', 1000, '--connections', 50)
        time.sleep(bench.options.settle)
        before = procfs.resident_bytes(server.pid)
        with bench.client.start(server, '--idle', IDLE_CONNECTIONS, stdin=subprocess.PIPE) as idle:
            idle.first_line()
            at_once = procfs.resident_bytes(server.pid)
            time.sleep(max(bench.options.settle, 5.0))  # redis takes its buffers back after 2 s
            settled = procfs.resident_bytes(server.pid)
            idle.finish()
    return {'at_once': (at_once - before) / IDLE_CONNECTIONS, 'mean': (settled - before) / IDLE_CONNECTIONS}


def _print_payloads(figures, limits):
    rows = []
    for payload in [name for name in figures if name != 'idle']:
        of_redis = figures[payload].get('redis', {}).get('mean')
        for kind, figure in figures[payload].items():
            ratio = figure['mean'] / of_redis if of_redis else None
            figure['ratio'] = ratio
            limit = PAYLOADS[payload][2] if kind == 'corral' else None
            rows.append([f'{payload} {kind}'] + [f'{value:.1f}' for value in figure['by_size'].values()]
                        + [f'{figure["mean"]:.1f}', f'{ratio:.3f}' if ratio else '',
                           limits.verdict(f'bytes per key {payload}', ratio, limit)])
    if rows:
        report.print_table('bytes per key: growth of resident memory / keys',
                           ['payload', *(f'x{step:g}' for step in STEPS), 'mean', 'ratio', 'limit'], rows)


def _print_idle(figures, limits):
    rows = []
    for kind, figure in figures.get('idle', {}).items():
        limit = IDLE_LIMIT_BYTES if kind == 'corral' else None
        rows.append([kind, f'{figure["at_once"]:.0f}', f'{figure["mean"]:.0f}',
                     limits.verdict('bytes per idle connection', figure['mean'], limit)])
    if rows:
        report.print_table(f'bytes per idle connection: growth of resident memory / {IDLE_CONNECTIONS:,}',
                           ['server', 'at once', 'after a pause', 'limit'], rows)
