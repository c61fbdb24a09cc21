"""What ``grader collect`` found lacking is not forgotten by those who come after it."""

import json
import zipfile
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from support.copies import copy_of
from support.own import ASSIGNMENT

from grader.__main__ import main
from grader.grading import coursedir
from grader.grading.collected import ids_in, joined_ids
from grader.grading.parallel.summary import not_collected
from grader.grading.sandbox import usage
from grader.pages.report import results
from mytorch.accepted import MAX_BYTES

LISTED = """file,student_id,reason,source,may_be,hand_in
z.zip/a.pdf,ada,"None of hw1's notebooks is in it; it holds a.pdf, which is not a notebook.",z.zip,,yes
z.zip/b.tar,ben,It is older than the hand-in that is in submitted/ already.,z.zip,,yes
z.zip/Kim Lee,,There are 2 students.,z.zip,"kim, lee",yes
x.tar,,Whose?,z.zip,,yes
photo.jpg,,It is no notebook or archive.,z.zip,,no
"""


@pytest.fixture
def app(begun, tmp_path, monkeypatch):
    """Ben has handed in; of others it is listed what could not be collected."""
    copy_of(begun, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    with Gradebook("sqlite:///gradebook.db") as gradebook:
        gradebook.add_assignment(ASSIGNMENT)
        for student in ("ada", "ben", "kim", "lee", "zoe"):
            gradebook.add_student(student)
    Path("submitted", "ben", ASSIGNMENT).mkdir(parents=True)
    Path("downloaded", ASSIGNMENT).mkdir(parents=True)
    Path("downloaded", ASSIGNMENT, "not-collected.csv").write_text(LISTED, encoding="utf-8")
    return coursedir.load()


def test_autogrades_summary_repeats_it(app):
    app.coursedir.assignment_id = ASSIGNMENT
    assert not_collected(app) == [
        "",
        "Handed in, but not collected (downloaded/hw1/not-collected.csv):",
        "  ada: None of hw1's notebooks is in it; it holds a.pdf, which is not a notebook.",
        "  kim: There are 2 students.",
        "  lee: There are 2 students.",
        "  x.tar: Nothing tells whose it is.",
    ]


def test_the_report_says_of_nobody_who_handed_in_that_it_was_nothing(app):
    status = {student.id: student.status for student in results.read(app, ASSIGNMENT).students}
    assert status.pop("ada").startswith("handed in, not collected: None of hw1's notebooks is in it")
    assert status.pop("kim") == status.pop("lee") == "handed in, not collected: There are 2 students"
    assert status == {"ben": results.NO_NOTEBOOK, "zoe": results.NOTHING}


@pytest.mark.parametrize("ids", [[], ["ada"], ["ada", "ben"], ["Lee, Kim", 'the "new" one', "ben@uni.edu"]])
def test_an_id_is_read_as_it_was_written_whatever_stands_in_it(ids):
    assert ids_in(joined_ids(ids)) == ids


NO_CELLS = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.mark.sandbox
def test_autogrades_summary_says_what_a_hand_in_lacks_as_collect_did(course, monkeypatch, capsys):
    """A worker grades ann's; bob's, which is too large to be sent, the command itself."""
    monkeypatch.chdir(course)
    other = (course / "release" / ASSIGNMENT / "05_sgd.ipynb").read_text(encoding="utf-8")
    odd = {"01_linear": other, "02_activation": "", "03_mlp": "{not a notebook", "04_loss": NO_CELLS}
    handed_in = {"ann": odd, "bob": {"05_sgd": " " * MAX_BYTES + "{}"}}
    with zipfile.ZipFile("export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for student, notebooks in handed_in.items():
            for name, text in notebooks.items():
                archive.writestr(f"{student}/{name}.ipynb", text)
        archive.writestr("cleo/report.pdf", "%PDF")
    Path("roster.csv").write_text("id,name\nann,Ann\nbob,Bob\ncleo,Cleo\n")
    assert main(["collect", ASSIGNMENT, "export.zip", "--roster", "roster.csv"]) == 0
    lacks = capsys.readouterr().out.partition("To ask for, while there is time:\n")[2]
    told = [line.strip() for line in lacks.splitlines() if line.startswith(("  ann: ", "  bob: "))]
    kinds = ["missing.", "of hw1's 01_linear", "empty.", "could not be read", "no cell.", "larger than 20 MB"]
    assert all(any(kind in line for line in told) for kind in kinds), lacks
    monkeypatch.setattr(usage, "cores", lambda: 1)
    assert main(["autograde", ASSIGNMENT]) == 0
    seen, _, refused = capsys.readouterr().out.partition("Handed in, but not collected")
    assert [line for line in told if f"  {line}\n" not in seen] == []
    assert "cleo: None of hw1's notebooks is in it; it holds report.pdf, which is not a notebook." in refused
