"""An edit: what it puts in the place of what in a class's tree, tried and taken back; of one place many are
compiled together.
"""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ..reach import Site
from ..source import NUMBER

STRUCTURE, EXCHANGE, ADDITION = 1, 2, 3  # costs, of deletions and the like first
TOGETHER = 32  # edits at most that are compiled together


@dataclass(frozen=True, eq=False)
class Edit:
    """``kind``: one of words.QUESTIONS. ``changes``: (list or node, index or field, new value)."""

    kind: str
    cost: float
    place: Site
    changes: tuple

    @property
    def line(self) -> int:
        return self.place.statement.lineno

    @contextmanager
    def applied(self):
        old = [_get(owner, key) for owner, key, _ in self.changes]
        for (owner, key, new), before in zip(self.changes, old):
            if isinstance(before, (ast.expr, ast.stmt)):
                _locate(new, before)
            _set(owner, key, new)
        try:
            yield
        finally:
            for (owner, key, _), value in reversed(list(zip(self.changes, old))):
                _set(owner, key, value)


def together(found: list[Edit]) -> Iterator[list[Edit]]:
    """Those that put one expression or another in the same place, a few at a time."""
    places: dict[tuple, list[Edit]] = {}
    for edit in found:
        owner, key, new = edit.changes[0]
        if len(edit.changes) == 1 and isinstance(new, ast.expr):
            places.setdefault((id(owner), key, int(edit.cost)), []).append(edit)
    for same in places.values():
        yield from (same[first : first + TOGETHER] for first in range(0, len(same), TOGETHER))


def all_of(few: list[Edit]) -> Edit:
    """What is compiled once for edits that are ``together``: at each run NUMBER says which of them it is."""
    ((owner, key, _),) = few[0].changes
    return replace(few[0], changes=((owner, key, _choice([edit.changes[0][2] for edit in few])),))


def _choice(new: list[ast.expr], first: int = 0) -> ast.expr:
    if len(new) == 1:
        return new[0]
    half = len(new) // 2
    is_below = ast.Compare(ast.Name(NUMBER, ast.Load()), [ast.Lt()], [ast.Constant(first + half)])
    return ast.IfExp(is_below, _choice(new[:half], first), _choice(new[half:], first + half))


def _locate(new: ast.AST, before: ast.AST) -> None:
    """What an edit makes stands where the other stood; what it takes over has its place already."""
    if "lineno" in new._attributes:
        if hasattr(new, "lineno"):
            return
        ast.copy_location(new, before)
    for child in ast.iter_child_nodes(new):
        _locate(child, before)


def _get(owner, key):
    return owner[key] if isinstance(owner, list) else getattr(owner, key)


def _set(owner, key, value) -> None:
    if isinstance(owner, list):
        owner[key] = value
    else:
        setattr(owner, key, value)
