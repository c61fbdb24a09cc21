"""PyTorch and autograd: the same references over both, and what is recorded of the first."""

import ast
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bank import BANKED, HIDDEN
from support.strategies import SEEDS, cases_of

from mytorch.check import standard
from mytorch.check.backends import AUTOGRAD, FUNCTIONS, TORCH, Reference, load, made_by
from mytorch.check.contract import contract_of
from mytorch.check.reference import expected, is_reference, live, reference_of
from mytorch.check.trace import Trace, run
from mytorch.course import COMPONENTS, SECTIONS

BOTH = (TORCH, AUTOGRAD)


def differing(trace: Trace, other: Trace) -> list[str]:
    """The entries in which two traces differ by more than float64 loses on the way: where the variance is 0,
    what is left of a mean is divided by the root of eps.
    """
    assert trace.failure is None and other.failure is None
    assert [(e.quantity, e.moment) for e in trace.entries] == [(e.quantity, e.moment) for e in other.entries]
    return [
        f"{one.quantity.id} {one.moment}"
        for one, two in zip(trace.entries, other.entries)
        if one.value.shape != two.value.shape
        or not np.allclose(
            one.value, two.value, rtol=1e-10, atol=1e-11 * np.max(np.abs(one.value), initial=1.0)
        )
    ]


def traces(component: str, case: dict, seed: int) -> list[Trace]:
    probe = contract_of(component).probe
    return [run(probe, reference_of(component, back_end), component, seed, case) for back_end in BOTH]


@pytest.mark.parametrize("component", COMPONENTS)
def test_they_agree_in_every_case_of_every_probe(component):
    for case in (*contract_of(component).cases, *HIDDEN.get(component, ())):
        for seed in (0, 1):
            assert differing(*traces(component, case, seed)) == [], case


@pytest.mark.parametrize("component", BANKED)
@settings(max_examples=10)
@given(data=st.data(), seed=SEEDS)
def test_they_agree_in_any_case(component, data, seed):
    assert differing(*traces(component, data.draw(cases_of(component)), seed)) == []


@pytest.mark.parametrize("component", COMPONENTS)
def test_messages_of_a_stand_in_have_no_private_names(component):
    """Python says "Activation.backward() takes …", by the class in which the method stands."""
    for cls in reference_of(component).__mro__:
        assert cls.__name__[0] != "_"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_both_offer_every_function(name):
    assert all(callable(getattr(load(back_end), name)) for back_end in BOTH)


Z = np.array([[0.0, -2.0, 3.0], [1.0, 0.5, 0.0]])
EXPRESSIONS = {
    "relu": lambda by, Z: by.relu(Z),
    "where": lambda by, Z: by.where(Z > 0.5, Z * Z, -Z),
    "exp and log": lambda by, Z: by.log(by.exp(Z) + by.sqrt(by.exp(Z) + 1)),
    "softmax": lambda by, Z: by.softmax(Z, 1),
    "sum": lambda by, Z: Z * by.sum(Z, 1, keepdims=True) + by.sum(by.tanh(Z), 0),
    "mean": lambda by, Z: by.mean(by.sigmoid(Z), 0, keepdims=True),
    "stack": lambda by, Z: by.stack([Z[:, :2], Z[:, 1:] ** 2], 2),
    "einsum": lambda by, Z: by.einsum("ni,mi->nm", Z, Z),
    "constant": lambda by, Z: Z * by.constant(Z) + by.constant(np.ones(3)),
    "transposed": lambda by, Z: Z.T @ Z,
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_values_and_gradients_of_what_a_new_section_may_use(name):
    found = []
    for back_end in BOTH:
        reference = made_by(back_end, Reference)()
        value = reference.differentiable(EXPRESSIONS[name], Z)
        upstream = np.arange(1.0, 1 + value.size).reshape(value.shape)
        found.append((value, *reference.gradients(upstream)))
    for one, two in zip(*found):
        assert isinstance(two, np.ndarray) and one.dtype == two.dtype == float
        assert np.allclose(one, two, rtol=1e-12, atol=1e-14)


def test_a_notebooks_own_function_is_not_differentiated():
    def own(by, X):
        return X * X

    Reference().differentiable(own, Z)
    own.__module__ = "__main__"
    for differentiated in (Reference().differentiable, Reference().computed):
        with pytest.raises(RuntimeError, match="differentiate only themselves"):
            differentiated(own, Z)
    assert not hasattr(Reference(), "by")


def test_what_the_caller_changes_later_changes_no_gradient():
    for back_end in BOTH:
        reference, X = made_by(back_end, Reference)(), np.ones((2, 2))
        value = reference.differentiable(lambda by, X: X * X, X)
        X[:] = value[:] = 7
        assert reference.gradients(np.ones((2, 2)))[0].tolist() == [[2, 2], [2, 2]]


def test_a_class_over_another_back_end_is_a_reference_of_its_own():
    by_torch, by_autograd = (reference_of("MLP1", back_end) for back_end in BOTH)
    assert by_torch is not by_autograd and by_torch is reference_of("MLP1", TORCH)
    assert is_reference(by_torch) and by_torch.__name__ == "MLP1"
    assert {type(part).back_end for part in (*by_torch().layers, *by_torch().f)} == {TORCH}
    assert reference_of("MLP1") is by_autograd


# --- what is recorded ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_standard_case_is_recorded_as_pytorch_yields_it(component):
    for case in contract_of(component).cases:
        recorded, now = standard.read_recorded(component, case), live(component, 0, case)
        assert expected(component, 0, case) is recorded
        assert differing(recorded, now) == []
        assert [asdict(e.quantity) for e in recorded.entries] == [asdict(e.quantity) for e in now.entries], (
            "what the contract says of a quantity comes from contract.py, where each has a name of its own"
        )


def test_other_cases_are_not_recorded():
    assert standard.read_recorded("Linear", {"N": 1, "C_in": 2}) is None
    assert expected("Linear", 1, {}) is not expected("Linear", 0, {})


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_recording_keeps_every_bit(component):
    originals = [live(component, 0, case) for case in contract_of(component).cases]
    text = standard.as_text(originals, "2")
    assert standard.says_the_same(text, text)
    for trace, line in zip(originals, text.splitlines()[1:-1], strict=True):
        again = Trace.from_json(standard.json.loads(line.removesuffix(",")))
        for one, two in zip(trace.entries, again.entries, strict=True):
            assert one.value.tobytes() == two.value.tobytes() and one.value.shape == two.value.shape


def test_recordings_are_small_and_plain():
    paths = [standard.path_of(section) for section in SECTIONS]
    assert sum(path.stat().st_size for path in paths) < 400_000
    assert all(standard.json.loads(path.read_text())["torch"] for path in paths)


def test_what_a_notebook_can_replace_is_given_by_through_over(root):
    """A name in a function is the reference's own; a method or a function of an object may be anybody's."""
    found = []
    for path in sorted((root / "mytorch/sections").rglob("reference.py")):
        for function in ast.walk(tree := ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef | ast.Lambda):
                continue
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                gives = any(isinstance(one, ast.Name) and one.id == "by" for one in call.args)
                if gives and not _is_own(call.func, tree):
                    found.append(f"{path.parent.name}: {ast.unparse(call)}")
    assert found == []


def _is_own(called: ast.expr, tree: ast.Module) -> bool:
    """Is it a function that the module defines, by its name?"""
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return isinstance(called, ast.Name) and called.id in own
