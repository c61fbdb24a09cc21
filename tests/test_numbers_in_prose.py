"""The numbers that the text states about what code shows: read from the text, and compared with what the code
beside it computes when every class is right.
"""

import re
from xml.etree import ElementTree

import jupytext
import matplotlib.pyplot as plt
import numpy as np
import pytest
from support.own import NOTEBOOKS, OWN, ROOT

from mytorch.explore.base import explorer_in
from mytorch.nn import CrossEntropyLoss, MSELoss, ReLU, Sigmoid, Tanh
from mytorch.training import evaluate_model

CELLS = {name: jupytext.read(ROOT / "notebooks" / f"{name}.md").cells for name in NOTEBOOKS}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def text(name: str) -> str:
    cells = (cell.source for cell in CELLS[name] if cell.cell_type == "markdown")
    return re.sub(r"\s*\n>?\s*", " ", "\n".join(cells)).replace("−", "-")


def numbers(words: str) -> list[float]:
    return [float(number) for number in NUMBER.findall(words.replace("−", "-"))]


def stated(pattern: str, name: str) -> list[float]:
    """The numbers that stand in the groups, in the text of that notebook."""
    return [float(number.replace(",", "").strip(".")) for number in re.search(pattern, text(name)).groups()]


BEFORE = ("from mytorch import optim", "moons(400)", "= digits()")  # what the cells that train stand on


@pytest.fixture(scope="module")
def trained():
    """``trained("spirals(400)", "lr=0.02", "lr=2")``: the variables of notebook 05 after the cell with these
    words, in which the others are replaced, each by the next.
    """
    code = [cell.source for cell in CELLS["05_sgd"] if cell.cell_type == "code"]

    def trained(words: str, *changes: str) -> dict:
        source = next(source for source in code if words in source)
        for old, new in zip(changes[::2], changes[1::2]):
            assert old in source
            source = source.replace(old, new)
        names = {"np": np}
        for part in BEFORE:
            exec(next(source for source in code if part in source), names)
        exec(source, names)
        plt.close("all")
        return names

    return trained


# --- trainings ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits_learned(trained):
    return trained("X_train[:1200]")


def test_zeros_and_dead_networks_stay_at_log_2(trained):
    (loss,) = stated(r"\\log 2 \\approx ([\d.]+)", "05_sgd")
    np.testing.assert_allclose(trained("model = MLP4()")["history"]["loss"], loss, atol=1e-6)
    (seed,) = stated(r"Train the moons from `seed=(\d+)`. The loss stays at \$\\log 2\$", "05_sgd")
    dead = trained("initialize(MLP4()", "MLP4(), seed=0", f"MLP4(), seed={seed:.0f}")["history"]["loss"]
    np.testing.assert_allclose(dead, loss, atol=1e-6)


def test_moons_are_learned(trained):
    history = trained("initialize(MLP4()")["history"]
    assert history["loss"][-1] < 0.05 and history["val_accuracy"][-1] == pytest.approx(1, abs=0.02)


def test_spirals(trained):
    history = trained("spirals(400)")["history"]
    first, last, accuracy = stated(
        r"a fast drop between epochs (\d+) and (\d+), .* validation accuracy ends near ([\d.]+)", "05_sgd"
    )
    loss, unseen = np.array(history["loss"]), np.array(history["val_loss"])
    before, after = loss[int(first) - 1], loss[int(last) - 1]
    assert before > 0.4 and after < 0.1
    assert history["val_accuracy"][-1] == pytest.approx(accuracy, abs=0.01)
    assert (np.diff(loss) > 0.02).any(), "now and then it jumps up"
    assert loss[-20:].mean() < 0.5 * loss[30:50].mean() < unseen[-20:].mean(), "towards the end they part"


def test_digits(trained, digits_learned):
    history, X, X_test = (digits_learned[name] for name in ("history", "X_train", "X_test"))
    every, aside, test = stated(
        r"Of the ([\d,]+) training pictures, (\d+) are put .* The (\d+) test", "05_sgd"
    )
    assert (len(X), len(X) - 1200, len(X_test)) == (every, aside, test)
    guessing, accuracy = stated(r"\\log 10 \\approx ([\d.]+)\$.*dashed\) settles near ([\d.]+)", "05_sgd")
    assert guessing == pytest.approx(np.log(10), abs=0.05) and history["loss"][0] < guessing / 2
    loss = np.array(history["loss"])
    assert (np.diff(loss[:15]) > 0).sum() >= 2, "it jumps up a few times"
    assert np.median(loss[15:]) < 0.02, "from about the fifteenth on it is close to 0"
    np.testing.assert_allclose(history["val_accuracy"][-5:], accuracy, atol=0.006)
    percent, chance = stated(r"test accuracy of about (\d+) %, well above the (\d+) %", "05_sgd")
    *_, tested = evaluate_model(digits_learned["model"], CrossEntropyLoss(), X_test, digits_learned["Y_test"])
    assert 100 * tested == pytest.approx(percent, abs=1) and chance == 10


def test_other_rates_for_the_digits(trained, digits_learned):
    *_, highest = stated(r"raise `lr`: ([\d.]+), ([\d.]+), ([\d.]+)\.", "05_sgd")
    history = trained("X_train[:1200]", "lr=0.02", f"lr={highest}")["history"]
    assert history["val_accuracy"][-1] < 0.2 and history["loss"][-1] == pytest.approx(np.log(10), abs=0.1)
    slow = trained("X_train[:1200]", "momentum=0.9", "momentum=0")["history"]["loss"]
    again = trained("X_train[:1200]", "momentum=0.9", "momentum=0", "lr=0.02", "lr=0.2")["history"]["loss"]
    assert slow[4] > 3 * digits_learned["history"]["loss"][4]
    assert again[-1] < 0.02 and digits_learned["history"]["loss"][-1] < 0.02, "nearly the old curve"


def test_the_rate_that_suits_one_loss_does_nothing_for_the_other(trained, monkeypatch):
    batch, low, last, high = stated(
        r"With batches of (\d+), `lr=([\d.]+)` has hardly begun to learn the digits with `MSELoss` after "
        r"(\d+) epochs; `lr=([\d.]+)` learns them",
        "05_sgd",
    )
    monkeypatch.setattr("mytorch.nn.CrossEntropyLoss", MSELoss)
    histories = [trained("X_train[:1200]", "lr=0.02", f"lr={lr}")["history"] for lr in (low, high)]
    assert {len(history["loss"]) for history in histories} == {last} and batch == 32
    slow, quick = (history["val_accuracy"][-1] for history in histories)
    assert slow < 0.5 and quick > 0.95


# --- descriptions of pictures -------------------------------------------------------------------------------

PICTURES = [
    (name, *found)
    for name in NOTEBOOKS
    for found in re.findall(r"!\[([^\]]*)\]\(figures/(\w+)\.svg\)", text(name))
]


@pytest.mark.parametrize(
    ("described", "picture"), [one[1:] for one in PICTURES if one[2].startswith("explore_")]
)
def test_what_is_said_of_an_explorer_s_still_stands_in_it_or_on_its_controls(described, picture):
    drawn = ElementTree.parse(ROOT / "notebooks" / "figures" / f"{picture}.svg").iter(
        "{http://www.w3.org/2000/svg}text"
    )
    name = picture.removeprefix("explore_")
    section = next(section for section in OWN.sections if name in section.explorers)
    controls = [control for row in explorer_in(section, name).controls for control in row]
    shown = numbers(" ".join(one.text or "" for one in drawn))
    shown += [value for control in controls for value in numbers(str(getattr(control, "value", "")))]
    for number in numbers(described):
        assert any(abs(number - one) < 0.006 for one in shown), number


@pytest.mark.parametrize("function", [Sigmoid, Tanh, ReLU])
def test_what_is_said_of_a_function_by_numbers(function):
    picture = f"{function.__name__.lower()}_by_numbers"
    described = next(words for _, words, name in PICTURES if name == picture)
    Z, A = np.split(np.array(numbers(described)), 2)
    np.testing.assert_allclose(A, function().forward(Z), atol=0.0005)


def test_what_is_said_of_cross_entropy_by_numbers():
    A, Y = np.array([[-4.0, -3], [-2, -1], [0, 1], [2, 3]]), np.array([[0.0, 1], [1, 0], [1, 0], [0, 1]])
    described = next(words for _, words, name in PICTURES if name == "cross_entropy_by_numbers")
    criterion = CrossEntropyLoss()
    mean = criterion.forward(A, Y)
    each = [criterion.forward(A[i : i + 1], Y[i : i + 1]) for i in range(4)]
    criterion.forward(A, Y)
    softmax = (criterion.backward() + Y)[0]
    np.testing.assert_allclose(numbers(described)[2:], [*softmax, *each, mean], atol=0.0005)
