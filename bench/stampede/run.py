#!/usr/bin/env python3
"""Measures what a herd of real clients costs the origin, and how long the callers wait.

Usage: bench/stampede/run.py [--only S1,S5] [--quick] [--gate]
See: README.md of this folder.
"""
import argparse
import os
import resource
import shutil
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

import crowd  # noqa: E402 (the path comes first)
import jitter  # noqa: E402
import policy_cost  # noqa: E402
import pooled  # noqa: E402
import shared  # noqa: E402
from harness import report  # noqa: E402
from harness.servers import Failure  # noqa: E402
from stage import Stage, Watched  # noqa: E402

SCENARIOS = {'S1': pooled.hot_key, 'S2': pooled.hot_key_stale, 'S3': shared.one_connection, 'S4': pooled.dead_filler,
             'S5': crowd.waiters, 'S6': pooled.unfillable, 'S7': shared.slow_fills, 'S8': jitter.expiries,
             'S13': policy_cost.policies}


def parse_arguments():
    parser = argparse.ArgumentParser(description='Measures stampede protection with real clients over real sockets.',
                                     epilog=' '.join(scenario.__doc__ for scenario in SCENARIOS.values()))
    build = os.path.join(ROOT, 'build')
    parser.add_argument('--only', default=','.join(SCENARIOS), help='scenarios, with commas between')
    parser.add_argument('--server', default=os.path.join(build, 'corral-server'), help='the Corral binary')
    parser.add_argument('--clients', default=os.path.join(build, 'bench', 'stampede'), help='folder of corral-herd & co.')
    parser.add_argument('--load', default=os.path.join(build, 'bench', 'corral-load'), help='the light client of S13')
    parser.add_argument('--workers', type=int, default=2, help='of Corral')
    parser.add_argument('--waiters', type=int, default=10_000, help='of S5')
    parser.add_argument('--out', default=os.path.join(build, 'bench'), help='folder of stampede.json')
    parser.add_argument('--nice', type=int, default=0, help='below 0 helps on a crowded machine, and takes root')
    parser.add_argument('--quick', action='store_true', help='a coarse answer in a third of the time')
    parser.add_argument('--gate', action='store_true', help='exit status 1 when a limit is exceeded')
    options = parser.parse_args()
    options.server = os.path.abspath(options.server)  # servers run in folders of their own
    unknown = [name for name in options.only.split(',') if name not in SCENARIOS]
    if unknown:
        parser.error(f'no scenario is called {unknown[0]}; there are {", ".join(SCENARIOS)}')
    return options


def check_programs(options, wanted):
    programs = [options.server, 'redis-server'] + [os.path.join(options.clients, f'corral-{name}')
                                                   for name in ('herd', 'sweep', 'waiters')]
    programs += [options.load] if 'S13' in wanted else []
    programs += ['node'] if {'S3', 'S7'} & set(wanted) else []
    for program in programs:
        if shutil.which(program) is None:
            raise Failure(f'{program} is not there; scripts/bench builds and installs what is needed')


def main():
    options = parse_arguments()
    wanted = options.only.split(',')
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    failures = []
    try:
        os.nice(options.nice)
        check_programs(options, wanted)
        stage = Stage(options)
        for name, scenario in SCENARIOS.items():
            if name not in wanted:
                continue
            try:
                scenario(stage)
            except (Failure, OSError) as failure:  # the others can still be measured
                failures.append(f'{name}: {failure}')
    except (Failure, PermissionError) as failure:
        report.say(str(failure))
        return 2
    except KeyboardInterrupt:
        return 130
    failures += Watched.ended_badly
    for line in failures:
        report.say(f'failed: {line}')
    report.write_json(options.out, 'stampede', {'rows': stage.rows, 'exceeded': stage.misses, 'failures': failures})
    for line in stage.misses:
        report.say(f'over the limit: {line}')
    if failures:
        return 2
    return 1 if options.gate and stage.misses else 0


if __name__ == '__main__':
    sys.exit(main())
