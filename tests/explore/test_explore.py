"""Explorers without a browser: the base they share, how they run a student's code, and those of notebooks 01
and 02.
"""

import asyncio
import linecache
import re
import sys
import threading
import time
from xml.etree import ElementTree

import ipywidgets
import numpy as np
import pytest
from support.drive import heavy_imports

import mytorch.explore
from mytorch import still
from mytorch.check import latest
from mytorch.check.standin import stand_in
from mytorch.explore import base, svg
from mytorch.explore.base import Button, Choice, Explorer, Slider, Tick
from mytorch.explore.student import Calls, Unusable, array
from mytorch.nn import Identity, Linear, MSELoss, ReLU, Sigmoid, Tanh
from mytorch.sections.activation.explorers.activations import ActivationCurves, flat
from mytorch.sections.linear.explorers.linear import LinearMap
from mytorch.sections.linear.explorers.linear_gradient import ENTRIES, MEAN, SUM, WeightGradient
from mytorch.sections.loss.explorers.criterion import scalar

WIDGETS = ipywidgets.widgets.widget._instances


class Doubling(Explorer):
    """As in the base's docstring, with what goes wrong on demand."""

    question = "What does twice as much look like?"
    controls = (
        (Slider("z", "Z", -3, 3, 1.0), Tick("ghost", "Ghost")),
        (Choice("how", "How", ("well", "badly"), "well"), Button("far", "Go far")),
    )

    def __init__(self):
        self.plot, self.steps, self.drawn = svg.Plot(40, 30, 600, 200, (-3, 3), (-6, 6)), 0, 0
        super().__init__()

    def draw(self, z, ghost, how):
        self.drawn += 1
        if how == "badly":
            raise ValueError("so badly")
        self.back = self.plot.frame()
        self.front = self.plot.handle(z, 2 * z, "#000000", "point")
        return f"Twice {z} is {2 * z}."

    def pressed(self, button):
        self.set(z=3.0)

    def dragged(self, handle, x, y):
        self.set(z=self.plot.at(x, y)[0])

    def step(self):
        self.steps += 1
        return self.steps < 3


def move(explorer, **values):
    """What the page does when a control is moved."""
    explorer.view.values = {**explorer.view.values, **values}


def press(explorer, button):
    explorer.view._handle_custom_msg({"press": button}, [])


def drag(explorer, handle, x, y):
    explorer.view.drag = {"handle": handle, "x": float(x), "y": float(y)}


def words(explorer):
    picture = ElementTree.fromstring(f"<svg>{explorer.view.back}{explorer.view.front}</svg>")
    return [node.text for node in picture.iter("text")]


def path(explorer, mark):
    """The points of the line with this data-mark, in pixels."""
    picture = ElementTree.fromstring(f"<svg>{explorer.view.back}{explorer.view.front}</svg>")
    line = picture.find(f".//path[@data-mark='{mark}']").get("d")
    return np.array([pair.split(",") for pair in re.split("[ML]", line)[1:]], dtype=float)


# --- what it costs not to use them --------------------------------------------------------------------------


@pytest.mark.parametrize("graded", [False, True])
def test_importing_explore_imports_nothing_else(graded):
    calls = "; explore.linear(None); explore.activations()" if graded else ""
    assert heavy_imports(f"from mytorch import explore{calls}", graded) == []


def test_a_plain_script_is_told_in_one_sentence(capsys):
    mytorch.explore.linear(Linear)
    assert capsys.readouterr().out.count("\n") == 1


def test_a_missing_package_is_named(capsys, monkeypatch):
    class Shell:
        kernel = None

    monkeypatch.setattr("IPython.get_ipython", Shell)
    monkeypatch.setattr(still, "NEEDED", ("no_such_package",))
    mytorch.explore.linear(Linear)
    assert "pip install no_such_package" in capsys.readouterr().out


def test_an_object_in_place_of_a_class_is_refused(monkeypatch):
    monkeypatch.setattr(mytorch.explore, "lacking", lambda what: "")
    with pytest.raises(TypeError, match="takes the class itself"):
        mytorch.explore.linear(Linear(2, 2))


def test_a_call_without_its_classes_says_how_it_is_called(monkeypatch):
    monkeypatch.setattr(mytorch.explore, "lacking", lambda what: "")
    with pytest.raises(TypeError, match=r"^Call it as explore.losses\(MSELoss, CrossEntropyLoss\)\.$"):
        mytorch.explore.losses(MSELoss)


# --- the base -----------------------------------------------------------------------------------------------


def test_controls_move_the_picture(explore):
    explorer = explore(Doubling)
    before = explorer.view.front
    move(explorer, z=2.0)
    assert explorer.view.said == "Twice 2.0 is 4.0." and explorer.view.front != before
    press(explorer, "far")
    assert explorer.view.values["z"] == 3.0 and explorer.view.said == "Twice 3.0 is 6.0."


def test_reset_restores_everything(explore):
    explorer = explore(Doubling)
    beginning = (dict(explorer.view.values), explorer.view.front, explorer.view.said)
    move(explorer, z=-2.0, ghost=False, how="badly")
    press(explorer, "reset")
    assert (explorer.view.values, explorer.view.front, explorer.view.said) == beginning
    assert explorer.view.problem == ""


def test_one_event_draws_once(explore):
    explorer = explore(Doubling)
    for event in (lambda: move(explorer, z=2.0, ghost=False), lambda: press(explorer, "reset")):
        before = explorer.drawn
        event()
        assert explorer.drawn == before + 1


class Keeping(Doubling):
    """A part of its picture is made once, and notes something then."""

    def draw(self, z, ghost, how):
        said = super().draw(z, ghost, how)
        self.background(self.made, ghost)
        return said

    def made(self, ghost):
        self.attempt.note(f"made with {ghost}")
        return ""


def test_a_note_about_a_part_that_is_kept_stays_as_long_as_the_part(explore):
    keeping = explore(Keeping)
    move(keeping, z=2.0)
    assert keeping.view.problem == "made with True"
    move(keeping, ghost=False)
    assert keeping.view.problem == "made with False"


def test_a_drag_moves_within_the_sliders_range(explore):
    explorer = explore(Doubling)
    drag(explorer, "point", 340, 100)
    assert explorer.view.values["z"] == 0
    drag(explorer, "point", 5000, 100)
    assert explorer.view.values["z"] == 3


def test_what_goes_wrong_is_shown_and_the_picture_stays(explore):
    explorer = explore(Doubling)
    before = explorer.view.front
    move(explorer, how="badly")
    assert "ValueError: so badly" in explorer.view.problem and explorer.view.front == before
    move(explorer, how="well")
    assert explorer.view.problem == ""


@pytest.mark.parametrize(
    "control, value, fitted",
    [
        (Slider("s", "S", -1, 1, 0.0), 0.126, 0.15),
        (Slider("s", "S", -1, 1, 0.0), 9, 1),
        (Slider("s", "S", 1, 4, 4, step=1, digits=0), 2.4, 2),
        (Choice("c", "C", ("a", "b"), "a"), "c", "a"),
        (Tick("t", "T"), 0, False),
    ],
)
def test_controls_take_only_values_of_theirs(control, value, fitted):
    assert control.fit(value) == fitted


async def until(condition):
    """Let the loop run until it holds."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


def test_play_goes_on_until_the_step_says_no(explore):
    explorer = explore(Doubling)

    async def watch():
        explorer.play(explorer.step, every=0.001)
        assert explorer.playing
        await until(lambda: not explorer.playing)

    asyncio.run(watch())
    assert explorer.steps == 3


@pytest.mark.parametrize("end", ["pause", "close", "reset"])
def test_play_ends_with_pause_close_and_reset(end):
    explorer = Doubling()

    async def watch():
        explorer.play(lambda: explorer.step() or True, every=0.001)
        await until(lambda: explorer.steps > 3)
        getattr(explorer, end)()
        steps = explorer.steps
        await asyncio.sleep(0.05)
        return steps

    assert asyncio.run(watch()) == explorer.steps and not explorer.playing


class Watched(Doubling):
    """Remembers how many threads drew at once."""

    inside = most = 0

    def draw(self, **values):
        self.inside += 1
        self.most = max(self.most, self.inside)
        time.sleep(0.002)
        self.inside -= 1
        return super().draw(**values)


def test_threads_take_turns_and_any_of_them_ends_the_play(explore):
    """Start is heard by one thread of the kernel, Reset by another."""
    explorer = explore(Watched)

    async def watch():
        explorer.play(lambda: explorer.step() or True, every=0.001)
        moves = [threading.Thread(target=explorer._event, args=[explorer.reset]) for _ in range(9)]
        for thread in moves:
            await until(lambda: explorer.steps > 2)
            thread.start()
            await asyncio.to_thread(thread.join)
            steps = explorer.steps
            await asyncio.sleep(0.02)
            assert (explorer.steps, explorer.playing) == (steps, False)
            explorer.play(lambda: explorer.step() or True, every=0.001)
        explorer.pause()

    asyncio.run(watch())
    assert explorer.most == 1


def test_an_error_ends_the_play(explore):
    explorer = explore(Doubling)

    async def watch():
        explorer.play(lambda: 1 / 0, every=0.001)
        await until(lambda: not explorer.playing)

    asyncio.run(watch())
    assert "ZeroDivisionError" in explorer.view.problem


def test_a_closed_explorer_leaves_no_widget():
    before = set(WIDGETS)
    LinearMap(Linear).close()
    assert set(WIDGETS) == before


class Events:
    callbacks = {"pre_run_cell": []}

    def register(self, name, function):
        self.callbacks[name].append(function)


class Shell:
    """As much of IPython's as ``show`` needs: which cell runs."""

    events = Events()

    def __init__(self, cell):
        self.cell = cell

    def get_parent(self):
        return {"metadata": {} if self.cell is None else {"cellId": self.cell}}


class Info:
    def __init__(self, cell_id):
        self.cell_id = cell_id


@pytest.mark.parametrize("cell", ["one", None])
def test_a_cell_that_runs_again_closes_its_explorers(monkeypatch, cell):
    monkeypatch.setattr(base, "get_ipython", lambda: Shell(cell))
    monkeypatch.setattr(base, "display", lambda view: None)
    before = len(WIDGETS)
    for _ in range(3):
        for before_cell in Events.callbacks["pre_run_cell"]:
            before_cell(Info(cell))
        base.show_explorer(Doubling)
        assert len(WIDGETS) == before + 2  # the view and its layout
    assert len(Events.callbacks["pre_run_cell"]) == 1
    for place in list(base._open):
        base._close_in(place)
    assert len(WIDGETS) == before


# --- a student's code ---------------------------------------------------------------------------------------


def forward(cls, z):
    return array(cls().forward(np.array([[z]])), f"{cls.__name__}.forward(Z)", (1, 1)).item()


def named(name, method):
    return type(name, (), {"forward": method})


def test_the_students_class_is_the_one_that_runs():
    assert Calls()(forward, named("Sigmoid", lambda self, Z: Z + 7), 1.0) == 8


@pytest.mark.parametrize(
    "method, sentence",
    [
        (lambda self, Z: None, r"Sigmoid.forward\(Z\) is None: is a TODO left"),
        (lambda self, Z: Z[0], r"has shape \(1,\), and \(1, 1\) is expected"),
        (lambda self, Z: "one", "is a str"),
        (lambda self, Z: 1 / 0, "Sigmoid stopped with ZeroDivisionError: division by zero."),
        (lambda self, Z: np.array([[1], [1, 2]]), r"The detected shape was .* part\. autograd stands in"),
        (lambda self, Z: None + Z, "Something is still None"),
        (lambda self, Z: exit(), "Sigmoid stopped with SystemExit"),
    ],
)
def test_where_it_fails_autograd_stands_in(method, sentence):
    attempt = Calls()
    assert attempt(forward, named("Sigmoid", method), 0.0) == 0.5
    (note,) = attempt.notes
    assert re.search(sentence, note) and "autograd stands in for it here." in note


def test_an_interrupted_class_is_not_tried_again():
    calls = []

    def interrupted(self, Z):
        calls.append(Z)
        raise KeyboardInterrupt

    attempt, Endless = Calls(), named("Tanh", interrupted)
    assert attempt(forward, Endless, 0.0) == attempt(forward, Endless, 0.0) == 0
    assert len(calls) == 1 and "every loop" in list(attempt.notes)[0]


def test_a_stand_in_says_so():
    attempt = Calls()
    assert attempt(forward, stand_in("ReLU"), 3.0) == 3
    assert list(attempt.notes) == ["ReLU is not finished yet. autograd stands in for it here."]


def test_an_older_class_says_that_there_is_a_newer_one(monkeypatch):
    old, new = (
        type("Sigmoid", (), {"forward": lambda self, Z, k=k: Z + k, "__module__": "__main__"}) for k in (7, 8)
    )
    attempt = Calls()
    monkeypatch.setattr(sys.modules["__main__"], "Sigmoid", old, raising=False)
    assert attempt(forward, old, 1.0) == 8 and not attempt.notes
    monkeypatch.setattr(sys.modules["__main__"], "Sigmoid", Sigmoid)  # imported: none that was written here
    assert attempt(forward, old, 1.0) == 8 and not attempt.notes
    monkeypatch.setattr(sys.modules["__main__"], "Sigmoid", new)
    assert attempt(forward, old, 1.0) == 8
    assert "There is a newer Sigmoid: run this cell again" in "".join(attempt.notes)


def test_a_class_of_an_earlier_run_is_called_that(monkeypatch):
    earlier = named("Sigmoid", lambda self, Z: Z)
    monkeypatch.setitem(latest._seen, "Sigmoid", latest.Seen(earlier, None, "its last cell failed."))
    attempt = Calls()
    assert attempt(forward, earlier, 1.0) == 1
    assert [*attempt.notes] == ["Sigmoid: its last cell failed."]


def test_without_an_oracle_the_reason_is_all_there_is():
    with pytest.raises(Unusable, match="no autograd here to stand in for Mine"):
        Calls()(forward, named("Mine", lambda self, Z: None), 0.0)


def test_the_students_own_line_is_named(monkeypatch):
    lines = ["def forward(self, Z):\n", "    return Z @ self.w\n"]
    monkeypatch.setitem(linecache.cache, "<cell>", (0, None, lines, "<cell>"))
    namespace = {}
    exec(compile("".join(lines), "<cell>", "exec"), namespace)
    attempt = Calls()
    attempt(forward, named("Tanh", namespace["forward"]), 0.0)
    sentence, place = list(attempt.notes)[0].split("\n")
    assert (
        sentence
        == "Tanh stopped with AttributeError: 'Tanh' object has no attribute 'w'. autograd stands in "
        "for it here."
    )
    assert place.strip() == "line 2, in forward: return Z @ self.w"


# --- marks --------------------------------------------------------------------------------------------------


def test_marks_are_well_formed_whatever_the_numbers():
    plot = svg.Plot(0, 0, 100, 100, (-1, 1), (-1, 1))
    wild = [np.nan, np.inf, -np.inf, 1e300, 0]
    marks = (
        plot.line(range(5), wild, "#000000")
        + plot.dots(wild, wild, "#000000")
        + plot.polygon(wild, wild, "#000000")
    )
    marks += (
        svg.text(0, 0, "<&>")
        + svg.matrix(0, 0, [wild], "A", "#000000")
        + plot.handle(np.nan, 0, "#000000", "h")
    )
    ElementTree.fromstring(f"<svg>{marks}</svg>")
    numbers = re.sub(">[^<]*<", "><", marks).replace("dominant", "")
    assert "nan" not in numbers and "inf" not in numbers and "data-drag" not in numbers


def test_a_line_has_a_gap_where_a_number_is_missing():
    plot = svg.Plot(0, 0, 100, 100, (0, 4), (0, 4))
    assert (
        re.search('d="([^"]*)"', plot.line([0, 1, 2, 3], [0, np.nan, 2, 3], "#000000"))[1]
        == "M0.0,100.0M50.0,50.0L75.0,25.0"
    )


def test_at_is_the_inverse_of_x_and_y():
    plot = svg.Plot(10, 20, 300, 200, (-6, 6), (-1, 3))
    assert plot.at(plot.x(2.5), plot.y(0.5)) == pytest.approx((2.5, 0.5))


@pytest.mark.parametrize(
    "value, words",
    [
        *((-1.5, "−1.50"), (-0.001, "0.00"), (0.0, "0.00"), (np.nan, "nan"), (-np.inf, "−∞")),
        *((123456.789, "123456.79"), (-1.6875e200, "−1.69e+200")),
    ],
)
def test_numbers_are_written_out(value, words):
    assert svg.number(value) == words


@pytest.mark.parametrize(
    "value, said",
    [
        (np.array([[1 + 2j]]), "an array of complex128"),
        ([[1j]], "a list"),
        (np.array([["1"]]), "an array of <U1"),
        ("1", "a str"),
        ([[1], [1, 2]], "a list"),
    ],
)
def test_what_is_no_array_of_real_numbers_is_not_drawn(value, said):
    """NumPy would leave out imaginary parts, and read text."""
    with pytest.raises(Unusable, match=f"^Mine.forward is {said}, where an array of real numbers is"):
        array(value, "Mine.forward", (1, 1))


@pytest.mark.parametrize("loss", [[[1], [1, 2]], "1"])
def test_a_loss_that_is_no_number_is_called_what_it_is(loss):
    with pytest.raises(Unusable, match="^Mine.forward is a (list|str), where"):
        scalar(loss, "Mine.forward")


@pytest.mark.parametrize("value", [1e308, np.inf, np.nan])
def test_numbers_of_any_size_are_drawn_without_a_warning(explore, recwarn, value):
    class Far(Linear):
        def forward(self, A):
            return np.full((len(A), len(self.W)), value)

    for explorer in explore(LinearMap, Far), explore(WeightGradient, Far):
        move(explorer, **{next(iter(explorer.values)): 1.0})
    assert list(recwarn) == []


# --- 01 -----------------------------------------------------------------------------------------------------


def test_the_linear_map_shows_the_layers_own_numbers(explore):
    explorer = explore(LinearMap, Linear)
    move(explorer, w00=2.0, w01=-1.0, w10=0.5, w11=1.5, b0=-0.5, b1=2.0)
    Z = np.array([[-4, -3], [-2, -1], [0, 1], [2, 3]]) @ np.array([[2, -1], [0.5, 1.5]]).T + [-0.5, 2]
    assert [svg.number(value) for value in Z.ravel()] == words(explorer)[-9:-1]
    assert "area 3.50" in explorer.view.said


@pytest.mark.parametrize(
    "W, b, sentence",
    [
        ((1, 2, 0.5, 1), (0, 0), "The columns of W lie on one line"),
        (
            (0, 0, 0, 0),
            (1, -1),
            "W is zero: every input lands on the same point, which is b = (1.00, −1.00).",
        ),
        ((0, 1, 1, 0), (0, 0), "turned over like a page"),
    ],
)
def test_the_linear_map_says_what_is_to_be_seen(explore, W, b, sentence):
    explorer = explore(LinearMap, Linear)
    move(explorer, **dict(zip(("w00", "w01", "w10", "w11", "b0", "b1"), map(float, W + b))))
    assert sentence in explorer.view.said


def test_the_linear_map_notices_a_missing_bias(explore):
    class Forgetful(Linear):
        def forward(self, A):
            return A @ self.W.T

    Forgetful.__name__ = "Linear"
    explorer = explore(LinearMap, Forgetful)
    assert "other numbers than autograd's" in explorer.view.problem
    move(explorer, b0=0.0, b1=0.0)
    assert explorer.view.problem == ""


def test_rings_of_the_linear_map_move_columns_and_bias(explore):
    explorer = explore(LinearMap, Linear)
    drag(explorer, "b", explorer.after.x(-2), explorer.after.y(2))
    assert (explorer.values["b0"], explorer.values["b1"]) == (-2, 2)
    drag(explorer, "column 1", explorer.after.x(-1), explorer.after.y(0.5))
    assert (explorer.values["w01"], explorer.values["w11"]) == (1, -1.5)


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("loss, times", [(MEAN, 1), (SUM, 3)])
def test_the_tangent_touches_the_curve(explore, entry, loss, times):
    """At 0 the curve's slope is the kept gradient, times N where the loss is a sum."""
    explorer = explore(WeightGradient, Linear)
    move(explorer, entry=entry, loss=loss, N=3, nudge=0.0)
    curve, tangent = path(explorer, "loss"), path(explorer, "tangent")
    slope = (curve[21, 1] - curve[19, 1]) / (curve[21, 0] - curve[19, 0])
    kept = (tangent[1, 1] - tangent[0, 1]) / (tangent[1, 0] - tangent[0, 0])
    assert slope == pytest.approx(times * kept, abs=0.02)
    assert explorer.view.problem == ""


def test_a_gradient_without_the_average_is_noticed(explore):
    class Summing(Linear):
        def backward(self, dLdZ):
            dLdA = super().backward(dLdZ)
            self.dLdW = self.dLdW * self.N
            return dLdA

    explorer = explore(WeightGradient, Summing)
    assert "Your dLdW[0, 0] is 7.750, but the slope of the mean loss is 1.938" in explorer.view.problem
    move(explorer, entry="b[0, 0]")
    assert explorer.view.problem == ""


# --- 02 -----------------------------------------------------------------------------------------------------


def test_curves_are_the_students(explore):
    class Tanh2(Tanh):
        def forward(self, Z):
            return super().forward(Z) / 2

    Tanh2.__name__ = "Tanh"
    explorer = explore(ActivationCurves, Identity, Tanh2)
    above = svg.Plot(44, 62, 100, 190, (-6, 6), (-1.5, 3.5))
    assert path(explorer, "Tanh A")[-1, 1] == pytest.approx(above.y(np.tanh(6) / 2), abs=0.1)
    assert path(explorer, "Identity dAdZ").shape == (121, 2)


def test_the_point_has_the_classes_own_numbers(explore):
    explorer = explore(ActivationCurves, Identity, Sigmoid, Tanh, ReLU)
    move(explorer, z=-3.0)
    assert {"0.047", "0.045", "−0.995", "0.010", "0.000", "0.000"} <= set(words(explorer))
    assert "Sigmoid, Tanh and ReLU are saturated" in explorer.view.said


def test_what_is_flat_is_shaded():
    slopes = np.full((121, 1), 1.0)
    assert flat(slopes) == []
    slopes[:21] = slopes[100:] = 0
    assert flat(slopes) == [(-6.0, pytest.approx(-4.0)), (pytest.approx(4.0), 6.0)]


def test_unfinished_activations_are_stood_in_for_and_the_others_are_not(explore):
    explorer = explore(ActivationCurves, Identity, named("ReLU", lambda self, Z: None))
    assert (
        explorer.view.problem
        == "ReLU.forward(Z) is None: is a TODO left, or a return missing? autograd stands in for it here."
    )
    move(explorer, z=-2.0)
    assert "ReLU.forward(Z) is None" in explorer.view.problem
    move(explorer, ReLU=False)
    assert explorer.view.problem == ""


def test_with_nothing_ticked_there_is_a_hint(explore):
    explorer = explore(ActivationCurves, Sigmoid)
    move(explorer, Sigmoid=False)
    assert explorer.view.said == "Tick at least one of the functions." and explorer.view.problem == ""
