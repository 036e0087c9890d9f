"""How long after a key is due its `expired` event comes, with a million keys that have a time to live.

Usage: python3 bench/run.py expiry-events [--quick] [--gate] [--keys 1000000] [--span 20]
See: README.md
"""
import re
import socket
import time

from . import report
from .servers import key_count

SERVERS_BY_DEFAULT = ('corral', 'redis')
WITHIN_MS, SHARE = 100, 0.99
GRACE_S = 10      # after the last key is due; what comes later counts as late
READ_BYTES = 1 << 20
MESSAGE = re.compile(rb'\r\n\$(\d+)\r\n([^\r]+)\r\n\Z')


def add_arguments(parser):
    parser.add_argument('--keys', type=int, default=0, help='with a time to live; default 1,000,000; 200,000 with --quick')
    parser.add_argument('--span', type=int, default=0, help='seconds over which they fall due; default 20; 5 with --quick')


def run(bench):
    options = bench.options
    if 'memcached' in options.servers:
        raise bench.failure('memcached has no events; use corral, redis')
    bench.warn_about_cores()
    keys = options.keys or (200_000 if options.quick else 1_000_000)
    span_ms = 1000 * (options.span or (5 if options.quick else 20))
    limits, rows, figures = report.Limits(), [], {}
    for kind in options.servers:
        report.say(f'{kind}: {keys:,} keys fall due within {span_ms // 1000} s')
        delays = _measure(bench, kind, keys, span_ms)
        figure = _figure(delays, keys)
        figures[kind] = figure
        late = 1 - figure['within']
        verdict = limits.verdict('share of events later than 100 ms', late, 1 - SHARE) if kind == 'corral' else ''
        rows.append([kind, f'{figure["events"]:,}', f'{figure["within"] * 100:.3f} %', f'late {verdict}' if verdict else '',
                     figure['p50_ms'], figure['p99_ms'], figure['max_ms']])
    report.print_table(f'events of {keys:,} keys that fall due within {span_ms // 1000} s: delay in ms after they were due',
                       ['server', 'events', f'within {WITHIN_MS} ms', 'limit', 'p50', 'p99', 'max'], rows)
    report.write_json(bench.options.out, 'expiry-events', {'figures': figures, 'exceeded': limits.exceeded})
    return report.finish(limits, options.gate)


def _measure(bench, kind, keys, span_ms):
    """Milliseconds after it was due for every event that came, in no order."""
    with bench.server(kind, pinned=True) as server:
        server.ask('CONFIG', 'SET', 'notify-keyspace-events', 'Ex')
        fill_s = 4 + keys / 100_000
        first_due_ms = int((time.time() + fill_s + 2) * 1000)
        bench.client.fill(server, keys, more=('--expire-at-ms', first_due_ms, '--expire-span-ms', span_ms))
        if key_count(server) != keys or time.time() * 1000 > first_due_ms:
            raise bench.failure(f'{kind}: filling took longer than {fill_s + 2:.0f} s, or keys are missing')
        with socket.create_connection(('127.0.0.1', server.port)) as subscriber:
            subscriber.sendall(b'SUBSCRIBE __keyevent@0__:expired\r\n')
            return _listen(subscriber, keys, first_due_ms, span_ms)


def _listen(subscriber, keys, first_due_ms, span_ms):
    give_up = (first_due_ms + span_ms) / 1000 + GRACE_S
    pending, delays = b'', []
    while len(delays) < keys and time.time() < give_up:
        subscriber.settimeout(max(0.01, give_up - time.time()))
        try:
            received = subscriber.recv(READ_BYTES)
        except socket.timeout:
            break
        now_ms = time.time() * 1000
        *messages, pending = (pending + received).split(b'*3\r\n')
        # The last one is whole when its last line is: the name of a key.
        if MESSAGE.search(pending) and pending.count(b'\r\n') == 6:
            messages, pending = [*messages, pending], b''
        for message in messages:
            name = message[:-2].rsplit(b'\r\n', 1)[-1]
            if b'message' in message and name.startswith(b'key:'):
                delays.append(now_ms - first_due_ms - int(name[4:]) % span_ms)
    return delays


def _figure(delays, keys):
    ordered = sorted(delays)

    def at(share):
        return f'{ordered[min(len(ordered) - 1, int(share * len(ordered)))]:.1f}' if ordered else '-'

    return {'events': len(delays), 'within': sum(delay <= WITHIN_MS for delay in delays) / keys,
            'p50_ms': at(0.5), 'p99_ms': at(0.99), 'max_ms': at(1)}
