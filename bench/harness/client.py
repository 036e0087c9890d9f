"""Running corral-load and reading its line of JSON.

Usage: imported by the measurements of this folder.
See: README.md
"""
import json
import subprocess

from .servers import Failure, spawn


class Client:
    """corral-load on one core, speaking to one server at a time."""

    def __init__(self, binary, core=None):
        self._binary, self._core = binary, core

    def start(self, server, *arguments, **options):
        """A client in the background; finish() waits for it."""
        words = [str(a) for a in arguments]
        command = [self._binary, '--port', str(server.port), '--protocol', server.protocol] + words
        try:
            process = spawn(command, self._core, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
        except OSError as error:
            raise Failure(f'cannot start the light client: {error}') from error
        return Running(process, server.kind, words)

    def run(self, server, *arguments, limit_s=300):
        """Raises Failure on any error or wrong reply: figures of a failing run mean nothing."""
        return self.start(server, *arguments).finish(limit_s)

    def fill(self, server, keys, first=0, command='set', value_bytes=32, pipeline=64, connections=4, more=()):
        return self.run(server, '--preload', '--command', command, '--keys', keys, '--first-key', first,
                        '--value-bytes', value_bytes, '--pipeline', pipeline, '--connections', connections, *more)


class Running:
    def __init__(self, process, kind, words):
        self.process, self._kind, self._words = process, kind, words

    def first_line(self):
        line = self.process.stdout.readline()
        if not line.strip():
            raise Failure(f'the light client against {self._kind}: {self.process.stderr.read().strip()}')
        return json.loads(line)

    def finish(self, limit_s=300):
        try:
            output, errors = self.process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f'the light client against {self._kind} took more than {limit_s} s: '
                          f'{" ".join(self._words)}') from None
        if self.process.returncode != 0:
            reason = errors.strip().splitlines() or [output.strip()]
            raise Failure(f'the light client against {self._kind} ({" ".join(self._words)}): {reason[0]}')
        return json.loads(output.strip().splitlines()[-1])

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.returncode is None:
            self.kill()
