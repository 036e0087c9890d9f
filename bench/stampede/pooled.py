"""S1, S2, S4, S6: two hundred callers, each with a connection of its own.

Usage: imported by run.py.
See: README.md of this folder.
"""
from samples import quantile
from stage import Sampler, commands_run, policy_stats, server_side

ORIGIN_MS = 100
TTL_MS = 2000
CALLERS = 200


def _seconds(stage):
    return 8 if stage.options.quick else 23  # ten expiries and some


def hot_key(stage):
    """S1: a hot key expires, no old value may be served."""
    for who in ('redis', 'corral'):
        with stage.corral('hot match cache:* exact') if who == 'corral' else stage.redis() as server:
            before = commands_run(server)
            run = stage.herd(server, _seconds(stage))
            commands = commands_run(server) - before
            counts = run.calls_per_expiry(TTL_MS / 2)
            waited = [total for total in run.totals(elected=False) if total > 5]
            own = '; ' + server_side(server) if who == 'corral' else ''
            checks = [('calls', sum(counts) / len(counts), 1), ('p99', quantile(run.totals(), 0.99), 1.05 * ORIGIN_MS),
                      ('errors', len(run.errors), 0)]
            note = (f'{len(counts)} expiries; the origin took {run.origin_ms():.1f}; who waited more than 5 ms: p50 '
                    f'{quantile(waited, 0.5):.1f}, p99 {quantile(waited, 0.99):.1f}; without the origin\'s: p99 '
                    f'{quantile(run.totals(elected=False), 0.99):.2f}; commands per call '
                    f'{commands / max(1, len(run.calls)):.3f}; client late by {run.late_ms:.1f} at worst{own}')
            stage.row('S1 hot key, no stale', who, counts, run.totals(), run.errors, commands / len(counts),
                      checks if who == 'corral' else (), note,
                      stats=policy_stats(server, 'hot') if who == 'corral' else None)


def hot_key_stale(stage):
    """S2: the same, and the old value may be served for 30 s. Beside it plain Redis, whose key never expires: all hits."""
    with stage.redis() as server:
        hits = stage.herd(server, 4 if stage.options.quick else 8, ttl_ms=3_600_000)
        filled_ms = max((call.ended_ms for call in hits.origin), default=0) + 100
        hit_times = hits.totals(elected=False, after_ms=filled_ms)
        stage.row('S2 a key that never expires', 'redis', (), hit_times, hits.errors, None, (),
                  f'hits only: what machine and client add to any figure; client late by {hits.late_ms:.1f} at worst')
    with stage.corral('hot match cache:* exact stale 30s') as server:
        before = commands_run(server)
        run = stage.herd(server, _seconds(stage))
        commands = commands_run(server) - before
        counts = run.calls_per_expiry(TTL_MS / 2)
        filled_ms = min((call.ended_ms for call in run.origin), default=0) + 100  # before that there was no old value
        others, elected = run.totals(elected=False, after_ms=filled_ms), run.totals(elected=True, after_ms=filled_ms)
        checks = [('calls', sum(counts) / len(counts), 1), ('p99', quantile(others, 0.99), 2), ('errors', len(run.errors), 0)]
        stage.row('S2 hot key, stale 30s', 'corral', counts, others, run.errors, commands / len(counts), checks,
                  f'{len(counts)} expiries; without the elected: {len(elected)} calls, p50 {quantile(elected, 0.5):.1f}, '
                  f'max {max(elected, default=0):.1f}; p99 is {quantile(others, 0.99) / quantile(hit_times, 0.99):.2f} of that of '
                  f'redis-server\'s hits; client late by {run.late_ms:.1f} at worst; {server_side(server)}',
                  stats=policy_stats(server, 'hot'))


def dead_filler(stage):
    """S4: the process that was elected dies, or lives on and never writes, while 199 wait."""
    waves = 4 if stage.options.quick else 10
    # A silent filler costs half of the patience (500 ms) before a second one is called, and that one's origin call.
    for fault, p99_limit in (('killed', 1.4 * ORIGIN_MS), ('silent', 250 + 1.4 * ORIGIN_MS)):
        with stage.corral('cold match cache:* exact') as server:
            before = commands_run(server)
            run = stage.herd(server, 20, waves=waves, fault=fault, fault_after_ms=30, key='cache:cold')
            commands = commands_run(server) - before
            counts = run.calls_per_wave(waves)
            checks = [('calls', max(counts), 2), ('p99', quantile(run.totals(), 0.99), p99_limit),
                      ('errors', len(run.errors), 0)]
            stage.row(f'S4 filler {fault}', 'corral', counts, run.totals(), run.errors, commands / waves, checks,
                      f'{waves} waves; the origin took {run.origin_ms():.1f}; client late by {run.late_ms:.1f} at worst; '
                      + server_side(server)
                      + (f'; killed after 30 ms, the next filler knew within {max(run.successions(), default=-1):.2f}'
                         if fault == 'killed' else ''), stats=policy_stats(server, 'cold'))


def unfillable(stage):
    """S6: the origin says that there is nothing, and nobody ever writes."""
    seconds = 6 if stage.options.quick else 12
    with stage.redis() as server:
        plain = stage.herd(server, seconds, fill=0)
        plain_p99 = quantile(plain.totals(), 0.99)
        plain_get = quantile([call.get_ms for call in plain.calls], 0.99)
        stage.row('S6 unfillable key', 'redis', (), plain.totals(), plain.errors,
                  note=f'GET alone: p99 {plain_get:.2f}')
    with stage.corral('none match cache:* exact') as server:
        with Sampler(server, 'none') as sampler:
            run = stage.herd(server, seconds, fill=0)
        marked = next(((at, stats) for at, stats in sampler.series if stats['hit_for_miss'] > 0), None)
        marks = [0.0] + [(at - run.begun_at) * 1000 for (_, old), (at, new)
                         in zip(sampler.series, sampler.series[1:]) if new['hit_for_miss'] > old['hit_for_miss']]
        leases = marked[1]['elections'] if marked else float('inf')
        marked_ms = (marked[0] - run.begun_at) * 1000 if marked else float('inf')
        after = [call for call in run.calls if call.begun_ms > marked_ms]
        slow = [call for call in after if call.get_ms > 10]
        p99 = quantile([call.total_ms for call in after], 0.99)
        gets = [call.get_ms for call in after]
        checks = [('leases of the first wave', leases, 2), ('p99 afterwards / redis', p99 / plain_p99, 1.05),
                  ('errors', len(run.errors), 0)]
        first = [call.get_ms for call in run.calls if call.begun_ms <= marked_ms]
        stage.row('S6 unfillable key', 'corral', (), [call.total_ms for call in after], run.errors, None, checks,
                  f'hit-for-miss after {marked_ms:.0f} ms, until then GET took p50 {quantile(first, 0.5):.1f}, max '
                  f'{max(first, default=0):.1f}; afterwards GET p50 {quantile(gets, 0.5):.2f} p99 {quantile(gets, 0.99):.2f} '
                  f'max {max(gets, default=0):.1f}, {len(slow)} of {len(after)} calls waited more than 10 ms; '
                  f'marks at {", ".join(f"{at:.0f}" for at in marks[1:])} ms', stats=policy_stats(server, 'none'))
