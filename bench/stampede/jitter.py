"""S8: a hundred thousand keys of one TTL, written within a second, expire apart from each other.

Usage: imported by run.py.
See: README.md of this folder.
"""
import json
import time

from harness.servers import Asker
from stage import policy_stats

KEYS = 100_000
JITTER = 0.10
TTL_S = 20
WARM_S = 1.0


class Pipe(Asker):
    """Many questions in one write."""

    def ask_all(self, requests):
        self._socket.sendall(b''.join(b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(word), word) for word in words)
                                      for words in requests))
        return [self._reply() for _ in requests]


def _peak(counts, width):
    """The most of any `width` neighbours: a second, wherever it begins."""
    return max((sum(counts[i:i + width]) for i in range(max(1, len(counts) - width + 1))), default=0)


def _planned(server):
    """The soft expiries as the server reports them, counted by tenths of a second."""
    counts = {}
    with Pipe(server.port) as pipe:
        for first in range(0, KEYS, 500):
            requests = [(b'CACHE.GET', b'cache:%d' % number, b'META') for number in range(first, first + 500)]
            answers = pipe.ask_all(requests)
            now_ms = time.monotonic() * 1000
            for answer in answers:
                tenth = int((now_ms + answer[4]) // 100)
                counts[tenth] = counts.get(tenth, 0) + 1
    return [counts.get(tenth, 0) for tenth in range(min(counts), max(counts) + 1)]


def expiries(stage):
    """S8: the jitter table says N/(k*j*T) for wave k."""
    waves = 1 if stage.options.quick else 2
    until_s = TTL_S * waves + 2
    with stage.corral(f'many match cache:* jitter {JITTER:.0%}', workers=1) as server:
        process = stage.start([stage.program('sweep'), '--port', str(server.port), '--keys', str(KEYS), '--ttl-ms',
                               str(TTL_S * 1000), '--warm-ms', str(int(WARM_S * 1000)), '--quiet-until-ms',
                               str(int(TTL_S * (1 - JITTER) * 1000) - 1000), '--until-ms', str(until_s * 1000)])
        warmed_ms = json.loads(process.stdout.readline())['warmed_ms']
        planned = _planned(server)
        lines = stage.finish(process, until_s + 30).strip().splitlines()
        tenths = json.loads(lines[-1])['per_tenth_of_second']
        stats = policy_stats(server, 'many')
    plan_limit = KEYS / (JITTER * TTL_S)
    checks = [('planned peak/s', _peak(planned, 10), 1.1 * plan_limit)]
    notes = [f'written in {warmed_ms:.0f} ms; table {plan_limit:,.0f}; planned peak {_peak(planned, 10):,}/s']
    for wave in range(1, waves + 1):
        table = plan_limit / wave
        middle = (wave + 0.5) * TTL_S * 10 if wave < waves else len(tenths)
        start = (wave - 0.5) * TTL_S * 10
        mine = tenths[int(start):int(middle)]
        checks.append((f'wave {wave} peak/s', _peak(mine, 10), 1.1 * table))
        notes.append(f'wave {wave}: {_peak(mine, 10):,}/s at the most of {sum(mine):,} (table {table:,.0f})')
    notes.append(f'elections {stats["elections"]:,}, fills {stats["fills"]:,}')
    stage.row(f'S8 {KEYS:,} keys, jitter 10 %', 'corral', (), (), (), None, checks, '; '.join(notes), planned=planned,
              measured=tenths, stats=stats)
