"""The probe of the activations means something: it shows ReLU both signs, and its kink."""

from hypothesis import given
from support.bank import LIBRARY
from support.strategies import SEEDS

from mytorch.check import trace_of


@given(SEEDS)
def test_relu_sees_both_signs_and_zero(seed):
    entries = trace_of(LIBRARY["ReLU"], "ReLU", seed, {}).entries
    Z = [entry.value for entry in entries if entry.quantity.what == "batch"][-1]
    assert (Z > 0).any() and (Z < 0).any() and (Z == 0).any()
