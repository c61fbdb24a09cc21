"""Remarks after a passed check: what a good engineer does besides, and what may pass by chance."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dis import get_instructions
from inspect import Parameter, signature
from io import StringIO
from types import FunctionType

import numpy as np

from ..characters import listed
from .compare import Comparison
from .contract import Value, contract_of
from .outside import names_outside
from .reference import parameters_of

EXTRA = "Extra, ungraded: "
PLACED = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def extras(cls, name: str, comparison: Comparison) -> list[str]:
    """One sentence for each remark; an empty list when there is nothing to say."""
    remarks = []
    if comparison.changed_inputs:
        changed = ", ".join(comparison.changed_inputs)
        remarks.append(
            f"{EXTRA}your code changes its input {changed} in place; whoever passed it in may need it."
        )
    if spoilt := _changed_after_return(cls, name):
        remarks.append(
            f"{EXTRA}your code changes {listed(spoilt)} in place when it has been returned; whoever got it "
            "may need it."
        )
    own = (one.words for one in names_outside(cls) if "." in one.meant)
    remarks += [f"It passes, but {words}" for words in list(own)[:1]]
    if names := shared_by_objects(cls):
        remarks.append(f"It passes, but {words_of_shared(name, names)}")
    for method, names in out_of_place(cls, name).items():
        remarks.append(
            f"It passes, but {listed(names)} {'stands' if len(names) == 1 else 'stand'} elsewhere in the def "
            f"line of {method} than in the skeleton's: a call without names mixes them up."
        )
    if words := _remark(cls, name):
        remarks.append(f"It passes, but {words}")
    tried = contract_of(name).large_inputs
    advice = (words for large_input, words in tried if _overflows(cls, large_input))
    return remarks + [EXTRA + words for words in list(advice)[:1]]


def _remark(cls, name: str) -> str:
    remark = contract_of(name).remark
    with _whatever_it_says():
        return remark(cls) if remark else ""
    return ""


@contextmanager
def _whatever_it_says() -> Iterator[None]:
    """The class has passed: an extra neither breaks its check nor shows what it puts out meanwhile."""
    with suppress(Exception), redirect_stdout(StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _changed_after_return(cls, name: str) -> list[str]:
    """Arrays that a method returned, and that a later call has changed."""
    returned = []
    with _whatever_it_says():
        for item in contract_of(name).probe(cls, np.random.default_rng(0)):
            is_returned = isinstance(item, Value) and item.quantity.what == "returned"
            if is_returned and isinstance(item.value, np.ndarray):
                returned.append((item.quantity.label, item.value, item.value.copy()))
    return sorted({label for label, now, before in returned if not np.array_equal(now, before)})


def out_of_place(cls, name: str) -> dict[str, list[str]]:
    """By method the handout's parameters that another place among the student's would be given to."""
    found = {}
    for method, asked in parameters_of(name).items():
        with suppress(Exception):
            places = [
                one.name for one in signature(getattr(cls, method)).parameters.values() if one.kind in PLACED
            ]
            names = [one.partition("=")[0] for one in asked]
            wrong = [one for one in names if one in places and places.index(one) != 1 + names.index(one)]
            found |= {method: wrong} if wrong else {}
    return found


def words_of_shared(name: str, names: list[str]) -> str:
    return (
        f"all {name} objects share {listed(names)}, which the class, a default value or the notebook holds: "
        f"a second one changes the first one's. Is self.{names[0]} = … in __init__ meant?"
    )


def instead_of(cls, method: str) -> str:
    """The function that runs when this method is called, as a decorator's does; "" where it runs itself."""
    runs = getattr(getattr(cls, method, None), "__code__", None)
    return "" if runs is None or runs.co_name in (method, "<lambda>") else runs.co_name


def words_of_decorated(method: str, runs: str) -> str:
    return f"When {method} is called, it is {runs} that runs: what does that return?"


def shared_by_objects(cls) -> list[str]:
    """Names under which arrays or layers stand in the class itself, in a def line, or in a global statement,
    once it has run.
    """
    own = getattr(cls, "__dict__", {})
    methods = [value for value in own.values() if isinstance(value, FunctionType)]
    with suppress(Exception):  # the check itself has passed: an extra must not break it
        shared = list(own.items())
        for method in methods:
            shared += ((name, one.default) for name, one in signature(method).parameters.items())
            stored = (one.argval for one in get_instructions(method) if one.opname == "STORE_GLOBAL")
            shared += ((name, method.__globals__.get(name)) for name in stored)
        return sorted({name for name, value in shared if _is_state(value)})
    return []


def _is_state(value) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return any(map(_is_state, value))
    has_state = isinstance(value, np.ndarray) or hasattr(value, "forward")
    return has_state and not isinstance(value, type)


def _overflows(cls, large_input) -> bool:
    """Does it come to something else than numbers, and because a number gets too large?"""
    return not _stays_finite(cls, large_input, "ignore") and not _stays_finite(cls, large_input, "raise")


def _stays_finite(cls, large_input, over: str) -> bool:
    """``over``: what NumPy does where a number gets too large. Other failures are not looked for."""
    try:
        with np.errstate(all="ignore", over=over):
            return bool(np.isfinite(large_input(cls())).all())
    except (OverflowError, FloatingPointError):
        return False
    except Exception:
        return over == "raise"  # it failed before any number got too large
