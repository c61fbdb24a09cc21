"""The optimizer. Written by 'make sync'."""

from .sgd import SGD

__all__ = ["SGD"]
