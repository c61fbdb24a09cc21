"""The notebook's pictures of the optimizer."""

import numpy as np
from matplotlib.patches import Ellipse

from mytorch.drawing import POINT, WIDTH, canvas, graph, math, text
from mytorch.style import COLORS, INK, NOTE

START, RATE, STEPS = (-8, 2), 0.01, 60
STEEPNESS = np.array([1, 20])  # of the bowl L = (w₁² + 20 w₂²) / 2, along each parameter


def bowl(parameters):
    return (STEEPNESS * parameters**2).sum(axis=-1) / 2


def descent(momentum):
    """The parameters before and after each step of SGD in the bowl (eqs. 44 to 49)."""
    path, velocity = [np.array(START, dtype=float)], np.zeros(2)
    for _ in range(STEPS):
        velocity = momentum * velocity + STEEPNESS * path[-1]
        path.append(path[-1] - RATE * velocity)
    return np.array(path)


def momentum_path():
    """SGD in a long narrow bowl, same start, learning rate and number of steps: without momentum it creeps
    along the valley and is far from the minimum at the end; with momentum 0.9 it swings, picks up speed and
    arrives.
    """
    ax = canvas(392)
    for left, momentum in ((48, 0), (432, 0.9)):
        path = descent(momentum)
        valley(ax, (left, 68, 344, 206), path)
        math(ax, left, 60, "w_2", COLORS["W"], 16)
        text(ax, left + 172, 32, rf"momentum $\mu = {momentum}$", 18, weight="bold")
        text(ax, left + 172, 340, f"L = {bowl(path[-1]):.2f} after {STEPS} steps")
    text(
        ax,
        WIDTH / 2,
        370,
        f"○ start    ■ end    × minimum    ellipses: equal L    learning rate {RATE}",
        14,
        NOTE,
    )
    return ax


def valley(ax, place, path):
    """The bowl's contours, with the path from its start (a ring) to its end (a square); a cross is the
    minimum.
    """
    panel = graph(ax, *place)
    for level in np.array([0.5, 2, 4.5, 8, 12.5, 18, 24.5]) * 4:
        across, up = 2 * np.sqrt(2 * level / STEEPNESS)
        panel.add_patch(Ellipse((0, 0), across, up, fc="none", ec=COLORS["L"], lw=0.9, alpha=0.6))
    panel.plot(*path.T, "-o", color=COLORS["W"], lw=1.4, ms=3)
    panel.plot(*path[0], "o", ms=11, mfc="none", mec=INK, mew=1.6)
    panel.plot(*path[-1], "s", ms=8, mfc=COLORS["W"], mec=INK, mew=1.4)
    panel.plot(0, 0, "x", ms=9, color=INK, mew=2)
    panel.set(xlim=(-9.5, 5), ylim=(-3, 3), xticks=range(-8, 5, 4), yticks=(-2, 0, 2))
    panel.set_xlabel("$w_1$", fontsize=19 * POINT, color=COLORS["W"])


FIGURES = (momentum_path,)
