"""The text a student's class was written in, as a syntax tree that can be run again with an edit in it.

Only code that computes and nothing else is run again: a class that asks for input, opens files, draws numbers
or keeps something in a global is left alone.
"""

import ast
import builtins
import linecache
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType

import numpy as np

from ...course import modules
from ..failure import one_line
from ..texts import owner_of

try:
    import resource
except ImportError:  # Windows
    resource = None

UNIT = 1024 if sys.platform == "darwin" else 1  # there it is bytes
MAX_TURNS = 20_000  # of loops and of functions that call themselves, in all runs of an edit
MAX_BITS = 64  # of a whole number that such a function is called with
MAX_GROWTH = 200_000  # KB that the process may grow while an edit runs
A_LOOK = 0.005  # seconds between two looks at clock and memory: in less nothing grows that much
MAX_SIZE = 20_000  # entries of a step's value
NUMBER = "__edit__"  # a global of the class's: which runs of the edits that were compiled together
LOOPS = (ast.For, ast.While)
BLOCKS = ("body", "orelse", "finalbody")
FUNCTIONS = (ast.FunctionDef, ast.Lambda)
DEFINITIONS = (ast.ClassDef, ast.FunctionDef)
MODULES = ("numpy", "math", "warnings")
LIBRARY = {name for module in modules() for name in (module, module.rpartition(".")[0])}  # mytorch.nn
PLAIN = (int, float, complex, str, bytes, bool, tuple, type(None), type, BuiltinFunctionType, np.ufunc)
FORBIDDEN_BUILTINS = set(
    "breakpoint compile eval exec exit globals help input open quit __import__ memoryview".split()
)
FORBIDDEN_ATTRIBUTES = set(
    "random seed save savez savez_compressed savetxt load loadtxt genfromtxt fromfile tofile memmap seterr "
    "seterrcall set_printoptions dump ctypeslib".split()
)


class Endless(BaseException):
    """A loop, or a function that calls itself, does not come to an end."""


@contextmanager
def whatever_comes():
    """From a student's code: exceptions of all kinds, exit() too. Ctrl-C passes."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException:
        pass


class Met(BaseException):
    """The step that was waited for has its value."""


@dataclass
class Source:
    """``definitions``: the class's and those of its cell that it uses, in the cell's order; edits change
    these nodes in place. ``replaced``: methods of these with the one of the same name below, which runs.
    """

    name: str
    filename: str
    lines: list[str]
    definitions: list[ast.stmt]
    namespace: dict
    replaced: list[tuple[ast.FunctionDef, ast.FunctionDef]] = field(default_factory=list)
    turns: int = field(default=0, init=False)
    most_turns: int = field(default=MAX_TURNS, init=False)
    memory: int = field(default=0, init=False)  # as an edit found it; 0 before its first look
    looked: float = field(default=0.0, init=False)
    is_late: Callable[[], bool] | None = field(default=None, init=False)
    met: list[tuple[str, np.ndarray]] = field(default_factory=list, init=False)  # of the steps watched
    stop_at: str = field(default="", init=False)  # the step at whose first value a run may end
    _unedited: dict = field(default_factory=dict, init=False)  # the namespace of the class with no edit

    @property
    def definition(self) -> ast.ClassDef:
        return next(node for node in self.definitions if node.name == self.name)

    @property
    def functions(self) -> list[ast.FunctionDef]:
        return [
            node for top in self.definitions for node in ast.walk(top) if isinstance(node, ast.FunctionDef)
        ]

    def line(self, number: int) -> str:
        return one_line(self.lines[number - 1].strip())

    @property
    def outside(self) -> set[str]:
        """Names of libraries, classes and Python's own functions: not what stands in the cell, no numbers."""
        kinds = (ModuleType, type, BuiltinFunctionType, np.ufunc)
        names = {name for name, value in self.namespace.items() if isinstance(value, kinds)}
        return (names | {*dir(builtins)}) - {node.name for node in self.definitions}

    @cached_property
    def helpers(self) -> set[str]:
        """Functions of the student's own that stand outside the class, in its cell or in another one."""
        own = {node.name for node in self.definitions if isinstance(node, ast.FunctionDef)}
        return own | {name for name, value in self.namespace.items() if _is_of_a_notebook(value)}

    def build(self) -> type:
        """The class as its tree says now. May raise anything that a class body can."""
        return self._executed(self._compiled(self.definitions), self.namespace)[self.name]

    def compiled(self, function: ast.FunctionDef) -> CodeType:
        """What ``edited`` runs, as the tree says now, where this function alone has changed: of a plain
        method only that is compiled. May raise what Python says of what is no Python.
        """
        return self._compiled([function] if function in self._plain_methods else self.definitions)

    @contextmanager
    def edited(self, function: ast.FunctionDef, code: CodeType, number: int = 0):
        """The class with this code of the function; where edits were compiled together, with the one of this
        number. May raise anything that a class body can.
        """
        if function not in self._plain_methods:
            yield self._executed(code, self.namespace, number)[self.name]
            return
        component = self.unedited
        own = vars(component)[function.name]
        setattr(component, function.name, self._executed(code, self._unedited, number)[function.name])
        try:
            yield component
        finally:
            setattr(component, function.name, own)

    @property
    def unedited(self) -> type:
        return self._unedited[self.name]

    def prepare(self) -> None:
        """Build the class without an edit, once, ahead of all others. May raise anything."""
        self._unedited = self._executed(self._compiled(self.definitions), self.namespace)

    @cached_property
    def _plain_methods(self) -> list[ast.FunctionDef]:
        """Those that do not know their class, of one that has nothing in its body but methods."""
        definition = self.definition
        rest = definition.body[ast.get_docstring(definition) is not None :]
        if definition.decorator_list or not all(
            isinstance(node, ast.FunctionDef) and not node.decorator_list for node in rest
        ):
            return []
        special = {"super", "__class__"}
        return [one for one in rest if not special & {n.id for n in ast.walk(one) if isinstance(n, ast.Name)}]

    def _compiled(self, definitions: list[ast.stmt]) -> CodeType:
        return compile(ast.Module(definitions, []), self.filename, "exec")

    def _executed(self, code: CodeType, namespace: dict, number: int = 0) -> dict:
        namespace = {**namespace, "__turn__": self._turn, "__met__": self._meet, NUMBER: number}
        self.turns, self.memory = 0, 0
        exec(code, namespace)
        return namespace

    @contextmanager
    def noting(self, lines: set[int]):
        """Put in there which lines of the student's text run meanwhile."""

        def note(frame, event, argument):
            if frame.f_code.co_filename == self.filename:
                lines.add(frame.f_lineno)
                return note

        before = sys.gettrace()
        sys.settrace(note)
        try:
            yield
        finally:
            sys.settrace(before)

    def watch(self, steps: dict[str, str]) -> None:
        """Note the value of each of these, wherever the function of this name is done with it; case and _ do
        not matter. Only ahead of all edits.
        """
        last = {}
        for function in self.functions:
            for block in (block for node in ast.walk(function) for block in blocks_in(node)):
                for statement in block:
                    for target in _targets(statement):
                        whole = target.value if isinstance(target, ast.Subscript) else target
                        variable = whole.id if isinstance(whole, ast.Name) else getattr(whole, "attr", "")
                        for name, method in steps.items():
                            if method == function.name and is_step(variable, name):
                                last[name, variable] = (block, statement, target)
        for (name, _), (block, statement, target) in last.items():
            value = ast.parse(ast.unparse(target), mode="eval").body
            call = ast.Call(ast.Name("__met__", ast.Load()), [ast.Constant(name), value], [])
            place = next(i for i, one in enumerate(block) if one is statement)
            block.insert(place + 1, ast.fix_missing_locations(ast.copy_location(ast.Expr(call), statement)))

    def _meet(self, name: str, value) -> None:
        if isinstance(value, (int, float, np.ndarray, np.number)) and np.size(value) < MAX_SIZE:
            self.met.append((name, np.array(value)))
            if name == self.stop_at:
                raise Met

    def _turn(self, *arguments) -> None:
        """``arguments``: of a function that calls itself."""
        self.turns += 1
        if any(type(one) is int and one.bit_length() > MAX_BITS for one in arguments):
            raise Endless  # squared at each call, a number is soon so long that one product takes minutes
        if self.turns > self.most_turns or self._is_to_end():
            raise Endless

    def _is_to_end(self) -> bool:
        """Is the time over, or has the memory grown?"""
        now = perf_counter()
        if now - self.looked < A_LOOK:
            return False
        self.looked, peak = now, peak_memory()
        self.memory = self.memory or peak
        is_late = self.is_late is not None and self.is_late()
        return is_late or peak > self.memory + MAX_GROWTH


def peak_memory() -> int:
    """Of this process, in KB; 0 where that is not told."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // UNIT if resource else 0


def source_of_class(component: type) -> Source | None:
    """None where the text is not to be had, or where running it again might do more than compute."""
    function = next((own for own in map(_function, vars(component).values()) if own is not None), None)
    if function is None or function.__code__.co_filename.startswith("<frozen"):
        return None
    filename, namespace = function.__code__.co_filename, function.__globals__
    lines = linecache.getlines(filename, namespace)
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return None
    tops = [node for node in tree.body if isinstance(node, DEFINITIONS)]
    replaced = [pair for top in tops if isinstance(top, ast.ClassDef) for pair in _replaced(top)]
    now = {**namespace, component.__name__: component}
    tops = {node.name: node for node in tops if _is_text_of(node, now.get(node.name), filename)}
    own = tops.get(component.__name__)
    if not isinstance(own, ast.ClassDef):
        return None
    needed = _needed(own.name, tops)
    definitions = [node for node in tree.body if node in needed]
    if not all(_only_computes(node, {one.name for one in needed}, namespace) for node in definitions):
        return None
    for top in definitions:  # what no longer runs is no part of the class
        top.body = [node for node in top.body if node not in [one for one, _ in replaced]]
        if isinstance(top, ast.ClassDef):
            _call_it_self(top)
    _count_turns(definitions)
    return Source(own.name, filename, lines, definitions, namespace, replaced)


def _call_it_self(definition: ast.ClassDef) -> None:
    """Whatever a method calls its object, here it is self; the lines that are shown are the student's."""
    for method in definition.body:
        if not isinstance(method, ast.FunctionDef) or method.decorator_list or not method.args.args:
            continue
        called = owner_of(method)
        names = [node for node in ast.walk(method) if isinstance(node, ast.Name)]
        arguments = [node for node in ast.walk(method) if isinstance(node, ast.arg)]
        if "self" in {node.id for node in names} | {node.arg for node in arguments}:
            continue
        for node in names:
            node.id = "self" if node.id == called else node.id
        for node in arguments:
            node.arg = "self" if node.arg == called else node.arg


def _function(value) -> FunctionType | None:
    value = getattr(value, "fget", None) or getattr(value, "__func__", value)
    return value if isinstance(value, FunctionType) and "." in value.__qualname__ else None


def _is_of_a_notebook(value) -> bool:
    """Some of NumPy's are functions of Python, too."""
    return isinstance(value, FunctionType) and str(value.__module__).partition(".")[0] not in MODULES


def _replaced(definition: ast.ClassDef) -> list[tuple[ast.FunctionDef, ast.FunctionDef]]:
    """Methods that another of the same name, further down, puts an end to; each with that one."""
    methods = [node for node in definition.body if isinstance(node, ast.FunctionDef)]
    last = {one.name: one for one in methods if not one.decorator_list}
    pairs = [(one, last.get(one.name, one)) for one in methods]
    return [(one, other) for one, other in pairs if one.lineno < other.lineno]


def _is_text_of(definition: ast.stmt, value, filename: str) -> bool:
    """Does the text still say what Python runs?  A file may have been edited since, a function deleted, a
    method replaced from elsewhere. Of what has decorators, only whether it is there.
    """
    if isinstance(definition, ast.FunctionDef):
        functions, running = [definition], [value]
    else:
        replaced = [one for one, _ in _replaced(definition)]
        own = [one for one in definition.body if isinstance(one, ast.FunctionDef)]
        functions = [one for one in own if one not in replaced]
        running = map(_function, getattr(value, "__dict__", {}).values())
    codes = [getattr(one, "__code__", None) for one in running]
    lines = {code.co_firstlineno for code in codes if code and code.co_filename == filename}
    return value is not None and all(one.decorator_list or one.lineno in lines for one in functions)


def _needed(name: str, tops: dict[str, ast.stmt]) -> list[ast.stmt]:
    """The definition of this name, and those it uses."""
    found, waiting = [], [name]
    while waiting:
        node = tops.get(waiting.pop())
        if node is not None and node not in found:
            found.append(node)
            waiting += [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    return found


def _only_computes(definition: ast.stmt, own: set[str], namespace: dict) -> bool:
    bound = {node.arg for node in ast.walk(definition) if isinstance(node, ast.arg)} | own
    for node in ast.walk(definition):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
        elif isinstance(node, (ast.FunctionDef, ast.MatchAs, ast.MatchStar)):
            bound.add(node.name)
    for node in ast.walk(definition):
        if isinstance(node, (ast.Global, ast.Import, ast.ImportFrom, ast.AsyncFunctionDef, ast.Await)):
            return False
        if isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_ATTRIBUTES:
            return False
        if isinstance(node, ast.Name) and node.id not in bound and not _is_harmless(node.id, namespace):
            return False
    return True


def _is_harmless(name: str, namespace: dict) -> bool:
    if name not in namespace:
        return name not in FORBIDDEN_BUILTINS  # a builtin, or one that does not exist
    value = namespace[name]
    if isinstance(value, ModuleType):
        package, *others = value.__name__.split(".")
        return value.__name__ in LIBRARY or package in MODULES and not FORBIDDEN_ATTRIBUTES & {*others}
    if type(value).__module__ == "typing":  # in annotations
        return True
    if getattr(value, "__name__", "") in FORBIDDEN_ATTRIBUTES:
        return False
    if type(value) is type(np.dot):  # from numpy import dot
        return True
    if isinstance(value, FunctionType):
        return not {*value.__code__.co_names} & (FORBIDDEN_BUILTINS | FORBIDDEN_ATTRIBUTES)
    return isinstance(value, PLAIN) and value not in [
        getattr(builtins, forbidden) for forbidden in FORBIDDEN_BUILTINS if hasattr(builtins, forbidden)
    ]


def blocks_in(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Its own: of if and else, of each case of a match, of what a try handles."""
    for node in (statement, *getattr(statement, "cases", ()), *getattr(statement, "handlers", ())):
        for name in BLOCKS:
            if isinstance(block := getattr(node, name, None), list):
                yield block


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, ast.AugAssign) else []


def plain(name: str) -> str:
    return name.replace("_", "").lower()


def is_step(variable: str, name: str) -> bool:
    """Is it the step's name in the student's spelling?  dLdZ_i may be called dLdZ, dLdZi, dldz_1."""
    variable, indexed = plain(variable), name.removesuffix("_i")
    if indexed == name:
        return variable == plain(name)
    return variable.rstrip("0123456789") in (plain(indexed), plain(name))


def _count_turns(definitions: list[ast.stmt]) -> None:
    for top in definitions:
        for node in ast.walk(top):
            if isinstance(node, LOOPS):
                node.body.insert(0, _turn_at(node, []))
            elif isinstance(node, ast.FunctionDef) and is_called(node.name, ast.walk(node)):
                start = int(ast.get_docstring(node) is not None)
                node.body.insert(start, _turn_at(node, [one.arg for one in node.args.args]))


def _turn_at(node: ast.stmt, arguments: list[str]) -> ast.stmt:
    names = [ast.Name(name, ast.Load()) for name in arguments]
    turn = ast.Expr(ast.Call(ast.Name("__turn__", ast.Load()), names, []))
    return ast.fix_missing_locations(ast.copy_location(turn, node))


def is_called(function: str, nodes: Iterable[ast.AST]) -> bool:
    """By its name, or as self.name; a function of this name of another object is another one."""
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    own = [one.attr for one in called if getattr(getattr(one, "value", None), "id", "") == "self"]
    return function in own or function in [getattr(one, "id", "") for one in called]
