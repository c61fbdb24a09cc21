"""The gradebook's rows that grading a submission reads and writes: taken out for a worker, and what has
changed in them brought back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from nbgrader.api import Base
from sqlalchemy import Connection, Select, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

Rows = dict[str, list[dict]]  # by table, in the order in which they can be inserted

TABLES = Base.metadata.tables
CELLS = ("grade_cells", "solution_cells", "task_cells")


class Conflict(Exception):
    """Somebody has changed the same rows in the meantime."""


@dataclass(frozen=True)
class Difference:
    inserted: Rows
    updated: dict[str, dict[str, dict]]  # by table and id: the columns that have other values


def of_course(connection: Connection, assignment: str) -> Rows:
    """The assignments, and what the gradebook says of this one's notebooks."""
    found = {name: _rows(connection, name) for name in ("course", "assignment")}
    (own,) = (row["id"] for row in found["assignment"] if row["name"] == assignment)
    found["notebook"] = _rows(connection, "notebook", "assignment_id", [own])
    notebooks = _ids(found["notebook"])
    found["base_cell"] = _rows(connection, "base_cell", "notebook_id", notebooks)
    for name in CELLS:
        found[name] = _rows(connection, name, "id", _ids(found["base_cell"]))
    found["source_cell"] = _rows(connection, "source_cell", "notebook_id", notebooks)
    return found


def of_student(connection: Connection, assignment: str, student: str) -> Rows:
    """The student's hand-ins, for late days are counted over all of them, and the grades of this one."""
    found = {"student": _rows(connection, "student", "id", [student])}
    found["submitted_assignment"] = _rows(connection, "submitted_assignment", "student_id", [student])
    (own,) = _ids(_rows(connection, "assignment", "name", [assignment]))
    here = [row["id"] for row in found["submitted_assignment"] if row["assignment_id"] == own]
    found["submitted_notebook"] = _rows(connection, "submitted_notebook", "assignment_id", here)
    for name in ("grade", "comment"):
        found[name] = _rows(connection, name, "notebook_id", _ids(found["submitted_notebook"]))
    return found


def put(connection: Connection, rows: Rows) -> None:
    """Into a gradebook that has none of them."""
    for name, new in rows.items():
        if new:
            connection.execute(insert(TABLES[name]), new)


def remove(connection: Connection, rows: Rows) -> None:
    """Those with these ids, whatever else they hold now."""
    for name in reversed(rows):
        table = TABLES[name]
        connection.execute(table.delete().where(table.c.id.in_(_ids(rows[name]))))


def difference(before: Rows, after: Rows) -> Difference:
    """What came and what changed. Grading takes no row away."""
    inserted, updated = {}, {}
    for name, rows in after.items():
        known = {row["id"]: row for row in before[name]}
        inserted[name] = [row for row in rows if row["id"] not in known]
        updated[name] = {
            row["id"]: different
            for row in rows
            if row["id"] in known and (different := _different(known[row["id"]], row))
        }
    return Difference(inserted, updated)


def bring(connection: Connection, new: Difference) -> None:
    """What has changed, and nothing else: a point that was given by hand in the meantime stays. Raises
    Conflict.
    """
    for name, rows in new.updated.items():
        table = TABLES[name]
        for key, values in rows.items():
            if not connection.execute(update(table).where(table.c.id == key).values(values)).rowcount:
                raise Conflict(f"a row of its {name} is gone from the gradebook")
    try:
        put(connection, new.inserted)
    except IntegrityError as error:
        raise Conflict(str(error.orig)) from None


def _rows(connection: Connection, name: str, column: str = "", values: Sequence[str] = ()) -> list[dict]:
    if column and not values:  # of a student's first hand-in there is nothing
        return []
    found = connection.execute(_wanted(name, column), {"values": values} if column else None)
    return [dict(row) for row in found.mappings()]


@cache
def _wanted(name: str, column: str) -> Select:
    """Built once: SQLAlchemy takes longer to build it than SQLite to answer."""
    wanted = select(TABLES[name])
    return wanted.where(TABLES[name].c[column].in_(bindparam("values", expanding=True))) if column else wanted


def _ids(rows: list[dict]) -> list[str]:
    return [row["id"] for row in rows]


def _different(old: dict, new: dict) -> dict:
    return {column: value for column, value in new.items() if value != old[column]}
