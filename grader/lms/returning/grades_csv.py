"""grades.csv: everything about everybody, one line for each student."""

from collections.abc import Mapping

from grader.grading.grades import Grades, written
from grader.grading.late import duration
from grader.grading.words import MARK, table

from .graded_work import GradedWork
from .held import Held

DAYS = ["late_days_spent", "late_days_left"]  # columns
MARKED_LATE = "marked late by the LMS, without a time"


def grades_csv(
    work: GradedWork,
    marks: list[Grades],
    held: dict[str, Held],
    zeros: list[Grades],
    kept: Mapping[str, str],
) -> bytes:
    """``kept``: the points of those who were returned before and are left what they were given."""
    names = list(dict.fromkeys(name for one in marks for name in one.items))
    header = (
        "student last_name first_name email status due handed_in late points penalty final of".split()
        + DAYS * bool(work.policy.late_days)
        + names
    )
    known = {one.student: one for one in [*marks, *zeros]}
    rows = []
    for student in sorted({*known, *held}):
        status = held[student].reason if student in held else "returned"
        items = known[student].items if student in known else {}
        points = [written(items[name].points) if name in items else "" for name in names]
        rows.append(
            [
                *_who(work, student),
                status,
                *_times_and_sums(work, known.get(student), kept.get(student, "")),
                *points,
            ]
        )
    return (MARK + table([header, *rows])).encode()


def _who(work: GradedWork, student: str) -> list[str]:
    person = work.students.get(student)
    names = (person.last_name or "", person.first_name or "", person.email or "") if person else [""] * 3
    return [student, *names]


def _times_and_sums(work: GradedWork, one: Grades | None, given: str) -> list[str]:
    days = [""] * len(DAYS) if one is None else [str(one.late_days.spent), str(one.late_days.left)]
    days *= bool(work.policy.late_days)
    if one is None:
        return [work.policy.local(work.due), *[""] * 4, given, written(work.of), *days]
    late = duration(one.seconds_late) if one.seconds_late else MARKED_LATE * work.is_marked_late(one)
    of = one.of if one.books else work.of
    sums = map(written, (one.points, one.penalty, one.final, of))
    return [work.policy.local(one.due), work.policy.local(one.handed_in), late, *sums, *days]
