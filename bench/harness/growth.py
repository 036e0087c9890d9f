"""The table grows from one to eight million keys while two connections write, 16 keys at a time.

Usage: python3 bench/run.py growth [--quick] [--gate] [--from-keys 1000000] [--to-keys 8000000] [--runs 2]
See: README.md
"""
from . import loop_turn, report
from .servers import key_count

SERVERS_BY_DEFAULT = ('corral', 'redis')
TURN_LIMIT_US = 500


def add_arguments(parser):
    loop_turn.add_arguments(parser)
    parser.add_argument('--from-keys', type=int, default=0, help='default 1,000,000; 250,000 with --quick')
    parser.add_argument('--to-keys', type=int, default=0, help='default 8,000,000; 2,000,000 with --quick')
    parser.add_argument('--runs', type=int, default=0, help='default 2; 1 with --quick')


def run(bench):
    options = bench.options
    if 'memcached' in options.servers:
        raise bench.failure('memcached is not measured here; use corral, redis')
    bench.warn_about_cores()
    first = options.from_keys or (250_000 if options.quick else 1_000_000)
    last = options.to_keys or (2_000_000 if options.quick else 8_000_000)
    runs = options.runs or (1 if options.quick else 2)
    samples = {kind: [] for kind in options.servers}
    for number in range(runs):
        for kind in options.servers:
            report.say(f'run {number + 1} of {runs}: {kind}')
            samples[kind].append(_measure(bench, kind, first, last))
    return _report(bench, samples, first, last)


def _measure(bench, kind, first, last):
    with loop_turn.start(bench, kind) as server:
        bench.client.fill(server, first)
        quiet = _write(bench, server, 0, min(first, last - first))
        grown = _write(bench, server, first, last - first)
        if key_count(server) != last:
            raise bench.failure(f'{kind} holds {key_count(server)} keys instead of {last}')
    return {'quiet': quiet, 'event': grown}


def _write(bench, server, first, keys):
    """Few requests per turn, so that the turn shows the table and not the batch: 2 connections of 16."""
    loop_turn.reset(server)
    writer = bench.client.run(server, '--preload', '--keys', keys, '--first-key', first, '--pipeline', 16,
                              '--connections', 2)
    turn_us, turn_cpu_us = loop_turn.longest_turns(server)
    return {'loop_turn_max_us': turn_us, 'loop_turn_max_cpu_us': turn_cpu_us, 'batch_max_us': writer['max_us'],
            'writes_per_s': writer['requests'] / writer['seconds']}


def _report(bench, samples, first, last):
    limits, rows = report.Limits(), []
    for kind, runs in samples.items():
        for number, sample in enumerate(runs):
            quiet, grown = sample['quiet'], sample['event']
            rows.append([f'{kind} {number + 1}', loop_turn.milliseconds(quiet['loop_turn_max_us']),
                         loop_turn.milliseconds(grown['loop_turn_max_us']),
                         loop_turn.milliseconds(quiet['loop_turn_max_cpu_us']),
                         loop_turn.milliseconds(grown['loop_turn_max_cpu_us']),
                         loop_turn.milliseconds(quiet['batch_max_us']), loop_turn.milliseconds(grown['batch_max_us']),
                         f'{quiet["writes_per_s"]:,.0f}', f'{grown["writes_per_s"]:,.0f}'])
    if 'corral' in samples:
        longest = max(sample['event']['loop_turn_max_cpu_us'] for sample in samples['corral'])
        limits.verdict('longest loop turn on a core while growing, us', longest, TURN_LIMIT_US)
    report.print_table(f'the table grows from {first:,} to {last:,} keys (ms; turn = longest turn of the loop)',
                       ['run', 'overwriting turn', 'turn', 'overwriting on a core', 'on a core', 'overwriting max', 'max', 'overwrites/s', 'new keys/s'], rows)
    report.write_json(bench.options.out, 'growth', {'runs': samples, 'exceeded': limits.exceeded})
    return report.finish(limits, bench.options.gate)
