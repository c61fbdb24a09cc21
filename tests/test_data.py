"""The data sets that are shipped, and those that are made."""

from importlib.metadata import files
from pathlib import Path

import numpy as np
import pytest

import mytorch.data
from mytorch.data import circles, digits, moons, spirals, xor

FILE = Path(mytorch.data.__file__).with_name("digits.npz")
TOY_SETS = pytest.mark.parametrize("make", [moons, spirals, circles, xor])


@TOY_SETS
@pytest.mark.parametrize("n", [1, 7, 200])
def test_toy_sets_have_the_promised_shapes(make, n):
    X, Y = make(n)
    assert X.shape == Y.shape == (n, 2)
    assert X.dtype == Y.dtype == np.float64
    assert set(np.unique(Y)) <= {0, 1} and (Y.sum(axis=1) == 1).all()


@TOY_SETS
def test_toy_sets_are_balanced_and_shuffled(make):
    labels = make(200)[1].argmax(axis=1)
    assert labels.sum() == 100
    assert 30 < labels[:100].sum() < 70


@TOY_SETS
def test_seed_and_noise(make):
    X, Y = make(50, noise=0.2, seed=3)
    again = make(50, noise=0.2, seed=3)
    assert np.array_equal(X, again[0]) and np.array_equal(Y, again[1])
    assert not np.array_equal(X, make(50, noise=0.2, seed=4)[0])
    assert np.abs(make(500, noise=0)[0]).max() <= 1.5


@TOY_SETS
def test_no_straight_line_separates_the_classes_but_their_neighbours_do(make):
    X, Y = make(300, noise=0.02)
    with_bias = np.column_stack([X, np.ones(len(X))])
    weights = np.linalg.lstsq(with_bias, Y, rcond=None)[0]
    assert ((with_bias @ weights).argmax(axis=1) == Y.argmax(axis=1)).mean() < 0.93

    distance = np.linalg.norm(X[:, None] - X, axis=2) + 10 * np.eye(len(X))
    assert (Y[distance.argmin(axis=1)].argmax(axis=1) == Y.argmax(axis=1)).mean() > 0.93


def test_digits_are_those_of_scikit_learn():
    """Which takes two seconds to load, and reads them from this file."""
    [theirs] = [path.locate() for path in files("scikit-learn") if path.name == "digits.csv.gz"]
    reference = np.loadtxt(theirs, delimiter=",")
    with np.load(FILE) as file:
        assert np.array_equal(file["images"], reference[:, :-1])
        assert np.array_equal(file["labels"], reference[:, -1])
        assert file["images"].dtype == file["labels"].dtype == np.uint8


def test_digits_file_is_small_and_says_where_it_is_from():
    assert FILE.stat().st_size < 100_000
    text = FILE.with_name("README.md").read_text(encoding="utf-8")
    for fact in ("Alpaydin", "Kaynak", "1998", "UCI", "CC BY 4.0", "scikit-learn"):
        assert fact in text


def test_digits_are_scaled_one_hot_and_stratified():
    X_train, Y_train, X_test, Y_test = digits()
    assert X_train.shape == (1437, 64) and Y_train.shape == (1437, 10)
    assert X_test.shape == (360, 64) and Y_test.shape == (360, 10)
    for X, Y in ((X_train, Y_train), (X_test, Y_test)):
        assert X.min() == 0 and X.max() == 1
        assert set(np.unique(Y)) == {0, 1} and (Y.sum(axis=1) == 1).all()
    assert (Y_test.sum(axis=0) == 36).all()
    assert len(np.unique(Y_train[:50].argmax(axis=1))) == 10, "the rows are not shuffled"


def test_digits_split_is_fixed_and_loses_no_picture():
    X_train, Y_train, X_test, Y_test = digits()
    with np.load(FILE) as file:
        everything = np.column_stack([file["images"], file["labels"]])
    split = np.column_stack([np.vstack([X_train, X_test]) * 16, np.vstack([Y_train, Y_test]).argmax(axis=1)])
    assert sorted(map(tuple, split)) == sorted(map(tuple, everything))
    assert Y_test[:12].argmax(axis=1).tolist() == [6, 4, 0, 5, 1, 3, 6, 2, 3, 3, 8, 7]
