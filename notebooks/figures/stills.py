"""The explorers' still pictures: what a reader sees who opens a notebook without running it. draw.py writes them."""

import re
from pathlib import Path

from mytorch.explore.activation_curves import ActivationCurves
from mytorch.explore.batchnorm_histograms import BatchNormHistograms
from mytorch.explore.descent_paths import DescentPaths
from mytorch.explore.digit_reader import DigitReader
from mytorch.explore.linear_map import LinearMap
from mytorch.explore.live_training import LiveTraining
from mytorch.explore.mse_bowl import MSEBowl
from mytorch.explore.network_steps import Network
from mytorch.explore.plane_map import Depth
from mytorch.explore.running_values import RunningAverages
from mytorch.explore.score_bars import CrossEntropy
from mytorch.explore.two_losses import TwoLosses
from mytorch.explore.two_networks import BatchNormTraining
from mytorch.explore.weight_gradient import WeightGradient

from mytorch import models, nn, optim


def from_notebook(notebook, name):
    """A class that a notebook defines outside its solution cells, and which is therefore not in the library."""
    words = (Path(__file__).parents[1] / f"{notebook}.md").read_text(encoding="utf-8")
    cells = re.findall(r"```{code-cell} ipython3\n(.*?)```", words, flags=re.DOTALL)
    defined = {}
    for cell in cells:
        if cell.startswith("import numpy") or f"\nclass {name}" in cell:
            exec(cell, defined)
    return defined[name]


STILLS = {
    "explore_linear": (LinearMap, nn.Linear),
    "explore_linear_gradient": (WeightGradient, nn.Linear),
    "explore_activations": (ActivationCurves, nn.Identity, nn.Sigmoid, nn.Tanh, nn.ReLU),
    "explore_mse": (MSEBowl, nn.MSELoss),
    "explore_cross_entropy": (CrossEntropy, nn.CrossEntropyLoss),
    "explore_losses": (TwoLosses, nn.MSELoss, nn.CrossEntropyLoss),
    "explore_batchnorm": (BatchNormHistograms, nn.BatchNorm1d),
    "explore_running_averages": (RunningAverages, nn.BatchNorm1d),
    "explore_batchnorm_training": (BatchNormTraining, from_notebook("06_batchnorm", "Network")),
    "explore_network": (Network, models.MLP0, models.MLP1, models.MLP4),
    "explore_depth": (Depth, models.MLP4),
    "explore_descent": (DescentPaths, optim.SGD),
    "explore_playground": (LiveTraining, optim.SGD),
    "explore_digits": (DigitReader, optim.SGD),
}


def save(name, folder):
    """Draw an explorer as it looks in the beginning; returns its path."""
    explorer, *classes = STILLS[name]
    path = Path(folder) / f"{name}.svg"
    path.write_text(explorer(*classes).still(), encoding="utf-8")
    return path
