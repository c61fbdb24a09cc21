"""What a student wrote, as a syntax tree, found by the code that Python made of it."""

import ast
import linecache
from functools import lru_cache
from types import CodeType, FunctionType


def definition_of(code: CodeType, namespace: dict) -> ast.FunctionDef | None:
    """The function that this is the code of; ``namespace``: its globals."""
    text = "".join(linecache.getlines(code.co_filename, namespace))
    return _functions(text).get((code.co_name, code.co_firstlineno))


@lru_cache(maxsize=4)  # each case of a check asks again
def _functions(text: str) -> dict[tuple[str, int], ast.FunctionDef]:
    """By name and first line, which is a decorator's if there is one."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return {
        (node.name, line): node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for line in (node.lineno, *(one.lineno for one in node.decorator_list))
    }


def counters_at(line: int, text: ast.FunctionDef) -> set[str]:
    """The variables of the comprehensions, such as [… for i in …], that stand in this line."""
    here = (
        node
        for node in ast.walk(text)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp))
        and node.lineno <= line <= node.end_lineno
    )
    targets = (node for one in here for part in one.generators for node in ast.walk(part.target))
    return {node.id for node in targets if isinstance(node, ast.Name)}


def variables_of(text: ast.FunctionDef) -> set[str]:
    """Names that its lines give a value, its arguments too; not the variables of comprehensions."""
    inside = {
        node for one in ast.walk(text) if isinstance(one, ast.comprehension) for node in ast.walk(one.target)
    }
    stored = {
        node.id
        for node in ast.walk(text)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node not in inside
    }
    return stored | {node.arg for node in ast.walk(text.args) if isinstance(node, ast.arg)}


def functions_of(component: type) -> list[FunctionType]:
    """What its own methods run, those of properties and the like too."""
    members = vars(component).values()
    inside = [getattr(one, part, None) for one in members for part in ("fget", "fset", "func", "__func__")]
    return [one for one in (*members, *inside) if isinstance(one, FunctionType)]


def owner_of(method: ast.FunctionDef) -> str:
    """What it calls its object: nearly always self."""
    return next((one.arg for one in (*method.args.posonlyargs, *method.args.args)), "self")


def kept_in(text: ast.AST, owner: str = "") -> set[str]:
    """The X of each ``self.X`` to which a value is given; ``owner``: what the object is called, where this is
    no method's text.
    """
    owner = owner or owner_of(text)
    stored = (one for one in ast.walk(text) if isinstance(getattr(one, "ctx", None), ast.Store))
    return {
        one.attr for one in stored if isinstance(one, ast.Attribute) and getattr(one.value, "id", "") == owner
    }
