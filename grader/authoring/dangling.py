"""What notebooks refer to and nobody has: after a section was dropped or renamed, say."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import nbformat

from mytorch.course import COMPONENTS, SECTIONS, Assignment, modules, names_in
from mytorch.export import parsed, plain_python

NOTEBOOK = re.compile(r"(?<![\w./:%-])[./]*[\w-]+(?:/[\w-]+)*\.ipynb\b")  # in whatever kind of link
PICTURE = re.compile(r"\]\((figures/[\w.-]+)\)")
FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"""(?:\]\(|href=["']|^\[[^\]]+\]:[ ]*)([\w./-]+\.ipynb)?#([^\s)"'>]+)""", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}[ ]+(.+?)[ #]*$", re.MULTILINE)
NAMED = re.compile(r"""<[^>]*\b(?:id|name)=["']([^"'>]+)""")
EQUATIONS = {number for section in SECTIONS for number in section.blanks}
EXPLORERS = {name for section in SECTIONS for name in section.explorers}
PACKAGES = {module.rpartition(".")[0] for module in modules()}


def dangling(root: Path, assignment: Assignment) -> list[str]:
    """A sentence for each. ``root`` is the course's folder."""
    source = root / "source" / assignment.name
    found = []
    for name in assignment.notebooks:
        for cell in nbformat.read(source / f"{name}.ipynb", as_version=4).cells:
            missing = (
                _in_code(cell.source)
                if cell.cell_type == "code"
                else _in_text(cell.source, root, source / f"{name}.ipynb")
            )
            found += [f"{name} has {what}, which is not there." for what in missing]
    return list(dict.fromkeys(found))


def left_behind(root: Path) -> list[Path]:
    """Exports whose section is gone, relative to ``root``; the packages' own files are not meant."""
    known = {f"{module.replace('.', '/')}.py" for module in modules()}
    folders = {Path(path).parent for path in known}
    there = {path.relative_to(root) for folder in folders for path in (root / folder).glob("[!_]*.py")}
    return sorted(path for path in there if path.as_posix() not in known)


def _in_text(text: str, root: Path, notebook: Path) -> Iterator[str]:
    source = notebook.parent
    yield from (f"a link to {path}" for path in NOTEBOOK.findall(text) if not (source / path).is_file())
    for path, place in PLACE.findall(re.sub("`[^`\n]*`", "", FENCED.sub("", text))):
        target = source / (path or notebook.name)
        if target.is_file() and unquote(place) not in _places(target):
            yield f"a link to {path}#{place}"
    for path in PICTURE.findall(text):
        if not (root / "notebooks" / path).is_file() and not (source / path).is_file():
            yield f"the picture {path}"


def _places(notebook: Path) -> set[str]:
    """To link to: headings as JupyterLab names them, and what is named in HTML."""
    cells = nbformat.read(notebook, as_version=4).cells
    text = "\n\n".join(FENCED.sub("", cell.source) for cell in cells if cell.cell_type == "markdown")
    headings = {re.sub("[`*]", "", heading).replace(" ", "-") for heading in HEADING.findall(text)}
    return headings | {*NAMED.findall(text)}


def _in_code(cell: str) -> Iterator[str]:
    tree = parsed(plain_python(cell))
    if tree is None:
        return  # it will say so itself
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from _in_import(node.module or "", [alias.name for alias in node.names])
        if isinstance(node, ast.Call):
            yield from _in_call(node)


def _in_import(module: str, names: list[str]) -> Iterator[str]:
    """``from PACKAGE import Name``, ``from PACKAGE.module import Name``."""
    those = {known: names_in(known) for known in modules() if f"{known}.".startswith(f"{module}.")}
    if module in PACKAGES or module in those:
        there = {name for known in those for name in (*those[known], known.rpartition(".")[2])}
        yield from (f"{module}.{name}" for name in names if name not in there)
    elif module.rpartition(".")[0] in PACKAGES:
        yield module


def _in_call(call: ast.Call) -> Iterator[str]:
    """``check(Name)``, ``blank(2)``, ``explore.name(…)``."""
    function, argument = call.func, call.args[0] if call.args else None
    match function, argument:
        case ast.Name(id="check"), ast.Name(id=name) if name not in COMPONENTS:
            yield f"check({name})"
        case ast.Name(id="blank"), ast.Constant(value=number) if number not in EQUATIONS:
            yield f"blank({number})"
        case ast.Attribute(value=ast.Name(id="explore"), attr=name), _ if name not in EXPLORERS:
            yield f"explore.{name}"
