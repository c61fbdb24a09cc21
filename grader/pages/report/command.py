"""What the class got wrong in an assignment: scores, distribution and diagnosed causes with example code.

Writes report.html, students.csv and causes.csv. Scores come from the gradebook (points given by hand and late
penalties included), causes from the autograded notebooks. Nothing is graded or changed.
"""

import argparse
import hashlib
import json
from datetime import datetime
from pathlib import Path

from grader.grading.advice import to_grade
from grader.grading.coursedir import load
from grader.grading.stock import CommandFailed
from grader.grading.words import MARK
from mytorch.characters import counted
from mytorch.course import assignment_here
from mytorch.files import write_atomically

WRITTEN = ".written.json"  # what the last report wrote, to tell it from what people wrote


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "assignment",
        nargs="?",
        default=assignment_here().name,
        help="the assignment's name (default: %(default)s)",
    )
    where = "where to write (default: reports/ASSIGNMENT in the course)"
    parser.add_argument("--output", type=Path, metavar="FOLDER", help=where)


def run(args: argparse.Namespace) -> None:
    """Write the report and print its first findings. Raises CommandFailed when nobody is graded yet."""
    from .. import lines  # here, because --help need not wait for them
    from .findings import find, to_explain
    from .page import page
    from .results import read
    from .tables import by_cause, by_student

    app = load()
    lines.search_class(app.coursedir, app.config, args.assignment)
    results = read(app, args.assignment)
    if not results.graded:
        raise CommandFailed(_nobody_graded(results))
    findings = find(results)
    folder = args.output or Path(app.coursedir.root) / "reports" / args.assignment
    contents = {
        "report.html": page(results, findings),
        "students.csv": MARK + by_student(results),
        "causes.csv": MARK + by_cause(results, findings),
    }
    for kept in write_report(folder, contents):
        print(f"{kept.name} is what you had changed; it is kept.")
    for one in to_explain(findings):
        print(f"{one.students} of {len(results.graded)} {one.sentence} ({one.where}): {one.lost:g} points")
    if waiting := [one for one in results.results if one.is_open]:
        students = len({one.student for one in waiting})
        items = counted(len(waiting), "item")
        print(f"Waiting for points by hand: {items} of {counted(students, 'student')} (the formgrader).")
    print(f"Written: {folder / 'report.html'}, students.csv and causes.csv beside it.")


def _nobody_graded(results) -> str:
    from .results import WAITING

    name = results.assignment
    waiting = sum(student.status == WAITING for student in results.students)
    if waiting:
        return f"Nobody's {name} has been graded yet; {waiting} handed in. Run '{to_grade(name)}' first."
    return f"Nobody has handed in {name} yet: there is nothing to report."


def write_report(folder: Path, contents: dict[str, str]) -> list[Path]:
    """Write the files, by name. One that is not as the last report left it is renamed; returns those. Raises
    OSError.
    """
    memory, kept = folder / WRITTEN, []
    known = _hashes(memory)
    for name, text in contents.items():
        path, content = folder / name, text.encode("utf-8", "replace")
        if (
            path.exists()
            and known.get(name) != (before := _hash(path.read_bytes()))
            and before != _hash(content)
        ):
            changed = datetime.fromtimestamp(path.stat().st_mtime)
            kept.append(path.rename(_free(folder / f"{path.stem}_{changed:%Y-%m-%d_%H%M%S}{path.suffix}")))
        write_atomically(path, content)
        known[name] = _hash(content)
    write_atomically(memory, json.dumps(known))
    return kept


def _free(path: Path) -> Path:
    """The path, or with a number where something stands."""
    numbered = (path.with_stem(f"{path.stem}_{number}") for number in range(2, 10_000))
    return path if not path.exists() else next(other for other in numbered if not other.exists())


def _hashes(memory: Path) -> dict[str, str]:
    try:
        return dict(json.loads(memory.read_bytes()))
    except (OSError, ValueError, TypeError):
        return {}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
