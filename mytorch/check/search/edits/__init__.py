"""Small edits of a statement, each a slip that students make, undone.

Nodes of the tree are replaced in place, tried, and put back. Deletions and other structure come first (cost
1), then one name or number for another (2), and what is added comes last (3): ``additions``, most of all,
are made when they are asked for. Conditions and flags are left alone, but for a comparison.
"""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from itertools import combinations, product

from ...failure import closest
from ..reach import LEAVING, Site, is_inserted
from ..source import BLOCKS, LOOPS, NUMBER, Source

LIBRARIES = ("np", "numpy", "math")
STRUCTURE, EXCHANGE, ADDITION = 1, 2, 3
CONDITIONS = (ast.If, ast.While, ast.Assert)
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


@dataclass(frozen=True, eq=False)
class Slot:
    """An expression that is read, with the place in the tree that holds it. ``counts``: it is an index, or
    says how often a loop turns.
    """

    node: ast.expr
    owner: object
    key: object
    parent: ast.AST
    counts: bool = False


@dataclass
class Scope:
    """What a statement may name: the function's own variables, the attributes of each kind of object, and
    what else stands in the function, such as v[i] and layer.W.
    """

    variables: list[str]
    attributes: dict[str, list[str]]  # by the object: "self", or "other"
    terms: list[ast.expr]


def edits(place: Site, scope: Scope) -> Iterator[Edit]:
    """Of one statement, in no order; all that cost less than an addition."""
    slots = _slots_of(place)
    if isinstance(place.statement, CONDITIONS):
        return _checked(place, [_comparisons(slots)])
    single = (_single(_others, slot, scope) for slot in _free(place, slots, scope))
    whole = (_comparisons(slots), _swapped_names(slots, scope), _brackets(slots), _statement(place, scope))
    return _checked(place, [*single, *whole])


def additions(place: Site, scope: Scope) -> Iterator[Edit]:
    """A factor, a term or a function that is not there."""
    if isinstance(place.statement, CONDITIONS):
        return iter(())
    return _checked(place, [_single(_more, slot, scope) for slot in _free(place, _slots_of(place), scope)])


def _free(place: Site, slots: list[Slot], scope: Scope) -> list[Slot]:
    """Not what is called, and of x if a == b else y not what stands in a == b."""
    tests = [node.test for node in place.nodes() if isinstance(node, ast.IfExp)]
    inside = {inner for test in tests for inner in ast.walk(test)}
    return [slot for slot in slots if slot.node not in inside and not _is_callee(slot, scope)]


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


def exchanged_parameters(site: Site, asked: list[str]) -> Iterator[Edit]:
    """Of a def line with the parameters of the handout's, in another order; self is none of them."""
    own, wanted = site.function.args.args[1:], [one.partition("=")[0] for one in asked]
    names = [closest(one.arg, wanted) for one in own]
    if names != wanted and sorted(names) == sorted(wanted):
        ordered = [own[names.index(name)] for name in wanted]
        changes = ((site.function.args.args, index, one) for index, one in enumerate(ordered, 1))
        yield Edit("parameters", STRUCTURE, site, tuple(changes))


def is_def_line_of(site: Site, asked: list[str]) -> bool:
    """Is it the handout's, with the same defaults?"""
    own = [one.arg for one in site.function.args.args]
    for index, default in enumerate(reversed(site.function.args.defaults), 1):
        own[-index] += f"={ast.unparse(default)}"
    return site.statement is site.function and own == ["self", *asked]


def other_defaults(site: Site, asked: list[str]) -> Iterator[Edit]:
    """Of a def line with the handout's parameters, and not with its defaults."""
    names = [one.arg for one in site.function.args.args]
    if not is_def_line_of(site, asked) and names == ["self", *(one.partition("=")[0] for one in asked)]:
        new = [ast.parse(one.partition("=")[2], mode="eval").body for one in asked if "=" in one]
        yield Edit("default", STRUCTURE, site, ((site.function.args, "defaults", new),))


def defined_before(site: Site, replaced: list[tuple[ast.FunctionDef, ast.FunctionDef]]) -> Iterator[Edit]:
    """A method that stands further down a second time: what the one above would do."""
    for one, last in replaced:
        if site.statement is last:
            yield Edit("twice", STRUCTURE, site, ((last, "args", one.args), (last, "body", one.body)))


def below_a_return(site: Site) -> Iterator[Edit]:
    """What follows in its block, run ahead of it, without another return."""
    below = [one for one in site.block[site.index + 1 :] if not isinstance(one, ast.Return)]
    if isinstance(site.statement, ast.Return) and not all(map(is_inserted, below)):
        yield _instead(site, "return", ast.If(ast.Constant(True), [*below, site.statement], []))


def objects_of_their_own(site: Site) -> Iterator[Edit]:
    """x = y = []: the value made anew for each of the names, which stand for one object now."""
    statement = site.statement
    if not isinstance(statement, ast.Assign) or len(statement.targets) == 1:
        return
    if not isinstance(statement.value, (ast.Constant, ast.Name, ast.Attribute)):
        apart = [ast.Assign([target], statement.value) for target in statement.targets]
        yield _instead(site, "shared", ast.If(ast.Constant(True), apart, []))


ONCE = ("zip", "map", "filter", "reversed", "iter", "enumerate")  # one can go through these but once


def lists_for_generators(site: Site) -> Iterator[Edit]:
    value = getattr(site.statement, "value", None)
    is_call = isinstance(value, ast.Call) and getattr(value.func, "id", "") in ONCE
    if isinstance(site.statement, ast.Assign) and (is_call or isinstance(value, ast.GeneratorExp)):
        new = ast.Call(ast.Name("list", ast.Load()), [value], [])
        yield Edit("once", STRUCTURE, site, ((site.statement, "value", new),))


def values_kept(site: Site, scope: Scope) -> Iterator[Edit]:
    """Z + b alone in its line: its value given to one of the variables, or to what it reads of the object.
    And x == y alone: y given to x.
    """
    statement = site.statement
    match statement:
        case ast.Expr(
            ast.Compare(ast.Name() | ast.Attribute() | ast.Subscript() as left, [ast.Eq()], [right])
        ):
            target = copy(left)
            target.ctx = ast.Store()
            yield _instead(site, "compared", ast.Assign([target], right))
    if isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Constant):
        own = sorted({node.attr for node in ast.walk(statement.value) if _is_of_self(node)})
        targets = [ast.Name(name, ast.Store()) for name in scope.variables]
        targets += [ast.Attribute(ast.Name("self", ast.Load()), name, ast.Store()) for name in own]
        for target in targets:
            yield _instead(site, "dropped", ast.Assign([target], statement.value))


def stopped_at(site: Site) -> Edit:
    return _instead(site, "line surplus", ast.Raise())


def _is_of_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self"


def _instead(site: Site, kind: str, new: ast.stmt) -> Edit:
    return Edit(kind, STRUCTURE, site, ((site.block, site.index, new),))


# --- where ------------------------------------------------------------------------------------------------


def _slots_of(place: Site) -> list[Slot]:
    slots = [slot for expression in _roots(place) for slot in _slots(*expression)]
    counting = {inner for node in place.nodes() for one in _indexes(node) for inner in ast.walk(one)}
    return [replace(slot, counts=slot.node in counting) for slot in slots]


def _indexes(node: ast.expr) -> list[ast.expr]:
    """What stands in the brackets of x[i] or of range(n), where no formula has a part."""
    if isinstance(node, ast.Subscript):
        return [node.slice]
    is_range = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "range"
    return node.args if is_range else []


def _roots(place: Site) -> Iterator[tuple]:
    statement = place.statement
    if isinstance(statement, ast.FunctionDef):
        defaults = statement.args.defaults
        yield from ((node, defaults, index, statement.args) for index, node in enumerate(defaults))
        return
    for target in getattr(statement, "targets", [getattr(statement, "target", None)]):
        if isinstance(target, ast.Subscript):
            yield target.slice, target, "slice", target
    for name, value in ast.iter_fields(statement):
        if name in BLOCKS or (name in ("target", "targets") and not isinstance(statement, LOOPS)):
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.expr):
                yield (node, statement, name, statement) if index is None else (node, value, index, statement)


def _slots(node: ast.expr, owner, key, parent) -> Iterator[Slot]:
    if not isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
        yield Slot(node, owner, key, parent)
    for name, value in ast.iter_fields(node):
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            inner = (value, index) if index is not None else (node, name)
            if isinstance(child, ast.expr):
                yield from _slots(child, *inner, node)
            elif isinstance(child, (ast.keyword, ast.comprehension)):
                for field, grandchild in ast.iter_fields(child):
                    if isinstance(grandchild, ast.expr):
                        yield from _slots(grandchild, child, field, child)


def _is_callee(slot: Slot, scope: "Scope") -> bool:
    """np.sum of np.sum(…), np itself, and self: no value."""
    is_called = isinstance(slot.parent, ast.Call) and slot.key == "func"
    is_owner = isinstance(slot.parent, ast.Attribute) and isinstance(slot.node, ast.Name)
    return is_called or (is_owner and slot.node.id not in scope.variables)


@dataclass
class Names:
    """What all of a class's functions name: the attributes of each kind of object, and what is called."""

    attributes: dict[str, list[str]]  # by the object, in the order of the text
    methods: set[str]  # no properties


def names_of(source: Source) -> Names:
    functions, attributes = source.functions, {}
    methods = {one.name for one in functions if not one.decorator_list}
    for top in functions:
        for node in ast.walk(top):
            if isinstance(node, ast.Attribute) and not isinstance(node.value, ast.Call):
                attributes.setdefault(_kind_of_object(node.value), {})[node.attr] = None
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                methods.add(node.func.attr)
    return Names({kind: list(known) for kind, known in attributes.items()}, methods)


def scope_of(function: ast.FunctionDef, names: Names, promised: set[str]) -> Scope:
    """``promised``: names of attributes that the object is to have."""
    arguments = function.args
    own = [arg.arg for arg in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    variables = dict.fromkeys(name for name in own if name != "self")
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            variables[node.id] = None
    by_object = dict(names.attributes)
    by_object["self"] = dict.fromkeys([*by_object.get("self", ()), *sorted(promised)])
    if "self" not in own:
        del by_object["self"]
    found = {kind: [one for one in known if one not in names.methods] for kind, known in by_object.items()}
    return Scope(list(variables), found, _terms(function, names.methods))


def _terms(function: ast.FunctionDef, methods: set[str]) -> list[ast.expr]:
    found = {}
    for node in ast.walk(function):
        is_entry = isinstance(node, ast.Subscript) and isinstance(node.value, (ast.Attribute, ast.Name))
        is_part = isinstance(node, ast.Attribute) and _kind_of_object(node.value) == "other"
        if (is_entry or (is_part and node.attr not in ("T", "shape", *methods))) and not isinstance(
            node.ctx, ast.Del
        ):
            found.setdefault(ast.unparse(node), node)
    terms = [ast.parse(text, mode="eval").body for text in found]
    return [term for term in terms if "shape" not in ast.unparse(term)]


def _kind_of_object(node: ast.expr) -> str:
    """ "self" is one of a kind; all else that has attributes is a layer or the like."""
    text = node.id if isinstance(node, ast.Name) else ""
    return text if text in ("self", *LIBRARIES) else "other"


# --- one expression for another ---------------------------------------------------------------------------

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


OF_FORMULAS = ("sign", "number", "surplus", "operator", "order", "missing", "part")


def _single(others, slot: Slot, scope: Scope) -> Iterator[tuple]:
    for kind, cost, new in others(slot.node, slot, scope):
        yield "index" if slot.counts and kind in OF_FORMULAS else kind, cost, (slot.owner, slot.key, new)


def _others(node: ast.expr, slot: Slot, scope: Scope) -> Iterator[tuple]:
    if isinstance(node, MATRIX) and not isinstance(slot.parent, ast.Attribute):
        if isinstance(node, ast.Attribute) and node.attr == "T":
            yield "transpose", STRUCTURE, node.value
        elif not isinstance(slot.parent, ast.Attribute):
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


def _more(node: ast.expr, slot: Slot, scope: Scope) -> Iterator[tuple]:
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
        yield "function", cost, ast.Call(_attribute("np", name), [node], [])
        for other in others:
            yield "part", cost + 0.2, ast.Call(_attribute("np", name), [other], [])
    for name, axis in product(("sum", "mean"), (0, 1, None)):
        along = {} if axis is None else {"axis": axis, "keepdims": True}
        keywords = [ast.keyword(key, ast.Constant(value)) for key, value in along.items()]
        yield "function", cost, ast.Call(_attribute("np", name), [node], keywords)
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


# --- more than one place in a statement -------------------------------------------------------------------

COMPARED = {
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE),
    ast.GtE: (ast.Gt, ast.LtE, ast.Lt),
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE),
    ast.LtE: (ast.Lt, ast.GtE, ast.Gt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}


def _comparisons(slots: list[Slot]) -> Iterator[tuple]:
    for slot in slots:
        node = slot.node
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            for other in COMPARED.get(type(node.ops[0]), ()):
                yield "comparison", STRUCTURE, (node.ops, 0, other())
        is_condition = isinstance(slot.parent, (ast.If, ast.While, ast.IfExp)) and slot.key == "test"
        if is_condition and isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield "comparison", STRUCTURE, (slot.owner, slot.key, node.operand)
        elif is_condition and isinstance(node, (ast.Name, ast.Attribute)):
            yield "comparison", STRUCTURE, (slot.owner, slot.key, ast.UnaryOp(ast.Not(), node))


def _swapped_names(slots: list[Slot], scope: Scope) -> Iterator[tuple]:
    named = [(slot, ast.dump(slot.node)) for slot in slots if _is_named(slot, scope)]
    for (one, text), (two, other) in combinations(named, 2):
        if text != other:
            yield "swapped", EXCHANGE, (one.owner, one.key, two.node), (two.owner, two.key, one.node)


def _is_named(slot: Slot, scope: Scope) -> bool:
    if _is_callee(slot, scope):
        return False
    node = slot.node
    is_other = isinstance(node, ast.Attribute) and node.attr in scope.attributes.get("other", ())
    return _is_of_self(node) or is_other or (isinstance(node, ast.Name) and node.id in scope.variables)


def _statement(place: Site, scope: Scope) -> Iterator[tuple]:
    """Another assignment, order or indentation."""
    statement, block = place.statement, place.block
    if isinstance(statement, ast.FunctionDef):
        return
    if isinstance(statement, ast.AugAssign):
        for operator in OPERATORS[:4]:
            if not isinstance(statement.op, operator):
                yield "assignment", STRUCTURE, (statement, "op", operator())
    index = place.index
    if isinstance(statement, ast.AugAssign):
        new = ast.copy_location(ast.Assign([statement.target], statement.value), statement)
        yield "assignment", STRUCTURE, (block, index, new)
        if isinstance(statement.target, ast.Name):
            old = ast.Name(statement.target.id, ast.Load())
            value = ast.BinOp(old, statement.op, statement.value)
            yield "in place", STRUCTURE, (block, index, ast.Assign([statement.target], value))
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Name) and target.id in scope.attributes.get("self", ()):
            kept = ast.Attribute(ast.Name("self", ast.Load()), target.id, ast.Store())
            kept = ast.fix_missing_locations(ast.copy_location(kept, target))
            yield "self", STRUCTURE, (statement, "targets", [kept, target])
        for operator in (ast.Add, ast.Sub):
            new = ast.copy_location(
                ast.AugAssign(statement.targets[0], operator(), statement.value), statement
            )
            yield "assignment", STRUCTURE + 0.8, (block, index, new)
    after = next((i for i in range(index + 1, len(block)) if not is_inserted(block[i])), None)
    if after is not None and not isinstance(statement, LEAVING) and not isinstance(block[after], LEAVING):
        yield "lines", STRUCTURE + 0.5, (block, index, block[after]), (block, after, statement)
    if len(block) > 1 and not isinstance(statement, ast.Return):
        nothing = ast.copy_location(ast.Pass(), statement)
        yield "line surplus", STRUCTURE + 0.7, (block, index, nothing)
    if place.above and isinstance(place.above[-1], LOOPS) and index == len(block) - 1:
        yield from _out_of_loop(place, block, index)


def _out_of_loop(place: Site, block: list, index: int) -> Iterator[tuple]:
    loop = place.above[-1]
    new = type(loop)(**{**dict(ast.iter_fields(loop)), "body": block[:index] or [ast.Pass()]})
    both = ast.If(ast.Constant(True), [ast.copy_location(new, loop), place.statement], [])
    holder = place.above[-2] if len(place.above) > 1 else place.function
    for name in BLOCKS:
        for i, one in enumerate(getattr(holder, name, None) or []):
            if one is loop:
                fixed = ast.fix_missing_locations(ast.copy_location(both, loop))
                yield "indentation", STRUCTURE + 0.8, (getattr(holder, name), i, fixed)


# --- brackets ---------------------------------------------------------------------------------------------

TOKEN = re.compile(r"[fx]\d+|\*\*|//|<<|>>|[-+*/@%^&|()]")
MAX_TOKENS = 40
FLAT = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.expr_context, ast.operator, ast.unaryop)


def _brackets(slots: list[Slot]) -> Iterator[tuple]:
    """Brackets removed, added or moved, in each expression that is no part of a larger one."""
    arithmetic = (ast.BinOp, ast.UnaryOp)
    for slot in slots:
        is_inner = isinstance(slot.parent, arithmetic)
        if isinstance(slot.node, ast.BinOp) and not is_inner and not _is_first_argument(slot, slots):
            for kind, new in _rebracketed(slot.node):
                yield kind, STRUCTURE + 0.05, (slot.owner, slot.key, new)


def _is_first_argument(slot: Slot, slots: list[Slot]) -> bool:
    """Of a call inside a larger expression, which is flattened as a whole."""
    if not isinstance(slot.parent, ast.Call) or slot.parent.args[:1] != [slot.node]:
        return False
    holder = next((one for one in slots if one.node is slot.parent), None)
    return holder is not None and isinstance(holder.parent, (ast.BinOp, ast.UnaryOp))


class _Flat:
    """The expression with a short name for each operand and each function."""

    def __init__(self):
        self.leaves: list[ast.expr] = []

    def flat(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.BinOp):
            return ast.BinOp(self.flat(node.left), node.op, self.flat(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return ast.UnaryOp(node.op, self.flat(node.operand))
        self.leaves.append(node)
        number = len(self.leaves) - 1
        if isinstance(node, ast.Call) and node.args and isinstance(node.func, (ast.Attribute, ast.Name)):
            return ast.Call(ast.Name(f"f{number}", ast.Load()), [self.flat(node.args[0])], [])
        return ast.Name(f"x{number}", ast.Load())

    def full(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.BinOp):
            return ast.BinOp(self.full(node.left), node.op, self.full(node.right))
        if isinstance(node, ast.UnaryOp):
            return ast.UnaryOp(node.op, self.full(node.operand))
        if isinstance(node, ast.Call):
            call = self.leaves[int(node.func.id[1:])]
            return ast.Call(call.func, [self.full(node.args[0]), *call.args[1:]], call.keywords)
        return self.leaves[int(node.id[1:])]


def _rebracketed(expression: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Also with another operator in the text: in 1 - A + A one * takes both A for itself."""
    form = _Flat()
    flat = ast.fix_missing_locations(form.flat(expression))
    tokens = TOKEN.findall(ast.unparse(flat))
    if len(tokens) > MAX_TOKENS:
        return
    seen = {ast.dump(flat)}
    texts = [("brackets", text) for text in _with_other_brackets(tokens)]
    texts += [("operator", text) for text in _with_another_operator(tokens)]
    for kind, text in texts:
        try:
            tree = ast.parse(text, mode="eval").body
        except SyntaxError:
            continue
        if ast.dump(tree) in seen or not _is_arithmetic(tree):
            continue
        seen.add(ast.dump(tree))
        new = form.full(tree)
        yield kind, new


def _is_arithmetic(tree: ast.expr) -> bool:
    """Each function is called, with one argument, and nothing else is: no x0(x1), no f0()."""
    nodes = list(ast.walk(tree))
    if not all(isinstance(node, FLAT) for node in nodes):
        return False
    called = [node for node in nodes if isinstance(node, ast.Call)]
    functions = [node for node in nodes if isinstance(node, ast.Name) and node.id[0] == "f"]
    return len(called) == len(functions) and all(
        len(call.args) == 1 and getattr(call.func, "id", "")[:1] == "f" for call in called
    )


def _with_another_operator(tokens: list[str]) -> Iterator[str]:
    for i, token in enumerate(tokens):
        if i and token in "+-*/@**" and (tokens[i - 1] == ")" or tokens[i - 1][0] == "x"):
            for other in ("+", "-", "*", "/", "@"):
                yield "".join([*tokens[:i], other, *tokens[i + 1 :]])


def _with_other_brackets(tokens: list[str]) -> Iterator[str]:
    pairs, open_ones = [], []
    for i, token in enumerate(tokens):
        if token == "(":
            open_ones.append(i)
        elif token == ")":
            pairs.append((open_ones.pop(), i))
    for i, j in pairs:
        is_call = i and tokens[i - 1][0] == "f"
        without = [t for k, t in enumerate(tokens) if k != j and (is_call or k != i)]
        if not is_call:
            yield "".join(without)
        for k in range(i + 1, len(without) + 1):  # the closing one elsewhere
            yield (
                "".join(without[:k] + [")"] + without[k:])
                if is_call
                else "".join(without[:i] + ["("] + without[i:k] + [")"] + without[k:])
            )
        if not is_call:  # the opening one elsewhere
            for k in range(i):
                yield "".join(without[:k] + ["("] + without[k : j - 1] + [")"] + without[j - 1 :])
    starts = [i for i, t in enumerate(tokens) if t[0] in "fx(-"]
    ends = [i + 1 for i, t in enumerate(tokens) if t[0] in "x)"]
    for i in starts:
        for j in ends:
            if j > i + 1:
                yield "".join(tokens[:i] + ["("] + tokens[i:j] + [")"] + tokens[j:])
