"""Which submissions share more code than the skeleton and the few right answers explain.

Compares this term's submissions with each other and, with --against, with earlier ones, and writes a page
that shows the pairs side by side, and a CSV. Renamed variables, reordered methods, other comments and another
layout do not hide a copy. A flagged pair is a reason to look, not a proof.
"""

import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from grader.grading.coursedir import load
from grader.grading.stock import CommandFailed
from grader.grading.words import MARK
from mytorch.course import assignment_here
from mytorch.files import write_atomically

from .fingerprints import ClassReader
from .known import known_fingerprints
from .page import pairs_page
from .report import Examination, csv_table, summary
from .score import likeness
from .submissions import GivenOut, Submission, earlier, given_out, read_cells, submitted

SHOWN = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment", nargs="?", default=assignment_here().name, help="default: %(default)s")
    parser.add_argument(
        "--against",
        nargs="+",
        type=Path,
        default=[],
        metavar="OLDER",
        help="earlier submissions: another course's folder, its submitted/, or any folder with a folder "
        "for each student",
    )
    parser.add_argument(
        "--output", type=Path, default=Path("similarity"), metavar="FOLDER", help="default: similarity"
    )
    parser.add_argument(
        "--show", type=_count, default=SHOWN, metavar="N", help=f"pairs shown side by side, default {SHOWN}"
    )


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return number


def run(args: argparse.Namespace) -> None:
    app = load()
    submissions = submitted(app.coursedir, args.assignment)
    count, known_paths = len(submissions), {submission.path.resolve() for submission in submissions}
    for place in args.against:
        older = [one for one in earlier(place, args.assignment) if one.path.resolve() not in known_paths]
        submissions += older
        known_paths |= {one.path.resolve() for one in older}
    examined = examine(
        args.assignment, submissions, count, given_out(app.coursedir, args.assignment, app.config)
    )
    try:
        args.output.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise CommandFailed(f"{args.output} is a file; --output takes a folder.") from None
    page, table = args.output / f"{args.assignment}.html", args.output / f"{args.assignment}.csv"
    write_atomically(page, pairs_page(examined, args.show))
    write_atomically(table, MARK + csv_table(examined))
    print(summary(examined))
    print(f"\nWritten: {page} and {table}")


def examine(assignment: str, submissions: list[Submission], count: int, start: GivenOut) -> Examination:
    """Read all submissions and compare the first ``count`` with each other and the rest."""
    reader = ClassReader(start.attributes)
    everybodys = {one for cell in start.cells for one in reader.fingerprints([cell]).places}
    held = []
    for submission in tqdm(submissions, unit="hand-in", disable=None):
        read_cells(submission, start)
        found = {one for cells in submission.notebooks.values() for one in reader.fingerprints(cells).places}
        held.append(np.array(list(found - everybodys), dtype=np.int64))
    known = {one: part for one, part in known_fingerprints(reader).items() if one not in everybodys}
    return Examination(assignment, submissions, count, likeness(held, count, known), reader, everybodys)
