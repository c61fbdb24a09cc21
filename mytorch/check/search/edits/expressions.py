"""One expression for another, and what an expression lacks."""

import ast
import re
from collections.abc import Iterator
from itertools import product

from .edit import ADDITION, EXCHANGE, STRUCTURE
from .scope import LIBRARIES, Scope, Slot

MATRIX = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp)
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult, ast.Pow)
FUNCTIONS = (
    ("sum", "mean", "max", "min", "prod"),
    ("var", "std", "mean"),
    ("zeros", "ones", "empty"),
    ("zeros_like", "ones_like"),
    ("exp", "log", "sqrt", "square", "abs", "log2", "log10", "negative", "log1p", "expm1"),
    ("tanh", "sinh", "cosh", "tan", "arctanh", "sin"),
    ("maximum", "minimum", "fmax"),
    ("dot", "matmul", "multiply", "outer"),
    ("add", "subtract", "multiply", "divide"),
    ("argmax", "argmin", "max"),
)
REDUCING = ("sum", "mean", "max", "min", "var", "std", "prod", "argmax", "argmin")
WHOLE = re.compile(r"u?int\d*|bool_?|float16")  # of what an array of fractions becomes another one
OF_FORMULAS = ("sign", "number", "surplus", "operator", "order", "missing", "part")


def exchanges(slot: Slot, scope: Scope) -> Iterator[tuple]:
    """Another expression, name or number. All of these yield kind, cost and change."""
    return _placed(slot, _others(slot, scope))


def extensions(slot: Slot, scope: Scope) -> Iterator[tuple]:
    return _placed(slot, _more(slot, scope))


def _placed(slot: Slot, others: Iterator[tuple]) -> Iterator[tuple]:
    for kind, cost, new in others:
        yield "index" if slot.counts and kind in OF_FORMULAS else kind, cost, (slot.owner, slot.key, new)


def _others(slot: Slot, scope: Scope) -> Iterator[tuple]:
    node = slot.node
    is_part = isinstance(slot.parent, ast.Attribute)
    if not is_part and WHOLE.fullmatch(getattr(node, "id", getattr(node, "attr", ""))):
        yield "type", STRUCTURE, ast.Name("float", ast.Load())
    if isinstance(node, MATRIX) and not is_part:
        if isinstance(node, ast.Attribute) and node.attr == "T":
            yield "transpose", STRUCTURE, node.value
        else:
            near = isinstance(slot.parent, ast.BinOp) and isinstance(slot.parent.op, ast.MatMult)
            yield "transpose", STRUCTURE if near else STRUCTURE + 0.5, ast.Attribute(node, "T", ast.Load())
    if isinstance(node, ast.BinOp):
        yield from _of_operator(node)
        yield from _of_sums(node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "sign", STRUCTURE, node.operand
    elif not isinstance(node, (ast.Tuple, ast.List, ast.Starred, ast.Slice)) and _may_be_negative(node):
        yield "sign", STRUCTURE + 0.2, ast.UnaryOp(ast.USub(), node)
    if isinstance(node, ast.Call):
        yield from _of_call(node)
    if isinstance(node, ast.Subscript):
        yield "index" if isinstance(node.slice, ast.Slice) else "surplus", STRUCTURE + 0.5, node.value
    if isinstance(node, ast.Constant):
        yield from _of_number(node)
        if type(node.value) is int and node.value > 2 and isinstance(slot.parent, ast.BinOp):
            # the size of the batch at hand, where its name belongs
            yield from (("number", EXCHANGE + 0.3, name) for name in _named(scope))
    if slot.counts and isinstance(slot.parent, ast.Call) and isinstance(node, (*MATRIX, ast.UnaryOp)):
        for operator in (ast.Add, ast.Sub):  # one turn too few or too many
            yield "index", EXCHANGE, ast.BinOp(node, operator(), ast.Constant(1))
    yield from _of_name(node, scope)


def _may_be_negative(node: ast.expr) -> bool:
    """True, None and a text have no sign."""
    return not isinstance(node, ast.Constant) or type(node.value) in (int, float)


def _of_operator(node: ast.BinOp) -> Iterator[tuple]:
    for operator in OPERATORS:
        if not isinstance(node.op, operator):
            rare = ast.Pow in (operator, type(node.op))
            yield (
                "operator",
                STRUCTURE + 0.05 + 0.3 * rare,  # what can be left out comes first
                ast.BinOp(node.left, operator(), node.right),
            )
    yield "surplus", STRUCTURE, node.left
    yield "surplus", STRUCTURE, node.right
    if isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult, ast.Pow)):
        yield "order", STRUCTURE, ast.BinOp(node.right, node.op, node.left)
    if isinstance(node.op, (ast.Div, ast.Sub)):  # an inverse or a minus in place of the left side
        kind = "sign" if isinstance(node.op, ast.Sub) else "surplus"
        first = (
            ast.UnaryOp(ast.USub(), node.right)
            if kind == "sign"
            else ast.BinOp(ast.Constant(1), ast.Div(), node.right)
        )
        yield kind, STRUCTURE + 0.4, first


def _of_sums(node: ast.BinOp) -> Iterator[tuple]:
    """sum(a) * sum(b) for sum(a * b)."""
    one, two = node.left, node.right
    if all(isinstance(each, ast.Call) and each.args for each in (one, two)) and (
        ast.dump(one.func) == ast.dump(two.func)
    ):
        product = ast.BinOp(one.args[0], node.op, two.args[0])
        yield "sums", STRUCTURE, ast.Call(one.func, [product, *one.args[1:]], one.keywords)


def _of_call(node: ast.Call) -> Iterator[tuple]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    is_method = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") not in LIBRARIES
    for group in FUNCTIONS:
        if name in group and isinstance(node.func, ast.Attribute):
            for other in group:
                if other != name:
                    function = ast.Attribute(node.func.value, other, ast.Load())
                    yield "function", STRUCTURE + 0.6, ast.Call(function, node.args, node.keywords)
    if name in REDUCING:
        yield from _axes(node, is_method)
    if node.args and not is_method:
        for argument in node.args[:2]:  # of np.maximum(0, Z) it is the second
            if not isinstance(argument, ast.Constant):
                yield "surplus", STRUCTURE + 0.1, argument
        if len(node.args) == 2:
            yield "order", STRUCTURE, ast.Call(node.func, node.args[::-1], node.keywords)
        if len(node.args) == 3:
            first, second, third = node.args
            yield "order", STRUCTURE, ast.Call(node.func, [first, third, second], node.keywords)
    elif is_method:
        yield "surplus", STRUCTURE + 0.3, node.func.value
    for index in range(len(node.keywords)):
        if node.keywords[index].arg != "axis":
            rest = node.keywords[:index] + node.keywords[index + 1 :]
            yield "surplus", STRUCTURE + 0.5, ast.Call(node.func, node.args, rest)


def _axes(node: ast.Call, is_method: bool) -> Iterator[tuple]:
    """Along another axis, with or without keepdims."""
    first = 0 if is_method else 1
    now_axis = _keyword(node, "axis")
    if len(node.args) > first and isinstance(node.args[first], ast.Constant):
        now_axis = node.args[first].value
    now_kept = _keyword(node, "keepdims")
    others = [keyword for keyword in node.keywords if keyword.arg not in ("axis", "keepdims")]
    for axis in (0, 1, None):
        for kept in (True, None):
            if (axis, kept) == (now_axis, now_kept) or (axis is None and kept):
                continue
            named = {"axis": axis, "keepdims": kept}
            keywords = [
                ast.keyword(name, ast.Constant(value)) for name, value in named.items() if value is not None
            ]
            kind = "axis" if axis != now_axis else "keepdims"
            cost = STRUCTURE + 0.2 * (kept != now_kept and axis != now_axis)
            new = ast.Call(node.func, node.args[:first], others + keywords)
            yield kind, cost, new
            if kept:
                yield kind, cost + 0.3, ast.Attribute(new, "T", ast.Load())


def _keyword(node: ast.Call, name: str):
    found = [keyword.value for keyword in node.keywords if keyword.arg == name]
    return getattr(found[0], "value", None) if found else None


def _of_number(node: ast.Constant) -> Iterator[tuple]:
    value = node.value
    if type(value) not in (int, float):
        return
    others = [0, 1, 2, 3, 0.5, 1.5, value + 1, value - 1, 2 * value, value / 2]
    if isinstance(value, float) and value and (abs(value) < 0.01):
        others += [1e-8, 1e-5]
    for other in dict.fromkeys(others):
        if other != value and other >= 0:
            cost = EXCHANGE if other != int(value) or value == int(value) else EXCHANGE + 0.1
            yield "number", cost, ast.Constant(int(other) if other == int(other) else other)


def _of_name(node: ast.expr, scope: Scope) -> Iterator[tuple]:
    if isinstance(node, ast.Name) and node.id in scope.variables:
        for name in scope.attributes.get("self", ()):
            cost = STRUCTURE if name == node.id else EXCHANGE + 0.3
            yield "self" if name == node.id else "name", cost, _attribute("self", name)
        for name in scope.variables:
            if name != node.id:
                yield "name", EXCHANGE + 0.2 * (not _alike(name, node.id)), ast.Name(name, ast.Load())
    elif isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self":
        for name in scope.attributes.get("self", ()):
            if name != node.attr:
                yield "name", EXCHANGE + 0.2 * (not _alike(name, node.attr)), _attribute("self", name)
        for name in scope.variables:
            cost = STRUCTURE if name == node.attr else EXCHANGE + 0.3
            yield "self" if name == node.attr else "name", cost, ast.Name(name, ast.Load())
    elif isinstance(node, ast.Attribute) and node.attr in scope.attributes.get("other", ()):
        for name in scope.attributes["other"]:
            if name not in (node.attr, "T"):
                yield "name", EXCHANGE, ast.Attribute(node.value, name, ast.Load())
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        for term in scope.terms:
            yield "name", EXCHANGE + 0.2, term


def _attribute(owner: str, name: str) -> ast.Attribute:
    return ast.Attribute(ast.Name(owner, ast.Load()), name, ast.Load())


def _alike(name: str, other: str) -> bool:
    return name.lower()[:2] == other.lower()[:2] or name.lower()[-1] == other.lower()[-1]


def _more(slot: Slot, scope: Scope) -> Iterator[tuple]:
    node = slot.node
    is_inside = isinstance(slot.parent, (ast.Attribute, ast.Subscript, ast.Slice))
    if is_inside or _is_size(node) or not isinstance(node, (*MATRIX, ast.UnaryOp, ast.Compare)):
        return
    whole = isinstance(slot.parent, ast.stmt)
    cost = ADDITION + (0 if whole else 0.3)
    yield "missing", cost, ast.BinOp(node, ast.Pow(), ast.Constant(2))
    yield "missing", cost, ast.BinOp(ast.Constant(1), ast.Sub(), node)
    is_name = isinstance(node, (ast.Name, ast.Attribute))
    own = ast.dump(node) if is_name else ""
    others = [term for term in _named(scope) if ast.dump(term) != own] if is_name else []
    for name in ("sqrt", "exp", "log"):
        yield "applied", cost, ast.Call(_attribute("np", name), [node], [])
        for other in others:
            yield "part", cost + 0.2, ast.Call(_attribute("np", name), [other], [])
    for name, axis in product(("sum", "mean"), (0, 1, None)):
        along = {} if axis is None else {"axis": axis, "keepdims": True}
        keywords = [ast.keyword(key, ast.Constant(value)) for key, value in along.items()]
        yield "applied", cost, ast.Call(_attribute("np", name), [node], keywords)
    operands = [*(ast.Constant(number) for number in (2, 1)), *_named(scope), *scope.terms]
    for operand in operands:
        for operator in (ast.Mult, ast.Div, ast.Add, ast.Sub):
            yield "missing", cost + 0.1, ast.BinOp(node, operator(), operand)


def _is_size(node: ast.expr) -> bool:
    """A.shape[0] and len(A), to which no formula adds anything."""
    if isinstance(node, ast.Subscript):
        return getattr(node.value, "attr", "") == "shape"
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "len"


def _named(scope: Scope) -> list[ast.expr]:
    """The object's attributes and the function's variables."""
    own = [_attribute("self", name) for name in scope.attributes.get("self", ())]
    return own + [ast.Name(name, ast.Load()) for name in scope.variables]
