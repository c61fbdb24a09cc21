"""grader collect: exports of six systems made up here, honest and hostile ones, become submitted/."""

import csv
import errno
import gzip
import io
import json
import os
import shutil
import stat
import tarfile
import unicodedata
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from support.copies import copy_of
from support.own import ASSIGNMENT, NOTEBOOKS
from support.patience import patience
from support.processes import nbgrader

from grader.__main__ import main
from grader.lms.collect import archives
from grader.lms.collect.command import UNDECIDED
from grader.lms.collect.filenames import Notebooks, copy_number
from grader.lms.collect.summary import NOTHING_NEW
from grader.lms.systems.registry import from_lms
from mytorch import handin

DESK = Path("downloaded") / ASSIGNMENT
ROSTER = """id,first_name,last_name,email,lms_user_id
ann,Ann,Lee,ann@uni.edu,101
bob,Bob,O'Brien-Díaz,bob@uni.edu,102
cleo,Cleo,van der Berg,cleo@uni.edu,103
sam1,Sam,Smith,sam1@uni.edu,104
sam2,Sam,Smith,sam2@uni.edu,105
"""


# --- making exports -----------------------------------------------------------------------------------------


def notebook(text: str = "") -> bytes:
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": text}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def tar(files: dict[str, bytes] | None = None, *entries: tarfile.TarInfo, mode: str = "w") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for name, content in (files or {}).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        for entry in entries:
            archive.addfile(entry, io.BytesIO(bytes(entry.size)))
    return packed.getvalue()


def zipped(files: dict[str | zipfile.ZipInfo, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def linear(text: str = "") -> bytes:
    """A handin.tar with one notebook."""
    return tar({"01_linear.ipynb": notebook(text)})


@pytest.fixture
def desk(begun, tmp_path, monkeypatch):
    """An empty course; the current folder."""
    copy_of(begun, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return tmp_path


@pytest.fixture
def collect(desk, capsys):
    """Write the files of an export, as a zip (or a folder), collect it and return what was printed."""

    def run(files: dict[str, bytes], *options: str, roster: bool = True, name: str = "export.zip") -> str:
        write(desk / name, files)
        return command(name, *options, *(["--roster", "roster.csv"] if roster else []))

    def command(*arguments: str, fails: bool = False) -> str:
        status = main(["collect", ASSIGNMENT, *arguments])
        printed = capsys.readouterr()
        assert status == int(fails), printed.err
        return printed.err if fails else printed.out

    run.command = command
    return run


def write(path: Path, files: dict[str, bytes]) -> None:
    if path.suffix == ".zip":
        path.write_bytes(zipped(files))
        return
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)


def submitted() -> dict[str, dict[str, str]]:
    """By student and file: the text of a notebook's first cell, other files as they are."""
    found = {}
    for path in sorted(Path("submitted").glob(f"*/{ASSIGNMENT}/*")):
        found.setdefault(path.parts[1], {})[path.name] = (
            first_cell(path) if path.suffix == ".ipynb" else path.read_text()
        )
    return found


def first_cell(path: Path) -> str:
    return json.loads(path.read_bytes())["cells"][0]["source"]


def time_of(student: str) -> datetime | None:
    return CourseDirectory().get_existing_timestamp(str(Path("submitted", student, ASSIGNMENT)))


def problems() -> dict[str, tuple[str, str]]:
    with (DESK / "not-collected.csv").open(newline="", encoding="utf-8-sig") as file:
        return {
            row["file"].removeprefix("export.zip/"): (row["student_id"], row["reason"])
            for row in csv.DictReader(file)
        }


def everything() -> dict[str, bytes]:
    places = [path for top in ("submitted", "downloaded") for path in Path(top).rglob("*")]
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in places}


# --- the six systems ----------------------------------------------------------------------------------------

CANVAS = {
    "leeann_101_9001_handin.tar": linear("ann's"),
    "obriendiazbob_LATE_102_9002_handin-1.tar": linear("bob's"),
    "vanderbergcleo_103_9003_01_linear-2.ipynb": notebook("cleo's"),
    "vanderbergcleo_103_9004_05_sgd.ipynb": notebook("cleo's sgd"),
}
MOODLE = {
    "Ann Lee_7001_assignsubmission_file_/handin.tar": linear("ann's"),
    "Ann Lee_7001_assignsubmission_onlinetext_/onlinetext.html": b"hello",
    "Bob O'Brien-Díaz_7002_assignsubmission_file/my work/01_linear.ipynb": notebook("bob's"),
    "Cleo van der Berg_7003_assignsubmission_file_handin.zip": zipped(
        {"hw1/01_linear.ipynb": notebook("cleo's")}
    ),
}
BRIGHTSPACE = {
    "index.html": b"<html>",
    "3101-55 - Ann Lee - Nov 20, 2026 1103 PM/handin.tar": linear("ann's"),
    "3101-55 - Ann Lee - Nov 9, 2026 115 AM/handin.tar": linear("ann's first"),
    "3102-55 - obrien7 Bob O'Brien-Díaz - Nov 20, 2026 1203 AM /handin.tar": linear("unknown user name"),
    "3103-55 - Cleo van der Berg - Nov 20, 2026 905 AM - 01_linear.ipynb": notebook("cleo's"),
}
GRADESCOPE = {
    "assignment_12_export/submission_metadata.yml": b"""---
submission_501:
  :submitters:
  - :name: Ann Lee
    :sid: '101'
    :email: ann@uni.edu
  :created_at: 2026-11-20 19:03:00.861687000 Z
  :score: 2.0
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    output: |-
      ====
submission_502:
  :submitters:
  - :name: Bob
    :sid:
    :email: bob@uni.edu
  - :name: Cleo van der Berg
    :sid: 103
    :email: cleo@uni.edu
  :created_at: 2026-11-20 23:03:00.000000000 +04:00
""",
    "assignment_12_export/submission_501/01_linear.ipynb": notebook("ann's"),
    "assignment_12_export/submission_502/handin.tar": linear("bob's and cleo's"),
    "assignment_12_export/submission_503/handin.tar": linear("whose?"),
}
AUTOLAB = {
    "ann@uni.edu_2_handin.tar": linear("ann's second"),
    "ann@uni.edu_10_handin.tar": linear("ann's"),
    "annotated_ann@uni.edu_2_handin.tar": linear("annotated"),
    "bob@uni.edu_1_handin.tar.gz": tar({"01_linear.ipynb": notebook("bob's")}, mode="w:gz"),
}


def receipt(name: str, user: str, typed: str = "There is no student submission text data.") -> bytes:
    """As Blackboard writes it for each attempt."""
    about = f"Name: {name} ({user})\nAssignment: Homework_1\nDate Submitted: Friday, November 20, 2026"
    return f"{about}\nCurrent Grade: Needs Grading\n\nSubmission Field:\n{typed}\n".encode()


BLACKBOARD = {
    "Homework_1_ann_attempt_2026-11-20-23-03-00.txt": receipt("Ann Lee", "ann"),
    "Homework_1_ann_attempt_2026-11-20-23-03-00_handin.tar": linear("ann's"),
    "Homework_1_ann_attempt_2026-11-09-01-15-00.txt": receipt("Ann Lee", "ann"),
    "Homework_1_ann_attempt_2026-11-09-01-15-00_01_linear.ipynb": notebook("ann's first"),
    "Homework_1_bob_x_attempt_2026-11-20-23-04-00.txt": receipt("Bob O'Brien-Díaz", "bob_x"),
    "Homework_1_bob_x_attempt_2026-11-20-23-04-00_01_linear.ipynb": notebook("bob's"),
    "Homework_1_bob_x_attempt_2026-11-20-23-04-00_05_sgd.ipynb": notebook("bob's sgd"),
    "Homework_1_cleo_x_attempt_2026-11-20-23-05-00.txt": receipt("Cleo", "cleo_x", "Here is my work."),
}


@pytest.mark.parametrize("name", ["export.zip", "export"])
def test_canvas(collect, name):
    printed = collect(CANVAS, name=name)
    assert submitted() == {
        "ann": {"01_linear.ipynb": "ann's"},
        "bob": {"01_linear.ipynb": "bob's"},
        "cleo": {"01_linear.ipynb": "cleo's", "05_sgd.ipynb": "cleo's sgd"},
    }
    assert "Canvas exports no times" in printed and "Marked as late by Canvas: bob." in printed
    assert problems() == {}


def canvas_submission(number: int, time: str | None, *attachments: int, **more) -> dict:
    """As Canvas's documented API lists it, as far as it is read."""
    files = [{"id": number, "filename": "handin.tar"} for number in attachments]
    return {"id": 1, "user_id": number, "submitted_at": time, "attachments": files, "late": False, **more}


def test_canvas_late_work_is_late_by_the_times_of_its_api(collect, desk):
    entries = [
        canvas_submission(101, "2026-11-20T19:03:00Z", 9001),
        canvas_submission(102, "2026-11-22T01:00:00+04:00", 9002, late=True),
        canvas_submission(103, None),
        canvas_submission(999, "2026-11-22T01:00:00Z"),  # nobody's
    ]
    (desk / "page1.json").write_text(json.dumps(entries[:1]))
    (desk / "page2.json").write_text(json.dumps(entries[1:]))
    printed = collect(CANVAS, "--times=page1.json", "--times=page2.json")
    assert time_of("ann") == datetime(2026, 11, 20, 19, 3) and time_of("bob") == datetime(2026, 11, 21, 21)
    assert "No time is known for cleo: nbgrader takes these hand-ins as in time. Its API has them" in printed
    assert "Marked as late by Canvas: bob." in printed and "How late is not known" not in printed
    assert "the zone" not in printed


def test_canvas_times_of_another_upload_are_not_taken(collect, desk):
    (desk / "times.json").write_text(json.dumps([canvas_submission(101, "2026-11-20T19:03:00Z", 9999)]))
    printed = collect(CANVAS, "--times", "times.json")
    assert time_of("ann") is None and "Canvas exports no times" in printed
    assert "How late is not known, so it costs nothing: bob." in printed


@pytest.mark.parametrize("who", ["ID\n101", 'Student\n"Lee, Ann"', "Email\nann@uni.edu", "id\nann"])
def test_canvas_times_by_a_csv_file(collect, desk, who):
    column, value = who.split("\n")
    (desk / "times.csv").write_text(f"{column},Submitted At\n{value},2026-11-20 11:03 PM\n")
    printed = collect(CANVAS, "--times", "times.csv", "--timezone", "Asia/Dubai")
    assert time_of("ann") == datetime(2026, 11, 20, 19, 3) and "the zone Asia/Dubai" in printed


def test_times_that_come_later_are_added_and_who_was_graded_without_is_said(collect, desk):
    collect(CANVAS)
    (desk / "autograded" / "ann" / ASSIGNMENT).mkdir(parents=True)
    (desk / "times.json").write_text(json.dumps([canvas_submission(101, "2026-11-20T19:03:00Z", 9001)]))
    printed = collect(CANVAS, "--times", "times.json")
    assert "1 there already, now with a time: ann" in printed
    assert f"grader autograde {ASSIGNMENT} --student=ann --force" in printed


def test_of_two_lists_the_later_time_counts(collect, desk):
    for number, time in enumerate(["2026-11-20T19:03:00Z", "2026-11-21T19:03:00Z", "2026-11-19T19:03:00Z"]):
        (desk / f"{number}.json").write_text(json.dumps([canvas_submission(101, time, 9001)]))
    collect(CANVAS, *(f"--times={number}.json" for number in range(3)))
    assert time_of("ann") == datetime(2026, 11, 21, 19, 3)


def test_who_was_graded_before_a_newer_hand_in_without_a_time_is_named(collect, desk):
    collect({"ann_handin.tar": linear("old")}, name="mails")
    (desk / "autograded" / "ann" / ASSIGNMENT).mkdir(parents=True)
    printed = collect({"ann_handin.tar": linear("new")}, "--replace", name="mails")
    assert "ann was graded before" in printed and submitted()["ann"] == {"01_linear.ipynb": "new"}


def test_a_name_that_can_be_no_folders_is_nobodys_id(collect):
    collect({"-rf_handin.tar": linear()}, roster=False, name="mails")
    ((_, reason),) = problems().values()
    assert "cannot be a student's id" in reason and submitted() == {}


def test_a_zone_that_is_none_is_said_before_anything_is_collected(collect, desk):
    with (desk / "nbgrader_config.py").open("a") as config:
        config.write("\nc.LatePolicy.time_zone = 'Dubai'\n")
    write(desk / "mails", {"ann_handin.tar": linear()})
    assert "'Dubai'" in collect.command("mails", fails=True) and submitted() == {}


def test_what_others_have_handed_in_is_not_collected_from_one_persons_archive(collect):
    others = {"bob_handin.tar": linear(), "cem_handin.tar": linear()}
    collect({"ann_all.tar": tar(others)}, roster=False, name="mails")
    assert "hand-ins under other names" in problems()["ann_all.tar"][1] and submitted() == {}


def test_of_two_exports_without_times_the_second_is_listed(collect, desk):
    for name in ("one", "two"):
        write(desk / name, {"ann_handin.tar": linear(name)})
    collect.command("one", "two")
    assert submitted()["ann"] == {"01_linear.ipynb": "one"}
    assert "Nothing tells whether it is newer" in problems()["ann_handin.tar"][1]


NO_FILE = "(no file)"
SAYING_SO = {
    "times.json": json.dumps([canvas_submission(104, "2026-11-20T19:03:00Z", 9009)]),
    "link.json": json.dumps([canvas_submission(104, None, submission_type="online_url")]),
    "times.csv": "id,Submitted At\nsam1,Freitag 20. November 2026 23:03\nsam2,-\n",
    "worksheet.csv": "Email address,Status,Last modified (submission)\n"
    "sam1@uni.edu,Submitted for grading - 2 days late,-\nsam2@uni.edu,No submission - 2 days late,-\n",
    "two of that name.csv": "Student,Submitted At\nSam Smith,2026-11-20\n",
}


@pytest.mark.parametrize("name", SAYING_SO)
def test_who_handed_in_by_a_list_only_is_listed_until_it_comes(collect, desk, name):
    (desk / name).write_text(SAYING_SO[name], encoding="utf-8")
    both = name == "two of that name.csv"
    assert f"{NO_FILE} (sam1): The list of times or" in collect(CANVAS, "--times", name)
    with (DESK / "not-collected.csv").open(newline="", encoding="utf-8-sig") as file:
        told = [(row["file"], row["student_id"], row["hand_in"]) for row in csv.DictReader(file)]
    assert told == [(NO_FILE, student, "yes") for student in ["sam1", "sam2"][: 1 + both]]
    collect(CANVAS, "--times", name)
    collect({f"sam{number}_handin.tar": linear() for number in (1, 2)}, name="mails")
    assert problems() == {}
    collect(CANVAS, "--times", name)
    assert problems() == {}


ZOE = {"user": {"sortable_name": "Zweig, Zoe"}}
OF_NOBODY = {
    "times.json": json.dumps([canvas_submission(999, f"2026-11-2{day}T19:03:00Z", **ZOE) for day in (0, 1)]),
    "times.csv": 'Student,ID,Submitted At\n"Zweig, Zoe",999,2026-11-20\n',
}


@pytest.mark.parametrize("name", OF_NOBODY)
def test_who_handed_in_by_a_list_only_and_is_nobody_of_the_roster_is_listed(collect, desk, name):
    (desk / name).write_text(OF_NOBODY[name])
    printed = collect(CANVAS, "--times", name)
    assert "(no file) Zweig, Zoe 999: Nobody with the name Zweig, Zoe and the id 999 is in the" in printed
    assert list(problems()) == ["(no file) Zweig, Zoe 999"]
    collect(CANVAS | {"zweigzoe_999_9009_handin.tar": linear()}, "--times", name)
    assert list(problems()) == ["zweigzoe_999_9009_handin.tar"], "once"


def test_of_whom_a_list_tells_nobody_it_is_said_who_has_nearly_that_name(collect, desk):
    """Sam may be meant, who has handed in nothing else, and gets no 0."""
    (desk / "times.csv").write_text("Student,Submitted At\nSam Smiht,2026-11-20\nAnn Leh,2026-11-20\n")
    collect(CANVAS, "--times", "times.csv")
    with (DESK / "not-collected.csv").open(newline="", encoding="utf-8-sig") as file:
        told = {row["file"]: (row["may_be"], row["hand_in"]) for row in csv.DictReader(file)}
    assert told == {"(no file) Sam Smiht": ("sam1, sam2", "yes"), "(no file) Ann Leh": ("ann", "yes")}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[1, 2]", "holds no hand-ins as an API gives them"),
        ('{"errors": [{"message": "user not authorised"}]}', "holds no hand-ins as an API gives them"),
        ('[{"user_id": 1', "is not JSON"),
        ("id,name\nann,Ann\n", "has no column of times (submitted_at, …); its columns are: id, name."),
        ("", "is empty"),
    ],
)
def test_times_that_are_none(collect, desk, content, says):
    write(desk / "export.zip", CANVAS)
    (desk / "times").write_text(content)
    assert says in collect.command("export.zip", "--times", "times", fails=True)


@pytest.mark.parametrize("name", ["export.zip", "export"])
def test_moodle(collect, name):
    collect(MOODLE, name=name)
    assert {student: files["01_linear.ipynb"] for student, files in submitted().items()} == {
        "ann": "ann's",
        "bob": "bob's",
        "cleo": "cleo's",
    }
    assert problems() == {}


def test_moodles_worksheet_is_a_roster_and_knows_the_times(collect, desk):
    (desk / "roster.csv").write_text(
        "Identifier,Full name,Email address,Status,Grade,Last modified (submission)\n"
        'Participant 7001,Ann Lee,ann@uni.edu,Submitted,,"Friday, 20 November 2026, 11:03 PM"\n'
        "Participant 7002,Robert O'Brien,bob@uni.edu,Submitted,,-\n",
        encoding="utf-8-sig",
    )
    collect(MOODLE, "--timezone", "Asia/Dubai")
    assert time_of("ann@uni.edu") == datetime(2026, 11, 20, 19, 3)
    assert list(submitted()) == ["ann@uni.edu", "bob@uni.edu"]
    (desk / "roster.csv").write_text(
        "Identifier,Email address,Status,Last modified (submission)\n"
        'Participant 7008,fay@uni.edu,Submitted for grading,"Friday, 20 November 2026, 11:03 PM"\n'
        "Participant 7009,gus@uni.edu,No submission,-\n"
    )
    assert f"{NO_FILE} (fay@uni.edu): The list" in collect(MOODLE) and "gus" not in str(problems())


@pytest.mark.parametrize("email", ["ann@uni.edu", " Ann@Uni.EDU "])
def test_a_rosters_row_with_the_e_mail_of_a_student_of_the_gradebook_is_that_student(collect, desk, email):
    with Gradebook(f"sqlite:///{desk / 'gradebook.db'}") as gradebook:
        gradebook.add_student("m1001", first_name="Ann", last_name="Lee", email="Ann@uni.edu")
        gradebook.add_student("bob", first_name="Bob", last_name="O'Brien-Díaz")
    (desk / "roster.csv").write_text(
        "Identifier,Full name,Email address,Status,Grade,Last modified (submission)\n"
        f"Participant 7001,Ann Lee,{email},Submitted,,-\n"
        "Participant 7002,Bob O'Brien-Díaz,bob@uni.edu,Submitted,,-\n"
    )
    collect(MOODLE)
    assert list(submitted()) == ["bob", "m1001"]


def test_a_rosters_row_that_two_of_the_gradebook_claim_is_left_out_with_both_names(collect, desk):
    with Gradebook(f"sqlite:///{desk / 'gradebook.db'}") as gradebook:
        gradebook.add_student("m1001", first_name="Ann", last_name="Lee", email="ann@uni.edu")
        gradebook.add_student("ann@uni.edu")
        gradebook.add_student("bob", email="cleo@uni.edu", first_name="Bob")
        gradebook.add_student("cleo")
        gradebook.add_student("sam1")
        gradebook.add_student("sam")
    (desk / "roster.csv").write_text(
        "id,name,email\n,Ann Lee,ann@uni.edu\ncleo,,cleo@uni.edu\nsam1,Sam Smith,sam@uni.edu\n"
    )
    said = collect(MOODLE)
    assert "Line 2: 2 students of the gradebook have the e-mail ann@uni.edu: ann@uni.edu (no" in said
    assert "(no name) and m1001 (Ann Lee)." in said and submitted() == {}
    assert "have the id cleo or the e-mail cleo@uni.edu: bob (Bob) and cleo (no name)." in said
    assert "sam1" not in said


WITHOUT_E_MAILS = (
    "Identifier,Full name,Status,Grade,Last modified (submission)\n"
    'Participant 7001,Ann Lee,Submitted,,"Friday, 20 November 2026, 11:03 PM"\n'
    "Participant 7002,Bob O'Brien-Díaz,Submitted,,-\n"
    "Participant 7004,Sam Smith,Submitted,,-\n"
    "Participant 7005,Dan Stranger,Submitted,,-\n"
)


def test_moodles_worksheet_without_e_mails_is_read_by_the_gradebooks_names(collect, desk):
    fill_gradebook(desk)
    (desk / "roster.csv").write_text(WITHOUT_E_MAILS, encoding="utf-8-sig")
    handins = {
        f"{who}_assignsubmission_file/handin.tar": linear() for who in ("Sam Smith_7004", "Dan Stranger_7005")
    }
    handins["Participant_7002_assignsubmission_file/handin.tar"] = linear("bob's")
    collect(
        {"Ann Lee_7001_assignsubmission_file_/handin.tar": linear()} | handins, "--timezone", "Asia/Dubai"
    )
    assert list(submitted()) == ["ann", "bob"] and time_of("ann") == datetime(2026, 11, 20, 19, 3)
    reasons = sorted(reason for _, reason in problems().values())
    assert (
        "Nobody with the name Dan Stranger" in reasons[0]
        and "There are 2 students" in reasons[1]
        and len(reasons) == 2
    )


def test_moodles_worksheet_without_e_mails_and_no_names_to_go_by(collect, desk):
    write(desk / "export.zip", MOODLE)
    (desk / "roster.csv").write_text(WITHOUT_E_MAILS, encoding="utf-8-sig")
    assert "let Moodle show e-mails" in collect.command("export.zip", "--roster", "roster.csv", fails=True)
    assert submitted() == {}


SHEETS = {
    "de": "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung\nTeilnehmer/in1234567,Ann "
    "Lee,a@uni.edu,,,\n",
    "short": "ID,Vollständiger Name\nTeilnehmer/in1234567,Ann Lee\n",
    "ru": "Идентификатор,Полное имя,Почта,Статус,Оценка,Макс.\nУчастник1234567,Ann Lee,a@uni.edu,,,\n",
}


@pytest.mark.parametrize("language", SHEETS)
def test_moodles_worksheet_in_another_language(collect, desk, language):
    write(desk / "export.zip", MOODLE)
    (desk / "roster.csv").write_text(SHEETS[language], encoding="utf-8-sig")
    said = collect.command("export.zip", "--roster", "roster.csv", fails=True)
    assert "set Moodle's language to English and download it again." in said and submitted() == {}


def test_brightspace(collect):
    printed = collect(BRIGHTSPACE, "--timezone", "Asia/Dubai")
    assert submitted()["ann"]["01_linear.ipynb"] == "ann's"
    assert time_of("ann") == datetime(2026, 11, 20, 19, 3)
    assert time_of("cleo") == datetime(2026, 11, 20, 5, 5)
    assert (
        "the zone Asia/Dubai" in printed
        and "for a newer hand-in of the same student in the export: 1" in printed
    )
    (reason,) = problems().values()
    assert reason[1].startswith("Nobody with the name obrien7 Bob O'Brien-Díaz")


def test_brightspace_with_user_names(collect, desk):
    text = "OrgDefinedId,Username,Last Name,First Name,Email\n#12,#obrien7,O'Brien,Bob,b@uni.edu\n"
    (desk / "roster.csv").write_text(text)
    collect(BRIGHTSPACE, "--timezone", "UTC")
    assert list(submitted()) == ["obrien7"]
    assert time_of("obrien7") == datetime(2026, 11, 20, 0, 3)


def test_blackboard(collect):
    printed = collect(BLACKBOARD, "--timezone", "Asia/Dubai", roster=False)
    assert submitted() == {
        "ann": {"01_linear.ipynb": "ann's", "timestamp.txt": "2026-11-20 19:03:00.000000 UTC"},
        "bob_x": {
            "01_linear.ipynb": "bob's",
            "05_sgd.ipynb": "bob's sgd",
            "timestamp.txt": "2026-11-20 19:04:00.000000 UTC",
        },
    }
    assert "for a newer hand-in of the same student in the export: 1" in printed
    ((file, (student, reason)),) = problems().items()  # what was typed in
    assert file == "Homework_1_cleo_x_attempt_2026-11-20-23-05-00.txt" and student == "cleo_x"
    assert reason.startswith("None of hw1's notebooks is in it")


@pytest.mark.parametrize(("user", "student"), [("a_lee", "a_lee"), ("ann", "lee")])
def test_blackboards_receipt_tells_the_user_name_if_the_name_of_the_file_has_it(collect, user, student):
    attempt = "hw_1_a_lee_attempt_2026-11-20-23-03-00"
    collect({f"{attempt}.txt": receipt("Ann", user), f"{attempt}_handin.tar": linear()}, roster=False)
    assert list(submitted()) == [student]


@pytest.mark.parametrize("tells", [False, True])
def test_what_a_student_calls_a_file_on_blackboard_is_nobody_elses(collect, tells):
    """Whether receipts are there or not."""
    forged = "x_ann_attempt_2027-01-01-00-00-00_01_linear.ipynb"
    export = {
        "hw1_ann_attempt_2026-11-20-23-03-00_01_linear.ipynb": notebook("ann's"),
        f"hw1_zed_attempt_2026-11-20-23-03-00_{forged}": notebook("zed's"),
    }
    if tells:
        export |= {
            "hw1_ann_attempt_2026-11-20-23-03-00.txt": receipt("Ann Lee", "ann"),
            "hw1_zed_attempt_2026-11-20-23-03-00.txt": receipt("Zed", "zed"),
        }
    collect(export, roster=False)
    found = {student: files["01_linear.ipynb"] for student, files in submitted().items()}
    assert found == {"ann": "ann's", "zed": "zed's"} and problems() == {}


@pytest.mark.parametrize(
    ("before", "students"),
    [
        (["hw_1_a_lee", "hw_1_b_lee"], ["a_lee", "b_lee"]),
        (["hw_1_ann@uni.edu", "hw_1_bob@uni.edu"], ["ann@uni.edu", "bob@uni.edu"]),
        (["ps1_bitdiddle"], ["bitdiddle"]),  # nbgrader's example of zip_collect
        (["hw_1_lee", "ps_1_lee"], ["hw_1_lee", "ps_1_lee"]),  # of two assignments: it cannot be told
    ],
)
def test_without_blackboards_receipts_two_students_are_never_one(collect, before, students):
    names = [f"{one}_attempt_2016-01-30-15-00-00_01_linear.ipynb" for one in before]
    collect({name: notebook(name) for name in names}, roster=False)
    assert list(submitted()) == students


def test_gradescope(collect):
    collect(GRADESCOPE)
    assert {student: files["01_linear.ipynb"] for student, files in submitted().items()} == {
        "ann": "ann's",
        "bob": "bob's and cleo's",
        "cleo": "bob's and cleo's",
    }
    assert time_of("ann") == datetime(2026, 11, 20, 19, 3, 0, 861687)
    assert time_of("bob") == datetime(2026, 11, 20, 19, 3)
    ((file, (_, reason)),) = problems().items()
    assert file.endswith("submission_503") and reason == "submission_metadata.yml does not say whose it is."


def test_gradescope_without_its_metadata(collect):
    collect({"submission_501/01_linear.ipynb": notebook(), **AUTOLAB})
    assert (
        problems()["submission_501"][1]
        == "submission_metadata.yml, which names the student, is not beside it."
    )


DEEP = b"[" * 200_000 + b"]" * 200_000
BAD_METADATA = [DEEP, b"- 1", b"submission_501: {", b"\xff"]


@pytest.mark.parametrize("content", BAD_METADATA, ids=["deep", "list", "cut", "bytes"])
def test_gradescopes_metadata_that_cannot_be_read(collect, content):
    collect({"submission_metadata.yml": content, "submission_501/handin.tar": linear(), **AUTOLAB})
    assert list(submitted()) == ["ann", "bob"]
    assert "cannot be read" in problems()["submission_metadata.yml"][1]
    assert "submission_501" in problems()


def test_autolab(collect):
    collect(AUTOLAB)
    assert submitted() == {"ann": {"01_linear.ipynb": "ann's"}, "bob": {"01_linear.ipynb": "bob's"}}


@pytest.mark.parametrize("number", ["", "1_", "12_"])
def test_a_number_with_which_a_notebook_begins_is_no_version(collect, number):
    collect(
        {f"ann@uni.edu_{number}01_linear.ipynb": notebook(), f"ann@uni.edu_{number}05_sgd.ipynb": notebook()}
    )
    assert submitted()["ann"].keys() == {"01_linear.ipynb", "05_sgd.ipynb"}


@pytest.mark.parametrize(
    ("number", "said"), [("", "The names of the files tell no times: "), ("2_", "Autolab exports no times: ")]
)
def test_autolab_is_named_where_a_version_tells_it(collect, number, said):
    assert said in collect({f"ann@uni.edu_{number}handin.tar": linear()}, name="mails")


def test_folders_of_students_who_are_not_known_ask_for_a_roster(collect):
    """A folder may as well be a student's own: nobody becomes a student by it."""
    folders = {f"{id}/01_linear.ipynb": notebook(id) for id in ("ann", "ben")}
    collect(folders, roster=False)
    assert submitted() == {} and all(said.endswith(" (--roster).") for _, said in problems().values())
    collect(folders)
    assert list(submitted()) == ["ann"] and "ben" in str(problems()) and "--roster" not in str(problems())


def test_an_archive_with_the_folder_of_one_student_is_an_export_where_it_is_all_that_is_given(collect, desk):
    collect({"ann/01_linear.ipynb": notebook("ann's")})
    assert submitted() == {"ann": {"01_linear.ipynb": "ann's"}}
    (desk / "more").mkdir()
    write(desk / "more" / "1.zip", {"bob/01_linear.ipynb": notebook()})  # a student may have named the folder
    write(desk / "more" / "2.zip", {"cleo/01_linear.ipynb": notebook()})
    collect.command("more", "--roster", "roster.csv")
    assert list(submitted()) == ["ann"]


def test_autolabs_folders(collect):
    collect(
        {"ann@uni.edu/2_handin.tar": linear("old"), "ann@uni.edu/10_handin.tar": linear("ann's")},
        name="handin",
    )
    assert submitted() == {"ann": {"01_linear.ipynb": "ann's"}}


def test_what_a_student_packs_is_what_is_collected(collect, desk):
    packed = handin.pack(desk / "source" / ASSIGNMENT).read_bytes()
    collect({"leeann_101_9001_handin.tar": packed})
    folder = desk / "submitted" / "ann" / ASSIGNMENT
    assert sorted(path.stem for path in folder.iterdir()) == sorted(NOTEBOOKS)
    for path in folder.iterdir():
        assert path.read_bytes() == (desk / "source" / ASSIGNMENT / path.name).read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "01_linear.ipynb",
        "hw1.zip",
        "submissions_2026_11_20.zip",
        "ann_handin.tar",
        "Doe_12_34_x.tar",
        "submissions.yml",
    ],
)
def test_names_that_are_no_systems(name):
    assert from_lms(name) is None


# --- who is it? ---------------------------------------------------------------------------------------------


def test_without_a_roster_the_systems_own_id_is_the_students(collect):
    collect(CANVAS | {"ann@uni.edu_2_handin.tar": linear("by e-mail")}, roster=False)
    assert list(submitted()) == ["101", "102", "103", "ann@uni.edu"]


def test_an_id_beside_two_names_is_nobodys(collect):
    collect({"leeann_101_1_handin.tar": linear(), "obrienbob_101_2_handin.tar": linear()}, roster=False)
    assert submitted() == {}
    assert all("stands beside leeann and obrienbob" in reason for _, reason in problems().values())
    assert len(problems()) == 2


def test_the_gradebooks_students_are_a_roster(collect, desk):
    with Gradebook(f"sqlite:///{desk / 'gradebook.db'}") as gradebook:
        gradebook.add_student("ann", first_name="Ann", last_name="Lee", email="ann@uni.edu")
    collect(MOODLE, roster=False)
    assert list(submitted()) == ["ann"]
    assert "Nobody with the name Bob O'Brien-Díaz and the id 7002 is in the gradebook." in str(problems())


LEES = "id,first_name,last_name\nkim,Kim,Lee\nlee,Lee,Kim\n"


@pytest.mark.parametrize(
    "name", ["3101-55 - {0} {1} - Nov 20, 2026 1103 PM/handin.tar", "{1}{0}_9_90_handin.tar"]
)
def test_two_whose_first_and_last_names_are_swapped_are_told_by_the_order_of_the_export(collect, desk, name):
    (desk / "roster.csv").write_text(LEES)
    names = ("kim", "lee") if name.startswith("{") else ("Kim", "Lee")
    collect({name.format(*names): linear("kim's"), name.format(*names[::-1]): linear("lee's")})
    assert {student: files["01_linear.ipynb"] for student, files in submitted().items()} == {
        "kim": "kim's",
        "lee": "lee's",
    }
    assert problems() == {}


def test_where_the_order_does_not_tell_it_is_listed_whose_it_may_be(collect, desk):
    (desk / "roster.csv").write_text(LEES)
    handins = {"Kim Lee_9_assignsubmission_file_/handin.tar": linear()}
    collect(handins | {"photo.jpg": b"", "kim_report.pdf": b""})
    assert submitted() == {}
    with (DESK / "not-collected.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = {Path(row["file"]).name[:6]: (row["may_be"], row["hand_in"]) for row in csv.DictReader(file)}
    assert rows == {"Kim Le": ("kim, lee", "yes"), "kim_re": ("kim", "no"), "photo.": ("", "no")}


def test_the_same_name_twice(collect):
    collect({"Sam Smith_9_assignsubmission_file_/handin.tar": linear()})
    assert submitted() == {}
    assert "There are 2 students with the name Sam Smith in the roster: sam1, sam2." in str(problems())


def test_the_id_tells_which_of_two_it_is(collect):
    collect({"smithsam_105_9_handin.tar": linear()})
    assert list(submitted()) == ["sam2"]


def test_id_and_name_of_different_students(collect):
    collect({"Ann Lee_102_assignsubmission_file_/handin.tar": linear()})
    assert submitted() == {}
    assert "the id is bob's, the name ann's" in str(problems())


@pytest.mark.parametrize(
    "name", ["Zoe Unknown_102_assignsubmission_file_", "102-5 - Zoe Unknown - Nov 9, 2026 115 AM"]
)
def test_a_number_that_is_anothers_by_chance(collect, name):
    collect({f"{name}/handin.tar": linear()})
    assert submitted() == {}
    assert "the id is that of bob in the roster, who has another name" in str(problems())


@pytest.mark.parametrize(
    "name", ["Participant_102_assignsubmission_file_", "Robert O'Brien_102_assignsubmission_file_"]
)
def test_a_number_without_a_name_or_with_a_similar_one(collect, name):
    collect({f"{name}/handin.tar": linear()})
    assert list(submitted()) == ["bob"]


def test_somebody_with_nearly_that_name_is_only_named(collect):
    collect({"Anne Lee_9_assignsubmission_file_/handin.tar": linear()})
    assert submitted() == {}
    assert "The nearest is Ann Lee (ann)." in str(problems())


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_with_marks_of_every_script(collect, desk, form):
    roster = "id,name,lms_user_id\njose,José García Márquez,1\nneha,Neha Sharma,2\nneha2,नेहा शर्मा,3\n"
    (desk / "roster.csv").write_text(roster, encoding="utf-8")
    names = ["garcíamárquezjosé_9_90_handin.tar", "शर्मानेहा_late_3_91_handin-1.tar"]
    names = [unicodedata.normalize(form, name) for name in names]
    collect(dict.fromkeys(names, linear()))
    assert list(submitted()) == ["jose", "neha2"] and problems() == {}
    assert [from_lms(name).file for name in names] == ["handin.tar", "handin-1.tar"] and from_lms(
        names[1]
    ).late


def test_names_that_differ_only_in_indic_vowels_are_two(collect, desk):
    (desk / "roster.csv").write_text("id,name\nrama,रमा\n", encoding="utf-8")
    collect({"राम_9_90_handin.tar": linear()})
    assert submitted() == {} and "Nobody with the name राम" in str(problems())


def test_ids_that_macos_took_apart(collect, desk):
    (desk / "roster.csv").write_text("id,name\njosé,X Y\n", encoding="utf-8")
    collect({unicodedata.normalize("NFD", "josé_handin.tar"): linear()}, name="export")
    assert list(submitted()) == ["josé"]


def test_canvas_anonymous_grading(collect):
    collect({"anon_AbCdE_9_handin.tar": linear(), "LATE_anon_XyZ_9_handin.tar": linear()}, roster=False)
    assert submitted() == {}
    assert len(problems()) == 2 and "anonymously" in str(problems())


ROSTERS = {
    "canvas": (
        "Student,ID,SIS User ID,SIS Login ID,Section,hw1 (1)\n    Points Possible,,,,,100\n"
        '"Lee, Ann",101,U1,ann,S1,\n"Smith, Sam",104,U2,sam1,S1,\n'
    ),
    "gradescope": "First Name,Last Name,SID,Email,Role\nAnn,Lee,101,ann,Student\nSam,Smith,x,sam1,Student\n",
    "autolab": (
        "Semester,Email,LastName,FirstName,Course\nf26,ann@uni.edu,Lee,Ann,x\nf26,sam@uni.edu,Smith,Sam,x\n"
    ),
    "brightspace": (
        "OrgDefinedId,Username,Last Name,First Name,End-of-Line Indicator\n"
        "#101,#ann,Lee,Ann,#\n#104,#sam,Smith,Sam,#\n"
    ),
    "blackboard": (
        '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"hw1 [Total Pts: 100 Score] |5"\n'
        '"Lee"\t"Ann"\t"ann"\t""\t""\n"Smith"\t"Sam"\t"sam"\t""\t""\n'
    ),
    "semicolons": "First name;Surname;ID number;Email address\nAnn;Lee;ann;ann@uni.edu\nSäm;Smith;sam;\n",
}


@pytest.mark.parametrize(
    ("system", "student"), list(zip(ROSTERS, ["ann", "101", "ann@uni.edu", "ann", "ann", "ann"], strict=True))
)
def test_rosters_of_the_systems(collect, desk, system, student):
    (desk / "roster.csv").write_text(ROSTERS[system], encoding="cp1252")
    collect({"leeann_101_9_handin.tar": linear()})
    assert list(submitted()) == [student]


def test_one_bad_line_of_a_roster_stops_nobody_else(collect, desk):
    lines = ["a/b,Ann,Other,x@uni.edu", "cleo,Cleo,van der Berg,c@uni.edu", "cleo,Carl,Berg,d@uni.edu"]
    lines += ["o'brien@uni.edu,Bob,O'Brien-Díaz,o'brien@uni.edu", "ann,Ann,Lee, Ann@Uni.edu "]
    (desk / "roster.csv").write_text("\n".join(["id,first_name,last_name,email", *lines]), encoding="utf-8")
    printed = collect({"ann@uni.edu_1_handin.tar": linear(), "O'Brien@uni.edu_1_handin.tar": linear()})
    assert list(submitted()) == ["ann", "o'brien@uni.edu"]
    assert "Line 2: a/b cannot be a student's id" in printed
    assert "Lines 3 and 4: Two students have the id cleo." in printed


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no column"),
        (b"colour,size\nred,1\n", "no column that tells students apart"),
        (b"id,name\n", "no student in"),
        (b"id,name\nann,Ann Lee\nann,Ann Other\n", "Two students"),
        (b"id,name\n../../ann,Ann Lee\n", "cannot be a student's id"),
        (b"id,name\nan\x7fn,Ann Lee\n", "cannot be a student's id"),
        ("id,name\na\u202enn,Ann Lee\n".encode(), "cannot be a student's id"),
        (b"PK\x03\x04xlsx", "save it as CSV"),
        (None, "cannot be read"),
    ],
)
def test_rosters_that_cannot_be_used(collect, desk, content, says):
    write(desk / "export.zip", CANVAS)
    (desk / "roster.csv").unlink()
    if content is not None:
        (desk / "roster.csv").write_bytes(content)
    assert says in collect.command("export.zip", "--roster", "roster.csv", fails=True)
    assert submitted() == {}


# --- what is it? --------------------------------------------------------------------------------------------

RENAMED = [
    "01_linear (1).ipynb",
    "01_linear(2).ipynb",
    "01_linear-2.ipynb",
    "01_linear 2.ipynb",
    "01_linear-Copy1.ipynb",
    "01_linear - Copy (2).ipynb",
    "01_linear - Kopie.ipynb",
    "01_linear - Cópia (2).ipynb",
    "01_linear copie.ipynb",
    "Copy of 01_linear.ipynb",
    "Copy_of_01_linear.ipynb",
    "Kopie von 01_linear.ipynb",
    "Cópia de 01_linear.ipynb",
    "Co\u0301pia de 01_linear.ipynb",
    "01-Linear.ipynb",
    "01_linear (1)-3.ipynb",
    "01_linear.ipynb.txt",
    "leeann_01_linear.ipynb",
    "01_linear.IPYNB",
    "01_linear-checkpoint.ipynb",
    "01_linear-DESKTOP-AB12CD3.ipynb",
    "01_linear (Ann's conflicted copy 2026-11-20).ipynb",
    "01_linear.sync-conflict-20261120-101112-ABCDEFG.ipynb",
]


@pytest.mark.parametrize("name", RENAMED)
def test_renamed_notebooks_are_recognised(collect, name):
    collect({"Ann Lee_1_assignsubmission_file_/" + name: notebook("ann's")})
    assert submitted() == {"ann": {"01_linear.ipynb": "ann's"}}


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (
            ["01_linear.ipynb", "01_linear (1).ipynb", "01_linear (10).ipynb", "01_linear (9).ipynb"],
            "01_linear (10).ipynb",
        ),
        (["01_linear.ipynb", "01_linear-1.ipynb"], "01_linear-1.ipynb"),
        (["01_linear.ipynb", "01_linear-Copy1.ipynb"], "01_linear.ipynb"),
        (["01_linear.ipynb", "01_linear-LAPTOP-AB12CD3.ipynb"], "01_linear.ipynb"),
        (["handin.tar/01_linear.ipynb", "handin (1).tar/01_linear.ipynb"], "handin (1).tar/01_linear.ipynb"),
    ],
)
def test_of_several_copies_the_highest_number_counts(collect, names, taken):
    files = {}
    for name in names:
        archive, _, inside = name.rpartition("/")
        files[archive or name] = tar({inside: notebook(name)}) if archive else notebook(name)
    printed = collect(
        {f"Ann Lee_1_assignsubmission_file_/{name}": content for name, content in files.items()}
    )
    assert submitted() == {"ann": {"01_linear.ipynb": taken}}
    assert "ann: 01_linear.ipynb came several times" in printed


@pytest.mark.parametrize(
    ("folders", "taken"), [(("final", "old"), "final"), (("old_2", "work"), "work"), (("a", "b"), "b")]
)
def test_of_copies_of_one_date_the_names_of_folders_tell_or_it_is_said(collect, folders, taken):
    files = {f"{folder}/01_linear.ipynb": notebook(folder) for folder in folders}
    printed = collect({"leeann_101_1_handin.tar": tar(files)})
    assert submitted()["ann"]["01_linear.ipynb"] == taken
    assert f"{taken}/01_linear.ipynb was taken, not" in printed
    assert ("Nothing tells which is the newest" in printed) == (taken == "b")


def test_many_copies_take_no_longer_than_to_read_them_once(collect, monkeypatch):
    """Copies of another size are others, and of thousands a few are named."""
    copies = {f"01_linear ({n}).ipynb": b"%d" % n for n in range(1000)}
    large = notebook("x" * 1_000_000)
    read, read_bytes = [], Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path.stat().st_size) or read_bytes(path))
    printed = collect({"leeann_101_9_hw1.zip": zipped(copies | {"01_linear (1000).ipynb": large})})
    assert "01_linear (1000).ipynb was taken, not" in printed and "and 995 more." in printed
    assert sum(read) < 20 * len(large)


def test_long_names_take_no_time(collect, monkeypatch):
    asked, recognise = [], Notebooks.recognise
    monkeypatch.setattr(
        Notebooks, "recognise", lambda *args, **more: asked.append(1) or recognise(*args, **more)
    )
    collect({f"{n}{'_a' * 110}.ipynb": b"{}" for n in range(50)})
    assert len(asked) < 50 * 50
    with patience():
        assert copy_number(" " * 100_000 + "a") == 0


def test_equal_copies_need_no_word(collect):
    twice = zipped({"01_linear.ipynb": b"{}", "x/01_linear.ipynb": b"{}"})
    printed = collect({"Ann Lee_1_assignsubmission_file_/a.zip": twice})
    assert "several" not in printed and problems() == {}


def test_canvas_a_later_upload_counts(collect):
    collect(
        {
            "leeann_101_99_01_linear.ipynb": notebook("first"),
            "leeann_101_100_01_linear-1.ipynb": notebook("second"),
        }
    )
    assert submitted() == {"ann": {"01_linear.ipynb": "second"}}


def test_other_files_stay_behind_and_other_notebooks_come_along(collect):
    files = {"01_linear.ipynb": notebook("a"), "linear_old_version.ipynb": notebook("b")}
    files |= {"torch.py": b"", "timestamp.txt": b"1999"}
    files |= {".ipynb_checkpoints/05_sgd.ipynb": notebook("c"), "__MACOSX/._01_linear.ipynb": b"junk"}
    printed = collect({"leeann_101_9_handin.tar": tar(files)})
    assert submitted() == {"ann": {"01_linear.ipynb": "a", "linear_old_version.ipynb": "b"}}
    assert "linear_old_version.ipynb is none of hw1's notebooks" in printed


def test_of_many_other_notebooks_a_few_are_named(collect):
    files = {"01_linear.ipynb": notebook("a")} | {f"mine{n}.ipynb": notebook("b") for n in range(40)}
    printed = collect({"leeann_101_9_handin.tar": tar(files)})
    assert len(submitted()["ann"]) == 41 and printed.count("is none of hw1's notebooks") == 5
    assert "35 more are none of hw1's notebooks; they were taken along." in printed


@pytest.mark.parametrize(
    "name", ["leeann_101_9_report.pdf", "leeann_101_text.html", "leeann_101_9_handin.tar"]
)
def test_no_notebook_in_it(collect, name):
    collect({name: tar({"notes.txt": b""}), **AUTOLAB})
    assert problems()[name][0] == "ann"
    assert "None of hw1's notebooks is in it" in problems()[name][1]


def given(name: str, text: str | None = None) -> bytes:
    """A notebook as students get it, or with other text in its first cell."""
    notebook = json.loads(Path("source", ASSIGNMENT, f"{name}.ipynb").read_bytes())
    if text is not None:
        notebook["cells"][0]["source"] = text
    return json.dumps(notebook).encode()


GRADED = [name for name in NOTEBOOKS if name != "00_start_here"]


def test_what_a_hand_in_lacks_is_said_while_there_is_time_to_ask(collect, desk, monkeypatch):
    monkeypatch.setattr("mytorch.accepted.MAX_BYTES", 1_000_000)
    whole = {f"{name}.ipynb": given(name) for name in GRADED}
    odd = {
        "01_linear.ipynb": given("05_sgd"),
        "02_activation.ipynb": b"",
        "03_mlp.ipynb": b"{not a notebook",
        "04_loss.ipynb": json.dumps(
            {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        ).encode(),
        "05_sgd.ipynb": given("05_sgd", "x" * 1_000_001),
    }
    files = {"leeann_101_1_handin.tar": tar(whole), "obriendiazbob_102_2_handin.tar": tar(odd)}
    files["vanderbergcleo_103_3_01_linear-1.ipynb"] = given("01_linear")
    printed = collect(files).partition("To ask for, while there is time:\n")[2]
    bobs = [
        "06_batchnorm.ipynb is missing.",
        "01_linear.ipynb has none of the cells of hw1's 01_linear by name. Is it another notebook, or was",
        "02_activation.ipynb is empty.",
        "03_mlp.ipynb could not be read as a notebook: ",
        "04_loss.ipynb is empty: it has no cell.",
        "05_sgd.ipynb is larger than 1 MB and was not opened.",
    ]
    assert all(f"  bob: {sentence}" in printed for sentence in bobs) and "ann:" not in printed
    missing = ", ".join(f"{name}.ipynb" for name in GRADED[1:])
    assert f"  cleo: {missing} are missing." in printed
    with (DESK / "collected.csv").open(newline="", encoding="utf-8-sig") as file:
        lacks = {row["student_id"]: row["lacks"] for row in csv.DictReader(file)}
    assert lacks["ann"] == "" and all(sentence in lacks["bob"] for sentence in bobs)
    assert collect(files).endswith(f"To ask for, while there is time:\n{printed}")  # until it is there


def test_a_pdf_is_not_a_notebook_and_not_nothing(collect):
    collect({"leeann_101_9_report.pdf": b"%PDF", "obriendiazbob_102_9_x.tar": tar({"a.py": b"", "b.c": b""})})
    reasons = [reason for _, reason in problems().values()]
    assert reasons == [
        "None of hw1's notebooks is in it; it holds report.pdf, which is not a notebook.",
        "None of hw1's notebooks is in it; it holds a.py, b.c, which are no notebooks.",
    ]


def test_of_hidden_files_it_is_not_said_that_there_are_none(collect):
    hidden = {".ipynb_checkpoints/01_linear-checkpoint.ipynb": notebook("old"), "._01_linear.ipynb": b"\0\5"}
    collect({"leeann_101_9_handin.tar": tar(hidden)})
    ((_, reason),) = problems().values()
    assert reason == "None of hw1's notebooks is in it; it holds no file, hidden ones aside."


# --- once, twice, later -------------------------------------------------------------------------------------


@pytest.mark.parametrize("export", [CANVAS, MOODLE, BRIGHTSPACE, BLACKBOARD, GRADESCOPE, AUTOLAB])
def test_the_same_again_changes_nothing_and_says_so(collect, export):
    first = collect(export)
    before = everything()
    second = collect(export)
    assert first.startswith("Collected:") and second.startswith(NOTHING_NEW)
    assert everything() == before


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
@pytest.mark.parametrize(
    "names",
    [
        {
            "old": "3-5 - Ann Lee - Nov 9, 2026 115 AM/handin.tar",
            "new": "3-5 - Ann Lee - Nov 10, 2026 1115 PM/handin.tar",
        },
        {"old": "leeann_101_99_handin.tar", "new": "leeann_101_100_handin-1.tar"},
        {"old": "ann@uni.edu_9_handin.tar", "new": "ann@uni.edu_10_handin.tar"},
    ],
)
@pytest.mark.parametrize("together", [False, True])
def test_the_newest_counts_in_whatever_order_they_come(collect, desk, order, names, together):
    for which in order:
        write(desk / f"{which}.zip", {names[which]: linear(which)})
    runs = [order] if together else [(which,) for which in order]
    for run in runs:
        collect.command(*(f"{which}.zip" for which in run), "--roster", "roster.csv")
    assert submitted()["ann"]["01_linear.ipynb"] == "new"
    kept = [path.read_text() for path in (DESK / "replaced").rglob("*.ipynb")]
    assert len(kept) == (order == ("old", "new") and not together) and all('"old"' in text for text in kept)
    if order == ("new", "old") and not together:
        assert "older" in str(problems())


def test_without_times_nothing_is_replaced_unasked(collect):
    collect(MOODLE)
    changed = {"Ann Lee_7001_assignsubmission_file_/handin.tar": linear("ann's later one")}
    collect(changed)
    assert submitted()["ann"]["01_linear.ipynb"] == "ann's"
    assert UNDECIDED in str(problems()) and not (DESK / "replaced").exists()
    collect(changed, "--replace")
    assert submitted()["ann"]["01_linear.ipynb"] == "ann's later one"
    (kept,) = (DESK / "replaced" / "ann").rglob("*.ipynb")
    assert first_cell(kept) == "ann's"


def test_what_came_by_another_way_is_not_overwritten_unasked(collect, desk):
    write(
        desk / "submitted" / "ann" / ASSIGNMENT,
        {"01_linear.ipynb": notebook("by the exchange"), "data.csv": b"1"},
    )
    collect(CANVAS)
    assert submitted()["ann"] == {"01_linear.ipynb": "by the exchange", "data.csv": "1"}
    assert "ann" in {student for student, _ in problems().values()}


def test_what_a_newer_hand_in_lacks_is_said(collect):
    collect(
        {"ann@uni.edu_1_handin.tar": tar({"01_linear.ipynb": notebook("1"), "05_sgd.ipynb": notebook("1")})}
    )
    printed = collect({"ann@uni.edu_2_handin.tar": linear("2")})
    assert submitted() == {"ann": {"01_linear.ipynb": "2"}}
    assert "ann: The newer hand-in is without 05_sgd.ipynb" in printed


@pytest.mark.parametrize("zone", ["Asia/Dubai", "UTC+4", "+04:00"])
def test_time_zones(collect, zone):
    collect({"3101-5 - Ann Lee - Nov 10, 2026 1215 AM/handin.tar": linear()}, f"--timezone={zone}")
    assert time_of("ann") == datetime(2026, 11, 9, 20, 15)


def test_a_time_is_added_to_what_is_there(collect):
    export = {"3101-5 - Ann Lee - Nov 10, 2026 1215 AM/handin.tar": linear()}
    collect(export, "--timezone=UTC", name="one.zip")
    Path("submitted", "ann", ASSIGNMENT, "timestamp.txt").unlink()
    printed = collect(export, "--timezone=UTC", name="one.zip")
    assert "1 there already, now with a time: ann" in printed and time_of("ann") == datetime(
        2026, 11, 10, 0, 15
    )


NIGHT = {"3101-5 - Ann Lee - Nov 10, 2026 1215 AM/handin.tar": linear("first")}


def test_a_wrong_time_zone_is_corrected_by_collecting_again(collect):
    collect(NIGHT, "--timezone=UTC")
    assert time_of("ann") == datetime(2026, 11, 10, 0, 15)
    printed = collect(NIGHT, "--timezone=Asia/Dubai")
    assert "1 there already, with another time now, as times are read with another zone: ann" in printed
    assert time_of("ann") == datetime(2026, 11, 9, 20, 15)
    before = everything()
    assert collect(NIGHT, "--timezone=Asia/Dubai").startswith(NOTHING_NEW) and everything() == before


def test_who_was_graded_with_the_wrong_time_is_said(collect, desk):
    collect(NIGHT, "--timezone=UTC")
    (desk / "autograded" / "ann" / ASSIGNMENT).mkdir(parents=True)
    printed = collect(NIGHT, "--timezone=Asia/Dubai")
    assert f"grader autograde {ASSIGNMENT} --student=ann --force" in printed


def test_a_hand_in_of_a_few_hours_later_is_newer_though_the_zone_was_wrong(collect):
    collect(NIGHT, "--timezone=UTC")
    older = {"3101-5 - Ann Lee - Nov 9, 2026 1115 PM/handin.tar": linear("zeroth")}
    newer = {"3101-5 - Ann Lee - Nov 10, 2026 1245 AM/handin.tar": linear("second")}
    collect(older, "--timezone=America/New_York")
    assert submitted()["ann"]["01_linear.ipynb"] == "first" and time_of("ann") == datetime(
        2026, 11, 10, 0, 15
    )
    collect(newer, "--timezone=Asia/Dubai")
    assert submitted()["ann"]["01_linear.ipynb"] == "second" and time_of("ann") == datetime(
        2026, 11, 9, 20, 45
    )


@pytest.mark.parametrize("zone", ["Asia/Dubai", "America/New_York"])
def test_another_zone_does_not_make_other_work_of_the_same_minute_newer_or_older(collect, zone):
    collect(NIGHT, "--timezone=UTC")
    collect(dict.fromkeys(NIGHT, linear("other")), f"--timezone={zone}")
    assert submitted()["ann"]["01_linear.ipynb"] == "first" and UNDECIDED in str(problems())


def test_the_same_work_handed_in_again_keeps_its_time(collect):
    collect(NIGHT, "--timezone=UTC")
    collect({"3101-5 - Ann Lee - Nov 12, 2026 100 AM/handin.tar": linear("first")}, "--timezone=UTC")
    assert time_of("ann") == datetime(2026, 11, 10, 0, 15)


def test_a_time_written_by_hand_stays(collect):
    collect(NIGHT, "--timezone=UTC")
    Path("submitted", "ann", ASSIGNMENT, "timestamp.txt").write_text("2026-11-08 12:00:00 UTC")
    collect(NIGHT, "--timezone=Asia/Dubai")
    assert time_of("ann") == datetime(2026, 11, 8, 12)


def test_a_time_that_is_a_pipe_holds_nobody_up(collect):
    collect(MOODLE)
    os.mkfifo(Path("submitted", "ann", ASSIGNMENT, "timestamp.txt"))
    collect({"Ann Lee_7001_assignsubmission_file_/handin.tar": linear("ann's later one")})
    assert UNDECIDED in str(problems())


@pytest.mark.parametrize(("lines", "hour"), [("", 4), ("c.LmsCollector.timezone = 'UTC+2'\n", 6)])
def test_the_late_policys_zone_is_that_of_collecting_unless_it_has_its_own(collect, desk, lines, hour):
    config = desk / "nbgrader_config.py"
    lines = f"c.LmsCollector.timezone = ''\nc.LatePolicy.time_zone = 'UTC+4'\n{lines}"
    config.write_text(config.read_text(encoding="utf-8") + lines, encoding="utf-8")
    collect({"3101-5 - Ann Lee - Nov 10, 2026 815 AM/handin.tar": linear()})
    assert time_of("ann") == datetime(2026, 11, 10, hour, 15)


def test_what_stays_open_from_other_sources_stays_listed(collect, desk):
    collect({"nobody_handin.tar": linear(), "Ann Lee_handin.tar": b"", "photo.jpg": b""}, name="mails")
    printed = collect(CANVAS | {"strangerdan_9_1_handin.tar": linear()}, name="canvas.zip")
    assert "Open from other downloads: 2, see downloaded/hw1/not-collected.csv." in printed
    stranger = "canvas.zip/strangerdan_9_1_handin.tar"
    assert list(problems()) == ["nobody_handin.tar", "photo.jpg", stranger]  # Ann has handed in since
    before = everything()
    assert collect.command("canvas.zip", "--roster", "roster.csv").startswith(NOTHING_NEW)
    assert everything() == before
    collect({"strangerdan_9_1_handin.tar": linear()}, name="canvas (1).zip")
    assert list(problems()) == ["nobody_handin.tar", "photo.jpg", f"canvas (1).zip/{Path(stranger).name}"]
    (desk / "mails" / "nobody_handin.tar").unlink()
    collect.command("mails", "--roster", "roster.csv")
    assert set(problems()) == {"Ann Lee_handin.tar", "photo.jpg", f"canvas (1).zip/{Path(stranger).name}"}
    (desk / "roster.csv").write_text(ROSTER + "dan,Dan,Stranger,,\n", encoding="utf-8")
    collect.command("canvas.zip", "--roster", "roster.csv")
    assert list(problems()) == ["Ann Lee_handin.tar", "photo.jpg"]


def test_a_dry_run_and_a_damaged_list_of_open_cases(collect):
    collect({"nobody_handin.tar": linear(), "ann_handin.tar": linear()}, name="mails")
    before = everything()
    assert "Open from other downloads: 1" in collect(CANVAS, "--dry-run") and everything() == before
    (DESK / "not-collected.csv").write_bytes(b"\xff\x00nonsense")
    collect({"bob_x.tar": linear(), "cleo_x.tar": linear()}, name="more")
    assert problems() == {}


def test_replaced_hand_ins_are_out_of_nbgraders_sight(collect):
    for version in range(1, 4):
        collect({f"ann@uni.edu_{version}_handin.tar": linear(str(version))})
    assert [path.parts[1] for path in Path("submitted").glob(f"*/{ASSIGNMENT}")] == ["ann"]
    assert len(list((DESK / "replaced").rglob("*.ipynb"))) == 2


def test_a_dry_run_writes_nothing(collect):
    printed = collect(CANVAS, "--dry-run")
    assert "This would happen:" in printed and "3 new" in printed
    assert everything() == {}


def test_lists_are_for_excel_and_those_without_its_mark_are_read(collect):
    collect({"leeann_101_99_handin.tar": linear("99"), "garcía_7_1_handin.tar": linear()})
    for name in ("collected.csv", "not-collected.csv"):
        content = (DESK / name).read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        (DESK / name).write_bytes(content.removeprefix(b"\xef\xbb\xbf"))
    collect({"leeann_101_100_handin.tar": linear("100")}, name="later.zip")
    assert submitted() == {"ann": {"01_linear.ipynb": "100"}} and "garcía" in str(problems())


def test_damaged_records_do_not_lead_to_overwriting(collect):
    collect({"leeann_101_99_handin.tar": linear("99")})
    (DESK / "collected.csv").write_bytes(b"\xff\x00nonsense")
    collect({"leeann_101_98_handin.tar": linear("98")})
    assert submitted() == {"ann": {"01_linear.ipynb": "99"}}


# --- hostile archives ---------------------------------------------------------------------------------------


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, size
    return info


def zip_link(name: str, target: str) -> bytes:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped({info: target.encode(), "01_linear.ipynb": notebook()})


def encrypted() -> bytes:
    content = bytearray(zipped({"01_linear.ipynb": notebook()}))
    content[6] |= 1  # the flag in the file's header, and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def not_utf8_zip() -> bytes:
    return zipped({"cafX.ipynb": b"", "01_linear.ipynb": notebook()}).replace(b"cafX", b"caf\xe9")


@pytest.mark.parametrize("code_page", ["cp850", "cp437", "cp1252"])
def test_a_folder_named_in_an_old_code_page_costs_nothing(collect, code_page):
    packed = zipped({"XXbungen/01_linear.ipynb": notebook("ann's"), "XXbungen/XX.pdf": b""})
    packed = packed.replace(b"XX", "Üß".encode(code_page))
    collect({"leeann_101_9_hw1.zip": packed})
    assert submitted() == {"ann": {"01_linear.ipynb": "ann's"}} and problems() == {}


def nested(depth: int) -> bytes:
    content = linear()
    for _ in range(depth):
        content = zipped({"inner.zip": content})
    return content


def said_of_all(fields: dict[str, str], of: bytes = tarfile.XGLTYPE) -> bytes:
    """A tar with these fields before its first member."""
    header = tarfile.TarInfo._create_pax_generic_header(fields, of, "utf-8")
    return header + tar({"01_linear.ipynb": notebook()})


GOOD = {"01_linear.ipynb": notebook("mallory's")}
HOSTILE = {
    "up.tar": (lambda: tar({"../../../01_linear.ipynb": b"evil"} | GOOD), "leads out of it"),
    "up.zip": (lambda: zipped({"../../../01_linear.ipynb": b"evil"} | GOOD), "leads out of it"),
    "backslash.zip": (lambda: zipped({"..\\..\\01_linear.ipynb": b"evil"} | GOOD), "leads out of it"),
    "absolute.tar": (lambda: tar({"/tmp/collected-evil.ipynb": b"evil"} | GOOD), "absolute path"),
    "drive.zip": (lambda: zipped({"C:\\evil.ipynb": b"evil"} | GOOD), "absolute path"),
    "symlink.tar": (
        lambda: tar(GOOD, entry("02_activation.ipynb", tarfile.SYMTYPE, "/etc/passwd")),
        "a link or a device",
    ),
    "hardlink.tar": (
        lambda: tar(GOOD, entry("05_sgd.ipynb", tarfile.LNKTYPE, "01_linear.ipynb")),
        "a link or a device",
    ),
    "device.tar": (lambda: tar(GOOD, entry("02_activation.ipynb", tarfile.CHRTYPE)), "a link or a device"),
    "fifo.tar": (lambda: tar(GOOD, entry("02_activation.ipynb", tarfile.FIFOTYPE)), "a link or a device"),
    "symlink.zip": (lambda: zip_link("02_activation.ipynb", "/etc/passwd"), "a link or a device"),
    "encrypted.zip": (encrypted, "is encrypted"),
    "case.tar": (lambda: tar(GOOD | {"01_Linear.ipynb": b"other"}), "upper and lower case"),
    "case.zip": (lambda: zipped(GOOD | {"01_LINEAR.ipynb": b"other"}), "upper and lower case"),
    "latin1.zip": (not_utf8_zip, "not UTF-8"),
    "latin1.tar": (lambda: tar(GOOD | {"caf\udce9.ipynb": b""}), "not UTF-8"),
    "control.tar": (lambda: tar(GOOD | {"a\x1b[2Jb.ipynb": b""}), "control characters"),
    "many.tar": (lambda: tar(GOOD | {f"{n}.txt": b"" for n in range(60)}), "holds more than 50 files"),
    "many.zip": (lambda: zipped(GOOD | {f"{n}.txt": b"" for n in range(60)}), "holds more than 50 files"),
    "big.zip": (lambda: zipped(GOOD | {"zeros": bytes(2_000_000)}), "unpacks to more than 1 MB"),
    "big.tar.gz": (lambda: tar({"zeros": bytes(2_000_000)} | GOOD, mode="w:gz"), "unpacks to more than 1 MB"),
    "big.tar.xz": (lambda: tar({"zeros": bytes(2_000_000)} | GOOD, mode="w:xz"), "unpacks to more than 1 MB"),
    "tail.tar.gz": (lambda: gzip.compress(tar(GOOD) + bytes(5_000_000)), "unpacks to more than 1 MB"),
    "together.zip": (
        lambda: zipped({f"{n}.zip": zipped({"z": bytes(400_000)}) for n in range(4)}),
        "more than 1 MB",
    ),
    "nested.zip": (lambda: nested(6), "archive in an archive"),
    "thousandfold.zip": (lambda: zipped({f"{n}.zip": nested(4) for n in range(9)}), "archive in an archive"),
    "cut.tar": (lambda: tar(GOOD)[:1400], "damaged or cut off"),
    "cut_in_a_file.tar": (lambda: tar(GOOD)[:600], "cannot be read"),
    "cut_at_a_block.tar": (lambda: tar(GOOD)[:1024], "damaged or cut off"),
    "cut.zip": (lambda: zipped(GOOD)[:-30], "cannot be read"),
    "empty.tar": (lambda: b"", "is empty"),
    "html.tar": (lambda: b"<!DOCTYPE html><title>Sign in</title>", "neither a tar nor a zip"),
    "x.rar": (lambda: b"Rar!\x1a\x07", "ask for a .tar or .zip"),
    "file_in_the_way.tar": (lambda: tar(GOOD | {"a": b"", "a/b": b""}), "cannot be read"),
    "deep.tar": (lambda: tar(GOOD | {"a/" * 40 + "b": b""}), "folders in one another"),
    "long_path.tar": (lambda: tar({"a" * 4030: b""} | GOOD), "more than 1,000 characters"),
    "long_path.zip": (lambda: zipped({"a/" * 1500 + "b": b""} | GOOD), "more than 1,000 characters"),
    "long_header.tar": (lambda: tar({"😀" + "a" * 70_000: b""} | GOOD), "than any file needs"),
    "long_gnu_header.tar": (
        lambda: tar({}, entry("././@LongLink", tarfile.GNUTYPE_LONGNAME, size=70_000)),
        "than any file needs",
    ),
    "many_headers.tar": (lambda: said_of_all({f"k{n}": "" for n in range(30)}), "than any file needs"),
    "sparse.tar": (lambda: tar(GOOD, entry("x", tarfile.GNUTYPE_SPARSE)), "with holes in it"),
    "sparse_1.tar": (
        lambda: said_of_all({"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}, of=tarfile.XHDTYPE),
        "with holes in it",
    ),
    "long_name.zip": (lambda: zipped(GOOD | {"x" * 300: b""}), "cannot be read"),
}


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr(archives, "for_a_handin", lambda: archives.Allowance(50, 1_000_000))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_and_the_rest_goes_on(collect, desk, small_limits, name):
    make, says = HOSTILE[name]
    places = (f"leeann_101_9_{name}", f"Cleo van der Berg_1_assignsubmission_file_/{name}", f"sam1_{name}")
    before = set(desk.rglob("*"))
    printed = collect({**dict.fromkeys(places, make()), "bob@uni.edu_1_handin.tar": linear("bob's")})
    assert submitted() == {"bob": {"01_linear.ipynb": "bob's"}}
    refused = [told for told in problems().values() if says in told[1]]
    assert [student for student, _ in refused] == ["cleo", "ann", "sam1"], problems()
    assert all("\n" not in reason and reason.endswith(".") for _, reason in refused)
    assert "\x1b" not in printed
    written = {path.relative_to(desk).parts[0] for path in desk.rglob("*") if path not in before}
    assert written == {"export.zip", "submitted", "downloaded"}
    assert not os.path.lexists("/tmp/collected-evil.ipynb")


def test_a_file_and_a_folder_of_one_name_are_refused_and_the_rest_goes_on(collect, desk):
    """Where files beside the notebooks go along."""
    write(desk / "source", {f"ps1/{name}.ipynb": notebook() for name in "pq"})
    (desk / "export").mkdir()
    whole = {"A/p.ipynb": notebook(), "A/x": b"", "B/q.ipynb": notebook()}
    write(desk / "export", {"ann_1.tar": tar(whole | {"B/x/y": b""}), "bob_1.tar": tar(whole)})
    assert main(["collect", "ps1", "export", "--roster", "roster.csv"]) == 0
    assert [path.name for path in Path("submitted").iterdir()] == ["bob"]
    assert "a file and a folder of one name, x:" in Path("downloaded/ps1/not-collected.csv").read_text()


@pytest.mark.parametrize(("number", "ends"), [(errno.ENAMETOOLONG, False), (errno.ENOSPC, True)])
def test_a_name_that_cannot_be_stored_costs_one_hand_in_and_a_full_disk_ends_it(
    collect, monkeypatch, number, ends
):
    numbers, copyfile = iter([number]), shutil.copyfile

    def fails_once(source, target):
        for number in numbers:  # as shutil says it
            raise OSError(number, os.strerror(number), str(source), None, str(target))
        return copyfile(source, target)

    monkeypatch.setattr(shutil, "copyfile", fails_once)
    write(Path("export.zip"), {"ann_1.tar": linear("ann's"), "bob_1.tar": linear("bob's")})
    said = collect.command("export.zip", "--roster", "roster.csv", fails=ends)
    where = Path("submitted", "ann", f".{ASSIGNMENT}.new").resolve()
    assert (f"No space is left for {where}:" if ends else os.strerror(number)) in said
    assert submitted() == ({} if ends else {"bob": {"01_linear.ipynb": "bob's"}})
    if not ends:
        collect.command("export.zip", "--roster", "roster.csv")
        assert submitted().keys() == {"ann", "bob"}


def test_no_half_of_a_hand_in_is_left_where_submitted_is_on_another_disk(collect, monkeypatch):
    """Which then is full: what is moved there from elsewhere is copied, file by file."""
    rename, copytree = os.rename, shutil.copytree

    def rename_on_a_disk(source, target, **more):
        if len({"submitted" in Path(path).parts for path in (source, target)}) > 1:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        rename(source, target, **more)

    def copytree_to_a_full_disk(source, target, **more):
        if "submitted" in Path(target).parts:
            Path(target).mkdir(parents=True)
            shutil.copy(Path(source, "01_linear.ipynb"), target)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return copytree(source, target, **more)

    monkeypatch.setattr(os, "rename", rename_on_a_disk)
    monkeypatch.setattr(shutil, "copytree", copytree_to_a_full_disk)
    names = ("01_linear.ipynb", "05_sgd.ipynb")
    collect({"ann@uni.edu_1_handin.tar": tar({name: notebook("ann's") for name in names})})
    collect({"ann@uni.edu_2_handin.tar": tar({name: notebook("newer") for name in names})})
    assert submitted() == {"ann": dict.fromkeys(names, "newer")}
    assert [path.name for path in Path("submitted/ann").iterdir()] == [ASSIGNMENT]


def test_an_export_only_loses_what_is_improper_in_it(collect):
    collect({"../../../evil.ipynb": b"evil", "/evil.ipynb": b"evil", **CANVAS})
    assert list(submitted()) == ["ann", "bob", "cleo"]
    assert len(problems()) == 1 and "It was left out." in str(problems())


def test_a_name_inside_a_hand_in_does_not_make_it_somebody_elses(collect):
    forged = {
        "Ann Lee_101_assignsubmission_file_/01_linear.ipynb": notebook(),
        "leeann_101_9_05_sgd.ipynb": notebook(),
    }
    collect(
        {"Bob O'Brien-Díaz_1_assignsubmission_file_/handin.zip": zipped(forged), "cleo_x.zip": zipped(forged)}
    )
    assert "ann" not in submitted()


BOBS = "Bob O'Brien-Díaz_7002_assignsubmission_file_01_linear.ipynb"


@pytest.mark.parametrize(
    "who",
    [
        "Ann Lee_7001_assignsubmission_file_",
        "Ann Lee_7001_assignsubmission_file_/",
        "leeann_101_9001_",
        "3101-55 - Ann Lee - Nov 20, 2026 1103 PM - ",
        "ann@uni.edu_1_",
    ],
)
@pytest.mark.parametrize(
    "chosen",
    [
        BOBS,
        "obriendiazbob_102_9002_01_linear.ipynb",
        "3102-55 - Bob O'Brien-Díaz - Nov 20, 2026 1103 PM - 01_linear.ipynb",
        "bob@uni.edu_9_01_linear.ipynb",
    ],
)
def test_a_file_that_a_student_names_as_a_classmates_stays_the_students(collect, who, chosen):
    """Whoever the system wrote first is who handed in, whatever words of a system follow."""
    collect({who + chosen: notebook("ann's"), BOBS: notebook("bob's")}, name="export")
    assert {student: files["01_linear.ipynb"] for student, files in submitted().items()} == {
        "ann": "ann's",
        "bob": "bob's",
    }


@pytest.mark.parametrize("first", ["bob", "bob@uni.edu"])
def test_a_first_name_that_is_a_classmates_id_does_not_make_one_that_classmate(collect, first):
    stranger = f"3109-55 - {first} Stranger - Nov 20, 2026 1103 PM - 01_linear.ipynb"
    collect({f"{first} Stranger_7_assignsubmission_file_01_linear.ipynb": notebook(), stranger: notebook()})
    assert submitted() == {} and len(problems()) == 2


def test_a_name_that_can_be_two_known_students_is_refused_with_both(collect, desk):
    (desk / "roster.csv").write_text("id,email\n3,\nann,ann@uni.edu\n")
    collect({"ann@uni.edu_3_assignsubmission_file_01_linear.ipynb": notebook()})
    ((_, reason),) = problems().values()
    assert submitted() == {} and reason.startswith("Its name can be read as 3's and as ann's")


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (("Ann Lee_7001_assignsubmission_file_", "Ann Lee_7009_assignsubmission_file_"), []),
        (("Ann Lee_101_assignsubmission_file_", "Ann Lee_7009_assignsubmission_file_"), ["ann"]),
        (("leeann_101_9001_", "leeann_109_9002_"), ["ann"]),
        (("leeann_108_9001_", "leeann_109_9002_"), []),
    ],
)
def test_two_of_one_name_are_not_one_student(collect, names, taken):
    collect({f"{name}01_linear.ipynb": notebook(name) for name in names})
    assert list(submitted()) == taken and len(problems()) == 2 - len(taken)
    assert all("2 people hand in as" in reason for _, reason in problems().values())


def test_an_export_named_as_one_students_hand_in_is_not_merged_into_one(collect):
    files = ("Kim Lee_1_", "Kim Lee_2_", "Jo_3_")
    files = {f"{who}assignsubmission_file_01_linear.ipynb": notebook(who) for who in files}
    collect(files, name="HW_12345_assignsubmission_file_.zip", roster=False)
    ((_, reason),) = problems().values()
    assert submitted() == {} and "holds files named as those of Jo 3 and Kim Lee 1 and others" in reason


def test_names_as_formulas_and_controls_reach_neither_list_nor_terminal(collect, desk):
    printed = collect({"=cmd()\x07_1_assignsubmission_file_/handin.tar": linear()}, name="export")
    (file,) = problems()
    assert file.startswith("'=") and "\x07" not in file + printed


def test_links_in_a_folder_are_not_followed(collect, desk):
    write(desk / "secret", {"01_linear.ipynb": notebook("secret")})
    write(desk / "export", {"Ann Lee_1_assignsubmission_file_/notes.txt": b""})
    link = desk / "export" / "Ann Lee_1_assignsubmission_file_" / "01_linear.ipynb"
    link.symlink_to(desk / "secret" / "01_linear.ipynb")
    collect.command("export", "--roster", "roster.csv")
    assert submitted() == {} and "is a link" in str(problems())


# --- nbgrader zip_collect, and what else people try ---------------------------------------------------------


@pytest.mark.nbgrader
def test_nbgraders_own_command_reads_through_the_same_plugins(desk):
    write(
        desk / DESK / "archive",
        BRIGHTSPACE | {"dan_handin.tar": linear("dan's"), "eve_x.tar": HOSTILE["up.tar"][0]()},
    )
    printed = nbgrader("zip_collect", ASSIGNMENT, "--LmsCollector.timezone=Asia/Dubai", root=desk)
    found = submitted()
    assert found["3101"]["01_linear.ipynb"] == "ann's" and found["dan"] == {"01_linear.ipynb": "dan's"}
    assert time_of("3101") == datetime(2026, 11, 20, 19, 3)
    assert "eve" not in found and "leads out of it" in printed


def test_plain_archives_by_the_students_id(collect, desk):
    files = {"ann_handin.tar": linear("a"), "bob_hw1 (1).tar": linear("b"), "bob_hw1.tar": linear("b0")}
    files |= {"cleo.zip": zipped(GOOD), "readme.txt": b"", "sam1/01_linear.ipynb": notebook("s")}
    write(desk / DESK / "archive", files)
    collect.command("--roster", "roster.csv")
    assert {student: files["01_linear.ipynb"] for student, files in submitted().items()} == {
        "ann": "a",
        "bob": "b",
        "cleo": "mallory's",
        "sam1": "s",
    }


MAILS = {
    "Ann Lee_handin.tar": linear("ann's"),
    "Bob O'Brien-Díaz_01_linear.ipynb": notebook("bob's"),
    "Cleo van der Berg/handin.tar": linear("cleo's"),
    "sam1_hw1.zip": zipped({"01_linear.ipynb": notebook("sam's")}),
    "sam2@uni.edu_hw1.tar": linear("the other sam's"),
    "nobody_handin.tar": linear(),
    "Anne Leigh_handin.tar": linear(),
    "stranger_01_linear.ipynb": notebook(),
    "Sam Smith_handin.tar": linear(),
}


@pytest.mark.parametrize("roster", [True, False])
def test_mails_are_told_by_id_e_mail_and_full_name_and_make_no_new_students(collect, desk, roster):
    if not roster:
        fill_gradebook(desk)
    collect(MAILS, roster=roster, name="mails")
    assert {student: files["01_linear.ipynb"] for student, files in submitted().items()} == {
        "ann": "ann's",
        "bob": "bob's",
        "cleo": "cleo's",
        "sam1": "sam's",
        "sam2": "the other sam's",
    }
    where = "the roster" if roster else "the gradebook"
    remedy = "" if roster else " A roster with the system's ids tells (--roster)."
    reasons = {file: reason for file, (_, reason) in problems().items()}
    assert reasons == {
        "nobody_handin.tar": f"Nobody with the id nobody is in {where}.",
        "Anne Leigh_handin.tar": f"Nobody with the id Anne Leigh is in {where}. The nearest is "
        f"Ann Lee (ann).",
        "stranger_01_linear.ipynb": f"Nobody with the id stranger is in {where}.",
        "Sam Smith_handin.tar": "There are 2 students with the name Sam Smith in "
        f"{where}: sam1, sam2.{remedy}",
    }


STRAYS = {
    "Mail.eml": b"From",
    "photo.jpg": b"",
    "sub/notes.pdf": b"",
    "sam2.docx": b"PK",
    "ann_report.pdf": b"",
}
SILENT = {
    "index.html": b"",
    ".DS_Store": b"",
    "__MACOSX/._photo.jpg": b"",
    "Grades-hw1-20.csv": b"",
    "grading_worksheet.xlsx": b"",
    "sub/Thumbs.db": b"",
}


@pytest.mark.parametrize("name", ["export.zip", "mails"])
def test_what_is_no_hand_in_is_listed_and_shortly_told(collect, desk, name):
    (desk / "mails" / "bob").mkdir(parents=True)
    (desk / "mails" / "Zoe").mkdir()
    printed = collect({"ann_handin.tar": linear(), "cleo_handin.tar": linear()} | STRAYS | SILENT, name=name)
    told = {file: reason for file, (_, reason) in problems().items()}
    empty = told.pop("Zoe", "") + told.pop("bob", "")
    assert told == dict.fromkeys(STRAYS, "It is no notebook or archive.")
    assert list(submitted()) == ["ann", "cleo"] and printed.count("It is no notebook or archive.") == 1
    assert "5 files, " in printed
    with (DESK / "not-collected.csv").open(newline="", encoding="utf-8-sig") as file:
        nobodys = {Path(row["file"]).name for row in csv.DictReader(file) if row["hand_in"] == "yes"}
    assert nobodys - {"bob"} == {"Mail.eml", "notes.pdf"}  # Bob's empty folder is his
    if name == "mails":
        assert "It holds no student's file." in empty and "it holds no file" in empty


def test_what_lies_beside_an_archive_is_listed_under_its_student(collect):
    files = {
        "leeann_101_1_handin.tar": tar({"01_linear.ipynb": notebook(), "torch.py": b""}),
        "leeann_101_2_r.pdf": b"",
    }
    files |= {"Bob O'Brien-Díaz_1_assignsubmission_file_/01_linear.ipynb": notebook()}
    files |= {"Bob O'Brien-Díaz_1_assignsubmission_file_/report.docx": b""}
    collect(files)
    assert list(submitted()) == ["ann", "bob"]
    assert problems() == {
        "leeann_101_2_r.pdf": ("ann", "It is no notebook or archive."),
        "Bob O'Brien-Díaz_1_assignsubmission_file_/report.docx": ("bob", "It is no notebook or archive."),
    }


def test_an_export_without_any_hand_in(collect):
    collect({"photo.jpg": b""}, name="mails")
    assert list(problems()) == ["photo.jpg"] and submitted() == {}


def fill_gradebook(desk: Path) -> None:
    with Gradebook(f"sqlite:///{desk / 'gradebook.db'}") as gradebook:
        for row in csv.DictReader(ROSTER.splitlines()):
            gradebook.add_student(row.pop("id"), **row)


def test_ids_with_underscores(collect, desk):
    (desk / "roster.csv").write_text("id\njane_doe\njane\n")
    collect({"jane_doe_handin.tar": linear("jane doe's"), "jane_handin.tar": linear("jane's")})
    assert submitted() == {
        "jane": {"01_linear.ipynb": "jane's"},
        "jane_doe": {"01_linear.ipynb": "jane doe's"},
    }


def test_files_without_a_name_are_listed(collect, desk):
    files = {"01_linear.ipynb": notebook(), "holiday.zip": zipped({"a.jpg": b""}), "hw1/handin.tar": linear()}
    write(desk / "export", files)
    collect.command("export")
    assert submitted() == {}
    assert sorted(problems()) == ["01_linear.ipynb", "holiday.zip", "hw1"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.zip"], "There is no nowhere.zip."),
        (["empty"], "There is no hand-in in empty."),
        ([], "There is no"),
        (["empty", "--timezone", "Middle/Earth"], "no time zone 'Middle/Earth'"),
    ],
)
def test_what_cannot_work_gets_a_sentence(collect, desk, arguments, says):
    (desk / "empty").mkdir()
    assert says in collect.command(*arguments, fails=True)


def test_an_assignment_that_is_not_there(desk, capsys):
    assert main(["collect", "hw9", "."]) == 1
    assert "There is no assignment hw9" in capsys.readouterr().err
