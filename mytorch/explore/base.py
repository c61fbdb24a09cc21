"""What all explorers share. An explorer asks one question and answers it with the student's own code:

    class Doubling(Explorer):
        question = "What does twice as much look like?"
        size = (860, 300)                                  # of the picture, in pixels
        controls = (                                       # in rows
            (Slider("z", "Z", -3, 3, 1.0), Tick("ghost", "autograd")),
            (Button("far", "Go far"),),
        )

        def __init__(self, Double):                        # whatever it needs, then super().__init__()
            self.Double = Double
            self.plot = Plot(40, 30, 780, 220, xlim=(-3, 3), ylim=(-6, 6))
            super().__init__()

        def draw(self, z, ghost):                          # called with the controls' values, each time
            A = self.attempt(forward, self.Double, z)      # the student's class, or autograd's where it fails
            self.back = self.plot.frame()                  # SVG (see svg.py); sent only if it has changed
            self.front = self.plot.handle(z, A, COLORS["A"], name="point")
            return f"Twice {z} is {A}."                    # the sentence below the picture

        def pressed(self, button):                         # for each Button
            self.set(z=3.0)                                # moves controls, within their ranges

        def dragged(self, handle, x, y):                   # the mouse drags the mark with data_drag=handle
            self.set(z=self.plot.at(x, y)[0])

    def forward(Double, z):                                # runs a class, the student's or autograd's
        return array(Double().forward(np.array([[z]])), "Double.forward(Z)", (1, 1))

``show(Doubling, Double)`` displays it. The base adds question, Reset, sentence and error line. Whatever the
student's code raises is explained there, with its line, and the picture goes on with autograd's class.
``self.play(step)`` calls ``step()`` and draws, again and again, until it returns False or ``self.pause()`` is
called; the page stays responsive meanwhile.

Why SVG that the browser draws, and no matplotlib canvas? It is two to three times as fast as ipympl at its
best and sharp on any screen at no cost (benchmarks/explorers.py measures both), and there is no figure that
could leak. All that an explorer shows is one widget with one connection to the kernel, closed when its cell
runs again.
"""

import asyncio
import threading
import time
from base64 import b64encode
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

import anywidget
import traitlets
from IPython import get_ipython
from IPython.display import display

from ..still import Still
from ..style import COLORS, CONTROLS, NOTE
from . import svg
from .student import STOPS, Calls, explain, quietly

FRAME_TIME = 0.032  # seconds from one picture to the next while one plays
BREATH = 0.004  # seconds that the page's messages have at least between two pictures
FAILED = object()


@dataclass(frozen=True)
class Slider:
    """A number from ``low`` to ``high``; ``color`` names the quantity whose colour it has."""

    name: str
    label: str
    low: float
    high: float
    value: float
    step: float = 0.05
    digits: int = 2
    color: str = "Y"

    def fit(self, value) -> float:
        """The nearest value that the slider can take."""
        steps = round((min(max(float(value), self.low), self.high) - self.low) / self.step)
        fitted = round(self.low + steps * self.step, 9)
        return int(fitted) if self.digits == 0 else fitted


@dataclass(frozen=True)
class Choice:
    """One of several words."""

    name: str
    label: str
    options: tuple[str, ...]
    value: str

    def fit(self, value) -> str:
        return value if value in self.options else self.value


@dataclass(frozen=True)
class Tick:
    """Yes or no."""

    name: str
    label: str
    value: bool = True

    def fit(self, value) -> bool:
        return bool(value)


@dataclass(frozen=True)
class Button:
    """Something to do: ``pressed(name)`` is called."""

    name: str
    label: str


FALLBACKS = " ".join(f"--mt-{name}: {color};" for name, color in CONTROLS.items())


class View(anywidget.AnyWidget):
    """The explorer's part in the page: view.js and view.css beside this file."""

    _esm = Path(__file__).with_name("view.js")
    _css = f".mt-explorer {{ {FALLBACKS} }}\n" + Path(__file__).with_name("view.css").read_text("utf-8")
    question = traitlets.Unicode().tag(sync=True)
    size = traitlets.List().tag(sync=True)
    controls = traitlets.List().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    drag = traitlets.Dict().tag(sync=True)
    back = traitlets.Unicode().tag(sync=True)
    front = traitlets.Unicode().tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)
    problem = traitlets.Unicode().tag(sync=True)
    hidden = traitlets.Unicode().tag(sync=True)  # the style that hides its still

    def __repr__(self):
        return ""  # where no widget is shown, the still says enough

    def close(self):
        self.layout.close()
        super().close()


class Explorer:
    """See the module's docstring."""

    question = ""
    size = (860, 400)
    controls: tuple[tuple, ...] = ()
    takes_classes = True  # and no objects
    still_of: tuple[str, ...] = ()  # the classes, of the library, with which its still picture is drawn

    def __init__(self):
        self.back = self.front = ""
        self._kept = {}  # for each ``make`` of ``kept``: from what it made what, and what was noted then
        self.attempt = Calls()
        self._playing: asyncio.Task | None = None
        # Elsewhere than in the course's JupyterLab a thread of its own (a subshell) hears of the controls; of
        # the first, before it has begun, the kernel's main thread.
        self._one_at_a_time = threading.RLock()
        self._controls = {control.name: control for row in self.controls for control in row}
        self.values = {
            name: control.value for name, control in self._controls.items() if not isinstance(control, Button)
        }
        rows = [[_described(control) for control in row] for row in self.controls]
        self.view = View(question=self.question, size=list(self.size), controls=rows, values=self.values)
        self._refresh()
        self.view.observe(
            lambda change: change["new"] != self.values and self._event(self.set, **change["new"]), "values"
        )
        self.view.observe(lambda change: self._event(self.dragged, **change["new"]), "drag")
        self.view.on_msg(lambda view, message, buffers: self._press(message.get("press")))

    # what an explorer defines

    def draw(self, **values) -> str:
        """Set ``self.back`` and ``self.front`` to markup for these values. Returns what is to be seen, in a
        sentence.
        """
        raise NotImplementedError

    def pressed(self, button: str) -> None:
        """The Button of that name was pressed."""

    def dragged(self, handle: str, x: float, y: float) -> None:
        """The mouse drags the mark with this ``data_drag`` to (x, y), pixels of the picture."""

    def reset(self) -> None:
        """Reset was pressed: everything as in the beginning."""
        self.pause()
        self.set(
            **{
                control.name: control.value
                for control in self._controls.values()
                if not isinstance(control, Button)
            }
        )

    # what an explorer uses

    def set(self, **values) -> None:
        """Move these controls, each within its range."""
        self.values = {
            **self.values,
            **{name: self._controls[name].fit(value) for name, value in values.items()},
        }

    def background(self, make, *key) -> None:
        """Set ``self.back = make(*key)``, unless it is that already: for what few events change, and is
        costly to draw.
        """
        self.back = self.kept(make, *key)

    def kept(self, make, *key):
        """``make(*key)``, made anew only for another key than the last time. What it notes is noted each
        time.
        """
        if make not in self._kept or self._kept[make][0] != key:
            earlier = set(self.attempt.notes)
            value = make(*key)
            self._kept[make] = key, value, [note for note in self.attempt.notes if note not in earlier]
        _, value, notes = self._kept[make]
        for note in notes:
            self.attempt.note(note)
        return value

    def play(self, step, every: float = FRAME_TIME) -> None:
        """Call ``step()`` and draw, again and again, ``every`` so many seconds or as fast as it can. A step
        should take no longer than about 50 ms.
        """
        self.pause()
        self._playing = asyncio.get_running_loop().create_task(self._play(step, every))

    def pause(self) -> None:
        """Stop playing. Does nothing when nothing plays."""
        task, self._playing = self._playing, None
        if task is not None and not (loop := task.get_loop()).is_closed():
            loop.call_soon_threadsafe(task.cancel)

    @property
    def playing(self) -> bool:
        return self._playing is not None

    def close(self) -> None:
        """Take it out of the page and the kernel."""
        with self._one_at_a_time:
            self.pause()
            self.view.close()

    def still(self) -> str:
        """The picture that stands in a notebook above the explorer's cell, as an SVG file."""
        return self.picture("Run the cell below to move this picture with your own code.")

    def picture(self, note="") -> str:
        """The picture as it is now, as an SVG file with its question above and a note below."""
        width, height = self.size
        title = svg.text(24, 26, self.question, 16, anchor="start", font_weight="bold")
        body = svg.element("g", self.back + self.front, transform="translate(0 48)")
        note = svg.text(24, height + 60, note, 13, NOTE, "start") if note else ""
        return svg.document(width, height + (80 if note else 52), self.question, title + body + note)

    # the rest

    def _event(self, run, *args, **kwargs) -> bool:
        """Run what an event asks for, then draw. False if it returned False, or failed."""
        with self._one_at_a_time:
            self.attempt.notes.clear()
            result = self._guarded(run, *args, **kwargs)
            self._refresh()
        return result is not False and result is not FAILED

    def _refresh(self) -> None:
        """Draw, and send what has changed in one message."""
        sentence = self._guarded(self.draw, **self.values)
        view = self.view
        with view.hold_sync():
            view.values, view.back, view.front = self.values, self.back, self.front
            view.said = view.said if sentence is FAILED else sentence
            view.problem = "\n".join(self.attempt.notes)

    def _guarded(self, run, *args, **kwargs):
        """Call it; what it raises is explained below the picture."""
        try:
            return quietly(run, *args, **kwargs)  # a class may yield numbers of any size
        except STOPS as error:
            self.attempt.note(explain("The explorer", error))
            return FAILED

    def _press(self, button) -> None:
        if button == "reset":
            self._event(self.reset)
        elif isinstance(self._controls.get(button), Button):
            self._event(self.pressed, button)

    async def _play(self, step, every):
        started = time.monotonic()
        while self._turn(step):
            await asyncio.sleep(max(started + every - time.monotonic(), BREATH))
            started = time.monotonic()

    def _turn(self, step) -> bool:
        """A step of the play, unless it was paused. Does it go on?"""
        with self._one_at_a_time:
            if self._playing is not asyncio.current_task():
                return False
            if not self._event(step):
                self._playing = None
            return self._playing is not None


def _described(control) -> dict:
    """A control as view.js takes it."""
    described = {"kind": type(control).__name__.lower(), **asdict(control)}
    if isinstance(control, Slider):
        described["color"] = COLORS[control.color]
    return described


def explorer_in(section, name: str) -> type[Explorer]:
    """The one that stands in the section's file of that name."""
    module = section.load(f"explorers.{name}")
    own = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__
    ]
    return next(cls for cls in own if issubclass(cls, Explorer))


# An explorer lives as long as the output of its cell: it is closed when the cell runs again.

_open: dict[str, list[Explorer]] = {}


def show_explorer(explorer: type[Explorer], *args) -> None:
    """Make the explorer and display it."""
    shell = get_ipython()
    if _before_cell not in shell.events.callbacks["pre_run_cell"]:
        shell.events.register("pre_run_cell", _before_cell)
    place = shell.get_parent().get("metadata", {}).get("cellId")
    if place is None:  # a front end that does not name its cells: there can be one explorer of each kind
        place = explorer.__name__
        _close_in(place)
    made = explorer(*args)
    _open.setdefault(place, []).append(made)
    made.view.hidden = Still(*_looks(made)).hidden
    display(made.view)


def _looks(explorer: Explorer) -> tuple[str, str]:
    """What is left of it when it is gone: HTML with its picture, which no page takes for code, and text."""
    picture = b64encode(explorer.picture().encode()).decode()
    said = explorer.view.said
    image = f'<img src="data:image/svg+xml;base64,{picture}" alt="{escape(explorer.question)}" width="860">'
    return f"{image}<p>{escape(said)}</p>", f"{explorer.question}\n{said}"


def _before_cell(info) -> None:
    _close_in(info.cell_id)


def _close_in(place: str) -> None:
    for explorer in _open.pop(place, ()):
        explorer.close()
