"""The explorers of notebooks 04 and 06 in the release: with the full solution, and with nothing written yet."""

import os
import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from playwright.sync_api import Page, expect
from support.explorers import CROWDED, UGLY, drag, markup, press_key, problem, said, settle
from support.lab import cell_outputs, open_notebook, run_all, run_cell

LOSSES, BATCHNORM = "04_loss.ipynb", "06_batchnorm.ipynb"
SHOTS = os.environ.get("SCREENSHOTS")  # a folder to look at the explorers in, light and dark
SOURCES = "() => Array.from(panel.content.model.cells).filter(cell => cell.type === 'code').map(cell => cell.sharedModel.source)"
SHOW_CELL = """async words => {
    const index = panel.content.widgets.findIndex(cell => cell.model.type === "code" && cell.model.sharedModel.source.includes(words));
    jupyterapp.shell.activateById(panel.id);
    panel.content.activeCellIndex = index;
    await panel.content.scrollToItem(index, "start");
}"""


@pytest.fixture(scope="module")
def solved(release, root, tmp_path_factory) -> Path:
    """A student's folder with everything written; the notebook's own training is made short."""
    folder = shutil.copytree(release, tmp_path_factory.mktemp("solved") / "hw1")
    for package in ("nn", "optim"):
        shutil.copytree(root / "mytorch" / package, folder / "mytorch" / package, dirs_exist_ok=True)
    for name in (LOSSES, BATCHNORM):
        notebook = nbformat.read(root / "source/hw1" / name, as_version=4)
        for cell in notebook.cells:
            cell.source = cell.source.replace("EPOCHS = epochs(15)", "EPOCHS = 1")
        nbformat.write(notebook, folder / name)
    return folder


def open_and_run(page: Page, notebook: str, *needed: str):
    """Open a notebook; run all cells, or those whose source begins with or calls one of ``needed``."""
    open_notebook(page, notebook)
    if not needed:
        run_all(page)
        assert [output for outputs in cell_outputs(page) for output in outputs if output["output_type"] == "error"] == []
        return
    for index, source in enumerate(page.evaluate(SOURCES)):
        if source.startswith(("import numpy", *needed)) or "explore." in source and "plt" not in source:
            run_cell(page, index)


def show(page: Page, call: str):
    """The explorer below the cell with this call."""
    page.evaluate(SHOW_CELL, call)
    found = page.locator(".jp-CodeCell", has_text=call).locator(".mt-explorer")
    found.wait_for()
    still(found)
    return found


def still(found):
    """Wait until the kernel has answered and the picture stands."""
    settle(found.page)
    before = None
    while before != (before := markup(found)):
        found.page.wait_for_timeout(80)


def slide(found, label: str, value: float):
    """Put a slider there in one go."""
    found.get_by_role("slider", name=label, exact=True).fill(str(value))
    still(found)


def key(found, label: str, name: str):
    """Press a key on a slider."""
    press_key(found, found.get_by_role("slider", name=label, exact=True), name)
    still(found)


def words(found) -> list[str]:
    """Every piece of text in the picture."""
    return [text.replace("−", "-") for text in found.locator(".mt-picture text").all_text_contents()]


def press(found, name: str):
    """Press a button with the keyboard."""
    found.get_by_role("button", name=name, exact=True).press("Enter")
    still(found)


def choose(found, label: str, option: str):
    found.get_by_role("combobox", name=label).select_option(option)
    still(found)


def line(found, name: str) -> np.ndarray:
    """The corners of a line or polygon of the picture, in its pixels."""
    mark = found.locator(f"[data-mark='{name}']")
    shape = mark.get_attribute("d") or mark.get_attribute("points") or ""
    return np.array([tuple(map(float, pair)) for pair in re.findall(r"(-?[\d.]+),(-?[\d.]+)", shape)])


def bars(found, name: str) -> list[float]:
    return [float(found.locator(f"[data-mark='{name} {k}']").get_attribute("data-value")) for k in range(3)]


def value(found, label: str) -> float:
    return float(found.get_by_role("slider", name=label, exact=True).input_value())


def check_looks(found, name: str):
    """Nothing overlaps, nothing is cut off; and a picture of it, light and dark, if one is wanted."""
    assert found.locator(".mt-picture").evaluate(UGLY) == []
    assert found.evaluate(CROWDED) == 0
    if SHOTS:
        found.screenshot(path=f"{SHOTS}/{name}.png")


def wait_until(found, condition, seconds: float = 20):
    for _ in range(int(seconds * 20)):
        if condition():
            return
        found.page.wait_for_timeout(50)
    pytest.fail(f"in vain: {said(found)} {problem(found)}")


def try_mse(bowl):
    first = markup(bowl)
    rising = line(bowl, "tangent")
    slide(bowl, "A[0, 0]", 2)  # to the other side of the target
    falling = line(bowl, "tangent")
    assert rising[1, 1] > rising[0, 1] and falling[1, 1] < falling[0, 1]  # y points down: L falls, then rises
    lowest = np.argmax(line(bowl, "loss")[:, 1])
    slide(bowl, "Y[0, 0]", -1)
    assert np.argmax(line(bowl, "loss")[:, 1]) < lowest  # the bowl moves with its target
    key(bowl, "A[0, 1]", "ArrowRight")
    assert value(bowl, "A[0, 1]") == 1.05
    slide(bowl, "step length", 2)
    press(bowl, "Take the step")
    assert (value(bowl, "A[0, 0]"), value(bowl, "A[0, 1]")) == (value(bowl, "Y[0, 0]"), value(bowl, "Y[0, 1]"))
    assert "is the target" in said(bowl)
    drag(bowl, "A", 60, -40)
    still(bowl)
    assert value(bowl, "A[0, 0]") > value(bowl, "Y[0, 0]") and value(bowl, "A[0, 1]") > value(bowl, "Y[0, 1]")
    assert "lands on the target" in said(bowl)
    press(bowl, "Reset")
    assert markup(bowl) == first


def try_cross_entropy(scores):
    first, before = markup(scores), bars(scores, "dLdA")
    assert before[0] < 0 < before[1] and sum(before) == pytest.approx(0, abs=1e-4)
    slide(scores, "A[0, 0]", 4)
    after = bars(scores, "dLdA")
    assert before[0] < after[0] < 0 and bars(scores, "softmax")[0] > 0.8
    choose(scores, "target Y", "class 1")
    assert bars(scores, "dLdA")[1] == pytest.approx(bars(scores, "softmax")[1] - 1, abs=1e-4)
    gradient = bars(scores, "dLdA")
    press(scores, "All scores + 1")
    assert value(scores, "A[0, 0]") == 5 and bars(scores, "dLdA") == pytest.approx(gradient, abs=1e-5)
    choose(scores, "target Y", "soft: 0.7, 0.2, 0.1")
    press(scores, "Step against the gradient")
    assert max(map(abs, bars(scores, "dLdA"))) < max(map(abs, gradient))
    drag(scores, "a2", 0, -60)
    still(scores)
    assert value(scores, "A[0, 2]") > 0
    press(scores, "Reset")
    assert markup(scores) == first


def try_losses(both):
    first = markup(both)
    key(both, "score of the right class", "Home")
    cross, mse = re.findall(r"slope (\S\d\.\d+)", " ".join(words(both)))
    assert float(cross) < -0.99 and abs(float(mse)) < 0.01
    curve = line(both, "CrossEntropyLoss L")
    choose(both, "number of classes", "10")
    assert (line(both, "CrossEntropyLoss L")[:, 1] <= curve[:, 1]).all()  # more classes, more loss
    drag(both, "L CrossEntropyLoss", 100, 0)
    still(both)
    assert value(both, "score of the right class") > -5
    press(both, "Reset")
    assert markup(both) == first


def test_losses_with_the_full_solution(serve, open_lab, solved):
    page = open_lab(serve(solved, "student"))
    open_and_run(page, LOSSES)
    for call, attempt in (("explore.mse", try_mse), ("explore.cross_entropy", try_cross_entropy), ("explore.losses", try_losses)):
        found = show(page, call)
        assert problem(found) == ""
        check_looks(found, call[8:])
        attempt(found)
        assert problem(found) == ""
    dark(page, "explore.mse", "explore.cross_entropy", "explore.losses")


def try_histograms(layer):
    first, normalized = markup(layer), line(layer, "NZ")
    slide(layer, "shift of Z", -2)
    slide(layer, "stretch of Z", 0.5)
    assert abs(line(layer, "NZ") - normalized).max() < 0.2
    before = line(layer, "BZ")
    slide(layer, "β (Bb)", 1)
    assert "mean 1.00" in words(layer) and abs(line(layer, "BZ") - before).max() > 5
    slide(layer, "γ (BW)", 1)
    assert words(layer).count("variance 1.00") == 2  # of NZ and BZ
    key(layer, "batch size N", "Home")
    assert "batch of one" in said(layer) and words(layer).count("variance 0.00") == 3
    slide(layer, "batch size N", 5)
    few = markup(layer)
    press(layer, "Another batch")
    assert markup(layer) != few
    press(layer, "Reset")
    assert markup(layer) == first


def try_running(averages):
    first = markup(averages)
    press(averages, "One batch")
    assert len(line(averages, "M 0.9")) == 2
    press(averages, "Play")
    wait_until(averages, lambda: len(line(averages, "M 0.9")) > 12)
    press(averages, "Pause")
    played = markup(averages)
    averages.page.wait_for_timeout(300)
    assert markup(averages) == played
    tops = [line(averages, f"M {alpha}")[-1, 1] for alpha in (0.5, 0.9, 0.99)]
    assert max(tops[:2]) < tops[2]  # the data's mean, 4, is further up than 0.99 has come
    slide(averages, "mean of the data", 0)
    dots = averages.locator("[data-mark='strip train']").first.get_attribute("cx")
    slide(averages, "batch size N", 6)
    press(averages, "One batch")
    assert averages.locator("[data-mark='strip train']").first.get_attribute("cx") == dots  # the batch's own mean is taken out
    press(averages, "Forget all batches")
    assert "Nothing has been seen" in said(averages)
    press(averages, "Reset")
    assert markup(averages) == first


def try_training(networks):
    first = markup(networks)
    choose(networks, "learning rate", "1")
    press(networks, "Start")
    wait_until(networks, lambda: "still guesses" in said(networks))
    press(networks, "Pause")
    with_norm, without = line(networks, "1 True"), line(networks, "1 False")
    assert len(with_norm) == len(without) >= 4
    assert with_norm[-1, 1] > without[-1, 1] + 50  # further down: a smaller loss
    networks.page.wait_for_timeout(300)
    assert len(line(networks, "1 True")) == len(with_norm)
    choose(networks, "learning rate", "0.1")
    press(networks, "Start")
    wait_until(networks, lambda: networks.locator("[data-mark='0.1 True']").count() and len(line(networks, "0.1 True")) > 4)
    press(networks, "Pause")
    assert len(line(networks, "1 True")) == len(with_norm)
    check_looks(networks, "batchnorm_training")
    press(networks, "Reset")
    assert markup(networks) == first


def test_batch_norm_with_the_full_solution(serve, open_lab, solved):
    page = open_lab(serve(solved, "student"))
    open_and_run(page, BATCHNORM)
    attempts = {
        "explore.batchnorm(": try_histograms,
        "explore.running_averages": try_running,
        "explore.batchnorm_training": try_training,
    }
    for call, attempt in attempts.items():
        found = show(page, call)
        assert problem(found) == ""
        check_looks(found, call[8:].strip("("))
        attempt(found)
        assert problem(found) == ""
    dark(page, *attempts)


def test_losses_with_nothing_written(serve, open_lab, release):
    page = open_lab(serve(release, "student"))
    open_and_run(page, LOSSES, "class MSELoss", "class CrossEntropyLoss")
    for call, attempt in (("explore.mse", try_mse), ("explore.cross_entropy", try_cross_entropy), ("explore.losses", try_losses)):
        found = show(page, call)
        expect(found.locator(".mt-problem")).to_contain_text("PyTorch stands in")
        attempt(found)
        expect(found.locator(".mt-problem")).to_contain_text("is None")
    if SHOTS:
        show(page, "explore.losses").screenshot(path=f"{SHOTS}/empty_losses.png")


def test_batch_norm_with_nothing_written(serve, open_lab, release):
    page = open_lab(serve(release, "student"))
    open_and_run(page, BATCHNORM, "class BatchNorm1d", "from itertools")
    for call, attempt in (("explore.batchnorm(", try_histograms), ("explore.running_averages", try_running)):
        found = show(page, call)
        expect(found.locator(".mt-problem")).to_contain_text("PyTorch stands in")
        attempt(found)
    networks = show(page, "explore.batchnorm_training")
    press(networks, "Start")
    wait_until(networks, lambda: networks.locator("[data-mark='0.3 True']").count() and len(line(networks, "0.3 True")) > 2)
    press(networks, "Pause")
    unfinished = re.search("Not finished yet: (.*). PyTorch stands in", problem(networks))[1].split(", ")
    assert set(unfinished) == {"BatchNorm1d", "Linear", "ReLU", "SGD", "CrossEntropyLoss"}
    if SHOTS:
        networks.screenshot(path=f"{SHOTS}/empty_training.png")


def dark(page: Page, *calls: str):
    """For whoever wants to look at it."""
    if SHOTS:
        page.evaluate("jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
        page.wait_for_timeout(1500)
        for call in calls:
            show(page, call).screenshot(path=f"{SHOTS}/dark_{call[8:].strip('(')}.png")
        page.screenshot(path=f"{SHOTS}/dark_page_{calls[-1][8:]}.png")
