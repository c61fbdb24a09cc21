"""What ``grader return`` says at its end."""

from pathlib import Path

from grader.grading.grades import Grades
from mytorch.characters import counted

from .changes import STUDENTS
from .delivery import Content
from .graded_work import GradedWork
from .grades_csv import MARKED_LATE
from .held import Held, by_reason


def report_returned(
    work: GradedWork,
    marks: list[Grades],
    held: dict[str, Held],
    notes: list[str],
    folder: Path,
    files: dict[str, Content],
) -> None:
    count = sum(bool(one.seconds_late) for one in marks)
    print(f"{work.assignment}: {len(marks)} returned, {len(held)} not.")
    marked = sum(map(work.is_marked_late, marks))
    more = (
        f"{marked} {'more ' * bool(work.due)}{'are' if marked > 1 else 'is'} {MARKED_LATE}" if marked else ""
    )
    if work.due:
        counts = f"{count} late{'; ' * bool(more)}{more}"
        print(f"Due {work.policy.local(work.due)}; {counts}. {work.policy.describe()}".rstrip())
    elif more:
        print(f"{more}.")
    if spent := [one for one in marks if one.late_days.spent]:
        each = (f"{one.student} {one.late_days.spent} ({one.late_days.left} left)" for one in spent)
        print(f"Late days spent: {', '.join(each)}.")
    for line in by_reason(held):
        print(line)
    for note in notes:
        print(note)
    written = sorted(name for name in files if not name.startswith(STUDENTS))
    written += [f"{STUDENTS} ({counted(len(marks), 'zip')})"] if marks else []
    print(f"Written to {folder}: {', '.join(written)}.")
