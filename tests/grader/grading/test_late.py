"""Being late: extensions before and after the hand-in, late days, and what both say to whom."""

import json
import os
import re
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbconvert.exporters import HTMLExporter
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.server_extensions.formgrader import handlers
from support.copies import copy_of
from support.feedback import POINTS
from support.handins import lean, write_solution
from support.own import ASSIGNMENT
from support.pipes import nobody_reads
from support.processes import nbgrader

from grader.__main__ import main
from grader.grading import coursedir, extensions, grades
from grader.grading.converter import Grading
from grader.grading.handed_in import timestamp
from grader.grading.late import DAY, LateDays, LatePolicy, settings
from grader.pages.feedback import FeedbackExporter, start_page
from grader.pages.formgrader import LateApi

DUE = {"hw1": datetime(2023, 2, 20, 19, 59), "hw2": datetime(2023, 3, 20, 19, 59)}  # UTC


@pytest.fixture(scope="module")
def two_assignments(begun, tmp_path_factory) -> Path:
    """A course of two assignments with one item each, and Ada and Ben. Only to be copied."""
    course = copy_of(begun, tmp_path_factory.mktemp("two") / "course")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for name, due in DUE.items():
            gradebook.add_assignment(name, duedate=due)
            gradebook.add_notebook("01_linear", name)
            gradebook.add_grade_cell("Linear", "01_linear", name, max_score=100, cell_type="code")
        for student in ("ada", "ben"):
            gradebook.add_student(student)
    return course


@pytest.fixture
def desk(two_assignments, tmp_path, monkeypatch) -> Path:
    """A copy of it to change. The current folder."""
    monkeypatch.chdir(copy_of(two_assignments, tmp_path / "course"))
    return tmp_path / "course"


def book() -> Gradebook:
    return Gradebook("sqlite:///gradebook.db")


def hand_in(student: str, assignment: str, late: timedelta, points: float = 100) -> None:
    """As autograding leaves it in the gradebook."""
    with book() as gradebook:
        gradebook.update_or_create_submission(assignment, student, timestamp=DUE[assignment] + late)
        grade = gradebook.find_grade("Linear", "01_linear", assignment, student)
        grade.auto_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


def extend(*arguments: str) -> int:
    return main(["extend", *arguments])


def extended(student: str, assignment: str = "hw1") -> timedelta | None:
    with book() as gradebook:
        extensions.apply(gradebook, coursedir.load().coursedir, assignment)
        return gradebook.find_submission(assignment, student).extension


# --- extensions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "more"),
    [
        ("2023-02-22", timedelta(days=2)),
        ("2023-02-22 18:00", timedelta(days=1, hours=18, minutes=1)),
        ("2023-02-22 23:59 UTC", timedelta(days=2, hours=4)),
        ("2023-02-22 23:59 Asia/Dubai", timedelta(days=2)),
        ("2023-02-22T23:59+02:00", timedelta(days=2, hours=2)),
    ],
)
@pytest.mark.parametrize("order", ["before", "after"])
def test_an_extension_holds_whether_the_hand_in_comes_before_or_after_it(desk, date, more, order):
    if order == "after":
        hand_in("ada", "hw1", timedelta(days=1))
    assert extend("hw1", "ada", date) == 0
    if order == "before":
        hand_in("ada", "hw1", timedelta(days=1))
    assert extended("ada") == more


def test_what_it_was_piped_into_may_end_first(desk, monkeypatch):
    with nobody_reads(monkeypatch):
        assert extend("hw1", "ada", "2023-02-22") == 141
    hand_in("ada", "hw1", timedelta(days=1))
    assert extended("ada") == timedelta(days=2)


def test_it_is_there_when_the_gradebook_was_made_anew_and_when_the_due_date_has_moved(desk):
    extend("hw1", "ada", "2023-02-22")
    hand_in("ada", "hw1", timedelta(days=1))
    with book() as gradebook:
        gradebook.remove_submission("hw1", "ada")
    hand_in("ada", "hw1", timedelta(days=1))
    assert extended("ada") == timedelta(days=2)
    with book() as gradebook:
        gradebook.find_assignment("hw1").duedate = DUE["hw1"] + timedelta(days=1)
        gradebook.db.commit()
    assert extended("ada") == timedelta(days=1)
    with book() as gradebook:
        gradebook.find_assignment("hw1").duedate = DUE["hw1"] + timedelta(days=7)
        gradebook.db.commit()
    assert extended("ada") == timedelta()


def test_what_was_granted_by_nbgrader_alone_stays(desk):
    hand_in("ben", "hw1", timedelta(days=1))
    with book() as gradebook:
        gradebook.grant_extension("hw1", "ben", days=3)
    extend("hw1", "ada", "2023-02-22")
    assert extended("ben") == timedelta(days=3)


def test_a_list_of_them_all_or_none(desk, capsys):
    lines = ["Student;Due", "ada;2023-02-22", "ben;2023-02-23 12:00"]
    (desk / "more.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    assert extend("hw1", "--list", "more.csv") == 0
    said = capsys.readouterr().out
    assert "ada: 22 February 2023, 23:59 (UTC+04:00)" in said
    assert "ben: 23 February 2023, 12:00 (UTC+04:00)" in said
    wrong = [*lines, "bem;2023-02-23", "ada;tomorrow", "ada;2023-02-01"]
    (desk / "more.csv").write_text("\n".join(wrong).replace("02-22", "02-27"))
    before = (desk / extensions.FILE).read_bytes()
    assert extend("hw1", "--list", "more.csv") == 1
    said = capsys.readouterr().err
    assert "line 4: 'bem' is no student in the gradebook. Is it ben?" in said
    assert "line 5: 'tomorrow' is no date" in said and "line 6: 2023-02-01 is not after the due date" in said
    assert (desk / extensions.FILE).read_bytes() == before


@pytest.mark.parametrize(
    ("separator", "encoding", "newline"),
    [
        (";", "utf-8-sig", "\r\n"),
        ("\t", "utf-16", "\r\n"),
        (";", "cp1252", "\n"),
        (",", "latin-1", "\r"),
        (",", "utf-8", "\n"),
    ],
)
def test_the_file_may_have_been_saved_by_a_spreadsheet(desk, capsys, separator, encoding, newline):
    rows = [
        ("Assignment", "STUDENT", " Due "),
        ("hw1", "josé", "2023-02-22 19:59+00:00"),
        ("", "", ""),
        ("hw2", "'=ben", "2023-03-22"),
    ]
    content = newline.join(separator.join(row) for row in rows)
    (desk / extensions.FILE).write_bytes(content.encode(encoding))
    assert extend("hw1", "ada", "2023-02-24") == 0
    assert extensions.read(coursedir.load().coursedir) == {
        "hw1": {"josé": datetime(2023, 2, 22, 19, 59), "ada": datetime(2023, 2, 24, 19, 59)},
        "hw2": {"=ben": datetime(2023, 3, 22, 19, 59)},
    }


HEADER = b"assignment,student,due\n"
UNREADABLE = {
    "columns": (b"assignment;student\nhw1;ada\n", "needs the columns assignment, student and due"),
    "empty": (b"", "has: none"),
    "spreadsheet": (b"PK\x03\x04\x81\n", "line 1, holds letters in an unknown encoding"),
    "no student": (HEADER + b"\nhw1,,2023-02-22\n", "line 3: it needs an assignment, a student and a date"),
    "no date": (HEADER + b"hw1,ben\n", "line 2: it needs an assignment, a student and a date"),
    "no such date": (HEADER + b"hw1,ben,22.02.2023\n", "line 2: '22.02.2023' is no date"),
    "before all clocks": (
        HEADER + b"hw1,ben,0001-01-01 00:00+14:00\n",
        "line 2: '0001-01-01 00:00+14:00' is",
    ),
    "after all clocks": (HEADER + b"hw1,ben,9999-12-31 23:59-14:00\n", "line 2: '9999-12-31 23:59-14:00' is"),
    "long": (HEADER + b"hw1,ben," + b"2" * 140_000, "line 2, cannot be read as a CSV file (field larger"),
    "open quote": (HEADER + b'hw1,"ben,2023-02-22\nhw1,ada,2023-02-22\n', "cannot be read as a CSV file"),
}


@pytest.mark.parametrize(("content", "says"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_is_never_rewritten(desk, capsys, content, says):
    """Nor would a run of autograding or feedback begin, and fail with each submission."""
    (desk / extensions.FILE).write_bytes(content)
    for arguments in (["hw1", "ada", "2023-02-22"], ["hw1", "ada", "--remove"], ["hw1"]):
        assert extend(*arguments) == 1
        said = capsys.readouterr().err
        assert f"{desk / extensions.FILE}" in said and says in said and "Traceback" not in said
    assert (desk / extensions.FILE).read_bytes() == content
    app = coursedir.load()
    app.config.Sandbox.isolation = "none"  # asked for first
    for begin in (
        lambda: Grading(coursedir=app.coursedir, parent=app).prepare(),
        lambda: FeedbackExporter(parent=GenerateFeedback(coursedir=app.coursedir, parent=app)),
    ):
        with pytest.raises(NbGraderException, match=re.escape(says)):
            begin()


def test_a_list_of_them_may_hold_anything(desk, capsys):
    for content, says in (
        (b"student,due\nada," + b"2" * 140_000, "line 2, cannot be read as a CSV file"),
        (b"student,due\nada,0001-01-01 00:00+14:00\n", "line 2: '0001-01-01 00:00+14:00' is no date"),
        (b"student,due\nada,2023-02-22 " + b"z" * 300, "line 2: '2023-02-22 zzz"),
    ):
        (desk / "more.csv").write_bytes(content)
        assert extend("hw1", "--list", "more.csv") == 1 and says in capsys.readouterr().err


def test_an_extension_is_taken_back(desk, capsys):
    hand_in("ada", "hw1", timedelta(days=1))
    extend("hw1", "ada", "2023-02-22")
    extend("hw2", "ada", "2023-03-22")
    assert extend("hw1", "ada", "--remove") == 0 and extended("ada") is None
    assert extend("hw1", "ada", "--remove") == 1
    capsys.readouterr()
    extend("hw2")
    assert "ada: 22 March 2023, 23:59 (UTC+04:00)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["hw9", "ada", "2023-02-22"], "has no assignment hw9; it has: hw1, hw2"),
        (["hw1", "ada"], "Until when?"),
        (["hw1", "ada", "22/02/2023"], "'22/02/2023' is no date"),
        (["hw1", "ada", "2023-02-20"], "not after the due date, 20 February 2023, 23:59"),
        (["hw1", "--list", "missing.csv"], "cannot be read as a CSV file"),
        (["hw1", "--list", "pyproject.toml"], "needs the columns student and due"),
    ],
)
def test_what_cannot_be_is_said(desk, capsys, arguments, says):
    (desk / "pyproject.toml").write_text("[project]\n")
    assert extend(*arguments) == 1
    assert says in capsys.readouterr().err and not (desk / extensions.FILE).exists()


def test_without_a_due_date_there_is_nothing_to_extend(desk, capsys):
    with book() as gradebook:
        gradebook.add_assignment("hw3")
    assert extend("hw3", "ada", "2023-02-22") == 1
    assert "hw3 has no due date: nbgrader db assignment add hw3" in capsys.readouterr().err


@pytest.mark.sandbox
@pytest.mark.nbgrader
def test_nbgraders_own_commands_keep_to_an_extension_of_before_the_hand_in(course, monkeypatch):
    monkeypatch.chdir(course)
    with book() as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2023-02-20 19:59:00")
        gradebook.add_student("ada")
    extend(ASSIGNMENT, "ada", "2023-02-22")
    path = write_solution(course, "ada", "05_sgd", lean)
    write_solution(course, "ada", "01_linear", lean).write_bytes(b"")
    path.with_name("timestamp.txt").write_text("2023-02-21 19:59:00 UTC")
    told = nbgrader("autograde", ASSIGNMENT, root=course)
    assert "06_batchnorm.ipynb are missing." in told and "ada: 01_linear.ipynb is empty." in told
    with book() as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, "ada")
        assert submission.total_seconds_late == 0 and submission.late_submission_penalty == 0
        assert submission.score == POINTS["SGD"]
    extend(ASSIGNMENT, "ada", "2023-02-21 12:00")
    with book() as gradebook:  # nbgrader keeps hours beyond the due date, which moves
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2023-02-20 21:59:00")
    nbgrader("generate_feedback", ASSIGNMENT, root=course)
    page = (course / "feedback" / "ada" / ASSIGNMENT / "05_sgd.html").read_text(encoding="utf-8")
    assert "Due 21 February 2023, 12:00" in page and "11 hours 59 minutes after the due date" in page
    with book() as gradebook:
        assert gradebook.find_submission(ASSIGNMENT, "ada").late_submission_penalty == 0.1 * POINTS["SGD"]


# --- late days ----------------------------------------------------------------------------------------------


def with_late_days(desk, days: int) -> None:
    with (desk / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.LatePolicy.late_days = {days}\n")


def policy() -> LatePolicy:
    return settings(coursedir.load().config)[0]


def marks(student: str, assignment: str) -> grades.Grades:
    _, penalties = settings(coursedir.load().config)
    with book() as gradebook:
        return grades.read(gradebook, assignment, student, penalties)


def test_a_policy_is_described_with_its_late_days():
    words = LatePolicy(late_days=3, most_days=5).describe()
    assert words.startswith("Everybody has 3 late days over all assignments, spent first; after 5 days")


@given(
    st.floats(0, 10 * DAY),
    st.integers(0, 5),
    st.floats(0, 30),
    st.none() | st.integers(0, 7),
    st.floats(0, 60),
)
def test_late_days_are_spent_where_they_save_something(seconds, left, percent, most, grace):
    policy = LatePolicy(percent_a_day=percent, most_days=most, grace_minutes=grace)
    days = policy.days_to_spend(seconds, left)
    lost = [policy.percent_lost(seconds - spent * DAY) for spent in range(left + 1)]
    assert 0 <= days <= left and lost[days] == min(lost)
    assert all(more > lost[days] for more in lost[:days])


@pytest.mark.parametrize(
    ("seconds", "percent"),
    [(0, 0), (900, 0), (901, 10), (DAY, 10), (DAY + 1, 20), (5 * DAY, 50), (5 * DAY + 1, 100)],
)
def test_the_limits_of_the_policy_are_within_them(seconds, percent):
    assert LatePolicy(percent_a_day=10, grace_minutes=15, most_days=5).percent_lost(seconds) == percent


@pytest.mark.parametrize(
    ("due", "handed_in", "days"),
    [
        ((2026, 10, 24, 21, 59), (2026, 10, 25, 22, 59), 1),  # clocks back: a day of 25 hours
        ((2026, 10, 24, 21, 59), (2026, 10, 25, 23, 0), 1 + 60 / DAY),
        ((2026, 3, 28, 22, 59), (2026, 3, 29, 21, 59), 1),  # clocks forward: one of 23
        ((2026, 3, 28, 22, 59), (2026, 3, 29, 22, 0), 1 + 60 / DAY),
        ((2026, 10, 24, 21, 59), (2026, 10, 24, 22, 9), 600 / DAY),
        ((2026, 3, 28, 1, 30), (2026, 3, 29, 1, 31), 1 + 60 / DAY),  # an hour that is not there the next day
        ((2026, 5, 1), (2026, 5, 4, 12), 3.5),
        ((2026, 5, 1), (2026, 5, 1), 0),
        ((2026, 5, 1), None, 0),
    ],
)
def test_a_day_late_is_a_day_of_the_calendar(due, handed_in, days):
    due = datetime(*due)
    submission = SimpleNamespace(
        duedate=due,
        assignment=SimpleNamespace(duedate=due),
        timestamp=datetime(*handed_in) if handed_in else None,
    )
    assert LatePolicy(time_zone="Europe/Berlin").seconds_late(submission) == pytest.approx(days * DAY)


@pytest.mark.parametrize(
    "date", ["9999-12-31 23:59:59 UTC", "0001-01-01 00:00:00 UTC", "1969-12-31 23:59:59"]
)
def test_a_time_that_some_zone_cannot_hold_is_none(tmp_path, date):
    (tmp_path / "timestamp.txt").write_text(date)
    with pytest.raises(ValueError, match="holds no date"):
        timestamp(tmp_path)


@pytest.mark.parametrize("moment", [datetime.min, datetime.max])
@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Dubai"])
def test_a_gradebook_that_holds_such_a_time_stops_nobody(desk, moment, zone):
    with Path("nbgrader_config.py").open("a") as file:
        file.write(f"\nc.LatePolicy.time_zone = {zone!r}\n")
    hand_in("ada", "hw1", moment - DUE["hw1"])
    found = marks("ada", "hw1")
    assert found.seconds_late >= 0 and grades.lateness(found, found.penalty, policy()) is not None
    assert policy().local(found.handed_in)
    with book() as gradebook:
        gradebook.find_assignment("hw1").duedate = moment
        gradebook.db.commit()
    assert marks("ada", "hw1").seconds_late == 0 and policy().local(moment)


def test_a_budget_over_all_assignments_is_spent_in_the_order_of_due_dates(desk):
    with_late_days(desk, 3)
    hand_in("ada", "hw2", timedelta(days=1, hours=2))
    assert marks("ada", "hw2").late_days == LateDays(2, 1) and marks("ada", "hw2").final == 100
    hand_in("ada", "hw1", timedelta(hours=30))
    assert marks("ada", "hw1").late_days == LateDays(2, 1) and marks("ada", "hw1").final == 100
    assert marks("ada", "hw2").late_days == LateDays(1, 0) and marks("ada", "hw2").final == 90
    hand_in("ben", "hw2", timedelta(minutes=10))
    assert marks("ben", "hw2").late_days == LateDays(0, 3)  # within the grace period


def test_an_assignment_that_was_due_later_takes_no_days_from_an_earlier_one(desk):
    with_late_days(desk, 3)
    with book() as gradebook:
        gradebook.find_assignment("hw2").duedate = DUE["hw1"] + timedelta(days=1)
        gradebook.add_submission("hw2", "ada", timestamp=DUE["hw1"] + timedelta(days=1, hours=1))
        gradebook.db.commit()
    hand_in("ada", "hw1", timedelta(days=3))
    assert marks("ada", "hw1").late_days == LateDays(3, 0) and marks("ada", "hw2").late_days == LateDays(0, 0)


def test_an_extension_saves_late_days(desk):
    with_late_days(desk, 3)
    hand_in("ada", "hw1", timedelta(days=2))
    extend("hw1", "ada", "2023-02-21")
    assert marks("ada", "hw1").late_days == LateDays(1, 2)


def test_students_are_told_what_was_spent_and_what_is_left(desk):
    with_late_days(desk, 3)
    hand_in("ada", "hw1", timedelta(days=1, hours=2))
    policy, _ = settings(coursedir.load().config)
    page = start_page("hw1", marks("ada", "hw1"), policy)
    assert "1 day 2 hours after the due date, 2 late days of yours are spent on it, and it takes" in page
    assert "Late days left after this: 1 of 3." in page
    assert "Late days left" not in start_page("hw1", marks("ada", "hw1"), LatePolicy())


def test_a_page_that_says_other_late_days_is_another_page(desk):
    hand_in("ada", "hw1", timedelta(minutes=5))
    (desk / "x.ipynb").write_text("{}")
    without = marks("ada", "hw1").seal("01_linear", desk / "x.ipynb")
    with_late_days(desk, 3)
    assert marks("ada", "hw1").seal("01_linear", desk / "x.ipynb") != without


# --- the formgrader -----------------------------------------------------------------------------------------


@pytest.fixture
def formgrader(desk) -> LateApi:
    """Ada's hand-in is a day late and graded; the formgrader's view of it."""
    hand_in("ada", "hw1", timedelta(days=1), points=80)
    path = desk / "autograded" / "ada" / "hw1" / "01_linear.ipynb"
    path.parent.mkdir(parents=True)
    submitted = desk / "submitted" / "ada" / "hw1"
    submitted.mkdir(parents=True)
    (submitted / "timestamp.txt").write_text(f"{DUE['hw1'] + timedelta(days=1)} UTC")
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Mine")]), path)
    return LateApi(CourseDirectory(config=coursedir.load().config), config=coursedir.load().config)


def test_the_formgraders_lists_show_what_is_returned(formgrader):
    assert [one["score"] for one in formgrader.get_submissions("hw1")] == [72]
    assert [one["score"] for one in formgrader.get_student_submissions("ada")] == [72]
    assert [one["score"] for one in formgrader.get_notebook_submissions("hw1", "01_linear")] == [72]
    assert [one["score"] for one in formgrader.get_student_notebook_submissions("ada", "hw1")] == [72]
    assert {one["id"]: one["score"] for one in formgrader.get_students()} == {"ada": 72, "ben": 0}
    assert formgrader.get_assignment("hw1")["average_score"] == 72
    assert [one["average_score"] for one in formgrader.get_notebooks("hw1")] == [72]
    assert formgrader.get_student("ada")["score"] == 72 and formgrader.get_student("zoe") is None
    assert json.dumps(formgrader.get_submission("hw1", "ada"))
    assert marks("ada", "hw1").final == 72  # and not once more


@pytest.mark.parametrize("odd", [os.mkfifo, lambda path: path.write_text("2023-02-30T25:61:61+99:99")])
def test_a_time_that_cannot_be_read_keeps_nobody_off_the_formgraders_lists(desk, formgrader, odd):
    hand_in("ben", "hw1", timedelta())
    for student in ("ben", "cleo"):
        (desk / "submitted" / student / "hw1").mkdir(parents=True)
        odd(desk / "submitted" / student / "hw1" / "timestamp.txt")
    found = {one["student"]: one["timestamp"] for one in formgrader.get_submissions("hw1")}
    assert found.keys() == {"ada", "ben", "cleo"} and found["cleo"] is None


def test_the_formgraders_page_of_a_submission_says_that_it_is_late(desk, formgrader):
    config = coursedir.load().config
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    resources = dict.fromkeys("base_url submission_id last_name first_name notebook_path".split(), "x")
    resources |= {
        "index": 0,
        "total": 1,
        "assignment_id": "hw1",
        "student": "ada",
        "notebook_id": "01_linear",
    }
    path = desk / "autograded" / "ada" / "hw1" / "01_linear.ipynb"
    page, _ = HTMLExporter(config=config).from_filename(str(path), resources=resources)
    assert "1 day after the due date and takes off 8 points." in page and "has 72 of 80." in page
    assert page.index("takes off") < page.index("Mine")
