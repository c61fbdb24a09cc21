"""What a cell computes, however it is written: the expressions behind its results, without the local names.

``SSE = np.sum(SE); L = SSE / n`` and ``L = SE.sum() / n`` are the same formula, so are ``a + b`` and
``np.add(b, a)``. An attribute of the student's own counts as a local name, and a function of one expression
as that expression.
"""

import ast
import re
from collections.abc import Callable
from itertools import accumulate

Occurrence = tuple[str, int, int]  # a formula in its normal form, and where it stands
OPERATORS = {
    ast.MatMult: "@",
    ast.Mult: "*",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Div: "/",
    ast.Pow: "**",
    ast.USub: "neg",
}
CALLED = {
    "dot": "@",
    "matmul": "@",
    "multiply": "*",
    "add": "+",
    "subtract": "-",
    "divide": "/",
    "true_divide": "/",
    "power": "**",
    "negative": "neg",
}
ANY_ORDER = {"+", "*"}
LONGEST = 600  # characters; a formula that grows beyond keeps its names
# calls in a cell that are read as what they compute; honest cells have fifty, but a few can make any number
EXPANSIONS = 500
EFFORT = 1_000_000  # characters of normal forms in a cell; honest cells need some fifty thousand


def formulas(source: str, is_given: Callable[[str], bool]) -> list[Occurrence]:
    """The formulas of a cell and their parts; none if it is no Python. ``is_given``: is a name not the
    student's?
    """
    text = re.sub(r"(?m)^[ \t]*[%!?].*$", lambda match: "#" * len(match[0]), source)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    reader = _Reader(text, is_given)
    try:
        reader.read_functions(tree)
        reader.read(tree.body, {})
    except (
        RecursionError,
        _TooMuch,
    ):
        # an expression of a thousand brackets, or one that grows with every line
        pass
    return reader.found


class _TooMuch(Exception):
    """Reading on would take too long."""


class _Reader:
    def __init__(self, text: str, is_given: Callable[[str], bool]):
        self.found: list[Occurrence] = []
        self._is_given = is_given
        self._lines = text.splitlines(keepends=True)
        self._starts = [0, *accumulate(map(len, self._lines))]
        self._functions: dict[str, tuple[list[str], ast.expr]] = {}
        self._expansions, self._effort = EXPANSIONS, EFFORT

    def read_functions(self, tree: ast.Module) -> None:
        """Remember the student's functions and methods that only return an expression."""
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.FunctionDef)
                and isinstance(node.body[-1], ast.Return)
                and node.body[-1].value
            ):
                described = len(node.body) == 2 and ast.get_docstring(node) is not None
                if (len(node.body) == 1 or described) and not self._is_given("." + node.name):
                    self._functions[node.name] = (
                        [one.arg for one in node.args.args if one.arg != "self"],
                        node.body[-1].value,
                    )

    def _own_name(self, target: ast.AST) -> str | None:
        """The name of a local value, or of an attribute that the assignment does not ask for."""
        match target:
            case ast.Name(id=name):
                return name
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if not self._is_given("." + name):
                return f"self.{name}"

    def read(self, body: list[ast.stmt], known: dict[str, str]) -> None:
        """Statement by statement; ``known``: what the local names stand for."""
        for statement in body:
            match statement:
                case (
                    ast.Assign(targets=[target], value=value)
                    | ast.AnnAssign(target=target, value=ast.expr() as value)
                ):
                    self._assigned(target, value, known)
                case ast.AugAssign(target=target, op=op, value=value):
                    whole = ast.copy_location(ast.BinOp(target, op, value), statement)
                    self._assigned(target, whole, known)
                case ast.Return(value=ast.expr() as value):
                    self._remember(value, known)
                case ast.FunctionDef() | ast.ClassDef():
                    self.read(statement.body, {})
                case ast.For(target=target, iter=iterated):
                    self._remember(iterated, known)
                    inside = known | {
                        name.id: "each" for name in ast.walk(target) if isinstance(name, ast.Name)
                    }
                    self.read(statement.body, inside)
                case ast.While(test=test) | ast.If(test=test):
                    self._remember(test, known)
                    self.read(statement.body, dict(known))
                    self.read(statement.orelse, dict(known))
                case ast.With():
                    self.read(statement.body, known)
                case _:
                    pass

    def _assigned(self, target: ast.expr, value: ast.expr, known: dict[str, str]) -> None:
        match target, value:
            case ast.Tuple(elts=names), ast.Tuple(elts=values) if len(names) == len(values):
                for name, one in zip(names, values):
                    self._assigned(name, one, known)
                return
        self._remember(value, known)
        formula = self._normal(value, known)
        if name := self._own_name(target):
            known[name] = formula if len(formula) < LONGEST else "long"
        else:
            self._add(f"{self._normal(target, known)} = {formula}", target, value)

    def _remember(self, value: ast.expr, known: dict[str, str]) -> None:
        for node in ast.walk(value):
            if isinstance(node, (ast.BinOp, ast.Call, ast.Compare, ast.Subscript, ast.IfExp, ast.UnaryOp)):
                self._add(self._normal(node, known), node, node)

    def _add(self, formula: str, first: ast.expr, last: ast.expr) -> None:
        if formula.count("(") > 1:
            start = self._place(first.lineno, first.col_offset)
            self.found.append((formula, start, max(start, self._place(last.end_lineno, last.end_col_offset))))

    def _place(self, line: int, column: int) -> int:
        """From Python's line and column, which counts bytes, to characters."""
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode(errors="ignore"))

    def _normal(self, node: ast.AST, known: dict[str, str]) -> str:
        formula = self._written(node, known)
        self._effort -= len(formula)
        if self._effort < 0:
            raise _TooMuch
        return formula

    def _written(self, node: ast.AST, known: dict[str, str]) -> str:
        def normal(one):
            return self._normal(one, known)

        match node:
            case ast.Name(id=name):
                return known.get(name, name if self._is_given(name) else "name")
            case ast.Attribute() if (name := self._own_name(node)) in known:
                return known[name]
            case ast.Attribute(value=value, attr=name):
                of = normal(value)
                shown = name if self._is_given("." + name) else "attribute"
                return shown if of == "self" else f"{shown}({of})"
            case ast.Constant(value=value):
                return _constant(value)
            case ast.BinOp(left=left, op=op, right=right):
                return _operation(OPERATORS.get(type(op), type(op).__name__), [normal(left), normal(right)])
            case ast.UnaryOp(op=op, operand=operand):
                return _operation(OPERATORS.get(type(op), type(op).__name__), [normal(operand)])
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name),
                args=args,
                keywords=[],
            ) if name in self._functions and self._expansions > 0:
                self._expansions -= 1
                names, expression = self._functions.pop(name)  # it may call itself
                formula = self._normal(expression, dict(zip(names, map(normal, args))))
                self._functions[name] = names, expression
                return formula if len(formula) < LONGEST else "long"
            case ast.Call(func=ast.Attribute(value=value, attr=name), args=args, keywords=keywords):
                module = isinstance(value, ast.Name) and value.id in ("np", "numpy")
                operands = [normal(one) for one in ([] if module else [value]) + args]
                operands += sorted(f"{one.arg}={normal(one.value)}" for one in keywords)
                shown = CALLED.get(name, name if self._is_given("." + name) else "method")
                return _operation(shown, operands)
            case ast.Call(func=called, args=args, keywords=keywords):
                operands = [normal(one) for one in args] + sorted(
                    f"{one.arg}={normal(one.value)}" for one in keywords
                )
                return _operation(normal(called), operands)
            case ast.AST():
                parts = [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.expr_context)]
                return _operation(type(node).__name__, [normal(one) for one in parts])


def _constant(value: object) -> str:
    if isinstance(value, (str, bytes)):
        return "text"
    try:
        return str(float(value)) if isinstance(value, (int, float)) else str(value)
    except OverflowError:  # an integer of more than 308 digits; in decimals Python may refuse to write it
        return hex(value)


def _operation(name: str, operands: list[str]) -> str:
    """Sums and products are chains, in any order."""
    if name in ANY_ORDER:
        flat = []
        for one in operands:
            flat += _chain(one) if one.startswith(f"{name}(") else [one]
        operands = sorted(flat)
    return f"{name}({', '.join(operands)})"


def _chain(formula: str) -> list[str]:
    """The operands of a formula in its normal form."""
    inside, depth, parts, begin = formula[formula.index("(") + 1 : -1], 0, [], 0
    for place, character in enumerate(inside):
        depth += (character == "(") - (character == ")")
        if depth == 0 and inside.startswith(", ", place):
            parts.append(inside[begin:place])
            begin = place + 2
    return [*parts, inside[begin:]]
