"""What is other than when an assignment was last returned, by what lies in the folder of results."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from grader.grading.grades import Grades, written
from grader.grading.words import read_table

from . import delivery

STUDENTS = "students/"


@dataclass(frozen=True)
class SinceLast:
    """``points``: before and now, by student; ``feedback``: whose is other, with the same points; ``gone``:
    who was returned and is not now, with the points of then.
    """

    new: tuple[str, ...]
    points: dict[str, tuple[str, str]]
    feedback: tuple[str, ...]
    gone: dict[str, str]

    @property
    def of(self) -> set[str]:
        """Whoever gets something that is other than before."""
        return {*self.new, *self.points, *self.feedback}

    def lines(self) -> list[str]:
        points = (f"{student} {before} → {now}" for student, (before, now) in self.points.items())
        told = {
            "new": self.new,
            "other points": points,
            "other feedback, the same points": self.feedback,
            "returned then, not now": self.gone,
        }
        said = {what: ", ".join(who) for what, who in told.items()}
        return [f"  {what}: {who}" for what, who in said.items() if who] or ["  nothing has changed"]


def since_the_last(folder: Path, marks: Collection[Grades], zips: dict[str, Path]) -> SinceLast | None:
    """None when nothing was returned before."""
    record = delivery.digests_written(folder)
    before = {
        name.removeprefix(STUDENTS).removesuffix(".zip"): digests
        for name, digests in record.items()
        if name.startswith(STUDENTS) and (folder / name).is_file()
    }
    if not before:
        return None
    final = {row["student"]: row["final"] for row in read_table(folder / "grades.csv", ("student", "final"))}
    new, points, feedback = [], {}, []
    for one in marks:
        now = written(one.final)
        if one.student not in before:
            new.append(one.student)
        elif final.get(one.student, now) != now:
            points[one.student] = (final[one.student] or "none", now)
        elif delivery.digest(zips[one.student]) not in before[one.student]:
            feedback.append(one.student)
    gone = {student: final.get(student, "") for student in sorted(before.keys() - zips.keys())}
    return SinceLast(tuple(new), points, tuple(feedback), gone)
