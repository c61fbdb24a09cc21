"""What strangers wrote becomes harmless, and stays what it was as far as that goes."""

import csv
import io
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import examples

from grader.grading.words import LONGEST_CELL, read_table, table
from mytorch.characters import printable

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what OWASP says that spreadsheets run

# With more of what does harm than chance would bring.
SIGNS = st.one_of(st.sampled_from("=+-@'\t\r\n\x1b\u202e\u200f,;\"\0"), st.characters())
TEXTS = st.one_of(st.text(SIGNS), st.builds("{}{}".format, st.sampled_from(FORMULA), st.text(SIGNS)))


def read(text: str) -> list[dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.csv")
        path.write_text(text, encoding="utf-8", newline="")
        return read_table(path)


@examples(3)
@given(st.lists(st.lists(st.one_of(TEXTS, st.integers(), st.floats()), min_size=2, max_size=2)))
def test_no_text_of_a_table_is_a_formula(rows):
    cells = [cell for row in csv.reader(io.StringIO(table(rows), newline="")) for cell in row]
    given_ = [value for row in rows for value in row]
    assert len(cells) == len(given_)
    for cell, value in zip(cells, given_):
        assert not isinstance(value, str) or not cell.startswith(FORMULA)
        assert len(cell) <= LONGEST_CELL + 1
        assert all(sign.isprintable() or sign in "\n\t" for sign in cell)


@pytest.mark.parametrize("text", ["=1+1", " =1+1", "\t=1+1", "@SUM(A1)", "-2+3", "-", "\uff1d1", "' =1"])
def test_what_would_run_is_marked_and_read_as_it_was(text):
    ((cell, number),) = csv.reader(io.StringIO(table([[text, -2.5]]), newline=""))
    assert cell.startswith("'") and number == "-2.5"
    assert read(table([["first"], [text]])) == [{"first": text}]


def test_every_table_is_written_here(root):
    """Whatever writes CSV in another way writes formulas."""
    other = [path for path in root.joinpath("grader").rglob("*.py") if path.name != "words.py"]
    assert not [path for path in other if re.search(r"csv\.writer|DictWriter|to_csv", path.read_text())]


@given(st.lists(st.tuples(TEXTS, TEXTS)))
def test_a_table_is_read_as_it_was_written(rows):
    # the rest of a text is lost, on purpose
    rows = [[printable(value, LONGEST_CELL, keep="\n\t", instead="") for value in row] for row in rows]
    assert read(table([["first", "second"], *rows])) == [dict(first=a, second=b) for a, b in rows]
