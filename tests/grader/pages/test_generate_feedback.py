"""``grader feedback``: nbgrader's feedback pages of a whole class, on all cores."""

import os
import shutil
import signal
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import generatefeedbackapp
from nbgrader.converters.base import NbGraderException
from support.feedback import POINTS, gradebook, put_graded
from support.own import ASSIGNMENT, NOTEBOOKS
from support.processes import nbgrader

from grader.__main__ import main
from grader.grading.coursedir import load
from grader.pages import generate_feedback


@pytest.fixture
def graded(course, monkeypatch) -> Path:
    for student in ("ann", "bob", "cem"):
        put_graded(course, student, POINTS | {"Linear": 0})
    monkeypatch.chdir(course)
    return course


def pages(course: Path) -> dict[str, bytes]:
    return {str(path.relative_to(course)): path.read_bytes() for path in course.glob("feedback/*/*/*")}


def test_the_pages_are_nbgraders(graded, capsys):
    assert main(["feedback", ASSIGNMENT]) == 0
    assert capsys.readouterr().out.startswith("Feedback for 3 students in ")
    ours = pages(graded)
    assert len(ours) == 3 * len(NOTEBOOKS)
    shutil.rmtree(graded / "feedback")
    nbgrader("generate_feedback", ASSIGNMENT, root=graded)
    assert ours == pages(graded)


def test_pages_that_are_there_stay_unless_they_are_forced(graded):
    assert main(["feedback", ASSIGNMENT, "--student", "ann"]) == 0
    one = graded / "feedback" / "ann" / ASSIGNMENT / f"{NOTEBOOKS[0]}.html"
    one.chmod(0o644)
    one.write_text("mine")
    assert main(["feedback", ASSIGNMENT]) == 0
    assert one.read_text() == "mine" and len(pages(graded)) == 3 * len(NOTEBOOKS)
    assert main(["feedback", ASSIGNMENT, "--force", "--student", "a*"]) == 0
    assert one.read_text() != "mine"


def test_pages_that_were_half_made_when_it_was_killed_are_made_whole(graded):
    """nbgrader takes a student's pages for made when the folder is there."""
    half = graded / "feedback" / "bob" / ASSIGNMENT / f"{NOTEBOOKS[1]}.html"
    command = [sys.executable, "-m", "grader", "feedback", ASSIGNMENT, "--student", "bob"]
    with subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL) as process:
        while not half.exists() and process.poll() is None:
            pass
        os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL and len(pages(graded)) < len(NOTEBOOKS)
    assert main(["feedback", ASSIGNMENT]) == 0
    assert len(pages(graded)) == 3 * len(NOTEBOOKS)
    assert [path.name for path in (graded / "feedback" / "bob").iterdir()] == [ASSIGNMENT]


def test_of_one_page_that_was_half_made_the_others_stay(graded):
    assert main(["feedback", ASSIGNMENT, "--student", "bob"]) == 0
    before, page = pages(graded), graded / "feedback" / "bob" / ASSIGNMENT / f"{NOTEBOOKS[1]}.html"
    one = ["generate_feedback", ASSIGNMENT, "--student", "bob", "--notebook", NOTEBOOKS[1]]
    with subprocess.Popen(
        [sys.executable, "-m", "nbgrader", *one, "--force"], start_new_session=True
    ) as process:
        while page.exists() and process.poll() is None:
            pass
        os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL and pages(graded) != before
    nbgrader(*one, root=graded)
    assert pages(graded) == before


@pytest.fixture
def opened(monkeypatch) -> list:
    """The gradebooks that are opened from now on."""
    found, once = [], Gradebook.__init__

    def note(self, *given):
        found.append(given)
        once(self, *given)

    monkeypatch.setattr(Gradebook, "__init__", note)
    return found


def test_a_process_opens_the_gradebook_once(graded, opened):
    with generate_feedback._open:
        generate_feedback._begin(Namespace(assignment=ASSIGNMENT, force=False))
        assert [generate_feedback._pages_of(student) for student in ("ann", "bob")] == ["", ""]
    assert len(opened) == 1


def test_nbgraders_command_opens_the_gradebook_once(graded, opened):
    app = load(app_class=generatefeedbackapp.GenerateFeedbackApp)
    app.coursedir.assignment_id = ASSIGNMENT
    generatefeedbackapp.GenerateFeedback(coursedir=app.coursedir, parent=app).start()
    assert len(opened) == 1 and len(pages(graded)) == 3 * len(NOTEBOOKS)


def test_who_can_have_no_page_is_named_and_all_others_have_theirs(graded, capsys):
    broken = graded / "autograded" / "bob" / ASSIGNMENT / f"{NOTEBOOKS[1]}.ipynb"
    broken.write_text("no notebook")
    assert main(["feedback", ASSIGNMENT]) == 1
    said = capsys.readouterr()
    assert "Feedback for 2 students" in said.out and "  bob: " in said.err and "ann" not in said.err
    assert {Path(name).parts[1] for name in pages(graded)} == {"ann", "cem"}


@pytest.mark.parametrize("program", ["grader", "nbgrader"])
def test_pages_that_cannot_be_made_anew_stay(graded, capsys, program):
    assert main(["feedback", ASSIGNMENT]) == 0
    before = pages(graded)
    with gradebook(graded) as book:
        book.remove_student("ann")
    (graded / "autograded" / "bob" / ASSIGNMENT / f"{NOTEBOOKS[1]}.ipynb").write_text("no notebook")
    if program == "grader":
        assert main(["feedback", ASSIGNMENT, "--force"]) == 1
    else:
        app = load(app_class=generatefeedbackapp.GenerateFeedbackApp, argv=("--force",))
        app.coursedir.assignment_id = ASSIGNMENT
        with pytest.raises(NbGraderException):
            generatefeedbackapp.GenerateFeedback(coursedir=app.coursedir, parent=app).start()
    assert pages(graded) == before
    said = capsys.readouterr().err
    assert "The gradebook has no grades of ann: 'grader autograde hw1' grades the hand-in again." in said
    assert "MissingEntry" not in said


@pytest.mark.sandbox
def test_a_folder_that_cannot_be_written_keeps_nobody_else_from_a_page(graded):
    assert main(["feedback", ASSIGNMENT, "--student", "bob"]) == 0
    refused = str(graded / "feedback" / "bob")
    protected = ["bwrap", "--dev-bind", "/", "/", "--ro-bind", refused, refused, "--"]
    command = [*protected, sys.executable, "-m", "grader", "feedback", ASSIGNMENT, "--force"]
    run = subprocess.run(command, cwd=graded, capture_output=True, text=True)
    assert run.returncode == 1 and "  bob: OSError: [Errno 30] Read-only file system" in run.stderr
    assert "Feedback for 2 students" in run.stdout


@pytest.mark.parametrize("words", [[ASSIGNMENT, "--student", "zoe"], ["hw99"]])
def test_nobody_is_graded(graded, capsys, words):
    assert main(["feedback", *words]) == 1
    assert "is graded in" in capsys.readouterr().err and not pages(graded)


def test_a_process_that_is_killed_is_said_and_the_next_call_goes_on(graded, capsys, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(generate_feedback, "_pages_of", kill_itself)
        assert main(["feedback", ASSIGNMENT]) == 1
    assert "Start the command again" in capsys.readouterr().err
    assert main(["feedback", ASSIGNMENT]) == 0 and len(pages(graded)) == 3 * len(NOTEBOOKS)


def kill_itself(_student: str) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
