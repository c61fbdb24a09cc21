"""grader autograde: what nbgrader autograde gives, from many workers, and after being killed."""

import fcntl
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import nbformat
import psutil
import pytest
from distributed import Client
from nbgrader.api import Comment, Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.apps import AutogradeApp
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import SaveAutoGrades
from nbgrader.utils import compute_checksum
from support.copies import copy_of
from support.handins import lean, make_mistake, write_solution
from support.mounts import mounts
from support.own import ASSIGNMENT, ROOT
from support.processes import Running, cold_run, nbgrader, python, siblings, started, still_alive
from support.programs import where

from grader.__main__ import main
from grader.authoring.demo import scores
from grader.grading.converter import Grading
from grader.grading.coursedir import load
from grader.grading.execute import UNISOLATED
from grader.grading.late import Penalties
from grader.grading.parallel import workers
from grader.grading.save_grades import SaveGrades

pytestmark = [pytest.mark.sandbox, pytest.mark.nbgrader]

STUDENTS = ("ada", "ben", "cleo", "dora")
# of this file's course: what holds for three, holds for all
NOTEBOOKS = ("01_linear", "02_activation", "05_sgd")
TABLES = (Student, SubmittedAssignment, SubmittedNotebook, Grade, Comment)
SUBMITTED = {(student, name) for student in STUDENTS for name in NOTEBOOKS}
AUTOGRADE = ("-m", "grader", "autograde", ASSIGNMENT)
# A second worker grades as the first one does, and takes longer to start than four hand-ins to be graded.
WITH_ONE_WORKER = """
import sys
from grader.__main__ import main
from grader.grading.sandbox import usage
usage.cores = lambda: 1
sys.exit(main())
"""
AUTOGRADE_WITH_ONE_WORKER = ("-c", WITH_ONE_WORKER, "autograde", ASSIGNMENT)


@pytest.fixture(scope="module")
def handed_in(generated, tmp_path_factory) -> Path:
    """A course of three notebooks with the hand-ins of STUDENTS, not graded. Only to be copied."""
    course = copy_of(generated, tmp_path_factory.mktemp("handed-in") / "course")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for path in (course / "source" / ASSIGNMENT).glob("*.ipynb"):
            if path.stem not in NOTEBOOKS:
                gradebook.remove_notebook(path.stem, ASSIGNMENT)
                path.unlink()
    for student in STUDENTS:
        for name in NOTEBOOKS:
            write_solution(course, student, name, lean)
    path = write_solution(course, "ben", "01_linear", lambda nb: make_mistake(lean(nb), "01_linear"))
    path.with_name("notes.txt").write_text("Dear grader, here is why.")
    write_solution(course, "cleo", "05_sgd", stops_half_way)
    (course / "submitted" / "cleo" / ASSIGNMENT / "02_activation.ipynb").unlink()
    (course / "submitted" / "dora" / ASSIGNMENT / "05_sgd.ipynb").write_text("no notebook")
    (course / "submitted" / "dora" / ASSIGNMENT / "timestamp.txt").write_text("2026-01-03 18:00:00 UTC")
    (course / "submitted" / "ada" / ASSIGNMENT / "timestamp.txt").write_text("2025-12-31 18:00:00 UTC")
    enter_by_hand(f"sqlite:///{course / 'gradebook.db'}")
    return course


def enter_by_hand(db_url: str) -> None:
    """A due date, after which dora handed in, and what somebody has entered for cleo before grading."""
    with Gradebook(db_url) as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2026-01-01 12:00:00 UTC")
        gradebook.add_student("cleo", first_name="Cleo", email="cleo@uni.example")
        gradebook.add_submission(ASSIGNMENT, "cleo")
        gradebook.find_grade("Linear", "01_linear", ASSIGNMENT, "cleo").manual_score = 7
        gradebook.find_grade("SGD", "05_sgd", ASSIGNMENT, "cleo").extra_credit = 1
        gradebook.find_comment("Linear-code", "01_linear", ASSIGNMENT, "cleo").manual_comment = "Nearly."
        gradebook.db.commit()


def stops_half_way(nb):
    nb = lean(nb)
    nb.cells.insert(1, nbformat.v4.new_code_cell("import os; os._exit(0)"))
    return nb


@pytest.fixture
def ungraded(handed_in, tmp_path) -> Path:
    return copy_of(handed_in, tmp_path / "course")


@pytest.fixture(scope="module")
def by_nbgrader(handed_in, tmp_path_factory) -> dict:
    """What nbgrader's own command makes of the hand-ins, one after the other."""
    course = copy_of(handed_in, tmp_path_factory.mktemp("stock") / "course")
    nbgrader("autograde", ASSIGNMENT, root=course)
    return results(course)


def results(course: Path, db_url: str | None = None) -> dict:
    """Everything that grading leaves: rows of the gradebook, less their ids, and all in autograded/."""
    found = {}
    with Gradebook(db_url or f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for submission in gradebook.assignment_submissions(ASSIGNMENT):
            student = submission.student
            found[student.id] = (student.first_name, student.last_name, student.email, student.lms_user_id)
            found[student.id, "handed in"] = submission.timestamp, submission.extension
            for book in submission.notebooks:
                key = student.id, book.name
                found[key] = sorted(
                    (g.name, g.auto_score, g.manual_score, g.needs_manual_grade) for g in book.grades
                )
                found[*key, "extra"] = sorted((g.name, g.extra_credit) for g in book.grades if g.extra_credit)
                found[*key, "comments"] = sorted(
                    (c.name, c.auto_comment, c.manual_comment) for c in book.comments
                )
                found[*key, "late"] = book.late_submission_penalty, book.flagged
        found["rows"] = [gradebook.db.query(table).count() for table in TABLES]
    for path in (course / "autograded").rglob("*"):
        found[str(path.relative_to(course))] = path.stat().st_mode, path.is_file() and path.read_bytes()
    return found


def autograde(course: Path, *flags: str) -> subprocess.CompletedProcess:
    return python(*AUTOGRADE_WITH_ONE_WORKER, *flags, cwd=course)


@pytest.fixture(scope="module")
def by_grader(handed_in, tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess]:
    """The hand-ins after ``grader autograde``, started as from a terminal. The course is only to be
    copied.
    """
    course = copy_of(handed_in, tmp_path_factory.mktemp("parallel") / "course")
    scratch = course.with_name("tmp")
    scratch.mkdir()
    environment = os.environ | {"TMPDIR": str(scratch)}
    command = [sys.executable, *AUTOGRADE]
    return course, cold_run(command, cwd=course, env=environment, capture_output=True, text=True)


@pytest.fixture
def graded(by_grader, tmp_path) -> Path:
    return copy_of(by_grader[0], tmp_path / "course")


# --- the same as nbgrader -----------------------------------------------------------------------------------


def test_the_hand_ins_tell_the_kinds_apart(by_nbgrader):
    """What is compared says something: right, wrong, broken, missing, late and with points by hand."""
    grade = {key: by_nbgrader[key][0] for key in by_nbgrader if key in SUBMITTED}
    points = {key: score for key, (_, score, *_) in grade.items()}
    assert all(points["ada", name] > 0 for name in NOTEBOOKS)
    lost = ("ben", "01_linear"), ("cleo", "05_sgd"), ("cleo", "02_activation"), ("dora", "05_sgd")
    assert [points[key] for key in lost] == [0] * len(lost)
    assert grade["cleo", "01_linear"][2:] == (7, True)
    assert by_nbgrader["dora", "01_linear", "late"][0] == 0.3 * points["dora", "01_linear"]
    assert by_nbgrader["cleo", "01_linear", "comments"] == [("Linear-code", None, "Nearly.")]


def test_it_gives_what_nbgrader_gives(by_grader, by_nbgrader):
    course, run = by_grader
    assert run.returncode == 0, run.stderr
    assert results(course) == by_nbgrader
    assert f"Graded {len(STUDENTS)} submissions" in run.stdout and "100%" in run.stderr
    assert "cleo, 05_sgd: Python stopped" in run.stdout
    assert "ben: only the assignment's notebooks were read, not notes.txt" in run.stdout


def test_grades_are_saved_as_by_nbgraders_own_steps(graded):
    db_url = f"sqlite:///{graded / 'gradebook.db'}"
    config = load(graded).config

    def saved_by(*steps) -> dict:
        with Gradebook(db_url) as gradebook:
            gradebook.db.query(Grade).update({"auto_score": 1.5, "needs_manual_grade": False})
            gradebook.db.query(Comment).update({"auto_comment": "?"})
            gradebook.db.query(SubmittedNotebook).update({"late_submission_penalty": 0.5})
            gradebook.db.commit()
        for student, name in SUBMITTED:
            nb = nbformat.read(graded / "autograded" / student / ASSIGNMENT / f"{name}.ipynb", as_version=4)
            named = [cell for cell in nb.cells if "nbgrader" in cell.metadata]
            for cell in named if student == "ada" else []:  # as they were given out
                cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
            where = {"assignment": ASSIGNMENT, "student": student, "notebook": name, "db_url": db_url}
            for step in steps:
                step.preprocess(nb, {"nbgrader": where})
        return {key: value for key, value in results(graded).items() if not str(key).startswith("autograded")}

    by_nbgrader = saved_by(SaveAutoGrades(config=config), Penalties(config))
    assert "No response." in str(by_nbgrader)
    assert saved_by(SaveGrades(config)) == by_nbgrader


def test_no_temporary_file_is_left(by_grader):
    left = by_grader[0].with_name("tmp").rglob("*")
    assert {path.name for path in left} <= {"dask-scratch-space", "global.lock", "purge.lock"}


def test_what_is_graded_already_stays_and_odd_folders_are_graded(graded, by_nbgrader):
    """Graded already is whose grades are in the gradebook: ben's are gone from it."""
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}") as gradebook:
        gradebook.remove_student("ben")
    (graded / "submitted" / "empty" / ASSIGNMENT).mkdir(parents=True)
    shutil.copytree(graded / "submitted" / "ada", graded / "submitted" / "[eve]")
    (graded / "submitted" / os.fsdecode(b"fran\xe7ois") / ASSIGNMENT).mkdir(parents=True)
    others = graded / "autograded" / "ada" / ASSIGNMENT / "01_linear.ipynb"
    before = others.stat().st_mtime_ns
    run = autograde(graded)
    assert run.returncode == 0, run.stderr
    assert "Graded 3 submissions" in run.stdout and "3 submissions left alone" in run.stdout
    assert "empty: none of the notebooks was handed in" in run.stdout
    assert "not graded, because the folder's name is not UTF-8; rename it" in run.stdout
    found = results(graded)
    assert {key: found[key] for key in by_nbgrader} == by_nbgrader | {"rows": found["rows"]}
    assert found["[eve]", "05_sgd"] == by_nbgrader["ada", "05_sgd"]
    assert found["empty", "05_sgd"] == [("SGD", 0.0, None, False)]
    assert others.stat().st_mtime_ns == before


def test_one_student_and_one_notebook(ungraded, by_nbgrader):
    connection = sqlite3.connect(ungraded / "gradebook.db")
    connection.execute("DROP TABLE alembic_version")  # where nbgrader found no alembic
    connection.close()
    run = autograde(ungraded, "--student", "b*", "--notebook", "01_linear")
    assert run.returncode == 0, run.stderr
    assert list((ungraded / "autograded").iterdir()) == [ungraded / "autograded" / "ben"]
    assert [path.name for path in (ungraded / "autograded" / "ben" / ASSIGNMENT).glob("*.ipynb")] == [
        "01_linear.ipynb"
    ]
    assert results(ungraded)["ben", "01_linear"] == by_nbgrader["ben", "01_linear"]


def test_without_a_sandbox_what_was_graded_says_so(ungraded, by_nbgrader):
    run = autograde(ungraded, "--student", "ben", "--notebook", "01_linear", "--no-sandbox")
    assert run.returncode == 0, run.stderr
    assert (
        UNISOLATED.strip() in (ungraded / "autograded" / "ben" / ASSIGNMENT / "01_linear.ipynb").read_text()
    )
    assert results(ungraded)["ben", "01_linear"] == by_nbgrader["ben", "01_linear"]


def test_by_nbgrader_too_whose_grades_are_gone_from_the_gradebook_is_graded_again(graded, by_nbgrader):
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}") as gradebook:
        gradebook.remove_student("ben")
    others = graded / "autograded" / "ada" / ASSIGNMENT / "01_linear.ipynb"
    before = others.stat().st_mtime_ns
    nbgrader("autograde", ASSIGNMENT, root=graded)
    assert results(graded) == by_nbgrader and others.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--student", "nobody"], "submitted/ holds no hand-in of nobody for hw1."),
        (["--notebook", "nope"], "hw1 has no notebook nope: it has 01_linear, 02_activation, 05_sgd."),
        (["--scheduler", "tcp://127.0.0.1:1"], "No Dask scheduler answers at tcp://127.0.0.1:1"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(ungraded, monkeypatch, capsys, flags, sentence):
    monkeypatch.chdir(ungraded)
    monkeypatch.setattr(workers, "ANSWERS_WITHIN", 0.5)
    assert main(["autograde", ASSIGNMENT, *flags]) == 1
    said = capsys.readouterr().err
    assert sentence in said and "Traceback" not in said


def test_a_plug_in_that_is_not_there_is_one_sentence_before_anything_is_graded(ungraded, monkeypatch, capsys):
    monkeypatch.chdir(ungraded)
    with (ungraded / "nbgrader_config.py").open("a") as config:
        config.write('\nc.ZipCollectApp.extractor_plugin = "nowhere.Extractor"\n')
    assert main(["autograde", ASSIGNMENT]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("grader: nbgrader_config.py: ") and "'nowhere.Extractor'" in said.err
    assert said.out == "" and not (ungraded / "autograded").exists()


@pytest.mark.parametrize("program", ["grader", "nbgrader"])
@pytest.mark.parametrize("place", [".", "gradebook.db", "autograded"])
def test_where_nothing_could_be_kept_nothing_begins(ungraded, program, place):
    (ungraded / "autograded").mkdir()
    refused = ungraded / place
    begin = f"import runpy; runpy.run_module({program!r}, run_name='__main__', alter_sys=True)"
    run = python("-c", mounts(read_only=[refused]) + begin, "autograde", ASSIGNMENT, cwd=ungraded)
    assert run.returncode == 1 and "Traceback" not in run.stderr
    assert run.stderr.count(f"You may not write to {refused}") == 1
    assert not any((ungraded / "autograded").iterdir()) and not (ungraded / ".grading").exists()


def test_what_the_grader_may_not_read_costs_no_points(ungraded, monkeypatch, capsys):
    """A student's folder, the assignment's in it, or a notebook."""
    places = {"ben": ".", "cleo": ASSIGNMENT, "dora": f"{ASSIGNMENT}/01_linear.ipynb"}
    refused = {
        student: os.path.normpath(ungraded / "submitted" / student / place)
        for student, place in places.items()
    }
    monkeypatch.setattr(
        os,
        "access",
        lambda path, *how, ask=os.access: str(path) not in refused.values() and ask(path, *how),
    )
    monkeypatch.chdir(ungraded)
    assert main(["autograde", ASSIGNMENT]) == 1
    said = capsys.readouterr().out
    assert "Graded 1 submission " in said
    for student, place in refused.items():
        assert f"  {student}: you may not read {place}\n" in said
        app = load(ungraded, AutogradeApp, (ASSIGNMENT,))
        app.coursedir.assignment_id, app.coursedir.student_id = ASSIGNMENT, student
        with pytest.raises(NbGraderException):
            Grading(coursedir=app.coursedir, parent=app).start()
        assert f"{student} is not graded: you may not read {place}" in capsys.readouterr().err
    assert set(scores(ungraded)) == {"ada", "cleo"}  # cleo by hand, before


def test_an_assignment_that_nobody_knows(course, monkeypatch, capsys):
    monkeypatch.chdir(course)
    assert main(["autograde", "hw9"]) == 1
    assert "has no assignment hw9; it has: hw1. 'nbgrader generate_assignment'" in capsys.readouterr().err


# --- other machines -----------------------------------------------------------------------------------------


@contextmanager
def cluster(folder: Path, count: int = 2):
    """A scheduler and workers: processes that know nothing of the course's folder. Yields (address,
    processes).
    """
    address = folder / "scheduler.json"
    environment = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ} | {
        "HOME": str(folder)
    }
    commands = [("scheduler", "--host", "127.0.0.1", "--port", "0")]
    commands += [("worker", "--nthreads", "1", "--no-nanny")] * count
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                started(
                    "-m",
                    "dask",
                    *command,
                    "--no-dashboard",
                    "--scheduler-file",
                    str(address),
                    cwd=folder,
                    env=environment,
                )
            )
            for command in commands
        ]
        wait_until(lambda: address.exists() and address.read_text())  # Dask makes it empty
        yield json.loads(address.read_text())["address"], processes


def wait_until(condition) -> None:
    """The machine may be busy with other things."""
    end = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.05)


def test_workers_that_share_nothing_but_the_network(ungraded, by_nbgrader, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with (
        cluster(elsewhere) as (address, processes),
        started(*AUTOGRADE, "--scheduler", address, cwd=ungraded) as grading,
    ):
        wait_until((ungraded / "autograded").exists)
        processes[1].kill()
        assert grading.wait() == 0, grading.stdout + grading.stderr
    assert results(ungraded) == by_nbgrader


def test_a_worker_with_another_version_is_named_and_not_used(ungraded, tmp_path):
    other = tmp_path / "other"
    for package in ("mytorch", "grader"):
        shutil.copytree(ROOT / package, other / package)
    with (other / "mytorch" / "style.py").open("a") as file:
        file.write("# changed\n")
    worker = ("-m", "dask", "worker", "--nthreads", "1", "--no-nanny", "--no-dashboard")
    with cluster(tmp_path, count=1) as (address, _), started(*worker, address, cwd=other) as stranger:
        with Client(address) as client:
            client.wait_for_workers(2)
        grading = autograde(ungraded, "--scheduler", address)
        assert stranger.poll() is None
    assert grading.returncode == 0, grading.stdout + grading.stderr
    assert f"Graded {len(STUDENTS)} submissions" in grading.stdout
    named = [line for line in grading.stderr.splitlines() if "Not used: tcp://" in line]
    assert len(named) == 1 and "has another version of the course installed" in named[0]


def test_a_scheduler_that_dies(ungraded, by_nbgrader, tmp_path):
    with (
        cluster(tmp_path, count=1) as (address, processes),
        started(*AUTOGRADE, "--scheduler", address, cwd=ungraded) as grading,
    ):
        wait_until((ungraded / "autograded").exists)
        processes[0].kill()
        if grading.wait():  # unless everything was back already
            assert "The Dask scheduler is gone. What is graded stays" in grading.stderr
    assert autograde(ungraded).returncode == 0
    assert results(ungraded) == by_nbgrader


# --- PostgreSQL ---------------------------------------------------------------------------------------------


@contextmanager
def postgresql():
    """A server of its own on a socket in a new folder. Yields the URL of an empty database."""
    binaries = Path(where("postgresql"))
    as_owner = (
        ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        if os.geteuid() == 0
        else []
    )
    with tempfile.TemporaryDirectory(prefix="postgresql-", dir="/tmp") as folder:
        if as_owner:
            shutil.chown(folder, "postgres", "postgres")
        user = "postgres" if as_owner else os.environ["USER"]
        setup = [
            *as_owner,
            binaries / "initdb",
            "-D",
            f"{folder}/data",
            "-U",
            user,
            "--auth",
            "trust",
            "--no-sync",
        ]
        subprocess.run(setup, check=True, capture_output=True, cwd=folder)
        server = subprocess.Popen(
            [
                *as_owner,
                binaries / "postgres",
                "-D",
                f"{folder}/data",
                "-k",
                folder,
                "-c",
                "listen_addresses=",
                "-F",
            ],
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        try:
            wait_until(Path(folder, ".s.PGSQL.5432").exists)
            yield f"postgresql://{user}@/postgres?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()


@pytest.mark.postgresql
def test_the_gradebook_may_be_postgresql(ungraded, by_nbgrader, monkeypatch):
    (ungraded / "gradebook.db").unlink()
    with postgresql() as url:
        monkeypatch.setenv("NBGRADER_DB_URL", url)
        nbgrader("generate_assignment", ASSIGNMENT, "--force", root=ungraded)
        enter_by_hand(url)
        run = autograde(ungraded)
        assert run.returncode == 0, run.stderr
        assert results(ungraded, url) == by_nbgrader
        nbgrader("export", "--to", "grades.csv", root=ungraded)
        assert (ungraded / "grades.csv").read_text().count(f"\n{ASSIGNMENT},") == len(STUDENTS)
    assert not (ungraded / "gradebook.db").exists()
    away = autograde(ungraded)
    assert (
        away.returncode == 1
        and "The gradebook postgresql://" in away.stderr
        and "Traceback" not in away.stderr
    )


# --- killed -------------------------------------------------------------------------------------------------


def graded_submissions(course: Path) -> int:
    return len(list((course / "autograded").glob("*")))


def kill_some_of(grading: Running, part: str) -> None:
    """With SIGKILL: the driver, a worker, or a process in a sandbox. Nothing that the driver had started may
    outlive it.
    """
    family = [child for one in siblings(grading.pid) for child in (one, *one.children(recursive=True))]
    sandboxes = [process for process in family if "inside.py" in " ".join(process.cmdline())]
    victims = {
        "driver": [psutil.Process(grading.pid)],
        "worker": siblings(grading.pid),
        "sandbox": sandboxes,
    }[part]
    if victims:
        victims[-1].kill()
    if part == "driver":
        grading.wait()
        assert not still_alive(family)


def test_killed_at_random_points(ungraded, by_nbgrader):
    """Whatever is killed, whenever: the same command finishes the rest, and nothing counts that is graded by
    half.
    """
    choice = random.Random()
    for part in ("driver", "worker", "sandbox"):
        before = graded_submissions(ungraded)
        with (
            started(*AUTOGRADE, cwd=ungraded) as grading,
            suppress(psutil.NoSuchProcess),
        ):
            # it was done already
            wait_until(lambda: grading.poll() is not None or graded_submissions(ungraded) > before)
            assert before or siblings(grading.pid), "workers are among those that can be killed"
            time.sleep(choice.uniform(0, 0.8))
            kill_some_of(grading, part)
            grading.wait()
    run = autograde(ungraded)
    assert run.returncode == 0, run.stderr
    assert results(ungraded) == by_nbgrader
    assert not list((ungraded / ".grading").glob("*/*"))


def test_nbgrader_killed_half_way(ungraded, by_nbgrader):
    """The stock command, too, grades anew what it was killed in."""
    with started("-m", "nbgrader", "autograde", ASSIGNMENT, cwd=ungraded):
        wait_until((ungraded / "autograded" / "ada" / ASSIGNMENT / "02_activation.ipynb").exists)
    nbgrader("autograde", ASSIGNMENT, root=ungraded)
    assert results(ungraded) == by_nbgrader


def test_the_courses_own_files_are_written_once_for_the_class(by_grader):
    copies = list((by_grader[0] / "autograded").glob(f"*/{ASSIGNMENT}/figures/*"))
    assert len({path.stat().st_ino for path in copies}) < len(copies) / 2


def test_a_forced_run_goes_on(graded, by_nbgrader):
    stamp = {
        path: path.stat().st_mtime_ns for path in (graded / "autograded").glob(f"*/{ASSIGNMENT}/05_sgd.ipynb")
    }
    anew = lambda: [path for path in stamp if path.exists() and path.stat().st_mtime_ns > stamp[path]]  # noqa: E731
    with started(*AUTOGRADE_WITH_ONE_WORKER, "--force", cwd=graded):
        wait_until(lambda: len(anew()) >= 2)
    finished = len(anew()) - 1  # the last one may have been in work
    rest = autograde(graded, "--force")
    assert "went on with a --force run" in rest.stdout
    left = len(STUDENTS) - finished
    assert int(rest.stdout.split()[1]) in (left, left - 1), rest.stdout
    assert results(graded) == by_nbgrader


def test_two_runs_at_once_share_the_work(ungraded, by_nbgrader):
    command = AUTOGRADE_WITH_ONE_WORKER
    with started(*command, cwd=ungraded) as one, started(*command, cwd=ungraded) as other:
        runs = [(run.wait(), run.stdout) for run in (one, other)]
    assert sum(int(said.split()[1]) for _, said in runs) == len(STUDENTS), runs
    for code, said in runs:
        assert code == ("another process is grading it at this moment" in said), said
    assert results(ungraded) == by_nbgrader
    assert not list((ungraded / ".grading").glob("*/*"))


def test_what_another_run_is_about_to_grade_is_left_to_it(ungraded):
    note = ungraded / ".grading" / ASSIGNMENT / "ada"
    note.parent.mkdir(parents=True)
    with note.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(
            json.dumps(
                {"dest": str(ungraded / "autograded" / "ada" / ASSIGNMENT), "notebooks": None, "forced": True}
            )
        )
        file.flush()
        run = autograde(ungraded, "--force", "--student", "ada")
    assert run.returncode == 1
    assert "ada: another process is grading it at this moment" in run.stdout
    assert "went on with" not in run.stdout and note.exists()


# --- what the computer refuses ------------------------------------------------------------------------------


def test_a_gradebook_that_somebody_else_has_locked(ungraded):
    before = results(ungraded)
    connection = sqlite3.connect(ungraded / "gradebook.db", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    run = autograde(ungraded)
    connection.close()
    assert run.returncode == 1 and "database is locked" in run.stderr and "Traceback" not in run.stderr
    assert results(ungraded) == before and not (ungraded / ".grading").exists()


def test_a_disk_that_takes_no_more(ungraded, by_nbgrader):
    """Other submissions go on: only ben's folder is on a full disk, and only cleo's on one that cannot be
    written.
    """
    full, read_only = (ungraded / "autograded" / student for student in ("ben", "cleo"))
    for place in (full, read_only):
        place.mkdir(parents=True)
    program = mounts(full=[full], read_only=[read_only]) + WITH_ONE_WORKER
    run = python("-c", program, "autograde", ASSIGNMENT, cwd=ungraded)
    assert run.returncode == 1, run.stdout
    assert f"Graded {len(STUDENTS) - 2} submissions" in run.stdout
    for student, reason in (("ben", "No space left on device"), ("cleo", "Read-only file system")):
        (line,) = [
            line for line in run.stdout.splitlines() if line.startswith(f"  {student}: OSError: [Errno")
        ]
        assert reason in line
    for place in (full, read_only):
        place.rmdir()
    assert autograde(ungraded).returncode == 0
    assert results(ungraded) == by_nbgrader
