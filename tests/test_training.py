"""Training with the library's own classes, as students call it."""

import inspect
import re
import textwrap
import warnings
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from support.own import ROOT

matplotlib.use("Agg")

import matplotlib.pyplot as plt

import mytorch.models
from mytorch import training
from mytorch.data import digits, moons
from mytorch.models import MLP0, MLP4
from mytorch.nn import CrossEntropyLoss, Identity, Linear, MSELoss, ReLU
from mytorch.optim import SGD
from mytorch.training import (
    build_mlp,
    epochs,
    evaluate_model,
    initialize,
    plot_boundary,
    plot_digits,
    plot_history,
    train_model,
)

NOTEBOOK = ROOT / "notebooks" / "05_sgd.md"


@pytest.fixture(autouse=True)
def a_student_at_work(monkeypatch):
    monkeypatch.delenv("MYTORCH_CHECK", raising=False)
    yield
    plt.close("all")


@pytest.fixture
def graded(monkeypatch):
    monkeypatch.setenv("MYTORCH_CHECK", "record")


def train(model, *data, lr=0.05, momentum=0.9, criterion=None, **options):
    options = {"show_progress": False, **options}
    return train_model(model, criterion or CrossEntropyLoss(), SGD(model, lr, momentum), *data, **options)


def parameters(model):
    return [array.copy() for layer in model.layers for array in (layer.W, layer.b)]


class Recorder:
    """Model, loss and optimizer in one: returns fixed outputs and writes down what is called."""

    def __init__(self, loss=1.0):
        self.calls, self.batches, self.loss = [], [], loss

    def forward(self, A, Y=None):
        self.calls.append("model.forward" if Y is None else "criterion.forward")
        if Y is not None:
            return self.loss
        self.batches.append(A)
        return np.zeros((len(A), 2))

    def backward(self, *dLdA):
        self.calls.append("model.backward" if dLdA else "criterion.backward")
        return 0

    def step(self):
        self.calls.append("step")


# --- what the issue asks for --------------------------------------------------------------------------------


def test_a_wider_mlp_reads_at_least_95_percent_of_the_digits():
    X_train, Y_train, X_test, Y_test = digits()
    model = build_mlp([64, 64, 32, 10])
    train(model, X_train, Y_train, lr=0.05, epochs=25)
    accuracy = evaluate_model(model, CrossEntropyLoss(), X_test, Y_test)[1]
    assert accuracy >= 0.95


def test_mlp4_learns_the_moons():
    X, Y = moons(400)
    model = initialize(MLP4())
    history = train(model, X, Y, epochs=40, validation=moons(200, seed=1))
    assert history["val_accuracy"][-1] > 0.97


# --- initialize, build_mlp ----------------------------------------------------------------------------------


def test_initialize_works_in_place_with_the_size_of_he():
    model = build_mlp([200, 400, 3])
    assert initialize(model, seed=7) is model
    W = model.layers[0].W
    assert W.shape == (400, 200)
    assert abs(W.mean()) < 0.002 and W.std() == pytest.approx(np.sqrt(2 / 200), rel=0.02)
    assert all((layer.b == 0).all() and layer.b.shape == (len(layer.W), 1) for layer in model.layers)


def test_initialize_knows_weights_of_any_number_of_axes():
    convolution, scale = SimpleNamespace(W=np.zeros((50, 20, 5)), b=np.ones(50)), SimpleNamespace(gain=3.0)
    initialize(SimpleNamespace(layers=[convolution, scale]))
    assert convolution.W.shape == (50, 20, 5)
    assert convolution.W.std() == pytest.approx(np.sqrt(2 / 100), rel=0.05)
    assert convolution.b.shape == (50,) and not convolution.b.any()
    assert scale.gain == 3.0


def test_initialize_depends_on_the_seed_only():
    first, again, other = (parameters(initialize(MLP4(), seed)) for seed in (1, 1, 2))
    assert all(map(np.array_equal, first, again))
    assert not np.array_equal(first[0], other[0])


def test_without_initialize_nothing_is_learned():
    X, Y = moons(100)
    model = MLP4()
    history = train(model, X, Y, epochs=3)
    assert history["loss"] == pytest.approx([np.log(2)] * 3)
    assert not any(array.any() for array in parameters(model))


def test_build_mlp_puts_other_layers_into_the_students_class(monkeypatch):
    class Mine(MLP4):
        pass

    monkeypatch.setattr(mytorch.models, "MLP4", Mine)
    model = build_mlp([5, 7, 3], seed=2)
    assert type(model) is Mine
    assert [layer.W.shape for layer in model.layers] == [(7, 5), (3, 7)]
    assert [type(layer) for layer in model.layers] == [Linear, Linear]
    assert [type(f) for f in model.f] == [ReLU, Identity]
    assert (model.forward(np.random.default_rng(0).standard_normal((50, 5))) < 0).any(), (
        "outputs of either sign"
    )


class FiveLayersOnly(MLP4):
    def forward(self, A):
        for i in range(5):
            A = self.f[i].forward(self.layers[i].forward(A))
        return A


@pytest.mark.parametrize("sizes", [[2, 8, 2], [2, 3, 3, 3, 3, 3, 3]])
def test_build_mlp_says_when_the_students_class_cannot_run_other_depths(monkeypatch, sizes):
    monkeypatch.setattr(mytorch.models, "MLP4", FiveLayersOnly)
    assert build_mlp([2, 9, 9, 9, 9, 3]).forward(np.ones((4, 2))).shape == (4, 3)
    with pytest.raises(ValueError, match="len\\(self.layers\\)"):
        build_mlp(sizes)


class OnlyToRead(MLP4):
    """Its lists are made from something else: a right MLP4, whose layers cannot be exchanged."""

    def __init__(self):
        self.pairs = [(Linear(2, 2), ReLU()) for _ in range(5)]

    layers = property(lambda self: [layer for layer, _ in self.pairs])
    f = property(lambda self: [one for _, one in self.pairs])


def test_build_mlp_says_when_the_students_class_cannot_be_given_layers(monkeypatch):
    monkeypatch.setattr(mytorch.models, "MLP4", OnlyToRead)
    with pytest.raises(ValueError, match="len\\(self.layers\\)"):
        build_mlp([2, 9, 9, 9, 9, 2])


@pytest.mark.parametrize("sizes", [[], [3], [2, 0, 2], [2, 2.5], [2, "3"]])
def test_build_mlp_refuses_sizes_that_make_no_network(sizes):
    with pytest.raises(ValueError, match="size"):
        build_mlp(sizes)


# --- train_model, evaluate_model ----------------------------------------------------------------------------


def test_the_steps_of_a_batch_come_in_order():
    one = Recorder()
    train_model(
        one, one, one, np.ones((4, 3)), np.eye(2)[[0, 1, 0, 1]], epochs=1, batch_size=4, show_progress=False
    )
    assert one.calls[:5] == [
        "model.forward",
        "criterion.forward",
        "criterion.backward",
        "model.backward",
        "step",
    ]
    assert one.calls[5:] == ["model.forward", "criterion.forward"]  # the judgement at the end of the epoch


def test_an_epoch_visits_every_sample_once_in_a_new_order():
    one = Recorder()
    X = np.arange(10.0).reshape(10, 1)
    train_model(one, one, one, X, np.eye(2)[[0] * 10], epochs=2, batch_size=4, show_progress=False)
    assert [len(batch) for batch in one.batches] == [4, 4, 2, 10] * 2
    first, second = np.vstack(one.batches[:3]), np.vstack(one.batches[4:7])
    assert np.array_equal(np.sort(first, axis=0), X) and np.array_equal(np.sort(second, axis=0), X)
    assert not np.array_equal(first, second)


def test_history_has_one_float_an_epoch():
    X, Y = moons(60)
    history = train(initialize(MLP4()), X, Y, epochs=4)
    assert list(history) == ["loss", "accuracy"]
    history = train(initialize(MLP4()), X, Y, epochs=4, validation=moons(20, seed=1))
    assert list(history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert all(
        len(values) == 4 and all(type(value) is float for value in values) for values in history.values()
    )


def test_history_is_what_evaluate_model_says_at_the_end():
    X, Y = moons(60)
    validation = moons(20, seed=1)
    model = initialize(MLP4())
    history = train(model, X, Y, epochs=3, validation=validation)
    assert (history["loss"][-1], history["accuracy"][-1]) == evaluate_model(model, CrossEntropyLoss(), X, Y)
    assert (history["val_loss"][-1], history["val_accuracy"][-1]) == evaluate_model(
        model, CrossEntropyLoss(), *validation
    )


def test_training_is_reproducible_and_does_not_learn_from_validation():
    X, Y = moons(60)
    models = [initialize(MLP4()) for _ in range(3)]
    train(models[0], X, Y, epochs=3)
    train(models[1], X, Y, epochs=3, validation=moons(20, seed=1))
    train(models[2], X, Y, epochs=3, seed=5)
    assert all(map(np.array_equal, parameters(models[0]), parameters(models[1])))
    assert not np.array_equal(parameters(models[0])[0], parameters(models[2])[0])


def test_a_batch_may_have_any_number_of_feature_axes():
    """Whatever the model does with them: a batch goes into forward as it is."""
    X = np.random.default_rng(0).normal(size=(30, 4, 3, 2))
    one = Recorder()
    history = train_model(
        one, one, one, X, np.eye(2)[[0, 1] * 15], epochs=1, batch_size=8, show_progress=False
    )
    assert [batch.shape for batch in one.batches] == [(8, 4, 3, 2)] * 3 + [(6, 4, 3, 2), X.shape]
    assert history["accuracy"] == [0.5]


@pytest.mark.parametrize("loss", [2, 2.0, np.float32(2), np.array(2.0), np.array([2.0]), np.array([[2.0]])])
def test_a_loss_may_be_any_kind_of_number(loss):
    one = Recorder(loss)
    value = evaluate_model(one, one, np.ones((3, 2)), np.eye(2)[[0, 0, 1]])
    assert value == (2.0, pytest.approx(2 / 3))
    assert type(value[0]) is type(value[1]) is float


def test_lists_and_numpy_integers_are_welcome():
    X, Y = moons(20)
    train(initialize(MLP4()), X.tolist(), Y.tolist(), epochs=np.int64(1), batch_size=np.int32(5))


EMPTY = np.empty((0, 2))
BAD_CALLS = {
    "mismatched rows": (dict(X=np.ones((4, 2)), Y=np.ones((3, 2))), "X has 4 rows and Y has 3"),
    "no samples": (dict(X=EMPTY, Y=EMPTY), "empty"),
    "labels for one-hot rows": (dict(Y=np.zeros(4, dtype=int)), r"np\.eye\(C\)\[labels\]"),
    "numbers for rows": (dict(X=np.ones(4)), "one row a sample"),
    "pictures for targets": (dict(Y=np.ones((4, 8, 8))), "must be a matrix"),
    "no epochs": (dict(epochs=0), "epochs is 0"),
    "half an epoch": (dict(epochs=0.5), "epochs is 0.5"),
    "negative batch": (dict(batch_size=-1), "batch_size is -1"),
    "no batch": (dict(batch_size=None), "batch_size is None"),
    "mismatched validation": (dict(validation=(np.ones((4, 2)), EMPTY)), "validation X has 4 rows"),
    "validation without targets": (dict(validation=np.ones((4, 2))), "not a pair"),
    "empty validation": (dict(validation=(EMPTY, EMPTY)), "validation X and Y are empty"),
}


@pytest.mark.parametrize("case", BAD_CALLS)
def test_arguments_that_do_not_fit_are_named(case):
    changes, message = BAD_CALLS[case]
    arguments = {"X": np.ones((4, 2)), "Y": np.eye(2)[[0, 1, 0, 1]], "show_progress": False, **changes}
    one = Recorder()
    with pytest.raises(ValueError, match=message) as error:
        train_model(one, one, one, **arguments)
    assert len(str(error.value).splitlines()) == 1
    assert not one.calls, "nothing is trained before the arguments are known to be right"


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_a_loss_that_is_no_longer_finite_stops_the_training(loss):
    one = Recorder(loss)
    history = train_model(
        one, one, one, np.ones((4, 3)), np.eye(2)[[0, 1, 0, 1]], epochs=9, show_progress=False
    )
    assert len(history["loss"]) == 1
    assert history["stopped"].startswith("Stopped in epoch 1") and "smaller lr" in history["stopped"]


def test_divergence_is_told_once_and_warns_never():
    X, Y = np.random.default_rng(0).standard_normal((2, 50, 3))
    model = build_mlp([3, 3])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = train(model, 10 * X, Y, lr=1e6, criterion=MSELoss(), batch_size=5, epochs=200)
        plot_history(history)
    assert 1 <= len(history["loss"]) < 200 and "stopped" in history
    assert plt.gcf().get_suptitle() == history["stopped"]


def test_it_works_with_other_models_and_mse():
    rng = np.random.default_rng(0)
    X = rng.uniform(0, 1, (80, 2))
    Y = X @ rng.uniform(0, 1, (2, 3))
    history = train(initialize(MLP0()), X, Y, lr=10, momentum=0, criterion=MSELoss(), epochs=30, batch_size=8)
    assert history["loss"][-1] < history["loss"][0]


# --- grading pays nothing for demonstrations ----------------------------------------------------------------


def test_one_epoch_and_no_pictures_while_graded(graded, capsys):
    X, Y = moons(40)
    model = initialize(MLP4())
    history = train(model, X, Y, epochs=50, show_progress=True)
    plot_history(history)
    plot_boundary(model, X, Y)
    plot_digits(np.zeros((2, 64)), "ab")
    assert epochs(50) == 1
    assert len(history["loss"]) == 1
    assert not plt.get_fignums()
    assert capsys.readouterr().out == ""


def test_all_epochs_otherwise():
    assert epochs(50) == 50


# --- progress -----------------------------------------------------------------------------------------------


def test_a_log_file_gets_one_line(capsys):
    X, Y = moons(40)
    train(initialize(MLP4()), X, Y, epochs=3, show_progress=True)
    assert re.fullmatch(r"\repoch 3 of 3 · loss \d\.\d{3} · accuracy \d+\.\d% *\n", capsys.readouterr().out)


def test_a_terminal_gets_a_line_that_rewrites_itself(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    X, Y = moons(40)
    train(initialize(MLP4()), X, Y, epochs=3, show_progress=True, validation=moons(10, seed=1))
    out = capsys.readouterr().out
    assert out.count("\r") == 3 and out.count("\n") == 1
    assert "validation loss" in out


def test_silence_when_asked(capsys):
    train(initialize(MLP4()), *moons(40), epochs=2, show_progress=False)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("lr", "ends"), [(0.05, "epoch 3 of 3 · loss"), (np.nan, "Stopped in epoch 1")])
def test_a_notebook_gets_a_bar_that_outlives_its_kernel(monkeypatch, lr, ends):
    shown = []

    class Handle:
        def update(self, looks, raw):
            shown.append(looks)

    monkeypatch.setattr(training, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda looks, **kwargs: shown.append(looks) or Handle())
    train(initialize(MLP4()), *moons(40), epochs=3, show_progress=True, lr=lr)
    assert shown[0]["text/plain"] == "epoch 1 …" and shown[-1]["text/plain"].startswith(ends)
    assert re.match(
        r'<progress aria-label="Training" value="\d" max="3"></progress> ' + ends, shown[-1]["text/html"]
    )


# --- interrupted --------------------------------------------------------------------------------------------


class Interrupted:
    """A loss during whose nth call the student interrupts the kernel."""

    def __init__(self, call):
        self.loss, self.left = CrossEntropyLoss(), call

    def forward(self, A, Y):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return self.loss.forward(A, Y)

    def backward(self):
        return self.loss.backward()


# An epoch of 40 samples: two steps, then the training set and the validation set are judged.
@pytest.mark.parametrize("call, whole", [(1, 0), (4, 0), (5, 1), (8, 1), (11, 2)])
@pytest.mark.parametrize("show_progress", [True, False])
def test_an_interrupted_training_keeps_the_history_so_far(capsys, call, whole, show_progress):
    arguments = dict(epochs=5, batch_size=20, show_progress=show_progress, validation=moons(10, seed=1))
    history = train(initialize(MLP4()), *moons(40), criterion=Interrupted(call), **arguments)
    assert {len(history.pop(name)) for name in ("loss", "accuracy", "val_loss", "val_accuracy")} == {whole}
    ends = f"ends with epoch {whole}" if whole else "is empty"
    line = f"Interrupted in epoch {whole + 1} of 5: the history {ends}."
    assert history == {"stopped": line}
    assert capsys.readouterr().out.strip().splitlines() == [line]
    plot_history({"loss": [], "accuracy": [], **history})


def test_grading_s_interrupt_is_not_caught(graded):
    with pytest.raises(KeyboardInterrupt):
        train(initialize(MLP4()), *moons(40), criterion=Interrupted(1))


# --- plots --------------------------------------------------------------------------------------------------


def test_plot_history_labels_its_axes():
    plot_history(train(initialize(MLP4()), *moons(40), epochs=3, validation=moons(20, seed=1)))
    loss, accuracy = plt.gcf().axes
    assert (loss.get_xlabel(), loss.get_ylabel()) == ("epoch", "loss")
    assert (accuracy.get_xlabel(), accuracy.get_ylabel()) == ("epoch", "accuracy")
    assert loss.get_ylim()[0] == 0 and accuracy.get_ylim() == (0, 1.02)
    assert [len(ax.lines) for ax in (loss, accuracy)] == [2, 2]
    plt.gcf().canvas.draw()


def test_plot_boundary_draws_samples_and_border():
    X, Y = moons(60)
    model = build_mlp([2, 8, 2])
    train(model, X, Y, epochs=5)
    plot_boundary(model, X, Y)
    ax = plt.gca()
    assert ax.get_xlim() == ax.get_ylim() == training.LIMITS
    assert ax.get_xlabel() and ax.get_ylabel()
    assert (
        sum(len(points.get_offsets()) for points in ax.collections if points.get_label().startswith("class"))
        == 60
    )
    plt.gcf().canvas.draw()


def test_plot_boundary_of_an_undecided_model():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot_boundary(MLP4(), *moons(60))
        plt.gcf().canvas.draw()


def test_plot_boundary_of_a_model_that_diverged():
    model = build_mlp([2, 3, 2])
    model.layers[0].W[:] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot_boundary(model, *moons(60))
        plt.gcf().canvas.draw()


def test_plot_digits_takes_any_number_of_pictures():
    for n in (0, 1, 5):
        plot_digits(digits()[0][:n], range(n))
        assert len(plt.get_fignums()) == (n > 0)
        plt.close("all")


# --- the notebook -------------------------------------------------------------------------------------------


def test_the_notebook_shows_the_loop_that_runs():
    shown = re.search(
        r"^```python\n(for rows in .*?)^```", NOTEBOOK.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    source = inspect.getsource(train_model)
    assert textwrap.indent(shown[1], " " * 16) in source
