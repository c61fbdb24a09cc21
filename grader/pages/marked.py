"""Which lines of a student's code a verdict is about: one rule, for the feedback and for the class report."""

import ast
from typing import NamedTuple

from mytorch.check.contract import Quantity
from mytorch.check.failure import one_line
from mytorch.check.judge import Verdict
from mytorch.export import parsed, plain_python

LONGEST = 20_000  # characters of code that is looked through


class Marked(NamedTuple):
    """``lines`` count from 1; ``why`` follows "marked is"."""

    lines: frozenset[int] = frozenset()
    why: str = ""


def lines_about(source: str, verdict: Verdict) -> Marked:
    """The lines of a cell: where it stopped, or else what gives the quantity that differs its value."""
    diagnosis, lines = verdict.diagnosis, source.split("\n")
    if diagnosis and 0 < diagnosis.line <= len(lines):
        stopped = one_line(lines[diagnosis.line - 1].strip())
        if stopped and stopped == diagnosis.code:  # so it is a line of this cell, not of another
            return Marked(frozenset({diagnosis.line}), "where it stopped")
    quantity = verdict.about
    if quantity is None or len(source) > LONGEST:
        return Marked()
    plain = plain_python(source)
    as_long = plain.rstrip().count("\n") == source.rstrip().count("\n")
    method = find_method(plain if as_long else source, verdict.component, quantity.by)
    return giving(method, quantity) if method else Marked()


def giving(tree: ast.AST, quantity: Quantity) -> Marked:
    """The statements that give the quantity its value: those that assign to its name, or else those that
    return it.
    """
    found = [node for node in ast.walk(tree) if quantity.name in _names(node)]
    found = [node for node in found if not _is_none(node)] or found  # a TODO above the answer is no mistake
    if not found and quantity.what == "returned":
        found = [node for node in ast.walk(tree) if isinstance(node, ast.Return)]
    lines = frozenset(line for node in found for line in range(node.lineno, node.end_lineno + 1))
    return Marked(lines, f"what gives {quantity.name} its value") if lines else Marked()


def _names(node: ast.AST) -> set[str]:
    """What a statement assigns to: dLdW in ``self.dLdW[0] += 1``."""
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    else:
        return set()
    names = set()
    while targets:
        match targets.pop():
            case ast.Name(id=name) | ast.Attribute(attr=name):
                names.add(name)
            case ast.Tuple(elts=inside) | ast.List(elts=inside):
                targets = [*targets, *inside]
            case ast.Subscript(value=inside) | ast.Starred(value=inside):
                targets = [*targets, inside]
    return names


def _is_none(assignment: ast.Assign | ast.AugAssign | ast.AnnAssign) -> bool:
    return isinstance(assignment.value, ast.Constant) and assignment.value.value is None


def find_method(source: str, component: str, name: str) -> ast.FunctionDef | None:
    """A method of the last class ``component``."""
    tree = parsed(source)
    nodes = tree.body if tree else []
    classes = [node for node in nodes if isinstance(node, ast.ClassDef) and node.name == component]
    methods = [
        node
        for one in classes[-1:]
        for node in one.body
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    return methods[-1] if methods else None


def beginning(code: str) -> ast.Module:
    """The syntax tree of a method that may have been cut: of as many lines as Python can read."""
    lines = code.split("\n")
    trees = (parsed("\n".join(lines[:end])) for end in range(len(lines), 0, -1))
    return next((tree for tree in trees if tree and tree.body), ast.Module([], []))
