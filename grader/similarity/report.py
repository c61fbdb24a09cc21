"""What the comparison found: a page that stands alone, a CSV, a few lines for the terminal."""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from grader.grading.words import table
from mytorch.characters import printable
from mytorch.style import COLORS, INK, RULE, page_colors

from .fingerprints import STATEMENTS, Fingerprints, aspect_of
from .score import CODE, LETTER, REMARKS, Pair, clusters

if TYPE_CHECKING:
    from .command import Examination

RARE = 0.2  # of the class, at most, holds what is highlighted strongly
MARKS = (("", ""), ("<mark>", "</mark>"), ("<mark class=rare>", "</mark>"))  # by how strongly
CLOSEST = 5  # pairs that are named although they are not flagged

ABOUT = """The score of a pair is how alike their formulas, their spelling or their words are, where each
counts the more the fewer others have it, divided by what the most alike of so many independent pairs would
reach; from 1 on the pair is flagged. A flag is a reason to look, not a proof: two students may have learned
from the same page, worked side by side, or simply think alike, and somebody who copied only a part, or the
most common solution, is not found."""

STYLE = (
    page_colors()
    + """
body { margin: 0 auto; max-width: 1500px; padding: 1rem; font: 16px/1.5 system-ui, sans-serif; }
body { color: var(--ink); background: var(--paper); overflow-wrap: anywhere; }
table { border-collapse: collapse; overflow-wrap: normal; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--grid); text-align: left; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; } .note { color: var(--note); } p { max-width: 46rem; }
svg { background: white; } /* drawn for white, in either theme */
:focus-visible { outline: 2px solid var(--A); outline-offset: 2px; }
details { border: 1px solid var(--rule); border-radius: 6px; margin: .7rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
.sides > div { min-width: 0; }
pre { overflow-y: auto; max-height: 80vh; border: 1px solid var(--grid); padding: .6rem; }
pre { font: 13px/1.45 ui-monospace, monospace; white-space: pre-wrap; }
mark { color: inherit; background: var(--W-wash); }
mark.rare { background: var(--Z-wash); border-bottom: 2px solid var(--Z); }
mark, mark.rare { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
h4 { margin: .8rem 0 .2rem; }
@media (max-width: 800px) { .sides { grid-template-columns: 1fr; } }
@media print { pre { max-height: none; } pre, .wide { overflow: visible; } }
@media print { body { max-width: none; padding: 0; } th, td { padding: .2rem; overflow-wrap: anywhere; } }
"""
)


# --- the terminal -------------------------------------------------------------------------------------------


def summary(examined: "Examination", count: int) -> str:
    """What was compared, the pairs to look at, what could not be read."""
    pairs, flagged = examined.comparison.pairs, examined.comparison.flagged
    lines = [_compared(examined, count), _verdict(examined)]
    shown = flagged[:15] or pairs[:3]
    if shown:
        names = [(_name(examined, pair.first), _name(examined, pair.second)) for pair in shown]
        first, second = (max(len(name[side]) for name in names) for side in (0, 1))
        lines += ["", "score  code  words  to the letter" if flagged else "The closest pairs, not flagged:"]
        lines += [
            f"{pair.score:5.2f}  {pair.likeness[CODE]:4.2f}  {pair.likeness[REMARKS]:5.2f}  "
            f"{pair.likeness[LETTER]:13.2f} "
            f" {a:{first}}  {b:{second}}".rstrip()
            for pair, (a, b) in zip(shown, names)
        ]
    if len(flagged) > len(shown):
        lines.append(f"... and {len(flagged) - len(shown)} more flagged pairs, in the files.")
    lines += [f"Not read: {sentence}" for sentence in _problems(examined)]
    return "\n".join(lines)


def _compared(examined: "Examination", count: int) -> str:
    older = len(examined.submissions) - count
    against = f" and with {older} earlier one{'s' * (older != 1)}" if older else ""
    return f"{examined.assignment}: {count} submission{'s' * (count != 1)} compared with each other{against}."


def _verdict(examined: "Examination") -> str:
    flagged = examined.comparison.flagged
    if not flagged:
        return "No pair is flagged."
    groups = clusters(flagged)
    return (
        f"{len(flagged)} pair{'s' * (len(flagged) > 1)} flagged, in {len(groups)} "
        f"group{'s' * (len(groups) > 1)}."
    )


def _name(examined: "Examination", number: int) -> str:
    return printable(examined.submissions[number].name)


def _problems(examined: "Examination") -> list[str]:
    return [f"{one.name}: {problem}" for one in examined.submissions for problem in one.problems]


# --- the CSV ------------------------------------------------------------------------------------------------


def csv_table(examined: "Examination") -> str:
    """All flagged pairs and the most alike of the others, most alike first."""
    comparison = examined.comparison
    group_of = {
        number: index for index, group in enumerate(clusters(comparison.flagged), 1) for number in group
    }
    rows = [["first", "second", "second_from", "flagged", "score", "code", "words", "to_the_letter", "group"]]
    rows[0] += ["first_full_name", "second_full_name"]
    for pair in comparison.pairs:
        first, second = examined.submissions[pair.first], examined.submissions[pair.second]
        values = (pair.score, *(pair.likeness[kind] for kind in (CODE, REMARKS, LETTER)))
        numbers = [Decimal(f"{value:.3f}") for value in values]
        group = group_of[pair.first] if pair.flagged else ""
        names = first.student, second.student, second.term
        full_names = first.full_name, second.full_name
        rows.append([*names, "yes" if pair.flagged else "no", *numbers, group, *full_names])
    return table(rows)


# --- the page -----------------------------------------------------------------------------------------------


def pairs_page(examined: "Examination", count: int, shown: int) -> str:
    """The whole page. Nothing from a submission gets into it unescaped."""
    title = f"Similar submissions of {escape(examined.assignment)}"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src '
        "'unsafe-inline'\">",
        f"<title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>",
        f"<p>{escape(_compared(examined, count))} "
        f"<strong>{escape(_verdict(examined))}</strong></p><p>{ABOUT}</p>",
        _groups(examined),
        _pairs(examined),
        _histogram(examined),
        _side_by_side(examined, shown),
        _unread(examined),
        "</main></body></html>\n",
    ]
    return "\n".join(parts)


def _groups(examined: "Examination") -> str:
    large = [group for group in clusters(examined.comparison.flagged) if len(group) > 2]
    if not large:
        return ""
    items = "".join(
        f"<li>{', '.join(escape(_name(examined, number)) for number in sorted(group))}</li>"
        for group in large
    )
    return (
        "<h2>Groups</h2><p>More than two that are joined by flagged pairs: perhaps one source, perhaps one "
        f"student's work passed on.</p><ol>{items}</ol>"
    )


def _pairs(examined: "Examination") -> str:
    pairs, flagged = examined.comparison.pairs, examined.comparison.flagged
    if not pairs:
        return "<p>There is nothing to compare: a single submission has no pair.</p>"
    rows = "".join(
        _row(examined, rank, pair)
        for rank, pair in enumerate(pairs[: max(len(flagged), 1) + CLOSEST][:200], 1)
    )
    limits = examined.comparison.thresholds
    return (
        "<h2>Pairs</h2><p class=note>Likeness is 1 for the same and about 0 for strangers. Flagged: code "
        f"from {limits[CODE]:.2f} on, to the letter from {limits[LETTER]:.2f} on, words (comments, texts, "
        f"notes) from {limits[REMARKS]:.2f} on. Code does not see names and layout: high code beside a low "
        "value to the letter means other names. Below the flagged pairs stand the closest of the "
        "others.</p><div class=wide tabindex=0><table><tr><th class=number>#<th>first<th>second<th "
        "class=number>score<th class=number>code<th class=number>words<th class=number>to the "
        f"letter<th>flagged</tr>{rows}</table></div>"
    )


def _row(examined: "Examination", rank: int, pair: Pair) -> str:
    numbers = "".join(f"<td class=number>{pair.likeness[kind]:.2f}" for kind in (CODE, REMARKS, LETTER))
    names = "".join(f"<td>{escape(_name(examined, number))}" for number in (pair.first, pair.second))
    return (
        f"<tr><td class=number>{rank}{names}<td"
        f" class=number>{pair.score:.2f}{numbers}<td>{'yes' if pair.flagged else ''}</tr>"
    )


def _histogram(examined: "Examination") -> str:
    """All pairs' scores as bars. The height is the square root of the number: a single pair must be seen
    beside thousands.
    """
    scores = examined.comparison.scores
    if len(scores) < 3:
        return ""
    counts, edges = np.histogram(np.clip(scores, -0.5, 1.6), bins=42, range=(-0.5, 1.6))
    width, height, left, bottom = 760, 180, 50, 40
    x = [left + (edge + 0.5) / 2.1 * (width - left - 10) for edge in edges]
    tall = [(height - 10) * (count / counts.max()) ** 0.5 for count in counts]
    bars = "".join(
        f'<rect x="{a:.1f}" y="{height - h:.1f}" width="{b - a - 1:.1f}" height="{h:.1f}"'
        f' fill="{COLORS["Z"] if edge >= 0.999 else COLORS["A"]}"><title>{count} pairs from {edge:.2f} to'
        f" {edge + 0.05:.2f}</title></rect>"
        for a, b, h, edge, count in zip(x, x[1:], tall, edges, counts)
        if count
    )
    ticks = "".join(
        f'<text x="{left + (tick + 0.5) / 2.1 * (width - left - 10):.1f}" y="{height + 17}"'
        f' text-anchor="middle">{tick:g}</text>'
        for tick in (-0.5, 0, 0.5, 1, 1.5)
    )
    return (
        f"<h2>All {len(scores)} pairs</h2>"
        f'<svg viewBox="0 0 {width} {height + bottom}" style="max-width: {width}px; width: 100%" role="img"'
        f' aria-label="Histogram of the scores of all pairs" font-size="13" fill="{INK}">{bars}{ticks}<line'
        f' x1="{left}" x2="{width - 10}" y1="{height}" y2="{height}" stroke="{RULE}"/><text x="{width / 2}"'
        f' y="{height + 35}" text-anchor="middle">score (flagged from 1 on)</text>'
        f'<text x="14" y="{height / 2}" text-anchor="middle" transform="rotate(-90 14 {height / 2})">'
        f'pairs (root scale)</text><text x="{left - 5}" y="20"'
        f' text-anchor="end">{counts.max()}</text></svg>'
    )


def _side_by_side(examined: "Examination", shown: int) -> str:
    flagged = examined.comparison.flagged
    chosen = _chosen(flagged or examined.comparison.pairs[:1], shown)
    if not chosen:
        return ""

    @lru_cache(maxsize=6)  # in a large group one submission stands in many pairs
    def texts(number: int) -> dict[str, Fingerprints]:
        notebooks = examined.submissions[number].notebooks
        return {name: examined.reader.fingerprints(cells) for name, cells in notebooks.items()}

    left = (
        f" {len(flagged) - len(chosen)} more flagged pairs are in the CSV; --show shows more."
        if len(flagged) > len(chosen)
        else ""
    )
    return (
        "<h2>Side by side</h2><p>Only what the students wrote themselves. <mark "
        f"class=rare>Underlined</mark>: in both, and in at most {RARE:.0%} of the submissions and of the "
        f"usual ways to write it. <mark>Pale</mark>: in both, and common.{escape(left)}</p>"
        + "".join(
            _pair_of_texts(examined, pair, texts, is_open=index == 0) for index, pair in enumerate(chosen)
        )
    )


def _chosen(pairs: list[Pair], shown: int) -> list[Pair]:
    """Each submission's closest pair comes before the second one of a large group."""
    seen: set[int] = set()
    firsts, others = [], []
    for pair in pairs:
        (others if {pair.first, pair.second} <= seen else firsts).append(pair)
        seen |= {pair.first, pair.second}
    return sorted((firsts + others)[:shown], key=lambda pair: -pair.score)


def _pair_of_texts(
    examined: "Examination", pair: Pair, texts: Callable[[int], dict[str, Fingerprints]], is_open: bool
) -> str:
    both = [(examined.submissions[number], texts(number)) for number in (pair.first, pair.second)]
    parts = []
    first, second = (set().union(*(text.places for text in read.values())) for _, read in both)
    shared = (first & second) - examined.everybodys
    for name in sorted({name for one, _ in both for name, cells in one.notebooks.items() if cells}):
        sides = "".join(
            f"<div><h4>{escape(printable(one.name))}</h4>"
            f"<pre tabindex=0>{_marked(examined, read.get(name), shared)}</pre></div>"
            for one, read in both
        )
        parts.append(f"<h3>{escape(name)}</h3><div class=sides>{sides}</div>")
    title = f"{escape(_name(examined, pair.first))} and {escape(_name(examined, pair.second))}"
    return (
        f"<details{' open' if is_open else ''}><summary>{title}, score "
        f"{pair.score:.2f}</summary>{''.join(parts)}</details>"
    )


def _marked(examined: "Examination", text, shared: set[int]) -> str:
    """The text with what both have highlighted, strongly where it is rare."""
    if text is None or not text.text:
        return "<i>nothing of their own</i>"
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
    pieces = []
    for start, end in pairwise([0, *changes.tolist(), len(level)]):
        opened, closed = MARKS[level[start]]
        pieces.append(f"{opened}{escape(text.text[start:end])}{closed}")
    return "".join(pieces)


def _unread(examined: "Examination") -> str:
    problems = "".join(f"<li>{escape(sentence)}</li>" for sentence in _problems(examined))
    return (
        f"<h2>Not read</h2><p>These took no part, unless it says so.</p><ul>{problems}</ul>"
        if problems
        else ""
    )
