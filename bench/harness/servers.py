"""The servers that are compared: how each is started, stopped and asked questions.

Usage: imported by the measurements of this folder.
See: README.md
"""
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PR_SET_PDEATHSIG = 1


def corral_command(port, workers, max_clients, binary):
    return [binary, '--port', str(port), '--bind', '127.0.0.1', '--workers', str(workers), '--save', '',
            '--maxclients', str(max_clients)]


# redis-server 7.0 runs commands on one thread whatever it is told, so `workers` has no flag there.
def redis_command(port, workers, max_clients, binary):
    return [binary or 'redis-server', '--port', str(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no',
            '--daemonize', 'no', '--maxclients', str(max_clients)]


def memcached_command(port, workers, max_clients, binary):
    # Keeping the user keeps the kernel's promise to end the server together with this program.
    user = ['-u', 'root'] if os.geteuid() == 0 else []
    return [binary or 'memcached', '-l', '127.0.0.1', '-p', str(port), '-U', '0', '-t', str(workers), '-m', '8192',
            '-c', str(max_clients)] + user


# name: (command line, the protocol that corral-load speaks to it)
SERVERS = {
    'corral': (corral_command, 'resp'),
    'redis': (redis_command, 'resp'),
    'memcached': (memcached_command, 'memcached'),
}
CLIENTS_FOR_BENCH = 11000  # room for 10,000 idle connections


class Failure(Exception):
    """Something that ends the measurement, told in one sentence."""


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(command, core=None, **options):
    """Popen on one core; the kernel ends the process when this program ends, however it does."""
    prefix = ['taskset', '-c', str(core)] if core is not None else []
    return subprocess.Popen(prefix + command, preexec_fn=_die_with_parent, **options)


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Server:
    """A running server in a folder of its own; a context manager that stops it in any case."""

    def __init__(self, kind, binary=None, workers=1, core=None, prefix=(), extra=(), start_limit_s=20):
        command_line, self.protocol = SERVERS[kind]
        self.kind, self.port = kind, free_port()
        self._folder = tempfile.mkdtemp(prefix='corral-bench-')
        self._log_path = os.path.join(self._folder, 'server.log')
        command = list(prefix) + command_line(self.port, workers, CLIENTS_FOR_BENCH, binary) + list(extra)
        try:
            with open(self._log_path, 'wb') as log:
                self._process = spawn(command, core, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder)
        except OSError as error:
            shutil.rmtree(self._folder)
            raise Failure(f'cannot start {kind}: {error}') from error
        try:
            self._wait_until_it_listens(start_limit_s)
        except BaseException:
            self.stop(signal.SIGKILL)
            raise

    @property
    def pid(self):
        return self._process.pid

    def _log_tail(self):
        with open(self._log_path, errors='replace') as log:
            return ' | '.join(log.read().strip().splitlines()[-5:])

    def _wait_until_it_listens(self, limit_s):
        deadline = time.monotonic() + limit_s
        while True:
            if self._process.poll() is not None:
                raise Failure(f'{self.kind} ended at once with status {self._process.returncode}: {self._log_tail()}')
            try:
                socket.create_connection(('127.0.0.1', self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise Failure(f'{self.kind} does not listen after {limit_s} s: {self._log_tail()}') from None
                time.sleep(0.02)

    def stop(self, with_signal=signal.SIGTERM, limit_s=30):
        """Returns the exit status; None when it had to be killed."""
        status = None
        if self._process.poll() is None:
            self._process.send_signal(with_signal)
        try:
            status = self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def ask(self, *words):
        """One command over a connection of its own. RESP servers only."""
        with Asker(self.port) as asker:
            return asker.ask(*words)

    def info(self, section='everything'):
        return parse_info(self.ask('INFO', section))


class Asker:
    """A blocking RESP2 connection for the few questions a measurement asks."""

    def __init__(self, port, limit_s=60):
        self._socket = socket.create_connection(('127.0.0.1', port), limit_s)
        self._reader = self._socket.makefile('rb')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._reader.close()
        self._socket.close()

    def ask(self, *words):
        parts = [str(word).encode() for word in words]
        request = b'*%d\r\n' % len(parts) + b''.join(b'$%d\r\n%s\r\n' % (len(part), part) for part in parts)
        self._socket.sendall(request)
        return self._reply()

    def _reply(self):
        line = self._reader.readline()
        if not line.endswith(b'\r\n'):
            raise Failure('the server closed the connection')
        kind, text = line[:1], line[1:-2]
        if kind == b'-':
            raise Failure(f'the server answered {text.decode()}')
        if kind == b':':
            return int(text)
        if kind == b'$':
            return None if text == b'-1' else self._reader.read(int(text) + 2)[:-2].decode(errors='replace')
        if kind == b'*':
            return [self._reply() for _ in range(int(text))]
        return text.decode()


def parse_info(text):
    fields = {}
    for line in text.splitlines():
        if line and not line.startswith('#'):
            name, _, value = line.partition(':')
            fields[name] = value
    return fields


def memcached_stats(port):
    with socket.create_connection(('127.0.0.1', port), 30) as connection, connection.makefile('rb') as reader:
        connection.sendall(b'stats\r\n')
        stats = {}
        for line in reader:
            words = line.split()
            if words[0] == b'END':
                return stats
            stats[words[1].decode()] = words[2].decode()
    raise Failure('memcached closed the connection')


def key_count(server):
    if server.protocol == 'resp':
        return int(server.ask('DBSIZE'))
    return int(memcached_stats(server.port)['curr_items'])
