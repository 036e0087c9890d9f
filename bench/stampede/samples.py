"""What the callers saw: the lines of corral-herd and callers.mjs, and the figures drawn from them.

Usage: imported by the scenarios of this folder.
See: README.md of this folder.
"""
import dataclasses


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float('nan')


def quantiles(values):
    """p50, p99, p99.9 and the longest."""
    return {'p50': quantile(values, 0.5), 'p99': quantile(values, 0.99), 'p999': quantile(values, 0.999),
            'max': max(values, default=float('nan'))}


@dataclasses.dataclass
class Call:
    begun_ms: float
    get_ms: float    # until GET was answered
    total_ms: float  # until the caller had its value, with the origin and SET if it came to that
    missed: bool     # it went to the origin
    wave: int


@dataclasses.dataclass
class OriginCall:
    begun_ms: float
    ended_ms: float
    wave: int
    how: str  # done, killed, silent


class Samples:
    """One run. Times are milliseconds since its beginning."""

    def __init__(self, text):
        self.calls, self.origin, self.other, self.errors = [], [], [], []
        self.late_ms = float('nan')  # how late the program itself was at worst
        self.begun_at = 0.0  # by the monotonic clock, in seconds
        complete = False
        for line in text.splitlines():  # whole ones: who was killed may have left half a line
            kind, *words = line.split(' ')
            if kind == 'call':
                begun, get, total, missed, wave = map(int, words)
                self.calls.append(Call(begun / 1e3, get / 1e3, total / 1e3, missed == 1, wave))
            elif kind == 'origin':
                begun, ended, _, wave = map(int, words[:4])
                self.origin.append(OriginCall(begun / 1e3, ended / 1e3, wave, words[4]))
            elif kind == 'other':
                begun, total = map(int, words)
                self.other.append((begun / 1e3, total / 1e3))
            elif kind == 'begin':
                self.begun_at = int(words[0]) / 1e6
            elif kind == 'error':
                self.errors.append(' '.join(words))
            elif kind == 'end':
                complete = True
                self.late_ms = int(words[1]) / 1e3 if len(words) > 1 else self.late_ms
        if not complete:
            self.errors.append('the callers did not come to their end')

    def calls_per_expiry(self, gap_ms):
        """Origin calls of each expiry; a call begun `gap_ms` after the first of an expiry belongs to the next one."""
        counts, first = [], None
        for call in sorted(self.origin, key=lambda call: call.begun_ms):
            if first is None or call.begun_ms - first > gap_ms:
                first = call.begun_ms
                counts.append(0)
            counts[-1] += 1
        return counts

    def calls_per_wave(self, waves):
        counts = [0] * waves
        for call in self.origin:
            if call.wave >= 0:
                counts[call.wave] += 1
        return counts

    def totals(self, elected=None, after_ms=0.0):
        """How long calls took; only those that went to the origin, or only the others, if so wanted."""
        return [call.total_ms for call in self.calls
                if call.begun_ms >= after_ms and (elected is None or call.missed == elected)]

    def other_during_waves(self):
        """Delays of the other traffic, of requests sent while a wave was under way."""
        spans = {}
        for call in self.calls:
            begun, ended = spans.get(call.wave, (call.begun_ms, 0.0))
            spans[call.wave] = (min(begun, call.begun_ms), max(ended, call.begun_ms + call.total_ms))
        return [delay for at, delay in self.other if any(begun - 5 <= at <= ended for begun, ended in spans.values())]

    def successions(self):
        """From the death of a filler to the moment when the next one knew, for each wave."""
        killed = {call.wave: call.ended_ms for call in self.origin if call.how == 'killed'}
        next_begun = {}
        for call in self.origin:
            if call.how != 'killed':
                next_begun[call.wave] = min(call.begun_ms, next_begun.get(call.wave, call.begun_ms))
        return [next_begun[wave] - ended for wave, ended in killed.items() if wave in next_begun]

    def origin_ms(self):
        """How long the origin really took, on the average."""
        lengths = [call.ended_ms - call.begun_ms for call in self.origin if call.how == 'done']
        return sum(lengths) / len(lengths) if lengths else float('nan')
