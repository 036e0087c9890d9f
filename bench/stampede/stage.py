"""What every scenario needs: servers with policies, the programs that call them, and the table's rows.

Usage: imported by the scenarios of this folder.
See: README.md of this folder.
"""
import json
import os
import subprocess
import threading
import time

from harness.servers import Asker, Failure, Server, spawn
from samples import Samples, quantiles

HERE = os.path.dirname(os.path.abspath(__file__))
COLUMNS = (('scenario', 30), ('who', 20), ('calls', 6), ('max', 5), ('p50', 9), ('p99', 9), ('p99.9', 9), ('max', 9),
           ('errors', 6), ('commands', 9))


class Watched(Server):
    """A Corral whose end is looked at: whatever is not a clean exit is told."""

    ended_badly = []

    def stop(self, *how, **limits):
        status = super().stop(*how, **limits)
        if status != 0:
            Watched.ended_badly.append(f'a server ended with {"a kill after 30 s" if status is None else status}')
        return status


class Stage:
    def __init__(self, options):
        self.options = options
        self.rows, self.misses = [], []
        print('origin calls per expiry; milliseconds of callers; commands the server ran per expiry')
        print('  '.join(name.ljust(width) if i < 2 else name.rjust(width) for i, (name, width) in enumerate(COLUMNS))
              + '  limits', flush=True)

    # -- servers --

    def corral(self, *policies, workers=None):
        """A fresh Corral; each policy is a line of words as CACHE.POLICY SET takes them, its name first."""
        server = Watched('corral', binary=self.options.server, workers=workers or self.options.workers)
        for policy in policies:
            server.ask('CACHE.POLICY', 'SET', *policy.split())
        server.ask('CONFIG', 'RESETSTAT')  # the longest turn is one of the measurement, not of the start
        return server

    def redis(self):
        return Server('redis')

    # -- programs --

    def start(self, command):
        return spawn(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, process, limit_s):
        """What the program printed. Past its time it is killed, and what it had printed counts."""
        try:
            output, errors = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            errors += f'not finished after {limit_s} s'
        if process.returncode != 0 and not output.strip():
            raise Failure(f'{os.path.basename(process.args[0])}: {errors.strip() or process.returncode}')
        return output

    def program(self, name):
        return os.path.join(self.options.clients, f'corral-{name}')

    def herd(self, server, seconds, **options):
        """corral-herd against a server, to its end."""
        command = [self.program('herd'), '--port', str(server.port), '--seconds', str(seconds)]
        for name, value in options.items():
            command += ['--' + name.replace('_', '-'), str(value)]
        return Samples(self.finish(self.start(command), seconds * max(1, options.get('waves', 1)) + 40))

    def callers(self, server, client, limit_s, **options):
        """callers.mjs in the background; samples() waits for it."""
        settings = {'client': client, 'host': '127.0.0.1', 'port': server.port, 'limit_s': limit_s, 'connections': 1,
                    'other_per_s': 0, 'waves': 0, 'seconds': 0, 'prime': False, 'cold': False, **options}
        return self.start(['node', os.path.join(HERE, 'callers.mjs'), json.dumps(settings)])

    def samples(self, process, limit_s):
        return Samples(self.finish(process, limit_s + 20))

    # -- rows --

    def row(self, scenario, who, calls=(), times=(), errors=(), commands=None, checks=(), note='', **more):
        """One line of the table. checks: (what, value, limit), all of which must hold; none for a comparison."""
        figures = quantiles(times)
        mean = sum(calls) / len(calls) if calls else None
        over = [f'{what} {value:.4g} > {limit:g}' for what, value, limit in checks if not value <= limit]
        verdict = ''
        if checks:
            verdict = 'ok' if not over else 'MISS'
            verdict += ': ' + ('; '.join(over) if over else ', '.join(f'{what} <= {limit:g}' for what, _, limit in checks))
        cells = [scenario, who, '' if mean is None else f'{mean:.2f}', f'{max(calls)}' if calls else '']
        cells += [f'{figures[name]:.2f}' if times else '' for name in ('p50', 'p99', 'p999', 'max')]
        cells += [str(len(errors)), '' if commands is None else f'{commands:,.0f}']
        print('  '.join(cell.ljust(width) if i < 2 else cell.rjust(width)
                        for i, (cell, (_, width)) in enumerate(zip(cells, COLUMNS))) + '  ' + verdict, flush=True)
        for text in ([note] if note else []) + [f'error: {error}' for error in list(errors)[:3]]:
            print(f'    {text}', flush=True)
        self.misses += [f'{scenario}, {who}: {text}' for text in over]
        self.rows.append({'scenario': scenario, 'who': who, 'calls_mean': mean, 'calls_max': max(calls, default=None),
                          'calls': list(calls), 'ms': figures, 'samples': len(times), 'errors': list(errors),
                          'commands_per_expiry': commands, 'note': note, 'load_average': os.getloadavg()[0],
                          'checks': [{'what': what, 'value': value, 'limit': limit} for what, value, limit in checks],
                          'ok': None if not checks else not over, **more})


def policy_stats(server, name):
    """CACHE.STATS of a policy as a dictionary."""
    flat = server.ask('CACHE.STATS', name)
    return dict(zip(flat[::2], flat[1::2]))


def server_side(server):
    """What the server itself can say of delays: its loop turns, and how long its threads were kept from a processor."""
    info = server.info()
    waited, runs = 0, 0
    for task in os.listdir(f'/proc/{server.pid}/task'):
        with open(f'/proc/{server.pid}/task/{task}/schedstat') as figures:
            _, delay, slices = map(int, figures.read().split())
        waited, runs = waited + delay, runs + slices
    return (f'server: turns p99 {int(info["loop_turn_p99_us"]) / 1000:.2f}, p99.9 {int(info["loop_turn_p999_us"]) / 1000:.2f}, '
            f'longest {int(info["loop_turn_max_us"]) / 1000:.2f} ms; its threads were ready and had no processor for '
            f'{waited / 1e6 / max(1, runs):.2f} ms at each of {runs} times')


def commands_run(server):
    return int(server.info()['total_commands_processed'])


class Sampler:
    """Reads the figures of a policy every 20 ms until it is stopped: (monotonic seconds, figures)."""

    def __init__(self, server, policy):
        self.series = []
        self._server, self._policy = server, policy
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        with Asker(self._server.port) as asker:
            while not self._stop.wait(0.02):
                flat = asker.ask('CACHE.STATS', self._policy)
                self.series.append((time.monotonic(), dict(zip(flat[::2], flat[1::2]))))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(10)
