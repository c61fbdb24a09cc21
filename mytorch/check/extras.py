"""Remarks after a passed check: what a good engineer does besides, and what may pass by chance."""

import numpy as np

from .compare import Comparison
from .contract import contract_of
from .outside import names_outside

EXTRA = "Extra, ungraded: "


def extras(cls, name: str, comparison: Comparison) -> list[str]:
    """One sentence for each remark; an empty list when there is nothing to say."""
    remarks = []
    if comparison.changed_inputs:
        changed = ", ".join(comparison.changed_inputs)
        remarks.append(
            f"{EXTRA}your code changes its input {changed} in place; whoever passed it in may need it."
        )
    own = (one.words for one in names_outside(cls) if one.meant.startswith("self."))
    remarks += [f"It passes, but {words}" for words in list(own)[:1]]
    tried = contract_of(name).large_inputs
    advice = (words for large_input, words in tried if _overflows(cls, large_input))
    return remarks + [EXTRA + words for words in list(advice)[:1]]


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
