"""Dask workers that run submissions in the sandbox, here or elsewhere. They need the course installed,
nothing else.
"""

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from queue import Empty, Queue

import dask
from distributed import Client, Future, LocalCluster
from distributed.client import FutureCancelledError
from traitlets.config import Config

from .sandbox import Recording, Sandbox
from .sandbox.library import library
from .stock import CommandFailed
from .unwritten import LIBRARY

GONE = "The Dask scheduler is gone. What is graded stays; start the command again for the rest."
# Dask serves pages about a run, without a key, to whoever is on the machine; None for the address changes
# nothing of that.
NO_PAGES = {f"distributed.{part}.http.routes": [] for part in ("scheduler", "worker")}
AHEAD = 3  # submissions a worker has waiting: it is never idle, and memory does not grow with the class


@dataclass(frozen=True)
class Job:
    """The code cells of one submission's notebooks, (source, is it a check of the course's) each, the files
    beside them, and the limits.
    """

    student: str
    notebooks: dict[str, list[tuple[str, bool]]]
    sandbox: dict  # configuration
    seconds: float  # a cell
    course: str  # fingerprint
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What became of a job. ``error``: why there is no recording, or an empty string."""

    job: Job
    recordings: dict[str, Recording]
    error: str = ""


class OtherCourse(Exception):
    """The worker would record with another version of the course."""


def record(job: Job) -> dict[str, Recording]:
    """Run one submission, apart from all others. This is what a worker does."""
    if fingerprint() != job.course:
        raise OtherCourse(
            "A worker has another version of the course installed than the one that is being graded."
        )
    sandbox = _sandbox(tuple(sorted(job.sandbox.items())))
    try:
        return {
            notebook: sandbox.run(notebook, cells, job.seconds, job.files)
            for notebook, cells in job.notebooks.items()
        }
    finally:
        sandbox.close()


_sandboxes: dict[tuple, Sandbox] = {}


def _sandbox(settings: tuple) -> Sandbox:
    """This worker's, warm from one submission to the next; of a run with other settings another."""
    if settings not in _sandboxes:
        while _sandboxes:
            _sandboxes.popitem()[1].end()
        _sandboxes[settings] = Sandbox(config=Config({"Sandbox": dict(settings)}))
    return _sandboxes[settings]


@cache
def fingerprint() -> str:
    """Of all that is put into the sandbox, what stands in for earlier sections too: recordings made with the
    same are the same.
    """
    digest = hashlib.sha256(version("autograd").encode())
    for root in (library(), LIBRARY):
        for path in sorted(root.rglob("*.py")):
            digest.update(f"{path.relative_to(root)} ".encode() + path.read_bytes())
    return digest.hexdigest()


@contextmanager
def workers(scheduler: str | None, most: int) -> Iterator[Client]:
    """A Dask client: of the scheduler at this address, or of a local cluster with a worker a core, and at
    most ``most``.

    The local one speaks TLS with keys made for this run: other users of the machine cannot send it work.
    Raises CommandFailed when nobody answers at the address.
    """
    if scheduler:
        try:
            client = Client(scheduler, timeout=10)
        except (OSError, TimeoutError, ValueError) as error:
            raise CommandFailed(f"No Dask scheduler answers at {scheduler}: {error}") from None
        with client:
            yield client
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with (
        dask.config.set(NO_PAGES),
        LocalCluster(
            n_workers=min(cores, most),
            threads_per_worker=1,
            memory_limit=0,
            security=True,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def record_all(client: Client, jobs: Iterator[Job]) -> Iterator[Done]:
    """Results as they come. A worker that dies costs nothing: its submissions go to another.

    Raises CommandFailed when the scheduler is gone, or no worker has been there for a minute.
    """
    finished = Queue()
    job_of = {}

    def submit_next() -> None:
        job = next(jobs, None)
        if job is not None:
            future = client.submit(record, job, pure=False)
            job_of[future] = job
            future.add_done_callback(finished.put)

    for _ in range(AHEAD * _wait_for_workers(client)):
        submit_next()
    while job_of:
        try:
            future = finished.get(timeout=5)
        except Empty:
            _wait_for_workers(client)
            continue
        yield _done(job_of.pop(future), future)
        submit_next()


def _done(job: Job, future: Future) -> Done:
    """Where a worker died with the result, this waits until another has it. Raises CommandFailed."""
    try:
        return Done(job, future.result())
    except FutureCancelledError:
        raise CommandFailed(GONE) from None
    except Exception as error:  # whatever the job ended with
        return Done(job, {}, _reason(error))


def _wait_for_workers(client: Client) -> int:
    """How many there are. Raises CommandFailed."""
    if client.status != "running":
        raise CommandFailed(GONE)
    try:
        client.wait_for_workers(1, timeout=60)
    except TimeoutError:
        raise CommandFailed(
            "The Dask scheduler has had no worker for a minute. What is graded stays; start the command "
            "again."
        ) from None
    return len(client.scheduler_info(n_workers=-1)["workers"])


def _reason(error: BaseException) -> str:
    """Its last line: where the text holds a traceback, that names the cause."""
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or ['no reason given'])[-1]}"
