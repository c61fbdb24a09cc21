r"""TeX's macros without arguments, ``\def\A{…}`` or ``\newcommand{\A}{…}``: those that a text defines, and
formulas without them.

Few viewers of notebooks carry a macro from one cell to the next, and KaTeX refuses some names. So authors
write macros, and what is handed out has none.
"""

import re
from collections.abc import Iterator

from nbgrader.preprocessors import NbGraderPreprocessor

LONGEST = 300  # characters of a macro
LONGEST_FORMULA = 5_000
BEGINS = re.compile(r"\\(?:def\s*\\([A-Za-z]+)|(?:re)?newcommand\{?\\([A-Za-z]+)\}?)\s*\{")
# Code, in which a dollar means nothing; formulas.
PARTS = re.compile(
    r"(?P<code>(?P<fence>`+)(?!`).*?(?<!`)(?P=fence)(?!`))|\\\$|\$\$.*?\$\$|\$[^$]+\$", re.DOTALL
)


def macro_definitions(text: str) -> dict[str, str]:
    """What each macro stands for."""
    return {name: body for name, body, *_ in _found(text)}


def without_definitions(text: str) -> str:
    for *_, start, end in reversed(list(_found(text))):
        text = text[:start] + text[end:]
    return text


def _found(text: str) -> Iterator[tuple[str, str, int, int]]:
    """Every definition: name, body, where it starts and ends."""
    for match in BEGINS.finditer(text):
        depth, end = 1, match.end()
        while depth and end < min(len(text), match.end() + LONGEST):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        if not depth:
            yield match[1] or match[2], text[match.end() : end - 1], match.start(), end


def expanded(tex: str, macros: dict[str, str]) -> str:
    """With macros replaced, three levels deep. Raises ValueError when it grows beyond what a formula
    needs.
    """
    for _ in range(3):
        replaced = re.sub(
            r"\\([A-Za-z]+)",
            lambda match: _grouped(macros[match[1]]) if match[1] in macros else match[0],
            tex,
        )
        if len(replaced) > LONGEST_FORMULA:
            raise ValueError("too long")
        if replaced == tex:
            break
        tex = replaced
    return tex


def _grouped(body: str) -> str:
    """One thing, to whatever stands around it."""
    depth = 0
    for place, sign in enumerate(body, 1):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth == 0:
            return body if place == len(body) else f"{{{body}}}"
    return f"{{{body}}}"


class WithoutMacros(NbGraderPreprocessor):
    """Early in GenerateAssignment.preprocessors: a released notebook's formulas need nothing around them."""

    def preprocess(self, nb, resources):
        cells = [cell for cell in nb.cells if cell.cell_type == "markdown"]
        macros = macro_definitions("\n".join(cell.source for cell in cells))
        for cell in cells:
            cell.source = _without_macros(cell.source, macros)
        return nb, resources


def _without_macros(markdown: str, macros: dict[str, str]) -> str:
    def part(found: re.Match) -> str:
        if found["code"] or found[0] == r"\$":
            return found[0]
        shown = expanded(without_definitions(found[0]), macros)
        return shown if shown.strip("$ \n") else ""

    return PARTS.sub(part, markdown).lstrip("\n")
