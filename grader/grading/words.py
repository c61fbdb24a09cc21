"""Tables of what strangers wrote, which somebody may open in a spreadsheet."""

import csv
import io
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from mytorch.characters import UNPRINTABLE, listed, printable

from .stock import CommandFailed

MARK = "\ufeff"  # at the start of a file: spreadsheets then read it as UTF-8
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


def read_filled_in(path: Path, *columns: tuple[str, ...]) -> list[tuple[int, list[str]]]:
    """A table that people fill in: the number of each line that is not empty, and what stands in ``columns``,
    each with the names that it may have. Raises CommandFailed, so that nobody's line is lost without a word.
    """
    advice = "save it as CSV, in UTF-8."
    try:
        text = decoded(path.read_bytes())
        if UNPRINTABLE in text:
            number = text[: text.index(UNPRINTABLE)].count("\n") + 1
            raise CommandFailed(f"{path}, line {number}, holds letters in an unknown encoding: {advice}")
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator(text), strict=True)
        lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except OSError as error:
        raise CommandFailed(
            f"{path} cannot be read as a CSV file: {error.strerror}. Look at its name and its permissions."
        ) from None
    except csv.Error as error:
        raise CommandFailed(
            f"{path}, line {reader.line_num}, cannot be read as a CSV file ({error}): {advice}"
        ) from None
    header = [name.strip().lower() for name in lines[0][1]] if lines else []
    places = [next((header.index(name) for name in names if name in header), None) for names in columns]
    if None in places:
        wanted = [names[0] for names in columns]
        has = printable(", ".join(filter(None, header)), 200) or "none"
        raise CommandFailed(f"{path} needs the columns {listed(wanted)} in its first line; it has: {has}.")
    return [
        (number, [_as_it_was(row[place].strip()) if place < len(row) else "" for place in places])
        for number, row in lines[1:]
    ]


def separator(text: str) -> str:
    """What stands between the cells of a CSV file, by its first line."""
    return max(",;\t", key=text.lstrip("\r\n").partition("\n")[0].count)


def decoded(content: bytes) -> str:
    """The text of a file that a spreadsheet may have saved: UTF-8, UTF-16 with its mark, or Windows' Western
    code page.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeError:
        return content.decode("cp1252", "replace")


def _as_it_was(value):
    is_marked = isinstance(value, str) and value.startswith("'") and _would_run(value)
    return value[1:] if is_marked else value
