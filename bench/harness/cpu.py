"""Server CPU per request, user and system apart, servers interleaved.

Usage: python3 bench/run.py cpu [--quick] [--gate] [--cells get:1,set:16] [--variant NAME='--flag value']
See: README.md
"""
import contextlib
import math
import shlex

from . import procfs, report
from .servers import Server

KEYS = 1_000_000
# Ratio to redis-server, whole CPU, and at P=1 the user part alone.
LIMITS = {'get:1': 0.80, 'get:16': 0.42, 'get:64': 0.32, 'set:1': 0.80, 'set:16': 0.42, 'set:64': 0.34}
USER_LIMITS = {'get:1': 0.40, 'set:1': 0.40}
MOVED_SHARE = 0.20  # a round whose user share moved by more than this part of itself is discarded


def add_arguments(parser):
    parser.add_argument('--cells', default='get:1,get:16,get:64,set:1,set:16,set:64', help='COMMAND:PIPELINE,...')
    parser.add_argument('--rounds', type=int, default=0, help='default 7; 3 with --quick')
    parser.add_argument('--seconds', type=float, default=0, help='of each measurement; default 1.5; 0.7 with --quick')
    parser.add_argument('--keys', type=int, default=KEYS)
    parser.add_argument('--connections', type=int, default=50)
    parser.add_argument('--variant', action='append', default=[], metavar="NAME='FLAGS'",
                        help='one more corral with these extra flags')


def run(bench):
    options = bench.options
    rounds = options.rounds or (3 if options.quick else 7)
    seconds = options.seconds or (0.7 if options.quick else 1.5)
    cells = options.cells.split(',')
    bench.warn_about_cores()
    with contextlib.ExitStack() as stack:
        servers = {}
        for name, kind, extra in _wanted(bench):
            servers[name] = stack.enter_context(bench.server(kind, extra=extra, pinned=True))
            bench.client.fill(servers[name], options.keys)
        samples = {cell: {name: [] for name in servers} for cell in cells}
        for number in range(rounds):
            report.say(f'round {number + 1} of {rounds}')
            for cell in cells:
                # Another order in every round, so that none always follows the same neighbour.
                names = list(servers)
                names = names[number % len(names):] + names[:number % len(names)]
                for name in names:
                    samples[cell][name].append(_measure(bench, servers[name], cell, seconds))
    return _report(bench, samples)


def _wanted(bench):
    wanted = [(name, name, ()) for name in bench.options.servers]
    for variant in bench.options.variant:
        name, _, flags = variant.partition('=')
        wanted.append((name, 'corral', tuple(shlex.split(flags))))
    return wanted


def _measure(bench, server, cell, seconds):
    command, pipeline = cell.split(':')
    before = procfs.cpu_time(server.pid)
    load = bench.client.run(server, '--command', command, '--pipeline', pipeline, '--connections',
                            bench.options.connections, '--keys', bench.options.keys, '--seconds', seconds)
    used = procfs.cpu_between(before, procfs.cpu_time(server.pid))
    if load['misses']:
        raise bench.failure(f'{server.kind} lost keys: {load["misses"]} misses of {load["requests"]}')
    per_request = used.run_us / load['requests']
    return {'us': per_request, 'user_us': per_request * used.user_share, 'user_share': used.user_share,
            'ticks': used.ticks, 'requests_per_s': load['requests'] / load['seconds'], 'preempted': used.preempted,
            'client_us': load['client_cpu_us_per_request'], 'p50_us': load['p50_us'], 'p99_us': load['p99_us']}


def moved_rounds(measured):
    """The rounds in which a server's user share left its median by more than 20 % of it.

    Shares come from clock ticks; a difference that three standard errors of that sampling explain is no movement.
    """
    moved = set()
    for rounds in measured.values():
        middle = report.median([sample['user_share'] for sample in rounds])
        for number, sample in enumerate(rounds):
            sampling = 3 * math.sqrt(max(middle * (1 - middle), 0.01) / max(sample['ticks'], 1))
            if abs(sample['user_share'] - middle) > max(MOVED_SHARE * middle, sampling):
                moved.add(number)
    return moved


def _report(bench, samples):
    limits = report.Limits()
    rows, figures = [], {}
    for cell, measured in samples.items():
        moved = moved_rounds(measured)
        rounds = len(next(iter(measured.values())))
        kept = [number for number in range(rounds) if number not in moved]
        if moved:
            report.say(f'{cell}: {len(moved)} of {rounds} rounds discarded, a user share moved by more than 20 %')
        if len(kept) < 3:
            report.say(f'{cell}: fewer than 3 quiet rounds are left, so all of them count; do not trust this cell')
            kept = list(range(rounds))
        for name, all_samples in measured.items():
            figure = _figure(all_samples, measured.get('redis'), kept)
            figures[f'{cell} {name}'] = figure
            limit = LIMITS.get(cell) if name == 'corral' else None
            user_limit = USER_LIMITS.get(cell) if name == 'corral' else None
            rows.append([f'{cell} {name}', f'{figure["us"]:.3f}', f'{figure["user_us"]:.3f}',
                         f'{figure["us"] - figure["user_us"]:.3f}', _ratio(figure['ratio']),
                         limits.verdict(f'{cell} CPU', figure['ratio'], limit), _ratio(figure['user_ratio']),
                         limits.verdict(f'{cell} user part', figure['user_ratio'], user_limit),
                         f'{figure["requests_per_s"]:,.0f}', f'{figure["client_us"]:.2f}'])
    report.print_table('server CPU, us per request (median; ratio to redis round by round, median)',
                       ['cell', 'all', 'user', 'system', 'ratio', 'limit', 'user ratio', 'limit', 'req/s', 'client us'],
                       rows)
    report.write_json(bench.options.out, 'cpu', {'figures': figures, 'samples': samples, 'exceeded': limits.exceeded})
    return report.finish(limits, bench.options.gate)


def _figure(samples, of_redis, kept):
    def middle(field):
        return report.median([samples[number][field] for number in kept])

    def ratio(field):
        if not of_redis:
            return None
        return report.median([samples[number][field] / of_redis[number][field]
                              for number in kept if of_redis[number][field] > 0])

    return {'us': middle('us'), 'user_us': middle('user_us'), 'requests_per_s': middle('requests_per_s'),
            'client_us': middle('client_us'), 'p99_us': middle('p99_us'), 'rounds': len(kept),
            'ratio': ratio('us'), 'user_ratio': ratio('user_us')}


def _ratio(value):
    return '' if value is None else f'{value:.3f}'
