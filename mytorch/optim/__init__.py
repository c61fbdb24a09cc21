"""What notebook 05 builds. Written by 'make sync'."""

from .sgd import SGD

__all__ = ["SGD"]
