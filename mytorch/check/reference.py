"""The sections' references: PyTorch behind the interface of each component. They are imported when first
needed.
"""

import threading
from functools import cache

from ..course import SECTION_OF, SECTIONS
from .contract import contract_of
from .trace import Trace, run


class TorchMissing(ImportError):
    """There is nothing to compare with. In a notebook it shows as one line."""

    def _render_traceback_(self):
        return [f"TorchMissing: {self}"]


@cache
def reference_of(name: str) -> type:
    """The reference of a component, or of a class that its notebook gives in full. Raises TorchMissing,
    KeyError.
    """
    section = SECTION_OF[name]
    try:
        part = section.load("reference")
    except (ImportError, OSError) as error:  # OSError: one of torch's own libraries cannot be loaded
        raise TorchMissing(
            f"checks compare with PyTorch, which cannot be imported here ({error}). "
            "Is this the environment that you made for the course?"
        ) from None
    if part is None:
        raise TorchMissing(f"checks compare with PyTorch, and {name}'s reference is not here.")
    return getattr(part, name)


def is_reference(component: type) -> bool:
    """Is it a reference itself, and no class of the student's?"""
    return any(component.__module__ == f"{section.package}.reference" for section in SECTIONS)


def expected(name: str, seed: int, options: dict) -> Trace:
    """What the reference does in a case of a check. Shared by all who ask: only to be read."""
    return _expected(name, seed, tuple(sorted(options.items())))


@cache
def _expected(name: str, seed: int, options: tuple) -> Trace:
    trace = run(contract_of(name).probe, reference_of(name), name, seed, dict(options))
    if trace.failure is not None and trace.failure.kind not in ("KeyboardInterrupt", "MemoryError"):
        raise RuntimeError(
            f"{name}'s reference fails its own probe: {trace.failure.kind}: {trace.failure.message}"
        )
    return trace


# --- ahead of the first check -------------------------------------------------------------------------------


def warm_up() -> None:
    """Import all references. Does nothing where there is no PyTorch."""
    try:
        for section in SECTIONS:
            section.load("reference")
    except (ImportError, OSError):
        pass  # the first check meets it again, and says so


def start_warming_up() -> None:
    """In the background, while the student reads: then the first check does not have to wait."""
    threading.Thread(target=warm_up, name="import torch", daemon=True).start()
