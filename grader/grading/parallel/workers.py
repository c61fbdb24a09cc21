"""Dask workers that grade submissions, here or elsewhere. They need the course installed, nothing else."""

import hashlib
import logging
import signal
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future as Promise
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from importlib.metadata import version
from queue import Empty, Queue
from threading import Lock

import dask
from distributed import Client, Future, LocalCluster, get_worker
from distributed.client import FutureCancelledError
from tqdm import tqdm

from grader import GRADER

from ..sandbox import usage
from ..stock import CommandFailed
from ..unwritten import LIBRARY
from .forkserver import METHOD
from .workplace import Course, Done, Expected, Job, Workplace

GONE = "The Dask scheduler is gone. What is graded stays; start the command again for the rest."
# Dask serves pages about a run, without a key, to whoever is on the machine; None for the address changes
# nothing of that.
NO_PAGES = {f"distributed.{part}.http.routes": [] for part in ("scheduler", "worker")}
# Dask keeps the last thousand messages of each line, to be looked into; hand-ins are in them.
NO_LOG = {"distributed.admin.low-level-log-length": 0}
# Dask looks every 10 ms at what a worker does, and every 20 ms at its own delay: 12 % of a core, with two
# workers.
NO_LOOKS = {"distributed.worker.profile.enabled": False, "distributed.admin.tick.interval": "1s"}
# Workers speak TLS with it; the client, which lives in the same process, packs and encrypts nothing.
SCHEDULER = {"protocol": ["tls://", "inproc://"], "host": ["127.0.0.1", None]}
OTHER = "has another version of the course installed than the one that is being graded."
ANSWERS_WITHIN = 10  # seconds, a scheduler
AHEAD = 3  # submissions a worker has waiting: it is never idle, and memory does not grow with the class


class OtherCourse(Exception):
    """The worker would grade with another version of the course."""


def grade_job(job: Job, course: Course, expected: Expected) -> Done:
    """Grade one submission, apart from all others. This is what a worker does."""
    if fingerprint() != course.version:
        raise OtherCourse(f"{get_worker().address} {OTHER}")
    with _one_at_a_time:
        return _workplace(course).grade(job, expected)


def prepare_worker(course: Course) -> None:
    """What a worker does before its first submission, which says what went wrong here."""
    with _one_at_a_time:
        _workplace(course).prepare()


_one_at_a_time = Lock()  # whatever a worker's number of threads: nbgrader changes the current folder
_workplaces: dict[str, Workplace] = {}


def _workplace(course: Course) -> Workplace:
    """This worker's, from one submission to the next; in another run another."""
    if course.run not in _workplaces:
        while _workplaces:
            _workplaces.popitem()[1].close()
        # Dask clears it away; a worker's process ends without a chance for anybody else to do so.
        tempfile.tempdir = get_worker().local_directory
        _workplaces[course.run] = Workplace(course)
    return _workplaces[course.run]


@cache
def fingerprint() -> str:
    """Of all that grading is made of: what two graders with the same make of a hand-in is the same."""
    versions = " ".join(version(name) for name in ("autograd", "nbgrader", "nbconvert"))
    digest = hashlib.sha256(versions.encode())
    for root in (LIBRARY, GRADER):
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
            client = Client(scheduler, timeout=ANSWERS_WITHIN)
        except (OSError, TimeoutError, ValueError) as error:
            raise CommandFailed(f"No Dask scheduler answers at {scheduler}: {error}") from None
        with client:
            yield client
        return
    settings = NO_PAGES | NO_LOG | NO_LOOKS | {"distributed.worker.multiprocessing-method": METHOD}
    with dask.config.set(settings), ExitStack() as stack:
        with _interrupts_wait():
            cluster = LocalCluster(
                n_workers=min(usage.cores(), most),
                threads_per_worker=1,
                memory_limit=0,
                security=True,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
                scheduler_kwargs=SCHEDULER,
            )
            inside = stack.enter_context(cluster).scheduler.listeners[-1].contact_address
            client = stack.enter_context(Client(inside, loop=cluster.loop))
        yield client


@contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Ctrl+C in the block takes effect after it: Dask can end no cluster that has not quite begun."""
    came = []
    before = signal.signal(signal.SIGINT, lambda *_: came.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


def grade_all(
    client: Client, course: Course, expected: Promise[Expected], jobs: Iterator[Job]
) -> Iterator[Done]:
    """Results as they come. A worker that dies costs nothing: its submissions go to another.

    Workers prepare while ``expected`` is found out. Raises CommandFailed when the scheduler is gone, or no
    worker has been there for a minute.
    """
    finished = Queue()
    job_of = {}
    fit, are_all = _fit_workers(client, course.version)
    # None, where all will do: workers that come later are used, too
    to_use = None if are_all else fit
    # Tasks' results, which go from worker to worker, and are made again where the last that had one died.
    share = partial(client.submit, _itself, pure=False, workers=to_use)
    shared = [share(course)]
    # held, for Dask gives up what nobody waits for
    _prepared = [client.submit(prepare_worker, *shared, pure=False, workers=[address]) for address in fit]
    shared.append(share(expected.result()))

    def submit_next() -> None:
        job = next(jobs, None)
        if job is not None:
            future = client.submit(grade_job, job, *shared, pure=False, workers=to_use)
            job_of[future] = job
            future.add_done_callback(finished.put)

    for _ in range(AHEAD * len(fit)):
        submit_next()
    while job_of:
        try:
            future = finished.get(timeout=5)
        except Empty:
            _wait_for_workers(client)
            continue
        yield _done(job_of.pop(future), future)
        submit_next()


def _fit_workers(client: Client, wanted: str) -> tuple[list[str], bool]:
    """The addresses of the workers with this version of the course, and whether these are all; the others are
    named. Raises CommandFailed where none has it.
    """
    _wait_for_workers(client)
    found = client.run(fingerprint, on_error="return")
    fit = [address for address, version in found.items() if version == wanted]
    others = sorted(found.keys() - set(fit))
    reasons = [
        f"{address} {OTHER}" if isinstance(found[address], str) else f"{address}: {_reason(found[address])}"
        for address in others
    ]
    if not fit:
        raise CommandFailed("\n".join(["No worker can grade this course.", *reasons]))
    for reason in reasons:
        tqdm.write(f"Not used: {reason}", file=sys.stderr)  # above its progress bar
    return fit, not others


def _itself(shared):
    return shared


def _done(job: Job, future: Future) -> Done:
    """Where a worker died with the result, this waits until another has it. Raises CommandFailed."""
    try:
        return future.result()
    except FutureCancelledError:
        raise CommandFailed(GONE) from None
    except Exception as error:  # whatever the job ended with
        return Done(job.student, error=_reason(error))


def _wait_for_workers(client: Client) -> None:
    """Until there is one. Raises CommandFailed."""
    if client.status != "running":
        raise CommandFailed(GONE)
    try:
        client.wait_for_workers(1, timeout=60)
    except TimeoutError:
        raise CommandFailed(
            "The Dask scheduler has had no worker for a minute. What is graded stays; start the command "
            "again."
        ) from None


def _reason(error: BaseException) -> str:
    """Its last line: where the text holds a traceback, that names the cause."""
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or ['no reason given'])[-1]}"
