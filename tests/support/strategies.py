"""What hypothesis draws for the course's tests."""

import inspect

from hypothesis import settings
from hypothesis import strategies as st

from mytorch.check.contract import contract_of
from support.bank import HIDDEN

SEEDS = st.integers(0, 2**32 - 1)


def examples(times: int) -> settings:
    """For a test that needs more than others: so many times the profile's."""
    return settings(max_examples=times * settings().max_examples)


def cases_of(component: str) -> st.SearchStrategy[dict]:
    """Options of a visible or of a hidden check, with sizes that nobody has chosen."""
    contract = contract_of(component)
    parameters = inspect.signature(contract.probe).parameters.values()
    sizes = [parameter.name for parameter in parameters if type(parameter.default) is int]
    drawn = st.fixed_dictionaries({}, optional={name: st.integers(1, 9) for name in sizes})
    known = st.sampled_from([*contract.cases, *HIDDEN[component]])
    return st.builds(lambda case, numbers: case | numbers, known, drawn)
