"""redis-benchmark 7.0 runs through against Corral and redis-server, without one word of complaint.

Usage: python3 bench/run.py redis-benchmark [--quick] [--requests 200000]
See: README.md
"""
import csv
import io
import shutil
import subprocess

from . import report

SERVERS_BY_DEFAULT = ('corral', 'redis')
TESTS = 'ping,set,get,incr,mset'
PIPELINES = (1, 16, 64)
LIMIT_S = 180


def add_arguments(parser):
    parser.add_argument('--requests', type=int, default=0, help='per test; default 200,000; 50,000 with --quick')


def run(bench):
    options = bench.options
    if 'memcached' in options.servers:
        raise bench.failure('redis-benchmark does not speak to memcached; use corral, redis')
    if shutil.which('redis-benchmark') is None:
        raise bench.failure('redis-benchmark is not there; it is in the package redis-tools')
    requests = options.requests or (50_000 if options.quick else 200_000)
    figures, complaints = {}, []
    for kind in options.servers:
        for workers in (1, 2) if kind == 'corral' else (1,):
            name = f'corral, {workers} worker{"s" * (workers > 1)}' if kind == 'corral' else kind
            with bench.server(kind, workers=workers) as server:
                for pipeline in PIPELINES:
                    report.say(f'{name}, P={pipeline}')
                    figures.setdefault(name, {})[pipeline] = _drive(server.port, requests, pipeline, name, complaints)
    return _report(bench, figures, complaints)


def _drive(port, requests, pipeline, name, complaints):
    """Requests per second by test. Whatever is not a row of figures is a complaint; an error reply ends it at once."""
    command = ['redis-benchmark', '-p', str(port), '-t', TESTS, '-n', str(requests), '-P', str(pipeline), '-c', '50',
               '-r', '100000', '--csv']
    where = f'{name}, P={pipeline}'
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        complaints.append(f'{where}: not finished after {LIMIT_S} s')
        return {}
    if done.returncode != 0:
        complaints.append(f'{where}: exit status {done.returncode}')
    complaints.extend(f'{where}: {line}' for line in done.stderr.splitlines() if line.strip())
    figures = {}
    for row in csv.reader(io.StringIO(done.stdout)):
        if len(row) >= 8 and row[0] != 'test' and _is_number(row[1]):
            figures[row[0]] = float(row[1])
        elif row and row[0] != 'test':
            complaints.append(f'{where}: {",".join(row)}')
    wanted = len(TESTS.split(',')) + 1  # PING comes twice, inline and as an array
    if len(figures) != wanted:
        complaints.append(f'{where}: {len(figures)} tests reported instead of {wanted}')
    return figures


def _is_number(text):
    return text.replace('.', '', 1).isdigit()


def _report(bench, figures, complaints):
    tests = list(dict.fromkeys(test for by_pipeline in figures.values() for of in by_pipeline.values() for test in of))
    rows = [[f'P={pipeline} {name}'] + [f'{figures[name][pipeline].get(test, 0):,.0f}' for test in tests]
            for pipeline in PIPELINES for name in figures]
    report.print_table('redis-benchmark, requests per second (the client is the limit at P=1: no ranking)',
                       ['server', *tests], rows)
    report.write_json(bench.options.out, 'redis-benchmark', {'figures': figures, 'complaints': complaints})
    for complaint in complaints:
        report.say(f'complaint: {complaint}')
    if not complaints:
        print('\n  no error output')
    return 1 if complaints else 0
