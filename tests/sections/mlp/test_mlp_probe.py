"""The probe of the multilayer perceptrons means something: at every layer ReLU passes some and stops some."""

import numpy as np
import pytest
from hypothesis import given, settings
from support.bank import LIBRARY, WRONG, examined
from support.implementations import Wrong
from support.strategies import SEEDS

from mytorch.check import check, trace_of


def is_telling(component: str, seed: int) -> bool:
    """Does each layer's ReLU let something of the first batch through, not all, and is no gradient zero?"""
    masks = []

    class Watched(LIBRARY[component]):
        def backward(self, dLdA):
            masks.append([f.A > 0 for f in self.f])
            super().backward(dLdA)

    trace = trace_of(Watched, component, seed, {})
    gradients = [entry.value for entry in trace.results if entry.quantity.name.startswith("dLd")]
    mixed = all(mask.any() and not mask.all() for mask in masks[0])
    return mixed and all(gradient.any() for gradient in gradients)


@pytest.mark.parametrize("component", ["MLP0", "MLP1", "MLP4"])
def test_the_visible_check_sees_relu_at_work(component):
    assert is_telling(component, 0)


@pytest.mark.parametrize("component", ["MLP0", "MLP1", "MLP4"])
@settings(max_examples=3)
@given(first=SEEDS)
def test_nearly_every_seed_sees_relu_at_work(component, first):
    assert np.mean([is_telling(component, seed) for seed in range(first, first + 60)]) > 0.9


@pytest.mark.parametrize(
    "name", ["backward order", "backward order, by zip", "backward of the layers behind the loop"]
)
def test_what_has_not_run_yet_is_said_not_which_turn_it_is(name):
    wrong = next(one for one in WRONG if str(one) == f"MLP4: {name}")
    hint = "backward begins with the last layer, layers[4], and its activation, f[4]; "
    assert examined(wrong)[1].hint == hint + "here that layer's backward has not run yet."


@pytest.mark.parametrize("component", ["MLP0", "MLP1", "MLP4"])
def test_layers_that_are_all_left_out_are_told_from_a_loop_that_ends_early(component):
    patch = {"self.layers[i].backward(dLdZ)": "dLdZ @ self.layers[i].W"}
    _, diagnosis = examined(Wrong(component, "by hand", "", patch))
    assert diagnosis.headline == "dLdW is missing at every layer: no layer's own backward has run."
    if component != "MLP0":
        _, diagnosis = examined(Wrong(component, "early", "", {"reversed(range(l))": "range(l - 1, 0, -1)"}))
        assert diagnosis.headline == "dLdW of layers[0] is missing: backward has not come to that layer."


def test_sizes_that_were_swapped_do_not_read_like_those_expected():
    right = "Linear(2, 4), Linear(4, 8), Linear(8, 8), Linear(8, 4), Linear(4, 2)"
    patch = {right: "Linear(4, 2), Linear(8, 4), Linear(8, 8), Linear(4, 8), Linear(2, 4)"}
    _, diagnosis = examined(Wrong("MLP4", "swapped", "", patch))
    assert diagnosis.cause == "in and out swapped"
    assert "Yours: 4 → 2, 8 → 4, 8 → 8, 4 → 8, 2 → 4; expected: 2 → 4 → 8" in diagnosis.headline


@pytest.mark.parametrize(
    "patch", [{}, {"zip(self.layers, self.f)": "self.pairs"}], ids=["right", "with pairs"]
)
def test_layers_that_cannot_be_exchanged_are_remarked(patch, capsys):
    """Right all the same; in notebook 05 other layers are put into the class."""
    lists = "self.f = [ReLU() for _ in self.layers]"
    kept = {lists: f"{lists}\n        self.pairs = [*zip(self.layers, self.f)]"} if patch else {}
    forward = "def forward(self, A):\n    for layer, f in zip(self.layers, self.f):\n"
    forward += "        A = f.forward(layer.forward(A))\n    return A"
    for old, new in patch.items():
        forward = forward.replace(old, new)
    check(Wrong("MLP4", "x", "", kept, {"forward": forward}).build())
    assert ("It passes, but build_mlp, in notebook 05," in capsys.readouterr().out) == bool(patch)
