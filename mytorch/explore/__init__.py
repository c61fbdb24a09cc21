"""Look at what your own code does: interactive pictures that your classes drive, in JupyterLab.

Nothing is imported before an explorer is shown, and none is while a submission is graded.
"""

import sys
from importlib import import_module, util

NEEDED = ("anywidget", "ipywidgets")


def linear(Linear) -> None:
    """A linear layer of two inputs and two outputs, as a map of the plane and in numbers."""
    _show("linear_map", "LinearMap", Linear)


def linear_gradient(Linear) -> None:
    """A weight is nudged: the change of the loss, and what dLdW and dLdb promise."""
    _show("weight_gradient", "WeightGradient", Linear)


def activations(*classes) -> None:
    """A and dA/dZ of activation functions side by side, over PyTorch's."""
    _show("activation_curves", "ActivationCurves", *classes)


def network(*models) -> None:
    """Networks drawn from the models themselves, run forward and back one equation at a time.

    Takes classes such as MLP1, models with ``layers`` and ``f``, and lists such as ``[Linear(2, 3), ReLU(), Linear(3, 1)]``.
    """
    _show("network_steps", "Network", *models, classes_only=False)


def depth(MLP) -> None:
    """What random networks of different depth do to the plane, run by ``MLP`` with other layers in its lists."""
    _show("plane_map", "Depth", MLP)


def mse(MSELoss) -> None:
    """The mean squared error of two outputs as a bowl, its gradient, and steps against it."""
    _show("mse_bowl", "MSEBowl", MSELoss)


def cross_entropy(CrossEntropyLoss) -> None:
    """Three scores, their softmax, the loss and the gradient, for one-hot and soft targets."""
    _show("score_bars", "CrossEntropy", CrossEntropyLoss)


def losses(MSELoss, CrossEntropyLoss) -> None:
    """Both losses of the same prediction, and how hard each pulls."""
    _show("two_losses", "TwoLosses", MSELoss, CrossEntropyLoss)


def descent(SGD) -> None:
    """The path of SGD over the contours of a loss with two parameters, with momentum and without."""
    _show("descent_paths", "DescentPaths", SGD)


def playground(SGD) -> None:
    """A network learns one of the sets in the plane, live: your SGD, and your classes of the other notebooks."""
    _show("live_training", "LiveTraining", SGD)


def digits(SGD) -> None:
    """A network learns to read, live: your SGD, and your classes of the other notebooks."""
    _show("digit_reader", "DigitReader", SGD)


def batchnorm(BatchNorm1d) -> None:
    """One feature on its way through batch norm, as histograms of Z, NZ and BZ."""
    _show("batchnorm_histograms", "BatchNormHistograms", BatchNorm1d)


def running_averages(BatchNorm1d) -> None:
    """running_M and running_V for several alpha, and what training and inference make of the same batch."""
    _show("running_values", "RunningAverages", BatchNorm1d)


def batchnorm_training(Network) -> None:
    """The digits learned with and without batch norm at several learning rates: ``Network`` of notebook 06."""
    _show("two_networks", "BatchNormTraining", Network)


def _show(module: str, name: str, *classes, classes_only=True) -> None:
    from ..check.mode import recording

    if recording():
        return
    reason = _obstacle()
    if reason:
        print(reason)
        return
    for cls in classes:
        if classes_only and not isinstance(cls, type):
            raise TypeError(f"An explorer takes the class itself, such as Linear, and not {cls!r}.")
    from .base import show

    show(getattr(import_module(f".{module}", __name__), name), *classes)


def _obstacle() -> str:
    """Why no explorer can be shown here, or an empty string."""
    ipython = sys.modules.get("IPython")
    if ipython is None or not hasattr(ipython.get_ipython(), "kernel"):
        return "Explorers are interactive pictures in the notebooks: open one in JupyterLab to use them."
    missing = [name for name in NEEDED if util.find_spec(name) is None]
    if missing:
        return f"Explorers need {missing[0]}: install it (pip install {missing[0]}), then restart JupyterLab."
    return ""
