"""Small edits of a statement, each a slip that students make, undone.

Nodes of the tree are replaced in place, tried, and put back. Deletions and other structure come first (cost
1), then one name or number for another (2), and what is added comes last (3): ``additions``, most of all,
are made when they are asked for. Conditions and flags are left alone, but for a comparison.
"""

import ast
from collections.abc import Iterator

from ..reach import Site
from .brackets import rebracketed
from .edit import Edit
from .expressions import exchanges, extensions
from .scope import Scope, Slot, is_callee, slots_of
from .statements import comparisons, rearrangements, swapped_names

CONDITIONS = (ast.If, ast.While, ast.Assert, ast.Match)


def edits(place: Site, scope: Scope) -> Iterator[Edit]:
    """Of one statement, in no order; all that cost less than an addition."""
    slots = slots_of(place)
    if isinstance(place.statement, CONDITIONS):
        return _checked(place, [comparisons(slots)])
    single = (exchanges(slot, scope) for slot in _free(place, slots, scope))
    whole = (
        comparisons(slots),
        swapped_names(slots, scope),
        rebracketed(slots),
        rearrangements(place, scope),
    )
    return _checked(place, [*single, *whole])


def additions(place: Site, scope: Scope) -> Iterator[Edit]:
    """A factor, a term or a function that is not there."""
    if isinstance(place.statement, CONDITIONS):
        return iter(())
    return _checked(place, [extensions(slot, scope) for slot in _free(place, slots_of(place), scope)])


def _free(place: Site, slots: list[Slot], scope: Scope) -> list[Slot]:
    """Not what is called, and of x if a == b else y not what stands in a == b."""
    tests = [node.test for node in place.nodes() if isinstance(node, ast.IfExp)]
    inside = {inner for test in tests for inner in ast.walk(test)}
    return [slot for slot in slots if slot.node not in inside and not is_callee(slot, scope)]


def may_matter(edit: Edit, run: set[int]) -> bool:
    """Not where none of these lines, which run until a class is seen to be wrong, is of the edited statement.
    But a name may be another one without a line, and what leaves a loop runs where the line did not.
    """
    own = range(edit.line, edit.place.statement.end_lineno + 1)
    return edit.kind in ("line surplus", "indentation") or not run.isdisjoint(own)


def _checked(place: Site, sources: list[Iterator[tuple]]) -> Iterator[Edit]:
    grown = _grown(place)
    for changes in sources:
        for kind, cost, *change in changes:
            if grown and any(_names(new, grown) for _, _, new in change):
                continue  # a list in itself: NumPy would go through it without end
            yield Edit(kind, cost, place, tuple(change))


def _grown(place: Site) -> set[str]:
    """Names of lists that the statement puts something into."""
    calls = [node for node in place.nodes() if isinstance(node, ast.Call)]
    lists = [
        call.func.value
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("append", "extend", "insert")
    ]
    return {getattr(one, "id", getattr(one, "attr", "")) for one in lists}


def _names(new, grown: set[str]) -> bool:
    """Does what an edit puts in name one of these?"""
    nodes = ast.walk(new) if isinstance(new, ast.AST) else ()
    return any(getattr(node, "id", getattr(node, "attr", "")) in grown for node in nodes)
