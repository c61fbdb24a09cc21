"""What an entry of the banks is: a class that is right, or one that is wrong with the causes to be named.

The entries stand in ``tests/sections/<name>/right.py`` and ``wrong.py``, a folder for each of the course's
sections; ``support.bank`` reads them all.
"""

import ast
import inspect
import linecache
import math
import sys
import textwrap
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType

import numpy as np

import mytorch.models
import mytorch.nn
import mytorch.optim

MODULES = (mytorch.nn, mytorch.optim, mytorch.models)
LIBRARY = {name: getattr(module, name) for module in MODULES for name in module.__all__}


@cache
def source_of_library(component: str) -> str:
    return textwrap.dedent(inspect.getsource(LIBRARY[component]))


@dataclass(frozen=True)
class Right:
    """A class in another style than the library's: it must pass every check, visible or hidden.

    The contract fixes names, shapes and values. How they come about is the student's affair, and so is
    whatever the class does besides: extra attributes, warnings, prints, float32 inside, arrays changed in
    place.
    """

    component: str
    name: str
    source: str

    def __str__(self) -> str:
        return f"{self.component}: {self.name}"

    def build(self) -> type:
        return compiled(textwrap.dedent(self.source), self.component, str(self))


@dataclass(frozen=True, eq=False)
class Wrong:
    """What students write: a small patch of the right class.

    ``patch`` replaces pieces of its source, each of which stands there exactly once; ``methods`` replaces
    whole methods, or adds them. ``causes``: the names, separated by " | ", each of which would be a good
    diagnosis. ``notebook``: what other cells have made, by name.
    """

    component: str
    name: str
    causes: str
    patch: dict[str, str] = field(default_factory=dict)
    methods: dict[str, str] = field(default_factory=dict)
    notebook: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.component}: {self.name}"

    @property
    def source(self) -> str:
        source = source_of_library(self.component)
        for old, new in self.patch.items():
            found = source.count(old)
            if found != 1:
                raise ValueError(f"{self}: {old!r} stands {found} times in the right class; renew the patch")
            source = source.replace(old, new)
        for name, method in self.methods.items():
            source = with_method(source, name, method)
        return source

    def build(self) -> type:
        return compiled(self.source, self.component, str(self), self.notebook)


def right(component: str, **sources: str) -> list[Right]:
    return [Right(component, name.replace("_", " "), source) for name, source in sources.items()]


def wrong(component: str, *entries: tuple) -> list[Wrong]:
    """Entries are (name, causes, patch) or (name, causes, {}, methods)."""
    return [Wrong(component, *entry) for entry in entries]


def wrong_beside(component: str, notebook: dict[str, object], *entries: tuple) -> list[Wrong]:
    """As ``wrong``, in a notebook in which other cells have given these names a value."""
    return [Wrong(component, *entry, notebook=notebook) for entry in entries]


def with_method(source: str, name: str, method: str) -> str:
    """The class's source with one method replaced by, or else followed by, another text; an empty one removes
    it.
    """
    lines, body = source.splitlines(), ast.parse(source).body[0].body
    old = next((node for node in body if isinstance(node, ast.FunctionDef) and node.name == name), None)
    first, last = (old.lineno - 1, old.end_lineno) if old else (len(lines), len(lines))
    new = textwrap.indent(textwrap.dedent(method).strip("\n"), "    ").splitlines()
    return "\n".join([*lines[:first], *new, *lines[last:]]) + "\n"


def compiled(source: str, name: str, title: str, notebook: dict[str, object] | None = None) -> type:
    """The class, from a source whose lines tracebacks can show, in a module that is found by its name: like
    those of a notebook's cell.
    """
    filename = f"<{title}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    module = sys.modules[f"__main__.{title}"] = ModuleType(f"__main__.{title}")
    vars(module).update({"np": np, "math": math, **LIBRARY, **(notebook or {})})
    exec(compile(source, filename, "exec"), vars(module))
    return vars(module)[name]
