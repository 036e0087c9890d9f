"""S5: ten thousand reads wait for one key.

Usage: imported by run.py.
See: README.md of this folder.
"""
import json
import time

LIMIT_MS = 10


def waiters(stage):
    """S5: from the SET to the last answer, and the floor of this machine beside it."""
    count = stage.options.waiters
    rounds = []
    for number in range(1 if stage.options.quick else 5):
        with stage.corral('crowd match cache:* exact wait 60s') as server:
            # One fill of a second, so that the lease (fill time and 8 deviations) outlasts the gathering of the crowd.
            server.ask('GET', 'cache:prime')
            time.sleep(1)
            server.ask('SET', 'cache:prime', 'v')
            command = [stage.program('waiters'), '--port', str(server.port), '--waiters', str(count)]
            rounds.append(json.loads(stage.finish(stage.start(command), 90)))
    floors = {}
    for writers in (1, 2):
        command = [stage.program('waiters'), '--waiters', str(count // 2 if count > 9000 else count), '--floor-writers',
                   str(writers)]
        figures = json.loads(stage.finish(stage.start(command), 60))
        floors[writers] = figures['floor_ms'] * (2 if count > 9000 else 1)  # both ends are in one process: half as many fit
    best = min(rounds, key=lambda figures: figures['last_ms'])
    errors = [f'round {i + 1}: {figures["wrong"]} wrong, {figures["early"]} early'
              for i, figures in enumerate(rounds) if figures['wrong'] or figures['early']]
    checks = [('last answer, ms after the SET', best['last_ms'], LIMIT_MS),
              ('reads while waiting', max(figures['gets_while_waiting'] for figures in rounds), 0),
              ('answers missing', count - min(figures['answered'] for figures in rounds), 0),
              ('errors', len(errors), 0)]
    note = (f'best of {len(rounds)} rounds: first {best["first_ms"]:.2f} p50 {best["p50_ms"]:.2f} last {best["last_ms"]:.2f} ms, '
            f'first to last arrival at a socket {best["arrivals_ms"]:.2f} ms, server\'s longest turn '
            f'{best["longest_turn_us"] / 1000:.2f} ms, busy {best["busy_us"] / 1000:.1f} ms; last of each round '
            + ', '.join(f'{figures["last_ms"]:.1f}' for figures in rounds)
            + f'; floor (send() and nothing else) with 1 thread {floors[1]:.1f} ms, with 2 {floors[2]:.1f} ms')
    times = [figures['last_ms'] for figures in rounds]
    stage.row(f'S5 {count:,} waiters, last answer', 'corral', (), times, errors, best['gets'], checks, note,
              rounds=rounds, floor_ms=floors)
