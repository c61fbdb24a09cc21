"""A network drawn from the model itself, run forward and backward one equation at a time."""

import numpy as np

from mytorch.explore.base import Button, Choice, Explorer, Slider
from mytorch.explore.student import SUBSTITUTE, counterpart, quietly

from .network_picture import Picture, legend
from .network_words import sentence
from .passes import inputs_of, run, source

SLIDERS = 4  # for the first inputs; further ones are fixed random numbers
START = (1.0, -0.5, 0.5, -1.0)  # where they stand at first
PLAY_TIME = 0.7  # seconds a step


class Network(Explorer):
    question = "Which weights learn nothing from this sample, and where was their gradient lost?"
    takes_classes = False
    still_of = ("MLP0", "MLP1", "MLP4")
    size = (860, 452)

    def __init__(self, *models):
        if not models:
            raise TypeError("Which network? explore.network(MLP1) draws one.")
        self.sources = {}
        for model in models:
            name, make = source(model)
            twins = sum(other.split(" (")[0] == name for other in self.sources)
            self.sources[f"{name} ({twins + 1})" if twins else name] = make
        first, *_ = self.sources
        features = min(max(inputs_of(make) for make in self.sources.values()), SLIDERS)
        self.inputs = [f"x{j}" for j in range(features)]
        self.controls = (
            (
                Choice("network", "model", tuple(self.sources), "MLP1" if "MLP1" in self.sources else first),
                Button("forward", "Forward step"),
                Button("backward", "Backward step"),
                Button("play", "Play / pause"),
                Button("weights", "New random weights"),
            ),
            tuple(
                Slider(f"x{j}", f"A0[0, {j}]", -2, 2, START[j], step=0.1, digits=1, color="A")
                for j in range(features)
            ),
        )
        self.done, self.seed, self.network, self.refused, self.trace = 0, 0, None, False, None
        super().__init__()

    def draw(self, network, **inputs):
        if network != self.network:
            self.network, self.done = network, 0
        make = self.sources[network]
        self.trace, self.back, self.front = None, "", ""  # if neither the student's model nor autograd's runs
        arguments = (self.seed, tuple(inputs[name] for name in self.inputs), self.done)
        self.trace = self.attempt(run, make, *arguments)
        self.compare(make, arguments)
        self.done = min(self.done, len(self.trace.steps))
        picture = Picture(self.trace, self.done)
        self.back, self.front = picture.lines() + legend(), picture.columns()
        refused, self.refused = self.refused, False
        if refused:
            left = 2 * len(self.trace.W) - self.done
            return (
                f"Backward starts at the output, with what forward has kept: {left} forward "
                f"step{'s' * (left > 1)} to go."
            )
        return sentence(self.trace, self.done)

    def compare(self, make, arguments):
        reference = counterpart(make)
        if reference is None:
            return
        expected = quietly(run, reference, *arguments)
        if self.trace.sizes != expected.sizes:
            has, wants = ("-".join(map(str, trace.sizes)) for trace in (self.trace, expected))
            self.attempt.note(f"Your {make.__name__} has layers of {has} features, {SUBSTITUTE}'s {wants}.")
            return
        for (name, i), value in expected.values.items():
            if not np.allclose(self.trace.values[name, i], value, equal_nan=True):
                why = f"check({make.__name__}) tells more."
                self.attempt.note(
                    f"{name}{i} differs from {SUBSTITUTE}'s, with the same weights and the same sample. {why}"
                )
                return

    # what can be pressed

    def pressed(self, button):
        if self.trace is None:
            return
        half, end = 2 * len(self.trace.W), len(self.trace.steps)
        if button == "play":
            self.toggle(end)
            return
        self.pause()
        if button == "forward":
            self.done = self.done + 1 if self.done < half else 1
        elif button == "backward":
            self.refused = self.done < half
            self.done = min(self.done + 1, end) if self.done >= half else self.done
        else:
            self.seed += 1

    def toggle(self, end):
        if self.playing:
            self.pause()
            return
        self.done = 0 if self.done == end else self.done
        self.play(self.advance, PLAY_TIME)

    def advance(self):
        self.done = min(self.done + 1, len(self.trace.steps))
        return self.done < len(self.trace.steps)

    def reset(self):
        self.done, self.seed = 0, 0
        super().reset()

    def still(self):
        self.done = len(self.trace.steps)
        self._refresh()
        return super().still()
