"""Return graded work: feedback as a zip for each student, and the grades, in the forms that an LMS takes
back.

Writes into returned/<assignment>/: students/<student>.zip, all of them in one zip laid out for the LMS,
grades.csv (everything about everybody) and the LMS's own grade file. A grade sheet given with --sheet is
filled as a copy. Who cannot be returned yet is listed with the reason and is in none of these files but
grades.csv.
"""

import argparse
from collections.abc import Collection
from pathlib import Path

from tqdm import tqdm

from grader.grading import coursedir as course
from grader.grading.advice import to_grade, to_type
from grader.grading.grades import Grades
from grader.grading.stock import CommandFailed
from grader.grading.temporary import TemporaryFolder
from grader.grading.words import table
from mytorch.course import assignment_here

from ..names import squeezed
from ..people.matcher import Matcher
from ..people.roster import in_gradebook
from ..people.sheet import Sheet
from ..systems.registry import SYSTEMS
from ..systems.service import SERVICES, service
from ..systems.system import Returned
from . import changes, delivery
from .feedback_zips import Linked, StartPage, names_in_download, zip_for, zip_for_lms
from .filling import filled, matcher_for, rows_in
from .graded_work import GradedWork
from .grades_csv import grades_csv
from .held import Held, Why, by_reason
from .summary import report_returned
from .upload import upload
from .zeros import about_zeros, who_gets_zero


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment", nargs="?", default=assignment_here().name, help="default: %(default)s")
    parser.add_argument(
        "--lms", choices=SYSTEMS, default="plain", help="whose formats to write (default: %(default)s)"
    )
    parser.add_argument(
        "--sheet",
        type=Path,
        metavar="FILE.csv",
        help="the LMS's exported grade sheet; a copy of it is filled",
    )
    parser.add_argument(
        "--column", metavar="NAME", help="the sheet's column for the grade, when it is not clear"
    )
    parser.add_argument(
        "--download",
        type=Path,
        metavar="PATH",
        help="the LMS's export of submissions (folder or zip), for the names in its zip",
    )
    parser.add_argument(
        "--zero",
        action="store_true",
        help="0 points for students without a hand-in (otherwise no grade); nobody, while a hand-in in "
        "not-collected.csv may be anybody's",
    )
    parser.add_argument(
        "--zero-for",
        nargs="+",
        default=[],
        metavar="ID",
        help="0 points for these, if they have no hand-in; none whose hand-in stands in not-collected.csv",
    )
    parser.add_argument(
        "--api",
        choices=SERVICES,
        help="give points and feedback to each student by the system's API, too; who has it already is left",
    )
    parser.add_argument(
        "--changed",
        action="store_true",
        help="only those whose points or feedback have changed since the last return, in the LMS's zip and "
        "grade file",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what has changed, and write nothing")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="who was returned before and cannot be returned now: leave what they were given as it is",
    )
    parser.add_argument("--withdraw", action="store_true", help="the same: take their zips away")
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="where to write (default: returned/<assignment>)"
    )


def run(args: argparse.Namespace, start_page: StartPage, beside_start_page: Linked) -> None:
    """``start_page`` makes the first page of a student's zip: HTML from the assignment, the grades and the
    late policy. ``beside_start_page`` gives the other pages their link to it.
    """
    with TemporaryFolder() as scratch:
        _return(args, start_page, beside_start_page, Path(scratch))


def _return(
    args: argparse.Namespace, start_page: StartPage, beside_start_page: Linked, scratch: Path
) -> None:
    """``scratch``: where zips are made, before it is known whether they can be written."""
    system = SYSTEMS[args.lms]
    if system.sheet and not args.sheet:
        raise CommandFailed(f"{system.name} takes its own {system.sheet} back: give the file with --sheet.")
    app = course.load()
    work = GradedWork(app, args.assignment)
    marks, held = work.sort()
    if not marks and all(one.is_ungraded for one in held.values()):
        raise CommandFailed(_nothing_graded(args.assignment, held))
    zeros = [work.nothing(one) for one in who_gets_zero(work.collected, held, args.zero, args.zero_for)]
    zips = {
        one.student: zip_for(work, one, start_page, beside_start_page, scratch / changes.STUDENTS)
        for one in tqdm(marks, unit="student", disable=None)
    }
    folder = args.output or Path(app.coursedir.root) / "returned" / args.assignment
    since = changes.since_the_last(folder, marks, zips)
    chosen = since.of if since and args.changed else set(zips)
    files = {f"{changes.STUDENTS}{student}.zip": content for student, content in zips.items()}
    kept = since.gone if since and args.keep else {}
    files["grades.csv"] = grades_csv(work, marks, held, zeros, kept)
    returned = [one for one in marks if one.student in chosen]
    for_lms, notes = _for_lms(args, work, returned, zeros, zips, scratch)
    files |= for_lms
    if args.zero or args.zero_for:
        notes = about_zeros(work.collected, held, args.zero, args.zero_for) + notes
    for name in files:
        if args.sheet and (folder / name).resolve() == args.sheet.resolve():
            raise CommandFailed(
                f"{args.sheet} would be overwritten: give the sheet as the LMS exported it, or another "
                "--output."
            )
    if since:
        print("\n".join(["Since the last return:", *since.lines()]))
    elif args.dry_run:
        print(f"Nothing was returned yet; it would be: {', '.join(sorted(zips)) or 'nothing'}.")
    if args.dry_run or (since and args.changed and not chosen and not since.gone):
        print("Nothing was written.")
        return
    if since and since.gone and not (args.keep or args.withdraw):
        raise CommandFailed(_would_be_gone(since.gone, held))
    places = (changes.STUDENTS, f"feedback-{args.lms}.zip")
    zips_kept = [f"{changes.STUDENTS}{student}.zip" for student in kept]
    delivery.write(folder, files, places, keeps=[*zips_kept, places[1]] if args.keep else [])
    report_returned(work, marks, held, notes, folder, files)
    if args.api:
        matcher = Matcher(in_gradebook(app.coursedir), is_roster=True)
        record = folder / f".given-{args.api}.json"
        given = upload(service(args.api, app), args.assignment, [*marks, *zeros], zips, matcher, record)
        print(*given, sep="\n")


def _for_lms(
    args: argparse.Namespace,
    work: GradedWork,
    returned: list[Grades],
    zeros: list[Grades],
    zips: dict[str, Path],
    scratch: Path,
) -> tuple[dict[str, delivery.Content], list[str]]:
    """Its grade file and its zip of feedback, by path, and sentences about what could not be done."""
    files, notes = {}, []
    zips = {one.student: zips[one.student] for one in returned}
    counted = sorted([*returned, *zeros], key=lambda one: one.student)
    system, sheet = SYSTEMS[args.lms], Sheet(args.sheet) if args.sheet else None
    matcher = matcher_for(work.coursedir, sheet)
    rows = rows_in(sheet, matcher) if sheet else []
    if sheet:
        system.require_readable(args.sheet, list(map(squeezed, sheet.header)), sheet.lines())
        column = sheet.column(system.column(work.assignment), args.column)
        content, notes = filled(sheet, rows, matcher, column, system, work.assignment, work.of, counted)
        files[f"grades-{args.lms}{args.sheet.suffix}"] = content
    elif (made := system.grades(work.assignment, counted)) is not None:
        files[f"grades-{args.lms}.csv"] = table(made).encode()
    notes += filter(None, [system.left_out(counted)])
    name = f"feedback-{args.lms}.zip"
    if system.needs_download and not args.download:
        wanted = f"{system.name} wants the names of its own export of submissions (--download PATH)"
        return files, [*notes, f"No {name}: {wanted}."]
    names = names_in_download(args.download) if args.download else None
    whose = Returned(work.assignment, list(zips), matcher.student, rows, names)
    content, without = zip_for_lms(system, whose, zips, scratch / name)
    if without:
        reason = f"because not found for certain in what {system.name} exported"
        notes.append(f"Not in {name}, {reason}: {', '.join(without)}.")
    return files | ({name: content} if content else {}), notes


def _would_be_gone(gone: Collection[str], held: dict[str, Held]) -> str:
    those = {student: why for student, why in held.items() if student in gone}
    return "\n".join(
        [
            "Nothing was written, because these were returned before and cannot be now:",
            *by_reason(those),
            "Do that first, or choose: --keep leaves them what they were given, --withdraw takes it away.",
        ]
    )


def _nothing_graded(assignment: str, held: dict[str, Held]) -> str:
    count = sum(one.why is Why.NOT_GRADED for one in held.values())
    if count:
        return (
            f"Nothing of {assignment} is graded yet, {count} handed in: run '{to_grade(assignment)}' first."
        )
    command = to_type("grader collect", assignment)
    return f"Nobody has handed in {assignment} yet: '{command} PATH' takes what the LMS exported."
