"""The explorers of notebook 05 in the release, as a student with everything solved sees them, and one with nothing written."""

import os
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect
from support.lab import cell_outputs, open_notebook, run_all, run_cell

NOTEBOOK = "05_sgd.ipynb"
SHOTS = os.environ.get("SCREENSHOTS")  # a folder to look at the explorers in, light and dark

# Counts the frames that show another picture.
WATCH = """svg => {
    const seen = (window.seen = { frames: [], marked: false });
    new MutationObserver(() => {
        if (seen.marked) return;
        seen.marked = true;
        requestAnimationFrame(() => { seen.marked = false; seen.frames.push(performance.now()); });
    }).observe(svg, { subtree: true, childList: true });
}"""


class Panel:
    """An explorer in the page, found by its question."""

    def __init__(self, page: Page, call: str):
        """Run the cell with this call, after what it needs, and wait for the picture."""
        self.page = page
        sources = [cell["source"] for cell in page.evaluate("panel.content.model.toJSON().cells") if cell["cell_type"] == "code"]
        index = next(k for k, source in enumerate(sources) if call in source)
        run_cell(page, index)
        self.root = page.locator(".jp-CodeCell", has_text=call).locator(".mt-explorer")
        self.root.wait_for()
        self.root.scroll_into_view_if_needed()
        self.svg = self.root.locator("svg.mt-picture")

    def mark(self, name: str) -> str:
        """The shape of a mark in the picture, or nothing where there is none."""
        return self.svg.evaluate("(svg, name) => svg.querySelector(`[data-mark='${name}']`)?.getAttribute('d') ?? ''", name)

    def said(self) -> str:
        return self.root.locator(".mt-said").inner_text()

    def problem(self) -> str:
        return self.root.locator(".mt-problem").inner_text()

    def press(self, button: str) -> None:
        self.root.get_by_role("button", name=button, exact=True).click()

    def slide(self, label: str, key: str, times: int = 1) -> None:
        slider = self.slider(label)
        slider.focus()
        for _ in range(times):
            self.page.keyboard.press(key)

    def slider(self, label: str):
        return self.root.get_by_role("slider", name=label)

    def combobox(self, label: str):
        return self.root.get_by_role("combobox", name=label)

    def value(self, label: str) -> float:
        return float(self.slider(label).input_value())

    def changes(self, name: str, action) -> str:
        """Do it and wait until that mark has another shape, which is returned."""
        before = self.mark(name)
        action()
        return self.until(lambda: self.mark(name) != before and self.mark(name), f"{name} did not change")

    def redraws(self, action) -> None:
        """Do it and wait until the picture is another one."""
        before = self.svg.inner_html()
        action()
        self.until(lambda: self.svg.inner_html() != before, "the picture did not change")

    def until(self, condition, why: str, seconds: float = 15):
        for _ in range(int(seconds * 20)):
            result = condition()
            if result:
                return result
            self.page.wait_for_timeout(50)
        pytest.fail(f"{why}: {self.said()} {self.problem()}")

    def shoot(self, name: str) -> None:
        if SHOTS:
            self.root.scroll_into_view_if_needed()
            self.page.screenshot(path=f"{SHOTS}/{name}.png")


def numbers(d: str) -> list[tuple[float, float]]:
    """The places along a path."""
    return [tuple(map(float, pair)) for pair in re.findall(r"(-?[\d.]+),(-?[\d.]+)", d)]


@pytest.fixture(scope="module")
def solved(release, root, tmp_path_factory) -> Path:
    """A student's folder with all classes written, and short trainings."""
    folder = shutil.copytree(release, tmp_path_factory.mktemp("solved") / "hw1")
    for package in ("nn", "models", "optim"):
        shutil.copytree(root / "mytorch" / package, folder / "mytorch" / package, dirs_exist_ok=True)
    source = nbformat.read(root / "source/hw1" / NOTEBOOK, as_version=4)
    code = {cell.metadata.nbgrader.grade_id: cell.source for cell in source.cells if "nbgrader" in cell.metadata}
    notebook = nbformat.read(folder / NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata and cell.metadata.nbgrader.solution:
            cell.source = code[cell.metadata.nbgrader.grade_id]
    write(folder, notebook)
    return folder


@pytest.fixture(scope="module")
def empty(release, tmp_path_factory) -> Path:
    """A student's folder as it is handed out, with short trainings."""
    folder = shutil.copytree(release, tmp_path_factory.mktemp("empty") / "hw1")
    write(folder, nbformat.read(folder / NOTEBOOK, as_version=4))
    return folder


def write(folder, notebook):
    for cell in notebook.cells:
        cell.source = re.sub(r"\bepochs=\d+", "epochs=2", cell.source)
    nbformat.write(notebook, folder / NOTEBOOK)


def first_cells(page: Page) -> None:
    """Open the notebook and run what the explorers need: the imports and the class."""
    open_notebook(page, NOTEBOOK)
    sources = [cell["source"] for cell in page.evaluate("panel.content.model.toJSON().cells") if cell["cell_type"] == "code"]
    for index, source in enumerate(sources):
        if "import numpy" in source or source.startswith("class SGD") or "explore.descent" in source:
            run_cell(page, index)


def test_all_cells_run_and_the_paths_follow_the_controls(serve, open_lab, solved):
    page = open_lab(serve(solved, "student"))
    open_notebook(page, NOTEBOOK)
    run_all(page)
    errors = [output for outputs in cell_outputs(page) for output in outputs if output["output_type"] == "error"]
    assert errors == []

    descent = Panel(page, "explore.descent(SGD)")
    assert descent.problem() == ""
    first = descent.mark("path")
    assert len(numbers(first)) == 61
    descent.shoot("descent")

    slow = descent.changes("path", lambda: descent.slide("learning rate", "ArrowLeft", 5))
    assert numbers(slow)[-1][0] < numbers(first)[-1][0], "a smaller lr comes less far along the ravine"
    swinging = descent.changes("path", lambda: descent.slide("momentum", "End"))
    assert numbers(swinging)[-1] != numbers(slow)[-1]
    descent.slide("momentum", "Home")
    descent.changes("path", lambda: descent.slide("learning rate", "End"))
    expect(descent.root.locator(".mt-said")).to_contain_text("diverges")
    expect(descent.svg.get_by_text("diverges").first).to_be_visible()
    descent.shoot("descent_diverges")

    descent.press("Reset")
    descent.until(lambda: descent.mark("path") == first, "Reset brings back the first picture")
    descent.slide("steps", "Home")
    descent.until(lambda: len(numbers(descent.mark("path"))) == 1, "no step")
    descent.changes("path", lambda: descent.press("Step"))
    assert len(numbers(descent.mark("path"))) == 2
    descent.press("Run")
    descent.until(lambda: len(numbers(descent.mark("path"))) == 101, "all steps")
    descent.changes("path", lambda: descent.slide("momentum", "PageUp", 2))
    descent.until(lambda: descent.mark("earlier"), "the earlier run stays in sight")
    descent.shoot("descent_two_runs")
    descent.press("Clear earlier runs")
    descent.until(lambda: not descent.mark("earlier"), "cleared")

    ring = descent.svg.locator('[data-drag="start"]').bounding_box()
    x, y = ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 100, y + 40, steps=4)
    page.mouse.up()
    descent.until(lambda: descent.value("start W") > -2 and descent.value("start b") < 1, "the ring moves the start")
    descent.changes("path", lambda: descent.combobox("surface").select_option("saddle"))
    descent.until(lambda: descent.value("start b") == 0.01, "a start of its own")
    descent.shoot("descent_saddle")


def test_live_training_runs_pauses_and_follows_its_controls(serve, open_lab, solved):
    page = open_lab(serve(solved, "student"))
    first_cells(page)
    play = Panel(page, "explore.playground(SGD)")
    assert play.problem() == ""
    assert "Untrained" in play.said()
    untrained = play.mark("border")

    play.svg.evaluate(WATCH)
    play.press("Start")
    page.wait_for_timeout(2500)
    frames = page.evaluate("seen.frames.length")
    assert frames > 15, f"{frames} pictures in 2.5 seconds"
    assert play.mark("border") != untrained
    play.slide("momentum", "ArrowLeft")  # while it runs
    play.press("Pause")
    page.wait_for_timeout(500)
    paused = play.said()
    assert re.match(r"Epoch [\d.]+, step \d+", paused), paused
    assert len(numbers(play.mark("train"))) > 10
    page.wait_for_timeout(300)
    assert play.said() == paused
    play.shoot("playground")

    step = int(re.search(r"step (\d+)", paused)[1])
    play.changes("train", lambda: play.press("Step"))
    assert f"step {step + 1}:" in play.said()

    for data in ("moons", "xor", "circles"):
        play.changes("class 0", lambda: play.combobox("set").select_option(data))
        assert "Untrained" in play.said()
    for label, option in (("activation", "Tanh"), ("loss", "MSE"), ("activation", "Sigmoid")):
        play.redraws(lambda: play.combobox(label).select_option(option))
    play.redraws(lambda: play.combobox("activation").select_option("ReLU"))
    play.redraws(lambda: play.slide("hidden layers", "ArrowRight"))
    play.redraws(lambda: play.slide("units in each", "ArrowLeft"))
    play.redraws(lambda: play.press("New weights"))
    play.root.get_by_label("show the test points").check()
    play.until(lambda: play.mark("test class 0"), "the test points")
    play.combobox("lr").select_option("1")
    play.combobox("batch size").select_option("8")
    play.press("Step")
    play.until(lambda: "step 1:" in play.said(), "a step")
    play.shoot("playground_controls")
    play.press("Reset")
    play.until(lambda: play.mark("border") == untrained and not play.mark("test class 0"), "Reset brings back the first picture")


def test_the_digits_are_learned_and_the_mistakes_shown(serve, open_lab, solved):
    page = open_lab(serve(solved, "student"))
    first_cells(page)
    digits = Panel(page, "explore.digits(SGD)")
    assert digits.problem() == ""
    mistakes = digits.svg.locator('[data-mark="mistake"]')
    untrained = digits.svg.inner_html()
    assert mistakes.count() == 18
    digits.press("Start")
    digits.until(lambda: digits.svg.get_by_text(re.compile(r"epoch ([4-9]|\d\d)\.\d")).count(), "four epochs", 40)
    digits.press("Pause")
    page.wait_for_timeout(500)
    paused = digits.said()
    assert 0 < mistakes.count() < 18
    assert len(numbers(digits.mark("loss"))) == len(numbers(digits.mark("validation accuracy"))) > 10
    assert numbers(digits.mark("loss"))[-1][1] > numbers(digits.mark("loss"))[0][1], "the loss falls, that is, its y grows"
    page.wait_for_timeout(300)
    assert digits.said() == paused
    digits.shoot("digits")
    if SHOTS:
        dark(page)
        for call in ("explore.digits(SGD)", "explore.descent(SGD)", "explore.playground(SGD)"):
            Panel(page, call).shoot("dark_" + call[8:13])
        return
    digits.press("New weights")
    digits.until(lambda: mistakes.count() == 18, "other weights")
    digits.combobox("lr").select_option("1")
    digits.slide("momentum", "Home")
    digits.press("Start")
    digits.until(lambda: not digits.said().startswith("Untrained"), "it goes on with other lr and mu")
    digits.press("Reset")
    digits.until(lambda: digits.svg.inner_html() == untrained, "Reset brings back the first picture")


def dark(page: Page) -> None:
    page.evaluate("jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    page.wait_for_timeout(1500)


def test_with_nothing_written_pytorch_stands_in_and_it_is_said(serve, open_lab, empty):
    page = open_lab(serve(empty, "student"))
    first_cells(page)
    descent = Panel(page, "explore.descent(SGD)")
    assert "SGD.step, without momentum, changed neither W nor b" in descent.problem()
    assert "PyTorch stands in" in descent.problem()
    assert len(set(numbers(descent.mark("path")))) > 10
    descent.changes("path", lambda: descent.slide("momentum", "End"))
    assert "with momentum" in descent.problem()
    descent.shoot("empty_descent")

    play = Panel(page, "explore.playground(SGD)")
    assert "Linear" in play.problem() and "PyTorch stands in" in play.problem()
    before = play.mark("train")
    play.press("Start")
    play.until(lambda: len(numbers(play.mark("train"))) > len(numbers(before)) + 5, "it trains all the same")
    play.press("Pause")
    play.shoot("empty_playground")

    digits = Panel(page, "explore.digits(SGD)")
    assert "PyTorch stands in" in digits.problem()
    digits.press("Start")
    digits.until(lambda: digits.svg.locator('[data-mark="progress"]').count(), "it trains all the same")
    digits.press("Pause")
    digits.shoot("empty_digits")
