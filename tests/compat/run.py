"""Starts corral-server on a free port and runs one client program against it; the exit status is the program's.

Usage: python3 run.py SERVER PROGRAM [ARGUMENT...]   (the port is appended to the arguments)
SERVER may be redis-server too, to tell whether a program that fails asks for what Redis does not do either.
See: README.md of this folder.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

START_S = 30
CLIENT_S = 120
OPTIONS = ["--bind", "127.0.0.1", "--workers", "2", "--policy", "cache", "match", "cache:*", "stale", "30s", "wait", "20s"]
REDIS_OPTIONS = ["--bind", "127.0.0.1", "--save", ""]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=START_S) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False


def wait_until_ready(server, port):
    deadline = time.monotonic() + START_S
    while not answers(port):
        if server.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("the server did not start")


def main():
    program, client = sys.argv[1], sys.argv[2:]
    port = free_port()
    options = REDIS_OPTIONS if os.path.basename(program) == "redis-server" else OPTIONS
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen([program, "--port", str(port), *options], stdout=log, stderr=log)
        try:
            wait_until_ready(server, port)
            failed = subprocess.run([*client, str(port)], timeout=CLIENT_S).returncode
            server.send_signal(signal.SIGTERM)
            ended = server.wait(START_S)
        except BaseException:
            server.kill()
            server.wait()
            log.seek(0)
            sys.stderr.buffer.write(log.read())
            raise
        if failed or ended:
            log.seek(0)
            sys.stderr.buffer.write(log.read())
            print(f"client: {failed}, server: {ended}", file=sys.stderr)
        return 1 if failed or ended else 0


sys.exit(main())
