"""Is the class that Python has the one on the screen? A cell whose last run failed, or that gives its class
another name now, leaves the class of an earlier run behind.

Cells are known by the ids that JupyterLab gives them; elsewhere only by the class that stands in their text.
"""

import re
import sys
from dataclasses import dataclass

from ..course import COMPONENTS
from ..export import definitions


@dataclass
class Seen:
    """A class of a cell, as it was after the last cell that ran."""

    component: type
    cell_id: str | None
    problem: str = ""  # why it is an older one


_seen: dict[str, Seen] = {}


def watch(shell) -> None:
    """Look, after each cell that this shell runs, at what became of the components."""
    for name in COMPONENTS:
        if _is_own(component := shell.user_ns.get(name)):
            _seen[name] = Seen(component, None)
    shell.events.register("post_run_cell", lambda result: _after_cell(shell.user_ns, result))


def older(name: str, component) -> str:
    """Why this class is not that of its cell's last run, in a sentence; or an empty string."""
    seen = _seen.get(name)
    return seen.problem if seen is not None and seen.component is component else ""


def _after_cell(namespace: dict, result) -> None:
    source, cell_id = result.info.raw_cell, getattr(result.info, "cell_id", None)
    error = result.error_before_exec or result.error_in_exec
    for name in COMPONENTS:
        component, seen = namespace.get(name), _seen.get(name)
        if not _is_own(component):
            _seen.pop(name, None)
        elif seen is None or seen.component is not component:
            _seen[name] = Seen(component, cell_id)
        else:
            is_own = cell_id is not None and cell_id == seen.cell_id
            seen.problem = _problem(name, source, error, is_own) or seen.problem


def _is_own(component) -> bool:
    """Is it a class that was written in this notebook?"""
    return isinstance(component, type) and component.__module__ == "__main__"


def _problem(name: str, source: str, error: BaseException | None, is_own: bool) -> str:
    """What this run of a cell, which left the class as it was, says of it. ``is_own``: the class is from that
    cell.
    """
    written = re.findall(r"^[ \t]*class[ \t]+(\w+)", source, re.MULTILINE)
    is_bound = name in definitions([source])
    if error is not None and (name in written or (is_own and not is_bound)):
        kind = type(error).__name__
        where = f"the last cell with class {name}" if name in written else "the cell that it comes from"
        why = f"{where} ended with {'an' if kind[0] in 'AEIOU' else 'a'} {kind}. Mend that cell and run it."
    elif error is None and is_own and not is_bound:
        others = [other for other in written if other not in COMPONENTS]
        now = f"defines {others[0]} now" if others else f"does not define {name} any more"
        why = f"the cell that it comes from {now}. Run a cell with class {name}."
    else:
        return ""
    return f"what Python has is an older {name}: {why}"


if (ipython := sys.modules.get("IPython")) is not None and (running := ipython.get_ipython()) is not None:
    watch(running)
