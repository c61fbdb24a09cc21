"""What a notebook's process has of the sections before it: their references, for which autograd
differentiates, and for nothing else.

The sandbox runs this file beside the library. What it keeps, functions keep that show nothing of themselves:
no attribute of what a notebook can name leads to a reference's module, to a back end or to autograd.
"""

import base64
import builtins
import importlib
import marshal
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from importlib.machinery import ModuleSpec
from importlib.util import resolve_name
from sys import _getframe as frame_of
from types import CodeType, FunctionType, ModuleType, SimpleNamespace

from mytorch.check.backends import ONLY
from mytorch.check.backends import __name__ as BACK_ENDS

# As they are now, for all functions below: a notebook can put another id or __import__ in their place.
__builtins__ = vars(builtins).copy()


def take_autograd(modules: dict[str, str]) -> Callable[[dict[str, str], dict[str, str]], SimpleNamespace]:
    """Import autograd's modules, given as compiled code, out of reach of a notebook's ``import``. Returns
    ``finder_for(modules, references)``.
    """
    known: dict[int, CodeType] = {}  # all code that was sent; kept, for an id is given again

    def execute(text: str, module: ModuleType) -> None:
        code = marshal.loads(base64.b64decode(text))
        known.update((id(part), part) for part in parts_of(code))
        exec(code, vars(module))

    finder = finder_of(modules, execute)
    sys.meta_path.insert(0, finder)
    importlib.import_module("autograd.numpy")
    sys.meta_path.remove(finder)
    autograd = {name: sys.modules.pop(name) for name in sys.modules.keys() & modules.keys()}
    for node in (autograd["autograd.core"].VJPNode, autograd["autograd.core"].JVPNode):
        node.__init__ = for_references_only(node.__init__, known)  # who has this is past all guards
    return partial(finder_for, autograd, known, execute)


def parts_of(code: CodeType) -> Iterator[CodeType]:
    """The code, and that of all functions in it."""
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from parts_of(part)


def opaque(function: Callable) -> Callable:
    """It, without a way to its globals, its closure or its code: a cache that keeps nothing, in C."""
    shown = lru_cache(maxsize=0)(function)
    vars(shown).clear()
    return shown


def finder_of(modules: dict[str, str], execute) -> SimpleNamespace:
    """For sys.meta_path: imports modules from compiled code, which no file of the sandbox holds."""

    def find_spec(name, path=None, target=None):
        is_package = any(other.startswith(f"{name}.") for other in modules)
        return ModuleSpec(name, finder, is_package=is_package) if name in modules else None

    finder = SimpleNamespace(
        find_spec=opaque(find_spec),
        create_module=opaque(lambda spec: None),
        exec_module=opaque(lambda module: execute(modules[module.__name__], module)),
    )
    return finder


def for_references_only(note, known: dict[int, CodeType]):
    """What notes an operation to differentiate it later, where only code that was sent stands between the
    operation and ``differentiate``. Raises RuntimeError.
    """

    def note_for_references(self, *arguments):
        __tracebackhide__ = True  # as in inside.py
        frame = frame_of(1)
        while (code := frame.f_code).co_name != "differentiate" or id(code) not in known:
            if id(code) not in known:
                raise RuntimeError(ONLY)
            frame = frame.f_back
        note(self, *arguments)

    return note_for_references


def require_known(code: CodeType, known: dict[int, CodeType]) -> None:
    """Raises RuntimeError."""
    __tracebackhide__ = True
    if id(code) not in known:
        raise RuntimeError(ONLY)


def finder_for(
    autograd: dict[str, ModuleType],
    known: dict[int, CodeType],
    execute,
    modules: dict[str, str],
    references: dict[str, str],
) -> SimpleNamespace:
    """Imports ``modules``, those of the sections before a notebook. References and autograd can be imported
    by each other and by these modules, and by nobody else.
    """
    loaded: dict[str, ModuleType] = {}

    def execute_guarded(text: str, module: ModuleType) -> None:
        vars(module)["__builtins__"] = __builtins__ | {"__import__": opaque(import_for_references)}
        execute(text, module)

    def import_for_references(name, globals=None, locals=None, fromlist=(), level=0):
        """As ``__import__``."""
        require_known(frame_of(1).f_code, known)
        full = resolve_name("." * level + name, globals["__package__"]) if level else name
        if full in references:
            return reference(full)
        parts = [part for part in fromlist or () if f"{full}.{part}" in references]
        if parts:
            return SimpleNamespace(**{part: reference(f"{full}.{part}") for part in parts})
        if full in autograd:  # never in sys.modules, where others could look
            return autograd[full if fromlist else "autograd"]
        return __import__(name, globals, locals, fromlist, level)

    def reference(name: str) -> ModuleType:
        if name not in loaded:
            module = loaded[name] = ModuleType(name)
            module.__package__ = name.rpartition(".")[0]
            execute_guarded(references[name], module)
            if name == BACK_ENDS:
                keep_to_references(module, known)
        return loaded[name]

    return finder_of(modules, execute_guarded)


def keep_to_references(back_ends: ModuleType, known: dict[int, CodeType]) -> None:
    """Only they may load a back end, and be given one."""
    load, over = back_ends.load, back_ends.over

    def load_for_references(name):
        __tracebackhide__ = True
        require_known(frame_of(1).f_code, known)
        return load(name)

    def over_of_references(back_end, function):
        __tracebackhide__ = True
        own = function
        while type(own) is partial:
            own = own.func
        require_known(own.__code__ if type(own) is FunctionType else None, known)
        return over(back_end, function)

    known.update((id(one.__code__), one.__code__) for one in (load_for_references, over_of_references))
    back_ends.load, back_ends.over = opaque(load_for_references), opaque(over_of_references)
