"""The tasks of the Celery flow: imported by its workers and by celery_flow.py.

See: README.md of this folder.
"""

import os

import celery

PORT = int(os.environ["CORRAL_PORT"])
app = celery.Celery("compat", broker=f"redis://127.0.0.1:{PORT}/0", backend=f"redis://127.0.0.1:{PORT}/1")
app.conf.update(result_expires=600, worker_prefetch_multiplier=1, task_acks_late=True, broker_connection_retry_on_startup=True)


@app.task
def add(x, y):
    return x + y


@app.task
def total(numbers):
    return sum(numbers)


@app.task(throws=(ValueError,))
def fails(text):
    raise ValueError(text)


@app.task(bind=True, max_retries=3)
def third_time_lucky(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    return self.request.retries
