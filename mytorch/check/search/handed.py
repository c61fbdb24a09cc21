"""A search where there is no reference, as in the grader's sandbox: what to compare with is handed in."""

from ..compare import compare
from ..contract import contract_of
from ..record import record_place
from ..reference import expected, parameters_of
from ..standard import trace_from
from ..trace import run
from . import search, unseen_cases


def handed_to(component: str) -> dict:
    """What a search compares with, as JSON: traces, and what methods take. Raises ReferenceMissing."""
    standard = [expected(component, 0, case) for case in contract_of(component).cases]
    return {
        "standard": [trace.to_json() for trace in standard],
        "unseen": [trace.to_json() for trace in unseen_cases(component)],
        "parameters": parameters_of(component),
    }


def publish_place(component: type, quantity: str, handed: dict, seconds: float) -> None:
    """Search the class for the line, where this quantity (its ``id``) is the first that differs."""
    standard, unseen = ([trace_from(one) for one in handed[name]] for name in ("standard", "unseen"))
    name = standard[0].component
    probe = contract_of(name).probe
    pairs = [(one, run(probe, component, name, one.seed, one.options)) for one in standard]
    comparison = compare(pairs)
    if not comparison.passed and comparison.mismatch.quantity.id == quantity:
        if place := search(component, comparison, standard, seconds, unseen, handed["parameters"]):
            record_place(name, place)
