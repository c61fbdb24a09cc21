"""Canvas by its API: a small server on this machine answers as the documented API does."""

import io
import json
import re
import sys
import tarfile
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from support import canvas_server
from support.copies import copy_of
from support.own import ASSIGNMENT
from traitlets.config import Config

from grader.__main__ import main
from grader.grading import coursedir
from grader.grading.grades import Book, Grades, ItemGrade
from grader.grading.stock import CommandFailed
from grader.grading.words import read_table
from grader.lms.people.matcher import Matcher
from grader.lms.people.roster import in_gradebook
from grader.lms.returning.graded_work import GradedWork
from grader.lms.returning.upload import upload
from grader.lms.returning.zeros import who_gets_zero
from grader.lms.systems.canvas import Canvas
from grader.lms.systems.service import service


def linear(text: str) -> bytes:
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": text}
    content = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("01_linear.ipynb")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def canvas():
    """Ann is in time, Bob is late, Cleo has handed in nothing."""
    with canvas_server.running() as server:
        server.hand_in(101, "Lee, Ann", "2023-02-20T10:00:00Z", _9001=linear("ann's"))
        server.hand_in(102, "Díaz, Bob", "2023-02-21T10:00:00Z", late=True, _9002=linear("bob's"))
        server.hand_in(103, "Berg, Cleo", None)
        yield server


def test_without_the_library_of_the_api_it_says_what_to_install(monkeypatch):
    class Without:
        def find_spec(self, name, path=None, target=None):
            if name == "canvasapi":
                raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(sys, "meta_path", [Without(), *sys.meta_path])
    loaded = ("canvasapi", "grader.lms.systems.canvas_api")
    for name in [name for name in sys.modules if name.startswith(loaded)]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(CommandFailed, match=r"canvasapi is not installed: pip install -e '\.\[canvas\]'"):
        service("canvas", coursedir.load())


@pytest.fixture(scope="module")
def enrolled(begun, tmp_path_factory) -> Path:
    """A course with three students. Only to be copied."""
    course = copy_of(begun, tmp_path_factory.mktemp("enrolled") / "course")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.add_assignment(ASSIGNMENT, duedate=datetime(2023, 2, 20, 19, 59))
        for student, first, last, number in (
            ("ann", "Ann", "Lee", "101"),
            ("bob", "Bob", "Díaz", "102"),
            ("cleo", "Cleo", "Berg", "103"),
        ):
            gradebook.add_student(student, first_name=first, last_name=last, lms_user_id=number)
    return course


@pytest.fixture
def desk(enrolled, tmp_path, monkeypatch, canvas):
    """A course that knows the server. The current folder."""
    monkeypatch.chdir(copy_of(enrolled, tmp_path, dirs_exist_ok=True))
    monkeypatch.setenv("CANVAS_TOKEN", canvas_server.KEY)
    with (tmp_path / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.CanvasApi.url = {canvas.url!r}\nc.CanvasApi.course = {canvas_server.COURSE}\n")
        config.write(f"c.CanvasApi.assignments = {{{ASSIGNMENT!r}: {canvas_server.ASSIGNMENT}}}\n")
    return tmp_path


def time_of(student: str) -> datetime | None:
    return CourseDirectory().get_existing_timestamp(str(Path("submitted", student, ASSIGNMENT)))


def collect() -> int:
    return main(["collect", ASSIGNMENT, "--api", "canvas"])


def downloads(canvas) -> list[str]:
    return [path for path in canvas.asked if path.startswith("/files/")]


def test_hand_ins_come_with_their_times(desk, canvas, capsys):
    assert collect() == 0
    assert sorted(path.name for path in Path("submitted").iterdir()) == ["ann", "bob"]
    assert time_of("ann") == datetime(2023, 2, 20, 10) and time_of("bob") == datetime(2023, 2, 21, 10)
    printed = capsys.readouterr().out
    assert "Marked as late by Canvas: bob." in printed and "no times" not in printed


def test_only_what_is_new_is_downloaded_again(desk, canvas, capsys):
    collect()
    assert len(downloads(canvas)) == 2
    assert collect() == 0 and len(downloads(canvas)) == 2
    assert "Nothing has changed." in capsys.readouterr().out
    canvas.hand_in(101, "Lee, Ann", "2023-02-20T12:00:00Z", _9010=linear("ann's second"))
    collect()
    assert downloads(canvas)[2:] == ["/files/9010/download"] and time_of("ann") == datetime(2023, 2, 20, 12)
    assert "ann's second" in Path("submitted", "ann", ASSIGNMENT, "01_linear.ipynb").read_text()


def zeros() -> list[str]:
    """Who would get 0 by ``grader return --zero``."""
    work = GradedWork(coursedir.load(), ASSIGNMENT)
    return who_gets_zero(work.collected, work.sort()[1], True, ())


@pytest.mark.parametrize(
    "said",
    [
        {"submitted_at": "2023-02-20T10:00:00Z", "workflow_state": "submitted"},
        {"submission_type": "online_url", "workflow_state": "graded"},
        {"workflow_state": "pending_review"},
        {"submitted_at": "at noon"},
    ],
)
def test_text_and_addresses_are_listed_and_never_zero(desk, canvas, capsys, said):
    canvas.hand_in(104, "Wu, Dan", None)
    with Gradebook("sqlite:///gradebook.db") as gradebook:
        gradebook.add_student("dan", first_name="Dan", last_name="Wu", lms_user_id="104")
    canvas.submissions[103] |= said
    canvas.submissions[104]["workflow_state"] = "graded"  # 0 points by hand, without a hand-in
    assert collect() == 0 and "bergcleo_103_text.html (cleo): None of" in capsys.readouterr().out
    assert zeros() == ["dan"]
    canvas.hand_in(103, "Berg, Cleo", "2023-02-21T10:00:00Z", _9003=linear("cleo's"))
    assert collect() == 0 and "cleo" in [path.name for path in Path("submitted").iterdir()]


def test_text_of_somebody_unknown_lets_nobody_get_zero(desk, canvas):
    canvas.hand_in(999, "Lin, Fay", "2023-02-20T10:00:00Z", kind="online_text_entry")
    assert collect() == 0 and zeros() == []


def test_a_download_that_fails_leaves_what_was_there(desk, canvas, capsys):
    collect()
    canvas.hand_in(101, "Lee, Ann", "2023-02-20T12:00:00Z", _9010=linear("x"))
    del canvas.files[9010]
    assert collect() == 1
    assert len(list(Path("downloaded", ASSIGNMENT, "by-canvas", "export").iterdir())) == 2
    assert time_of("ann") == datetime(2023, 2, 20, 10)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda patch: patch.setenv("CANVAS_TOKEN", "another"), "Canvas's API at http://127.0.0.1"),
        (lambda patch: patch.delenv("CANVAS_TOKEN"), "Set CANVAS_TOKEN in the environment"),
        (lambda patch: add_setting("c.CanvasApi.course = 0"), "Set c.CanvasApi.url, c.CanvasApi.course"),
        (lambda patch: add_setting("c.CanvasApi.course = 9"), "Canvas's API at http://127.0.0.1"),
        (lambda patch: add_setting("c.CanvasApi.url = 'http://127.0.0.1:9'"), "Canvas's API at http://127"),
    ],
    ids=["key", "no key", "not set", "course", "no server"],
)
def test_what_cannot_be_is_a_sentence(desk, monkeypatch, capsys, change, says):
    change(monkeypatch)
    assert collect() == 1
    assert says in capsys.readouterr().err and not Path("submitted").exists()


def add_setting(line: str) -> None:
    with Path("nbgrader_config.py").open("a") as config:
        config.write(f"\n{line}\n")


def test_the_key_goes_to_canvas_alone(desk, canvas):
    there = service("canvas", coursedir.load())
    assert there._headers(f"{canvas.url}/files/1") == {"Authorization": f"Bearer {canvas_server.KEY}"}
    assert there._headers(f"{canvas.url}.evil.example/1") == {} == there._headers("https://s3.example/1")


def marks(student: str, points: float) -> Grades:
    book = Book("01_linear", (ItemGrade("Linear", points, 100),), 0.0, (), ())
    return Grades(student, "", "", "", (book,), None, None, 0.0, False)


def give_back(points: dict[str, float], zips: dict[str, bytes]) -> list[str]:
    app = coursedir.load()
    matcher = Matcher(in_gradebook(app.coursedir), is_roster=True)
    counted = [marks(student, value) for student, value in points.items()]
    files = {student: Path(f"{student}.zip") for student in zips}
    for student, path in files.items():
        path.write_bytes(zips[student])
    return upload(service("canvas", app), ASSIGNMENT, counted, files, matcher, Path(".given.json"))


def test_everybody_is_given_points_and_feedback_once(desk, canvas):
    zips = {"ann": b"PK ann's", "bob": b"PK bob's"}
    points = {"ann": 100, "bob": 67.5, "cleo": 0, "dan": 5}
    assert give_back(points, zips) == [
        "Given by the API: 3; as before and not given again: 0.",
        "Not in the system: dan.",
    ]
    assert canvas.grades == {101: ["100"], 102: ["67.5"], 103: ["0"]}
    assert [len(those) for those in canvas.comments.values()] == [1, 1] and 103 not in canvas.comments
    assert (
        b"PK ann's" in canvas.comments[101][0] and b'filename="hw1-feedback.zip"' in canvas.comments[101][0]
    )
    assert give_back(points, zips)[0] == "Given by the API: 0; as before and not given again: 3."
    give_back(points | {"bob": 70}, zips)
    assert canvas.grades == {101: ["100"], 102: ["67.5", "70"], 103: ["0"]}


def zipped(text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("start.html", text)
    return packed.getvalue()


@pytest.mark.parametrize("what", ["the grade", "the feedback"])
def test_a_run_that_breaks_off_goes_on_and_gives_nothing_twice(desk, canvas, what):
    points = {"ann": 100, "bob": 50, "cleo": 0}
    zips = {"ann": zipped("ann's"), "bob": zipped("bob's")}
    give_back({"ann": 100}, zips)
    canvas.refuses, canvas.without_uploads = {102} if what == "the grade" else set(), what == "the feedback"
    for _ in range(2):
        with pytest.raises(CommandFailed, match="Canvas's API at"):
            give_back(points, zips)
    canvas.refuses, canvas.without_uploads = set(), False
    said = give_back(points, zips)
    assert said == ["Given by the API: 2; as before and not given again: 1."]
    assert {user: set(grades) for user, grades in canvas.grades.items()} == {
        101: {"100"},
        102: {"50"},
        103: {"0"},
    }
    assert {user: len(those) for user, those in canvas.comments.items()} == {101: 1, 102: 1}
    assert zips["bob"] in canvas.comments[102][0]


# --- an answer may be anything ------------------------------------------------------------------------------


def test_what_cannot_be_taken_is_said_and_the_others_are_collected(desk, canvas, capsys):
    """Nor does anybody get 0 whose hand-in could not be taken."""
    there = canvas.submissions
    there[102]["attachments"][0]["url"] = None
    canvas.hand_in(103, "Berg, Cleo", "2023-02-20T10:00:00Z", _9003=linear("cleo's"))
    there[103]["attachments"][0]["id"] = "../../../e"
    there[104] = {"user_id": None, "attachments": ["handin.tar"], "user": {"sortable_name": "Roe, Dan"}}
    there[105] = {"user_id": 105, "attachments": None, "user": 5, "submitted_at": ["now"]}
    there[106] = "nobody"
    assert collect() == 0
    said = capsys.readouterr().out
    assert "Canvas gives no address of 'handin.tar' of Díaz, Bob: download it from Canvas by hand." in said
    assert "Canvas gives no number with 'handin.tar' of Berg, Cleo: download" in said
    assert "Canvas gives no number with 'a file' of Roe, Dan: download" in said
    assert [path.name for path in Path("submitted").iterdir()] == ["ann"]
    refused = read_table(Path("downloaded", ASSIGNMENT, "not-collected.csv"))
    assert {row["student_id"] for row in refused} >= {"bob", "cleo"}
    canvas.hand_in(102, "Díaz, Bob", "2023-02-21T10:00:00Z", _9002=linear("bob's"))
    assert collect() == 0 and time_of("bob") == datetime(2023, 2, 21, 10)


def test_long_and_odd_names_are_collected(desk, canvas, capsys):
    canvas.hand_in(101, "Lee, Ann" + "é" * 300, "2023-02-20T10:00:00Z", _9001=linear("ann's"))
    canvas.submissions[101]["attachments"][0]["display_name"] = "\0\ud800" + "é" * 300 + ".tar"
    assert collect() == 0 and time_of("ann") == datetime(2023, 2, 20, 10)


@pytest.mark.parametrize("answer", [{"errors": []}, "list", None, 5])
def test_an_answer_that_is_no_list_is_a_sentence(desk, canvas, capsys, monkeypatch, answer):
    monkeypatch.setattr(requests.Response, "json", lambda self: answer)
    assert collect() == 1
    assert "answers with no list of submissions: is c.CanvasApi.url" in capsys.readouterr().err


@pytest.mark.parametrize("answer", [{}, None, [1], {"upload_url": 5}])
def test_an_upload_that_is_answered_oddly_is_a_sentence(desk, canvas, monkeypatch, answer):
    monkeypatch.setattr(canvas_server.Handler, "do_POST", lambda self: (self.body(), self.answer(answer)))
    with pytest.raises(CommandFailed, match=r"Canvas did not take the feedback of Lee, Ann \("):
        give_back({"ann": 100}, {"ann": zipped("ann's")})


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 10**30),
    st.floats(),
    st.text(),
    st.sampled_from(
        ["../../../e", "/etc", "..", "a\0b", "é" * 300, "http://[", "https://files.example/1", "\ud800"]
    ),
    st.lists(st.text()),
    st.dictionaries(st.text(), st.integers()),
)


def with_fields(*names: str, **more) -> st.SearchStrategy:
    """Any of them may be missing."""
    return st.fixed_dictionaries({}, optional={name: ODD for name in names} | more)


FILES = with_fields("id", "url", "filename", "display_name")
GOOD = st.builds(
    lambda number, name: {"id": number, "url": "https://files.example/1", "display_name": name},
    st.integers(1, 3),
    st.text(),
)
SUBMISSIONS = with_fields(
    "submitted_at",
    "late",
    user_id=st.one_of(st.integers(1, 3), ODD),
    user=st.one_of(ODD, with_fields("id", "sortable_name", "name", "login_id")),
    attachments=st.one_of(ODD, st.lists(st.one_of(GOOD, ODD, FILES))),
)


def answer(url: str, headers, timeout) -> SimpleNamespace:
    requests.Request("GET", url, headers).prepare()
    return SimpleNamespace(raise_for_status=lambda: None, content=b"x")


@given(st.lists(SUBMISSIONS))
def test_no_answer_crashes_or_writes_elsewhere(submissions):
    there = service("canvas", SimpleNamespace(config=Config()))
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory() as home,
    ):
        patch.setenv("CANVAS_TOKEN", "key")
        patch.setattr(requests, "get", answer)
        patch.setattr(there, "_submissions", lambda assignment: iter(submissions))
        folder = Path(home, "a", "b", "c", "by-canvas")
        for _ in range(2):
            fetched = there.fetch("hw1", folder)
        assert {path.name for path in folder.iterdir()} == {"export", "submissions.json"}
        assert [
            path.name for path in Path(home).rglob("*") if path.is_file() and folder not in path.parents
        ] == []
        export = list(fetched.export.iterdir())
        assert {path.name for path in export if path.is_dir()} == fetched.refused.keys()
        downloaded = [path for path in export if path.is_file() and not path.name.endswith("_text.html")]
        assert all(path.read_bytes() == b"x" for path in downloaded)
        assert all(sentence.isprintable() for sentence in fetched.refused.values())
        list(Canvas().times_in(json.loads(fetched.times[0].read_text())))
        assert all(re.fullmatch(r"[1-9]\d{0,18}", person.id) for person in there.people("hw1"))
