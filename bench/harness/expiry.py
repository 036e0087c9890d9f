"""A million keys expire within one second under a light load.

Usage: python3 bench/run.py expiry [--quick] [--gate] [--keys 1000000] [--runs 3]
See: README.md
"""
import time

from . import loop_turn, report
from .servers import key_count

SERVERS_BY_DEFAULT = ('corral', 'redis')
LIVE_KEYS = 100_000
TURN_LIMIT_US = 1000
RECLAIM_LIMIT_S = 10
GIVE_UP_S = 30
DEAD_SHARE = 0.10  # of the keys' memory may stay: tables shrink late
WATCHED_S = 6
QUIET_S = 2


def add_arguments(parser):
    loop_turn.add_arguments(parser)
    parser.add_argument('--keys', type=int, default=1_000_000)
    parser.add_argument('--runs', type=int, default=0, help='default 3; 1 with --quick')


def run(bench):
    options = bench.options
    if 'memcached' in options.servers:
        raise bench.failure('memcached expires by whole seconds and is not measured here; use corral, redis')
    bench.warn_about_cores()
    runs = options.runs or (1 if options.quick else 3)
    samples = {kind: [] for kind in options.servers}
    for number in range(runs):
        for kind in options.servers:
            report.say(f'run {number + 1} of {runs}: {kind}')
            samples[kind].append(_measure(bench, kind))
    return _report(bench, samples)


def _measure(bench, kind):
    keys = bench.options.keys
    with loop_turn.start(bench, kind) as server:
        bench.client.fill(server, LIVE_KEYS)
        live_bytes = _used_memory(server)
        # Long enough ahead for the slowest filler; the wait for the moment is cheap.
        fill_s = 4 + keys / 100_000
        expire_at = time.time() + fill_s + QUIET_S + 2
        bench.client.fill(server, keys, first=LIVE_KEYS, more=(
            '--expire-at-ms', int(expire_at * 1000), '--expire-span-ms', 1000))
        full_bytes, full_keys = _used_memory(server), key_count(server)
        if full_keys != LIVE_KEYS + keys or time.time() > expire_at - QUIET_S - 1:
            raise bench.failure(f'{kind}: filling took longer than {fill_s + QUIET_S + 1:.0f} s, or keys are missing')
        with loop_turn.Watch(bench, server, QUIET_S, LIVE_KEYS) as watch:
            quiet = watch.result()
        time.sleep(max(0.0, expire_at - 0.5 - time.time()))
        with loop_turn.Watch(bench, server, WATCHED_S, LIVE_KEYS) as watch:
            reclaimed_s = _wait_until_reclaimed(server, expire_at + 1, live_bytes, full_bytes)
            event = watch.result()
        event['loop_turn_max_us'], event['loop_turn_max_cpu_us'] = loop_turn.longest_turns(server)
        left = (_used_memory(server) - live_bytes) / (full_bytes - live_bytes)
    return {'quiet': quiet, 'event': event, 'reclaimed_s': reclaimed_s, 'memory_left': left}


def _used_memory(server):
    return int(server.info('memory')['used_memory'])


def _wait_until_reclaimed(server, last_expiry, live_bytes, full_bytes):
    """Seconds from the last key's expiry until keys and nearly all of their memory are gone; None if that never comes."""
    while time.time() < last_expiry + GIVE_UP_S:
        gone = key_count(server) <= LIVE_KEYS and _used_memory(server) <= live_bytes + DEAD_SHARE * (full_bytes - live_bytes)
        if gone:
            return max(0.0, time.time() - last_expiry)
        time.sleep(0.1)
    return None


def _report(bench, samples):
    limits, rows = report.Limits(), []
    for kind, runs in samples.items():
        for number, sample in enumerate(runs):
            quiet, event, reclaimed = sample['quiet'], sample['event'], sample['reclaimed_s']
            rows.append([f'{kind} {number + 1}', loop_turn.milliseconds(quiet['loop_turn_max_us']),
                         loop_turn.milliseconds(event['loop_turn_max_us']),
                         loop_turn.milliseconds(event['loop_turn_max_cpu_us']),
                         loop_turn.milliseconds(quiet['probe_p999_us']), loop_turn.milliseconds(event['probe_p999_us']),
                         loop_turn.milliseconds(event['probe_max_us']), event['server_preempted'],
                         f'> {GIVE_UP_S}' if reclaimed is None else f'{reclaimed:.1f}',
                         f'{sample["memory_left"] * 100:.1f} %'])
    if 'corral' in samples:
        longest = max(sample['event']['loop_turn_max_cpu_us'] for sample in samples['corral'])
        limits.verdict('longest loop turn on a core during the expiry, us', longest, TURN_LIMIT_US)
        slowest = max(GIVE_UP_S if sample['reclaimed_s'] is None else sample['reclaimed_s']
                      for sample in samples['corral'])
        limits.verdict('seconds until all is reclaimed', slowest, RECLAIM_LIMIT_S)
    report.print_table(f'{bench.options.keys:,} keys expire within one second (ms; turn = longest turn of the loop)',
                       ['run', 'quiet turn', 'turn', 'on a core', 'quiet p99.9', 'p99.9', 'max', 'preempted', 'reclaimed s', 'left'],
                       rows)
    report.write_json(bench.options.out, 'expiry', {'runs': samples, 'exceeded': limits.exceeded})
    return report.finish(limits, bench.options.gate)
