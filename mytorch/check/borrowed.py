"""Is it the class itself, or one of an earlier notebook that it uses?  A module can be edited by hand."""

from types import FunctionType

from ..course import COMPONENTS, ITEM_OF, PACKAGE, is_student_copy, path_in
from ..export import is_edited
from .save import problem_of
from .standin import is_stand_in
from .wording import Diagnosis


def edited_by_hand(component: type) -> Diagnosis | None:
    """Of the first class that this one uses, and that no longer does what passed its check."""
    if not is_student_copy():
        return None
    for name, used in _used(component).items():
        path = path_in(PACKAGE.parent, used.__module__)
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        if text and is_edited(text) and (problem := problem_of(used, name)):
            shown = path.relative_to(PACKAGE.parent).as_posix()
            return Diagnosis(
                "edited by hand",
                f"{shown} was edited by hand, and {name} comes from there: {problem}.",
                hint=f"check({name}) in {ITEM_OF[name].notebook}.ipynb writes that file again.",
            )
    return None


def _used(component: type) -> dict[str, type]:
    """The components that its methods know by name and that come from the student's library."""
    methods = [value for value in vars(component).values() if isinstance(value, FunctionType)]
    named = {name: one.__globals__.get(name) for one in methods for name in one.__code__.co_names}
    return {
        name: value
        for name, value in named.items()
        if name in COMPONENTS
        and isinstance(value, type)
        and value.__module__ == ITEM_OF[name].module
        and not is_stand_in(value)
    }
