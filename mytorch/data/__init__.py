"""Small data sets to train on: four toy sets in the plane, and real handwritten digits.

Every function returns float inputs X, one sample a row, and one-hot targets Y, in the form that
``train_model`` takes. The same seed gives the same numbers.
"""

from pathlib import Path

import numpy as np

__all__ = ["circles", "digits", "moons", "spirals", "xor"]


def moons(n=200, noise=0.1, seed=0):
    """Two half circles that reach into each other.

    n: number of samples; noise: standard deviation of what is added to each coordinate.
    Returns X: (n, 2), without noise within -1.5 ... 1.5, and Y: (n, 2) one-hot. Rows are shuffled.
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    angle = np.pi * rng.uniform(0, 1, n)
    upper = np.column_stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25])
    return _sample(np.where(labels[:, None] == 0, upper, -upper), labels, noise, rng)


def spirals(n=200, noise=0.1, seed=0):
    """Two spiral arms, one and a quarter turns each: the hardest of the four. Arguments and result as for
    ``moons``.
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    along = np.sqrt(rng.uniform(0.02, 1, n))  # the root spreads the samples evenly over the arm's length
    angle = 2.5 * np.pi * along + np.pi * labels
    return _sample(1.5 * along[:, None] * _on_circle(angle), labels, noise, rng)


def circles(n=200, noise=0.1, seed=0):
    """A ring around a ring. Arguments and result as for ``moons``."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    radius = np.where(labels == 0, 1.4, 0.7)
    return _sample(radius[:, None] * _on_circle(rng.uniform(0, 2 * np.pi, n)), labels, noise, rng)


def xor(n=200, noise=0.1, seed=0):
    """Four quadrants, opposite ones of the same class: no straight line separates them. As ``moons``."""
    rng = np.random.default_rng(seed)
    quadrant = np.arange(n) % 4
    signs = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])[quadrant]
    return _sample(signs * rng.uniform(0, 1.5, (n, 2)), quadrant % 2, noise, rng)


def digits():
    """Handwritten digits as 8×8 pictures, split once and for all.

    Returns X_train: (1437, 64), Y_train: (1437, 10), X_test: (360, 64), Y_test: (360, 10). The pixels lie in
    0 ... 1 (``X_train[0].reshape(8, 8)`` is a picture), the targets are one-hot, the test set has 36 of each
    digit. Source and licence: README.md beside this file.
    """
    with np.load(Path(__file__).with_name("digits.npz")) as file:
        X, labels = file["images"] / 16, file["labels"]
    Y = np.eye(10)[labels]
    rng = np.random.default_rng(0)
    test = np.concatenate(
        [rng.choice(np.flatnonzero(labels == digit), 36, replace=False) for digit in range(10)]
    )
    train = np.setdiff1d(np.arange(len(X)), test)
    train, test = rng.permutation(train), rng.permutation(test)
    return X[train], Y[train], X[test], Y[test]


def _on_circle(angle):
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _sample(points, labels, noise, rng):
    """Add the noise, shuffle the rows, turn the labels into one-hot rows."""
    X = points + noise * rng.standard_normal(points.shape)
    order = rng.permutation(len(X))
    return X[order], np.eye(2)[labels[order]]
