"""Fill grades into a sheet that an LMS exported, line by line, and say of whom it has none, or several."""

from collections import defaultdict

from nbgrader.coursedir import CourseDirectory

from grader.grading.collected import joined_ids
from grader.grading.grades import Grades, written
from grader.grading.stock import CommandFailed
from mytorch.characters import counted

from ..people import roster
from ..people.matcher import Matcher, make_student
from ..people.sheet import Sheet, Told, student_in_row, students_in_row, why_nobody_is_in
from ..systems.system import System

Rows = list[tuple[dict[str, str], str | None]]  # a sheet's lines, each with its student


def matcher_for(coursedir: CourseDirectory, sheet: Sheet | None) -> Matcher:
    """Students as the gradebook knows them, and by what their lines in the sheet tell besides."""
    students = roster.in_gradebook(coursedir)
    in_gradebook = Matcher(students, is_roster=True)
    if sheet is None:
        return in_gradebook
    told = [(student_in_row(row, in_gradebook), Told.by(row)) for row in sheet.rows()]
    more = [make_student(student, one.name, one.email, one.ids) for student, one in told if student]
    return Matcher([*students, *more], is_roster=True)


def rows_in(sheet: Sheet, matcher: Matcher) -> Rows:
    return [(row, student_in_row(row, matcher)) for row in sheet.rows()]


def filled(
    sheet: Sheet,
    rows: Rows,
    matcher: Matcher,
    column: str,
    system: System,
    assignment: str,
    of: float,
    marks: list[Grades],
) -> tuple[bytes, list[str]]:
    """The sheet with the points in ``column``, and sentences about it. ``rows``: as ``rows_in`` gives them;
    ``of``: what the assignment is worth.

    Raises CommandFailed when no line is a student's.
    """
    claimed = [those for row, _ in rows if len(those := students_in_row(row, matcher)) > 1]
    if not claimed and not any(student for _, student in rows):
        raise CommandFailed(why_nobody_is_in(sheet))
    lines = defaultdict(list)
    for row, student in rows:
        lines[student].append(row)
    final = {one.student: written(one.final) for one in marks if len(lines[one.student]) == 1}
    content = sheet.filled(column, lambda row: final.get(student_in_row(row, matcher)))
    notes = [f"Filled the column {column!r} for {counted(len(final), 'student')}."]
    if twice := [one.student for one in marks if len(lines[one.student]) > 1]:
        notes.append(f"Not filled, because more than one line fits: {', '.join(twice)}.")
    graded = {one.student for one in marks if not lines[one.student]}
    for those in sorted({joined_ids(sorted(those)) for those in claimed if those & graded}):
        notes.append(
            f"Not filled, because more than one of the gradebook fits a line: {those}. {roster.ONE_OF_THEM}"
        )
    if absent := sorted(graded.difference(*claimed)):
        notes.append(f"Not in the sheet: {', '.join(absent)}.")
    maxima = {row.get(sheet.named(system.maximum), "") for row, student in rows if student in final} - {""}
    for maximum in sorted(maxima - {written(of), f"{of:.2f}"}):
        notes.append(f"The sheet's maximum is {maximum}, {assignment} has {written(of)} points.")
    return content, notes
