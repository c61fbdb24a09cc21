"""autograd stands in for a component that the student has not finished: being stuck in one section blocks no
other.
"""

import importlib
import sys
from importlib.util import module_from_spec, spec_from_file_location

from ..course import ITEM_OF, PACKAGE, SECTION_OF, assignment_here, is_student_copy, path_in
from ..memory import FILE, passed
from ..mode import recording
from .reference import SUBSTITUTE, ReferenceMissing, reference_of

_announced: set[str] = set()


class StandIn(Exception):
    """A stand-in was needed where there is none. In a notebook it shows as one line."""

    def _render_traceback_(self):
        return [f"StandIn: {self}"]


def stand_in(name: str) -> type:
    """The student's own class, if it belongs to an earlier assignment and was finished there. Otherwise a
    class that makes the reference of the same interface, and says so once.

    Where there is no reference, as in the kernel that grades the component's own notebook, the notebook's
    class is used; StandIn is raised if it has none.
    """

    own = finished_earlier(name)
    if own is not None:
        return own

    def __new__(cls, *args, **kwargs):
        return (_finished(name) or _in_graded_notebook(name) or _reference(name))(*args, **kwargs)

    doc = f"Stands in for {name} until check({name}) passes in {ITEM_OF[name].notebook}.ipynb."
    return type(name, (), {"__new__": __new__, "__doc__": doc, "is_stand_in": True})


def finished_earlier(name: str) -> type | None:
    """The class in the copy of an earlier assignment whose folder lies beside this one's, if its check has
    passed there.
    """
    assignment = SECTION_OF[name].assignment
    folder = PACKAGE.parents[1] / assignment
    if (
        not is_student_copy()
        or assignment == assignment_here().name
        or name not in passed(folder / FILE.name)
    ):
        return None
    path = path_in(folder, ITEM_OF[name].module)
    try:
        spec = spec_from_file_location(ITEM_OF[name].module, path)
        spec.loader.exec_module(module := module_from_spec(spec))
        own = getattr(module, name)
    except Exception as error:  # the file is gone, or no longer what passed
        print(f"{name} could not be taken from ../{assignment} ({type(error).__name__}: {error}).")
        return None
    if is_stand_in(own):
        return None
    if assignment not in _announced:
        _announced.add(assignment)
        print(f"The classes that you finished in ../{assignment} are used here.")
    return own


def is_stand_in(component) -> bool:
    return getattr(component, "is_stand_in", False) is True


def _finished(name: str) -> type | None:
    """The student's class, if its check has passed since this kernel imported the stand-in."""
    if name not in passed():
        return None
    component = getattr(importlib.reload(importlib.import_module(ITEM_OF[name].module)), name)
    return None if is_stand_in(component) else component


def _in_graded_notebook(name: str) -> type | None:
    """While a notebook is graded nothing is exported from it: its demonstrations then use the class as it
    stands there.
    """
    component = getattr(sys.modules["__main__"], name, None) if recording() else None
    return component if isinstance(component, type) and not is_stand_in(component) else None


def _reference(name: str) -> type:
    notebook = ITEM_OF[name].notebook
    try:
        reference = reference_of(name)
    except ReferenceMissing:
        raise StandIn(
            f"{name} is not finished, and {SUBSTITUTE}, which would stand in for it, is not available here."
        ) from None
    if name not in _announced:
        _announced.add(name)
        assignment = SECTION_OF[name].assignment
        where = (
            f"{notebook}.ipynb" if assignment == assignment_here().name else f"{assignment}/{notebook}.ipynb"
        )
        print(f"{name} is not finished yet, {SUBSTITUTE} stands in for it. Your own comes from {where}.")
    return reference
