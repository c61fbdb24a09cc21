"""What notebook 03 builds. Written by 'make sync'."""

from .mlp import MLP0, MLP1, MLP4

__all__ = ["MLP0", "MLP1", "MLP4"]
