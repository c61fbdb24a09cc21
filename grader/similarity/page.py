"""The comparison as one HTML page that needs nothing else: the pairs, and the flagged ones side by side."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from markupsafe import Markup

from grader.grading.templates import templates_in
from mytorch.characters import printable
from mytorch.style import COLORS, INK, RULE, page_colors

from .fingerprints import STATEMENTS, Fingerprints, aspect_of
from .report import Examination
from .score import CODE, LETTER, REMARKS, Pair, clusters

RARE = 0.2  # of the class, at most, holds what is highlighted strongly
# by how strongly
MARKS = tuple(map(Markup, ("{}", "<mark>{}</mark>", "<mark class=rare>{}</mark>")))
CLOSEST = 5  # pairs that are named although they are not flagged
LISTED = 200  # pairs
# of the histogram, in pixels
WIDTH, HEIGHT, LEFT = 760, 180, 50
LOWEST, HIGHEST, BINS = -0.5, 1.6, 42  # scores beyond are counted at the ends

Texts = Callable[[int], dict[str, Fingerprints]]  # of a submission, by its number: its notebooks


def pairs_page(examined: Examination, shown: int) -> str:
    """The page's HTML. ``shown``: as many pairs at the most stand side by side."""
    pairs, flagged = examined.comparison.pairs, examined.comparison.flagged
    chosen = _chosen(flagged or pairs[:1], shown)
    groups = [group for group in clusters(flagged) if len(group) > 2]
    templates = templates_in(Path(__file__).parent)
    templates.filters["hundredths"] = "{:.2f}".format
    templates.globals |= {"CODE": CODE, "LETTER": LETTER, "REMARKS": REMARKS}
    templates.globals |= {"INK": INK, "RULE": RULE, "RARE": RARE}
    return templates.get_template("page.html").render(
        examined=examined,
        colors=Markup(page_colors()),
        groups=[[examined.name(number) for number in sorted(group)] for group in groups],
        rows=pairs[: max(len(flagged), 1) + CLOSEST][:LISTED],
        limits=examined.comparison.thresholds,
        histogram=_histogram(examined.comparison.scores),
        chosen=list(_side_by_side(examined, chosen)),
        more=max(0, len(flagged) - len(chosen)),
    )


def _histogram(scores: np.ndarray) -> dict:
    """All pairs' scores as bars; empty for a few. The height is the square root of the number: a single pair
    must be seen beside thousands.
    """
    if len(scores) < 3:
        return {}
    counts, edges = np.histogram(np.clip(scores, LOWEST, HIGHEST), bins=BINS, range=(LOWEST, HIGHEST))
    x = [_across(edge) for edge in edges]
    tall = [(HEIGHT - 10) * (count / counts.max()) ** 0.5 for count in counts]
    bars = [
        {
            "x": f"{left:.1f}",
            "y": f"{HEIGHT - height:.1f}",
            "width": f"{right - left - 1:.1f}",
            "height": f"{height:.1f}",
            "color": COLORS["Z"] if low >= 0.999 else COLORS["A"],
            "title": f"{count} pairs from {low:.2f} to {low + 0.05:.2f}",
        }
        for (left, right), height, low, count in zip(pairwise(x), tall, edges, counts)
        if count
    ]
    ticks = [(f"{_across(tick):.1f}", f"{tick:g}") for tick in (-0.5, 0, 0.5, 1, 1.5)]
    return {"pairs": len(scores), "bars": bars, "ticks": ticks, "most": counts.max()}


def _across(score: float) -> float:
    return LEFT + (score - LOWEST) / (HIGHEST - LOWEST) * (WIDTH - LEFT - 10)


# --- side by side -------------------------------------------------------------------------------------------


def _chosen(pairs: list[Pair], shown: int) -> list[Pair]:
    """Each submission's closest pair comes before the second one of a large group."""
    seen: set[int] = set()
    firsts, others = [], []
    for pair in pairs:
        (others if {pair.first, pair.second} <= seen else firsts).append(pair)
        seen |= {pair.first, pair.second}
    return sorted((firsts + others)[:shown], key=lambda pair: -pair.score)


def _side_by_side(examined: Examination, pairs: list[Pair]) -> Iterator[tuple[Pair, list]]:
    """Of each pair the notebooks: name, and for both students the name and the text."""

    @lru_cache(maxsize=6)  # in a large group one submission stands in many pairs
    def texts(number: int) -> dict[str, Fingerprints]:
        notebooks = examined.submissions[number].notebooks
        return {name: examined.reader.fingerprints(cells) for name, cells in notebooks.items()}

    for pair in pairs:
        yield pair, list(_notebooks(examined, pair, texts))


def _notebooks(examined: Examination, pair: Pair, texts: Texts) -> Iterator[tuple[str, list]]:
    both = [(examined.submissions[number], texts(number)) for number in (pair.first, pair.second)]
    first, second = (set().union(*(text.places for text in read.values())) for _, read in both)
    shared = (first & second) - examined.everybodys
    for name in sorted({name for one, _ in both for name, cells in one.notebooks.items() if cells}):
        yield (
            name,
            [(printable(one.name), _marked(examined, read.get(name), shared)) for one, read in both],
        )


def _marked(examined: Examination, text: Fingerprints | None, shared: set[int]) -> Markup:
    """The text with what both have highlighted, strongly where it is rare."""
    if text is None or not text.text:
        return Markup("<i>nothing of their own</i>")
    level = bytearray(len(text.text))
    found = [one for one in shared & text.places.keys() if aspect_of(one) is not STATEMENTS]  # only coarser
    rare = {one for one in found if examined.comparison.common.get(one, 1.0) <= RARE}
    for fingerprint in sorted(found, key=rare.__contains__):  # what is rare comes last, over the rest
        for start, end in text.places[fingerprint]:
            level[start:end] = (b"\2" if fingerprint in rare else b"\1") * (end - start)
    for gap in re.finditer(r"[^\w\n]{1,3}", text.text):  # blanks and brackets between two highlighted words
        around = level[max(gap.start() - 1, 0)], level[min(gap.end(), len(level) - 1)]
        level[gap.start() : gap.end()] = bytes([min(around)]) * len(gap[0])
    changes = np.flatnonzero(np.diff(np.frombuffer(level, np.uint8))) + 1
    pieces = pairwise([0, *changes.tolist(), len(level)])
    return Markup().join(MARKS[level[start]].format(text.text[start:end]) for start, end in pieces)
