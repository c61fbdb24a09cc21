"""What ``grader autograde``'s driver takes for one submission, and so how many a second it can serve at most.

One worker grades some submissions; then their results are saved as fast as the driver can, and Dask carries
the jobs to a worker that returns these results at once. Then the driver serves simulated workers, each of
which sleeps for as long as a submission takes and returns what came of it before.

    python benchmarks/driver.py
"""

import argparse
import contextlib
import pickle
import shutil
import statistics
import tempfile
import time
import unittest.mock
from collections.abc import Iterator
from concurrent.futures import Future
from functools import cache
from pathlib import Path

from autograde import ASSIGNMENT, course_with
from distributed import Client, LocalCluster
from nbgrader.apps import AutogradeApp

from grader.grading.coursedir import gradebook, load
from grader.grading.one_gradebook import one_gradebook
from grader.grading.parallel import workers as grading_workers
from grader.grading.parallel.autograde import expected_by
from grader.grading.parallel.batch import Batch
from grader.grading.parallel.saving import Saving
from grader.grading.parallel.workers import grade_all, workers
from grader.grading.parallel.workplace import Course, Done, Job, OneByOne, Workplace


def batch_in(course: Path) -> Batch:
    with contextlib.chdir(course):
        app = load(course, AutogradeApp, (ASSIGNMENT,))
    app.coursedir.assignment_id, app.coursedir.notebook_id = ASSIGNMENT, "*"
    converter = OneByOne(coursedir=app.coursedir, parent=app)
    converter.prepare()
    return Batch(app, converter, force=False)


def milliseconds(work, count: int) -> float:
    """Of the processor, in this process, for each of ``count`` pieces of work."""
    start = time.process_time()
    work()
    return (time.process_time() - start) / count * 1000


def carry(course: Course, jobs: list[Job], recorded: Path) -> float:
    """What Dask takes to bring each job to a worker, which returns the result at once."""
    with simulation(recorded, 0) as expected, workers(None, 1) as client:
        results = grade_all(client, course, expected, iter(jobs))
        next(results)  # by then the worker has what all have in common
        return milliseconds(lambda: list(results), len(jobs) - 1)


def simulated(course: Path, recorded: Path, count: int, seconds: float) -> float:
    """Submissions a second that the driver gets graded by so many workers."""
    batch = batch_in(course)
    with (
        simulation(recorded, seconds) as expected,
        unittest.mock.patch.object(grading_workers, "AHEAD", grading_workers.AHEAD * count),
        one_gradebook(),
        gradebook(batch.coursedir) as book,
        LocalCluster(
            n_workers=1, threads_per_worker=count, memory_limit=0, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        client.run(recalled, str(recorded))
        start = time.monotonic()
        graded = len(list(batch.grade(client, book, expected)))
        assert not batch.failed, batch.failed
        return graded / (time.monotonic() - start)


@contextlib.contextmanager
def simulation(recorded: Path, seconds: float) -> Iterator[Future]:
    """Let workers return what was recorded. Yields a promise of no traces: they need none."""

    def recall(job: Job, *_) -> Done:
        time.sleep(seconds)
        return recalled(str(recorded))[job.student]

    nothing = Future()
    nothing.set_result({})
    with unittest.mock.patch.multiple(grading_workers, grade_job=recall, prepare_worker=lambda _: None):
        yield nothing


@cache
def recalled(path: str) -> dict[str, Done]:
    return pickle.loads(Path(path).read_bytes())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--submissions", type=int, default=30)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 4, 16, 64], help="simulated")
    parser.add_argument("--seconds", type=float, default=1.5, help="that each takes for a submission (1.5)")
    args = parser.parse_args()
    count = args.submissions
    with tempfile.TemporaryDirectory(prefix="mytorch-benchmark-") as scratch:
        handed_in = course_with(Path(scratch) / "course", count)
        courses = {number: shutil.copytree(handed_in, f"{handed_in}-{number}") for number in args.workers}
        batch = batch_in(handed_in)
        with one_gradebook(), gradebook(batch.coursedir) as book:
            course, jobs = batch.course(book), []
            packing = milliseconds(lambda: jobs.extend(batch._jobs(book, [])), count)
            place = Workplace(course)
            expected = expected_by(batch.tests(book))
            results = [place.grade(job, expected) for job in jobs]
            place.close()
            assert not any(done.error for done in results), results[0].error
        with one_gradebook(), gradebook(batch.coursedir) as book:
            put = Saving(batch.converter, batch.pending).save

            def save():
                reasons = [put(done, course, book) for done in results]
                assert not any(reasons), reasons

            saving = milliseconds(save, count)
        recorded = Path(scratch) / "recorded"
        recorded.write_bytes(pickle.dumps({done.student: done for done in results}))
        carrying = carry(course, jobs, recorded)
        rates = {
            number: simulated(Path(copy), recorded, number, args.seconds) for number, copy in courses.items()
        }
    sizes = [statistics.median(len(pickle.dumps(one)) for one in ones) for ones in (jobs, results)]
    parts = {
        "packing a hand-in": packing,
        "saving what comes back": saving,
        "Dask, there and back": carrying,
    }
    for what, each in parts.items():
        print(f"{what:<24}{each:7.1f} ms of the processor a submission")
    print(f"{'together':<24}{sum(parts.values()):7.1f} ms: at most {1000 / sum(parts.values()):.0f} a second")
    print(f"a job has {sizes[0] / 1000:.0f} kB, its result {sizes[1] / 1000:.0f} kB")
    print(
        f"\nsimulated workers, {args.seconds:g} s a submission: submissions a second, and of those possible"
    )
    for number, rate in rates.items():
        possible = min(number, count) / args.seconds
        print(f"{number:>10}{rate:>10.1f}{rate / possible:>10.0%}")


if __name__ == "__main__":
    main()
