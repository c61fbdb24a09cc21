"""What holds for every explorer. The tests of a notebook import these, so that it is opened once for all of
them.
"""

import pytest
from support.axe import violations
from support.explorers import CROWDED, UGLY, Explorer, names_in
from support.lab import THEMES

# Controls that show nothing before something has been started, or for what comes next.
SILENT = {
    "descent": {"Clear earlier runs"},
    "playground": {"Pause", "lr", "momentum mu", "batch size"},
    "digits": {"Pause", "lr", "momentum mu"},
    "running_averages": {"Pause", "Forget all batches", "batch size N"},
    "batchnorm_training": {"Pause", "learning rate"},
}

KEYS = {"range": "ArrowLeft", "checkbox": "Space", "select-one": "ArrowDown", "button": "Enter"}
CONTROLS = ".mt-controls input, .mt-controls select, .mt-controls button"
DESCRIBED = (
    "nodes => nodes.map(node => [(node.ariaLabel || node.closest('label, button').textContent).trim(), "
    "node.type])"
)

WIDGETS = "import ipywidgets; print(len(ipywidgets.widgets.widget._instances))"
FIGURES = "import matplotlib.pyplot as plt; print(plt.get_fignums())"
THREADS = (
    "import threading; print([thread.name for thread in threading.enumerate() if 'explore' in thread.name])"
)


def test_every_control_moves_the_picture_by_keyboard_and_reset_restores_it(solved, name):
    explorer = Explorer(solved, name)
    beginning = explorer.shown()
    assert explorer.problem() == ""
    controls = explorer.root.locator(CONTROLS)
    for index, (label, kind) in enumerate(controls.evaluate_all(DESCRIBED)):
        control = controls.nth(index)
        at_its_end = kind == "range" and control.evaluate("node => node.value === node.min")
        control.press("ArrowRight" if at_its_end else KEYS[kind])
        if label in SILENT.get(name, ()):
            explorer.settle()
        else:
            explorer.until(lambda: explorer.shown() != beginning, f"{label} changes what is shown")
        explorer.press("Reset")
        assert explorer.shown() == beginning, label


def test_a_new_picture_is_on_the_screen_and_nothing_jumps(solved, name):
    explorer = Explorer(solved, name)
    before, height = explorer.pixels(), explorer.root.bounding_box()["height"]
    controls = explorer.root.locator(CONTROLS)
    for index, (label, kind) in enumerate(controls.evaluate_all(DESCRIBED)):
        if kind == "range" and label not in SILENT.get(name, ()):
            controls.nth(index).press("Home")
            break
    else:
        explorer.root.get_by_role("button", name="Start", exact=True).press("Enter")
    explorer.until(lambda: explorer.pixels() != before, "another picture")
    assert explorer.root.bounding_box()["height"] == height


def test_tab_reaches_every_control_and_each_has_a_name(solved, name):
    explorer = Explorer(solved, name, reset=False)
    controls = explorer.root.locator("input, select, button")
    described = controls.evaluate_all(DESCRIBED)
    assert all(label for label, _ in described)
    controls.first.focus()
    for index in range(len(described)):
        assert controls.nth(index).evaluate("node => node === document.activeElement"), described[index]
        explorer.page.keyboard.press("Tab")


@pytest.mark.parametrize("theme", THEMES[::-1])
def test_nothing_overlaps_or_is_cut_off_and_axe_finds_nothing(solved, theme):
    solved.put_on(theme)
    for name in set(names_in(solved.path.split("/")[1])):
        explorer = Explorer(solved, name)
        assert explorer.picture.evaluate(UGLY) + explorer.root.evaluate(CROWDED) == [], name
        ink = explorer.root.evaluate("root => getComputedStyle(root).color")
        brightness = sum(map(int, ink.strip("rgba()").split(",")[:3]))
        assert brightness > 600 if "Dark" in theme else brightness < 150
        assert (
            explorer.picture.evaluate("svg => getComputedStyle(svg).backgroundColor") == "rgb(255, 255, 255)"
        )
        assert violations(solved.page, ".jp-OutputArea:has(.mt-explorer)") == [], name


def test_in_a_narrow_column_the_picture_scrolls_and_nothing_is_lost(solved, name):
    explorer = Explorer(solved, name)
    explorer.root.evaluate("root => { root.style.width = '320px'; }")
    try:
        assert explorer.root.evaluate(CROWDED) == []
        frame = explorer.root.locator(".mt-frame")
        assert frame.evaluate("one => one.scrollWidth > one.clientWidth && one.clientWidth <= 320")
        assert explorer.root.evaluate("root => root.scrollWidth <= 321")
    finally:
        explorer.root.evaluate("root => { root.style.width = ''; }")


def test_running_its_cell_again_leaks_nothing(solved, name):
    explorer = Explorer(solved, name)
    widgets = solved.ask(WIDGETS)
    for _ in range(2):
        solved.run(explorer.call)
    explorer = Explorer(solved, name)
    assert explorer.root.count() == 1
    assert solved.ask(WIDGETS) == widgets
    assert (solved.ask(FIGURES), solved.ask(THREADS)) == ("[]", "[]")
    # JupyterLab 4.6 can end the thread in which controls are heard though a new widget has joined it
    assert "subshell list: []" in solved.ask("%subshell")
