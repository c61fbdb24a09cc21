"""Who gets nothing yet when graded work is returned, why, and what to do about it."""

from collections import defaultdict
from dataclasses import dataclass
from enum import Enum

from grader.grading.collected import STATUS


class Why(Enum):
    """In words; {} is where the case says more."""

    NO_HAND_IN = "no hand-in"
    HAS_TIME = "no hand-in yet, extended until {}"
    NOT_COLLECTED = f"{STATUS}: {{}}"
    NOT_GRADED = "not graded"
    FOLDER_GONE = "not graded: its folder in autograded is gone"
    NOTEBOOKS_GONE = "not graded: its notebooks in autograded are gone"
    NEWER = "a newer hand-in is not graded"
    CUT_OFF = "its grading was cut off, or is under way"
    OTHER_POINTS = "was graded when {} gave more points"
    BY_HAND = "waits for points by hand in {}"
    NO_FEEDBACK = "feedback is missing ({})"
    OUTDATED = "feedback is older than the grade"


@dataclass(frozen=True)
class Held:
    """A student who gets nothing yet. ``remedy``: a command, or where to go; may be empty."""

    why: Why
    remedy: str = ""
    detail: str = ""

    @property
    def reason(self) -> str:
        return self.why.value.format(self.detail)

    @property
    def is_ungraded(self) -> bool:
        """Nothing of this student was graded, and nothing should have been."""
        return self.why in (Why.NO_HAND_IN, Why.HAS_TIME, Why.NOT_COLLECTED, Why.NOT_GRADED)


def by_reason(held: dict[str, Held]) -> list[str]:
    """A line for each reason, with the students whom it holds."""
    students = defaultdict(list)
    for student, one in held.items():
        students[one].append(student)
    remedies = {one: f" (then: {one.remedy})" if one.remedy else "" for one in students}
    return [f"  {one.reason}{remedies[one]}: {', '.join(those)}" for one, those in students.items()]
