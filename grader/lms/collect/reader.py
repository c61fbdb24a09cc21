"""Find the hand-ins in unpacked exports and tell whose they are, which notebooks they hold and which is the
newest.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from ..names import orders, same_form, squeezed
from ..systems.registry import NAMED, Sender
from .attempts import Attempt, Plan, contents, is_newer
from .filenames import Notebooks
from .inside import Inside
from .times import Times
from .unpacked import Problem, Unpacked, is_in
from .whose import Sent, Whose, name_and_number

NO_FILE = "(no file)"  # in its place
BY_A_LIST = (
    "The list of times or the roster says that it was handed in, and no file of it is here: look in the "
    "system, as it may be text or a link."
)


class Reader:
    """Reads unpacked exports into one Plan. ``expected`` has the notebooks' named cells, by name without
    suffix.
    """

    def __init__(
        self,
        unpacked: Unpacked,
        times: Times,
        assignment: str,
        notebooks: Iterable[str],
        expected: dict[str, set[str]],
    ):
        self.unpacked, self.times, self.plan = unpacked, times, Plan(problems=unpacked.problems)
        known = Notebooks(notebooks)
        self.whose = Whose(unpacked, times.matcher, known)
        self.inside = Inside(unpacked, times, assignment, known, expected)

    def read(self, prefer_later: bool = False) -> Plan:
        """``prefer_later``: where nothing tells which of two hand-ins is newer, the later root's is."""
        handins = [handin for root in self.unpacked.roots for handin in self.whose.found_in(root)]
        matched = self.whose.matched(handins)
        groups = defaultdict(list)
        for student, handin in matched:
            groups[_attempt_key(student, handin)].append(handin)
        attempts = defaultdict(list)
        for (student, *_), group in groups.items():
            attempt = self.inside.attempt(student, group)
            if attempt.notebooks:
                attempts[student].append(attempt)
        for student in sorted(attempts):
            self._choose(attempts[student], prefer_later)
        for path, sentence in self.unpacked.refused:
            students = {student for student, handin in matched if is_in(path, handin.path)}
            self.unpacked.problem(path, sorted(students), sentence)
        self.plan.without_file = list(self._without_file([handin.sender for handin in handins]))
        self.plan.problems.sort(key=lambda problem: (problem.file, problem.reason))
        return self.plan

    def _without_file(self, senders: list[Sender]) -> Iterator[Problem]:
        """Whom a list says to have handed in, and nothing here is or may be of: it may be text or a link."""
        says, told = self.times.matcher.says, self.times.listed
        students = {student for student, words in says.items() if words} | told.times.keys()
        here = {attempt.student for attempt in self.plan.attempts}
        for problem in self.plan.problems:
            here.update(problem.students, problem.may_be)
        for student in sorted(students - here):
            yield Problem(NO_FILE, (student,), BY_A_LIST, self.unpacked.roots[0])
        for unknown, error in told.unknown.items():
            if not any(_may_be_one(unknown, sender) for sender in senders):
                who, reason = name_and_number(unknown), f"{error} {BY_A_LIST}"
                yield Problem(f"{NO_FILE} {who}", (), reason, self.unpacked.roots[0], error.may_be)

    def _choose(self, attempts: list[Attempt], prefer_later: bool) -> None:
        best = attempts[0]
        for attempt in attempts[1:]:
            newer = is_newer(attempt, best)
            is_other = contents(attempt) != contents(best)
            if newer is None and is_other and not prefer_later:
                reason = (
                    f"Nothing tells whether it is newer than {best.files[0]}, which was taken: give only "
                    "what counts."
                )
                self.plan.problems.append(
                    Problem(attempt.files[0], (attempt.student,), reason, self.unpacked.root(attempt.export))
                )
                continue
            self.plan.superseded += is_other
            best = attempt if newer or newer is None and prefer_later else best
        self.plan.attempts.append(best)


def _attempt_key(student: str, handin: Sent) -> tuple:
    """Files of one submission belong together. A plain archive is a submission of its own."""
    sender = handin.sender
    if sender.lms:
        return (
            student,
            handin.export,
            sender.lms,
            sender.time,
            NAMED[sender.lms].is_one_by_number and sender.number,
        )
    return student, handin.export, handin.path if handin.path.is_dir() else None


def _may_be_one(one: Sender, other: Sender) -> bool:
    """Are they the same person, by what is said of both?"""
    same = [(one.id, other.id), (one.email, other.email)]
    return squeezed(other.name) in orders(one.name) or any(
        a and same_form(a) == same_form(b) for a, b in same
    )
