"""The jobs of the RQ flow, imported by its workers.

See: README.md of this folder.
"""

import rq


def add(x, y):
    return x + y


def fails(text):
    raise ValueError(text)


def second_time_lucky():
    job = rq.get_current_job()
    if job.retries_left:
        raise ValueError("not yet")
    return job.retries_left


def marks(name):
    """Appends to a list what ran, and leaves a word in the job's own hash."""
    job = rq.get_current_job()
    job.meta["ran"] = name
    job.save_meta()
    job.connection.rpush("ran", name)
