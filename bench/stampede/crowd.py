"""S5: ten thousand reads wait for one key.

Usage: imported by run.py.
See: README.md of this folder.
"""
import json
import time

from harness.servers import Asker

LIMIT_MS = 10
SHARED = 200  # connections of the second shape


def waiters(stage):
    """S5: from the SET to the last answer, with a connection for each read and with 200 connections, and the floor beside."""
    count = stage.options.waiters
    for connections in (count, min(SHARED, count)):
        _shape(stage, count, connections)


def _round(stage, count, connections):
    with stage.corral('crowd match cache:* exact wait 60s') as server:
        # One fill of two seconds: the lease (fill time and 8 deviations) outlasts the gathering of the crowd, and reads that
        # share a connection may wait, for the fill is predicted within a quarter of `wait`.
        with Asker(server.port) as asker:  # one connection: with its end the lease would end
            asker.ask('GET', 'cache:prime')
            time.sleep(2)
            asker.ask('SET', 'cache:prime', 'v')
        command = [stage.program('waiters'), '--port', str(server.port), '--waiters', str(count), '--connections',
                   str(connections)]
        return json.loads(stage.finish(stage.start(command), 90))


def _floors(stage, count, connections):
    """send() and nothing else, with one thread and with two. Both ends are in one process: only half of 10,000 fit."""
    halves = 2 if connections > 9000 else 1
    floors = {}
    for writers in (1, 2):
        command = [stage.program('waiters'), '--waiters', str(count // halves), '--connections', str(connections // halves),
                   '--floor-writers', str(writers)]
        figures = json.loads(stage.finish(stage.start(command), 60))
        floors[writers] = {'last': figures['floor_ms'] * halves, 'cpu': figures['floor_cpu_ms'] * halves}
    return floors


def _shape(stage, count, connections):
    rounds = [_round(stage, count, connections) for _ in range(1 if stage.options.quick else 5)]
    floors = _floors(stage, count, connections)
    best = min(rounds, key=lambda figures: figures['last_ms'] if figures['last_ms'] > 0 else float('inf'))
    errors = [f'round {i + 1}: {figures["wrong"]} wrong, {figures["early"]} early'
              for i, figures in enumerate(rounds) if figures['wrong'] or figures['early']]
    checks = [('last answer, ms after the SET', best['last_ms'], LIMIT_MS),
              ('reads while waiting', max(figures['gets_while_waiting'] for figures in rounds), 0),
              ('answers missing', count - min(figures['answered'] for figures in rounds), 0),
              ('errors', len(errors), 0)]
    floor = {what: min(figures[what] for figures in floors.values()) for what in ('last', 'cpu')}
    cpu = sum(figures['cpu_ms'] for figures in rounds) / len(rounds)
    note = (f'best of {len(rounds)} rounds: first {best["first_ms"]:.2f} p50 {best["p50_ms"]:.2f} last {best["last_ms"]:.2f} ms, '
            f'{best["last_ms"] / floor["last"]:.2f} of the floor (send() and nothing else: 1 thread {floors[1]["last"]:.1f} ms, '
            f'2 threads {floors[2]["last"]:.1f} ms); CPU of the server {cpu:.1f} ms, {cpu / floor["cpu"]:.2f} of the floor\'s '
            f'{floor["cpu"]:.1f} ms; first to last arrival at a socket {best["arrivals_ms"]:.2f} ms; the server\'s longest turn '
            f'{best["longest_turn_us"] / 1000:.2f} ms, busy {best["busy_us"] / 1000:.1f} ms; last of each round '
            + ', '.join(f'{figures["last_ms"]:.1f}' for figures in rounds))
    times = [figures['last_ms'] for figures in rounds]
    stage.row(f'S5 {count:,} on {connections:,}, last', 'corral', (), times, errors, best['gets'], checks, note,
              rounds=rounds, floor_ms=floors)
