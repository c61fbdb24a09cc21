"""Fill one column of a grade sheet that an LMS exported, and leave every other byte as it is."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.grading.stock import CommandFailed

from .roster import csv_bytes


@dataclass(frozen=True)
class Cell:
    """Where a value stands in the text, and the value without its quotes."""

    start: int
    end: int
    value: str


class Sheet:
    """A CSV file: separated by commas, semicolons or tabs, in UTF-8, UTF-16 or a Western code page.

    Raises CommandFailed when the file cannot be read as one.
    """

    def __init__(self, path: Path):
        self.path = path
        content = csv_bytes(path, "grade sheet", "export the grade sheet as CSV")
        self._encoding, self._errors = _encoding(content)
        self._text = content.decode(self._encoding, self._errors)
        self._rows = _rows(self._text)
        if not self._rows:
            raise CommandFailed(f"{path} is empty.")
        self.header = [_readable(cell.value).lstrip("\ufeff").strip().strip('"') for cell in self._rows[0]]

    def rows(self) -> list[dict[str, str]]:
        """The lines below the header, as dictionaries; of columns with the same name the first counts."""
        return [self._named(row) for row in self._rows[1:]]

    def _named(self, row: list[Cell]) -> dict[str, str]:
        return {name: _readable(cell.value).strip() for name, cell in reversed(list(zip(self.header, row, strict=False)))}

    def maximum(self, row: dict[str, str]) -> str:
        """What a line says the most points are (Moodle); empty when it does not."""
        return next((value for name, value in row.items() if name.lower() == "maximum grade"), "")

    def column(self, pattern: str, name: str | None) -> str:
        """The header called ``name``, or the only one that ``pattern`` matches. Raises CommandFailed."""
        found = [one for one in self.header if (one == name if name else re.fullmatch(pattern, one, re.IGNORECASE))]
        if len(found) == 1:
            return found[0]
        columns = ", ".join(filter(None, self.header))
        if len(found) > 1:
            raise CommandFailed(f"{self.path} has several columns that fit: {', '.join(found)}. Choose one with --column.")
        wanted = f"no column {name!r}" if name else "no column that is clearly this assignment's"
        raise CommandFailed(f"{self.path} has {wanted}. Choose one with --column: {columns}.")

    def filled(self, column: str, value: Callable[[dict[str, str]], str | None]) -> bytes:
        """The file with ``value(row)`` in a column; rows for which it is None stay as they are."""
        index = self.header.index(column)
        pieces, done = [], 0
        for row in self._rows[1:]:
            new = value(self._named(row)) if index < len(row) else None
            if new is None:
                continue
            cell = row[index]
            quoted = self._text[cell.start : cell.start + 1] == '"'
            pieces += [self._text[done : cell.start], f'"{new}"' if quoted else new]
            done = cell.end
        return "".join([*pieces, self._text[done:]]).encode(self._encoding, self._errors)


def _encoding(content: bytes) -> tuple[str, str]:
    """Of a byte order mark, the mark is left in the text, so that it is written again."""
    if content.startswith(b"\xff\xfe"):
        return "utf-16-le", "surrogatepass"
    if content.startswith(b"\xfe\xff"):
        return "utf-16-be", "surrogatepass"
    return "utf-8", "surrogateescape"


def _readable(value: str) -> str:
    """Bytes that are no UTF-8 are taken as Windows' Western code page, in which Excel saves."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return value


def _rows(text: str) -> list[list[Cell]]:
    separator = max(",;\t", key=text.partition("\n")[0].count)
    end = rf"{separator}|\r\n|\r|\n|\Z"
    field = re.compile(rf'("(?:[^"]|"")*"(?={end})|[^{separator}\r\n]*)({end})')
    rows, row, at = [], [], len(text) - len(text.lstrip("\ufeff"))
    while at < len(text):
        match = field.match(text, at)
        row.append(Cell(match.start(), match.end(1), _unquoted(match[1])))
        at = match.end()
        if match[2] != separator:
            rows.append(row)
            row = []
    if row:  # the file ends with a separator
        rows.append([*row, Cell(at, at, "")])
    return [row for row in rows if any(cell.value.strip() for cell in row)]


def _unquoted(field: str) -> str:
    if len(field) > 1 and field.startswith('"') and field.endswith('"'):
        return field[1:-1].replace('""', '"')
    return field
