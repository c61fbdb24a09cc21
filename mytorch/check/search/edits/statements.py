"""More than one expression of a statement, its order, and all of it; the def line of a function."""

import ast
from collections.abc import Iterator
from copy import copy
from itertools import combinations

from ...failure import closest
from ..reach import LEAVING, Site, is_inserted
from ..source import BLOCKS, LOOPS
from .edit import EXCHANGE, STRUCTURE, Edit
from .expressions import OPERATORS
from .scope import Scope, Slot, is_callee

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


def comparisons(slots: list[Slot]) -> Iterator[tuple]:
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


def swapped_names(slots: list[Slot], scope: Scope) -> Iterator[tuple]:
    named = [(slot, ast.dump(slot.node)) for slot in slots if _is_named(slot, scope)]
    for (one, text), (two, other) in combinations(named, 2):
        if text != other:
            yield "swapped", EXCHANGE, (one.owner, one.key, two.node), (two.owner, two.key, one.node)


def _is_named(slot: Slot, scope: Scope) -> bool:
    if is_callee(slot, scope):
        return False
    node = slot.node
    is_other = isinstance(node, ast.Attribute) and node.attr in scope.attributes.get("other", ())
    return _is_of_self(node) or is_other or (isinstance(node, ast.Name) and node.id in scope.variables)


def rearrangements(place: Site, scope: Scope) -> Iterator[tuple]:
    """Another assignment, order or indentation."""
    if not isinstance(place.statement, ast.FunctionDef):
        yield from _assignments(place, scope)
        yield from _lines(place)


def _assignments(place: Site, scope: Scope) -> Iterator[tuple]:
    statement, block, index = place.statement, place.block, place.index
    if isinstance(statement, ast.AugAssign):
        for operator in OPERATORS[:4]:
            if not isinstance(statement.op, operator):
                yield "assignment", STRUCTURE, (statement, "op", operator())
        new = ast.copy_location(ast.Assign([statement.target], statement.value), statement)
        yield "assignment", STRUCTURE, (block, index, new)
        if isinstance(statement.target, ast.Name):
            old = ast.Name(statement.target.id, ast.Load())
            value = ast.BinOp(old, statement.op, statement.value)
            yield "in place", STRUCTURE, (block, index, ast.Assign([statement.target], value))
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        [target] = statement.targets
        if isinstance(target, ast.Name) and target.id in scope.attributes.get("self", ()):
            kept = ast.Attribute(ast.Name("self", ast.Load()), target.id, ast.Store())
            kept = ast.fix_missing_locations(ast.copy_location(kept, target))
            yield "self", STRUCTURE, (statement, "targets", [kept, target])
        for operator in (ast.Add, ast.Sub):
            new = ast.copy_location(ast.AugAssign(target, operator(), statement.value), statement)
            yield "assignment", STRUCTURE + 0.8, (block, index, new)


def _lines(place: Site) -> Iterator[tuple]:
    """With the next one before it, left out, or outside of its loop."""
    statement, block, index = place.statement, place.block, place.index
    after = next((i for i in range(index + 1, len(block)) if not is_inserted(block[i])), None)
    if after is not None and not isinstance(statement, LEAVING) and not isinstance(block[after], LEAVING):
        yield "lines", STRUCTURE + 0.5, (block, index, block[after]), (block, after, statement)
    if len(block) > 1 and not isinstance(statement, ast.Return):
        nothing = ast.copy_location(ast.Pass(), statement)
        yield "line surplus", STRUCTURE + 0.7, (block, index, nothing)
    if place.above and isinstance(place.above[-1], LOOPS) and index == len(block) - 1:
        yield from _out_of_loop(place)


def _out_of_loop(place: Site) -> Iterator[tuple]:
    loop = place.above[-1]
    new = type(loop)(**dict(ast.iter_fields(loop)) | {"body": place.block[: place.index] or [ast.Pass()]})
    both = ast.If(ast.Constant(True), [ast.copy_location(new, loop), place.statement], [])
    holder = place.above[-2] if len(place.above) > 1 else place.function
    for name in BLOCKS:
        for i, one in enumerate(getattr(holder, name, None) or []):
            if one is loop:
                fixed = ast.fix_missing_locations(ast.copy_location(both, loop))
                yield "indentation", STRUCTURE + 0.8, (getattr(holder, name), i, fixed)


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
    """x = y = []: the value made anew for each of the names, which stand for one object now. And x = self.y:
    a copy, where one of the two may be changed in place.
    """
    statement = site.statement
    if not isinstance(statement, ast.Assign):
        return
    arguments = {one.arg for one in site.function.args.args}  # where these change, that is said
    if isinstance(statement.value, (ast.Name, ast.Attribute)):
        if getattr(statement.value, "id", "") in arguments:
            return
        copied = ast.Call(ast.Attribute(statement.value, "copy", ast.Load()), [], [])
        yield Edit("shared", STRUCTURE, site, ((statement, "value", copied),))
    elif len(statement.targets) > 1 and not isinstance(statement.value, ast.Constant):
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


def handed_back(site: Site) -> Iterator[Edit]:
    """The value of the last line of a function that returns none, returned."""
    is_last = site.block is site.function.body and site.index == len(site.block) - 1
    if not is_last or any(
        isinstance(one, (ast.Return, ast.Yield, ast.YieldFrom)) and one.value
        for one in ast.walk(site.function)
    ):
        return
    match site.statement:
        case ast.Expr(value):
            yield _instead(site, "handed back", ast.Return(value))
        case ast.Assign([ast.Name(name)]):
            ending = [site.statement, ast.Return(ast.Name(name, ast.Load()))]
            yield _instead(site, "handed back", ast.If(ast.Constant(True), ending, []))


def stopped_at(site: Site) -> Edit:
    return _instead(site, "line surplus", ast.Raise())


def _is_of_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self"


def _instead(site: Site, kind: str, new: ast.stmt) -> Edit:
    return Edit(kind, STRUCTURE, site, ((site.block, site.index, new),))
