"""The path of SGD over the contours of a loss with two parameters, with momentum and without."""

from dataclasses import dataclass

import numpy as np
from contourpy import contour_generator

from mytorch.explore.base import Button, Choice, Explorer, Slider
from mytorch.explore.student import array, other_numbers
from mytorch.explore.svg import Plot, element, number, rectangle, text
from mytorch.style import COLORS, INK, NOTE, tint

from .learning import Model, Parameters, usable

STEPS = 100
AWAY = 1e3  # a path that is so far out does not come back
LEVELS = np.array([0, 0.02, 0.08, 0.2, 0.4, 0.7, 1.1, 1.7, 2.6, 4, 6, 9, 14])
KEPT = 4  # earlier runs that stay in sight
SHALLOW = 1e-6  # what the lowest line of the right graph stands for


@dataclass(frozen=True)
class Surface:
    """A loss of w and b, above its minimum; ``steepest`` is its largest curvature where that is the same
    everywhere.
    """

    loss: object
    gradient: object
    start: tuple[float, float]
    minima: tuple
    steepest: float | None = None


def bowl(across, up, start):
    """½ (across · w² + up · b²)."""
    return Surface(
        lambda w, b: (across * w**2 + up * b**2) / 2,
        lambda w, b: (across * w, up * b),
        start,
        ((0, 0),),
        max(across, up),
    )


SURFACES = {
    "quadratic": bowl(1, 2, (-2.4, 1.4)),
    "ravine": bowl(0.05, 2, (-2.6, 1.2)),
    "saddle": Surface(
        lambda w, b: w**2 / 2 + (b**2 - 1) ** 2 / 4,
        lambda w, b: (w, b**3 - b),
        (-2.4, 0.01),
        ((0, 1), (0, -1)),
    ),
}


def path(SGD, surface, start, lr, mu, steps=STEPS):
    """Where the student's SGD takes W and b, (1 + steps, 2); shorter if it leaves for good."""
    layer = Parameters([[start[0]]], [[start[1]]])
    optimizer = SGD(Model([layer]), lr, mu)
    places = [tuple(start)]
    for _ in range(steps):
        gradient = surface.gradient(*places[-1])
        layer.dLdW, layer.dLdb = (np.array([[value]], dtype=float) for value in gradient)
        optimizer.step()
        W, b = (
            array(value, f"{name} after SGD.step", (1, 1)) for name, value in (("W", layer.W), ("b", layer.b))
        )
        places.append((W.item(), b.item()))
        if not np.max(np.abs(places[-1])) < AWAY:
            break
    return np.array(places)


def diverged(surface, places):
    """Does the path climb instead of coming down?"""
    if not np.max(np.abs(places[-1])) < AWAY:
        return True
    heights = surface.loss(*places.T)
    return len(heights) > 10 and heights[-5:].max() > 2 * max(heights[0], 0.1)


@dataclass(frozen=True)
class Run:
    """A path that has been run, and with what."""

    start: tuple[float, float]
    lr: float
    mu: float
    places: np.ndarray

    @property
    def settings(self):
        return (self.start, self.lr, self.mu)


class DescentPaths(Explorer):
    question = "What does momentum change in a ravine?"
    still_of = ("SGD",)
    size = (860, 404)
    controls = (
        (
            Choice("surface", "surface", tuple(SURFACES), "ravine"),
            Button("run", "Run"),
            Button("step", "Step"),
            Button("clear", "Clear earlier runs"),
        ),
        (
            Slider("lr", "learning rate lr", 0.02, 1.2, 0.3, step=0.02),
            Slider("mu", "momentum mu", 0, 0.98, 0, step=0.02),
            Slider("steps", "steps", 0, STEPS, 60, step=1, digits=0),
        ),
        (
            Slider("w", "start W[0, 0]", -2.9, 2.9, -2.6, color="W"),
            Slider("b", "start b[0, 0]", -1.95, 1.95, 1.2, step=0.01, color="b"),
        ),
    )

    def __init__(self, SGD):
        self.SGD = SGD
        self.map = Plot(48, 34, 480, 320, (-3, 3), (-2, 2))
        self.heights = Plot(588, 34, 258, 176, (0, STEPS), (np.log10(SHALLOW), 2))
        self.kept: list[Run] = []
        self.surface = "ravine"
        self.backdrops = {name: self.backdrop(name) for name in SURFACES}
        super().__init__()

    def draw(self, surface, lr, mu, steps, w, b):
        if surface != self.surface:
            self.change(surface)
            w, b = self.values["w"], self.values["b"]
        landscape = SURFACES[surface]
        SGD = usable(self.attempt, self.SGD, mu)
        self.now = Run((w, b), lr, mu, self.attempt(path, SGD, landscape, (w, b), lr, mu))
        places = self.now.places[: steps + 1]
        lost = diverged(landscape, places)
        earlier = [run for run in self.kept if run.settings != self.now.settings]
        self.back = self.backdrops[surface]
        self.front = (
            self.paths(earlier, places, lost)
            + self.curves(earlier, places, lost)
            + self.table(earlier, places, lost)
        )
        right = other_numbers("SGD") not in self.attempt.notes
        return sentence(landscape, places, lr, mu, lost, right)

    def change(self, surface):
        """To another surface: its own start, and no earlier runs."""
        self.pause()
        self.surface, self.kept = surface, []
        self.set(w=SURFACES[surface].start[0], b=SURFACES[surface].start[1])

    # what can be done

    def pressed(self, button):
        self.pause()
        if button == "clear":
            self.kept = []
        if button == "step":
            self.set(steps=self.values["steps"] + 1)
        if button == "run":
            self.set(steps=0)
            self.play(self.advance)

    def advance(self):
        """A picture further; at the end the run is kept."""
        last = len(self.now.places) - 1
        self.set(steps=min(self.values["steps"] + 1, last))
        if self.values["steps"] < last:
            return True
        self.kept = [run for run in self.kept if run.settings != self.now.settings][1 - KEPT :] + [self.now]
        self.set(steps=STEPS)
        return False

    def dragged(self, handle, x, y):
        w, b = self.map.at(x, y)
        self.set(w=w, b=b)

    def reset(self):
        self.kept, self.surface = [], "ravine"
        super().reset()

    def still(self):
        self.set(steps=STEPS)
        self.kept = [self.now]
        self.set(mu=0.9)
        self._refresh()
        return super().still()

    # marks

    def backdrop(self, surface):
        """The contours and the empty graphs."""
        frame = self.map.frame(
            range(-3, 4), range(-2, 3), "W[0, 0]", "b[0, 0]", xcolor=COLORS["W"], ycolor=COLORS["b"]
        )
        heights = self.heights
        ticks = {-6: "10⁻⁶", -4: "10⁻⁴", -2: "0.01", 0: "1", 2: "100"}
        axis = heights.frame(range(0, 101, 25), (), "step", "L above its minimum", ycolor=COLORS["L"])
        for tick, words in ticks.items():
            axis += heights.line(heights.xlim, (tick, tick), tint(COLORS["Y"], 0.15), 1)
            axis += text(heights.left - 5, heights.y(tick), words, 11, NOTE, "end")
        key = text(528, 20, "○ start · ■ end · × minimum · darker: larger L", 12, NOTE, "end")
        return frame + self.map.inside(contours(self.map, surface)) + axis + key

    def paths(self, earlier, places, lost):
        color = COLORS["Z"] if lost else COLORS["W"]
        places = until_far(places, self.map) if lost else places
        marks = [self.map.line(*run.places.T, INK, 1.3, opacity=0.4, data_mark="earlier") for run in earlier]
        marks += [self.tag(run.places, str(k)) for k, run in enumerate(earlier, 1)]
        marks.append(self.map.line(*places.T, "white", 4.5, opacity=0.7))
        marks.append(self.map.line(*places.T, color, 2, data_mark="path"))
        marks.append(self.map.dots(*places[1:].T, color, 3, stroke_width=0.6))
        marks.append(square(self.map, places[-1], color))
        marks.append(self.map.handle(*places[0], INK, "start"))
        sign = text(62, 54, "diverges", 16, COLORS["Z"], "start", font_weight="bold") if lost else ""
        card = rectangle(54, 42, 92, 24, "white", COLORS["Z"], rx=4) if lost else ""
        return self.map.inside(*marks) + card + sign

    def tag(self, places, words):
        """The number of an earlier run, where it ends or leaves the picture."""
        seen = [place for place in places if abs(place[0]) < 2.8 and abs(place[1]) < 1.8] or [places[0]]
        x, y = float(self.map.x(seen[-1][0])), float(self.map.y(seen[-1][1])) - 13
        return element("circle", cx=x, cy=y, r=8, fill="white", stroke=NOTE) + text(x, y, words, 11, NOTE)

    def curves(self, earlier, places, lost):
        def curve(points, color, width, **attributes):
            heights = np.log10(np.maximum(SURFACES[self.surface].loss(*points.T), SHALLOW / 10))
            return self.heights.line(np.arange(len(points)), heights, color, width, **attributes)

        marks = [curve(run.places, INK, 1.3, opacity=0.4) for run in earlier]
        marks.append(curve(places, COLORS["Z"] if lost else COLORS["L"], 2.5, data_mark="heights"))
        return self.heights.inside(*marks)

    def table(self, earlier, places, lost):
        """This path and the earlier runs, a line each."""
        rows = [(self.now, places, lost, "now", COLORS["Z"] if lost else COLORS["W"])]
        for k, run in enumerate(earlier, 1):
            rows.append((run, run.places, diverged(SURFACES[self.surface], run.places), str(k), NOTE))
        columns = (548, 626, 676, 740, 846)
        marks = [
            text(x, 272, words, 12, NOTE, "end")
            for x, words in zip(columns[1:], ("lr", "mu", "steps", "L above min."))
        ]
        for k, (run, points, away, name, color) in enumerate(rows):
            y, style = 294 + 21 * k, {"font_weight": "bold"} if k == 0 else {}
            result = "diverges" if away else height(SURFACES[self.surface].loss(*points[-1]))
            marks.append(text(columns[0], y, name, 13, color, "start", **style))
            for x, words in zip(columns[1:], (number(run.lr), number(run.mu), str(len(points) - 1), result)):
                marks.append(text(x, y, words, 13, color, "end", **style))
        return "".join(marks)


def until_far(places, plot):
    """The path up to its first step to twice as far as the picture shows: what follows would only cover the
    picture.
    """
    far = np.any(~(np.abs(places) < 2 * np.array([plot.xlim[1], plot.ylim[1]])), axis=1)
    return places[: np.argmax(far) + 1] if far.any() else places


def height(value):
    return "below 0.0001" if value < 1e-4 else number(value, 4) if value < 0.1 else number(value)


def square(plot, place, color):
    if not np.isfinite(place).all():
        return ""
    return rectangle(plot.x(place[0]) - 5, plot.y(place[1]) - 5, 10, 10, color, INK, stroke_width=1.5)


def contours(plot, surface):
    """Bands between levels of L, darker where L is larger, and crosses at the minima."""
    w, b = np.linspace(*plot.xlim, 91), np.linspace(*plot.ylim, 61)
    lines = contour_generator(w, b, SURFACES[surface].loss(*np.meshgrid(w, b)))
    marks = []
    for k, (low, high) in enumerate(zip(LEVELS, LEVELS[1:])):
        points, offsets = lines.filled(low, high)
        shapes = [
            outline(plot, ring)
            for group, cuts in zip(points, offsets)
            for ring in np.split(group, cuts[1:-1])
        ]
        style = {
            "fill": tint(COLORS["L"], 0.03 + 0.035 * k),
            "stroke": tint(COLORS["L"], 0.5),
            "stroke_width": 0.6,
        }
        marks.append(element("path", d="".join(shapes), **style, fill_rule="evenodd"))
    for w, b in SURFACES[surface].minima:
        marks.append(text(plot.x(w), plot.y(b), "×", 24, INK))
    return "".join(marks)


def outline(plot, ring):
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(plot.x(ring[:, 0]), plot.y(ring[:, 1])))
    return f"M{points}Z"


def sentence(surface, places, lr, mu, lost, right):
    steps, losses = len(places) - 1, surface.loss(*places.T)
    if steps == 0:
        return "At the start. Press Step or Run, or move “steps”; drag the ring to start elsewhere."
    if lost:
        limit = 2 * (1 + mu) / surface.steepest if surface.steepest else None
        if limit and lr < limit:  # of a right step: this one does not go against the gradient
            return (
                f"It diverges, and not because of lr: anything below {number(limit)} is small enough on this "
                "surface with this mu."
            )
        bound = (
            f" On this surface lr has to stay below {number(limit)} with this mu." if limit and right else ""
        )
        return f"It diverges: with lr = {number(lr)} the steps land higher than they left.{bound}"
    return f"{progress(surface, places, losses[-1])} {turns(places, mu, right)}".strip()


def progress(surface, places, loss):
    steps = len(places) - 1
    slope = np.hypot(*surface.gradient(*places[-1]))
    if loss < 1e-3:
        arrival = int(np.argmax(surface.loss(*places.T) < 1e-3))
        return f"It has arrived: L came within 0.001 of its minimum after {arrival} steps."
    if slope < 0.05 and len(surface.minima) > 1:
        return (
            f"After {steps} steps it has almost stopped, but at the saddle: the slope is next to zero there, "
            "and no minimum."
        )
    length = np.hypot(*(places[-1] - places[-2]))
    return (
        f"After {steps} steps L is {height(loss)} above its minimum; the last step was {number(length, 3)} "
        "long."
    )


def turns(places, mu, right):
    moves = np.diff(places, axis=0)
    back = int(np.sum(np.sum(moves[1:] * moves[:-1], axis=1) < 0))
    if back:
        return f"{back} of its steps turned back on the one before."
    if mu or not right:
        return "No step turned back on the one before."
    return "Without momentum each step follows the slope of its place alone."
