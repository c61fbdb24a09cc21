"""The report as one HTML page that needs nothing else: no network, no script, everything from students
escaped.
"""

from datetime import datetime
from pathlib import Path

import numpy as np
from markupsafe import Markup

from grader.grading.templates import templates_in
from mytorch.characters import printable
from mytorch.course import ASSIGNMENTS
from mytorch.style import page_colors

from . import plots
from .findings import NOT_RUN, Finding, to_explain
from .results import GRADED, ClassResults, GradedItem

TEMPLATE = "page.html"
LONGEST = 100_000  # characters of one text
TAMPERED = "not a trace"


def page(results: ClassResults, findings: list[Finding], now: datetime | None = None) -> str:
    """The page's HTML."""
    templates = templates_in(Path(__file__).parent)
    templates.filters |= {"points": points_text, "readable": readable, "people": people}
    return templates.get_template(TEMPLATE).render(
        results=results,
        is_of_course=results.assignment in ASSIGNMENTS,
        count=len(results.graded),
        median=float(np.median([student.total for student in results.graded])),
        findings=findings,
        first=to_explain(findings),
        items=[_item_row(results, item, findings) for item in results.items],
        items_plot=Markup(plots.score_shares(results)),
        items_line=_items_line(results),
        totals_plot=Markup(plots.distribution(results)),
        totals_line=_totals_line(results),
        waiting=_by_status(results),
        not_run=_with_cause(results, NOT_RUN),
        tampered=_with_cause(results, TAMPERED),
        by_hand=[(one.student, one.item.label) for one in results.results if one.is_open],
        now=(now or datetime.now().astimezone()).strftime("%Y-%m-%d %H:%M %Z"),
        colors=Markup(page_colors()),
    )


def points_text(value: float) -> str:
    """15, 7.5, 66.67."""
    return f"{round(value, 2):g}" if abs(value) < 1e5 else f"{value:.0f}"


def people(count: int, of: int | None = None) -> str:
    """ "1 student", "31 students"; with ``of``, "31 of 120 students"."""
    share = f"{count} of {of}" if of is not None else f"{count}"
    return f"{share} student{'s' * ((of or count) != 1)}"


def readable(text: str) -> str:
    """Without control characters, which could reorder or hide what stands beside them."""
    return printable(text, LONGEST, keep="\n", instead=" ")


# --- sentences that say what a plot shows -------------------------------------------------------------------


def _items_line(results: ClassResults) -> str:
    shares = {item: plots.split(results, item) for item in results.items if item.points}
    failed = {item: counts[2] for item, counts in shares.items()}
    worst, best = max(failed, key=failed.get, default=None), min(failed, key=failed.get, default=None)
    if worst is None:
        return "No item gives points."
    if not failed[worst]:
        return "Nobody is without points in any item."
    of = len(results.graded)
    line = f"{worst.label} went worst: {people(failed[worst], of)} got no points for it."
    return (
        line
        if failed[best] == failed[worst]
        else f"{line} {best.label} went best, where {failed[best]} of {of} got none."
    )


def _totals_line(results: ClassResults) -> str:
    totals = [student.total for student in results.graded]
    full, none = sum(total >= results.max_score for total in totals), sum(total == 0 for total in totals)
    median, mean = points_text(float(np.median(totals))), points_text(float(np.mean(totals)))
    line = f"Half of the class has {median} points or more; the mean is {mean}."
    line += f" All {points_text(results.max_score)} points: {people(full)}. No points: {people(none)}."
    late = [student.penalty for student in results.graded if student.penalty]
    if late:
        cost = f"{people(len(late))} {points_text(sum(late))} points together"
        line += f" Handing in late cost {cost}; they are taken off here."
    if days := sum(student.late_days for student in results.graded):
        line += f" {days} late day{'s were' if days > 1 else ' was'} spent on it."
    unfinished = sum(not student.is_complete for student in results.graded)
    if unfinished:
        line += f" {people(unfinished)} will have more: some of their items wait for a grade by hand."
    return line


# --- rows ---------------------------------------------------------------------------------------------------


def _item_row(results: ClassResults, item: GradedItem, findings: list[Finding]) -> dict:
    scores = [result.score for result in results.results if result.item == item and result.score is not None]
    mean = points_text(float(np.mean(scores))) if scores else "–"
    main = next((one for one in findings if item.label in one.items), None)
    return {"item": item, "mean": mean, "split": plots.split(results, item), "main": main}


def _by_status(results: ClassResults) -> dict[str, list]:
    """Those who are not graded, by the reason."""
    groups = {}
    for student in results.students:
        if student.status != GRADED:
            groups.setdefault(student.status, []).append(student)
    return groups


def _with_cause(results: ClassResults, cause: str) -> list[tuple[str, str, str]]:
    """(student, notebook, reason) of each notebook with that cause, once."""
    found = [one for one in results.results if one.verdict and one.verdict.cause == cause]
    return list(dict.fromkeys((one.student, one.item.notebook, one.verdict.headline) for one in found))
