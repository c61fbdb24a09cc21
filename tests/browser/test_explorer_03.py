"""Notebook 03's explorers in JupyterLab: as a student with the full solution, and as one with nothing written yet."""

import shutil

import pytest
from playwright.sync_api import expect
from support.lab import open_notebook, run_all
from support.lab_server import REPOSITORY

NOTEBOOK = "03_mlp.ipynb"
DONE_BEFORE = ("nn/linear.py", "nn/activation.py")  # by whoever has the full solution
NUMBERS = """picture => Object.fromEntries(Array.from(picture.querySelectorAll("title")).map(
    title => title.textContent.replaceAll("−", "-").split(" = ")).map(([name, value]) => [name, Number(value)]))"""
PIXELS = """async picture => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 61, height: 61 });
    const image = new Image();
    image.src = picture.querySelector("image").getAttribute("href");
    await image.decode();
    canvas.getContext("2d").drawImage(image, 0, 0);
    const data = canvas.getContext("2d").getImageData(0, 0, 61, 61).data;
    return Array.from({ length: 61 * 61 }, (_, k) => data[4 * k + 2] > data[4 * k]);
}"""
SHOW_CELL = """async words => {
    const index = panel.content.widgets.findIndex(cell => cell.model.sharedModel.source.includes(words));
    jupyterapp.shell.activateById(panel.id);
    panel.content.activeCellIndex = index;
    await panel.content.scrollToItem(index, "center");
}"""
# Cell after cell, where running all would stop at the first that fails; the checks tell nothing about explorers.
RUN_WITHOUT_STOPPING = """async () => {
    jupyterapp.shell.activateById(panel.id);
    for (const [index, cell] of panel.content.widgets.entries()) {
        const source = cell.model.sharedModel.source;
        if (cell.model.type !== "code" || source.includes("check(MLP")) continue;
        panel.content.activeCellIndex = index;
        await jupyterapp.commands.execute("notebook:run-cell");
    }
}"""


@pytest.fixture(scope="module")
def students(serve, release, tmp_path_factory):
    """A server of two students' folders: one has everything up to this notebook, the other has written nothing yet."""
    folder = tmp_path_factory.mktemp("students")
    for name in ("solved", "blank"):
        shutil.copytree(release, folder / name)
    shutil.copy(REPOSITORY / "source/hw1" / NOTEBOOK, folder / "solved")
    for name in DONE_BEFORE:
        shutil.copy(REPOSITORY / "mytorch" / name, folder / "solved/mytorch" / name)
    return serve(folder, "student")


def explorer(page, call, question):
    """The explorer below the cell that holds ``call``, scrolled into sight."""
    found = page.locator(".mt-explorer", has_text=question)
    page.evaluate(SHOW_CELL, call)
    found.wait_for()
    return found


def network_in(page):
    return explorer(page, "explore.network", "Which weights learn nothing")


def depth_in(page):
    return explorer(page, "explore.depth", "What can five layers do")


def press(found, *names):
    """Press buttons with the keyboard; wait until the sentence has followed each."""
    said = found.locator(".mt-said")
    for name in names:
        before = said.inner_text()
        found.get_by_role("button", name=name, exact=True).press("Enter")
        expect(said).not_to_have_text(before)


def slide(found, label, *keys):
    """Move a slider with the keyboard; wait until the picture has followed each key."""
    picture = found.locator(".mt-picture")
    for key in keys:
        before = picture.inner_html()
        found.get_by_role("slider", name=label).press(key)
        moved = "([picture, before]) => picture.innerHTML !== before"
        found.page.wait_for_function(moved, arg=[picture.element_handle(), before])


def numbers(found) -> dict[str, float]:
    return found.locator(".mt-picture").evaluate(NUMBERS)


def check_forward(shown, features=2):
    """Do the numbers in the picture belong together as equations 27 and 28 say?"""
    for row in range(features):
        Z = sum(shown[f"A0[0, {j}]"] * shown[f"W0[{row}, {j}]"] for j in range(2)) + shown[f"b0[{row}, 0]"]
        assert shown[f"Z0[0, {row}]"] == pytest.approx(Z, abs=1e-3)
        assert shown[f"A1[0, {row}]"] == pytest.approx(max(Z, 0), abs=1e-3)


def test_with_the_full_solution(students, open_lab):
    page = open_lab(students)
    open_notebook(page, f"solved/{NOTEBOOK}")
    run_all(page)
    use_network(page)
    use_depth(page)


def use_network(page):
    network = network_in(page)
    expect(network.locator(".mt-problem")).to_be_empty()
    assert "A0[0, 1]" in numbers(network)
    assert "Z0[0, 0]" not in numbers(network)

    press(network, "Backward step")
    expect(network.locator(".mt-said")).to_contain_text("4 forward steps to go")
    press(network, "Forward step", "Forward step")
    expect(network.locator(".mt-said")).to_contain_text("Equation 28, f[0].forward")
    check_forward(numbers(network), 3)
    slide(network, "A0[0, 0]", *["ArrowLeft"] * 3)
    assert numbers(network)["A0[0, 0]"] == pytest.approx(0.7)
    check_forward(numbers(network), 3)

    press(network, "Forward step", "Forward step", *["Backward step"] * 4)
    expect(network.locator(".mt-said")).to_contain_text("weights learn nothing from this sample")
    shown = numbers(network)
    for row in range(2):
        for column in range(3):  # one sample: dLdW is dLdZ times A
            product = shown[f"dLdZ1[0, {row}]"] * shown[f"A1[0, {column}]"]
            assert shown[f"dLdW1[{row}, {column}]"] == pytest.approx(product, abs=1e-3)
    dotted = network.locator(".mt-picture path[stroke-dasharray][data-mark^=dLdW]")
    assert dotted.count() == sum(value == 0 for name, value in shown.items() if name.startswith("dLdW"))

    network.get_by_role("combobox", name="model").select_option("MLP4")
    expect(network.locator(".mt-said")).to_contain_text("5 layers")
    assert len([name for name in numbers(network) if name.startswith("W2")]) == 64
    before = numbers(network)["W0[0, 0]"]
    network.get_by_role("button", name="New random weights").press("Enter")
    expect(network.locator("[data-mark='W0[0, 0]'] title")).not_to_contain_text(f"{before:.4f}".replace("-", "−"))

    network.get_by_role("button", name="Play / pause").press("Enter")
    expect(network.locator(".mt-said")).to_contain_text("Equation 27, layers[1]", timeout=5000)
    press(network, "Reset")
    expect(network.locator(".mt-said")).to_contain_text("waits in front of 2 layers")
    assert numbers(network)["A0[0, 0]"] == 1
    expect(network.locator(".mt-problem")).to_be_empty()


def use_depth(page):
    depth = depth_in(page)
    expect(depth.locator(".mt-problem")).to_be_empty()
    start = depth.locator(".mt-picture").evaluate(PIXELS)
    assert 0.2 < sum(start) / len(start) < 0.8
    slide(depth, "hidden layers", "Home")
    expect(depth.locator(".mt-said")).to_contain_text("straight lines stay straight")
    straight = depth.locator(".mt-picture").evaluate(PIXELS)
    assert straight != start
    assert bends(straight) <= 1
    slide(depth, "hidden layers", "End")
    assert bends(depth.locator(".mt-picture").evaluate(PIXELS)) > 1
    slide(depth, "neurons in each", "End")
    slide(depth, "W times", "ArrowRight")
    depth.get_by_role("combobox", name="activation").select_option("Identity")
    expect(depth.locator(".mt-said")).to_contain_text("still one linear map")
    assert bends(depth.locator(".mt-picture").evaluate(PIXELS)) <= 1
    press(depth, "New random weights", "Reset")
    assert depth.locator(".mt-picture").evaluate(PIXELS) == start


def bends(positive) -> int:
    """In how many rows the border between the signs leaves a straight line by two pixels or more; 99 if there are more."""
    edges = []
    for row in range(61):
        changes = [k for k in range(60) if positive[61 * row + k] != positive[61 * row + k + 1]]
        if len(changes) > 1:
            return 99
        edges += changes
    steps = [second - first for first, second in zip(edges, edges[1:])]
    mean = sum(steps) / len(steps) if steps else 0
    return sum(abs(step - mean) >= 2 for step in steps)


def test_with_nothing_written_pytorch_stands_in(students, open_lab):
    page = open_lab(students)
    open_notebook(page, f"blank/{NOTEBOOK}")
    page.evaluate(RUN_WITHOUT_STOPPING)
    network = network_in(page)
    expect(network.locator(".mt-problem")).to_contain_text("self.layers of MLP1 is None")
    expect(network.locator(".mt-problem")).to_contain_text("PyTorch stands in")
    press(network, "Forward step", "Forward step")
    check_forward(numbers(network), 3)
    depth = depth_in(page)
    expect(depth.locator(".mt-problem")).to_contain_text("PyTorch stands in")
    slide(depth, "hidden layers", "Home")
    expect(depth.locator(".mt-said")).to_contain_text("straight lines stay straight")
