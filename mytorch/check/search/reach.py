"""Which statements of a class can have a part in a quantity, nearest first."""

import ast
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..contract import Quantity
from .source import Source, blocks_in, is_called, is_step, plain


@dataclass(frozen=True, eq=False)
class Site:
    """A statement, where it stands: ``block`` is the list that holds it. ``function``: of a line of a class,
    outside its methods, one without a body, which has the name that the line gives a value.
    """

    statement: ast.stmt
    function: ast.FunctionDef
    block: list[ast.stmt]
    above: tuple[ast.stmt, ...]  # the compound statements around it, outermost first

    @property
    def index(self) -> int:
        """In its block."""
        return next(index for index, one in enumerate(self.block) if one is self.statement)

    @property
    def expressions(self) -> list[ast.expr]:
        """Its own, without those of statements inside it; of a def line its defaults."""
        if isinstance(self.statement, ast.FunctionDef):
            return self.statement.args.defaults
        return [
            node
            for _, value in ast.iter_fields(self.statement)
            for node in (value if isinstance(value, list) else [value])
            if isinstance(node, ast.expr)
        ]

    def nodes(self) -> Iterator[ast.expr]:
        for expression in self.expressions:
            yield from ast.walk(expression)

    @cached_property
    def assigned(self) -> set[str]:
        """Names it gives a value; of attributes with a dot in front, whatever object they belong to."""
        names = set()
        if isinstance(self.statement, ast.FunctionDef) and (defaults := self.statement.args.defaults):
            return {arg.arg for arg in self.statement.args.args[-len(defaults) :]}
        for node in self.nodes():
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                names.add(node.id if self.function.body else f".{node.id}")
            elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                names.add(f".{node.attr}")
            elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
                names |= named_in(node.value)
            elif isinstance(node, ast.Call):
                names |= _changed_by(node)
        return names

    @cached_property
    def used(self) -> set[str]:
        return set().union(*(named_in(expression) for expression in self.expressions))

    @property
    def read(self) -> set[str]:
        """Names it reads; of attributes with a dot in front."""
        is_kept = isinstance(self.statement, ast.AugAssign)
        nodes = [node for node in self.nodes() if is_kept or isinstance(getattr(node, "ctx", None), ast.Load)]
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        return names | {f".{node.attr}" for node in nodes if isinstance(node, ast.Attribute)}


def _plain_names(expression: ast.AST) -> set[str]:
    return {name for name in named_in(expression) if name[0] != "."}


def _changed_by(call: ast.Call) -> set[str]:
    """setattr(self, "W", …), self.keep(W=…), A.append(…), np.copyto(v, …)"""
    names = {f".{keyword.arg}" for keyword in call.keywords if keyword.arg}
    names |= {
        f".{node.value}" for node in call.args if isinstance(node, ast.Constant) and type(node.value) is str
    }
    if isinstance(call.func, ast.Attribute):
        own = call.func.value
        names |= (
            named_in(own) if call.func.attr in ("append", "extend", "insert", "fill", "update") else set()
        )
        names |= named_in(call.args[0]) if call.func.attr == "copyto" and call.args else set()
    return names


def named_in(expression: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(expression):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(f".{node.attr}")
        elif isinstance(node, ast.Constant) and type(node.value) is str:
            found.add(f".{node.value}")
    return found


LEAVING = (ast.Return, ast.Raise, ast.Break, ast.Continue)


def places(source: Source) -> list[Site]:
    """Of all statements that may run: none that stand below a return in its block."""
    found = []

    def walk(block, function, above):
        for statement in block:
            inner = function
            if isinstance(statement, ast.FunctionDef):
                inner = statement
                found.append(Site(statement, statement, block, ()))
            elif function is not None:
                found.append(Site(statement, function, block, above))
            elif (name := _class_attribute(statement)) is not None:
                found.append(Site(statement, ast.FunctionDef(name, NO_ARGUMENTS, [], []), block, ()))
            around = (*above, statement) if function is not None else above
            for part in blocks_in(statement):
                walk(part, inner, () if inner is not function else around)
            if isinstance(statement, LEAVING):
                return

    walk(source.definitions, None, ())
    return [place for place in found if not is_inserted(place.statement)]


NO_ARGUMENTS = ast.arguments([], [], None, [], [], None, [])


def _class_attribute(statement: ast.stmt) -> str | None:
    """The name that a line of a class's body gives a value: there it is read as self.name, or Class.name."""
    targets = getattr(statement, "targets", [getattr(statement, "target", None)])
    is_one = len(targets) == 1 and isinstance(targets[0], ast.Name) and getattr(statement, "value", None)
    return targets[0].id if is_one and not isinstance(statement, ast.AugAssign) else None


def is_inserted(statement: ast.stmt) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and getattr(call.func, "id", "").startswith("__")


def reaching(
    found: list[Site], quantity: Quantity, right: set[str], stopped: int = 0
) -> list[tuple[int, Site]]:
    """Each statement with its distance from the one that gives the quantity its value, or from the line at
    which the code stopped.

    ``right``: attributes (with a dot) whose values agree already; what makes them is not looked at.
    """
    start = [place for place in found if place.statement.lineno == stopped]
    start += [place for place in found if _makes(place, quantity) and place not in start]
    if not start:
        start = [place for place in found if place.function.name == quantity.by] or found
    own = [place for place in found if place.function.name == quantity.by and place not in start]
    start += [place for place in own if quantity.name in place.assigned]  # a self. may be missing
    distance = {place: 0 for place in start}
    waiting = deque(start)
    while waiting:
        place = waiting.popleft()
        for other in found:
            if other not in distance and _feeds(other, place, right):
                distance[other] = distance[place] + 1
                waiting.append(other)
    leaving = {}
    for place in found:
        if isinstance(place.statement, LEAVING):  # the conditions that keep others from running
            leaving.setdefault(place.function, []).extend(place.above)
    for place in list(distance):
        for header in (*place.above, *leaving.get(place.function, ())):
            if (around := next((one for one in found if one.statement is header), None)) is not None:
                distance.setdefault(around, distance[place] + 1)
    farthest = max(distance.values(), default=0)
    for place in found:  # by ways that no name shows, such as np.vectorize
        if not place.function.args.args or place.function.args.args[0].arg != "self":
            distance.setdefault(place, farthest + 1)
    return sorted(((steps, place) for place, steps in distance.items()), key=lambda pair: pair[0])


def all_makers(
    found: list[Site], quantity: Quantity, right: set[str], known: set[str], batches: set[str]
) -> list[Site]:
    """The statements that do all the work for a quantity; none where something else may have a part in it.

    ``right``: attributes (with a dot) whose values agree, or did before the method ran. ``known``: names from
    outside the class that only compute, such as np. ``batches``: arrays with a row for each sample.
    """
    own = "" if quantity.what == "returned" else f".{quantity.name}"
    made = [place for place in found if _makes(place, quantity)]
    if any(_is_given(quantity.by, place) for place in found):
        return []  # the method of that name does not run
    makers = [place for place in made if quantity.by == "__init__" or place.function.name != "__init__"]
    for place in makers:  # grows
        makers += [one for one in found if one.statement in place.above and one not in makers]
        if any(_may_write(one) for one in found if one.function is place.function):
            return []
        if any(_plain_names(one) - known for one in place.function.decorator_list):
            return []  # a decorator of one's own has the last word
        for name in place.read - (right - {own}) - known - {"self"}:
            feeding = [one for one in found if _gives(one, name, place)]
            is_argument = name in {arg.arg for arg in place.function.args.args}
            is_arrays = name[0] == "." and (hasattr(np.ndarray, name[1:]) or hasattr(np, name[1:]))
            if not feeding and not is_argument and not is_arrays:
                return []
            is_begun = name == own in right
            makers += [
                one
                for one in feeding
                if one not in makers and not (is_begun and one.function.name == "__init__")
            ]
    holding = {header for one in found if one.assigned & (right - {own}) for header in one.above}
    working = [
        one
        for one in makers
        if not (_hands_on(one, quantity) or _reads_sizes(one, batches) or one.statement in holding)
    ]
    values = [getattr(one.statement, "value", None) for one in working]
    # Nothing is computed, or nothing is added to the 0 that it begins with: a line may be lacking.
    is_idle = [type(one.statement) for one in working] == [ast.Return] and isinstance(values[0], ast.Name)
    begins = len(values) > 1 and any(isinstance(value, ast.Constant) for value in values)
    is_blank = quantity.by != "__init__" and all(map(_is_blank, working))
    return [] if is_idle or begins or is_blank else working


def _is_blank(place: Site) -> bool:
    """np.zeros(…), np.ones_like(…), an attribute in __init__: what another line is to fill."""
    value = getattr(place.statement, "value", None)
    made = getattr(value.func, "attr", "") if isinstance(value, ast.Call) else ""
    is_array = made.removesuffix("_like") in ("zeros", "ones", "empty", "full")
    return is_array or place.function.name == "__init__"


def _is_given(method: str, place: Site) -> bool:
    """self.backward = …"""
    nodes = [node for node in place.nodes() if isinstance(node, ast.Attribute) and node.attr == method]
    return any(isinstance(node.ctx, ast.Store) for node in nodes)


SEEN = ("print", "warn", "append", "extend", "insert", "fill", "update", "copyto", "setattr")


def _may_write(place: Site) -> bool:
    """Into an array that it is handed, in a way that no name shows: out=…, np.add.at(…), A.sort()."""
    calls = [node for node in place.nodes() if isinstance(node, ast.Call)]
    if isinstance(place.statement, ast.Expr) and calls:
        function = calls[0].func
        if getattr(function, "attr", getattr(function, "id", "")) not in SEEN:
            return True
    return any(keyword.arg == "out" for call in calls for keyword in call.keywords)


def _gives(other: Site, name: str, place: Site) -> bool:
    if isinstance(other.statement, ast.Return):
        return name in (f".{other.function.name}", other.function.name)
    return name in other.assigned and (name[0] == "." or other.function is place.function)


def _hands_on(place: Site, quantity: Quantity) -> bool:
    """``return dLdW``, ``self.dLdW = dLdW``: no other name comes in."""
    value = getattr(place.statement, "value", None)
    if not isinstance(value, (ast.Name, ast.Attribute)):
        return False
    name = plain(value.id if isinstance(value, ast.Name) else value.attr)
    if isinstance(place.statement, ast.Return):
        return name == plain(quantity.name)
    return isinstance(place.statement, ast.Assign) and name in {
        plain(target.removeprefix(".")) for target in place.assigned
    }


def _reads_sizes(place: Site, batches: set[str]) -> bool:
    """``N, C = A.shape`` of a batch: nothing in that can be mistaken."""
    if not isinstance(place.statement, ast.Assign):
        return False
    name, _, of = ast.unparse(place.statement.value).removeprefix("self.").partition(".")
    return name in batches and of == "shape" and ast.unparse(place.statement.targets[0]) in ("N, C", "(N, C)")


def drops_a_value(place: Site) -> bool:
    """Does what it computes go nowhere?  Z + b alone in its line, or row = row + b in ``for row in Z``."""
    statement = place.statement
    if isinstance(statement, ast.Expr):
        value = statement.value
        return isinstance(value, (ast.BinOp, ast.UnaryOp, ast.Compare)) or _only_returns(value)
    if not isinstance(statement, ast.Assign):
        return False
    loops = [one for one in place.above if isinstance(one, ast.For)]
    turning = {node.id for loop in loops for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    return any(
        isinstance(target, ast.Name) and target.id in turning and not _is_read_below(place, target.id)
        for target in statement.targets
    )


def _is_read_below(place: Site, name: str) -> bool:
    return any(
        isinstance(node, ast.Name)
        and node.id == name
        and isinstance(node.ctx, ast.Load)
        and node.lineno > place.statement.end_lineno
        for node in ast.walk(place.function)
    )


WRITING = ("copyto", "put", "putmask", "place", "put_along_axis", "fill_diagonal", "at")


def _only_returns(value: ast.expr) -> bool:
    """A function of NumPy's that leaves its arguments as they are."""
    if not isinstance(value, ast.Call) or any(keyword.arg == "out" for keyword in value.keywords):
        return False
    library, _, function = ast.unparse(value.func).partition(".")
    return library in ("np", "numpy", "math") and function.rpartition(".")[2] not in WRITING


DISPLAYS = (ast.List, ast.Tuple, ast.ListComp, ast.GeneratorExp, ast.Dict, ast.DictComp, ast.Set, ast.SetComp)


def makes_no_array(place: Site) -> bool:
    """Its value is written as a list or the like, whatever stands in it."""
    return isinstance(getattr(place.statement, "value", None), DISPLAYS)


def _makes(place: Site, quantity: Quantity) -> bool:
    if quantity.what == "step":
        own = {name.removeprefix(".") for name in place.assigned}
        return place.function.name == quantity.by and any(is_step(name, quantity.name) for name in own)
    if quantity.what == "returned":
        return isinstance(place.statement, ast.Return) and place.function.name == quantity.by
    is_property = isinstance(place.statement, ast.Return) and place.function.name == quantity.name
    return is_property or f".{quantity.name}" in place.assigned


def _feeds(other: Site, place: Site, right: set[str]) -> bool:
    """Does ``other`` give a value to something that ``place`` uses?"""
    used = place.used - right
    if is_called(place.function.name, other.nodes()):
        return True
    if isinstance(other.statement, ast.Return):
        return f".{other.function.name}" in used or other.function.name in used
    given = other.assigned & used
    return any(name[0] == "." or other.function is place.function for name in given)
