"""The activation curves as a matplotlib canvas of ipympl, at its fastest: for comparison with
explore.activations.

The figure is drawn once; a move restores that background, draws the moving artists over it and sends the
difference.
"""

import numpy as np
from ipympl.backend_nbagg import Canvas, FigureManager
from IPython.display import display
from ipywidgets import FloatSlider, VBox
from matplotlib.figure import Figure

from mytorch.nn import Identity, ReLU, Sigmoid, Tanh

Z = np.linspace(-6, 6, 121).reshape(-1, 1)


def show():
    figure = Figure(figsize=(8.6, 4.2), layout="constrained")
    canvas = Canvas(figure)
    FigureManager(canvas, 0)
    for name in ("toolbar_visible", "header_visible", "footer_visible", "resizable"):
        setattr(canvas, name, False)
    axes = figure.subplots(2, 4, sharex=True, height_ratios=(2, 1))
    movers = [panel(*axes[:, k], f()) for k, f in enumerate((Identity, Sigmoid, Tanh, ReLU))]
    artists = [artist for _, moving in movers for artist in moving]
    background = []

    def drawn(event):
        background[:] = [canvas.copy_from_bbox(figure.bbox)]
        for artist in artists:
            figure.draw_artist(artist)

    def moved(change):
        canvas.restore_region(background[0])
        for move, moving in movers:
            move(change["new"])
            for artist in moving:
                figure.draw_artist(artist)
        canvas.blit()

    canvas.mpl_connect("draw_event", drawn)
    slider = FloatSlider(description="Z", min=-6, max=6, step=0.05, value=1.5)
    slider.observe(moved, "value")
    display(VBox([slider, canvas]))


def panel(above, below, f):
    """Both graphs of one function. Returns a function that moves the point, and the artists that move."""
    above.plot(Z, f.forward(Z), linewidth=2.5)
    below.plot(Z, f.backward(), linewidth=2.5)
    above.set(title=type(f).__name__, ylim=(-1.5, 3.5))
    below.set(ylim=(-0.15, 1.25), xlabel="Z")
    for ax in (above, below):
        ax.grid(alpha=0.3)
    (tangent,) = above.plot([], [], linewidth=3, animated=True)
    (point,) = above.plot([], [], "o", animated=True)
    (slope,) = below.plot([], [], "o", animated=True)
    words = above.text(0.05, 0.9, "", transform=above.transAxes, animated=True)

    def move(z):
        A, dAdZ = f.forward(np.array([[z]])).item(), f.backward().item()
        tangent.set_data([z - 1.2, z + 1.2], [A - 1.2 * dAdZ, A + 1.2 * dAdZ])
        point.set_data([z], [A])
        slope.set_data([z], [dAdZ])
        words.set_text(f"A = {A:.3f}")

    return move, (tangent, point, slope, words)
