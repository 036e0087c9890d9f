"""Celery: a worker process, tasks over its broker, results over its backend, groups, chords, retries, times to come.

Usage: python3 celery_flow.py PORT
See: README.md of this folder.
"""

import datetime
import os
import pathlib
import sys

import flow

PORT = int(sys.argv[1])
os.environ["CORRAL_PORT"] = str(PORT)
import celery  # noqa: E402 (the tasks read the port from the environment)
import celery_application as tasks  # noqa: E402
import redis  # noqa: E402

WAIT_S = 60
server = redis.Redis(port=PORT, db=1)


def simple_tasks():
    result = tasks.add.delay(20, 22)
    assert result.get(timeout=WAIT_S) == 42 and result.state == "SUCCESS"
    assert 0 < server.ttl(f"celery-task-meta-{result.id}") <= 600
    failed = tasks.fails.delay("on purpose")
    try:
        failed.get(timeout=WAIT_S)
        raise AssertionError("it should have failed")
    except ValueError as error:
        assert str(error) == "on purpose" and failed.state == "FAILURE"
    assert tasks.third_time_lucky.delay().get(timeout=WAIT_S) == 2
    result.forget()
    assert not server.exists(f"celery-task-meta-{result.id}")


def canvases():
    assert celery.chain(tasks.add.s(1, 2), tasks.add.s(3), tasks.add.s(4))().get(timeout=WAIT_S) == 10
    assert celery.group(tasks.add.s(i, i) for i in range(20))().get(timeout=WAIT_S) == [2 * i for i in range(20)]
    total = celery.chord((tasks.add.s(i, 1) for i in range(5)), tasks.total.s())
    assert total().get(timeout=WAIT_S) == 15


def later():
    due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(milliseconds=300)
    assert tasks.add.apply_async((1, 1), eta=due).get(timeout=WAIT_S) == 2
    assert datetime.datetime.now(datetime.timezone.utc) >= due
    expired = tasks.add.apply_async((1, 1), expires=datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc))
    try:
        expired.get(timeout=WAIT_S)
        raise AssertionError("it was too late for that task")
    except celery.exceptions.TaskRevokedError:
        pass


def control():
    """Broadcasts to workers go over pub/sub, their answers over lists."""
    assert [list(answer.values()) for answer in tasks.app.control.ping(timeout=WAIT_S, limit=1)] == [[{"ok": "pong"}]]
    (registered,) = tasks.app.control.inspect(timeout=WAIT_S, limit=1).registered().values()
    assert "celery_application.add" in registered, registered


def main():
    worker = [sys.executable, "-m", "celery", "--quiet", "-A", "celery_application", "worker", "--pool", "threads", "--concurrency", "4",
              "--loglevel", "CRITICAL", "--without-gossip", "--without-mingle"]
    # It warns of running as root, which a container or a build machine may well do.
    with flow.process(worker, cwd=pathlib.Path(__file__).parent, env=os.environ | {"PYTHONWARNINGS": "ignore"}):
        flow.run("celery", celery.__version__, simple_tasks, canvases, later, control)


main()
