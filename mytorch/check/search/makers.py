"""Where no edit proves a line: the line that does all the work, from what is right."""

import numpy as np

from ..contract import Quantity
from ..wording import Place
from .edits.statements import stopped_at
from .known import Known
from .proofs import Proofs
from .reach import Site, all_makers, makes_no_array
from .words import place_of_display, place_of_makers


def line_that_makes(quantity: Quantity, known: Known, proofs: Proofs) -> Place | None:
    """None where more than one does, or where a mistake may as well be elsewhere."""
    kept = [one for one in known.right if one.what in ("kept", "initial")]
    before = {f".{one.name}" for one in kept} | {f".{name}" for name in known.given}
    statements = [one for one in known.statements if one.function.name == quantity.by]
    changed = set().union(*(one.assigned for one in statements)) - {f".{quantity.name}"}
    right = (before - changed) | {f".{one.name}" for one in kept if one.by == quantity.by}
    right = known.right_in_mode(quantity) if quantity.mode else right | known.right_steps(quantity)
    later = {one.by for one in known.contract.quantities} if quantity.by == "__init__" else set()
    run = [one for one in known.changeable(known.statements) if one.function.name not in later - {"__init__"}]
    makers = all_makers(run, quantity, right, known.source.outside, known.batches)
    if quantity.mode:
        makers = [one for one in makers if not known.is_of_another_mode(one)]
    if quantity == known.quantity:
        makers = [one for one in makers if _may_have_run(one, known, proofs)]
    listed = [one for one in makers if makes_no_array(one)]
    if known.is_no_array and not quantity.kind and len(listed) == 1:
        return place_of_display(known.source, listed[0], quantity)
    if any(known.asks_a_helper(one) or one.function in known.dropping for one in makers):
        return None
    return place_of_makers(known.source, makers, quantity)


def _may_have_run(site: Site, known: Known, proofs: Proofs) -> bool:
    """Before the first value is there; not if an exception in its place changes nothing."""
    if site.statement is site.function:
        return True
    before, after = known.trials.first.distance(known.source.unedited), []
    proofs.passes(stopped_at(site), lambda component: after.append(known.trials.first.distance(component)))
    return before < 1e-6 or before == np.inf or after != [before]
