"""The checklist of the assignment, as text and as a form."""

from html import escape

from ..course import assignment_here
from ..memory import passing, recall, remember
from ..mode import recording
from ..still import lacking


def points_passing() -> tuple[int, int]:
    """(points of the items whose checks all passed last, points in all)."""
    done = passing()
    items = assignment_here().items
    return sum(item.points for item in items if done.issuperset(item.components)), sum(
        item.points for item in items
    )


def checklist() -> str:
    """The checklist as text."""
    lines = []
    for number, (title, steps) in enumerate(assignment_here().checklist, 1):
        lines.append(f"{number}. {title}")
        lines += [f"   [{'x' if _is_done(step) else ' '}] {step.text}{_missing(step)}" for step in steps]
    return "\n".join([*lines, "", _score()])


def progress():
    """Show the checklist. Checks tick their own boxes; the others are yours to tick."""
    if recording():
        return
    if lack := lacking("Boxes to tick"):
        print(checklist(), lack, sep="\n")
    else:
        from IPython.display import display

        display(_form())


def _is_done(step) -> bool:
    return (
        passing().issuperset(step.components)
        if step.components
        else bool(recall("ticked", {}).get(step.text))
    )


def _missing(step) -> str:
    left = [name for name in step.components if name not in passing()]
    return f" (still to pass: {', '.join(left)})" if left and len(step.components) > len(left) else ""


def _score() -> str:
    got, total = points_passing()
    return f"{got} of {total} points pass their checks here; the hidden tests decide."


def _form():
    """The checklist as widgets; a box that a check ticks cannot be changed by hand."""
    import ipywidgets as widgets

    from ..widgets import Form

    def answers():
        return f"<pre>{escape(checklist())}</pre>", checklist()

    rows = []
    for number, (title, steps) in enumerate(assignment_here().checklist, 1):
        rows.append(widgets.HTML(f"<b>{number}. {escape(title)}</b>"))
        rows += [_box(step, lambda: form.changed()) for step in steps]
    rows.append(widgets.HTML(escape(_score())))
    form = Form(rows, answers)
    return form


def _box(step, changed):
    import ipywidgets as widgets

    box = widgets.Checkbox(
        value=_is_done(step),
        description=step.text + _missing(step),
        disabled=bool(step.components),
        indent=False,
        layout=widgets.Layout(width="auto", margin="0 0 0 18px"),
    )

    def ticked(change):
        remember("ticked", {**recall("ticked", {}), step.text: change["new"]})
        changed()

    box.observe(ticked, names="value")
    return box
