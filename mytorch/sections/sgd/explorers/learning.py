"""What the explorers of training share: the student's SGD, put to the test first, and a network in
training.
"""

import time
from dataclasses import dataclass, field

import numpy as np

from mytorch.check.reference import reference_of
from mytorch.check.standin import is_stand_in
from mytorch.explore.student import SUBSTITUTE, Unusable, array, quietly

PICTURE = 0.025  # seconds from one to the next: some to spare, so that a page shows 30 a second
SECONDS = 0.010  # of training in them
LONGEST = 240  # points that a curve is drawn with
# Multiplications up to which BLAS does a matrix product on one core; shared, it is slower while others work.
PRODUCT = 2**18


class Parameters:
    """A layer as an optimizer sees it: W, b and their gradients."""

    def __init__(self, W, b):
        self.W, self.b = np.array(W, dtype=float), np.array(b, dtype=float)
        self.dLdW, self.dLdb = np.zeros_like(self.W), np.zeros_like(self.b)


@dataclass
class Model:
    """As much of a network as an optimizer needs."""

    layers: list


# The student's optimizer


def rehearse(SGD, mu):
    """W and b of two layers after two steps, (20,). Raises Unusable where they are no longer fit for use, or
    never moved.
    """
    rng = np.random.default_rng(0)
    layers = [
        Parameters(rng.normal(size=(3, 2)), np.ones((3, 1))),
        Parameters(np.ones((2, 3)), np.ones((2, 1))),
    ]
    optimizer = SGD(Model(layers), 0.1, mu)
    before = _values(layers)
    for _ in range(2):
        for layer in layers:
            layer.dLdW, layer.dLdb = np.full(layer.W.shape, 0.5), rng.normal(size=layer.b.shape)
        optimizer.step()
        _fit(layers)
    after = _values(layers)
    if np.array_equal(before, after):
        case = "with momentum" if mu else "without momentum"
        raise Unusable(
            f"SGD.step, {case}, changed neither W nor b, though their gradients are not zero: is a TODO left?"
        )
    return after


def _values(layers):
    return np.concatenate([np.ravel(value) for layer in layers for value in (layer.W, layer.b)])


def _fit(layers):
    for layer in layers:
        array(layer.W, "W after SGD.step", layer.dLdW.shape)
        array(layer.b, "b after SGD.step", layer.dLdb.shape)


def usable(attempt, SGD, mu):
    """The student's SGD if a rehearsal with this momentum comes to its end, otherwise autograd's; ``attempt``
    notes why.
    """
    chosen, values = attempt(lambda cls: (cls, rehearse(cls, mu)), SGD)
    if chosen is SGD:
        attempt.agrees(values, rehearse, SGD, mu, equal_nan=True)
    return chosen


# The network


def network(attempt, sizes, activation="ReLU", seed=0):
    """A network of the student's own classes, as ``build_mlp`` makes it, with another function behind its
    hidden layers.
    """
    from mytorch import nn  # imported here, so that a class that has just been finished is used
    from mytorch.training import build_mlp

    try:
        model = build_mlp(sizes, seed)
    except ValueError as error:  # MLP4 was written for five layers and no other number
        attempt.note(f"{error}\n{SUBSTITUTE} stands in for MLP4 in this picture.")
        model = _reference_mlp(sizes, seed)
    f = getattr(nn, activation)
    model.f = [f() for _ in model.f[:-1]] + model.f[-1:]
    return model


def _reference_mlp(sizes, seed):
    from mytorch.training import initialize

    MLP4, Linear, ReLU, Identity = map(reference_of, ("MLP4", "Linear", "ReLU", "Identity"))
    model = MLP4()
    model.layers = [Linear(*pair) for pair in zip(sizes, sizes[1:])]
    model.f = [ReLU() for _ in sizes[2:]] + [Identity()]
    return initialize(model, seed)


def stand_ins(*names) -> str:
    """A sentence on those of these components that autograd stands in for, or an empty string."""
    from mytorch import models, nn

    unfinished = [name for name in names if is_stand_in(getattr(nn, name, None) or getattr(models, name))]
    if not unfinished:
        return ""
    verb, object_ = ("is", "it") if len(unfinished) == 1 else ("are", "them")
    return (
        f"{', '.join(unfinished)} {verb} not finished: {SUBSTITUTE} stands in for {object_} in this picture."
    )


@dataclass
class Training:
    """A network in training, a mini-batch at a time, and its history.

    ``train`` and ``test`` are pairs (X, Y) as ``train_model`` takes them. ``history`` holds rows (epoch,
    loss, test loss, accuracy, test accuracy), the first from before the training; of the training samples as
    many are judged as there are test samples. ``stopped`` says why it cannot go on.
    """

    model: object
    criterion: object
    train: tuple
    test: tuple
    seed: int = 0
    steps: int = 0
    stopped: str = ""
    history: list = field(default_factory=list)

    def __post_init__(self):
        self._rng = np.random.default_rng(self.seed)
        self._order = np.array([], dtype=int)  # rows of this epoch that wait for their turn
        self._seen = 0
        self._optimizer = self._made_by = None
        self.measure()

    @property
    def epoch(self) -> float:
        return self._seen / len(self.train[0])

    def run(self, SGD, lr, mu, batch_size, most=None, seconds=SECONDS) -> None:
        """Take steps until an epoch ends, so many seconds are over, or ``most`` have been taken; then
        measure.
        """
        end = time.perf_counter() + seconds
        for taken in range(1, (most or len(self.train[0])) + 1):
            quietly(self.step, SGD, lr, mu, batch_size)
            if len(self._order) == 0 or taken == most or time.perf_counter() > end:
                break
        self.measure()

    def step(self, SGD, lr, mu, batch_size) -> None:
        """One step on the next mini-batch, with the parameters of the optimizer as they are now."""
        if len(self._order) == 0:
            self._order = self._rng.permutation(len(self.train[0]))
        rows, self._order = self._order[:batch_size], self._order[batch_size:]
        X, Y = (values[rows] for values in self.train)
        A = self.model.forward(X)
        self.criterion.forward(A, Y)
        self.model.backward(self.criterion.backward())
        optimizer = self._optimizer_of(SGD, lr, mu)
        optimizer.lr, optimizer.mu = lr, mu
        optimizer.step()
        self._seen += len(rows)
        self.steps += 1

    def _optimizer_of(self, SGD, lr, mu):
        if self._made_by is not SGD:
            self._optimizer, self._made_by = SGD(self.model, lr, mu), SGD
        return self._optimizer

    def outputs(self, X):
        """What the network says about every row of X."""
        widest = max(max(layer.W.shape) for layer in self.model.layers)
        pieces = np.array_split(X, 1 + len(X) * widest**2 // PRODUCT)
        rows = np.concatenate([quietly(self.model.forward, piece) for piece in pieces])
        return array(rows, "the network's output", (len(X), self.train[1].shape[1]))

    def measure(self) -> None:
        """Add a row to the history, and keep the outputs for the test samples as ``said``."""
        X, Y = (values[: len(self.test[0])] for values in self.train)
        loss, accuracy = self._judge(self.outputs(X), Y)
        self.said = self.outputs(self.test[0])
        test_loss, test_accuracy = self._judge(self.said, self.test[1])
        self.history.append((self.epoch, loss, test_loss, accuracy, test_accuracy))
        if not np.isfinite(loss):
            self.stopped = (
                f"Training came apart after {self.steps} steps: the loss is no longer a finite number. "
                "Steps that are too long do that: try a smaller lr or mu."
            )

    def _judge(self, A, Y):
        """Loss and accuracy of these outputs."""
        loss = quietly(self.criterion.forward, A, Y)
        return np.asarray(loss, dtype=float).item(), np.mean(A.argmax(axis=1) == Y.argmax(axis=1))

    def curves(self):
        """The history as columns, thinned out where it is long; its last row is always there."""
        rows = np.array(self.history[:: 1 + len(self.history) // LONGEST] + self.history[-1:], dtype=float)
        return rows.T
