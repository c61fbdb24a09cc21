"""The gradebook as it may be found."""

import re
import sqlite3

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from support.processes import nbgrader

from grader.grading.coursedir import CONFIG, gradebook, has_gradebook, load
from grader.grading.stock import CommandFailed


def test_an_empty_file_is_called_empty(tmp_path):
    course = CourseDirectory(db_url=f"sqlite:///{tmp_path / 'gradebook.db'}")
    assert not has_gradebook(course)
    (tmp_path / "gradebook.db").write_bytes(b"")
    with pytest.raises(CommandFailed, match="is an empty file"), gradebook(course):
        pass
    assert (tmp_path / "gradebook.db").read_bytes() == b""


@pytest.mark.nbgrader
def test_a_gradebook_that_was_deleted_is_made_again_by_what_is_said(tmp_path):
    """nbgrader skips an assignment whose release is there, by `make lab` also, without a word of the
    gradebook.
    """
    (tmp_path / CONFIG).write_text("c = get_config()\n")
    (tmp_path / "source" / "ps1").mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "source" / "ps1" / "one.ipynb")
    nbgrader("generate_assignment", "ps1", "--no-db", root=tmp_path)
    with pytest.raises(CommandFailed) as refusal, gradebook(load(tmp_path).coursedir):
        pass
    [command, option] = re.search(r"'nbgrader (\w+)' \(with (--\w+) where", str(refusal.value)).groups()
    nbgrader(command, "ps1", option, root=tmp_path)
    with gradebook(load(tmp_path).coursedir) as book:
        assert [one.name for one in book.assignments] == ["ps1"]


def test_one_of_an_older_nbgrader_is_to_be_upgraded(tmp_path):
    path = tmp_path / "Übung.db"
    Gradebook(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE student DROP COLUMN lms_user_id")
    with pytest.raises(CommandFailed) as refusal, gradebook(CourseDirectory(db_url=f"sqlite:///{path}")):
        pass
    assert str(refusal.value).startswith(f"The gradebook {path} cannot be used: no such column: ")
    assert "nbgrader db upgrade" in str(refusal.value)


@pytest.mark.parametrize("name", ["a [1]", "a {b}", "a*", "a?"])
def test_a_path_in_which_nbgrader_finds_nothing_is_said(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / CONFIG).write_text("c = get_config()\n")
    with pytest.raises(CommandFailed, match="rename the folder"):
        load(tmp_path / name)


def test_blanks_and_accents_in_a_path_are_none_of_them(tmp_path):
    course = tmp_path / "ein schöner Kurs (2)"
    course.mkdir()
    (course / CONFIG).write_text("c = get_config()\n")
    assert load(course).coursedir.root == str(course)


@pytest.mark.parametrize(
    "line, said",
    [
        ("c.CourseDirectory.course_id =", "SyntaxError: invalid syntax"),
        ("import nope", "ModuleNotFoundError: No module named 'nope'"),
        ("from grader.grading import late; late.Nope", "AttributeError: module 'grader.grading.late' has no"),
    ],
)
def test_a_configuration_that_cannot_be_loaded_is_said_with_its_line(tmp_path, monkeypatch, line, said):
    """nbgrader itself goes on without it: without its sandbox, too."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / CONFIG).write_text(f"c = get_config()\n{line}\n")
    with pytest.raises(CommandFailed, match=f"^{CONFIG}, line 2: {said}"):
        load()
