"""Fill one column of a grade sheet that an LMS exported, and leave every other byte as it is."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.grading.stock import CommandFailed
from grader.grading.words import separator

from ..names import EMAILS, FIRST_NAMES, FULL_NAMES, LAST_NAMES, squeezed
from ..systems.registry import ID_COLUMNS
from ..systems.system import Sender
from .matcher import Matcher
from .roster import PASSING, csv_bytes, plain_id


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

    def lines(self) -> list[tuple[int, list[str]]]:
        """The lines below the header, each with its number."""
        lines = [[_readable(cell.value) for cell in row] for row in self._rows]
        return [(number, line) for number, line in enumerate(lines[1:], 2) if any(map(str.strip, line))]

    def _named(self, row: list[Cell]) -> dict[str, str]:
        return {
            name: _readable(cell.value).strip()
            for name, cell in reversed(list(zip(self.header, row, strict=False)))
        }

    def column(self, pattern: str, name: str | None) -> str:
        """The header called ``name``, or the only one that ``pattern`` matches. Raises CommandFailed."""
        found = [
            one for one in self.header if (one == name if name else re.fullmatch(pattern, one, re.IGNORECASE))
        ]
        if len(found) == 1:
            return found[0]
        columns = ", ".join(filter(None, self.header))
        if len(found) > 1:
            raise CommandFailed(
                f"{self.path} has several columns that fit: {', '.join(found)}. Choose one with --column."
            )
        wanted = f"no column {name!r}" if name else "no column that is clearly this assignment's"
        raise CommandFailed(f"{self.path} has {wanted}. Choose one with --column: {columns}.")

    def named(self, lower: str) -> str:
        """The header that is this in lower case; empty when there is none."""
        return next((one for one in self.header if lower and one.lower() == lower), "")

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
    between = separator(text)
    end = rf"{between}|\r\n|\r|\n|\Z"
    field = re.compile(rf'("(?:[^"]|"")*"(?={end})|[^{between}\r\n]*)({end})')
    rows, row, at = [], [], len(text) - len(text.lstrip("\ufeff"))
    while at < len(text):
        match = field.match(text, at)
        row.append(Cell(match.start(), match.end(1), _unquoted(match[1])))
        at = match.end()
        if match[2] != between:
            rows.append(row)
            row = []
    if row:  # the file ends with a separator
        rows.append([*row, Cell(at, at, "")])
    return [row for row in rows if any(cell.value.strip() for cell in row)]


def _unquoted(field: str) -> str:
    if len(field) > 1 and field.startswith('"') and field.endswith('"'):
        return field[1:-1].replace('""', '"')
    return field


# --- who is in a line ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What a line of a grade sheet says of a student. A number that is another one each time is no id."""

    ids: tuple[str, ...]
    email: str
    name: str

    @classmethod
    def by(cls, row: dict[str, str]) -> "Told":
        cells = {squeezed(column): value.strip() for column, value in row.items() if value.strip()}
        ids = tuple(plain_id(cells[name]) for name in ID_COLUMNS if name in cells and name not in PASSING)
        email, first, last, full = (
            next((cells[name] for name in names if name in cells), "")
            for names in (EMAILS, FIRST_NAMES, LAST_NAMES, FULL_NAMES)
        )
        return cls(ids, email, f"{first} {last}".strip() or full)


def student_in_row(row: dict[str, str], matcher: Matcher) -> str | None:
    """The student whom a line of a grade sheet is about; None when it is nobody or cannot be told."""
    found = students_in_row(row, matcher)
    return found.pop() if len(found) == 1 else None


def students_in_row(row: dict[str, str], matcher: Matcher) -> set[str]:
    """Whom a line of a grade sheet may be about."""
    told = Told.by(row)
    by_id = {matcher.student(Sender("", id=id)) for id in told.ids if matcher.knows(id)} - {None}
    if len(by_id) == 1:
        return by_id
    by_name = matcher.with_name(Sender("", name=told.name))
    by_email = matcher.with_email(told.email)
    if by_email & by_name:  # of two with one e-mail, who has another name is not meant
        by_email = {id for id in by_email if id in by_name or not matcher.full_names[id]}
    others = [those & by_id if by_id else those for those in (by_email, by_name)]
    return next(filter(None, others), by_id)


def why_nobody_is_in(sheet: Sheet) -> str:
    """A sentence about a sheet none of whose lines is a student's."""
    if not any(told.ids or told.email or told.name for told in map(Told.by, sheet.rows())):
        columns = ", ".join(filter(None, sheet.header))
        return (
            f"No column of {sheet.path} says who a student is ({columns}): set the LMS to English and export "
            "it again, with names and e-mail addresses."
        )
    return (
        f"No line of {sheet.path} is about a student in the gradebook: compare it with 'nbgrader db student "
        "list'; is it this course's, and does it have names, e-mail addresses or the gradebook's ids?"
    )
