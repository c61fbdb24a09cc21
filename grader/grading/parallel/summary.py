"""What a run says at its end."""

import os

from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory

from mytorch.characters import counted

from .. import collected, handed_in
from ..coursedir import gradebook, student_folders
from .batch import Batch

LISTED = 20  # that were not collected


def said_at_the_end(batch: Batch, left: list[str], seconds: float) -> str:
    lines = [f"Graded {counted(len(batch.graded), 'submission')} in {seconds:.0f} s"]
    if batch.graded:
        lines[0] += f", {seconds / len(batch.graded):.2f} s each"
    if batch.skipped:
        lines.append(
            f"{counted(batch.skipped, 'submission')} left alone: graded already (--force grades all again)"
        )
    if batch.goes_on:
        lines.append(
            "This went on with a --force run that had been cut off; start it again to grade everything anew."
        )
    lines += _below("Seen on the way:", batch.noticed)
    lines += _waiting(batch.coursedir)
    lines += left
    lines += _below("Not graded:", [f"{student}: {reason}" for student, reason in batch.failed.items()])
    return "\n".join(lines)


def _waiting(coursedir: CourseDirectory) -> list[str]:
    """How much of the assignment somebody has to read before it can be returned."""
    with gradebook(coursedir) as book:
        found = (
            book.db.query(SubmittedAssignment.id)
            .select_from(Grade)
            .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
            .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
            .filter(Assignment.name == coursedir.assignment_id, Grade.needs_manual_grade)
            .all()
        )
    if not found:
        return []
    count, submissions = counted(len(found), "answer"), counted(len(set(found)), "submission")
    return ["", f"{count} of {submissions} to be graded by hand: the formgrader, Manual Grading"]


def not_collected(app: NbGrader) -> list[str]:
    """Those of whom ``grader collect`` could take nothing, and what is nobody's."""
    found = collected.read(app, app.coursedir.assignment_id)
    there = student_folders(app.coursedir, "submitted", app.coursedir.assignment_id)
    refused = sorted(found.refused.items())
    reasons = {student: f"{reason}." for student, reason in refused if student not in there}
    reasons |= {name: "Nothing tells whose it is." for name in map(handed_in.shown_name, found.nobodys)}
    lines = [f"{who}: {reason}" for who, reason in list(reasons.items())[:LISTED]]
    lines += [f"and {len(reasons) - LISTED} more"] if len(reasons) > LISTED else []
    return _below(f"Handed in, but not collected ({os.path.relpath(found.list_of_refused)}):", lines)


def _below(title: str, sentences: list[str]) -> list[str]:
    """The lines of a part of the summary; none where there is nothing to say."""
    return ["", title, *(f"  {sentence}" for sentence in sentences)] if sentences else []
