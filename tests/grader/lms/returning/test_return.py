"""``grader return``: who gets what, in the forms that an LMS takes back, and nothing of anybody's
overwritten.
"""

import csv
import io
import os
import shutil
import zipfile
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from nbgrader.preprocessors import OverwriteCells
from support.copies import copy_of
from support.feedback import POINTS, gradebook, put_graded
from support.handins import CASES, lean, write_all, write_solution
from support.own import ASSIGNMENT, NOTEBOOKS
from support.processes import nbgrader

from grader.__main__ import main
from grader.grading.resubmitted import is_what_was_graded
from grader.grading.stock import CommandFailed
from grader.grading.submissions import RepairCells, read
from grader.grading.unfinished import NOTES
from grader.lms.people.sheet import Sheet
from grader.lms.returning import command
from grader.lms.returning.delivery import RECORD, write
from grader.lms.returning.grades_csv import MARKED_LATE
from grader.lms.returning.held import Why
from grader.lms.systems.service import Service
from grader.lms.systems.system import Sender
from mytorch.course import ITEMS

FLAWED = POINTS | {"Linear": 0, "SGD": 0}
PEOPLE = {  # id: first name, last name, e-mail, the LMS's number
    "ann": ("Ann", "O'Neil", "ann@uni.example", "101"),
    "bob": ("Bob", "Díaz Lee", "bob@uni.example", "102"),
    "cat": ("Cat", "Stone", "cat@uni.example", "103"),
    "dan": ("Dan", "Wu", "dan@uni.example", "104"),
    "eve": ("Eve", "Moss", "eve@uni.example", "105"),
    "fay": ("Fay", "Lin", "fay@uni.example", "106"),
    "gus": ("Gus", "Berg", "gus@uni.example", "107"),
}
HELD = {
    "cat": "waits for points by hand in SGD",
    "dan": Why.OUTDATED.value,
    "eve": Why.NOT_GRADED.value,
    "fay": Why.NO_HAND_IN.value,
    "gus": "feedback is missing (03_mlp)",
}


@pytest.fixture(scope="module")
def graded_class(generated, tmp_path_factory) -> Path:
    """Two whose work can be returned (Bob's is late), and one for each reason why it cannot."""
    course = copy_of(generated, tmp_path_factory.mktemp("class") / "course")
    for student in ("ann", "cat", "dan", "gus"):
        put_graded(course, student, POINTS, timestamp=datetime(2023, 2, 20, 10, 0))
    put_graded(course, "bob", FLAWED, timestamp=datetime(2023, 2, 21, 9, 0))
    (course / "submitted" / "eve" / ASSIGNMENT).mkdir(parents=True)
    with gradebook(course) as book:
        book.find_assignment(ASSIGNMENT).duedate = datetime(2023, 2, 20, 19, 59)
        for student, (first, last, email, number) in PEOPLE.items():
            book.update_or_create_student(
                student, first_name=first, last_name=last, email=email, lms_user_id=number
            )
        book.db.commit()
    nbgrader("generate_feedback", ASSIGNMENT, root=course)
    (course / "feedback" / "gus" / ASSIGNMENT / "03_mlp.html").unlink()
    give_points(course, "dan", 7)
    with gradebook(course) as book:
        book.find_grade("SGD", "05_sgd", ASSIGNMENT, "cat").needs_manual_grade = True
        book.db.commit()
    return course


def give_points(course: Path, student: str, points: float):
    with gradebook(course) as book:
        book.find_grade("SGD", "05_sgd", ASSIGNMENT, student).manual_score = points
        book.db.commit()


@pytest.fixture
def course(graded_class, tmp_path, monkeypatch) -> Path:
    course = copy_of(graded_class, tmp_path / "course")
    monkeypatch.chdir(course)
    return course


def give_back(*arguments: str) -> int:
    return main(["return", ASSIGNMENT, *map(str, arguments)])


def returned(course: Path) -> dict[str, bytes]:
    folder = course / "returned" / ASSIGNMENT
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def names(archive: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(archive)).namelist()


# --- who gets what ------------------------------------------------------------------------------------------


def test_nobody_gets_more_points_than_a_cell_has_by_now(course, capsys):
    with gradebook(course) as book:
        book.find_grade_cell("Linear", "01_linear", ASSIGNMENT).max_score = 7
        book.db.commit()
    give_back()
    again = f"grader autograde {ASSIGNMENT} --student=ann --force"
    assert f"was graded when Linear gave more points (then: {again}): ann" in capsys.readouterr().out


def test_everybody_is_in_the_table_with_points_or_the_reason(course):
    assert give_back() == 0
    rows = {row["student"]: row for row in table(returned(course)["grades.csv"])}
    assert {student: row["status"] for student, row in rows.items()} == HELD | {
        "ann": "returned",
        "bob": "returned",
    }
    assert (
        rows["ann"]["final"] == "100" and rows["ann"]["late"] == "" and rows["ann"]["last_name"] == "O'Neil"
    )
    bob = rows["bob"]
    assert [bob[key] for key in ("points", "penalty", "final", "of", "late")] == [
        "75",
        "7.5",
        "67.5",
        "100",
        "13 hours 1 minute",
    ]
    assert (
        bob["handed_in"] == "21 February 2023, 13:00 (UTC+04:00)"
        and bob["due"] == "20 February 2023, 23:59 (UTC+04:00)"
    )
    assert {item.name: bob[item.name] for item in ITEMS} == {
        name: f"{points:g}" for name, points in FLAWED.items()
    }
    assert all(rows[student]["final"] == "" for student in HELD)


def test_who_is_left_out_is_listed_with_what_to_do(course, capsys):
    give_back()
    printed = capsys.readouterr().out
    assert "2 returned, 5 not." in printed and "1 late." in printed
    for student, reason in HELD.items():
        line = next(line for line in printed.splitlines() if line.strip().startswith(reason))
        assert line.endswith(f": {student}")
    assert "nbgrader generate_feedback hw1 --force" in printed and "grader autograde hw1" in printed


def test_a_students_zip_has_a_start_page_and_the_pages_only(course):
    (course / "feedback" / "ann" / ASSIGNMENT / "brought_along.html").write_text("<script>steal()</script>")
    give_back()
    files = returned(course)
    assert sorted(name for name in files if name.startswith("students/")) == [
        "students/ann.zip",
        "students/bob.zip",
    ]
    pages = zipfile.ZipFile(io.BytesIO(files["students/bob.zip"]))
    inside = [name.removeprefix("hw1-feedback/") for name in pages.namelist()]
    assert inside == sorted(
        [
            "index.html",
            "00_start_here.html",
            *(f"{item.notebook}.html" for item in ITEMS if item.name not in ("MLP1", "MLP4")),
        ]
    )
    start = pages.read("hw1-feedback/index.html").decode()
    assert 'href="index.html"' in pages.read("hw1-feedback/01_linear.html").decode()
    assert "<strong>67.5</strong> of 100 points" in start and "13 hours 1 minute after the due date" in start
    for item in ITEMS:
        assert f'href="{item.notebook}.html#item-{item.name}"' in start
    assert "brought_along" not in "".join(names(files["students/ann.zip"]))


def test_feedback_made_again_is_returned(course):
    for student in ("dan", "gus"):
        shutil.rmtree(course / "feedback" / student)
    nbgrader("generate_feedback", ASSIGNMENT, root=course)
    give_back()
    assert {"students/dan.zip", "students/gus.zip"} <= returned(course).keys()


@pytest.mark.parametrize("change", ["comment", "due date", "regraded"])
def test_feedback_that_no_longer_says_it_all_is_noticed(course, change):
    with gradebook(course) as book:
        if change == "comment":
            book.find_comment("SGD-code", "05_sgd", ASSIGNMENT, "bob").manual_comment = "Look again."
        if change == "due date":
            book.find_assignment(ASSIGNMENT).duedate = datetime(2023, 2, 19)
        book.db.commit()
    if change == "regraded":
        notebook = course / "autograded" / "bob" / ASSIGNMENT / "05_sgd.ipynb"
        notebook.write_text(notebook.read_text().replace("SGD: wrong.", "SGD: wrong elsewhere."))
    give_back()
    status = {row["student"]: row["status"] for row in table(returned(course)["grades.csv"])}
    assert status["bob"] == Why.OUTDATED.value


def test_a_newer_hand_in_is_graded_first(course):
    (course / "submitted" / "bob" / ASSIGNMENT / "timestamp.txt").write_text("2023-02-22 10:00:00 UTC")
    give_back()
    status = {row["student"]: row["status"] for row in table(returned(course)["grades.csv"])}
    assert status["bob"] == Why.NEWER.value


@pytest.mark.parametrize("odd", [os.mkfifo, lambda path: path.write_text("9" * 500)])
def test_a_time_that_cannot_be_read_is_none(course, odd):
    path = course / "submitted" / "bob" / ASSIGNMENT / "timestamp.txt"
    path.unlink(missing_ok=True)
    odd(path)
    assert give_back() == 0 and returned(course)


def hand_in(course: Path, student: str) -> Path:
    """What was graded lies in submitted/, as the student wrote it. Returns the notebook with SGD."""
    for name in NOTEBOOKS:
        write_solution(course, student, name, lean)
    return course / "submitted" / student / ASSIGNMENT / "05_sgd.ipynb"


def status_of(course: Path, student: str) -> str:
    give_back("--withdraw")
    return next(row["status"] for row in table(returned(course)["grades.csv"]) if row["student"] == student)


@pytest.mark.parametrize(
    ("until", "status"),
    [("2099-01-01 12:00", "no hand-in yet, extended until 1 January 2099"), ("2023-03-01", "no hand-in")],
)
def test_who_still_has_time_is_told_from_who_has_not_handed_in(course, until, status):
    (course / "extensions.csv").write_text(f"assignment,student,due\n{ASSIGNMENT},fay,{until}\n")
    assert status_of(course, "fay").startswith(status)


def test_whose_graded_notebooks_are_gone_is_held(course):
    for path in (course / "autograded" / "ann" / ASSIGNMENT).glob("*.ipynb"):
        path.unlink()
    assert status_of(course, "ann") == Why.NOTEBOOKS_GONE.value


def test_a_resubmission_without_a_time_is_graded_first(course, capsys):
    notebook = hand_in(course, "ann")
    assert status_of(course, "ann") == "returned"
    notebook.write_text(notebook.read_text().replace("self.lr", "self.learning_rate"))
    assert status_of(course, "ann") == Why.NEWER.value
    assert (
        f"{Why.NEWER.value} (then: grader autograde {ASSIGNMENT} --student=ann --force): ann"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize("missing", ["in the first", "in the second"])
def test_a_notebook_more_or_less_is_another_hand_in(course, missing):
    notebook = hand_in(course, "ann")
    if missing == "in the second":
        notebook.unlink()
    else:  # as autograding leaves it
        nbformat.write(nbformat.v4.new_notebook(), course / "autograded" / "ann" / ASSIGNMENT / notebook.name)
    assert status_of(course, "ann") == Why.NEWER.value


def test_copies_outputs_and_other_times_are_no_newer_hand_in(course):
    notebook = hand_in(course, "ann")
    nb = nbformat.read(notebook, as_version=4)
    nb.cells.insert(0, nbformat.v4.new_markdown_cell("My notes"))
    nb.cells[-1].outputs = [nbformat.v4.new_output("stream", text="seen")]
    nbformat.write(nb, notebook)
    assert status_of(course, "ann") == "returned"


@pytest.mark.parametrize("note", ["{...}", ""])
def test_what_was_graded_by_half_is_held(course, capsys, note):
    """cat is said to wait for points by hand, as nbgrader has it of those who have no points for an item."""
    if note:
        path = course / NOTES / ASSIGNMENT / "cat"
        path.parent.mkdir(parents=True)
        path.write_text(note)
    else:
        shutil.rmtree(course / "autograded" / "cat")
    assert status_of(course, "cat").startswith(
        Why.CUT_OFF.value if note else f"{Why.NOT_GRADED.value}: its folder in autograded"
    )
    assert "(then: grader autograde hw1): cat" in capsys.readouterr().out


def test_a_note_without_a_word_says_nothing(course):
    path = course / NOTES / ASSIGNMENT / "ann"
    path.parent.mkdir(parents=True)
    path.touch()
    assert status_of(course, "ann") == "returned"


def test_no_clumsy_hand_in_looks_newer_than_what_was_graded_of_it(course):
    """Each is brought into the form that autograding saves, and compared with what it was."""
    for student in set(write_all(course, CASES).values()):
        submitted, autograded = (course / step / student / ASSIGNMENT for step in ("submitted", "autograded"))
        autograded.mkdir(parents=True)
        for name in NOTEBOOKS:
            nb, _ = read(submitted / f"{name}.ipynb")
            where = {"student": student, "notebook": name, "assignment": ASSIGNMENT}
            where["db_url"] = f"sqlite:///{course / 'gradebook.db'}"
            for step in (RepairCells(), OverwriteCells()):
                nb, _ = step.preprocess(nb, {"nbgrader": where})
            nbformat.write(nb, autograded / f"{name}.ipynb")
        assert is_what_was_graded(submitted, {name: autograded / f"{name}.ipynb" for name in NOTEBOOKS}), (
            student
        )


# --- grades for an LMS --------------------------------------------------------------------------------------

CANVAS = (
    '\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,hw1 (4711),"Final, all"\r\n'
    '"    Points Possible",,,,,100.00,(read only)\r\n'
    '"O\'Neil, Ann",101,,ann,"A, ""the"" first",,\r\n'
    '"Díaz Lee, Bob",102,,bob,A,3.5,x\r\n'
    '"Lin, Fay",106,,fay,B,,\r\n'
    '"Student, Test",9,,test,B,,\r\n'
)
MOODLE = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed"\n'
    '"Participant 7001","Ann O\'Neil",ann@uni.example,"Submitted for grading",,100.00,Yes\n'
    '"Participant 7002","Bob Díaz_Lee",bob@uni.example,"Submitted for grading","",100.00,Yes\n'
)
BRIGHTSPACE = (
    "OrgDefinedId,Username,hw1 Points Grade <Numeric MaxPoints:100>,quiz Points Grade,End-of-Line "
    "Indicator\r\n"
    "#101,#ann,,5,#\r\n#102,#bob,,6,#\r\n"
)
BLACKBOARD = (
    '\ufeff"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"hw1 [Total Pts: 100 Score] |4711"\t'
    '"hw10 [Total Pts: 100 Score] |4712"\r\n'
    '"O\'Neil"\t"Ann"\t"ann"\t"101"\t""\t"1"\r\n"Díaz Lee"\t"Bob"\t"bob"\t""\t"3.50"\t""\r\n'
)


def sheet(course: Path, content: str, encoding: str = "utf-8") -> Path:
    path = course / "export.csv"
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_canvas_gets_its_gradebook_back_with_one_column_filled(course, encoding):
    path = sheet(course, CANVAS, encoding)
    assert give_back("--lms", "canvas", "--sheet", path) == 0
    filled = CANVAS.replace('first",,', 'first",100,').replace("A,3.5,x", "A,67.5,x")
    assert returned(course)["grades-canvas.csv"].decode(encoding) == filled
    assert path.read_bytes() == CANVAS.encode(encoding)


def test_moodle_gets_its_worksheet_back_and_files_by_participant(course):
    give_back("--lms", "moodle", "--sheet", sheet(course, MOODLE))
    files = returned(course)
    assert files["grades-moodle.csv"].decode() == MOODLE.replace('grading",,100', 'grading",100,100').replace(
        '"",100', '"67.5",100'
    )
    assert names(files["feedback-moodle.zip"]) == [
        "Ann O'Neil_7001_assignsubmission_file_hw1-feedback.zip",
        "Bob Díaz Lee_7002_assignsubmission_file_hw1-feedback.zip",
    ]
    inner = zipfile.ZipFile(io.BytesIO(files["feedback-moodle.zip"])).read(
        "Ann O'Neil_7001_assignsubmission_file_hw1-feedback.zip"
    )
    assert inner == files["students/ann.zip"]


def test_brightspace_fills_a_sheet_or_makes_one(course):
    give_back("--lms", "brightspace", "--sheet", sheet(course, BRIGHTSPACE))
    assert returned(course)["grades-brightspace.csv"].decode() == BRIGHTSPACE.replace(
        "#ann,", "#ann,100"
    ).replace("#bob,", "#bob,67.5")
    give_back("--lms", "brightspace")
    assert returned(course)["grades-brightspace.csv"].decode().splitlines() == [
        "Username,hw1 Points Grade,End-of-Line Indicator",
        "ann,100,#",
        "bob,67.5,#",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_blackboard_gets_its_grade_book_back(course, encoding):
    give_back("--lms", "blackboard", "--sheet", sheet(course, BLACKBOARD, encoding))
    filled = BLACKBOARD.replace('"ann"\t"101"\t""', '"ann"\t"101"\t"100"').replace("3.50", "67.5")
    files = returned(course)
    assert files["grades-blackboard.csv"].decode(encoding) == filled
    assert names(files["feedback-blackboard.zip"]) == ["ann.zip", "bob.zip"]


def test_autolab_and_gradescope(course, capsys):
    with gradebook(course) as book:
        book.update_or_create_student("bob", email=None)
        book.db.commit()
    give_back("--lms", "autolab")
    assert returned(course)["grades-autolab.csv"].decode().splitlines() == ["ann@uni.example,100"]
    assert "which needs e-mail addresses: bob." in capsys.readouterr().out
    give_back("--lms", "gradescope")
    row = table(returned(course)["grades-gradescope.csv"])[1]
    assert row["SID"] == "bob" and row["hw1"] == "67.5" and row["hw1 - Lateness (H:M:S)"] == "13:01:00"


def test_a_sheet_of_ones_own_is_filled_in_the_column_of_the_assignments_name(course):
    give_back("--sheet", sheet(course, f"student_id,{ASSIGNMENT}\nann,\nbob,\n"))
    assert b"\nann,100\n" in returned(course)["grades-plain.csv"]


def test_nobodys_zero_unless_it_is_asked_for(course):
    give_back("--lms", "canvas", "--sheet", sheet(course, CANVAS), "--zero")
    rows = {row["SIS Login ID"]: row["hw1 (4711)"] for row in table(returned(course)["grades-canvas.csv"])}
    assert rows == {"": "100.00", "ann": "100", "bob": "67.5", "fay": "0", "test": ""}


def collected(course: Path, name: str, header: str, *lines: str) -> None:
    """A list as ``grader collect`` writes it."""
    path = course / "downloaded" / ASSIGNMENT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")


REFUSED = ("not-collected.csv", "file,student_id,reason")


def test_who_handed_in_what_could_not_be_collected_gets_no_zero(course, capsys):
    with gradebook(course) as book:
        for student in ("hal", "ida"):
            book.update_or_create_student(student)
        book.db.commit()
    lines = (
        "z.zip/fay.rar,fay,It is of a kind that is not read here.",
        'g.tar,"ann, hal",It is empty: ask for it again.',
    )
    collected(course, *REFUSED, *lines)
    give_back("--lms", "brightspace", "--zero")
    printed = capsys.readouterr().out
    rows = {row["student"]: row for row in table(returned(course)["grades.csv"])}
    assert rows["fay"]["status"] == "handed in, not collected: It is of a kind that is not read here"
    assert rows["hal"]["status"] == "handed in, not collected: It is empty: ask for it again"
    assert rows["ida"]["status"] == Why.NO_HAND_IN.value and rows["ann"]["status"] == "returned"
    assert rows["fay"]["final"] == rows["hal"]["final"] == "" and rows["ida"]["final"] == "0"
    assert "No 0 for fay, hal: what could not be collected" in printed


OPEN_ENDS = ("not-collected.csv", "file,student_id,reason,source,may_be,hand_in")


@pytest.mark.parametrize(
    "option", [["--zero"], ["--zero-for", "fay"], ["--zero", "--zero-for", "fay", "ida"]]
)
def test_whose_hand_in_it_may_be_gets_no_zero_whatever_the_option(course, capsys, option):
    with gradebook(course) as book:
        book.update_or_create_student("ida")
        book.db.commit()
    collected(course, *OPEN_ENDS, 'Kim Lee/x.tar,,There are 2 students,z.zip,"fay, gus",yes')
    give_back("--lms", "brightspace", *option)
    rows = {row["student"]: row for row in table(returned(course)["grades.csv"])}
    assert rows["fay"]["final"] == "" and rows["fay"]["status"].startswith("handed in, not collected")
    assert rows["ida"]["final"] == ("" if option == ["--zero-for", "fay"] else "0")


def test_while_a_hand_in_is_nobodys_only_a_name_makes_a_zero(course, capsys):
    collected(course, *OPEN_ENDS, "x.tar,,Whose?,z.zip,,yes", "photo.jpg,,It is no notebook.,z.zip,,no")
    give_back("--lms", "brightspace", "--zero")
    assert "may be of fay. Settle that, or say who gets 0" in capsys.readouterr().out
    assert table(returned(course)["grades.csv"])[-2]["final"] == ""
    give_back("--lms", "brightspace", "--zero-for", "fay", "ann")
    assert "No 0 for ann: they have a hand-in" in capsys.readouterr().out
    assert table(returned(course)["grades.csv"])[-2]["final"] == "0"


def test_what_only_lies_beside_the_hand_ins_keeps_nobody_from_a_zero(course):
    collected(course, *OPEN_ENDS, "photo.jpg,,It is no notebook.,z.zip,,no")
    give_back("--lms", "brightspace", "--zero")
    assert table(returned(course)["grades.csv"])[-2]["final"] == "0"


@pytest.mark.parametrize(
    ("file", "points"),
    [
        ("Cy Young/report.pdf", ""),
        ("homework.pdf", ""),
        ("who/01_linear.pdf", ""),
        ("linear.py", ""),
        ("work.odt", ""),
        ("photo.jpg", "0"),
        ("ann_report.pdf", "0"),
    ],
)
def test_while_a_document_is_nobodys_nobody_gets_zero(course, capsys, file, points):
    path = course / "mails" / file
    path.parent.mkdir(parents=True)
    path.write_bytes(b"%PDF")
    assert main(["collect", ASSIGNMENT, "mails"]) == 0
    give_back("--lms", "brightspace", "--zero")
    rows = {row["student"]: row["final"] for row in table(returned(course)["grades.csv"])}
    assert rows["fay"] == points and rows["ann"]


def test_who_handed_in_by_a_list_of_times_only_gets_no_zero(course):
    with gradebook(course) as book:
        book.update_or_create_student("ida")
        book.db.commit()
    (course / "times.csv").write_text("id,Submitted At\nfay,2023-02-20 10:00\nida,-\n")
    (course / "mails").mkdir()
    (course / "mails" / "photo.jpg").write_bytes(b"")
    assert main(["collect", ASSIGNMENT, "mails", "--times", "times.csv"]) == 0
    give_back("--lms", "brightspace", "--zero")
    rows = {row["student"]: row for row in table(returned(course)["grades.csv"])}
    assert rows["fay"]["final"] == "" and rows["fay"]["status"].startswith("handed in, not collected")
    assert rows["ida"]["final"] == "0"


def test_the_table_agrees_with_the_sheet_on_zeros(course):
    give_back("--lms", "brightspace", "--zero")
    rows = {row["student"]: row for row in table(returned(course)["grades.csv"])}
    sheet = {
        row["Username"]: row["hw1 Points Grade"] for row in table(returned(course)["grades-brightspace.csv"])
    }
    assert sheet == {student: row["final"] for student, row in rows.items() if row["final"]}
    assert (rows["fay"]["status"], rows["fay"]["final"], rows["fay"]["SGD"]) == (
        Why.NO_HAND_IN.value,
        "0",
        "",
    )


def test_an_lms_late_mark_without_a_time_is_shown_and_costs_nothing(course, capsys):
    with gradebook(course) as book:
        book.find_submission(ASSIGNMENT, "ann").timestamp = None
        book.db.commit()
    nbgrader("generate_feedback", ASSIGNMENT, "--student=ann", "--force", root=course)
    lines = (f"{student},,late,Canvas,1,abc,x.tar" for student in ("ann", "bob"))
    collected(course, "collected.csv", "student_id,timestamp,late,lms,number,content,files", *lines)
    give_back()
    rows = {row["student"]: row for row in table(returned(course)["grades.csv"])}
    assert [rows["ann"][key] for key in ("late", "penalty", "final")] == [
        MARKED_LATE,
        "0",
        "100",
    ]
    assert rows["bob"]["late"] == "13 hours 1 minute"
    assert "1 late; 1 more is marked late by the LMS, without a time. Each day" in capsys.readouterr().out


def test_an_lms_number_that_is_somebody_elses_id_misleads_nobody(course):
    """Canvas's own number of Ann is the student number of Bob, in a course whose ids are numbers."""
    with gradebook(course) as book:
        book.update_or_create_student("ann", lms_user_id="bob")
        book.db.commit()
    give_back(
        "--lms",
        "canvas",
        "--sheet",
        sheet(course, CANVAS.replace("102,,bob", "bob,,bob").replace("101,,ann", "bob,,ann")),
    )
    assert returned(course)["grades-canvas.csv"].decode().count(",67.5,") == 1


def test_who_is_not_in_the_sheet_is_named(course, capsys):
    give_back(
        "--lms",
        "canvas",
        "--sheet",
        sheet(course, CANVAS.replace('"Díaz Lee, Bob",102,,bob', '"Else, Some",1,,one')),
    )
    assert "Not in the sheet: bob." in capsys.readouterr().out


@pytest.mark.parametrize("whole_class", [False, True])
def test_a_line_that_two_students_of_the_gradebook_claim_is_not_filled_and_both_are_named(
    course, capsys, whole_class
):
    with gradebook(course) as book:
        book.update_or_create_student("bob", email="ann@uni.example", first_name=None, last_name=None)
        if whole_class:
            for student in set(PEOPLE) - {"ann", "bob"}:
                book.remove_student(student)
        book.db.commit()
    give_back("--lms", "moodle", "--sheet", sheet(course, MOODLE))
    said = capsys.readouterr().out
    assert "Not filled, because more than one of the gradebook fits a line: ann, bob." in said
    assert "for 0 students" in said and "Not in the sheet" not in said


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            "Wer,Nummer,hw1\nAnn O'Neil,101,\n",
            "No column of export.csv says who a student is (Wer, Nummer, hw1)",
        ),
        ("Student,ID,hw1\nZoë Else,9,\n", "No line of export.csv is about a student in the gradebook"),
    ],
)
def test_a_sheet_of_others_is_refused(course, capsys, content, sentence):
    path = sheet(course, content).relative_to(course)
    assert give_back("--lms", "canvas", "--sheet", path, "--column", "hw1") == 1
    assert sentence in capsys.readouterr().err and not (course / "returned").exists()


def test_a_sheet_of_those_who_wait_is_none_of_others(course):
    assert (
        give_back("--lms", "canvas", "--sheet", sheet(course, CANVAS.replace("ann", "x").replace("Ann", "X")))
        == 0
    )


def test_two_lines_for_one_student_stay_empty(course, capsys):
    path = sheet(course, CANVAS + '"O\'Neil, Ann",101,,ann,C,,\r\n')
    assert give_back("--lms", "canvas", "--sheet", path) == 0
    assert "Not filled, because more than one line fits: ann." in capsys.readouterr().out


def test_another_maximum_is_pointed_out(course, capsys):
    give_back("--lms", "moodle", "--sheet", sheet(course, MOODLE.replace("100.00", "20.00")))
    assert "The sheet's maximum is 20.00, hw1 has 100 points." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "content", "sentence"),
    [
        (["--lms", "canvas"], None, "give the file with --sheet"),
        (["--lms", "canvas", "--sheet", "missing.csv"], None, "cannot be read"),
        (
            ["--lms", "canvas", "--sheet", "export.csv"],
            CANVAS.replace("hw1 (", "hw2 ("),
            "Choose one with --column",
        ),
        (
            ["--lms", "canvas", "--sheet", "export.csv"],
            CANVAS.replace("Section", "HW1"),
            "several columns that fit",
        ),
        (["--lms", "canvas", "--sheet", "export.csv", "--column", "no"], CANVAS, "no column 'no'"),
        (["--lms", "moodle", "--sheet", "export.csv"], "", "is empty"),
        (
            ["--lms", "moodle", "--sheet", "export.csv"],
            "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Max\nTeilnehmer/in12,Ann Lee,a@b.c,,,\n",
            "set Moodle's language to English",
        ),
        (["--lms", "moodle", "--sheet", "export.csv"], "PK\x03\x04", "export the grade sheet as CSV"),
        (
            ["--lms", "canvas", "--sheet", "export.csv", "--download", "missing.zip"],
            CANVAS,
            "neither a folder nor a zip",
        ),
    ],
)
def test_what_cannot_be_done_is_said(course, capsys, arguments, content, sentence):
    if content is not None:
        sheet(course, content)
    assert give_back(*arguments) == 1
    assert sentence in capsys.readouterr().err
    assert not (course / "returned").exists()


def test_an_assignment_that_is_none(course, capsys):
    assert main(["return", "hw9"]) == 1
    assert "no assignment hw9; it has: hw1" in capsys.readouterr().err


class OneOfThem(Service):
    """An API of a system with everybody but Bob; ``taken`` is what it was given."""

    taken: list[tuple] = []

    def people(self, assignment):
        yield from (Sender("Canvas", id=PEOPLE[student][3]) for student in ("ann", "fay"))

    def give(self, assignment, person, points, feedback):
        self.taken.append((person.id, points, feedback and feedback.name))


def test_by_an_api_students_are_given_what_is_written(course, monkeypatch, capsys):
    monkeypatch.setattr(OneOfThem, "taken", [])
    monkeypatch.setattr(command, "service", lambda name, app: OneOfThem(config=app.config))
    assert give_back("--api", "canvas", "--zero") == 0
    assert OneOfThem.taken == [("101", "100", "hw1-feedback.zip"), ("106", "0", None)]
    assert "Given by the API: 2" in (said := capsys.readouterr().out) and "Not in the system: bob." in said
    assert give_back("--api", "canvas", "--zero") == 0 and len(OneOfThem.taken) == 2
    assert give_back("--api", "canvas", "--dry-run") == 0


# --- the zip for an LMS -------------------------------------------------------------------------------------


def test_canvas_gets_files_under_the_names_of_the_hand_ins(course, tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        for name in (
            "oneilann_101_9001_handin.tar",
            "diazleebob_LATE_102_9002_handin.tar",
            "diazleebob_LATE_102_9005_handin-1.tar",
        ):
            archive.writestr(name, "")
    give_back("--lms", "canvas", "--sheet", sheet(course, CANVAS), "--download", tmp_path / "submissions.zip")
    assert names(returned(course)["feedback-canvas.zip"]) == [
        "diazleebob_LATE_102_9005_hw1-feedback.zip",
        "oneilann_101_9001_hw1-feedback.zip",
    ]
    give_back("--lms", "canvas", "--sheet", sheet(course, CANVAS))
    assert "No feedback-canvas.zip" in capsys.readouterr().out


def test_brightspace_gets_the_folders_of_the_hand_ins(course, tmp_path, capsys):
    folder = tmp_path / "download" / "102-33 - Bob Díaz Lee - Feb 21, 2023 100 PM"
    folder.mkdir(parents=True)
    give_back("--lms", "brightspace", "--download", folder.parent)
    assert names(returned(course)["feedback-brightspace.zip"]) == [f"{folder.name}/hw1-feedback.zip"]
    assert "not found for certain in what Brightspace exported: ann." in capsys.readouterr().out


def test_brightspace_gets_the_folder_of_the_latest_hand_in(course, tmp_path):
    folders = [
        f"102-33 - Bob Díaz Lee - Nov {when}"
        for when in ("9, 2026 859 PM", "10, 2026 100 AM", "9, 2026 1001 AM")
    ]
    for name in folders:
        (tmp_path / "download" / name).mkdir(parents=True)
    give_back("--lms", "brightspace", "--download", tmp_path / "download")
    assert names(returned(course)["feedback-brightspace.zip"]) == [f"{folders[1]}/hw1-feedback.zip"]


def test_moodle_tells_namesakes_apart_by_the_worksheets_numbers(course, tmp_path, capsys):
    with gradebook(course) as book:
        book.update_or_create_student("bob", first_name="Ann", last_name="O'Neil")
        book.db.commit()
    nbgrader("generate_feedback", ASSIGNMENT, "--student=bob", "--force", root=course)
    places = [f"Ann O'Neil_{number}_assignsubmission_file" for number in (7001, 7002)]
    for name in [*places, "Ann O'Neil_7003_assignsubmission_file"]:  # the last is of another assignment
        (tmp_path / "download" / name).mkdir(parents=True)
    worksheet = sheet(course, MOODLE.replace("Bob Díaz_Lee", "Ann O'Neil"))
    give_back("--lms", "moodle", "--sheet", worksheet, "--download", tmp_path / "download")
    files = returned(course)
    archive = zipfile.ZipFile(io.BytesIO(files["feedback-moodle.zip"]))
    inside = {name.split("_")[1]: archive.read(name) for name in archive.namelist()}
    assert inside == {"7001": files["students/ann.zip"], "7002": files["students/bob.zip"]}
    assert "not found" not in capsys.readouterr().out


# --- nothing is lost ----------------------------------------------------------------------------------------


def test_a_second_run_writes_the_same_files(course):
    arguments = ("--lms", "moodle", "--sheet", sheet(course, MOODLE))
    give_back(*arguments)
    first = returned(course)
    assert give_back(*arguments) == 0
    assert returned(course) == first


def test_what_was_returned_is_not_taken_away_unasked(course, capsys):
    give_back()
    give_points(course, "bob", 1)
    before = returned(course)
    assert give_back() == 1 and returned(course) == before
    said = capsys.readouterr()
    assert "returned then, not now: bob" in said.out
    assert "feedback is older than the grade (then: nbgrader generate_feedback hw1 --force): bob" in said.err
    assert "--keep leaves them what they were given, --withdraw takes it away." in said.err
    assert give_back("--keep") == 0
    assert returned(course)["students/bob.zip"] == before["students/bob.zip"]
    assert names(returned(course)["feedback-plain.zip"]) == ["ann.zip"]
    final = {row["student"]: row["final"] for row in table(returned(course)["grades.csv"])}
    assert final["bob"] == "67.5", "what he was left"
    assert give_back() == 1  # it is still to be chosen
    nbgrader("generate_feedback", ASSIGNMENT, "--student=bob", "--force", root=course)
    capsys.readouterr()
    give_back("--dry-run")
    assert "other points: bob 67.5 → 68.4\n" in capsys.readouterr().out
    give_points(course, "bob", 2)
    assert give_back("--withdraw") == 0
    assert "students/bob.zip" not in returned(course) and "students/ann.zip" in returned(course)
    final = {row["student"]: row["final"] for row in table(returned(course)["grades.csv"])}
    assert final["bob"] == "", "it is taken away"


def test_a_moved_due_date_takes_nothing_away(course):
    give_back()
    before = returned(course)
    with gradebook(course) as book:
        book.find_assignment(ASSIGNMENT).duedate = datetime(2023, 2, 19)
        book.db.commit()
    assert give_back() == 1 and returned(course) == before
    assert give_back("--keep") == 0
    after = returned(course)
    assert {name: after[name] for name in before if name.endswith(".zip")} == {
        name: content for name, content in before.items() if name.endswith(".zip")
    }


def test_what_has_changed_since_the_last_return_is_a_list_and_a_choice(course, capsys):
    path = sheet(course, MOODLE)
    arguments = ("--lms", "moodle", "--sheet", path)
    give_back(*arguments)
    assert "Since the last return" not in capsys.readouterr().out
    give_points(course, "bob", 1)
    with gradebook(course) as book:
        book.find_comment("SGD-code", "05_sgd", ASSIGNMENT, "ann").manual_comment = "Well done."
        book.db.commit()
    nbgrader("generate_feedback", ASSIGNMENT, "--force", root=course)
    before = returned(course)
    assert give_back(*arguments, "--dry-run") == 0 and returned(course) == before
    said = capsys.readouterr().out
    assert "  new: dan, gus\n" in said and "  other points: bob 67.5 → 68.4\n" in said
    assert "  other feedback, the same points: ann\n" in said and said.endswith("Nothing was written.\n")
    give_back(*arguments)
    give_points(course, "bob", 2)
    nbgrader("generate_feedback", ASSIGNMENT, "--student=bob", "--force", root=course)
    assert give_back(*arguments, "--changed") == 0
    files = returned(course)
    assert [name[:3] for name in names(files["feedback-moodle.zip"])] == ["Bob"]
    assert [row["Grade"] for row in table(files["grades-moodle.csv"])] == ["", "69.3"]
    assert len(table(files["grades.csv"])) == 7 and "students/ann.zip" in files
    assert give_back(*arguments, "--changed") == 0 and returned(course) == files
    assert "nothing has changed" in capsys.readouterr().out


def test_a_zip_for_the_lms_that_is_no_longer_made_is_taken_away(course, tmp_path):
    (tmp_path / "oneilann_101_9001_handin.tar").touch()
    arguments = ("--lms", "canvas", "--sheet", sheet(course, CANVAS))
    give_back(*arguments, "--download", tmp_path)
    give_back("--lms", "plain")
    assert {"feedback-canvas.zip", "feedback-plain.zip"} <= returned(course).keys()
    give_back(*arguments)
    assert "feedback-canvas.zip" not in returned(course) and "feedback-plain.zip" in returned(course)


def test_what_a_first_return_would_be_is_said_and_nothing_written(course, capsys):
    give_back("--dry-run")
    assert "Nothing was returned yet; it would be: ann, bob." in capsys.readouterr().out
    assert returned(course) == {}


def test_nothing_is_graded_yet(course, capsys):
    with gradebook(course) as book:
        for student in ("ann", "bob", "cat", "dan", "gus"):
            book.remove_submission(ASSIGNMENT, student)
    assert give_back("--zero") == 1
    assert (
        "Nothing of hw1 is graded yet, 6 handed in: run 'grader autograde hw1' first."
        in capsys.readouterr().err
    )
    shutil.rmtree(course / "submitted")
    assert give_back() == 1
    assert "Nobody has handed in hw1 yet" in capsys.readouterr().err
    assert not (course / "returned").exists()


def test_spreadsheets_are_told_that_the_table_is_utf_8(course):
    give_back()
    assert returned(course)["grades.csv"].decode("utf-8-sig").encode() == returned(course)["grades.csv"][3:]


@pytest.mark.parametrize("setting", ["time_zone = 'Dubai'", "percent_a_day = 200"])
def test_a_late_policy_that_cannot_be_is_said_in_a_sentence(course, capsys, setting):
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.LatePolicy.{setting}\n")
    assert give_back() == 1
    assert f"{setting.split()[0]}" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["grades.csv", "students/ann.zip"])
def test_what_somebody_else_wrote_or_changed_stays(course, capsys, name):
    give_back()
    mine = course / "returned" / ASSIGNMENT / name
    mine.write_text("my notes")
    give_points(course, "bob", 1)
    before = returned(course)
    assert give_back("--withdraw") == 1
    assert "was changed since: move it away" in capsys.readouterr().err
    assert returned(course) == before


def test_the_given_sheet_is_never_overwritten(course, capsys):
    give_back("--lms", "canvas", "--sheet", sheet(course, CANVAS))
    path = course / "returned" / ASSIGNMENT / "grades-canvas.csv"
    before = path.read_bytes()
    give_points(course, "ann", 1)
    assert give_back("--lms", "canvas", "--sheet", path) == 1
    assert "would be overwritten" in capsys.readouterr().err and path.read_bytes() == before


def test_an_interrupted_run_can_be_repeated(tmp_path):
    write(tmp_path, {"a": b"1", "b": b"1"})
    record = (tmp_path / RECORD).read_bytes()
    (tmp_path / "folder").mkdir()
    with pytest.raises(CommandFailed):
        write(tmp_path, {"a": b"2", "folder": b"in the way"})
    assert (tmp_path / "a").read_bytes() == b"1" and (tmp_path / RECORD).read_bytes() == record
    write(tmp_path, {"a": b"2"})
    assert (tmp_path / "b").read_bytes() == b"1" and (tmp_path / "a").read_bytes() == b"2"


def test_what_is_no_longer_written_is_removed_unless_somebody_has_changed_it(tmp_path):
    write(tmp_path, {"students/ann.zip": b"1", "students/bob.zip": b"2", "grades.csv": b"3"})
    (tmp_path / "students" / "ann.zip").write_bytes(b"mine")
    write(tmp_path, {"grades.csv": b"4"}, replaces=("students/",))
    assert (tmp_path / "students" / "ann.zip").read_bytes() == b"mine"
    assert not (tmp_path / "students" / "bob.zip").exists()


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "grades.csv").symlink_to(tmp_path / "mine")
    with pytest.raises(CommandFailed):
        write(tmp_path / "out", {"grades.csv": b"mine"})
    assert (tmp_path / "mine").read_bytes() == b"mine"


# --- sheets of every kind -----------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("end", ["", "{n}", "{n}{n}"])
def test_every_other_byte_stays(tmp_path, separator, newline, end):
    lines = [
        'id{s}"a ""b""{s} c"{s}grade',
        '1{s}"two{n}lines"{s}',
        "2{s} spaces {s}9",
        '3{s}x"y{s}"0"',
        "",
        "4{s}short",
    ]
    content = (newline.join(lines) + end).replace("{s}", separator).replace("{n}", newline).encode() + b"\xe9"
    path = tmp_path / "sheet.csv"
    path.write_bytes(content)
    there = Sheet(path)
    assert there.filled("grade", lambda row: None) == content
    filled = there.filled("grade", lambda row: "7" if row["id"] in "123" else None)
    expected = content.replace(f'lines"{separator}'.encode(), f'lines"{separator}7'.encode(), 1)
    expected = expected.replace(f"spaces {separator}9".encode(), f"spaces {separator}7".encode()).replace(
        b'"0"', b'"7"'
    )
    assert filled == expected


def test_a_sheet_of_utf_16_in_the_other_order_and_an_empty_last_cell(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_bytes("\ufeffid;grade\r\n1;".encode("utf-16-be"))
    assert Sheet(path).filled("grade", lambda row: "7") == "\ufeffid;grade\r\n1;7".encode("utf-16-be")
