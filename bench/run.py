#!/usr/bin/env python3
"""Starts one measurement of the server beside its peers.

Usage: bench/run.py cpu|memory|instructions|expiry|expiry-events|growth|redis-benchmark [--help]
See: README.md
"""
import argparse
import os
import resource
import shutil
import signal
import sys

from harness import cpu, drive, expiry, expiry_events, growth, instructions, memory, procfs, report
from harness.client import Client
from harness.servers import SERVERS, Failure, Server

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MEASUREMENTS = {
    'cpu': (cpu, 'server CPU per request, user and system apart, beside redis-server and memcached'),
    'memory': (memory, 'bytes per key and per idle connection'),
    'instructions': (instructions, 'instructions per request, compared with bench/instructions.expected'),
    'expiry': (expiry, 'longest loop turn while a million keys expire in one second, and when their memory is back'),
    'expiry-events': (expiry_events, 'how long after a key is due its expired event comes'),
    'growth': (growth, 'longest loop turn while the table grows from 1 to 8 million keys'),
    'redis-benchmark': (drive, 'the default list of redis-benchmark, CPU per request, 1 and 2 workers'),
}


class Bench:
    """What every measurement needs: its options, the light client, and a way to start servers."""

    failure = Failure

    def __init__(self, options):
        self.options = options
        self.server_core, self.client_core = procfs.cores()
        self.client = Client(options.client, self.client_core)

    def server(self, kind, pinned=False, **options):
        return Server(kind, binary=self.binary(kind), core=self.server_core if pinned else None, **options)

    def binary(self, kind):
        return self.options.server if kind == 'corral' else None

    def warn_about_cores(self):
        if self.server_core == self.client_core:
            report.say('only one core: server and client share it, and the figures will show it')


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog='bench/run.py', description='Measures Corral beside its peers.')
    names = parser.add_subparsers(dest='measurement', required=True, metavar='NAME')
    for name, (module, help_text) in MEASUREMENTS.items():
        sub = names.add_parser(name, help=help_text, description=help_text)
        sub.add_argument('--server', default=os.path.join(ROOT, 'build', 'corral-server'), help='the Corral binary')
        sub.add_argument('--client', default=os.path.join(ROOT, 'build', 'bench', 'corral-load'))
        sub.add_argument('--servers', default=None, help=f'of {", ".join(SERVERS)}; those that make sense by default')
        sub.add_argument('--out', default=os.path.join(ROOT, 'build', 'bench'), help='folder of the JSON files')
        sub.add_argument('--quick', action='store_true', help='a coarse answer in a fraction of the time')
        sub.add_argument('--gate', action='store_true', help='exit status 1 when a limit is exceeded')
        module.add_arguments(sub)
    options = parser.parse_args(arguments)
    default = getattr(MEASUREMENTS[options.measurement][0], 'SERVERS_BY_DEFAULT', tuple(SERVERS))
    options.servers = options.servers.split(',') if options.servers else list(default)
    unknown = [name for name in options.servers if name not in SERVERS]
    if unknown:
        parser.error(f'no server is called {unknown[0]}; there are {", ".join(SERVERS)}')
    return options


def check_programs(options):
    wanted = {'corral': options.server, 'redis': 'redis-server', 'memcached': 'memcached'}
    for program in [options.client] + [wanted[name] for name in options.servers]:
        if shutil.which(program) is None:
            raise Failure(f'{program} is not there; scripts/bench builds and installs what is needed')


def main():
    options = parse_arguments(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        check_programs(options)
        return MEASUREMENTS[options.measurement][0].run(Bench(options))
    except Failure as failure:
        report.say(str(failure))
        return 2
    except BrokenPipeError:  # the reader of the table has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == '__main__':
    sys.exit(main())
