"""One method out of a notebook, without what could tell whose it is."""

import ast
import io
import textwrap
import tokenize

from mytorch.export import plain_python

from ..marked import find_method

MAX_LINES, MAX_WIDTH = 40, 160
LONGEST, MOST = 1_000_000, 5  # characters of a cell that is read; cells


def method(cells: list[str], component: str, name: str) -> str:
    """A method as it stands in the last class ``component`` of the code cells, less comments and docstrings.

    Empty when the cells hold no such method, or nothing that Python can read.
    """
    defining = [cell for cell in reversed(cells) if f"class {component}" in cell and len(cell) <= LONGEST]
    for cell in defining[:MOST]:
        source = plain_python(cell)
        found = find_method(source, component, name)
        if found:
            return _bare(source, found)
    return ""


def _bare(source: str, function: ast.FunctionDef) -> str:
    """Without comments, strings that stand for themselves, and empty lines; not longer than a page can
    show.
    """
    lines = source.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(function):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    kept = [line.rstrip() for line in lines[first - 1 : function.end_lineno] if line.strip()]
    kept = textwrap.dedent("\n".join(kept)).split("\n")
    kept = [line if len(line) <= MAX_WIDTH else f"{line[:MAX_WIDTH]} …" for line in kept]
    return "\n".join(kept if len(kept) <= MAX_LINES else [*kept[:MAX_LINES], "    …"])
