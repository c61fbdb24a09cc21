"""What a run leaves open to others on the machine, and that each submission gets its turn."""

import gc
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from distributed import Client

from grader.grading import workers as grading_workers
from grader.grading.workers import fingerprint, grade_all, workers
from grader.grading.workplace import Done, Job


def test_nobody_without_a_key_can_read_about_a_run():
    with workers(None, 1) as client:
        port = client.cluster.scheduler.http_server.port
        for path in ("info/main/workers.html", "metrics", "health", "json/counts.json"):
            with pytest.raises(HTTPError):
                urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10)


def test_every_submission_is_graded_whatever_the_client_says_of_its_workers(monkeypatch):
    """Every two seconds Dask's client asks for the scheduler's state without its workers, and for a moment
    knows of none.
    """
    monkeypatch.setattr(Client, "scheduler_info", lambda *_, **__: {"workers": {}})
    monkeypatch.setattr(grading_workers, "grade_job", lambda job, _course: Done(job.student))
    students = [f"student{number}" for number in range(8)]
    jobs = (Job(student, [], {}, {}) for student in students)
    with workers(None, 1) as client:
        done = grade_all(client, SimpleNamespace(version=fingerprint()), jobs)
        assert sorted(one.student for one in done) == students


def test_no_more_hand_ins_are_held_than_wait(monkeypatch):
    """Neither by the driver nor by its worker, however large the class."""

    def held(kinds=(Job, Done)) -> int:
        gc.collect()
        return sum(isinstance(one, kinds) for one in gc.get_objects())

    monkeypatch.setattr(grading_workers, "grade_job", lambda job, _course: Done(job.student))
    jobs = (Job(f"student{number}", [], {}, {}) for number in range(60))
    before = held()
    with workers(None, 1) as client:
        for _ in grade_all(client, SimpleNamespace(version=fingerprint()), jobs):
            pass
        assert held() - before < 10
        assert sum(client.run(held).values()) < 10
