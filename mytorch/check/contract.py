"""What a component promises: its quantities, and a probe that looks at them.

A section's ``contract.py`` names each quantity once, and its probe yields them:

    batch_in = batch("X")                                                # goes into forward
    Y = returned("Y", by="forward", eq="1", shape="(N, C)")              # what the method returns
    kept_X = kept("X", by="forward", shape="(N, C)")                     # what the object remembers

    def probe(Doubling, rng, N=4, C=3, dtype="float64"):
        layer, X = Doubling(), normal(rng, N, C, dtype=dtype)
        yield batch_in(X)
        yield Y(layer.forward(X))
        yield kept_X.of(layer)

    CONTRACTS = {"Doubling": Contract(probe, (Y, kept_X), cases=({}, {"N": 1}, FLOAT32, {"N": 6, "C": 5}))}

A probe is a generator. It runs twice, on the student's class and on the reference, from the same seed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

import numpy as np

from ..course import SECTION_OF
from .failure import closest

FLOAT32 = {"dtype": "float32"}
HANDED = ("given", "input", "batch")  # by the probe to the class: kept for the diagnosis, never compared
MADE = ("initial", "returned", "kept")  # by the class


class Missing:
    """Stands for an attribute that the object does not have; ``meant`` is one it has and whose name is
    close.
    """

    def __init__(self, owner, attribute: str):
        self.owner, self.attribute = owner, attribute

    @property
    def meant(self) -> str:
        """Looked for when somebody asks, since most are made for attributes that are there. A private name is
        no slip of the keyboard, but is as close.
        """
        known, name = getattr(self.owner, "__dict__", ()), self.attribute
        private = {f"_{name}": f"_{name}", f"_{type(self.owner).__name__}__{name}": f"__{name}"}
        return closest(name, known) or next((private[one] for one in private if one in known), "")


class Unfit:
    """Stands for a value with which the probe can do nothing; ``detail`` says what it is: "a list with None
    at [0]".
    """

    def __init__(self, detail: str):
        self.detail = detail


@dataclass(frozen=True)
class Moment:
    """When a value was met, where a probe meets a quantity several times: in which layer, after which step,
    of which batch.
    """

    layer: int | None = None
    step: int | None = None
    batch: int | None = None


_moment = cache(Moment)  # few, and met again in each run of a probe


class Value(NamedTuple):
    """What a probe yields."""

    quantity: "Quantity"
    value: object
    moment: Moment


@dataclass(frozen=True)
class Reached:
    """A probe yields it when an exception came: the layers of a list in which the method had run by then."""

    method: str
    layers: tuple[int, ...]


@dataclass(frozen=True)
class Quantity:
    """What is compared, or handed in. The first three fields tell it from others; the rest is said about it.

    ``what``: one of MADE and HANDED. ``mode``: the option of the call, where it matters: "eval" for
    forward(Z, eval=True). ``loose`` shapes are compared after dropping axes of length one: a loss may be a
    float, a 0-d or a 1-element array. ``kind`` says what a value of the wrong type should have been;
    ``called``, what the report calls it in place of its name. ``coded``: the probe put it into numbers that
    the student has never seen. ``divides``: its formula has a division, by N in an average;
    ``has_a_two``: a 2 or a ½.
    """

    what: str
    name: str
    mode: str = ""
    by: str = field(default="", compare=False)  # the method that makes it
    equation: str = field(default="", compare=False)
    shape: str = field(default="", compare=False)
    loose: bool = field(default=False, compare=False)
    kind: str = field(default="", compare=False)
    called: str = field(default="", compare=False)
    coded: bool = field(default=False, compare=False)
    divides: bool = field(default=False, compare=False)
    has_a_two: bool = field(default=False, compare=False)

    @property
    def axes(self) -> str:
        """The sizes by name, as in "(N, C)"; empty for a scalar, and for a shape said "as W"."""
        return self.shape if self.shape.startswith("(") else ""

    def __call__(self, value, **moment) -> Value:
        return Value(self, value, _moment(**moment))

    def of(self, owner, **moment) -> Value:
        """As an attribute of the object, or a note that it is missing: the probe goes on either way."""
        return self(_attribute(owner, self.name), **moment)

    def entry_of(self, owner, i: int, **moment) -> Value:
        """Entry ``i`` of a list that the object keeps; a NumPy array of objects is as good as one."""
        values = _attribute(owner, self.name)
        is_row = isinstance(values, np.ndarray) and values.dtype == object and values.ndim
        if is_row or isinstance(values, (list, tuple)):
            missing = Unfit(f"missing, for {self.name} has {len(values)} entries")
            return self(values[i] if i < len(values) else missing, **moment)
        return self(
            values if values is None or isinstance(values, Missing) else Unfit(describe_type(values)),
            **moment,
        )

    def with_equation(self, number: str) -> "Quantity":
        return replace(self, equation=number)

    @property
    def id(self) -> str:
        """Tells it from the component's others, in what is stored."""
        return " ".join(filter(None, (self.what, self.name, self.mode)))

    @property
    def handed(self) -> bool:
        return self.what in HANDED

    @property
    def is_remembered(self) -> bool:
        """Kept as it came, not computed."""
        return self.what == "kept" and not (self.equation or self.mode or self.by == "__init__")

    @property
    def label(self) -> str:
        """Its name in the report: "W as initialised", "A kept", "dLdW"."""
        if self.mode:
            return (
                f"{self.name} with {self.mode}=True"
                if self.what == "returned"
                else f"{self.name} after {self.mode}"
            )
        ending = " as initialised" if self.what == "initial" else " kept" if self.is_remembered else ""
        return self.called or self.name + ending

    @property
    def wanted(self) -> str:
        return self.kind or (
            "A single number" if self.shape in ("", "scalar") else "A NumPy array of numbers"
        )


def returned(name: str, by: str, shape: str, eq: str = "", **more) -> Quantity:
    """What the method ``by`` returns. ``shape`` as in the table of a report: "(N, C_out)"."""
    return Quantity("returned", name, by=by, equation=eq, shape=shape, **more)


def kept(name: str, by: str, shape: str = "", eq: str = "", **more) -> Quantity:
    """What the method ``by`` leaves on the object."""
    return Quantity("kept", name, by=by, equation=eq, shape=shape, **more)


def initial(name: str, shape: str, **more) -> Quantity:
    """What the object holds before any call."""
    return Quantity("initial", name, by="__init__", shape=shape, **more)


def step(name: str, by: str, shape: str, eq: str = "") -> Quantity:
    """A step of the handout on the way to a quantity. The reference notes its value; no student has to."""
    return Quantity("step", name, by=by, equation=eq, shape=shape)


def batch(name: str) -> Quantity:
    """An array with a row for each of the N samples, which goes into the forward method."""
    return Quantity("batch", name)


def argument(name: str) -> Quantity:
    """Any other array that goes into a method: well-behaved code leaves it as it was."""
    return Quantity("input", name)


def given(name: str, called: str = "") -> Quantity:
    """A value that the object holds before the call."""
    return Quantity("given", name, called=called)


@dataclass(frozen=True)
class Contract:
    """Of one component. ``probe(cls, rng, **options)``; ``cases`` are the options of the visible check, which
    vary whatever a hidden test varies: a number in place of a size is found before the hand-in.

    ``symptoms``: what exceptions mean in this component alone. ``explain(mismatch, failure)``: (cause, hint)
    of an exception whose message does not tell, or None. ``large_inputs``: pairs of a function of an object,
    whose value should stay finite, and the advice when it does not; an ungraded remark. ``remark(cls)``: what
    else a class that passes should be told, or "". ``steps``: never compared, there to tell which step of a
    wrong quantity is the first that is wrong.
    """

    probe: Callable
    quantities: tuple[Quantity, ...]
    cases: tuple[dict, ...]
    per_column: bool = False  # a formula averages over columns, too
    symptoms: tuple = ()
    explain: Callable | None = None
    large_inputs: tuple = ()
    remark: Callable[[type], str] | None = None
    steps: tuple[Quantity, ...] = ()

    def quantity(self, id: str) -> Quantity | None:
        return next((quantity for quantity in self.quantities if quantity.id == id), None)


def contract_of(component: str) -> Contract:
    """Raises KeyError for what is no component."""
    return SECTION_OF[component].load("contract").CONTRACTS[component]


def _attribute(owner, name: str):
    """Its value, or Missing, which is made only then: it looks for close names."""
    try:
        return getattr(owner, name)
    except AttributeError:
        return Missing(owner, name)


def normal(rng, *shape: int, dtype="float64") -> np.ndarray:
    """Standard normal numbers, for a probe."""
    return rng.standard_normal(shape).astype(dtype)


def describe_type(value) -> str:
    """What a value is, in words: "a list", "a torch.Tensor", "an array of complex128", "the class Layer"."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    if value is NotImplemented:
        return "NotImplemented, Python's word for what is not written or not possible"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    kind = type(value)
    module = str(kind.__module__).split(".")[0]
    name = kind.__name__ if module in ("builtins", "__main__", "mytorch") else f"{module}.{kind.__name__}"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
