"""Show a comparison: the first failure explained, then a compact table, as HTML in a notebook, as text in a
terminal. What is wrong stands first; of the quantities those that differ are in sight, the others fold.
"""

from collections.abc import Callable
from html import escape

from ..style import RIGHT, WRONG
from .compare import Comparison
from .diagnosis import Diagnosis
from .wording import Place

# The hues have as much of the page's own ink in them as it takes to read them on any theme.
STYLE = """<style>
.mt-report {font-size: 13px; max-width: 900px; line-height: 1.45}
.mt-report p {margin: 2px 0}
.mt-report table {border-collapse: collapse; margin: 4px 0 8px 0}
.mt-report th, .mt-report td {text-align: left !important; padding: 1px 14px 1px 0}
.mt-report th, .mt-report td {border: none; background: none; white-space: normal; overflow-wrap: anywhere}
.mt-report th[scope=col] {font-weight: 600; overflow-wrap: normal}
.mt-report th[scope=row] {font-weight: inherit}
.mt-report summary {cursor: pointer}
.mt-report .mt-why {border-left: 3px solid WRONG; padding: 2px 0 2px 10px; margin: 6px 0}
.mt-ok {color: color-mix(in srgb, RIGHT 60%, currentColor); font-weight: 700}
.mt-no {color: color-mix(in srgb, WRONG 70%, currentColor); font-weight: 700}
.mt-report details {margin: 2px 0 2px 2px}
</style>""".replace("RIGHT", RIGHT).replace("WRONG", WRONG)

MARKS = {False: "✗", True: "✓", None: "–"}  # the last: not reached
WORDS = {False: "differs", True: "agrees", None: "not reached"}


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

    def _rows(self):
        for row in self.comparison.rows.values():
            quantity = row.quantity
            yield row.agrees, quantity.label, quantity.equation, quantity.shape

    def __str__(self) -> str:
        rows = list(self._rows())
        width = max(len(label) for _, label, *_ in rows)
        lines = [self.summary]
        for agrees, label, equation, shape in rows:
            number = f"({equation})" if equation else ""
            lines.append(f"  {MARKS[agrees]} {label:<{width}}  {number:<8} {shape}".rstrip())
        if self.diagnosis:  # below: a terminal shows the end
            lines += ["", *self.diagnosis.text.splitlines()]
        if self.place:
            lines += self.place.text.splitlines()
        return "\n".join(lines + [f"  {note}" for note in self.notes])

    def _repr_html_(self) -> str:
        unfolding = _unfolding(self.place) if self.place else ""
        why = f'<div class="mt-why">{_explanation(self.diagnosis)}{unfolding}</div>' if self.diagnosis else ""
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        tables = "".join(self._table(agrees) for agrees in MARKS)
        head = f"<p><b>{escape(self.summary)}</b></p>"
        return f'{STYLE}<div class="mt-report">{head}{why}{notes}{tables}</div>'

    def _table(self, agrees: bool | None) -> str:
        """Of the quantities of which this is so; folded, unless they differ."""
        rows = [texts for is_so, *texts in self._rows() if is_so is agrees]
        if not rows:
            return ""
        lines = "".join(_row(*texts, _mark(agrees)) for texts in rows)
        titles = ("quantity", "equation", "shape", "verdict")
        heads = "".join(f'<th scope="col">{word}</th>' for word in titles)
        table = f"<table><tr>{heads}</tr>{lines}</table>"
        if agrees is False:
            return table
        return f"<details><summary>{_mark(agrees)}: {len(rows)}</summary>{table}</details>"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": str(self), "text/html": self._repr_html_()}


def _row(label: str, equation: str, shape: str, mark: str) -> str:
    return (
        f'<tr><th scope="row">{escape(label)}</th>'
        f"<td>{escape(equation)}</td><td>{escape(shape)}</td><td>{mark}</td></tr>"
    )


def _mark(agrees: bool | None) -> str:
    style = {True: "mt-ok", False: "mt-no", None: ""}[agrees]
    return f'<span class="{style}" aria-hidden="true">{MARKS[agrees]}</span> {WORDS[agrees]}'


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


def show_report(report: Report) -> Callable[[Place], None]:
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
