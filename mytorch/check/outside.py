"""Names in a class's methods that mean a value of the notebook: a forgotten ``self.`` finds what another cell
has called W, and no NameError tells of it.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import FunctionType, ModuleType

import numpy as np

from .failure import EXPORTED, is_one_line, one_line
from .texts import definition_of, kept_in, owner_of


@dataclass(frozen=True)
class Outside:
    """``meant``: what the object knows under this name, or the method nearly so; "" where there is nothing.
    ``gives``: X, where the whole line is self.X = this name. Both are empty for an array of many numbers,
    which may have the size of another batch.
    """

    name: str
    line: int
    function: str
    meant: str = ""
    gives: str = ""

    @classmethod
    def from_json(cls, data) -> "Outside":
        """Rebuild what ``asdict`` made, from untrusted data. Raises ValueError when it is none."""
        try:
            one = cls(**data)
        except TypeError:
            raise ValueError("not a name of the notebook") from None
        texts_are_sound = all(map(is_one_line, (one.name, one.function, one.meant, one.gives)))
        if not texts_are_sound or type(one.line) is not int or abs(one.line) > 10**6:
            raise ValueError("not a name of the notebook: short texts and the number of a line were expected")
        return one

    @property
    def words(self) -> str:
        meant = f"is {self.meant} meant" if self.meant else f"does {self.function} need one of its own"
        return f"{self.name} in line {self.line} is the notebook's, from outside the class: {meant}?"


def names_outside(component: type) -> list[Outside]:
    """Of a class that was written in a notebook; in the order of its text."""
    members = getattr(component, "__dict__", {}).values()
    methods = [value for value in members if isinstance(value, FunctionType)]
    texts = {
        method: definition_of(method.__code__, method.__globals__)
        for method in methods
        if method.__code__.co_filename not in EXPORTED
    }
    loads = {
        method: [node for node in _unbound_in(text) if _is_data(method.__globals__, node.id)]
        for method, text in texts.items()
        if text
    }
    if not any(loads.values()):
        return []
    kept = {name for method in loads for name in kept_in(texts[method])}
    return [
        one
        for method in loads
        for one in _in_method(texts[method], loads[method], kept)
        if one.meant or one.gives or _is_large(method.__globals__.get(one.name))
    ]


@lru_cache(maxsize=64)
def _unbound_in(text: ast.FunctionDef) -> list[ast.Name]:
    """Names that a method reads, and that have no meaning of its own; in the order of its text."""
    bound = _bound_in(text)
    names = [node for one in text.body for node in ast.walk(one) if isinstance(node, ast.Name)]
    return sorted(
        (node for node in names if node.id not in bound), key=lambda node: (node.lineno, node.col_offset)
    )


def _bound_in(text: ast.FunctionDef) -> set[str]:
    return set().union(*map(_bound_by, ast.walk(text)))


def _in_method(text: ast.FunctionDef, loads: list[ast.Name], kept: set[str]) -> Iterator[Outside]:
    owner = owner_of(text)
    bound = _bound_in(text) - {owner}
    gives, made = {}, {}  # by the line itself: it cannot mean these
    for target, value in _assignments(text):
        own = kept_in(target, owner)
        if isinstance(value, ast.Name):
            gives[value] = min(own, default="")
        names = own if isinstance(value, ast.Name) or text.name == "__init__" else set()
        names = names.union(*map(_bound_by, ast.walk(target)))
        made |= dict.fromkeys(ast.walk(value), names)
    for node in loads:
        known = [names - made.get(node, set()) for names in (kept, bound)]
        meant, attribute = one_line(_meant(node.id, *known, owner)), one_line(gives.get(node, ""))
        yield Outside(one_line(node.id), node.lineno, one_line(text.name), meant, attribute)


def _assignments(text: ast.FunctionDef) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Target and value; of ``a, b = 1, 2`` two."""
    for node in ast.walk(text):
        for target in node.targets if isinstance(node, ast.Assign) else ():
            sides = [getattr(side, "elts", [side]) for side in (target, node.value)]
            yield from zip(*sides) if len(sides[0]) == len(sides[1]) else [(target, node.value)]


NAMING = (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)


def _bound_by(node: ast.AST) -> set[str]:
    """Names that a part of a method gives a meaning of their own."""
    if isinstance(node, ast.Name):
        return set() if isinstance(node.ctx, ast.Load) else {node.id}
    if isinstance(node, ast.arg):
        return {node.arg}
    if isinstance(node, ast.alias):
        return {node.asname or node.name}
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return {*node.names}
    name = getattr(node, "name", None) if isinstance(node, NAMING) else getattr(node, "rest", None)
    return {name} if name else set()


def _is_data(namespace: dict, name: str) -> bool:
    """An array, a number, a list, an object; no module, class or function."""
    value = namespace.get(name, ModuleType)
    return not (callable(value) or issubclass(type(value), ModuleType))  # whatever an object says of itself


def _is_large(value) -> bool:
    return type(value) is np.ndarray and value.size > 1


def _meant(name: str, kept: set[str], bound: set[str], owner: str) -> str:
    if name in kept:
        return f"{owner}.{name}"
    return next((other for other in sorted(bound) if _plain(other) == _plain(name)), "")


def _plain(name: str) -> str:
    return name.lower().replace("_", "")
