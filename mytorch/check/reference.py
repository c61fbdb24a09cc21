"""The sections' references: what a class is compared with, and what stands in for one. They are imported when
first needed.

PyTorch is what checks compare with: as recorded in the standard cases (standard.py), live in all others.
autograd, which every student has, stands in for classes and draws the curves that explorers compare with.
"""

import inspect
from collections.abc import Callable
from functools import cache

from ..course import SECTION_OF, SECTIONS
from .backends import AUTOGRAD, TORCH, load, made_by
from .contract import contract_of
from .standard import read_recorded
from .trace import MAX_SIZE, Entry, Trace, run

SUBSTITUTE = AUTOGRAD  # as it is called in what students read


class ReferenceMissing(ImportError):
    """There is nothing to compare with. In a notebook it shows as one line."""

    def _render_traceback_(self):
        return [f"ReferenceMissing: {self}"]


class ReferenceFails(RuntimeError):
    """The reference itself cannot do what the probe asks for."""


@cache
def reference_of(name: str, back_end: str = AUTOGRAD) -> type:
    """The reference of a component, or of a class that its notebook gives in full. Raises ReferenceMissing,
    KeyError.
    """
    part = SECTION_OF[name].load("reference")
    if part is None:
        raise ReferenceMissing(f"{name}'s reference is not here.")
    try:
        load(back_end)
    except ModuleNotFoundError as error:
        if error.name != back_end:
            raise ReferenceMissing(f"{back_end} cannot be imported here ({error}).") from None
        raise ReferenceMissing(
            f"{back_end} is not installed here; pip install {back_end} brings it."
        ) from None
    except (ImportError, OSError) as error:  # OSError: one of torch's own libraries cannot be loaded
        raise ReferenceMissing(f"{back_end} cannot be imported here ({error}).") from None
    return made_by(back_end, getattr(part, name))


@cache
def parameters_of(component: str) -> dict[str, list[str]]:
    """By method, what the handout's def line takes, as it says it: "lr=0.1"; without self. Nothing where
    there is no reference.
    """
    try:
        reference = reference_of(component)
    except ReferenceMissing:
        return {}
    methods = {quantity.by for quantity in contract_of(component).quantities}
    return {name: _in_def_line(getattr(reference, name)) for name in methods}


def _in_def_line(method: Callable) -> list[str]:
    own = [*inspect.signature(method).parameters.values()][1:]
    return [one.name if one.default is one.empty else f"{one.name}={one.default!r}" for one in own]


def is_reference(component: type) -> bool:
    """Is it a reference itself, and no class of the student's?"""
    return any(component.__module__ == f"{section.package}.reference" for section in SECTIONS)


def expected(name: str, seed: int, options: dict) -> Trace:
    """What PyTorch does in a case of a check. Shared by all who ask: only to be read.

    Raises ReferenceMissing in a case that is not recorded, where PyTorch is missing.
    """
    trace = read_recorded(name, options) if seed == 0 else None
    return trace or live(name, seed, options)


def live(name: str, seed: int, options: dict) -> Trace:
    """What PyTorch does now. Raises ReferenceMissing, ReferenceFails."""
    return _live(name, seed, tuple(sorted(options.items())))


@cache
def _live(name: str, seed: int, options: tuple) -> Trace:
    trace = trace_by(TORCH, name, seed, dict(options))
    if trace.failure is not None and trace.failure.kind not in ("KeyboardInterrupt", "MemoryError"):
        raise ReferenceFails(
            f"{name}'s reference fails its own probe: {trace.failure.kind}: {trace.failure.message}"
        )
    if any(entry.problem == "size" for entry in trace.entries):
        raise ReferenceFails(f"{name}'s probe makes arrays of more than {MAX_SIZE} entries.")
    return trace


def trace_by(back_end: str, name: str, seed: int, options: dict) -> Trace:
    """What the reference does, and the steps that it notes on the way. Raises ReferenceMissing."""
    contract, reference, noted = contract_of(name), reference_of(name, back_end), []
    noting = type(reference.__name__, (reference,), {"noted": noted, "__module__": reference.__module__})
    trace = run(contract.probe, noting, name, seed, options)
    known = {quantity.name: quantity for quantity in contract.steps}
    trace.steps = [Entry(known[step], value=value) for step, value in noted]
    return trace
