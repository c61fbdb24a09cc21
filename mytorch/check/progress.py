"""The student's progress: which checks have passed, answers to blanks, boxes ticked by hand.

It lives in ``progress.json`` beside the notebooks, so that it survives restarts. In the course's own repository,
which is nobody's workspace, it lives in memory only.
"""

import json
from datetime import datetime
from html import escape
from pathlib import Path

from ..course import CHECKLIST, COMPONENTS, ITEMS
from ..export import write_atomically

PACKAGE = Path(__file__).resolve().parents[1]
FILE = PACKAGE.parent / "progress.json"
STUDENT_COPY = PACKAGE / "STUDENT_COPY.md"  # the release kit puts it into the student's mytorch

_memory: dict = {}  # what could not be written


def is_student_copy() -> bool:
    """Is this mytorch a student's own, into which passing classes are written?"""
    return STUDENT_COPY.is_file()


def _read() -> dict:
    if _memory or not is_student_copy():
        return _memory
    try:
        data = json.loads(FILE.read_text(encoding="utf-8"))
        if isinstance(data, dict):
            return data
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        pass
    _set_aside()
    return {}


def _set_aside() -> None:
    """An unreadable file is kept under another name, never overwritten."""
    try:
        FILE.replace(FILE.with_name(f"progress.damaged-{datetime.now():%Y%m%d-%H%M%S}.json"))
    except OSError:
        pass  # a folder that cannot be written: remember() will say so


def recall(key: str, default=None):
    """A value stored earlier; the default if there is none, or none of the default's kind."""
    value = _read().get(key, default)
    return value if default is None or isinstance(value, type(default)) else default


def remember(key: str, value) -> None:
    """Store a JSON value. In a folder that cannot be written it is kept until the kernel stops."""
    data = {**_read(), key: value}
    if is_student_copy():
        try:
            write_atomically(FILE, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
            _memory.clear()
            return
        except OSError as error:
            print(f"Your progress could not be saved to {FILE.name}: {error.strerror or error}.")
    _memory.update(data)


def passed() -> set[str]:
    """The components whose check has passed."""
    return {name for name in COMPONENTS if recall("passed", {}).get(name)}


def tick(component: str) -> None:
    """Mark a component as passed."""
    remember("passed", {**recall("passed", {}), component: datetime.now().isoformat(timespec="seconds")})


def points() -> tuple[int, int]:
    """(points of the items whose checks all pass here, points in all)."""
    done = passed()
    return sum(item.points for item in ITEMS if done.issuperset(item.components)), sum(item.points for item in ITEMS)


def checklist() -> str:
    """The seven-part checklist as text."""
    lines = []
    for number, (title, steps) in enumerate(CHECKLIST, 1):
        lines.append(f"{number}. {title}")
        lines += [f"   [{'x' if _is_done(step) else ' '}] {step.text}{_missing(step)}" for step in steps]
    return "\n".join([*lines, "", _score()])


def progress():
    """Show the seven-part checklist. Checks tick their own boxes; the others are yours to tick."""
    from IPython import get_ipython
    from IPython.display import display

    from .mode import recording

    if recording():
        return
    if get_ipython() is None:
        print(checklist())
    else:
        display(_form())


def _is_done(step) -> bool:
    return passed().issuperset(step.components) if step.components else bool(recall("ticked", {}).get(step.text))


def _missing(step) -> str:
    left = [name for name in step.components if name not in passed()]
    return f" (still to pass: {', '.join(left)})" if left and len(step.components) > len(left) else ""


def _score() -> str:
    got, total = points()
    return f"{got} of {total} points pass their checks here; the hidden tests decide."


def _form():
    """The checklist as widgets; a box that a check ticks cannot be changed by hand."""
    import ipywidgets as widgets

    rows = []
    for number, (title, steps) in enumerate(CHECKLIST, 1):
        rows.append(widgets.HTML(f"<b>{number}. {escape(title)}</b>"))
        rows += [_box(step) for step in steps]
    rows.append(widgets.HTML(escape(_score())))
    return widgets.VBox(rows)


def _box(step):
    import ipywidgets as widgets

    box = widgets.Checkbox(
        value=_is_done(step),
        description=step.text + _missing(step),
        disabled=bool(step.components),
        indent=False,
        layout=widgets.Layout(width="auto", margin="0 0 0 18px"),
    )
    box.observe(lambda change: remember("ticked", {**recall("ticked", {}), step.text: change["new"]}), names="value")
    return box
