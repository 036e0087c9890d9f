"""What the Python flows share: parts run in order and named when they fail, bounded waits, processes that are ended.

See: README.md of this folder.
"""

import contextlib
import subprocess
import sys
import time
import traceback

WAIT_S = 60


def run(application, version, *parts):
    """Runs each part; the first that fails is named with its error, and the process ends with 1."""
    for part in parts:
        try:
            part()
        except Exception:
            traceback.print_exc()
            sys.exit(f"{application} {version}: {part.__name__} failed")
    print(f"{application} {version}: as it should be")


def eventually(what, condition):
    """The first value of condition() that is true; asks again and again, for WAIT_S at most."""
    deadline = time.monotonic() + WAIT_S
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what}: not so after {WAIT_S} s"
        time.sleep(0.002)
    return value


@contextlib.contextmanager
def process(words, **options):
    """A program that runs beside the body of the with, and is ended after it."""
    child = subprocess.Popen(words, **options)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
