"""The results as CSV: students.csv has a line for each student and item, causes.csv one for each cause."""

from grader.grading.words import table
from mytorch.check.wording import equation_words

from .causes import sentence
from .findings import Finding
from .results import ClassResults, Result, StudentResults

BY_STUDENT = (
    "student first_name last_name status notebook item max_score score auto_score manual_score late_penalty "
    "late_days total passed cause component quantity equation sentence message"
).split()
BY_CAUSE = (
    "students of points_lost sentence cause notebook items components quantity equation hint message "
    "example_code wrote_the_same"
).split()


def by_student(results: ClassResults) -> str:
    """``late_penalty``, ``late_days`` and ``total`` are the student's, the same on each line; who is not
    graded has one line.
    """
    rows = []
    for student in results.students:
        about = {"student": student.id, "first_name": student.first_name, "last_name": student.last_name}
        about["status"] = student.status
        rows += [about | _scores(student, result) for result in student.results] or [about]
    return table([BY_STUDENT, *([row.get(name) for name in BY_STUDENT] for row in rows)])


def _scores(student: StudentResults, result: Result) -> dict:
    item, verdict = result.item, result.verdict
    row = {"notebook": item.notebook, "item": item.name, "max_score": item.points, "score": result.score}
    row |= {"auto_score": result.auto_score, "manual_score": result.manual_score}
    row |= {"late_penalty": student.penalty, "late_days": student.late_days, "total": student.total}
    if verdict is None:
        return row
    quantity = verdict.about
    row |= {"passed": verdict.passed, "cause": verdict.cause, "component": verdict.component}
    words = "" if verdict.passed else sentence(verdict.causes, verdict.component, quantity)
    row["equation"] = equation_words(quantity) if quantity else ""
    return row | {
        "quantity": quantity.label if quantity else "",
        "sentence": words,
        "message": verdict.message,
    }


def by_cause(results: ClassResults, findings: list[Finding]) -> str:
    of = len(results.graded)
    rows = [
        {
            "students": one.students,
            "of": of,
            "points_lost": one.lost,
            "sentence": one.sentence,
            "cause": one.cause,
            "notebook": one.notebook,
            "items": "; ".join(one.items),
            "components": "; ".join(one.components),
            "quantity": one.quantity,
            "equation": one.equation,
            "hint": one.hint,
            "message": one.message,
            "example_code": one.code,
            "wrote_the_same": one.alike,
        }
        for one in findings
    ]
    return table([BY_CAUSE, *([row[name] for name in BY_CAUSE] for row in rows)])
