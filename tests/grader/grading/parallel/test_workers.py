"""What a run leaves open to others on the machine, and that each submission gets its turn."""

import gc
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from operator import length_hint
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil
import pytest
from distributed import Client, LocalCluster
from support.patience import patience

from grader.grading.parallel import workers as grading_workers
from grader.grading.parallel.workers import fingerprint, grade_all, workers
from grader.grading.parallel.workplace import Done, Job

NOTHING = Future()
NOTHING.set_result({})


@pytest.fixture(scope="module")
def client():
    """Of a run with one worker."""
    with workers(None, 1) as client:
        yield client


def test_nobody_without_a_key_can_read_about_a_run(client):
    port = client.run_on_scheduler(lambda dask_scheduler: dask_scheduler.http_server.port)
    for path in ("info/main/workers.html", "metrics", "health", "json/counts.json"):
        with pytest.raises(HTTPError):
            urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10)


def test_every_submission_is_graded_whatever_the_client_says_of_its_workers(client, monkeypatch):
    """Every two seconds Dask's client asks for the scheduler's state without its workers, and for a moment
    knows of none.
    """
    monkeypatch.setattr(Client, "scheduler_info", lambda *_, **__: {"workers": {}})
    monkeypatch.setattr(grading_workers, "grade_job", lambda job, *_: Done(job.student))
    students = [f"student{number}" for number in range(8)]
    jobs = (Job(student, [], {}, {}) for student in students)
    done = grade_all(client, SimpleNamespace(version=fingerprint()), NOTHING, jobs)
    assert sorted(one.student for one in done) == students


def test_no_more_hand_ins_are_held_than_wait(client, monkeypatch):
    """Neither by the driver nor by its worker, however large the class."""

    def held(kinds=(Job, Done)) -> int:
        gc.collect()
        return sum(isinstance(one, kinds) for one in gc.get_objects())

    monkeypatch.setattr(grading_workers, "grade_job", lambda job, *_: Done(job.student))
    course, numbers = SimpleNamespace(version=fingerprint()), iter(range(60))
    jobs = (Job(f"student{number}", [], {}, {}) for number in numbers)
    before = held()
    for done, _ in enumerate(grade_all(client, course, NOTHING, jobs)):
        assert 60 - length_hint(numbers) - done < 10
    assert held() - before < 10
    assert sum(client.run(held).values()) < 10


@pytest.fixture
def interruptible():
    """What a shell has begun in the background ignores Ctrl+C, and so does all that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_interrupted_while_everything_loads_it_says_one_sentence(tmp_path):
    """Ctrl+C reaches all processes of a terminal's command at once."""
    command = [sys.executable, "-m", "grader", "autograde", "hw1"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with patience(), subprocess.Popen(command, cwd=tmp_path, start_new_session=True, **streams) as grading:
        # large: it is in the midst of loading
        while not any(one.memory_info().rss > 30e6 for one in psutil.Process(grading.pid).children()):
            time.sleep(0.01)
        os.killpg(grading.pid, signal.SIGINT)
        assert grading.communicate()[0] == "grader: Stopped.\n"


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_waits_until_a_cluster_has_begun(monkeypatch):
    """One that has not quite begun cannot be ended."""
    begun = []

    def cluster(**_):
        signal.raise_signal(signal.SIGINT)
        begun.append(True)
        return LocalCluster(n_workers=0, dashboard_address=None)

    monkeypatch.setattr(grading_workers, "LocalCluster", cluster)
    with pytest.raises(KeyboardInterrupt), workers(None, 1):
        pytest.fail("it went on")
    assert begun and signal.getsignal(signal.SIGINT) is signal.default_int_handler
