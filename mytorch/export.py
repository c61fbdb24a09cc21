"""From notebook cells to a module: the named classes and everything of the cells that they use.

The maintainer exports a notebook file (``grader sync``), the student's ``check`` exports the live kernel: same function.
"""

import ast
import os
import re
import symtable
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TODO_BEFORE_SOLUTION = re.compile(r"(?:^[ \t]*\S.*# TODO.*\n)+(?=[ \t]*### BEGIN SOLUTION)", re.MULTILINE)
SOLUTION_MARKER = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)
WRAPPING_MAGIC = re.compile(r"\A\s*%%(?:time|capture|prun)\b.*\n")


class ExportError(Exception):
    """The classes cannot stand in a module of their own; the message says why."""


@dataclass(frozen=True)
class Statement:
    """One top-level statement: its text, the names it binds or changes, and the global names it uses."""

    source: str
    binds: frozenset[str]
    changes: frozenset[str]
    uses: frozenset[str]


def bundle(cells: Iterable[str], wanted: Iterable[str]) -> str:
    """Source of the wanted names and all that they use, in the order of the cells; the last definition wins.

    Raises ExportError when a wanted name is defined in no cell.
    """
    statements = [statement for cell in cells for statement in _statements(cell)]
    chosen: set[int] = set()
    for name in wanted:
        if not any(name in statement.binds for statement in statements):
            raise ExportError(f"No cell defines {name}.")
        _choose(name, statements, chosen)
    return "\n\n\n".join(_group(statements, sorted(chosen))) + "\n"


def conflicts(first: Iterable[str], second: Iterable[str]) -> list[str]:
    """Names that both sets of cells define, differently."""
    ours, theirs = _definitions(first), _definitions(second)
    return sorted(name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name])


def write_atomically(path: Path, text: str) -> None:
    """All of the text or none of it, whatever happens on the way. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _choose(name: str, statements: list[Statement], chosen: set[int]) -> None:
    binding = max((i for i, statement in enumerate(statements) if name in statement.binds), default=None)
    if binding is None:
        return  # a builtin, or nothing that the cells know
    later = [i for i in range(binding + 1, len(statements)) if name in statements[i].changes]
    for index in {binding, *later} - chosen:
        chosen.add(index)
        for used in statements[index].uses:
            _choose(used, statements, chosen)


def _group(statements: list[Statement], order: list[int]) -> list[str]:
    """Imports and other one-liners closely together, classes and functions apart."""
    groups: list[str] = []
    for index in order:
        source = statements[index].source
        one_line = "\n" not in source
        if groups and one_line and "\n\n" not in groups[-1] and groups[-1].splitlines()[-1].startswith(("import ", "from ")):
            groups[-1] += "\n" + source
        else:
            groups.append(source)
    return groups


def _definitions(cells: Iterable[str]) -> dict[str, str]:
    return {name: s.source for cell in cells for s in _statements(cell) for name in s.binds}


def _statements(cell: str) -> list[Statement]:
    source = plain_python(cell)
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []  # a cell that cannot run defines nothing
    lines = source.splitlines()
    return [_statement(node, "\n".join(lines[_first_line(node) - 1 : node.end_lineno])) for node in tree.body]


def _first_line(node: ast.stmt) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])


def plain_python(cell: str) -> str:
    """Without solution markers, their TODO lines and IPython's magics."""
    text = SOLUTION_MARKER.sub("", TODO_BEFORE_SOLUTION.sub("", WRAPPING_MAGIC.sub("", cell)))
    if re.search(r"^\s*[%!?]|\?\s*$", text, re.MULTILINE):
        from IPython.core.inputtransformer2 import TransformerManager

        text = TransformerManager().transform_cell(text)
    return text


def _statement(node: ast.stmt, source: str) -> Statement:
    table = symtable.symtable(ast.unparse(node), "cell", "exec")
    binds = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    changes = _changed_names(node)
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        binds, changes = set(), changes | {node.target.id}
    return Statement(source, frozenset(binds), frozenset(changes), frozenset(_global_names(table)))


def _global_names(table) -> set[str]:
    """Names that the statement looks up outside itself, in any of its scopes."""
    top = table.get_type() == "module"
    names = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    return names.union(*(_global_names(child) for child in table.get_children()))


def _changed_names(node: ast.stmt) -> set[str]:
    """``Linear.forward = …``, ``table["a"] = …`` and ``setattr(Linear, …)`` change what they name."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        targets = call.args[:1] if getattr(call.func, "id", "") == "setattr" else [call.func]
        targets = [t if isinstance(t, ast.Attribute) else ast.Attribute(t, "") for t in targets]
    names = set()
    for target in targets:
        if isinstance(target, (ast.Attribute, ast.Subscript)):
            while isinstance(target, (ast.Attribute, ast.Subscript)):
                target = target.value
            names |= {target.id} if isinstance(target, ast.Name) else set()
    return names
