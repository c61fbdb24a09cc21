"""What a student gets for a hand-in, as the gradebook has it."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from nbgrader.api import Gradebook, Student, SubmittedAssignment, SubmittedNotebook

from mytorch.characters import counted

from .cells import Given, as_given, in_order, labels
from .late import LateDays, LatePolicy, Penalties, duration, final


def written(points: float) -> str:
    """Points with at most two decimals, never in scientific notation."""
    return f"{round(points, 2):.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class ItemGrade:
    """A graded cell. ``points`` includes points given by hand and ``extra`` ones; ``waits``: for somebody to
    give them, or to look at them again.
    """

    name: str
    points: float
    of: float
    by_hand: bool = False
    extra: float = 0.0
    waits: bool = False


@dataclass(frozen=True)
class Book:
    """One notebook. ``comments`` are the instructor's, by cell; ``unchanged`` names the cells still as they
    were given.
    """

    name: str
    items: tuple[ItemGrade, ...]
    penalty: float
    comments: tuple[tuple[str, str], ...]
    unchanged: tuple[str, ...]

    @property
    def points(self) -> float:
        return sum(item.points for item in self.items)

    @property
    def of(self) -> float:
        return sum(item.of for item in self.items)


@dataclass(frozen=True)
class Grades:
    """One student's hand-in. Times are UTC, without a zone, as in the gradebook."""

    student: str
    first_name: str
    last_name: str
    email: str
    books: tuple[Book, ...]
    handed_in: datetime | None
    due: datetime | None
    seconds_late: float
    late_days: LateDays = LateDays()

    @property
    def points(self) -> float:
        return sum(book.points for book in self.books)

    @property
    def of(self) -> float:
        return sum(book.of for book in self.books)

    @property
    def penalty(self) -> float:
        return sum(book.penalty for book in self.books)

    @property
    def final(self) -> float:
        return final(self.points, self.penalty)

    @property
    def items(self) -> dict[str, ItemGrade]:
        """By what they are called in all notebooks together."""
        items = {(book.name, item.name): item for book in self.books for item in book.items}
        called = labels(items)
        return {called[key]: item for key, item in items.items()}

    @property
    def waiting(self) -> list[str]:
        """The items that somebody has to look at before the grades are final."""
        return [name for name, item in self.items.items() if item.waits]

    @property
    def beyond(self) -> list[str]:
        """The items to whose tests more points were given than they have now: these have changed since."""
        items = self.items.items()
        return [name for name, one in items if not one.by_hand and one.points - one.extra > one.of]

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def book(self, name: str) -> Book:
        return next(book for book in self.books if book.name == name)

    def seal(self, name: str, autograded: Path) -> str:
        """Changes when anything changes that the page of the notebook ``name`` shows."""
        shown = [asdict(self.book(name)), str(self.handed_in), str(self.due), self.seconds_late]
        shown += [asdict(self.late_days)] if self.late_days != LateDays() else []
        digest = hashlib.sha256(json.dumps(shown, sort_keys=True).encode())
        digest.update(autograded.read_bytes())
        return digest.hexdigest()[:32]


def read(gradebook: Gradebook, assignment: str, student: str, penalties: Penalties, only: str = "") -> Grades:
    """The grades of a hand-in, or of its notebook ``only``. Raises nbgrader's MissingEntry when there is
    none.
    """
    submission: SubmittedAssignment = gradebook.find_submission(assignment, student)
    person: Student = submission.student
    books = sorted(
        (book for book in submission.notebooks if only in ("", book.name)), key=lambda book: book.name
    )
    return Grades(
        student=person.id,
        first_name=person.first_name or "",
        last_name=person.last_name or "",
        email=person.email or "",
        books=tuple(_book(book, as_given(gradebook, book.name, assignment), penalties) for book in books),
        handed_in=submission.timestamp,
        due=submission.duedate if submission.assignment.duedate else None,
        seconds_late=penalties.policy.seconds_late(submission),
        late_days=penalties.late_days(submission),
    )


def _book(notebook: SubmittedNotebook, given: Given, penalties: Penalties) -> Book:
    items = {
        grade.cell.name: ItemGrade(
            grade.cell.name,
            grade.score or 0.0,
            grade.max_score,
            grade.manual_score is not None,
            grade.extra_credit or 0.0,
            bool(grade.needs_manual_grade),
        )
        for grade in notebook.grades
    }
    comments = sorted(
        (comment.cell.name, comment.manual_comment) for comment in notebook.comments if comment.manual_comment
    )
    return Book(
        name=notebook.name,
        items=tuple(items[name] for name in in_order(items, given)),
        penalty=penalties.of(notebook),
        comments=tuple(comments),
        unchanged=tuple(sorted(comment.cell.name for comment in notebook.comments if comment.auto_comment)),
    )


def lateness(marks: Grades, penalty: float, policy: LatePolicy) -> str:
    """What being late means, in a sentence or two; empty for a hand-in on time."""
    if not marks.seconds_late:
        return ""
    after = f"This is {duration(marks.seconds_late)} after the due date"
    if spent := marks.late_days.spent:
        after += f", {counted(spent, 'late day')} of yours {'are' if spent > 1 else 'is'} spent on it,"
    when = f"{after} and" if not spent else f"{after} and it"
    when += " takes"
    if not penalty:
        return f"{when} nothing off here."
    return f"{when} off {written(penalty)} points. {policy.describe()}".strip()


def seal_in(page: str) -> str:
    """What ties a page to the grades it shows (Grades.seal); empty for a page that was not made here."""
    found = re.search(r'<meta name="grader:seal" content="([0-9a-f]+)">', page[:5000])
    return found[1] if found else ""
