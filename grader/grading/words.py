"""Tables of what strangers wrote, which somebody may open in a spreadsheet."""

import csv
import io
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from mytorch.characters import printable

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # how a cell begins that a spreadsheet would run
LONGEST_CELL = 32_000  # characters; spreadsheets take 32,767


def table(rows: Iterable[Iterable]) -> str:
    """CSV in which no text is a formula. Numbers are written as they are, whole ones without a decimal
    point.
    """
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue()


def _cell(value):
    if isinstance(value, float):
        return f"{value:.10g}"
    if not isinstance(value, str):
        return value
    value = printable(value, LONGEST_CELL, keep="\n\t", instead="")
    return f"'{value}" if _would_run(value) else value


def _would_run(text: str) -> bool:
    """Some spreadsheets pass over blanks, and take a sign in full width for the sign."""
    return unicodedata.normalize("NFKC", text.lstrip("' \u00a0\u3000")[:1]).startswith(FORMULA)


def read_table(path: Path, columns: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """The rows of a ``table`` that have all of these columns; none of a file that cannot be read."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [
                row for row in csv.DictReader(file) if all(row.get(column) is not None for column in columns)
            ]
    except (OSError, UnicodeError, csv.Error):
        return []
    return [{name: _as_it_was(value) for name, value in row.items()} for row in rows]


def _as_it_was(value):
    is_marked = isinstance(value, str) and value.startswith("'") and _would_run(value)
    return value[1:] if is_marked else value
