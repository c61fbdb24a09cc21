"""The explorers of notebooks 01 and 02 in JupyterLab: as a finished student and as one with nothing written yet."""

import shutil
import time

import pytest
from playwright.sync_api import expect
from support.explorers import (
    CROWDED,
    UGLY,
    ask,
    drag,
    explorer,
    markup,
    pixels,
    press_key,
    problem,
    said,
    settle,
    slide,
    words,
)
from support.lab import cell_outputs, open_notebook, run_all, run_cell, write_code

MAP = "Which W flattens the whole plane onto a line?"
GRADIENT = "How far can you trust the gradient?"
CURVES = "Where along Z does a unit stop passing the gradient back?"
QUESTIONS = {"01_linear.ipynb": (MAP, GRADIENT), "02_activation.ipynb": (CURVES,)}

OPEN_WIDGETS = "import ipywidgets; print(len(ipywidgets.widgets.widget._instances))"
OPEN_EXPLORERS = (
    "import ipywidgets; from mytorch.explore.base import View; "
    "print(sum(isinstance(widget, View) for widget in ipywidgets.widgets.widget._instances.values()))"
)
OPEN_FIGURES = "import matplotlib.pyplot as plt; print(plt.get_fignums())"


@pytest.fixture(scope="module")
def finished(release, root, tmp_path_factory):
    """A student's folder with every class written: the release with the solution's notebooks over it."""
    folder = shutil.copytree(release, tmp_path_factory.mktemp("finished") / "hw1")
    for notebook in (root / "source" / "hw1").glob("*.ipynb"):
        shutil.copy(notebook, folder)
    return folder


@pytest.fixture(scope="module")
def worked(serve, finished, browser):
    """``worked("01_linear.ipynb")``: that notebook of the finished student, with all cells run; opened once."""
    server = serve(finished, "student")
    context = browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(f"lab?token={server.token}")
    shown = []

    def notebook(name):
        if shown != [name]:
            open_notebook(page, name)
            run_all(page)
            expect(page.locator(".mt-explorer")).to_have_count(len(QUESTIONS[name]))
            shown[:] = [name]
        for question in QUESTIONS[name]:
            explorer(page, question).get_by_role("button", name="Reset").click()
        settle(page)
        return page

    yield notebook
    context.close()


@pytest.fixture
def map_(worked):
    return explorer(worked("01_linear.ipynb"), MAP)


@pytest.fixture
def gradient(worked):
    return explorer(worked("01_linear.ipynb"), GRADIENT)


@pytest.fixture
def curves(worked):
    return explorer(worked("02_activation.ipynb"), CURVES)


def code_cell(page, text):
    """Which of the code cells holds this text."""
    sources = page.evaluate("() => panel.content.model.toJSON().cells.filter(c => c.cell_type === 'code').map(c => c.source)")
    return next(index for index, source in enumerate(sources) if text in source)


# --- every explorer -------------------------------------------------------------------------------------------------

EVERY = [(name, question) for name, questions in QUESTIONS.items() for question in questions]


@pytest.mark.parametrize("name, question", EVERY)
def test_every_control_moves_the_picture_by_keyboard_and_reset_restores_it(worked, name, question):
    found = explorer(worked(name), question)
    page, fresh, beginning = found.page, pixels(found), (markup(found), said(found), "")
    controls = found.locator(".mt-controls").locator("input, select, button")
    for index in range(controls.count()):
        control = controls.nth(index)
        kind = control.evaluate("node => node.type")
        keys = {"range": "ArrowLeft", "checkbox": "Space", "select-one": "ArrowDown", "button": "Enter"}
        press_key(found, control, keys[kind])
        moved = pixels(found)
        assert moved != fresh, f"{control.evaluate('node => node.outerHTML')} changes nothing on the screen"
        press_key(found, found.get_by_role("button", name="Reset"), "Enter")
        settle(page)
        assert (markup(found), said(found), problem(found)) == beginning


@pytest.mark.parametrize("name, question", EVERY)
def test_tab_reaches_every_control_and_each_has_a_name(worked, name, question):
    found = explorer(worked(name), question)
    controls = found.locator("input, select, button")
    controls.first.focus()
    for index in range(controls.count()):
        assert controls.nth(index).evaluate("node => node === document.activeElement")
        assert controls.nth(index).evaluate("node => (node.ariaLabel || node.closest('label, button').textContent).trim()")
        found.page.keyboard.press("Tab")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("name, question", EVERY)
def test_nothing_overlaps_or_is_cut_off(worked, name, question, theme):
    found = explorer(worked(name), question)
    found.page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    found.page.wait_for_function("dark => (document.body.dataset.jpThemeLight === 'false') === dark", arg="Dark" in theme)
    assert found.locator(".mt-picture").evaluate(UGLY) == []
    assert found.evaluate(CROWDED) == 0
    color, card = found.evaluate(
        "root => [getComputedStyle(root).color, getComputedStyle(root.querySelector('svg')).backgroundColor]"
    )
    brightness = sum(map(int, color.strip("rgba()").split(",")[:3]))
    assert brightness > 600 if "Dark" in theme else brightness < 150
    assert card == "rgb(255, 255, 255)"


@pytest.mark.parametrize("name, question", EVERY)
def test_no_jump_when_the_picture_changes(worked, name, question):
    found = explorer(worked(name), question)
    height = found.bounding_box()["height"]
    slider = found.get_by_role("slider").first
    press_key(found, slider, "Home")
    settle(found.page)
    assert found.bounding_box()["height"] == height


# --- 01 -------------------------------------------------------------------------------------------------------------


def test_weights_move_the_numbers_and_the_points(map_):
    slide(map_, "W[0, 0]", 2.0)
    assert "−8.50" in words(map_)  # Z[0, 0] = −4·2 − 3·0.5 + 1
    assert "area 2.25" in said(map_)
    samples = map_.locator("[data-mark=Z]")
    across = [samples.nth(k).evaluate("node => +node.getAttribute('cx')") for k in range(4)]
    for sample, x in zip([(-4, -3), (-2, -1), (0, 1), (2, 3)], across):
        assert x == pytest.approx(494 + 350 * (2 * sample[0] + 0.5 * sample[1] + 1 + 7) / 14, abs=0.1)


def test_presets_say_what_they_do(map_):
    for name, result in {"Identity": "area 1.00", "Stretch": "area 1.00", "Mirror": "turned over"}.items():
        map_.get_by_role("button", name=name).click()
        settle(map_.page)
        assert result in said(map_)


def test_the_answer_to_its_question(map_):
    slide(map_, "W[1, 0]", 2.0)
    assert said(map_).startswith("The columns of W lie on one line")


def test_a_ring_is_dragged(map_):
    scale = map_.locator(".mt-picture").bounding_box()["width"] / 860
    drag(map_, "column 0", right=25 * scale, down=-25 * scale)  # one unit to the right, one up
    expect(map_.get_by_role("slider", name="W[0, 0]")).to_have_js_property("valueAsNumber", 2)
    expect(map_.get_by_role("slider", name="W[1, 0]")).to_have_js_property("valueAsNumber", 0.5)
    drag(map_, "b", right=-25 * scale, down=0)
    expect(map_.get_by_role("slider", name="b[0, 0]")).to_have_js_property("valueAsNumber", 0)


def test_the_gradient_is_right_for_small_nudges_only(gradient):
    slide(gradient, "nudge δ", 0.05)
    assert "right to 1.4 %" in said(gradient)
    slide(gradient, "nudge δ", 2.0)
    assert "The miss of 2.250 shrinks with the square of δ" in said(gradient)


def test_sum_over_the_batch_and_other_parameters(gradient):
    gradient.get_by_role("combobox", name="the loss L is").select_option("the sum over the batch")
    settle(gradient.page)
    assert "N = 4 times dLdW[0, 0]" in said(gradient)
    gradient.get_by_role("combobox", name="nudged").select_option("b[1, 0]")
    settle(gradient.page)
    assert "dLdb" in words(gradient) and "ι" in words(gradient) and "dLdW" not in words(gradient)
    slide(gradient, "batch size N", 2)
    assert "N = 2 times dLdb[1, 0]" in said(gradient)


# --- 02 -------------------------------------------------------------------------------------------------------------


def test_point_and_tangent_move_along_z(curves):
    slide(curves, "Z", -3.0)
    assert {"−3.000", "0.047", "−0.995", "0.000"} <= set(words(curves))
    assert "Tanh and ReLU are saturated" in said(curves)
    scale = curves.locator(".mt-picture").bounding_box()["width"] / 860
    drag(curves, "Sigmoid", right=30 * scale, down=0)
    assert curves.get_by_role("slider", name="Z").evaluate("node => node.valueAsNumber") == pytest.approx(-1, abs=0.1)


def test_functions_stand_side_by_side(curves):
    for name in ("Identity", "Tanh", "ReLU"):
        curves.get_by_role("checkbox", name=name).uncheck()
        settle(curves.page)
    titles = [word for word in words(curves) if word in ("Identity", "Sigmoid", "Tanh", "ReLU")]
    assert titles == ["Sigmoid"]
    curves.get_by_role("checkbox", name="Sigmoid").uncheck()
    settle(curves.page)
    assert said(curves) == "Tick at least one of the functions."


# --- fast sliding, cells that run again, kernels that restart --------------------------------------------------------


SLOW = """import time

class Slow(Linear):
    def forward(self, A):
        time.sleep(0.2)
        return super().forward(A)

explore.linear(Slow)"""


def test_fast_sliding_never_queues_up(worked):
    """With a layer that takes 0.2 s, 20 quick moves must not take 4 s."""
    page = worked("01_linear.ipynb")
    cell = code_cell(page, "explore.linear(Linear)")
    write_code(page, cell, SLOW)
    run_cell(page, cell)
    found = explorer(page, MAP)
    found.get_by_role("slider", name="W[0, 0]").focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    last_press = time.monotonic()
    expect(found.locator(".mt-said")).to_contain_text("area 2.25")
    assert time.monotonic() - last_press < 2
    write_code(page, cell, "from mytorch import explore\n\nexplore.linear(Linear)")
    run_cell(page, cell)


def test_running_again_leaks_nothing(worked):
    page = worked("01_linear.ipynb")
    cell = code_cell(page, "explore.linear(Linear)")
    run_cell(page, cell)
    widgets = ask(page, OPEN_WIDGETS)
    for _ in range(3):
        run_cell(page, cell)
    expect(page.locator(".mt-explorer", has_text=MAP)).to_have_count(1)
    assert ask(page, OPEN_WIDGETS) == widgets
    assert ask(page, OPEN_FIGURES) == "[]"
    assert ask(page, "import threading; print([t.name for t in threading.enumerate() if 'explore' in t.name])") == "[]"
    press_key(explorer(page, MAP), explorer(page, MAP).get_by_role("slider").first, "ArrowLeft")


def test_a_cell_that_no_longer_shows_an_explorer_keeps_none(worked):
    page = worked("01_linear.ipynb")
    cell = code_cell(page, "explore.linear_gradient(Linear)")
    widgets = int(ask(page, OPEN_WIDGETS))
    write_code(page, cell, "1 + 1")
    run_cell(page, cell)
    assert int(ask(page, OPEN_WIDGETS)) == widgets - 2  # the explorer and its layout
    write_code(page, cell, "explore.linear_gradient(Linear)")
    run_cell(page, cell)
    assert int(ask(page, OPEN_WIDGETS)) == widgets


def test_reloading_the_page_keeps_the_explorer(open_lab, serve, finished):
    page = open_lab(serve(finished, "student"))
    open_notebook(page, "02_activation.ipynb")
    run_all(page)
    slide(explorer(page, CURVES), "Z", 2.0)
    page.evaluate("() => panel.context.save()")
    page.reload()
    open_notebook(page, "02_activation.ipynb")
    found = explorer(page, CURVES)
    assert "At Z = 2.00" in said(found)
    press_key(found, found.get_by_role("slider", name="Z"), "ArrowRight")
    expect(found.locator(".mt-said")).to_contain_text("At Z = 2.05")


def test_after_a_restart_the_explorer_says_so_and_comes_back(open_lab, serve, finished):
    page = open_lab(serve(finished, "student"))
    open_notebook(page, "02_activation.ipynb")
    run_all(page)
    explorer(page, CURVES)
    page.evaluate("() => panel.sessionContext.restartKernel()")
    page.wait_for_function("() => panel.sessionContext.session?.kernel?.status === 'idle'")
    expect(page.locator(".mt-said")).to_have_text("The kernel was restarted: run this cell again to bring the picture back.")
    assert page.locator(".mt-explorer").evaluate("root => root.querySelectorAll('[inert] button').length") > 0
    run_all(page)
    found = explorer(page, CURVES)
    press_key(found, found.get_by_role("slider", name="Z"), "ArrowRight")
    assert ask(page, OPEN_EXPLORERS) == "1"


# --- code that is not written yet, or fails --------------------------------------------------------------------------


@pytest.fixture
def unwritten(open_lab, serve, release):
    """``unwritten("01_linear.ipynb")``: that notebook of the release, every cell run in spite of failing checks."""

    def notebook(name):
        page = open_lab(serve(release, "student"))
        open_notebook(page, name)
        for index in range(len(cell_outputs(page))):
            run_cell(page, index)
        return page

    return notebook


def test_with_nothing_written_pytorch_stands_in(unwritten):
    page = unwritten("01_linear.ipynb")
    for question in (MAP, GRADIENT):
        found = explorer(page, question)
        assert problem(found).startswith("Linear.forward(A) is None")
        assert "PyTorch stands in" in problem(found)
        fresh = pixels(found)
        press_key(found, found.get_by_role("slider").first, "ArrowLeft")
        assert pixels(found) != fresh


def test_with_nothing_written_the_curves_are_pytorchs(unwritten):
    page = unwritten("02_activation.ipynb")
    found = explorer(page, CURVES)
    for name in ("Sigmoid", "Tanh", "ReLU"):
        assert f"{name}.forward(Z) is None" in problem(found)
    assert "Identity" not in problem(found)
    slide(found, "Z", -3.0)
    assert "0.047" in words(found)


def test_an_error_is_shown_in_place_with_its_line_until_it_is_mended(open_lab, serve, finished):
    page = open_lab(serve(finished, "student"))
    open_notebook(page, "01_linear.ipynb")
    run_all(page)
    change_linear(page, "self.W.T", "self.w.T", "explore.linear(Linear)")
    found = explorer(page, MAP)
    assert "AttributeError" in problem(found) and "in forward: Z = A @ self.w.T + self.b.T" in problem(found)
    press_key(found, found.get_by_role("slider").first, "ArrowLeft")
    assert "AttributeError" in problem(found)
    change_linear(page, "self.w.T", "self.W.T", "explore.linear(Linear)")
    assert problem(explorer(page, MAP)) == ""


def test_a_wrong_gradient_is_noticed(open_lab, serve, finished):
    page = open_lab(serve(finished, "student"))
    open_notebook(page, "01_linear.ipynb")
    run_all(page)
    change_linear(page, "self.dLdW = dLdW / self.N", "self.dLdW = dLdW", "explore.linear_gradient(Linear)")
    assert "Your dLdW[0, 0] is 7.750, but the slope of the mean loss is 1.938." in problem(explorer(page, GRADIENT))


def change_linear(page, old, new, call):
    """Write ``new`` for ``old`` in the class, run its cell, and the cell that calls the explorer."""
    cell = code_cell(page, "class Linear")
    source = page.evaluate("i => [...panel.content.model.cells].filter(c => c.type === 'code')[i].sharedModel.source", cell)
    assert old in source
    write_code(page, cell, source.replace(old, new))
    run_cell(page, cell)
    run_cell(page, code_cell(page, call))
