"""Every field of every export may be missing, empty or of another type: a reader says so or leaves it, and
never fails in another way.
"""

import csv
import io
import json
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from grader.grading.stock import CommandFailed
from grader.lms.collect import times
from grader.lms.names import EMAILS, FIRST_NAMES, FULL_NAMES, LAST_NAMES
from grader.lms.people.matcher import Matcher, NoMatch, make_student
from grader.lms.people.roster import read_roster
from grader.lms.people.sheet import Sheet, student_in_row
from grader.lms.systems.gradescope import METADATA
from grader.lms.systems.registry import ID_COLUMNS, SYSTEMS, TIME_COLUMNS, from_lms
from grader.lms.systems.system import Sender

STUDENTS = [make_student("ann", "Ann Lee", "ann@uni.edu", ["101"], "Ann", "Lee")]
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
SIMPLE = st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.datetimes() | TEXT
ANYTHING = st.recursive(
    SIMPLE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def entries(fields: dict[str, st.SearchStrategy]) -> st.SearchStrategy:
    """A mapping in which each field is as it should be, of any kind, or missing."""
    return st.fixed_dictionaries({}, optional=fields)


def told(senders: list[Sender]) -> None:
    """What a reader makes is what everybody else counts on."""
    for sender in senders:
        assert all(isinstance(value, str) for value in (sender.name, sender.id, sender.email, sender.problem))
        if sender.time:
            sender.time.replace(tzinfo=sender.time.tzinfo or UTC).astimezone(timezone(timedelta(hours=14)))
        try:
            assert isinstance(Matcher(STUDENTS).match(sender), str)
        except NoMatch as error:
            assert str(error)


# --- Gradescope ---------------------------------------------------------------------------------------------

PEOPLE = st.lists(
    ANYTHING
    | entries({":name": ANYTHING | st.just("Ann Lee"), ":sid": ANYTHING | st.just(101), ":email": ANYTHING}),
    max_size=3,
)
SUBMISSIONS = entries(
    {":submitters": ANYTHING | PEOPLE, ":created_at": ANYTHING | st.just("2026-11-20 19:03:00 Z")}
)
METADATA_CONTENT = st.dictionaries(st.just("submission_1") | TEXT, ANYTHING | SUBMISSIONS, max_size=3)


@given(st.integers() | METADATA_CONTENT)
@example({"submission_1": {":submitters": [{":name": "Ann Lee"}], ":created_at": {"at": "noon"}}})
@example({"submission_1": {":submitters": {":name": "Ann Lee"}}})
def test_gradescopes_metadata(content):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "submission_1").mkdir()
        Path(folder, METADATA).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        found = SYSTEMS["gradescope"].senders_in(Path(folder))
    for senders in found.values():
        told(senders)
    assert found["submission_1"]


@pytest.mark.parametrize(
    "time", [{"at": "noon"}, 5, [1], True, None, "", "2026-11-20 10:00 +99:99"], ids=repr
)
def test_a_time_that_is_none_costs_gradescopes_student_nothing_else(tmp_path, time):
    content = {"submission_1": {":submitters": [{":sid": "101"}], ":created_at": time}}
    (tmp_path / METADATA).write_text(yaml.safe_dump(content | {"submission_2": [1]}))
    (sender,) = SYSTEMS["gradescope"].senders_in(tmp_path)["submission_1"]
    assert sender.id == "101" and sender.time is None and not sender.problem


def test_of_a_group_nobody_is_lost_in_silence(tmp_path):
    content = {"submission_1": {":submitters": [{":sid": "101"}, "Ben"]}}
    (tmp_path / METADATA).write_text(yaml.safe_dump(content))
    ann, other = SYSTEMS["gradescope"].senders_in(tmp_path)["submission_1"]
    assert ann.id == "101" and "names a submitter that cannot be read" in other.problem


# --- names of files and folders -----------------------------------------------------------------------------

PARTS = st.sampled_from(
    ["Ann Lee", "leeann", "LATE", "late", "101", "9001", "_", "-", " - ", "anon", "ann@uni.edu", "annotated"]
    + [
        "Nov 20, 2026 1103 PM",
        "Feb 31, 2026 2561 PM",
        "assignsubmission_file_",
        "_attempt_2026-11-31-10-00-00",
        "handin.tar",
        "submission_1",
    ]
)


@given(st.lists(PARTS | TEXT, max_size=8).map("".join) | st.lists(PARTS, max_size=8).map("_".join))
def test_names_of_every_system(name):
    for system in SYSTEMS.values():
        told([sender for sender in [system.sender(name)] if sender])
        assert isinstance(system.is_copy(name), bool)
    from_lms(name)


# --- lists of students, grade sheets, times -----------------------------------------------------------------

COLUMNS = st.sampled_from(
    [*ID_COLUMNS, *EMAILS, *FIRST_NAMES, *LAST_NAMES, *FULL_NAMES, *TIME_COLUMNS, "Grade", "hw1"]
)
CELLS = (
    st.sampled_from(["ann", "101", "Ann Lee", "ann@uni.edu", "-", "", "Participant 7", "2026-11-20"]) | TEXT
)
TABLES = st.lists(st.lists(COLUMNS | TEXT, max_size=6), min_size=1, max_size=1).flatmap(
    lambda header: st.lists(st.lists(CELLS, max_size=7), max_size=4).map(lambda rows: [*header, *rows])
)
BYTES = st.binary(max_size=60) | TABLES.map(lambda rows: as_csv(rows).encode())


def as_csv(rows: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("lists") / "list.csv"


@given(BYTES)
def test_rosters(file, content):
    file.write_bytes(content)
    try:
        students, _ = read_roster(file, STUDENTS)
    except CommandFailed as error:
        assert str(error)
    else:
        assert students and all(student.id for student in students)


@given(BYTES)
def test_grade_sheets(file, content):
    file.write_bytes(content)
    try:
        sheet = Sheet(file)
    except CommandFailed as error:
        assert str(error)
        return
    found = {student_in_row(row, Matcher(STUDENTS, is_roster=True)) for row in sheet.rows()}
    assert found <= {"ann", None}
    assert all(sheet.filled(name, lambda row: None) == content for name in sheet.header)


@given(BYTES)
@example(b"Student,Submitted At\n,2026-11-20\nnobody,2026-11-20\nAnn Lee,yes\n")
def test_lists_of_times(file, content):
    file.write_bytes(content)
    try:
        listed = times.read(file, Matcher(STUDENTS, is_roster=True))
    except CommandFailed as error:
        assert str(error)
    else:
        assert listed.times.keys() <= {"ann"} and all(map(str, listed.unknown.values()))


SUBMITTED = entries(
    {
        "user_id": JSON | st.just(101),
        "submitted_at": JSON | st.just("2026-11-20T19:03:00Z"),
        "submission_type": JSON | st.just("online_url"),
        "attachments": JSON | st.lists(entries({"id": JSON}), max_size=2),
        "user": JSON | entries({"sortable_name": JSON | st.just("Lee, Ann"), "name": JSON}),
    }
)


@given(JSON | st.lists(JSON | SUBMITTED, max_size=4), st.just(b"") | st.binary(max_size=3))
def test_an_apis_hand_ins(file, told_by_api, rest):
    file.write_bytes(json.dumps(told_by_api).encode() + rest)
    try:
        listed = times.latest([times.read(file, Matcher(STUDENTS, is_roster=True))])
    except CommandFailed as error:
        assert str(error)
    else:
        assert listed.times.keys() <= {"ann"} and all(map(str, listed.unknown.values()))
        assert all(one.time is None or isinstance(one.time, datetime) for one in listed.times.values())
