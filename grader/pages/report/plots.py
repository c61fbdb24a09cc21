"""The two plots of the page, as SVG that stays legible on a phone: narrow, few marks, every number written
out.
"""

import math

import numpy as np

from mytorch.characters import printable
from mytorch.explore.svg import DASHED, Plot, element, rectangle, text
from mytorch.style import COLORS, GRID, INK, NOTE, RULE, tint

from .results import ClassResults, GradedItem, Result

WIDTH = 460
FULL, PART, NONE, UNGRADED = COLORS["A"], tint(COLORS["A"], 0.45), COLORS["Z"], GRID
KINDS = (("all points", FULL), ("some points", PART), ("no points", NONE), ("not graded yet", UNGRADED))
ROW, BAR = 34, 20
BINS = 10


def score_shares(results: ClassResults) -> str:
    """For each item one bar: how many students have all, some, none of its points."""
    left, right, top = 118, WIDTH - 14, 52
    count = max(1, len(results.graded))
    scale = (right - left) / count
    marks = [_legend(results)]
    bottom = top + ROW * len(results.items)
    for tick in _ticks(count):
        x = left + tick * scale
        marks.append(element("path", d=f"M{x:.1f},{top - 4}V{bottom}", stroke=GRID))
        marks.append(text(x, bottom + 12, f"{tick}", 13, NOTE))
    for row, item in enumerate(results.items):
        y = top + row * ROW
        marks.append(text(left - 8, y + BAR / 2, printable(item.label, 15), 14, INK, "end"))
        marks += _bar(left, y, scale, split(results, item))
    marks.append(text((left + right) / 2, bottom + 32, "students", 14, INK))
    return _svg(bottom + 46, "Scores by item", marks)


def split(results: ClassResults, item: GradedItem) -> list[int]:
    """Students with all, some and none of the item's points, and those whose item is not graded."""
    counts = [0, 0, 0, 0]
    for result in results.results:
        if result.item == item:
            counts[_kind(result)] += 1
    return counts


def _kind(result: Result) -> int:
    if result.score is None:
        return 3
    return 0 if result.score >= result.item.points else 1 if result.score > 0 else 2


def _bar(left: float, y: float, scale: float, counts: list[int]) -> list[str]:
    marks, x = [], left
    for count, (_, color) in zip(counts, KINDS):
        width = count * scale
        if count:
            marks.append(rectangle(x, y, width, BAR, color, "white", stroke_width=1))
        if width > 9 * len(str(count)) + 6:
            marks.append(
                text(x + width / 2, y + BAR / 2, str(count), 13, "white" if color in (FULL, NONE) else INK)
            )
        x += width
    return marks


def _legend(results: ClassResults) -> str:
    shown = np.sum([split(results, item) for item in results.items] or [[0] * 4], axis=0)
    marks, x = [], 8
    for count, (words, color) in zip(shown, KINDS):
        if count:
            marks.append(rectangle(x, 12, 14, 14, color, RULE) + text(x + 20, 19, words, 13, NOTE, "start"))
            x += 34 + 7 * len(words)
    return "".join(marks)


def distribution(results: ClassResults) -> str:
    """A histogram of the totals, late penalties taken off, with the median marked."""
    totals, top_score = [student.total for student in results.graded], results.max_score or 1
    edges = bin_edges(totals, top_score)
    counts, _ = np.histogram(totals, edges)
    ticks = _ticks(max(counts))
    plot = Plot(52, 40, WIDTH - 70, 190, (edges[0], edges[-1]), (0, max(ticks[-1], max(counts)) * 1.12))
    bars = []
    for count, low, high in zip(counts, edges, edges[1:]):
        x, y = float(plot.x(low)) + 1, float(plot.y(count))
        width = float(plot.x(high)) - x - 1
        bars.append(rectangle(x, y, width, plot.top + plot.height - y, FULL) if count else "")
        bars.append(text(x + width / 2, y - 8, str(count), 12, INK) if count else "")
    median = float(np.median(totals))
    x = float(plot.x(median))
    path = f"M{x:.1f},{plot.top}V{plot.top + plot.height}"
    line = element("path", d=path, stroke=NONE, stroke_width=2, stroke_dasharray=DASHED)
    frame = plot.frame(edges[:: 1 if len(edges) < 8 else 2], ticks)
    across = f"points (of {top_score:g}, late penalties taken off)"
    words = text(8, 14, "students", 14, INK, "start") + text(plot.left + plot.width / 2, 262, across, 14, INK)
    words += text(
        min(max(x, plot.left + 50), plot.left + plot.width - 50), 28, f"median {median:g}", 13, NONE
    )
    return _svg(276, "Distribution of totals", [frame, *bars, line, words])


def bin_edges(totals: list[float], top_score: float) -> np.ndarray:
    """Ten bins from 0 to the points that the assignment gives, further ones where extra credit goes a little
    beyond.
    """
    highest = max(totals, default=0)
    width = (top_score if highest <= 1.5 * top_score else highest) / BINS
    return width * np.arange(max(BINS, math.ceil(round(highest / width, 9))) + 1)


def _ticks(largest: int) -> list[int]:
    """Whole numbers from 0 up to ``largest``, at most seven of them, at round steps."""
    step = next(s * 10**p for p in range(12) for s in (1, 2, 5) if largest / (s * 10**p) <= 6)
    return list(range(0, int(largest) + 1, step))


def _svg(height: float, title: str, marks: list[str]) -> str:
    content = element("title", title) + "".join(marks)
    return element(
        "svg", content, viewBox=f"0 0 {WIDTH} {height:g}", role="img", font_family="system-ui, sans-serif"
    )
