"""What a newcomer does: starts the server with the example configuration and types the two lines that it prints.

Also what a service manager sees of it: READY=1 when it is ready, STOPPING=1 at the signal, exit status 0.
Usage: python3 first_steps.py SERVER CONFIGURATION
See: README.md of this folder.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile

PROGRAM, CONFIGURATION = sys.argv[1:]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def lines_to_type(server):
    """The two commands of the log, as they stand there."""
    lines = []
    for line in server.stdout:
        if found := re.search(r"\* +(redis-cli -.*)", line):
            lines.append(found.group(1))
        if len(lines) == 2:
            return lines
    raise AssertionError("the server ended before it said what to type")


def check_lines(lines):
    first, second = (subprocess.run(line, shell=True, capture_output=True, text=True, timeout=60).stdout for line in lines)
    assert first == "OK\n", (lines[0], first)
    answers = second.split("\n")[:-1]  # without a terminal, nil is an empty line
    assert len(answers) == 8 and set(answers) == {"hello", ""}, (lines[1], answers)
    assert answers[0] == "hello", "the value is fresh at first"
    assert "hello" in answers[answers.index(""):], "after one reader was sent to load it, others got the old value"


def main():
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        path = os.path.join(folder, "notify")
        manager.bind(path)
        manager.settimeout(60)
        server = subprocess.Popen([PROGRAM, CONFIGURATION, "--port", str(free_port())], stdout=subprocess.PIPE, text=True,
                                  env=os.environ | {"NOTIFY_SOCKET": path})
        try:
            assert manager.recv(100).decode().split() == ["READY=1"]
            check_lines(lines_to_type(server))
            server.send_signal(signal.SIGINT)  # Ctrl-C
            assert manager.recv(100).decode().split() == ["STOPPING=1"]
            assert server.wait(60) == 0
        finally:
            server.kill()
            server.wait()
    print("as it should be")


main()
