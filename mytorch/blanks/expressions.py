"""Short formulas that somebody typed, read as mathematics or as NumPy, and evaluated without `eval`.

    Formula("1 - A^2").value({"A": A})      # the same as 1 - A * A, 1 − A ⊙ A or 1 - np.square(A)

A formula can do what the tables of this module list and nothing else, so it is safe to evaluate whatever was
typed. Anything it cannot read raises `Puzzled`, whose message is one sentence for the person who typed it.
"""

import ast
import operator
import re
import unicodedata
import warnings
from functools import singledispatch

import numpy as np

from ..characters import printable

LONGEST = 200  # characters; no answer needs more
DEEPEST = 30  # levels of one formula inside the other
LARGEST = 50  # rows or columns that `ones` and `zeros` may ask for


class Puzzled(Exception):
    """The formula could not be read."""


# Ways to write one thing, each turned into Python's. Applied in this order.
SPELLINGS = [
    (r"[\u200b-\u200d\u2060\ufeff]|\$", ""),  # some copied text has characters of no width
    (r"[\uff01-\uff5e]", lambda wide: chr(ord(wide[0]) - 0xFEE0)),  # of Chinese and Japanese keyboards
    (r"[−–—]", "-"),
    (r"⊙|⨀|∘|×|∗|\\odot\b|\\times\b", "*"),
    (r"·|⋅|∙|•|\\cdot\b", "@"),
    (r"⊘|÷|\\oslash\b", "/"),
    (r"≤|\\leq?\b", "<="),
    (r"≥|\\geq?\b", ">="),
    (r"²", "^2"),
    (r"³", "^3"),
    (r"\s*(?:\^|\*\*)\s*\{?\s*(?:\\top\b|⊤|T\b)\s*\}?|ᵀ|⊤|['’′]", ".T"),
    (r"\\(?=[a-z])", ""),  # \max, \tanh, \iota
    (r"_\{(\w+)\}", r"_\1"),
    (r"\{", "("),
    (r"\}", ")"),
    (r"\b1_N\b", "ι"),
    (r"\b(tanh|sech)\s*(?:\^|\*\*)\s*\(?2\)?\s*\(", r"\1_squared("),
    (r"\^", "**"),
    (r"\bself\.", ""),
    (r",\s*None\s*\)", ", inf)"),  # np.clip(Z, 0, None) has no upper bound
    (r"^[^=<>!()]*=(?!=)", ""),  # "A = ..." answers as well as "..."
]

ALIASES = {
    "iota": "ι",
    "ones": "ι",
    "ι_N": "ι",
    "iota_N": "ι",
    "ones_N": "ι",
    "in_features": "C_in",
    "out_features": "C_out",
}

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.MatMult: lambda x, y: x @ y if np.ndim(x) and np.ndim(y) else x * y,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    # Comparisons count 1 where they hold and 0 elsewhere, so that Z * (Z > 0) and 1 - (Z > 0) both work.
    ast.Gt: lambda x, y: np.where(x > y, 1.0, 0.0),
    ast.GtE: lambda x, y: np.where(x >= y, 1.0, 0.0),
    ast.Lt: lambda x, y: np.where(x < y, 1.0, 0.0),
    ast.LtE: lambda x, y: np.where(x <= y, 1.0, 0.0),
    ast.Eq: lambda x, y: np.where(x == y, 1.0, 0.0),
}


def _filled(number):
    def fill(*shape):
        if len(shape) != 1:
            raise Puzzled("`ones` and `zeros` take the shape as one pair, in brackets of its own.")
        sizes = np.atleast_1d(shape[0]).astype(int)
        if sizes.ndim != 1 or sizes.size > 2 or not np.all((0 < sizes) & (sizes <= LARGEST)):
            raise Puzzled("`ones` and `zeros` take a shape of one or two sizes, such as N and 1.")
        return np.full(sizes, number)

    return fill


# Each also works as a method: W.transpose() is transpose(W). The lambdas fix how many arguments there can be:
# NumPy's own functions would take an array to write their result into.
FUNCTIONS = {
    "transpose": lambda x: np.transpose(x),
    "ones": _filled(1.0),
    "zeros": _filled(0.0),
    "ones_like": lambda x: np.ones_like(x),
    "zeros_like": lambda x: np.zeros_like(x),
    "len": lambda x: np.float64(len(x)),
    "max": lambda x, y: np.maximum(x, y),
    "min": lambda x, y: np.minimum(x, y),
    "maximum": lambda x, y: np.maximum(x, y),
    "minimum": lambda x, y: np.minimum(x, y),
    "clip": lambda x, low, high=np.inf: np.clip(x, low, high),
    "where": lambda condition, x, y: np.where(condition, x, y),
    "heaviside": lambda x, at_zero: np.heaviside(x, at_zero),
    "sign": lambda x: np.sign(x),
    "abs": lambda x: np.abs(x),
    "square": lambda x: np.square(x),
    "power": lambda x, y: np.power(x, y),
    "sqrt": lambda x: np.sqrt(x),
    "multiply": lambda x, y: np.multiply(x, y),
    "matmul": lambda x, y: np.matmul(x, y),
    "dot": lambda x, y: np.dot(x, y),
    "exp": lambda x: np.exp(x),
    "log": lambda x: np.log(x),
    "tanh": lambda x: np.tanh(x),
    "tanh_squared": lambda x: np.tanh(x) ** 2,
    "sech": lambda x: 1 / np.cosh(x),
    "sech_squared": lambda x: 1 / np.cosh(x) ** 2,
    "cosh": lambda x: np.cosh(x),
    "sinh": lambda x: np.sinh(x),
}

TAKE_SHAPE = (FUNCTIONS["ones"], FUNCTIONS["zeros"])
CONSTANTS = {"e": np.float64(np.e), "inf": np.float64(np.inf)}
NUMPY = ("np", "numpy")
ALONG_AXIS = ("max", "amax", "min", "amin")
SIZES = ("N", "C", "C_in", "C_out")


class Formula:
    """A formula, parsed once and evaluated as often as there are numbers to put into it."""

    def __init__(self, text):
        """Parse `text`. Raises `Puzzled` if it is not a formula."""
        self._tree = _parse(text)

    @property
    def names(self):
        """The names that occur in it, aliases resolved."""
        names = (node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name))
        return {ALIASES.get(name, name) for name in names}

    def value(self, quantities):
        """The formula's value as a float array, where `quantities` maps each name it may use to a float
        array.

        Raises `Puzzled` if it uses anything else, or if shapes do not fit.
        """
        if isinstance(self._tree, (ast.Tuple, ast.List)):
            raise Puzzled("One formula is enough; a comma makes several of it, and decimals take a point.")
        with np.errstate(all="ignore"):
            value = _value(self._tree, quantities)
        if isinstance(value, tuple):
            raise Puzzled("That is a pair of sizes; the blank asks for a formula.")
        return np.asarray(value, dtype=float)


def shape_text(shape, quantities):
    """A shape in the names of the sizes: (4, 2) is "(N, C_in)" when N is 4 and C_in is 2."""
    names = {int(quantities[name]): name for name in SIZES if name in quantities}
    sizes = [names.get(size, str(size)) for size in shape]
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"


def _parse(text):
    if len(text) > LONGEST:
        raise Puzzled(f"That is longer than any answer needs to be ({LONGEST} characters at most).")
    source = _spell(text)
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(source, mode="eval").body
    except SyntaxError as error:
        raise Puzzled(_unreadable(text, source, error)) from None
    except (ValueError, MemoryError, RecursionError):
        raise Puzzled("I could not read that as a formula.") from None
    _require_shallow(tree)
    return tree


def _require_shallow(tree):
    """What follows calls itself once a level, on whatever stack is left to it."""
    level = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise Puzzled("That is nested more deeply than any answer needs to be.")


def _spell(text):
    for pattern, replacement in SPELLINGS:
        text = re.sub(pattern, replacement, text)
    return unicodedata.normalize("NFKC", text).strip().rstrip(".,;。")


def _unreadable(text, source, error):
    if source.count("(") != source.count(")"):
        return "A bracket is missing its partner."
    if re.search(r"[-+*/@<>=]$", source):
        return f"Something is missing after `{_short(source)}`."
    rest = source[max((error.offset or 1) - 1, 0) :].strip()
    unread = rest if rest and rest in text else text.strip()  # as it was typed, not as it was respelled
    return (
        f"I could not read `{_short(unread)}`: write it as in code, "
        "with * or @ between factors and brackets after a function's name."
    )


def _short(text):
    return printable(text, 30, instead="?")


@singledispatch
def _value(node, quantities):
    raise Puzzled(f"I do not know what to make of `{_short(ast.unparse(node))}` in a formula.")


@_value.register
def _(node: ast.Constant, quantities):
    if type(node.value) not in (int, float):
        raise Puzzled(f"`{_short(ast.unparse(node))}` is not a number.")
    return np.float64(node.value)


@_value.register
def _(node: ast.Name, quantities):
    name = ALIASES.get(node.id, node.id)
    if name in quantities:
        return quantities[name]
    if name in CONSTANTS:
        return CONSTANTS[name]
    raise Puzzled(_unknown(node.id, quantities))


def _unknown(name, quantities):
    if name in FUNCTIONS:
        return f"`{name}` is a function: it needs an argument in brackets."
    close = [known for known in quantities if known.casefold() == name.casefold()]
    if close:
        return f"`{name}` is not one of the quantities here. Did you mean {close[0]}?"
    return f"`{_short(name)}` is not one of the quantities here, which are {', '.join(quantities)}."


@_value.register(ast.Tuple)
@_value.register(ast.List)
def _(node, quantities):
    return tuple(_number(item, quantities) for item in node.elts)


def _number(node, quantities):
    value = _value(node, quantities)
    if np.ndim(value):
        raise Puzzled(f"`{_short(ast.unparse(node))}` is not a single number.")
    return value


@_value.register
def _(node: ast.UnaryOp, quantities):
    return _apply(node, node.op, [node.operand], quantities)


@_value.register
def _(node: ast.BinOp, quantities):
    return _apply(node, node.op, [node.left, node.right], quantities)


@_value.register
def _(node: ast.Compare, quantities):
    if len(node.ops) != 1:
        raise Puzzled(f"`{_short(ast.unparse(node))}` compares more than two things.")
    return _apply(node, node.ops[0], [node.left, *node.comparators], quantities)


def _apply(node, symbol, operands, quantities):
    if type(symbol) not in OPERATORS:
        raise Puzzled(f"`{_short(ast.unparse(node))}` uses an operation that formulas here do not have.")
    return _calculate(node, OPERATORS[type(symbol)], operands, quantities)


@_value.register
def _(node: ast.IfExp, quantities):
    return _calculate(node, np.where, [node.test, node.body, node.orelse], quantities)


@_value.register
def _(node: ast.Attribute, quantities):
    if _is_numpy(node.value):
        if node.attr in CONSTANTS:
            return CONSTANTS[node.attr]
        raise Puzzled(_unknown(node.attr, quantities))
    if node.attr == "T":
        return _calculate(node, np.transpose, [node.value], quantities)
    if node.attr == "shape":
        return tuple(np.float64(size) for size in np.shape(_value(node.value, quantities)))
    raise Puzzled(f"I do not know `.{_short(node.attr)}`.")


@_value.register
def _(node: ast.Subscript, quantities):
    whole, index = _value(node.value, quantities), node.slice
    if isinstance(whole, tuple) and isinstance(index, ast.Constant) and index.value in range(len(whole)):
        return whole[index.value]
    raise Puzzled(f"`{_short(ast.unparse(node))}` picks entries; the blank asks for the whole.")


@_value.register
def _(node: ast.Call, quantities):
    name, arguments = _called(node)
    if name == "T":
        raise Puzzled("`.T` and a prime mean the transpose here, and take no brackets.")
    if name not in FUNCTIONS:
        raise Puzzled(f"I do not know the function `{_short(name)}`.")
    if node.keywords:
        raise Puzzled(f"Call `{name}` without keyword arguments, please.")
    return _calculate(node, FUNCTIONS[name], arguments, quantities)


def _called(node):
    """The name of the function that is called, and the nodes of its arguments."""
    if isinstance(node.func, ast.Name):
        return node.func.id, node.args
    if not isinstance(node.func, ast.Attribute):
        raise Puzzled(f"I do not know what `{_short(ast.unparse(node.func))}(…)` calls; is a `*` missing?")
    name = node.func.attr
    if not _is_numpy(node.func.value):
        return name, [node.func.value, *node.args]
    if name in ALONG_AXIS:
        raise Puzzled(
            f"`np.{name}` looks for one extreme along an axis, and its second argument is that axis; "
            "here two values are compared entry by entry."
        )
    return name, node.args


def _is_numpy(node):
    return isinstance(node, ast.Name) and node.id in NUMPY


def _calculate(node, function, arguments, quantities):
    values = [_value(argument, quantities) for argument in arguments]
    if function not in TAKE_SHAPE and any(isinstance(value, tuple) for value in values):
        raise Puzzled(f"`{_short(ast.unparse(node))}` mixes a pair of numbers into the formula.")
    try:
        return function(*values)
    except (TypeError, ValueError):
        raise Puzzled(_misfit(node, values, quantities)) from None


def _misfit(node, values, quantities):
    shapes = [shape_text(np.shape(value), quantities) for value in values if np.ndim(value)]
    if len(shapes) > 1:
        return f"In `{_short(ast.unparse(node))}`, shapes {' and '.join(shapes)} do not fit together."
    return f"`{_short(ast.unparse(node))}` does not work: the number or kind of its arguments is wrong."
