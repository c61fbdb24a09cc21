"""How alike two submissions are in what few others have, and from where on that is hardly a coincidence.

A submission is a row of fingerprints, each counted the more, the fewer hold it, less what everybody has; the
likeness of two is the cosine between their rows. Submissions that are copies of one another count as one when
it is counted who holds what: so a solution that half of the class copied stays rare.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .fingerprints import ASPECTS, FORMULAS, SPELLING, WORDS, Aspect

KNOWN_STUDENTS = 12  # the commonly known ways to write a method count as this many students
# how much of a fingerprint that nobody else has speaks against a likeness: a disguise adds some, too
ALONE = 0.5
SAME_SOURCE = 0.6  # from this likeness on two submissions count as one
# at first the whole class counts as so few that even what most of it copied from one place stays rare
FIRST_GUESS = 4.0
BASE, PER_SPREAD, HIGHEST = 0.5, 0.5, 0.8  # of the threshold
# the spread in a class of the usual kind, and the pairs that outweigh it
USUAL_SPREAD, USUAL_PAIRS = (0.1, 200)
MOST = 2000  # pairs that are named; all flagged ones are, however many


@dataclass(frozen=True)
class Kind:
    """A kind of evidence. ``little``: what a submission must hold of it before a likeness means something."""

    title: str
    aspect: Aspect
    little: float


CODE = Kind("code", FORMULAS, 10.0)
REMARKS = Kind("words", WORDS, 15.0)
LETTER = Kind("to the letter", SPELLING, 10.0)
KINDS = (CODE, LETTER, REMARKS)


class Evidence:
    """Who holds which fingerprints of one kind."""

    def __init__(self, kind: Kind, held: list[np.ndarray], known: dict[int, float]):
        number = ASPECTS.index(kind.aspect)
        mine = [fingerprints[fingerprints % len(ASPECTS) == number] for fingerprints in held]
        every, counts = np.unique(np.concatenate(mine), return_counts=True)
        self.kind = kind
        self.column = every[(counts > 1) | np.isin(every, list(known))]  # the fingerprints, in order
        self.holds = np.zeros((len(held), len(self.column)), dtype=np.float32)
        for row, fingerprints in zip(self.holds, mine):
            row[np.isin(self.column, fingerprints)] = 1
        self.alone = np.array([len(fingerprints) for fingerprints in mine]) - self.holds.sum(axis=1)
        self.known = np.array([known.get(one, 0.0) for one in self.column.tolist()], dtype=np.float32)

    def common(self, shares: np.ndarray) -> np.ndarray:
        """The part of the class that holds each fingerprint. ``shares``: as how much of a person each
        submission counts.
        """
        people = shares.sum() + KNOWN_STUDENTS
        return np.clip((shares @ self.holds + KNOWN_STUDENTS * self.known) / people, 0.5 / people, 0.999)

    def likeness(self, shares: np.ndarray) -> np.ndarray:
        """From -1 to 1 for all pairs of submissions."""
        common = self.common(shares)
        weight = self.kind.aspect.weight / self.kind.aspect.length
        rows = (self.holds - common) * np.sqrt(-np.log(common) * weight)
        products = (rows @ rows.T).astype(float)
        own = (
            np.diag(products)
            + ALONE * weight * math.log(shares.sum() + KNOWN_STUDENTS) * self.alone
            + self.kind.little
        )
        return products / np.sqrt(np.outer(own, own))


def shares_of(likeness: np.ndarray) -> np.ndarray:
    """One for whoever is like nobody else; copies of one another share one."""
    alike = likeness > SAME_SOURCE
    np.fill_diagonal(alike, True)
    return 1 / alike.sum(axis=1)


def threshold(likenesses: np.ndarray, weights: np.ndarray) -> float:
    """The likeness of a class's pairs from which on a pair is an outlier.

    The largest of n independent values lies about sqrt(2 ln n) standard deviations above their middle. The
    spread is that of the lower half, where no copy is, and in a small class mostly the usual one.
    ``weights``: as how many pairs each counts.
    """
    n = weights.sum()
    if n <= 1:
        return BASE
    order = np.argsort(likenesses)
    below = np.cumsum(weights[order]) / n
    low, middle = likenesses[order][np.searchsorted(below, [0.16, 0.5])]
    spread = (n * (middle - low) + USUAL_PAIRS * USUAL_SPREAD) / (n + USUAL_PAIRS)
    return min(BASE + PER_SPREAD * float(spread) * math.sqrt(2 * math.log(n)), HIGHEST)


@dataclass(frozen=True)
class Pair:
    """Two submissions, by their numbers. ``score``: the likeness over its threshold; from 1 on the pair is
    worth a look.
    """

    first: int
    second: int
    score: float
    likeness: dict[Kind, float]

    @property
    def flagged(self) -> bool:
        return self.score >= 1


@dataclass
class Likeness:
    """``scores``: of all pairs; ``pairs``: the ``MOST`` most alike, and whichever is flagged, most alike
    first.
    """

    scores: np.ndarray
    pairs: list[Pair]
    common: dict[int, float]  # how common each fingerprint is that more than one holds
    thresholds: dict[Kind, float]

    @property
    def flagged(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.flagged]


def likeness(held: list[np.ndarray], count: int, known: dict[int, float]) -> Likeness:
    """Compare the first ``count`` submissions with each other and with all others; ``held``: the fingerprints
    of each, no one twice.
    """
    shares = np.full(len(held), min(1.0, FIRST_GUESS / len(held)))
    evidence = Evidence(CODE, held, known)
    for _ in range(3):
        shares = shares_of(evidence.likeness(shares))
    first, second = np.triu_indices(len(held), 1)
    here = first < count
    first, second = first[here], second[here]
    apart = shares[first] * shares[second]
    values, thresholds, common = {}, {}, {}
    for kind in KINDS:
        evidence = Evidence(kind, held, known)  # one at a time: it is the largest that there is
        values[kind] = evidence.likeness(shares)[first, second]
        thresholds[kind] = threshold(values[kind], apart)
        common |= zip(evidence.column.tolist(), evidence.common(shares).tolist())
    scores = np.max([values[kind] / thresholds[kind] for kind in KINDS], axis=0)
    order = np.argsort(-scores, kind="stable")[: max(MOST, np.count_nonzero(scores >= 1))]
    pairs = [
        Pair(
            int(first[i]), int(second[i]), float(scores[i]), {kind: float(values[kind][i]) for kind in values}
        )
        for i in order
    ]
    return Likeness(scores, pairs, common, thresholds)


def clusters(pairs: Iterable[Pair]) -> list[set[int]]:
    """Submissions joined by pairs, the largest group first."""
    groups: list[set[int]] = []
    for pair in pairs:
        joined = {pair.first, pair.second}
        apart = []
        for group in groups:
            if group & joined:
                joined |= group
            else:
                apart.append(group)
        groups = [*apart, joined]
    return sorted(groups, key=lambda group: (-len(group), min(group)))
