"""An exception that a student's class raised: what it says, and the student's own line it comes from."""

import ast
import builtins
import difflib
import linecache
import os
import re
import sys
import sysconfig
from dataclasses import dataclass, field
from traceback import walk_tb
from types import FunctionType, ModuleType

import numpy as np

from ..characters import printable
from ..course import PACKAGE, modules
from .texts import counters_at, definition_of, functions_of, kept_in, variables_of

HERE = str(PACKAGE) + os.sep
EXPORTED = {
    str(PACKAGE.parent.joinpath(*module.split(".")).with_suffix(".py")) for module in modules()
}  # from notebooks
MAX_TEXT = 300
# PyTorch's and Keras's words for the arguments of sum and its kind, and NumPy's.
DIALECTS = {"dim": "axis", "dims": "axis", "axes": "axis", "keepdim": "keepdims", "unbiased": "ddof"} | {
    "type": "dtype"
}
# What arrays can do, in PyTorch's words and in NumPy's.
ELSEWHERE = {"cat": "concatenate", "clamp": "clip", "clone": "copy", "mm": "matmul", "numel": "size"} | {
    "permute": "transpose",
    "pow": "power",
    "t": "T",
    "unsqueeze": "expand_dims",
}
NO_DICT = " and no __dict__ for setting new attributes"  # as Python says itself, from 3.13 on
SUGGESTED = re.compile(r"\. Did you mean '(\w+)'\?$")  # Python's own word for an argument, from 3.13 on
RUN_BY_OTHERS = ("__init__", "__post_init__", "__call__", "forward", "backward", "step")
STANDARD_LIBRARY = sysconfig.get_path("stdlib") + os.sep


@dataclass
class Failure:
    """Plain data, so that it can leave the kernel. ``line`` to ``integers`` belong to the student's last own
    frame; ``function`` is empty where there is none, ``code`` also where its text is not known (%%time).
    """

    kind: str
    message: str
    line: int = 0
    code: str = ""
    function: str = ""
    integers: dict[str, int] = field(default_factory=dict)  # small local variables, such as the i of a loop
    meant: str = ""  # an existing name close to one that was not found


def describe(error: BaseException) -> Failure:
    """What happened and where. Never raises, whatever the exception."""
    if isinstance(error.__cause__, StopIteration):
        error = error.__cause__  # a probe is a generator, which wraps this one
    own = _own_frames(error)
    message = SUGGESTED.sub("", _first_line(error)) if isinstance(error, TypeError) else _first_line(error)
    failure = Failure(one_line(type(error).__name__), message)
    variables, namespace, owner = {}, None, ""
    if own:
        frame, line = own[-1]
        around, namespace = _around(own), frame.f_globals
        variables = _variables(around)
        owner = _owner(around[-1][0])
        failure.line, failure.function = line or 0, one_line(around[-1][0].f_code.co_name)
        code = linecache.getline(frame.f_code.co_filename, failure.line, namespace)
        failure.code, failure.integers = one_line(code.strip()), _integers(around)
        one = around[-1][0].f_locals.get(owner)
        if isinstance(error, AttributeError) and _lacks_in_slots(one, message):
            failure.message = f"{message.removesuffix(NO_DICT)}{NO_DICT}"
    failure.meant = one_line(_meant(error, variables, namespace, owner, failure.code))
    return failure


def one_line(text: str) -> str:
    """It can stand in any report."""
    return printable(text, MAX_TEXT, instead=" ")


def is_one_line(text) -> bool:
    """Is it a text, and as ``one_line`` leaves it?"""
    return type(text) is str and one_line(text) == text


def _own_frames(error: BaseException) -> list:
    """The frames of the student's cells; failing that, those of the exported library."""
    frames = [
        (frame, line)
        for frame, line in walk_tb(error.__traceback__)
        if "__tracebackhide__" not in frame.f_code.co_varnames
    ]
    outside = [(frame, line) for frame, line in frames if not _is_library(frame.f_code.co_filename)]
    return [(f, n) for f, n in outside if f.f_code.co_filename not in EXPORTED] or outside


def _is_library(filename: str) -> bool:
    """Ours, or something installed, wherever it lives. NumPy's random is compiled from .pyx files, and what
    dataclasses write has no file.
    """
    if filename in EXPORTED:
        return False
    installed = "site-packages" in filename or "dist-packages" in filename or filename.endswith(".pyx")
    return installed or filename.startswith((HERE, "<frozen", "<string>", STANDARD_LIBRARY))


def _lacks_in_slots(owner, message: str) -> bool:
    """Is it of an object that keeps no more than its class's __slots__, and none of these?"""
    known = re.match(r"'(\w+)' object has no attribute '(\w+)'", message)
    is_own = known and type(owner).__name__ == known[1] and hasattr(type(owner), "__slots__")
    return is_own and not hasattr(owner, "__dict__") and not hasattr(type(owner), known[2])


def _first_line(error: BaseException) -> str:
    try:
        return one_line((str(error).strip().splitlines() or [""])[0])
    except BaseException:  # a student's own exception class may fail to print itself
        return ""


def _around(own: list) -> list:
    """The last frame, and those of the function around it: a comprehension has one of its own before Python
    3.12, a generator and a lambda always have.
    """
    around = own[-1:]
    for frame, line in reversed(own[:-1]):
        inner = around[-1][0].f_code
        if f"{frame.f_code.co_qualname}.<locals>.{inner.co_name}" != inner.co_qualname:
            break
        if inner.co_name[0] != "<":
            break
        around.append((frame, line))
    return around


def _variables(around: list) -> dict:
    """As the last frame's code sees them."""
    return {name: value for frame, _ in reversed(around) for name, value in frame.f_locals.items()}


def _integers(around: list) -> dict[str, int]:
    """Of the innermost first. A comprehension's own are gone with it from Python 3.12 on, and what is found
    by such a name is another variable.
    """
    small = {}
    for frame, line in around:
        text = definition_of(frame.f_code, frame.f_globals)
        gone = counters_at(line or 0, text) if text else set()
        for name, v in frame.f_locals.items() if frame.f_code.co_name != "<module>" else ():
            if type(v) is int and abs(v) < 1000 and name[0] != "_" and name not in gone:
                small.setdefault(name, v)
    return dict(sorted(list(small.items())[:3]))


def _owner(frame) -> str:
    """What a method calls its object: nearly always self."""
    code = frame.f_code
    first = code.co_varnames[0] if code.co_argcount else ""
    classes = type(frame.f_locals.get(first)).__mro__
    return first if any(code.co_name in vars(one) for one in classes) else ""


def _meant(error: BaseException, variables: dict, namespace: dict | None, owner: str, code: str) -> str:
    try:
        if isinstance(error, AttributeError):
            return _meant_attribute(error, variables, namespace, owner)
        if isinstance(error, NameError) and namespace is not None:
            return _meant_name(error, variables, namespace, owner, code)
        if isinstance(error, TypeError):
            return _meant_argument(str(error))
    except BaseException:  # dir and hasattr run the student's code
        pass
    return ""


def _meant_argument(message: str) -> str:
    if suggested := SUGGESTED.search(message):
        return suggested[1]
    found = re.match(r"\w+\(\) .*keyword argument '(\w+)'", message)  # of no class
    if not found:
        return ""
    known = set(DIALECTS.values()) - {found[1]}  # other functions have it
    return closest(DIALECTS.get(found[1], found[1]), known)


def _meant_attribute(error: AttributeError, variables: dict, namespace: dict | None, owner: str) -> str:
    if error.name in variables:
        return f"{error.name}, the variable of this method,"
    if isinstance(error.obj, ModuleType) and error.name in sys.stdlib_module_names:
        return f"{error.name}, a module of its own,"
    is_own = namespace is not None and error.obj is variables.get(owner)
    is_array = isinstance(error.obj, np.ndarray)
    name = ELSEWHERE.get(error.name, error.name) if is_array or error.obj is np else error.name
    if name != error.name and hasattr(error.obj, name):
        return name
    kept = _variable_elsewhere(error.obj, name) if is_own else ""
    function = _of_numpy(name, namespace) if is_own or (is_array and namespace is not None) else ""
    return kept or function or closest(name, dir(error.obj))


def _meant_name(error: NameError, variables: dict, namespace: dict, owner: str, code: str) -> str:
    name, own = error.name or str(error).split("'")[1], variables.get(owner)  # a local has none
    if hasattr(own, name):
        return f"{owner}.{name}"
    if name == "self" and owner:
        return owner
    after_numpy = re.search(rf"\b{name}\.(\w+)", code) if name in ("np", "numpy", "math") else None
    known = [*variables, *namespace, *dir(builtins)]
    kept = "" if isinstance(error, UnboundLocalError) else _variable_elsewhere(own, name)
    return (
        kept
        or _of_numpy(after_numpy[1] if after_numpy else name, namespace)
        or closest(name, [other for other in known if other != name])
        or (f"a module, for which import {name} is lacking," if name in sys.stdlib_module_names else "")
    )


def _of_numpy(name: str, namespace: dict) -> str:
    """np.exp for exp, where NumPy goes by the name of np."""
    numpy = next((alias for alias, value in namespace.items() if value is np), "")
    is_known = (
        numpy and name[:1] != "_" and hasattr(np, name) and not isinstance(getattr(np, name), ModuleType)
    )
    return f"{numpy}.{name}" if is_known else ""


def _variable_elsewhere(owner, name: str) -> str:
    """A variable of this name in a method of the object's class: what is asked for, if it had been kept."""
    for method in vars(type(owner)).values():
        if isinstance(method, FunctionType) and name in method.__code__.co_varnames:
            # from Python 3.12 on co_varnames has those of comprehensions, too
            text = definition_of(method.__code__, method.__globals__)
            if text is None or name in variables_of(text):
                return f"the {name} of {method.__name__}, which self.{name} = … would keep for later,"
    where = kept_in_vain(type(owner), name)
    return f"the {name} of {where}," if where else ""


def kept_in_vain(component: type, name: str) -> str:
    """The method that keeps this attribute and that nothing runs, with what would; "" where there is none."""
    return _kept_by_a_base(component, name) or _kept_by_an_uncalled(component, name)


def _kept_by_a_base(component: type, name: str) -> str:
    bases = [
        one
        for one in getattr(component, "__mro__", ())
        if isinstance(vars(one).get("__init__"), FunctionType)
    ]
    called = {*bases[0].__init__.__code__.co_names} if bases else set()
    if called & {"super", *(one.__name__ for one in bases)}:
        return ""
    for base in bases[1:]:
        text = definition_of(base.__init__.__code__, base.__init__.__globals__)
        if text is not None and name in kept_in(text):
            return f"{base.__name__}.__init__, which super().__init__() would run"
    return ""


def _kept_by_an_uncalled(component: type, name: str) -> str:
    """Nothing is said where a method's text is not known: it may call the others."""
    texts = [definition_of(one.__code__, one.__globals__) for one in functions_of(component)]
    if None in texts:
        return ""
    called = {node.attr for text in texts for node in ast.walk(text) if isinstance(node, ast.Attribute)}
    for text in texts:
        if text.name not in {*called, *RUN_BY_OTHERS} and name in kept_in(text):
            return f"{text.name}, which no method calls"
    return ""


def closest(name: str, names) -> str:
    """The one of ``names`` that differs from ``name`` by a slip of the keyboard, or an empty string."""
    plain = {other.lower().replace("_", ""): other for other in names if other[:1] != "_"}
    own = name.lower().replace("_", "")
    found = difflib.get_close_matches(own, plain, 1, cutoff=0.88)
    near = found or [other for other in plain if _is_one_slip(own, other, is_word=name.islower())]
    return plain[near[0]] if len(near) == 1 else ""


def _is_one_slip(name: str, other: str, is_word: bool) -> bool:
    """Two neighbours exchanged, or one letter another in a word: what is no word may well mean another thing,
    as running_M and running_V do.
    """
    if len(name) != len(other) or len(name) < 5:
        return False
    wrong = [i for i, (one, two) in enumerate(zip(name, other)) if one != two]
    if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
        return sorted(name) == sorted(other)
    return len(wrong) == 1 and is_word and name.isalpha()
