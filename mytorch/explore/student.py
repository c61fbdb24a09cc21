"""The student's code, run for a picture: what it returns, or a sentence on why it does not."""

import sys
import warnings

import numpy as np

from ..check.contract import describe_type
from ..check.failure import describe
from ..check.latest import older
from ..check.reference import SUBSTITUTE, reference_of
from ..check.standin import is_stand_in

STOPS = (Exception, KeyboardInterrupt, SystemExit)  # whatever a student's code may raise


class Unusable(Exception):
    """A result that cannot be drawn. Its message is a whole sentence for the student."""


def quietly(run, *args, **kwargs):
    """Call ``run`` without NumPy's warnings: a curve may well overflow at its end."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run(*args, **kwargs)


def array(value, what: str, shape: tuple[int, ...]) -> np.ndarray:
    """What a method returned or kept, as an array of floats. ``what`` names it: "Doubling.forward(A)".

    Raises Unusable when it is no such array.
    """
    if value is None:
        raise Unusable(f"{what} is None: is a TODO left, or a return missing?")
    try:
        kind = np.asarray(value).dtype.kind
        numbers = np.array(value, dtype=float) if kind in "biufO" else None  # of complex ones it takes a part
    except (TypeError, ValueError):
        numbers = None
    if numbers is None:
        raise Unusable(f"{what} is {describe_type(value)}, where an array of real numbers is expected.")
    if numbers.shape != shape:
        raise Unusable(f"{what} has shape {numbers.shape}, and {shape} is expected.")
    return numbers


def counterpart(cls) -> type | None:
    """autograd's class of the same name and interface, if there is one and autograd is installed."""
    try:
        return reference_of(cls.__name__)
    except (ImportError, KeyError):
        return None


def other_numbers(name: str) -> str:
    """What is said of a student's class whose values are not those of its counterpart."""
    return f"Your {name} gives other numbers than {SUBSTITUTE}'s. check({name}) tells which, and why."


def equals(one, other) -> str:
    """What stands between the two sides of an equation in a picture: = where it holds, or else ≠."""
    return "=" if np.allclose(one, other, rtol=1e-4, atol=1e-6, equal_nan=True) else "≠"


def explain(name: str, error: BaseException) -> str:
    """What happened in what has this name, such as the student's class, and in which of their lines."""
    if isinstance(error, Unusable):
        return str(error)
    failure = describe(error)
    if failure.kind == "KeyboardInterrupt":
        sentence = f"{name} was interrupted: does every loop come to its end?"
    else:
        sentence = f"{name} stopped with {failure.kind}" + (
            f": {failure.message.rstrip('.')}." if failure.message else "."
        )
    if "NoneType" in failure.message:
        sentence += " Something is still None: is a TODO left?"
    place = f"\n    line {failure.line}, in {failure.function}: {failure.code}" if failure.code else ""
    return sentence + place


def _has_newer(cls) -> bool:
    """Has another class of this name been written in the notebook since?"""
    current = getattr(sys.modules["__main__"], cls.__name__, cls)
    written = isinstance(current, type) and cls.__module__ == current.__module__ == "__main__"
    return written and current is not cls


class Calls:
    """Runs the student's classes, and autograd's in place of one that fails; ``notes`` says what happened."""

    def __init__(self):
        self.notes: dict[str, None] = {}  # a sentence once, in order
        self._hung = set()  # classes that had to be interrupted: not to be tried again

    def note(self, sentence: str) -> None:
        self.notes[sentence] = None

    def __call__(self, run, cls, *args):
        """``run(cls, *args)`` with the student's class; where that fails, with autograd's. Raises Unusable if
        both fail.
        """
        name = cls.__name__
        if why := older(name, cls):
            self.note(f"{name}: {why}")
        if _has_newer(cls):
            self.note(f"There is a newer {name}: run this cell again to see what that does.")
        if is_stand_in(cls):
            return self._instead(run, cls, f"{name} is not finished yet.", *args)
        if cls in self._hung:
            return self._instead(
                run, cls, f"{name} had to be interrupted: run this cell again once it is mended.", *args
            )
        try:
            return quietly(run, cls, *args)
        except STOPS as error:
            if isinstance(error, KeyboardInterrupt):
                self._hung.add(cls)
            return self._instead(run, cls, explain(name, error), *args)

    def agrees(self, values, run, cls, *args, **tolerance) -> bool:
        """Are the values those of ``run(cls, *args)`` with autograd's class? If not, a note says so; where
        there is no autograd they are taken for right. ``tolerance``: as np.allclose takes it.
        """
        reference = counterpart(cls)
        right = reference is None or np.allclose(values, quietly(run, reference, *args), **tolerance)
        if not right:
            self.note(other_numbers(cls.__name__))
        return right

    def _instead(self, run, cls, why: str, *args):
        substitute = counterpart(cls)
        if substitute is None:
            raise Unusable(f"{why}\nThere is no {SUBSTITUTE} here to stand in for {cls.__name__}.")
        sentence, line, place = why.partition("\n")
        self.note(f"{sentence} {SUBSTITUTE} stands in for it here.{line}{place}")
        return quietly(run, substitute, *args)
