"""Who got the same thing wrong: the class's diagnosed causes, those that cost the most points first."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace

from mytorch.characters import listed
from mytorch.check.contract import Quantity
from mytorch.check.wording import Place, equation_words
from mytorch.course import COMPONENTS

from ..lines import lines_in
from ..marked import Marked, beginning, giving
from .causes import NOT_RECORDED, UNNAMED, sentence
from .results import ClassResults, Result, StudentResults

NOT_RUN = "not run"
NOTHING_TO_EXPLAIN = {NOT_RUN, NOT_RECORDED, "not a trace"}


@dataclass(frozen=True)
class Finding:
    """A cause that one or more students share. Of the students, nothing else is told."""

    cause: str  # a stable name, see causes.py
    notebook: str
    items: tuple[str, ...]
    components: tuple[str, ...]
    quantity: str  # as the check calls it; empty when the cause is about none
    equation: str  # "eq. 4"; may be empty
    sentence: str  # what follows "31 of 120"
    students: int
    lost: float  # points in the whole class
    message: str  # what the check told the typical student, the hint left out
    hint: str
    code: str  # the method as the most of them wrote it; may be empty
    alike: int  # how many wrote just that
    about: Quantity | None = None
    place: Place | None = None  # the line of the code that was searched for

    @property
    def marked(self) -> Marked:
        """Of the code's lines: the one that was searched for, or else those that give the quantity its
        value.
        """
        found = lines_in(self.code, self.place) if self.place else None
        return found or (giving(beginning(self.code), self.about) if self.about else Marked())

    @property
    def lines(self) -> list[tuple[str, bool]]:
        """The code's lines, and whether each is marked."""
        marked = self.marked.lines
        return [(line, number in marked) for number, line in enumerate(self.code.split("\n"), 1)]

    @property
    def where(self) -> str:
        """The class and the equation: "…, eq. 4"."""
        named = listed(self.components or self.items)
        return f"{named}, {self.equation}" if self.equation else named


def find(results: ClassResults) -> list[Finding]:
    """Every cause, the one that cost the class the most points first."""
    groups = defaultdict(list)
    for result in results.results:
        if result.verdict and not result.verdict.passed:
            groups[_key(result)].append(result)
    students = {student.id: student for student in results.students}
    findings = [_finding(group, students) for group in _pooled(groups)]
    return sorted(findings, key=lambda one: (-one.lost, -one.students, one.notebook, one.sentence))


def to_explain(findings: list[Finding]) -> list[Finding]:
    """What costs the class most, of all that can be explained."""
    return [one for one in findings if one.lost and one.cause not in NOTHING_TO_EXPLAIN][:3]


def _key(result: Result) -> tuple:
    """Results with the same key share a cause. Networks of one notebook share their quantities and equations.

    An unnamed cause is known by the numbers in its message: equal wrong numbers come from equal formulas.
    """
    verdict = result.verdict
    quantity = verdict.about
    about = (quantity.label, quantity.equation) if quantity else (result.item.name, verdict.component)
    if verdict.cause == NOT_RUN:
        about = ()
    pattern = verdict.message if verdict.cause in UNNAMED else ""
    return (result.item.notebook, verdict.cause, about, pattern)


def _pooled(groups: dict[tuple, list[Result]]) -> list[list[Result]]:
    """Unnamed causes that nobody shares come together, quantity by quantity."""
    pooled = defaultdict(list)
    for (notebook, cause, about, pattern), group in groups.items():
        pooled[notebook, cause, about, pattern if len(group) > 1 else ""] += group
    return list(pooled.values())


def _finding(group: list[Result], students: dict[str, StudentResults]) -> Finding:
    first = group[0].verdict
    quantity = first.about
    example, alike = _example(group, students)
    concerned = {result.verdict.component for result in group}
    return Finding(
        cause=first.cause,
        notebook=group[0].item.notebook,
        items=tuple(sorted({result.item.label for result in group})),
        components=tuple(name for name in COMPONENTS if name in concerned),
        quantity=quantity.label if quantity else "",
        equation=equation_words(quantity) if quantity else "",
        sentence=sentence(first.causes, first.component, quantity) + _how_alike(group),
        students=len({result.student for result in group}),
        lost=sum(result.lost for result in group),
        message=_without_hint(example),
        hint=(example.verdict if example else first).diagnosis.hint,
        code=example.code if example else "",
        place=example.place if example else None,
        alike=alike,
        about=quantity,
    )


def _how_alike(group: list[Result]) -> str:
    if group[0].verdict.cause not in UNNAMED or len(group) == 1:
        return ""
    same = len({result.verdict.message for result in group}) == 1
    return ", all with the same numbers" if same else ", each with other numbers"


def _example(group: list[Result], students: dict[str, StudentResults]) -> tuple[Result | None, int]:
    """The commonest code of the group, spaces aside, and how often it was written. Never one that tells a
    name.
    """
    anonymous = [result for result in group if not _tells_a_name(result, students[result.student])]
    if not anonymous:
        return None, 0
    written = Counter(code for _, code in {(result.student, _squeezed(result)) for result in anonymous})
    commonest = max(
        anonymous, key=lambda result: (bool(result.code), written[_squeezed(result)], -len(result.code))
    )
    return commonest, written[_squeezed(commonest)] if commonest.code else 0


def _squeezed(result: Result) -> str:
    return "".join(result.code.split())


def _tells_a_name(result: Result, student: StudentResults) -> bool:
    shown = f"{result.code}\n{result.verdict.message}"
    names = {
        student.id,
        student.id.partition("@")[0],
        *student.first_name.split(),
        *student.last_name.split(),
    }
    words = (rf"(?<![^\W_]){re.escape(name)}(?![^\W_])" for name in names if len(name) > 1)
    return any(re.search(word, shown, re.IGNORECASE) for word in words)


def _without_hint(example: Result | None) -> str:
    if example is None:
        return ""
    told = example.verdict.diagnosis
    bare, is_commented, _ = told.code.partition("#")
    detail = told.detail.replace(told.code, bare.rstrip()) if is_commented else told.detail
    return replace(told, headline=example.verdict.headline, detail=detail, hint="").text
