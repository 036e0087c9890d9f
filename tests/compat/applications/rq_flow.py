"""RQ: jobs, results, failures, retries, dependencies, times to come, and a worker process of its own.

Usage: python3 rq_flow.py PORT
See: README.md of this folder.
"""

import datetime
import logging
import pathlib
import sys

import flow
import redis
import rq
import rq.registry
import rq_jobs

PORT = int(sys.argv[1])
client = redis.Redis(port=PORT)


def work(*queues):
    rq.SimpleWorker(queues, connection=client).work(burst=True, logging_level="CRITICAL")


def results():
    queue = rq.Queue("results", connection=client)
    job = queue.enqueue(rq_jobs.add, 20, 22, result_ttl=600, job_id="sum", meta={"of": "two"})
    assert queue.job_ids == ["sum"] and job.get_status() == "queued"
    work(queue)
    assert (job.get_status(refresh=True), job.result, job.meta) == ("finished", 42, {"of": "two"})
    assert 590 <= client.ttl("rq:job:sum") <= 600 and "sum" in rq.registry.FinishedJobRegistry(queue=queue)
    assert rq.job.Job.fetch("sum", connection=client).args == (20, 22)
    assert not client.exists("rq:queue:results")
    gone = queue.enqueue(rq_jobs.add, 1, 1, result_ttl=0)
    work(queue)
    assert not rq.job.Job.exists(gone.id, connection=client)


def failures():
    queue = rq.Queue("failures", connection=client)
    job = queue.enqueue(rq_jobs.fails, "on purpose")
    lucky = queue.enqueue(rq_jobs.second_time_lucky, retry=rq.Retry(max=1))
    work(queue)
    failed = rq.registry.FailedJobRegistry(queue=queue)
    assert job.get_status(refresh=True) == "failed" and failed.get_job_ids() == [job.id]
    assert "on purpose" in rq.job.Job.fetch(job.id, connection=client).exc_info
    assert lucky.get_status(refresh=True) == "finished" and lucky.result == 0
    failed.requeue(job.id)
    assert queue.job_ids == [job.id] and failed.count == 0
    queue.empty()
    assert queue.count == 0 and not client.exists(f"rq:job:{job.id}")


def order():
    """Queues in order of importance; a job that waits for others; one put in front; one cancelled."""
    high, low = rq.Queue("high", connection=client), rq.Queue("low", connection=client)
    first = low.enqueue(rq_jobs.marks, "low")
    high.enqueue(rq_jobs.marks, "after low", depends_on=first)
    cancelled = high.enqueue(rq_jobs.marks, "never")
    high.enqueue(rq_jobs.marks, "high")
    high.enqueue(rq_jobs.marks, "front", at_front=True)
    cancelled.cancel()
    work(high, low)
    assert client.lrange("ran", 0, -1) == [b"front", b"high", b"low", b"after low"], client.lrange("ran", 0, -1)
    first.refresh()
    assert first.meta == {"ran": "low"} and cancelled.get_status(refresh=True) == "canceled"


def scheduled():
    queue = rq.Queue("scheduled", connection=client)
    now = datetime.datetime.now(datetime.timezone.utc)
    due, later = queue.enqueue_at(now, rq_jobs.add, 1, 1), queue.enqueue_in(datetime.timedelta(hours=1), rq_jobs.add, 2, 2)
    registry = rq.registry.ScheduledJobRegistry(queue=queue)
    assert set(registry.get_job_ids()) == {due.id, later.id} and registry.get_jobs_to_schedule() == [due.id]
    scheduler = rq.scheduler.RQScheduler([queue], connection=client)
    assert scheduler.acquire_locks() == {"scheduled"}
    scheduler.enqueue_scheduled_jobs()
    scheduler.release_locks()
    assert queue.job_ids == [due.id] and registry.get_job_ids() == [later.id]


def a_worker_process():
    """It forks for each job, blocks on its queue between them, and listens for commands on a channel."""
    queue = rq.Queue("process", connection=client)
    words = ["/usr/bin/rq", "worker", "--url", f"redis://127.0.0.1:{PORT}", "--logging_level", "CRITICAL", "--name", "forker", "process"]
    with flow.process([sys.executable, *words], cwd=pathlib.Path(__file__).parent):
        for job in [queue.enqueue(rq_jobs.add, i, i) for i in range(3)]:
            flow.eventually("the job is done", lambda: job.get_status(refresh=True) == "finished")
        assert [worker.name for worker in rq.Worker.all(connection=client)] == ["forker"]
        rq.command.send_shutdown_command(client, "forker")
        flow.eventually("the worker has gone", lambda: rq.Worker.count(connection=client) == 0)


logging.disable(logging.CRITICAL)
flow.run("rq", rq.version.VERSION, results, failures, order, scheduled, a_worker_process)
