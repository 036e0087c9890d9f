"""What a newcomer does: starts the server with the example configuration and types the lines that it prints.

Also what a service manager sees of it: READY=1 when it is ready, STOPPING=1 at the signal, exit status 0.
Usage: python3 first_steps.py SERVER CONFIGURATION
See: README.md of this folder.
"""

import os
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
    """The commands of the log, as they stand there."""
    lines, begun = [], False
    for line in server.stdout:
        text = line.split(" * ", 1)[-1].strip()
        if begun and text.startswith("The first reader"):
            return lines
        if begun:
            lines.append(text)
        begun = begun or text.endswith("type these lines in another terminal:")
    raise AssertionError("the server ended before it said what to type")


def check_lines(lines):
    # A person waits a moment for the first reader, who starts in the background; a machine at work may need longer.
    pause, client = lines[-1].split("; ", 1)[0], lines[-1].split("; ")[1].rsplit(" GET", 1)[0]
    assert pause == "sleep 0.3", lines
    elected = f"until {client} CACHE.STATS cache | grep -A1 -x elections | grep -qx 1; do :; done"
    typed = [*lines[:-1], lines[-1].replace(pause, elected)]
    answers = subprocess.run("\n".join(typed) + "\nwait", shell=True, capture_output=True, text=True, timeout=60).stdout
    # Without a terminal, nil is an empty line: the first reader is to load the value, the others got the old one.
    assert answers == "OK\n\nhello\nhello\n", (lines, answers)


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
