"""From notebook cells to a module: the named classes and everything of the cells that they use.

The maintainer exports a notebook file (``grader sync``), the student's ``check`` exports the live kernel:
same function.
"""

import ast
import hashlib
import re
import symtable
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

SOLUTION_MARKER = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)
WRAPPING_MAGIC = re.compile(r"\A\s*%%(?:time|capture|prun)\b.*\n")
STAMP = re.compile(r"^# sha256 of the rest: ([0-9a-f]{16})\n\n", re.MULTILINE)

KEPT = 300_000  # characters of cells whose statements are kept; a notebook of the course has 30,000
# Characters that are read to replace magics: IPython reads a cell anew for each of them.
EFFORT = 300_000
STEPS = 10_000_000  # looks at a statement, to choose what a class needs; the course's own take thousands
TANGLED = "The cells change what they use too often to be followed."

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
COMPREHENSION_NAMES = ("listcomp", "setcomp", "dictcomp", "genexpr")


class ExportError(Exception):
    """The classes cannot stand in a module of their own; the message says why."""


@dataclass
class Effort:
    """What may still be read to replace magics, so that no cell takes much longer than others."""

    left: int = EFFORT

    def take(self, lines: list[str]) -> None:
        """Raises RuntimeError, as IPython does of a cell with 500 magics. A long line costs more: IPython
        looks for the end of a name from each of its letters on.
        """
        self.left -= sum(10 + len(line) + len(line) ** 2 // 100 for line in lines)
        if self.left < 0:
            raise RuntimeError("too many magics")


@dataclass(frozen=True)
class Statement:
    """One top-level statement (or several that share a line), as text, and what it does to the notebook's
    names.
    """

    source: str
    binds: dict[str, str]  # each name with what it then means, to compare by
    changes: frozenset[str]  # whose objects it alters
    needs: frozenset[str]  # what it looks up at once
    uses: frozenset[str]  # what the functions in it look up when they run
    is_import: bool
    is_star: bool


# --- modules ------------------------------------------------------------------------------------------------


def bundle(cells: Iterable[str], wanted: Iterable[str], effort: Effort | None = None) -> str:
    """Source of the wanted names and all that they use, in the order of the cells; the last definition wins.

    Raises ExportError when a wanted name is defined in no cell; an import does not define it. ``effort``: for
    all cells together, where they are a stranger's.
    """
    statements = [statement for cell in cells for statement in _statements(cell, effort)]
    choice = _Choice(statements)
    for name in wanted:
        defined = [
            i for i, statement in enumerate(statements) if name in statement.binds and not statement.is_import
        ]
        if not defined:
            raise ExportError(f"No cell defines {name}.")
        try:
            choice.with_changes(name, defined[-1], len(statements))
        except RecursionError:
            raise ExportError(TANGLED) from None
    # They hold for all cells that follow, and stand in a module before everything else.
    futures = dict.fromkeys(one.source for one in statements if one.source.startswith("from __future__ "))
    chosen = [statements[index] for index in sorted(choice.chosen) if statements[index].source not in futures]
    return "\n\n\n".join(["\n".join(futures)] * bool(futures) + _group(chosen)) + "\n"


def definitions(cells: Iterable[str]) -> dict[str, str]:
    """Each name that the cells bind, with its last definition in a form that can be compared."""
    return {name: meaning for cell in cells for s in _statements(cell) for name, meaning in s.binds.items()}


def conflicts(first: Iterable[str], second: Iterable[str]) -> list[str]:
    """Names that both sets of cells define, differently."""
    ours, theirs = definitions(first), definitions(second)
    return sorted(name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name])


def stamped(docstring: str, source: str) -> str:
    """A generated module. Its stamp tells later whether somebody has edited it."""
    stamp = hashlib.sha256(source.encode()).hexdigest()[:16]
    return f'"""{docstring}"""\n# sha256 of the rest: {stamp}\n\n{source}'


def is_edited(text: str) -> bool:
    """Is a generated module no longer as it was written?"""
    stamp = STAMP.search(text)
    return stamp is None or hashlib.sha256(text[stamp.end() :].encode()).hexdigest()[:16] != stamp[1]


# --- choosing -----------------------------------------------------------------------------------------------


@dataclass
class _Choice:
    """Which statements to take, by their numbers."""

    statements: list[Statement]
    chosen: set[int] = field(default_factory=set)
    _seen: set[tuple[int, int]] = field(default_factory=set)
    _steps: int = 0

    def name(self, name: str, before: int) -> None:
        """Take what gives the name its value after the first ``before`` statements."""
        self._steps += before
        if self._steps > STEPS:
            raise ExportError(TANGLED)
        bindings = [i for i in range(before) if name in self.statements[i].binds]
        if bindings:
            self.with_changes(name, self._first_of_same(name, bindings), before)
            return
        for index in range(before):  # a builtin, or from a star import, or nothing that the cells know
            if self.statements[index].is_star:
                self.statement(index, before)

    def _first_of_same(self, name: str, bindings: list[int]) -> int:
        """The last binding; of an import that was repeated, the first."""
        last = self.statements[bindings[-1]]
        while (
            last.is_import
            and len(bindings) > 1
            and self.statements[bindings[-2]].binds[name] == last.binds[name]
        ):
            bindings = bindings[:-1]
        return bindings[-1]

    def with_changes(self, name: str, binding: int, before: int) -> None:
        self.statement(binding, before)
        if self.statements[binding].is_import:
            return  # ``np.random.seed(0)`` is no part of a class that uses np
        for index in range(binding + 1, before):
            if name in self.statements[index].changes:
                self.statement(index, before)

    def statement(self, index: int, moment: int) -> None:
        """Take it and all that it looks up. Its functions may be called at the ``moment``, or in the end."""
        if (index, moment) in self._seen:
            return
        self._seen.add((index, moment))
        self.chosen.add(index)
        for name in self.statements[index].needs:
            self.name(name, index)
        for name in self.statements[index].uses:
            for when in {moment, len(self.statements)}:
                self.name(name, when)


def _group(statements: list[Statement]) -> list[str]:
    """Imports and other one-liners closely together, classes and functions apart. What was there before and
    means the same again, such as an import, is left out.
    """
    groups: list[str] = []
    latest: dict[str, str] = {}
    for statement in statements:
        is_known = statement.binds and all(latest.get(name) == statement.source for name in statement.binds)
        if is_known and not statement.needs and not statement.changes:
            continue
        latest |= dict.fromkeys(statement.binds, statement.source) | dict.fromkeys(statement.changes, "")
        if groups and "\n" not in statement.source and _ends_with_import(groups[-1]):
            groups[-1] += "\n" + statement.source
        else:
            groups.append(statement.source)
    return groups


def _ends_with_import(group: str) -> bool:
    return "\n\n" not in group and group.splitlines()[-1].startswith(("import ", "from "))


# --- reading cells ------------------------------------------------------------------------------------------


def plain_python(cell: str, effort: Effort | None = None) -> str:
    """Without solution markers, their TODO lines and IPython's magics. What could never run stays as it
    is.
    """
    text = re.sub(r"\r\n?", "\n", cell)
    text = SOLUTION_MARKER.sub("", _without_todos(text))
    if parsed(text) is not None:
        return text
    from IPython.core.inputtransformer2 import TransformerManager

    manager, effort = TransformerManager(), effort or Effort()
    step = manager.do_one_token_transform

    def counted(lines: list[str]) -> tuple[bool, list[str]]:
        effort.take(lines)
        return step(lines)

    manager.do_one_token_transform = counted
    try:
        return manager.transform_cell(WRAPPING_MAGIC.sub("", text))
    except Exception:  # SyntaxError, RuntimeError: IPython promises nothing of what is no Python
        return text


def _without_todos(text: str) -> str:
    """Without the lines with a TODO behind them that stand above a solution."""
    kept = []
    for line in text.split("\n"):
        if line.lstrip(" \t").startswith("### BEGIN SOLUTION"):
            while kept and kept[-1].rpartition("# TODO")[0].strip():
                kept.pop()
        kept.append(line)
    return "\n".join(kept)


def parsed(text: str) -> ast.Module | None:
    """The syntax tree, or None for what could never run."""
    with warnings.catch_warnings(action="ignore"):  # a docstring with "\d" in it: not our business
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


_kept: dict[str, list[Statement]] = {}


def _statements(cell: str, effort: Effort | None = None) -> list[Statement]:
    """What a cell holds; kept, since each check that passes reads all cells of its kernel again."""
    if cell in _kept:
        return _kept[cell]
    statements = _read(cell, effort := effort or Effort())
    if effort.left >= 0:  # else another time there may be more in it
        if sum(map(len, _kept)) + len(cell) > KEPT:
            _kept.clear()
        _kept[cell] = statements
    return statements


def _read(cell: str, effort: Effort) -> list[Statement]:
    source = plain_python(cell, effort)
    tree = parsed(source)
    if tree is None:
        return []  # a cell that cannot run defines nothing
    lines = source.split("\n")
    with warnings.catch_warnings(action="ignore"):
        try:
            return [
                _statement(nodes, "\n".join(lines[first - 1 : last]))
                for first, last, nodes in _spans(tree.body)
            ]
        except (SyntaxError, ValueError):
            return []  # parsed, but could not be compiled; or a number has thousands of digits


def _spans(body: list[ast.stmt]) -> list[tuple[int, int, list[ast.stmt]]]:
    """(first line, last line, statements), decorators included; statements that share a line stay
    together.
    """
    spans: list[tuple[int, int, list[ast.stmt]]] = []
    for node in body:
        first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
        if spans and first <= spans[-1][1]:
            first, _, together = spans.pop()
            spans.append((first, node.end_lineno, [*together, node]))
        else:
            spans.append((first, node.end_lineno, [node]))
    return spans


def _statement(nodes: list[ast.stmt], source: str) -> Statement:
    needs, uses = _looked_up(symtable.symtable(source, "cell", "exec"), now=True)
    return Statement(
        source=source,
        binds={name: meaning for node in nodes for name, meaning in _bound(node).items()},
        changes=frozenset(name for node in nodes for name in _changed(node)),
        needs=frozenset(needs),
        uses=frozenset(uses),
        is_import=all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in nodes),
        is_star=any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in nodes),
    )


def _looked_up(table: symtable.SymbolTable, now: bool) -> tuple[set[str], set[str]]:
    """Global names that a scope looks up at once, and those that it looks up when its functions run."""
    symbols = table.get_symbols()
    if table.get_type() == "module":
        names = {s.get_name() for s in symbols if s.is_referenced()}
    else:
        names = {s.get_name() for s in symbols if s.is_global() and (s.is_referenced() or s.is_assigned())}
    needs, uses = (names, set()) if now else (set(), names)
    for child in table.get_children():
        waits = child.get_type() == "function" and child.get_name() not in COMPREHENSION_NAMES
        more_needs, more_uses = _looked_up(child, now and not waits)
        needs, uses = needs | more_needs, uses | more_uses
    return needs, uses


def _in_own_scope(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement that act on the notebook's own names."""
    yield node
    if isinstance(node, COMPREHENSIONS):
        yield from (inner.target for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr))
    elif not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        for child in ast.iter_child_nodes(node):
            yield from _in_own_scope(child)


def _bound(node: ast.stmt) -> dict[str, str]:
    """Names that a statement gives a value, with what they mean then."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        origin = f"{'.' * node.level}{node.module or ''}:" if isinstance(node, ast.ImportFrom) else ""
        names = [alias for alias in node.names if alias.name != "*"]
        return {alias.asname or alias.name.split(".")[0]: f"import {origin}{alias.name}" for alias in names}
    if isinstance(node, ast.AugAssign) or isinstance(node, ast.AnnAssign) and node.value is None:
        return {}
    names = set()
    for inner in _in_own_scope(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            names.add(inner.id)
        elif isinstance(
            inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.MatchAs, ast.MatchStar)
        ):
            names.add(inner.name)
        elif isinstance(inner, (ast.Import, ast.ImportFrom)):
            names |= _bound(inner).keys()
    return dict.fromkeys(names - {None}, ast.dump(node))


def _changed(node: ast.stmt) -> set[str]:
    """``Layer.forward = …``, ``table["a"] = …``, ``setattr(Layer, …)``, ``rows.append(…)`` change what they
    name.
    """
    changed = []
    for inner in _in_own_scope(node):
        if isinstance(inner, (ast.Attribute, ast.Subscript)) and not isinstance(inner.ctx, ast.Load):
            changed.append(inner)
        elif isinstance(inner, ast.AugAssign):
            changed.append(inner.target)
        elif isinstance(inner, ast.Expr) and isinstance(inner.value, ast.Call):
            call = inner.value
            if isinstance(call.func, ast.Attribute):
                changed.append(call.func)
            elif getattr(call.func, "id", "") in ("setattr", "delattr"):
                changed += call.args[:1]
    return {target.id for target in map(_root, changed) if isinstance(target, ast.Name)}


def _root(node: ast.expr) -> ast.expr:
    """``Layer`` of ``Layer.table["a"]``."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node
