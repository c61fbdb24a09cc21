"""What an edit may change and name: the expressions of a statement, and the names that there are."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..reach import Site
from ..source import BLOCKS, LOOPS, Source

LIBRARIES = ("np", "numpy", "math")


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


def slots_of(place: Site) -> list[Slot]:
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


def is_callee(slot: Slot, scope: Scope) -> bool:
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
