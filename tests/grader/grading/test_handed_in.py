"""Files beside the notebooks of an own assignment, where student and course have other things of one name."""

import logging
from pathlib import Path

import pytest
from support.copies import copy_of

from grader.grading import coursedir
from grader.grading.converter import Grading
from grader.grading.handed_in import beside, receive, write_over
from grader.grading.sandbox.inside import put_beside


@pytest.fixture
def converter(begun, tmp_path, monkeypatch) -> Grading:
    """Of a course in which ps1 has data/x.csv and notes."""
    copy_of(begun, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    put(Path("source/ps1"), {"data/x.csv": "course's", "notes": "course's"})
    app = coursedir.load()
    return Grading(coursedir=app.coursedir, config=app.config)


def put(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def all_in(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_the_courses_files_win_over_a_file_or_folder_of_their_name(converter, tmp_path, caplog):
    put(Path("submitted/ada/ps1"), {"data": "ada's", "notes/y": "ada's", "own/z": "ada's"})
    converter.log = logging.getLogger("grading")
    receive(converter, "ps1", "ada")
    assert all_in(Path("autograded/ada/ps1")) == {"own/z": "ada's"}
    assert "ada: left out data, notes/y, as the course has" in caplog.text
    found = beside(converter, "ps1", "ada")
    assert found == {"own/z": b"ada's", "data/x.csv": b"course's", "notes": b"course's"}
    put_beside(str(tmp_path / "sandbox"), dict.fromkeys(found, ""))


def test_what_an_earlier_grading_has_left_is_not_in_the_way(converter):
    put(Path("autograded/ada/ps1"), {"data": "ada's", "notes/y": "ada's", "own": "ada's"})
    put(Path("submitted/ada/ps1"), {"own/z": "ada's"})
    receive(converter, "ps1", "ada")
    assert all_in(Path("autograded/ada/ps1")) == {"own/z": "ada's"}


def test_a_file_is_written_over_a_folder_and_beneath_a_file(tmp_path):
    put(tmp_path, {"a/b": "", "c": ""})
    write_over(tmp_path / "a", b"new")
    write_over(tmp_path / "c" / "d" / "e", b"new")
    assert all_in(tmp_path) == {"a": "new", "c/d/e": "new"}
