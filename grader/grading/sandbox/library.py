"""What a submission may import: the course's mytorch without references and solutions, and what stands in for
the sections before its own.
"""

import ast
import atexit
import base64
import json
import marshal
import shutil
from collections.abc import Iterable
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import cache_from_source, find_spec
from pathlib import Path
from types import CodeType

from mytorch.check import backends
from mytorch.course import ASSIGNMENTS, SECTIONS, names_in, path_in
from mytorch.export import bundle, definitions
from mytorch.syllabus import Section

from ..temporary import TemporaryFolder
from ..unwritten import LIBRARY, copy_unwritten, given_source

PROGRAMS = ("inside.py", "cell_outputs.py", "notebook_shell.py", "apart.py", "confine.py", "earlier.py")


@cache
def library() -> Path:
    """A folder, readable by everybody, with the programs for the inside and ``mytorch``, in which every
    section is still to be written.
    """
    made = TemporaryFolder()
    atexit.register(made.cleanup)
    folder = Path(made.name)
    copy_unwritten(folder, references=False, copy=_copy_compiled)
    for program in PROGRAMS:
        shutil.copy(Path(__file__).with_name(program), folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def _copy_compiled(source: Path, target: Path) -> None:
    """With what Python has compiled of it, which holds for a copy as old as the source."""
    shutil.copy2(source, target)
    compiled = Path(cache_from_source(source))
    if source.suffix == ".py" and compiled.is_file():
        folder = target.parent / compiled.parent.name
        folder.mkdir(exist_ok=True)
        shutil.copy(compiled, folder)


@cache
def stand_ins_before(notebook: str) -> dict[str, dict[str, str]]:
    """What the sandbox imports of the sections before ``notebook``, as compiled code: their modules, in which
    the references stand for the classes to write, and the references. None for a notebook of another
    assignment.
    """
    known = any(notebook in assignment.notebooks for assignment in ASSIGNMENTS.values())
    sections = [section for section in SECTIONS if known and section.notebook < notebook]
    references = reference_sources(sections)
    return {
        "modules": {section.module: _compiled(section.module, _standing_in(section)) for section in sections},
        "references": {name: _compiled(name, source) for name, source in references.items()},
    }


def reference_sources(sections: list[Section]) -> dict[str, str]:
    """By module: of the references the classes that stand in, of the back end what these need; no more, for
    what differentiates for a section is the solution of it.
    """
    sources: dict[str, str] = {}
    for section in reversed(sections):  # a later one may need more of an earlier one than its classes
        source = _source(f"{section.package}.reference")
        wanted = {*names_in(section.module), *_asked_of_others(sources.values())}
        sources[f"{section.package}.reference"] = bundle([source], sorted(wanted & _defined(source)))
    source, back_end = _source(backends.__name__), f"{backends.__name__}.{backends.AUTOGRAD}"
    wanted = _defined(source) & _asked_of_others(sources.values())
    functions = _functions_of_back_end(sources.values())
    if sections:
        sources[backends.__name__] = bundle([source], sorted(wanted))
        sources[back_end] = bundle([_source(back_end)], ["differentiate", *functions])
    return sources


def _defined(source: str) -> set[str]:
    return {name for name, meaning in definitions([source]).items() if not meaning.startswith("import ")}


def _asked_of_others(sources: Iterable[str]) -> set[str]:
    """Names that are imported, or attributes."""
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    imported = {name.name for node in nodes if isinstance(node, ast.ImportFrom) for name in node.names}
    return imported | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def _functions_of_back_end(sources: Iterable[str]) -> list[str]:
    """The ``linear`` of ``by.linear``."""
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    return sorted({node.attr for node in attributes if getattr(node.value, "id", "") == "by"})


def _standing_in(section: Section) -> str:
    written = [name for name in names_in(section.module) if name not in section.given]
    return f"{given_source(section.module)}\nfrom {section.package}.reference import {', '.join(written)}\n"


def _source(module: str) -> str:
    path = path_in(LIBRARY.parent, module)
    return (path if path.is_file() else path.with_suffix("") / "__init__.py").read_text(encoding="utf-8")


def _compiled(module: str, source: str) -> str:
    """Its file is called as Python's own compiled modules are: what stops there was called by a student's
    line.
    """
    return _encoded(compile(source, f"<frozen {module}>", "exec"))


def _encoded(code: CodeType) -> str:
    return base64.b64encode(marshal.dumps(code)).decode("ascii")


@cache
def autograd() -> bytes:
    """autograd's modules as compiled code, by name, in JSON: no file of a sandbox holds it."""
    (folder,) = find_spec("autograd").submodule_search_locations
    names = {
        path: ".".join(path.relative_to(Path(folder).parent).with_suffix("").parts).removesuffix(".__init__")
        for path in Path(folder).rglob("*.py")
    }
    code = {name: _encoded(SourceFileLoader(name, str(path)).get_code(name)) for path, name in names.items()}
    return json.dumps(code).encode()


@cache
def font_list() -> Path:
    """matplotlib's list of fonts, which it would otherwise make anew in every sandbox, for seconds."""
    import matplotlib
    from matplotlib import font_manager

    return Path(matplotlib.get_cachedir()) / f"fontlist-v{font_manager.FontManager.__version__}.json"
