"""Draw every picture of the notebooks: `python notebooks/figures/draw.py [FOLDER]`.

Each function of FIGURES, here and in the sections' pictures.py, makes the SVG of its own name; its docstring
is the picture's title. Nothing random or dated is written, so that drawing again changes no byte. The
explorers' still pictures, what a reader sees who opens a notebook without running it, are drawn with them.
"""

import re
import sys
from pathlib import Path

import matplotlib.style

from mytorch import models, nn, optim
from mytorch.course import SECTIONS
from mytorch.drawing import STYLE, arrow, box, bracket, canvas, headings, math, network, neurons, stack, text
from mytorch.explore.base import explorer_in
from mytorch.style import COLORS, NOTE, RULE

HERE = Path(__file__).parent


def end_to_end():
    """End to end: inputs A0, weights W0 and bias b0 make Z0, an activation makes A1, a loss L compares A1
    with Y.
    """
    ax = canvas(478)
    xs, middle = (70, 275, 420), 165
    outputs = network(ax, (2, 3), xs, middle, 62, 42, activation="$f$")
    targets = stack(730, 3, middle, 62)
    neurons(ax, targets, "Y", 42)
    for (x, y), (x_target, y_target) in zip(outputs, targets):
        arrow(ax, (x + 24, y), (538, middle + (y - middle) * 0.3), RULE)
        arrow(ax, (x_target - 24, y_target), (612, middle + (y_target - middle) * 0.3), RULE)
    box(ax, 575, middle, 66, 60, COLORS["L"])
    math(ax, 575, middle + 9, "L", COLORS["L"], 23)
    headings(ax, (2, 3), xs, 34)
    for x, name, color, note in ((575, "L", "L", "one number"), (730, "Y", "Y", "N × 3")):
        math(ax, x, 34, name, COLORS[color])
        text(ax, x, 54, note, 14, NOTE)
    math(ax, 172, 106, "W_0", COLORS["W"], 17)
    math(ax, 172, 262, "b_0", COLORS["b"], 17)
    forward_captions(ax, xs)
    backward_captions(ax, xs)
    return ax


def forward_captions(ax, xs):
    bracket(ax, xs[0], xs[1], 296, "linear layer", r"$Z_0 = A_0 \cdot W_0^\top + \iota \cdot b_0^\top$")
    bracket(ax, xs[1], xs[2], 296, "activation", "$A_1 = f(Z_0)$")
    bracket(ax, xs[2], 730, 296, "loss", "$L(A_1, Y)$")


def backward_captions(ax, xs):
    """The gradients, from the loss back to the inputs and the parameters."""
    y = 390
    text(ax, 575, y, "backward", 16, COLORS["L"])
    for x, name in zip(xs, ("A_0", "Z_0", "A_1")):
        math(ax, x, y + 8, rf"\frac{{\partial L}}{{\partial {name}}}", COLORS["L"], 22)
    math(
        ax,
        172,
        y + 56,
        r"\frac{\partial L}{\partial W_0}\ \ \frac{\partial L}{\partial b_0}",
        COLORS["L"],
        22,
    )
    for start, end in (
        ((530, y), (450, y)),
        ((392, y), (304, y)),
        ((248, y), (98, y)),
        ((252, y + 18), (216, y + 42)),
    ):
        arrow(ax, start, end, COLORS["L"])


FIGURES = (
    end_to_end,
    *(
        figure
        for section in SECTIONS
        if section.load("pictures")
        for figure in section.load("pictures").FIGURES
    ),
)


def save(figure, folder):
    """Draw one picture and write it to the folder; returns its path."""
    title = " ".join(figure.__doc__.split())
    path = Path(folder) / f"{figure.__name__}.svg"
    with matplotlib.style.context(["default", STYLE]):
        figure().figure.savefig(path, format="svg", metadata={"Title": title, "Date": None})
    return path


def save_still(section, name, folder):
    """Draw an explorer as it looks in the beginning; returns its path."""
    explorer = explorer_in(section, name)
    path = Path(folder) / f"explore_{name}.svg"
    path.write_text(
        explorer(*(class_named(one, section) for one in explorer.still_of)).still(), encoding="utf-8"
    )
    return path


def class_named(name, section):
    """Of the library; or one that the section's notebook defines outside its solution cells."""
    library = [value for module in (nn, optim, models) for value in [getattr(module, name, None)] if value]
    return library[0] if library else from_notebook(section.notebook, name)


def from_notebook(notebook, name):
    words = (HERE.parent / f"{notebook}.md").read_text(encoding="utf-8")
    cells = re.findall(r"```{code-cell} ipython3\n(.*?)```", words, flags=re.DOTALL)
    defined = {}
    for cell in cells:
        if cell.startswith("import numpy") or f"\nclass {name}" in cell:
            exec(cell, defined)
    return defined[name]


def main(folder=HERE):
    for figure in FIGURES:
        print(save(figure, folder))
    for section in SECTIONS:
        for name in section.explorers:
            print(save_still(section, name, folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
