"""Train and judge a network that is built from your own classes.

``train_model`` and ``evaluate_model`` need no more than the notebooks' contracts: a model with ``layers``,
``forward`` and ``backward``, a loss with ``forward`` and ``backward``, an optimizer with ``step``.
"""

import sys
from itertools import pairwise

import numpy as np

from mytorch.figures import show
from mytorch.mode import in_notebook, recording

LIMITS = (-2, 2)  # the square in which the toy sets of mytorch.data live


# --- networks to train --------------------------------------------------------------------------------------


def initialize(model, seed=0):
    """Fill every layer's W with random numbers and its b with zeros, in place. Returns the model.

    A network of ReLUs that starts at zero never learns: every A is 0, so every dAdZ is 0, so is every
    gradient, and each step leaves the parameters where they are. Random weights break that. He et al. (2015)
    scale them by √(2 / C_in): then the values keep about the same size from layer to layer, instead of fading
    or exploding. Where W has more than two axes, such as a convolution's, C_in is the number of inputs to one
    output. What else a layer learns stays as the layer has made it.
    """
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if hasattr(layer, "W"):
            C_in = np.prod(layer.W.shape[1:])
            layer.W = np.sqrt(2 / C_in) * rng.standard_normal(layer.W.shape)
        if hasattr(layer, "b"):
            layer.b = np.zeros(layer.b.shape)
    return model


def build_mlp(sizes, seed=0):
    """Your ``MLP4``, rebuilt with other layers: ``build_mlp([64, 64, 64, 32, 32, 10])`` maps 64 features to
    10.

    sizes: the number of features before, between and after the layers. ReLU follows every layer but the last,
    which ``Identity`` follows: a loss such as cross-entropy needs outputs of either sign. Weights start as
    ``initialize`` sets them. Raises ValueError when the sizes make no network, or one that your ``MLP4``
    cannot run.
    """
    from mytorch.models import MLP4  # imported here, so that a class you have just finished is used

    sizes = [_positive("each of the sizes", size) for size in sizes]
    if len(sizes) < 2:
        raise ValueError(
            "A network needs at least two sizes: its number of inputs and its number of outputs."
        )
    model = MLP4()
    if not takes_layers(model, sizes):
        raise ValueError(
            f"Your MLP4 does not run these {len(sizes) - 1} layers: let forward and backward loop over "
            "range(len(self.layers)) and use self.layers[i] and self.f[i]. Networks of five layers need six "
            "sizes."
        )
    return initialize(model, seed)


def takes_layers(model, sizes):
    """Put other layers into the model: does its own code use all of them, both ways?"""
    from mytorch.nn import Identity, Linear, ReLU

    layers = [Linear(C_in, C_out) for C_in, C_out in pairwise(sizes)]
    try:
        model.layers, model.f = layers, [ReLU() for _ in layers[:-1]] + [Identity()]
        out = model.forward(np.zeros((1, sizes[0])))
        model.backward(np.zeros((1, sizes[-1])))
        return out.shape == (1, sizes[-1]) and all(hasattr(layer, "dLdW") for layer in layers)
    except (IndexError, ValueError, AttributeError):  # of properties without a setter, too
        return False


# --- training -----------------------------------------------------------------------------------------------


def train_model(
    model,
    criterion,
    optimizer,
    X,
    Y,
    epochs=20,
    batch_size=32,
    seed=0,
    validation=None,
    show_progress=True,
):
    """Train the model in place by mini-batch gradient descent.

    X: (N, C_in) inputs, or with more axes, such as (N, C_in, L); Y: (N, C_out) targets, one-hot rows for a
    classification. An epoch visits every sample once, in a new random order, ``batch_size`` samples a step.
    ``validation`` is another pair ``(X, Y)`` to judge the model on; it is never trained on.

    Returns the history, lists with one number an epoch, measured at its end: ``"loss"`` and ``"accuracy"``,
    and with a validation pair ``"val_loss"`` and ``"val_accuracy"``. Training stops early when the loss is no
    longer finite, and when you interrupt it; then ``history["stopped"]`` says so. Raises ValueError for
    arguments that do not fit together.
    """
    X, Y = _matching(X, Y)
    sets = {"": (X, Y)}
    if validation is not None:
        if len(validation) != 2:
            raise ValueError(
                "validation is not a pair: give (X, Y), inputs and targets kept out of training."
            )
        sets["val_"] = _matching(*validation, "validation ")
    epochs, batch_size = _positive("epochs", epochs), _positive("batch_size", batch_size)
    if recording():
        epochs = 1

    rng = np.random.default_rng(seed)
    history = {prefix + name: [] for prefix in sets for name in ("loss", "accuracy")}
    show = _progress(epochs) if show_progress and not recording() else _silent
    epoch = 1
    try:
        with np.errstate(all="ignore"):  # a diverging loss is reported once, below, not by a warning a step
            for epoch in range(1, epochs + 1):
                for rows in batches(rng.permutation(len(X)), batch_size):
                    A = model.forward(X[rows])
                    criterion.forward(A, Y[rows])
                    model.backward(criterion.backward())
                    optimizer.step()

                judged = {prefix: evaluate_model(model, criterion, *data) for prefix, data in sets.items()}
                for prefix, (loss, accuracy) in judged.items():
                    history[prefix + "loss"].append(loss)
                    history[prefix + "accuracy"].append(accuracy)
                if not np.isfinite(history["loss"][-1]):
                    history["stopped"] = (
                        f"Stopped in epoch {epoch}: the loss is no longer a finite number. Try a smaller lr."
                    )
                show(epoch, history)
                if "stopped" in history:
                    break
    except KeyboardInterrupt:
        if recording():
            raise  # the cell ran out of time
        history.pop("stopped", None)
        whole = min(len(values) for values in history.values())
        history = {name: values[:whole] for name, values in history.items()}  # all of the same length
        ends = f"ends with epoch {whole}" if whole else "is empty"
        history["stopped"] = f"Interrupted in epoch {epoch} of {epochs}: the history {ends}."
        print(history["stopped"]) if show is _silent else show(epoch, history)
    return history


def evaluate_model(model, criterion, X, Y):
    """How good is the model on these data? Returns (loss, accuracy), two floats; nothing is learned.

    Accuracy is the share of rows, 0 to 1, whose largest output stands where the target's largest entry does.
    It means something for classes only, not for a regression.
    """
    X, Y = _matching(X, Y)
    A = model.forward(X)
    loss = criterion.forward(A, Y)
    accuracy = np.mean(np.argmax(A, axis=1) == np.argmax(Y, axis=1))
    return np.asarray(loss, dtype=float).item(), float(accuracy)


def epochs(n):
    """``n``, but 1 while a submission is graded: demonstrations cost grading nothing. For training loops of
    your own.
    """
    return 1 if recording() else n


def batches(order, batch_size):
    """The row numbers in ``order``, ``batch_size`` at a time; the last batch may be smaller. While a
    submission is graded, the first batch only.
    """
    for start in range(0, batch_size if recording() else len(order), batch_size):
        yield order[start : start + batch_size]


def _matching(X, Y, kind=""):
    """Both as arrays, if they have a row for each sample; a row of X may have axes of its own."""
    X, Y = np.asarray(X), np.asarray(Y)
    if X.ndim < 2 or Y.ndim != 2:
        raise ValueError(
            f"The {kind}X and Y must have one row a sample, and Y must be a matrix, but they have shapes "
            f"{X.shape} and {Y.shape}: np.eye(C)[labels] turns labels into one-hot rows."
        )
    if len(X) != len(Y):
        raise ValueError(
            f"The {kind}X has {len(X)} rows and Y has {len(Y)}: give one row of each for every sample."
        )
    if len(X) == 0:
        raise ValueError(f"The {kind}X and Y are empty: give at least one sample.")
    return X, Y


def _positive(name, value):
    if not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{name} is {value!r}: give a whole number, 1 or more.")
    return int(value)


# --- looking at it ------------------------------------------------------------------------------------------


def plot_history(history):
    """Loss and accuracy after each epoch: the training set solid, the validation set dashed."""
    if recording():
        return
    import matplotlib.pyplot as plt

    from mytorch.style import COLORS

    fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    curves = (("loss", COLORS["L"]), ("accuracy", COLORS["Y"]))
    for ax, (name, color) in zip(axes, curves):
        for prefix, label, line in (("", "training", "-"), ("val_", "validation", "--")):
            values = history.get(prefix + name, [])
            if values:
                marker = "." if len(values) == 1 else None  # a line through one point cannot be seen
                ax.plot(np.arange(1, len(values) + 1), values, line, color=color, marker=marker, label=label)
        ax.set(xlabel="epoch", ylabel=name)
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.grid(alpha=0.3)
        if ax.lines:  # none if the first epoch was interrupted
            ax.legend(loc="lower right" if name == "accuracy" else "upper right")
    axes[0].set_ylim(bottom=0)
    axes[1].set_ylim(0, 1.02)
    if "stopped" in history:
        fig.suptitle(history["stopped"], color=COLORS["L"])
    show(fig, "Two graphs over the epochs, of the loss and of the accuracy.")


def plot_boundary(model, X, Y):
    """What a model with two inputs and two outputs says about every point of the square.

    Shading: the softmax of its second output, white 0 to blue 1, and the boundary where both outputs are
    equal. Rings and crosses: the samples of the two classes.
    """
    if recording():
        return
    import matplotlib.pyplot as plt
    from matplotlib.colors import LinearSegmentedColormap

    from mytorch.style import COLORS

    side = np.linspace(*LIMITS, 121)
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    with np.errstate(all="ignore"):  # a model that diverged leaves the square blank
        A = model.forward(grid.reshape(-1, 2))
    # softmax, written without overflow
    second = 0.5 + 0.5 * np.tanh((A[:, 1] - A[:, 0]) / 2).reshape(grid.shape[:2])

    fig, ax = plt.subplots(figsize=(4.2, 4.2), layout="constrained")
    blues = LinearSegmentedColormap.from_list("blues", ["white", COLORS["A"]])
    ax.imshow(
        second, extent=LIMITS * 2, origin="lower", cmap=blues, vmin=0, vmax=2.5, interpolation="bilinear"
    )
    if second.min() < 0.5 < second.max():
        ax.contour(side, side, second, levels=[0.5], colors=COLORS["A"], linewidths=2)
    for label, marker in enumerate((r"$\circ$", "x")):
        samples = X[np.argmax(Y, axis=1) == label]
        ax.scatter(*samples.T, marker=marker, s=22, linewidths=1, color=COLORS["Y"], label=f"class {label}")
    ax.set(xlim=LIMITS, ylim=LIMITS, xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    fig.legend(loc="outside upper center", ncols=2, frameon=False)
    with np.errstate(all="ignore"):
        right = np.mean(np.argmax(model.forward(X), axis=1) == np.argmax(Y, axis=1))
    show(
        fig,
        f"The plane, shaded by the model's answer, with {len(X)} samples, {right:.1%} of them on their side.",
    )


def plot_digits(X, captions):
    """Pictures in a row. X: (n, 64) pixels, 0 to 1; captions: n words to write above them."""
    if recording() or len(X) == 0:
        return
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(0.9 * len(X), 1.2), layout="constrained")
    side = 0.85  # of a picture; axes of its own would take three times as long
    for left, (pixels, caption) in enumerate(zip(X, captions)):
        place = (left, left + side, 0, side)
        ax.imshow(pixels.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1, extent=place)
        ax.text(left + side / 2, side + 0.1, caption, ha="center", size="large")
    ax.set(xlim=(0, len(X) - 1 + side), ylim=(0, side))
    ax.set_axis_off()
    show(fig, f"Pictures of digits, each with its caption: {', '.join(map(str, captions))}.")


def _progress(epochs):
    """A function ``show(epoch, history)``: a bar in a notebook, one line that rewrites itself in a
    terminal.
    """
    return _notebook_bar(epochs) if in_notebook() else _terminal_line(epochs)


def _notebook_bar(epochs):
    """No widget: a notebook that is opened again still shows how the training ended."""
    from IPython.display import display

    def looks(epoch, line):
        bar = f'<progress aria-label="Training" value="{epoch}" max="{epochs}"></progress>'
        return {"text/plain": line, "text/html": f"{bar} {line}"}

    handle = display(looks(0, "epoch 1 …"), raw=True, display_id=True)
    return lambda epoch, history: handle.update(looks(epoch, _status(epoch, epochs, history)), raw=True)


def _terminal_line(epochs):
    def show(epoch, history):
        last = epoch == epochs or "stopped" in history
        if last or sys.stdout.isatty():  # a file gets the final line only
            line = _status(epoch, epochs, history)
            print(f"\r{line:<79}", end="\n" if last else "", flush=True)

    return show


def _silent(epoch, history):
    """Show nothing."""


def _status(epoch, epochs, history):
    if "stopped" in history:
        return history["stopped"]
    prefix, kind = ("val_", "validation ") if "val_loss" in history else ("", "")
    loss, accuracy = history[prefix + "loss"][-1], history[prefix + "accuracy"][-1]
    return f"epoch {epoch} of {epochs} · {kind}loss {loss:.3f} · {kind}accuracy {accuracy:.1%}"
