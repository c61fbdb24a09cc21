"""The explorers of notebook 01 in JupyterLab, and what happens to one while code is written, fails and is
mended.
"""

import pytest
from support.explorers import Explorer

from browser.every_explorer import *  # noqa: F403

NOTEBOOK = "01_linear.ipynb"


def test_weights_move_the_numbers_and_the_points(solved):
    plane = Explorer(solved, "linear")
    plane.slide("W[0, 0]", 2.0)
    assert "-8.50" in plane.words()  # Z[0, 0] = −4·2 − 3·0.5 + 1
    assert "area 2.25" in plane.said()
    across = plane.marks("Z").evaluate_all("marks => marks.map(mark => +mark.getAttribute('cx'))")
    for sample, x in zip([(-4, -3), (-2, -1), (0, 1), (2, 3)], across, strict=True):
        assert x == pytest.approx(494 + 350 * (2 * sample[0] + 0.5 * sample[1] + 1 + 7) / 14, abs=0.1)


def test_presets_say_what_they_do(solved):
    plane = Explorer(solved, "linear")
    for name, result in {"Identity": "area 1.00", "Stretch": "area 1.00", "Mirror": "turned over"}.items():
        plane.press(name)
        assert result in plane.said()


def test_the_answer_to_its_question(solved):
    plane = Explorer(solved, "linear")
    plane.slide("W[1, 0]", 2.0)
    assert plane.said().startswith("The columns of W lie on one line")


def test_a_ring_is_dragged(solved):
    plane = Explorer(solved, "linear")
    plane.drag("column 0", right=25, down=-25)  # one unit to the right, one up
    assert (plane.value("W[0, 0]"), plane.value("W[1, 0]")) == (2, 0.5)
    plane.drag("b", right=-25, down=0)
    assert plane.value("b[0, 0]") == 0


def test_the_gradient_is_right_for_small_nudges_only(solved):
    gradient = Explorer(solved, "linear_gradient")
    gradient.slide("nudge δ", 0.05)
    assert "right to 1.4 %" in gradient.said()
    gradient.slide("nudge δ", 2.0)
    assert "The miss of 2.250 shrinks with the square of δ" in gradient.said()


def test_sum_over_the_batch_and_other_parameters(solved):
    gradient = Explorer(solved, "linear_gradient")
    gradient.choose("the loss L is", "the sum over the batch")
    assert "N = 4 times dLdW[0, 0]" in gradient.said()
    gradient.choose("nudged", "b[1, 0]")
    assert "dLdb" in gradient.words() and "ι" in gradient.words() and "dLdW" not in gradient.words()
    gradient.slide("batch size N", 2)
    assert "N = 2 times dLdb[1, 0]" in gradient.said()


# --- while code is written ----------------------------------------------------------------------------------

HELD = """
import pathlib, time

class Held(Linear):
    calls = 0

    def forward(self, A):
        Held.calls += 1
        while pathlib.Path("hold").exists():
            time.sleep(0.01)
        return super().forward(A)

explore.linear(Held)"""


@pytest.fixture
def rewritten(solved):
    """``rewritten("class Linear", old, new)`` changes a cell and runs it; the cells are as they were
    afterwards.
    """
    before = {}

    def rewrite(text: str, old: str, new: str):
        source = solved.source(text)
        assert old in source
        before.setdefault(text, source)
        solved.write(text, source.replace(old, new))
        solved.run(text)

    yield rewrite
    for text, source in before.items():
        solved.write(text, source)
        solved.run(text)


def test_fast_sliding_never_queues_up(solved, rewritten, students):
    """While the kernel is at work, twenty moves become one."""
    rewritten("explore.linear(", "explore.linear(Linear)", HELD)
    plane = Explorer(solved, "linear")
    calls = int(solved.ask("print(Held.calls)"))
    plane.key("W[0, 0]", "ArrowLeft")
    a_move = int(solved.ask("print(Held.calls)")) - calls
    hold = students / "solved/hold"
    hold.touch()
    try:
        for _ in range(21):
            plane.slider("W[0, 0]").press("ArrowRight")
    finally:
        hold.unlink()
    plane.settle()
    assert "area 2.25" in plane.said()
    assert int(solved.ask("print(Held.calls)")) - calls == 3 * a_move


def test_a_cell_that_no_longer_shows_an_explorer_keeps_none(solved):
    call = "explore.linear_gradient(Linear)"
    widgets = int(solved.ask(WIDGETS))  # noqa: F405
    solved.write(call, "1 + 1  # no explorer")
    solved.run("# no explorer")
    assert int(solved.ask(WIDGETS)) == widgets - 2  # the explorer and its layout  # noqa: F405
    solved.write("# no explorer", call)
    solved.run(call)
    assert int(solved.ask(WIDGETS)) == widgets  # noqa: F405


def test_an_error_is_shown_in_place_with_its_line_until_it_is_mended(solved, rewritten):
    rewritten("class Linear", "self.W.T", "self.w.T")
    solved.run("explore.linear(")
    plane = Explorer(solved, "linear")
    where = "in forward: Z = A @ self.w.T + self.b.T"
    assert "AttributeError" in plane.problem() and where in plane.problem()
    before = plane.markup()
    plane.key("W[0, 0]", "ArrowLeft")
    assert "AttributeError" in plane.problem() and plane.markup() != before
    rewritten("class Linear", "self.w.T", "self.W.T")
    solved.run("explore.linear(")
    assert Explorer(solved, "linear").problem() == ""


def test_a_wrong_gradient_is_noticed(solved, rewritten):
    rewritten("class Linear", "self.dLdW = dLdW / self.N", "self.dLdW = dLdW")
    solved.run("explore.linear_gradient(")
    problem = Explorer(solved, "linear_gradient").problem()
    assert "Your dLdW[0, 0] is 7.750, but the slope of the mean loss is 1.938." in problem
