"""redis-benchmark's whole default list: every test runs without a word of complaint, and what it costs the server.

Usage: python3 bench/run.py redis-benchmark [--quick] [--gate] [--pipelines 1,16,64] [--tests get,lrange_100]
See: README.md
"""
import contextlib
import csv
import io
import shutil
import subprocess

from . import procfs, report

SERVERS_BY_DEFAULT = ('corral', 'redis')
CORRAL_WORKERS = (1, 2)
LIMIT_S = 180
ONE_TEST_LIMIT = 1.0    # CPU per request against redis-server, each test at each P
MEDIAN_LIMIT = 0.7      # the median over the tests at P=16
MEDIAN_PIPELINE = 16

# The tests of redis-benchmark 7.0 in its own order. LRANGE by its command: the test of that name pushes first, and the
# cost of pushing would count.
NAMED = ('ping_inline', 'ping_mbulk', 'set', 'get', 'incr', 'lpush', 'rpush', 'lpop', 'rpop', 'sadd', 'hset', 'spop',
         'zadd', 'zpopmin')
RANGES = {'lrange_100': 99, 'lrange_300': 299, 'lrange_500': 449, 'lrange_600': 599}
TESTS = (*NAMED, *RANGES, 'mset')
RANGE_SHARE = 10        # a range costs as much as many small requests


def add_arguments(parser):
    parser.add_argument('--requests', type=int, default=0, help='per test; default 200,000; 50,000 with --quick')
    parser.add_argument('--rounds', type=int, default=0, help='default 3; 1 with --quick')
    parser.add_argument('--pipelines', default='1,16,64')
    parser.add_argument('--tests', default=','.join(TESTS), help='of redis-benchmark -t')


def run(bench):
    options = bench.options
    if 'memcached' in options.servers:
        raise bench.failure('redis-benchmark does not speak to memcached; use corral, redis')
    if shutil.which('redis-benchmark') is None:
        raise bench.failure('redis-benchmark is not there; it is in the package redis-tools')
    tests = options.tests.split(',')
    unknown = [test for test in tests if test not in TESTS]
    if unknown:
        raise bench.failure(f'redis-benchmark has no test {unknown[0]}; it has {", ".join(TESTS)}')
    rounds = options.rounds or (1 if options.quick else 3)
    pipelines = [int(pipeline) for pipeline in options.pipelines.split(',')]
    driver = _Driver(options.requests or (50_000 if options.quick else 200_000))
    samples = {}
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(bench.server(kind, workers=workers))
                   for name, kind, workers in _wanted(options.servers)}
        for server in servers.values():
            driver.fill(server)
        for number in range(rounds):
            for pipeline in pipelines:
                report.say(f'round {number + 1} of {rounds}, P={pipeline}')
                for test in tests:
                    # Another order in every round, so that none always follows the same neighbour.
                    names = list(servers)
                    for name in names[number % len(names):] + names[:number % len(names)]:
                        sample = driver.measure(servers[name], name, test, pipeline)
                        samples.setdefault((pipeline, test), {}).setdefault(name, []).append(sample)
    return _report(bench, samples, driver.complaints)


def _wanted(kinds):
    for kind in kinds:
        for workers in CORRAL_WORKERS if kind == 'corral' else (1,):
            yield (f'corral-{workers}' if kind == 'corral' else kind), kind, workers


class _Driver:
    """Runs redis-benchmark and keeps what it complains about."""

    def __init__(self, requests):
        self._requests = requests
        self.complaints = []

    def fill(self, server):
        """What LRANGE reads, as redis-benchmark makes it, under the key that it uses."""
        self._run(server, 'filling', ['-n', '1000', '-r', '100000', 'lpush', 'ranges', '__rand_int__'])

    def measure(self, server, name, test, pipeline):
        requests = self._requests // (RANGE_SHARE if test in RANGES else 1)
        which = (['lrange', 'ranges', '0', str(RANGES[test])] if test in RANGES else ['-t', test])
        before = procfs.cpu_time(server.pid)
        per_second = self._run(server, f'{name}, {test}, P={pipeline}',
                               ['-n', str(requests), '-P', str(pipeline), '-r', '100000', *which])
        used = procfs.cpu_between(before, procfs.cpu_time(server.pid))
        return {'us': used.run_us / requests, 'requests_per_s': per_second}

    def _run(self, server, where, arguments):
        """Requests per second. Whatever is not the one row of figures is a complaint."""
        command = ['redis-benchmark', '-p', str(server.port), '-c', '50', '--csv', *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        except subprocess.TimeoutExpired:
            self.complaints.append(f'{where}: not finished after {LIMIT_S} s')
            return 0.0
        if done.returncode != 0:
            self.complaints.append(f'{where}: exit status {done.returncode}')
        self.complaints.extend(f'{where}: {line}' for line in done.stderr.splitlines() if line.strip())
        rows = [row for row in csv.reader(io.StringIO(done.stdout)) if row and row[0] != 'test']
        figures = [row for row in rows if len(row) >= 8 and _is_number(row[1])]
        self.complaints.extend(f'{where}: {",".join(row)}' for row in rows if row not in figures)
        if len(figures) != 1:
            self.complaints.append(f'{where}: {len(figures)} rows of figures instead of one')
            return 0.0
        return float(figures[0][1])


def _is_number(text):
    return text.replace('.', '', 1).isdigit()


def _report(bench, samples, complaints):
    limits = report.Limits()
    rows, figures, ratios = [], {}, {}
    for (pipeline, test), measured in samples.items():
        of_redis = measured.get('redis')
        for name, rounds in measured.items():
            us = report.median([sample['us'] for sample in rounds])
            rate = report.median([sample['requests_per_s'] for sample in rounds])
            ratio = report.median([mine['us'] / theirs['us'] for mine, theirs in zip(rounds, of_redis)]) if of_redis else None
            is_ours = name.startswith('corral') and ratio is not None
            if is_ours:
                ratios.setdefault((name, pipeline), []).append(ratio)
            figures[f'P={pipeline} {test} {name}'] = {'us': us, 'ratio': ratio, 'requests_per_s': rate}
            verdict = limits.verdict(f'{test} P={pipeline} {name}', ratio, ONE_TEST_LIMIT) if name == 'corral-1' else ''
            rows.append([f'P={pipeline} {test} {name}', f'{us:.2f}', '' if ratio is None else f'{ratio:.2f}', verdict,
                         f'{rate:,.0f}'])
    report.print_table('redis-benchmark: server CPU, us per request (at P=1 the client is the limit: req/s rank nothing)',
                       ['test', 'us', 'ratio', 'limit', 'req/s'], rows)
    medians = []
    for (name, pipeline), of_tests in ratios.items():
        middle = report.median(of_tests)
        limit = MEDIAN_LIMIT if (name, pipeline) == ('corral-1', MEDIAN_PIPELINE) else None
        medians.append([f'P={pipeline} {name}', f'{middle:.2f}', f'{max(of_tests):.2f}',
                        limits.verdict(f'median at P={pipeline}', middle, limit)])
    report.print_table('ratio to redis-server over all tests', ['server', 'median', 'highest', 'limit'], medians)
    report.write_json(bench.options.out, 'redis-benchmark',
                      {'figures': figures, 'complaints': complaints, 'exceeded': limits.exceeded})
    for complaint in complaints:
        report.say(f'complaint: {complaint}')
    if not complaints:
        print('\n  no error output')
    return 1 if complaints else report.finish(limits, bench.options.gate)
