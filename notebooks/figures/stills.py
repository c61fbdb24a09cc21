"""The explorers' still pictures: what a reader sees who opens a notebook without running it. draw.py writes them."""

from pathlib import Path

from mytorch import models, nn
from mytorch.explore.activation_curves import ActivationCurves
from mytorch.explore.depth import Depth
from mytorch.explore.linear_map import LinearMap
from mytorch.explore.network import Network
from mytorch.explore.weight_gradient import WeightGradient

STILLS = {
    "explore_linear": (LinearMap, nn.Linear),
    "explore_linear_gradient": (WeightGradient, nn.Linear),
    "explore_activations": (ActivationCurves, nn.Identity, nn.Sigmoid, nn.Tanh, nn.ReLU),
    "explore_network": (Network, models.MLP0, models.MLP1, models.MLP4),
    "explore_depth": (Depth, models.MLP4),
}


def save(name, folder):
    """Draw an explorer as it looks in the beginning; returns its path."""
    explorer, *classes = STILLS[name]
    path = Path(folder) / f"{name}.svg"
    path.write_text(explorer(*classes).still(), encoding="utf-8")
    return path
