"""Instructions per request, counted by cachegrind: two runs of different length, difference per request.

What the clock drives (housekeeping) is left out.

Usage: python3 bench/run.py instructions [--gate] [--update] [--cells get:16,set:16] [--profile get:16]
See: README.md
"""
import os
import shutil
import signal
import subprocess
import tempfile
import time

from . import report

COMMANDS = ('get', 'set', 'setex', 'mget10', 'del', 'incr')
PIPELINES = (1, 16, 64)
SERVERS_BY_DEFAULT = ('corral',)
KEYS = 10_000
REQUESTS = {1: (4_000, 20_000), 16: (16_000, 80_000), 64: (16_000, 80_000)}
QUICK_REQUESTS = {1: (2_000, 8_000), 16: (8_000, 32_000), 64: (8_000, 32_000)}
MOST_GROWTH = 1.03
ABSOLUTE_LIMITS = {'get:16': 1000, 'set:16': 1200}
# What comes by the clock and not with a request. Cachegrind makes a server fifty times slower, which would make this
# fifty times dearer than it is, and dearer still on a busy machine.
CLOCKED = ('corral::dispatch::Housekeeper::', 'corral::store::Table::sweep_ages(', 'corral::store::Table::set_age_clock(',
           'corral::store::Table::expire_due(', 'corral::store::Table::expire_fields(', 'corral::net::Worker::tick(',
           'corral::net::Worker::check_idle_clients(')
EXPECTED = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'instructions.expected')
HEADING = """\
# Instructions per request of corral-server --workers 1, one connection, 16-byte keys, 32-byte values.
# Written by `scripts/bench instructions --update`; a cell that grows by more than 3 % fails the gate.
# COMMAND PIPELINE INSTRUCTIONS
"""


def add_arguments(parser):
    parser.add_argument('--cells', default=','.join(f'{c}:{p}' for c in COMMANDS for p in PIPELINES))
    parser.add_argument('--update', action='store_true', help='write what was measured to bench/instructions.expected')
    parser.add_argument('--profile', metavar='CELL', help='show which functions the instructions of one cell go to')
    parser.add_argument('--expected', default=EXPECTED, help='the file to compare with')
    parser.add_argument('--repeat', type=int, default=1, metavar='N',
                        help='measure each cell N times and take the least: what the clock adds is never negative')


def run(bench):
    options = bench.options
    if shutil.which('valgrind') is None:
        raise bench.failure('valgrind is not there; install the package of that name')
    cells = [options.profile] if options.profile else options.cells.split(',')
    for cell in cells:
        command, _, pipeline = cell.partition(':')
        if command not in COMMANDS or pipeline not in map(str, PIPELINES):
            raise bench.failure(f'no cell is called {cell}; a cell is COMMAND:PIPELINE, such as get:16')
    measured = {}
    with tempfile.TemporaryDirectory(prefix='corral-bench-') as folder:
        for kind in options.servers:
            if kind == 'memcached':
                raise bench.failure('memcached is not measured here; use corral, redis')
            for cell in cells:
                report.say(f'{cell}: {kind}')
                measured.setdefault(kind, {})[cell] = min(_measure(bench, kind, cell, folder)
                                                          for _ in range(options.repeat))
    return _report(bench, measured)


def _measure(bench, kind, cell, folder):
    command, pipeline = cell.split(':')
    short, long = (QUICK_REQUESTS if bench.options.quick else REQUESTS)[int(pipeline)]
    paths = [os.path.join(folder, f'{kind}.{cell}.{requests}'.replace(':', '.')) for requests in (short, long)]
    # The long run comes first, and the short one idles until it has lived as long: what timers cost cancels out too.
    long_count, lifetime_s = _count(bench, kind, cell, long, long, paths[1], 0)
    short_count, _ = _count(bench, kind, cell, short, long, paths[0], lifetime_s)
    if bench.options.profile:
        _show_profile(paths, long - short, folder)
    return (long_count - short_count) / (long - short)


def _count(bench, kind, cell, requests, most_requests, path, lifetime_s):
    """(instructions of a server's whole life, its length in seconds), which is at least `lifetime_s`."""
    command, pipeline = cell.split(':')
    # DEL takes a new key each time, so there must be as many as the longer run wants, in both runs.
    keys = most_requests if command == 'del' else KEYS
    order = 'sequential' if command == 'del' else 'random'
    prefix = ('valgrind', '--tool=cachegrind', '--cache-sim=no', '--quiet', f'--cachegrind-out-file={path}')
    born = time.monotonic()
    server = bench.server(kind, prefix=prefix, start_limit_s=120)
    try:
        written = command if command in ('setex', 'incr') else 'set'
        bench.client.fill(server, keys, command=written, pipeline=16, connections=1)
        bench.client.run(server, '--command', command, '--pipeline', pipeline, '--connections', 1, '--keys', keys,
                         '--order', order, '--requests', requests)
        time.sleep(max(0.0, born + lifetime_s - time.monotonic()))
        lived_s = time.monotonic() - born
        status = server.stop(signal.SIGTERM, limit_s=120)
    except BaseException:
        server.stop(signal.SIGKILL)
        raise
    if status != 0:
        how = 'did not stop within 120 s' if status is None else f'ended with status {status}'
        raise bench.failure(f'{kind} under cachegrind {how} after SIGTERM')
    return _total(bench, path), lived_s


def _total(bench, path):
    """Instructions of a cachegrind file, without those of CLOCKED functions."""
    total, counts = 0, False
    with open(path) as file:
        for line in file:
            if line.startswith('fn='):
                counts = not line.startswith(CLOCKED, 3)
            elif line[0].isdigit() and counts:
                total += int(line.split()[1])
            elif line.startswith('summary:'):
                return total
    raise bench.failure(f'cachegrind left no summary in {path}')


def _show_profile(paths, requests, folder):
    """What cg_diff leaves of the longer run, per request."""
    difference = os.path.join(folder, 'difference')
    with open(difference, 'w') as file:
        subprocess.run(['cg_diff', *paths], stdout=file, check=True, timeout=120)
    function, counts = '', {}
    with open(difference) as file:
        for line in file:
            if line.startswith('fn='):
                function = line[3:].strip()
            elif line[0].isdigit():
                counts[function] = counts.get(function, 0) + int(line.split()[1])
    rows = [[f'{count / requests:.1f}', '  ' + name[:150]]
            for name, count in sorted(counts.items(), key=lambda item: -item[1])[:40]]
    print('\ninstructions per request by function (inlined code counts for its caller)')
    for count, name in rows:
        print(f'{count:>9}{name}')


def read_expected(path):
    expected = {}
    if os.path.exists(path):
        with open(path) as file:
            for line in file:
                if line.strip() and not line.startswith('#'):
                    command, pipeline, count = line.split()
                    expected[f'{command}:{pipeline}'] = float(count)
    return expected


def _write_expected(path, measured):
    everything = {**read_expected(path), **measured}
    with open(path, 'w') as file:
        file.write(HEADING)
        for cell in (f'{c}:{p}' for c in COMMANDS for p in PIPELINES):
            if cell in everything:
                file.write(f'{cell.replace(":", " ")} {everything[cell]:.0f}\n')
    report.say(f'{os.path.relpath(path)} written')


def _report(bench, measured):
    options = bench.options
    expected = read_expected(options.expected)
    limits, rows = report.Limits(), []
    for kind, cells in measured.items():
        for cell, count in cells.items():
            wanted = expected.get(cell) if kind == 'corral' else None
            verdicts = []
            if kind == 'corral':
                limit = wanted * MOST_GROWTH if wanted and not options.update else None
                verdicts = [limits.verdict(f'{cell} instructions', count, limit),
                            limits.verdict(f'{cell} instructions', count, ABSOLUTE_LIMITS.get(cell))]
                if options.gate and wanted is None and not options.update:
                    limits.exceeded.append(f'{cell}: no expected figure; run with --update once')
            rows.append([f'{cell} {kind}', f'{count:.0f}', f'{wanted:.0f}' if wanted else '',
                         f'{(count / wanted - 1) * 100:+.1f} %' if wanted else '',
                         ', '.join(verdict for verdict in verdicts if verdict)])
    report.print_table('instructions per request (user space, all threads)',
                       ['cell', 'measured', 'expected', 'change', 'limits'], rows)
    if options.update and 'corral' in measured:
        _write_expected(options.expected, measured['corral'])
    report.write_json(options.out, 'instructions',
                      {'figures': measured, 'expected': expected, 'exceeded': limits.exceeded})
    return report.finish(limits, options.gate)
