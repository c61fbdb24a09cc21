"""Explorers in a notebook of JupyterLab: operated as a student does it, by keyboard and mouse, and read from
the page.

bowl = Explorer(notebook, "mse")          # below the cell that calls explore.mse(…); reset
bowl.slide("A[0, 0]", 2)                  # whatever is done returns when the kernel has answered
assert "lands on the target" in bowl.said()
"""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator

from support.lab import Notebook, opened
from support.own import ROOT

PATIENCE = 60  # seconds for what an explorer does by itself: the machine may be busy

# Words of a picture that leave it, pairs that overlap by more than a hair, and names that stand so close
# together that they read as one.
UGLY = """svg => {
    const look = node => ({ words: node.textContent, box: node.getBoundingClientRect(),
        name: node.getAttribute("font-weight") === "bold" });
    const texts = [...svg.querySelectorAll("text")].map(look);
    const frame = svg.getBoundingClientRect();
    const outside = ({ box }) => box.left < frame.left || box.right > frame.right
        || box.top < frame.top || box.bottom > frame.bottom;
    const clash = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
    const close = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > -8
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 8;
    const found = texts.filter(outside).map(({ words }) => `${words} leaves the picture`);
    texts.forEach((one, k) => texts.slice(k + 1).forEach(other => {
        if (clash(one.box, other.box)) found.push(`${one.words} overlaps ${other.words}`);
        else if (one.name && other.name && close(one.box, other.box))
            found.push(`${one.words} and ${other.words} read as one`);
    }));
    return found;
}"""

# Controls and words around the picture that overlap each other or leave the explorer.
CROWDED = """root => {
    const looked = ".mt-name, .mt-value, input, select, button, .mt-question, .mt-said, .mt-frame";
    const look = node => ({ node, box: node.getBoundingClientRect() });
    const boxes = [...root.querySelectorAll(looked)].map(look).filter(({ box }) => box.width);
    const frame = root.getBoundingClientRect();
    const words = ({ node }) => node.ariaLabel || node.textContent || node.className;
    const outside = ({ box }) => box.left < frame.left - 1 || box.right > frame.right + 1;
    const clash = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
    const found = boxes.filter(outside).map(one => `${words(one)} leaves the explorer`);
    boxes.forEach((one, k) => boxes.slice(k + 1).forEach(other => {
        if (clash(one.box, other.box)) found.push(`${words(one)} overlaps ${words(other)}`);
    }));
    return found;
}"""

# What an explorer shows: the sentence, the error line, and a number that stands for the picture's markup.
SHOWN = """root => {
    const inside = part => root.querySelector(`.mt-${part}`).innerHTML;
    const [picture, said, problem] = ["picture", "said", "problem"].map(inside);
    let digest = 0;
    for (let k = 0; k < picture.length; k++) digest = (31 * digest + picture.charCodeAt(k)) | 0;
    return [said, problem, digest];
}"""


def names_in(notebook: str) -> list[str]:
    """The explorers that a notebook calls, in order: ``linear`` for ``explore.linear(…)``."""
    text = (ROOT / "notebooks" / notebook).with_suffix(".md").read_text(encoding="utf-8")
    return re.findall(r"^explore\.(\w+)\(", text, re.MULTILINE)


class Explorer:
    """The explorer below the cell that calls ``explore.NAME(…)``, scrolled into view and reset."""

    def __init__(self, notebook: Notebook, name: str, reset: bool = True):
        self.notebook, self.call, self.page = notebook, f"explore.{name}(", notebook.page
        self.root: Locator = notebook.scroll_to(self.call).locator(".mt-explorer")
        self.picture = self.root.locator(".mt-picture")
        self.root.wait_for()
        self.picture.scroll_into_view_if_needed()
        if reset:
            self.press("Reset")

    @classmethod
    def reloaded(cls, notebook: Notebook, name: str) -> "Explorer":
        """The explorer after its page was loaded again.

        jupyterlab_widgets gives a widget two seconds to come back and does not look once more where the
        machine took as long: it then says "model not found", and whoever reads that loads the page again.
        """
        for _ in range(3):
            notebook.page.reload()
            cell = opened(notebook.page, notebook.path).scroll_to(f"explore.{name}(")
            cell.locator(".mt-explorer").or_(cell.get_by_text("model not found")).wait_for()
            if cell.locator(".mt-explorer").count():
                break
        return cls(notebook, name, reset=False)

    # what it shows

    def shown(self) -> list:
        """The sentence, the error line, and a number that stands for the picture: to be compared."""
        return self.root.evaluate(SHOWN)

    def markup(self) -> str:
        return self.picture.inner_html()

    def pixels(self) -> bytes:
        """The picture as it stands on the screen."""
        return self.picture.screenshot()

    def words(self) -> list[str]:
        """Every piece of text in the picture."""
        return [words.replace("−", "-") for words in self.picture.locator("text").all_text_contents()]

    def said(self) -> str:
        return self.root.locator(".mt-said").inner_text()

    def problem(self) -> str:
        return self.root.locator(".mt-problem").inner_text()

    def marks(self, name: str) -> Locator:
        return self.picture.locator(f"[data-mark='{name}']")

    def line(self, name: str) -> list[tuple[float, float]]:
        """The corners of a line or polygon, in pixels of the picture; none where it is not drawn."""
        get = "marks => marks[0]?.getAttribute('d') ?? marks[0]?.getAttribute('points') ?? ''"
        return [
            tuple(map(float, pair))
            for pair in re.findall(r"(-?[\d.]+),(-?[\d.]+)", self.marks(name).evaluate_all(get))
        ]

    def value(self, label: str) -> float:
        return float(self.slider(label).input_value())

    # what is done to it

    def slider(self, label: str) -> Locator:
        return self.root.get_by_role("slider", name=label, exact=True)

    def slide(self, label: str, value: float) -> None:
        """Put a slider there in one go."""
        self.slider(label).fill(str(value))
        self.settle()

    def key(self, label: str, key: str, times: int = 1) -> None:
        """Press a key on a slider."""
        for _ in range(times):
            self.slider(label).press(key)
        self.settle()

    def press(self, *buttons: str) -> None:
        """Press buttons, with the keyboard."""
        for button in buttons:
            self.root.get_by_role("button", name=button, exact=True).press("Enter")
            self.settle()

    def choose(self, label: str, option: str) -> None:
        self.root.get_by_role("combobox", name=label, exact=True).select_option(option)
        self.settle()

    def tick(self, label: str, on: bool = True) -> None:
        self.root.get_by_role("checkbox", name=label, exact=True).set_checked(on)
        self.settle()

    def drag(self, handle: str, right: float, down: float) -> None:
        """Drag the ring of this name by so many pixels of the picture as it was drawn."""
        mouse, box = self.page.mouse, self.picture.locator(f"[data-drag='{handle}']").bounding_box()
        scale = self.picture.evaluate("svg => svg.getScreenCTM().a")
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + right * scale, y + down * scale, steps=4)
        mouse.up()
        self.settle()

    # waiting

    def settle(self) -> None:
        """Wait until the kernel has answered everything that the page has sent, and the page shows it."""
        self.notebook.settle()

    def until(self, condition: Callable, why: str):
        """Wait until an explorer that plays has come that far. Returns what the condition returned."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if result := condition():
                return result
            self.page.wait_for_timeout(50)
        pytest.fail(f"{why}: in vain. {self.said()} {self.problem()}")

    def playing(self) -> bool:
        """Does any explorer of the notebook play?"""
        of_all = "[explorer.playing for explorers in base._open.values() for explorer in explorers]"
        return "True" in self.notebook.ask(f"from mytorch.explore import base; print({of_all})")
