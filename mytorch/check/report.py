"""Show a comparison: a compact table and the first failure explained, as HTML in a notebook, as text in a
terminal.
"""

from collections.abc import Callable
from html import escape

from .compare import Comparison
from .diagnosis import Diagnosis
from .wording import Place

STYLE = """<style>
.mt-report {font-size: 13px; max-width: 900px; line-height: 1.45}
.mt-report table {border-collapse: collapse; margin: 4px 0 8px 0}
.mt-report th, .mt-report td {text-align: left !important; padding: 1px 14px 1px 0}
.mt-report th, .mt-report td {border: none; background: none}
.mt-report th {font-weight: 600; opacity: .7}
.mt-report .mt-why {border-left: 3px solid #D55E00; padding: 2px 0 2px 10px; margin: 6px 0}
.mt-report .mt-why p {margin: 2px 0}
.mt-report details {margin: 2px 0 2px 2px} .mt-report summary {cursor: pointer}
.mt-report .mt-note {opacity: .8}
.mt-ok {color: #009E73; font-weight: 700} .mt-no {color: #D55E00; font-weight: 700}
</style>"""


MARKS = {True: "✓", False: "✗", None: "–"}  # the last: not reached


class Report:
    """What ``check`` displays. ``notes`` are ungraded remarks and what happened after passing; ``place`` is
    what arrives later, when the student's own lines have been searched.
    """

    def __init__(self, comparison: Comparison, diagnosis: Diagnosis | None, notes: list[str] = ()):
        self.comparison, self.diagnosis, self.notes = comparison, diagnosis, list(notes)
        self.place: Place | None = None

    @property
    def summary(self) -> str:
        rows = self.comparison.rows.values()
        agreeing = sum(row.agrees is True for row in rows)
        if agreeing == len(rows):
            return f"{self.comparison.component}: all {len(rows)} quantities agree with PyTorch"
        return f"{self.comparison.component}: {agreeing} of {len(rows)} quantities agree with PyTorch"

    def _cells(self):
        for row in self.comparison.rows.values():
            quantity = row.quantity
            yield quantity.label, quantity.equation, quantity.shape, row.agrees

    def __str__(self) -> str:
        cells = list(self._cells())
        width = max(len(label) for label, *_ in cells)
        lines = [self.summary]
        for label, equation, shape, agrees in cells:
            number = f"({equation})" if equation else ""
            lines.append(f"  {MARKS[agrees]} {label:<{width}}  {number:<8} {shape}".rstrip())
        if self.diagnosis:
            lines += ["", *self.diagnosis.text.splitlines()]
        if self.place:
            lines += self.place.text.splitlines()
        return "\n".join(lines + [f"  {note}" for note in self.notes])

    def _repr_html_(self) -> str:
        rows = "".join(_row(*texts, _mark(agrees)) for *texts, agrees in self._cells())
        table = (
            f"<table><tr><th>quantity</th><th>equation</th><th>shape</th><th>agrees</th></tr>{rows}</table>"
        )
        unfolding = _unfolding(self.place) if self.place else ""
        why = f'<div class="mt-why">{_explanation(self.diagnosis)}{unfolding}</div>' if self.diagnosis else ""
        notes = "".join(f'<div class="mt-note">{escape(note)}</div>' for note in self.notes)
        return f'{STYLE}<div class="mt-report"><b>{escape(self.summary)}</b>{table}{why}{notes}</div>'

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": str(self), "text/html": self._repr_html_()}


def _row(label: str, equation: str, shape: str, mark: str) -> str:
    return (
        f"<tr><td>{escape(label)}</td><td>{escape(equation)}</td><td>{escape(shape)}</td><td>{mark}</td></tr>"
    )


def _mark(agrees: bool | None) -> str:
    style = {True: "mt-ok", False: "mt-no", None: "mt-note"}[agrees]
    return f'<span class="{style}">{MARKS[agrees]}</span>'


def _explanation(diagnosis: Diagnosis) -> str:
    parts = [f"<b>{escape(diagnosis.headline)}</b>"]
    parts += [escape(text) for text in (diagnosis.detail, diagnosis.hint) if text]
    return "".join(f"<p>{part}</p>" for part in parts)


def _unfolding(place: Place) -> str:
    """Which steps agree; which line, and in it what kind of slip, each for whoever asks."""
    lines = "".join(f"<p>Line {number}: <code>{escape(code)}</code></p>" for number, code in place.lines)
    slip = f"<p>{escape(place.slip)}</p>" if place.slip else ""
    inner = f"<details><summary>What kind of slip?</summary>{slip}</details>" if slip and lines else slip
    steps = f"<p>{escape(place.steps)}</p>" if place.steps else ""
    if not (lines or slip):
        return steps
    title = ("Which line?" if len(place.lines) == 1 else "Which lines?") if lines else "What kind of slip?"
    return f"{steps}<details><summary>{title}</summary>{lines}{inner}</details>"


def show(report: Report) -> Callable[[Place], None]:
    """In a notebook as rich output, elsewhere as text. Returns what adds the place to it when it is known."""
    from IPython import get_ipython
    from IPython.display import display

    shell = get_ipython()
    handle = display(report, display_id=True) if hasattr(shell, "kernel") else None
    if shell is None:
        print(report)
    elif handle is None:
        display(report)

    def add(place: Place) -> None:
        report.place = place
        if handle is None:
            print(place.text)
        else:
            handle.update(report)

    return add
