"""Return graded work: feedback as a zip for each student, and the grades, in the forms that an LMS takes
back.

Writes into returned/<assignment>/: students/<student>.zip, all of them in one zip laid out for the LMS,
grades.csv (everything about everybody) and the LMS's own grade file. A grade sheet given with --sheet is
filled as a copy. Who cannot be returned yet is listed with the reason and is in none of these files but
grades.csv.
"""

import argparse
import os
import shlex
import zipfile
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, MissingEntry
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory

from grader.grading import collected, extensions, grades, late, unfinished
from grader.grading import coursedir as course
from grader.grading.late import duration
from grader.grading.resubmitted import is_what_was_graded
from grader.grading.stock import CommandFailed
from grader.grading.words import table
from mytorch.course import assignment_here

from . import changes, delivery, roster
from .held import Held, Why, by_reason
from .registry import SYSTEMS
from .service import SERVICES, service
from .sheet import Sheet, Told, student_in_row, why_nobody_is_in
from .system import Returned
from .upload import upload

StartPage = Callable[[str, grades.Grades, late.LatePolicy], str]
Page = Callable[[bytes], bytes]
DAYS = ["late_days_spent", "late_days_left"]  # columns
MARKED_LATE = "marked late by the LMS, without a time"


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


def run(args: argparse.Namespace, start_page: StartPage, beside_start_page: Page) -> None:
    """``start_page`` makes the first page of a student's zip: HTML from the assignment, the grades and the
    late policy. ``beside_start_page`` gives the other pages their link to it.
    """
    system = SYSTEMS[args.lms]
    if system.sheet and not args.sheet:
        raise CommandFailed(f"{system.name} takes its own {system.sheet} back: give the file with --sheet.")
    app = course.load()
    desk = Desk(app, args.assignment, start_page, beside_start_page)
    marks, held = desk.sort()
    if not marks and all(why.is_ungraded for why in held.values()):
        raise CommandFailed(_nothing_graded(args.assignment, held))
    zips = {one.student: delivery.zipped(desk.pages(one)) for one in marks}
    folder = args.output or Path(app.coursedir.root) / "returned" / args.assignment
    since = changes.since_the_last(folder, marks, zips)
    chosen = since.of if since and args.changed else set(zips)
    files, notes = desk.files(args, marks, held, zips, chosen)
    for name in files:
        if args.sheet and (folder / name).resolve() == args.sheet.resolve():
            raise CommandFailed(
                f"{args.sheet} would be overwritten: give the sheet as the LMS exported it, or another "
                "--output."
            )
    if since:
        print("\n".join(["Since the last return:", *since.lines()]))
    if args.dry_run or (since and args.changed and not chosen and not since.gone):
        print("Nothing was written.")
        return
    if since and since.gone and not (args.keep or args.withdraw):
        raise CommandFailed(_would_be_gone(since.gone, held))
    places = (changes.STUDENTS, f"feedback-{args.lms}.zip")
    gone = [f"{changes.STUDENTS}{student}.zip" for student in since.gone] if since else []
    delivery.write(folder, files, places, keeps=[*gone, places[1]] if args.keep else [])
    _report(desk, marks, held, notes, folder, files)
    if args.api:
        counted = [*marks, *map(desk.nothing, desk.zeros(args, held))]
        matcher = roster.Matcher(roster.in_gradebook(app.coursedir), is_roster=True)
        record = folder / f".given-{args.api}.json"
        print(*upload(service(args.api, app), args.assignment, counted, zips, matcher, record), sep="\n")


def _would_be_gone(gone: tuple[str, ...], held: dict[str, Held]) -> str:
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
            f"Nothing of {assignment} is graded yet, {count} handed in: run 'grader autograde {assignment}' "
            "first."
        )
    return (
        f"Nobody has handed in {assignment} yet: 'grader collect {assignment} PATH' takes what the LMS "
        "exported."
    )


class Desk:
    """An assignment of a course, ready to be returned. Raises CommandFailed when there is no such
    assignment.
    """

    def __init__(self, app: NbGrader, assignment: str, start_page: StartPage, beside_start_page: Page):
        self.coursedir: CourseDirectory = app.coursedir
        self.assignment = assignment
        self.start_page, self.beside_start_page = start_page, beside_start_page
        self.collected = collected.read(app, assignment)
        self.policy, self.penalties = late.settings(app.config)
        self.extended = extensions.read(app.coursedir).get(assignment, {})
        with course.gradebook(self.coursedir) as gradebook:
            try:
                found: Assignment = gradebook.find_assignment(assignment)
            except MissingEntry:
                known = ", ".join(one.name for one in gradebook.assignments) or "none"
                raise CommandFailed(
                    f"The gradebook has no assignment {assignment}; it has: {known}."
                ) from None
            self.due, self.of = found.duedate, found.max_score

    def sort(self) -> tuple[list[grades.Grades], dict[str, Held]]:
        """Everybody in the gradebook or in submitted/: who is ready, and why the others are not. By student's
        id.
        """
        marks, held = {}, {}
        submitted = course.submitted_folders(self.coursedir, self.assignment)
        self.cut_off = unfinished.cut_off(self.coursedir, self.assignment)
        with course.gradebook(self.coursedir) as gradebook:
            extensions.apply(gradebook, self.coursedir, self.assignment)
            self.students = {student.id: student for student in gradebook.students}
            for student in sorted({*self.students, *submitted}):
                found = self._look(gradebook, student)
                (held if isinstance(found, Held) else marks)[student] = found
            gradebook.db.expunge_all()
        return list(marks.values()), held

    def _folder(self, step: str, student: str) -> Path:
        return course.folder(self.coursedir, step, student, self.assignment)

    def _look(self, gradebook: Gradebook, student: str) -> grades.Grades | Held:
        handed_in = self._folder("submitted", student).is_dir()
        try:
            marks = grades.read(gradebook, self.assignment, student, self.penalties)
        except MissingEntry:
            if not handed_in:
                refused = self.collected.refused.get(student)
                if refused:
                    return Held(Why.NOT_COLLECTED, detail=refused)
                until = self.extended.get(student)
                if until and until > datetime.now(UTC).replace(tzinfo=None):
                    return Held(Why.HAS_TIME, detail=self.policy.local(until))
                return Held(Why.NO_HAND_IN)
            return Held(Why.NOT_GRADED, f"nbgrader autograde {self.assignment}")
        newer = (
            self.coursedir.get_existing_timestamp(str(self._folder("submitted", student)))
            if handed_in
            else None
        )
        if newer and marks.handed_in and newer.replace(tzinfo=None) > marks.handed_in:
            return Held(Why.NEWER, f"nbgrader autograde {self.assignment}")
        graded = self._graded(marks)
        if student in self.cut_off:
            return Held(Why.CUT_OFF, f"grader autograde {self.assignment}")
        if not self._folder(
            "autograded", student
        ).is_dir():  # as a second run leaves it that was cut off, too
            return Held(Why.FOLDER_GONE, f"grader autograde {self.assignment}")
        if not is_what_was_graded(self._folder("submitted", student), graded):
            # only --force grades one without a time
            return Held(
                Why.NEWER, f"grader autograde {self.assignment} --student {shlex.quote(student)} --force"
            )
        if marks.waiting:
            return Held(Why.BY_HAND, "the formgrader, Manual Grading", ", ".join(marks.waiting))
        return self._with_feedback(marks, graded)

    def _graded(self, marks: grades.Grades) -> dict[str, Path]:
        """The autograded notebooks that are there, by name."""
        paths = {
            book.name: self._folder("autograded", marks.student) / f"{book.name}.ipynb"
            for book in marks.books
        }
        return {name: path for name, path in paths.items() if path.is_file()}

    def _with_feedback(self, marks: grades.Grades, graded: dict[str, Path]) -> grades.Grades | Held:
        if not graded:
            return Held(Why.NOTEBOOKS_GONE, f"grader autograde {self.assignment} --force")
        pages = {name: self._page(marks.student, name) for name in graded}
        again = f"nbgrader generate_feedback {self.assignment} --force"
        if missing := [name for name, page in pages.items() if not page.is_file()]:
            return Held(Why.NO_FEEDBACK, again, ", ".join(missing))
        if any(
            grades.seal_in(pages[name].read_text(encoding="utf-8", errors="replace"))
            != marks.seal(name, path)
            for name, path in graded.items()
        ):
            return Held(Why.OUTDATED, again)
        return marks

    def _page(self, student: str, name: str) -> Path:
        return self._folder("feedback", student) / f"{name}.html"

    # --- files

    def files(
        self,
        args: argparse.Namespace,
        marks: list[grades.Grades],
        held: dict[str, Held],
        zips: dict[str, bytes],
        chosen: set[str],
    ) -> tuple[dict[str, bytes], list[str]]:
        """What to write, by path, and sentences about what could not be done. ``chosen``: whose goes into
        what is for the LMS.
        """
        files = {f"{changes.STUDENTS}{student}.zip": content for student, content in zips.items()}
        zeros = [self.nothing(student) for student in self.zeros(args, held)]
        files["grades.csv"] = self._everybody(marks, held, zeros)
        zips = {student: content for student, content in zips.items() if student in chosen}
        returned = [one for one in marks if one.student in chosen]
        counted = sorted([*returned, *zeros], key=lambda one: one.student)
        system, sheet = SYSTEMS[args.lms], Sheet(args.sheet) if args.sheet else None
        matcher = self._matcher(sheet)
        rows = [(row, student_in_row(row, matcher)) for row in sheet.rows()] if sheet else []
        notes = self._about_zeros(args, held) if args.zero or args.zero_for else []
        if sheet:
            files[f"grades-{args.lms}{args.sheet.suffix}"], more = self._filled(
                sheet, args, counted, matcher, rows
            )
            notes += more
        elif (made := system.grades(self.assignment, counted)) is not None:
            files[f"grades-{args.lms}.csv"] = table(made).encode()
        notes += filter(None, [system.left_out(counted)])
        if system.needs_download and not args.download:
            wanted = f"{system.name} wants the names of its own export of submissions (--download PATH)"
            return files, [*notes, f"No feedback-{args.lms}.zip: {wanted}."]
        names = names_in_download(args.download) if args.download else None
        places = system.places(Returned(self.assignment, list(zips), matcher, rows, names))
        if without := [student for student in zips if student not in places]:
            reason = f"because not found in what {system.name} exported"
            notes.append(f"Not in feedback-{args.lms}.zip, {reason}: {', '.join(without)}.")
        if placed := {places[student]: content for student, content in zips.items() if student in places}:
            files[f"feedback-{args.lms}.zip"] = delivery.zipped(placed)
        return files, notes

    def _matcher(self, sheet: Sheet | None) -> roster.Matcher:
        """Students as the gradebook knows them, and by what their lines in the sheet tell besides."""
        students = roster.in_gradebook(self.coursedir)
        if sheet is None:
            return roster.Matcher(students, is_roster=True)
        in_gradebook = roster.Matcher(students, is_roster=True)
        told = [(student_in_row(row, in_gradebook), Told.by(row)) for row in sheet.rows()]
        more = [
            roster.make_student(student, one.name, one.email, one.ids) for student, one in told if student
        ]
        return roster.Matcher([*students, *more], is_roster=True)

    def pages(self, marks: grades.Grades) -> dict[str, bytes]:
        """A start page and the pages of the notebooks. Other files in the folder of feedback came with the
        hand-in.
        """
        start = self.start_page(self.assignment, marks, self.policy)
        pages = {book.name: self._page(marks.student, book.name) for book in marks.books}
        files = {
            f"{name}.html": self.beside_start_page(page.read_bytes())
            for name, page in pages.items()
            if page.is_file()
        }
        return {
            f"{self.assignment}-feedback/{name}": content
            for name, content in {**files, "index.html": start.encode()}.items()
        }

    def nothing(self, student: str) -> grades.Grades:
        person = self.students[student]
        names = (person.first_name or "", person.last_name or "", person.email or "")
        return grades.Grades(student, *names, (), None, self.due, 0.0)

    def zeros(self, args: argparse.Namespace, held: dict[str, Held]) -> list[str]:
        """Who gets 0: nobody whose hand-in may only not have been collected."""
        empty = [student for student, one in held.items() if one.why is Why.NO_HAND_IN]
        everybody = args.zero and not self.collected.nobodys
        return [student for student in empty if everybody or student in args.zero_for]

    def _about_zeros(self, args: argparse.Namespace, held: dict[str, Held]) -> list[str]:
        """Who has none although nothing of them lies in submitted/, and what may be whose."""
        notes, path = [], os.path.relpath(self.collected.list_of_refused)
        if refused := [student for student, one in held.items() if one.why is Why.NOT_COLLECTED]:
            notes.append(
                f"No 0 for {', '.join(refused)}: what could not be collected ({path}) is theirs, or may be."
            )
        ungraded = {student for student, why in held.items() if why.is_ungraded}
        if wrong := sorted(set(args.zero_for) - ungraded):
            notes.append(f"No 0 for {', '.join(wrong)}: they have a hand-in, or are not in the gradebook.")
        if args.zero and (count := len(self.collected.nobodys)):
            those = [student for student, one in held.items() if one.why is Why.NO_HAND_IN]
            notes.append(
                f"No 0 for anybody but by name: {count} hand-in{'s' * (count > 1)} in {path} may be of "
                f"{', '.join(those) or 'nobody here'}. Settle that, or say who gets 0: --zero-for ID …"
            )
        return notes

    def _filled(
        self,
        sheet: Sheet,
        args: argparse.Namespace,
        marks: list[grades.Grades],
        matcher: roster.Matcher,
        rows: list[tuple],
    ) -> tuple[bytes, list[str]]:
        system = SYSTEMS[args.lms]
        name = sheet.column(system.column(self.assignment), args.column)
        if not any(student for _, student in rows):
            raise CommandFailed(why_nobody_is_in(sheet))
        lines = defaultdict(list)
        for row, student in rows:
            lines[student].append(row)
        final = {one.student: grades.written(one.final) for one in marks if len(lines[one.student]) == 1}
        content = sheet.filled(name, lambda row: final.get(student_in_row(row, matcher)))
        notes = [f"Filled the column {name!r} for {len(final)} students."]
        if twice := [one.student for one in marks if len(lines[one.student]) > 1]:
            notes.append(f"Not filled, because more than one line fits: {', '.join(twice)}.")
        if absent := [one.student for one in marks if not lines[one.student]]:
            notes.append(f"Not in the sheet: {', '.join(absent)}.")
        maxima = {row.get(sheet.named(system.maximum), "") for row, student in rows if student in final} - {
            ""
        }
        for maximum in sorted(maxima - {grades.written(self.of), f"{self.of:.2f}"}):
            notes.append(
                f"The sheet's maximum is {maximum}, {self.assignment} has {grades.written(self.of)} points."
            )
        return content, notes

    def _everybody(
        self, marks: list[grades.Grades], held: dict[str, Held], zeros: list[grades.Grades]
    ) -> bytes:
        """grades.csv: one line for every student."""
        names = list(dict.fromkeys(name for one in marks for name in one.items))
        header = (
            "student last_name first_name email status due handed_in late points penalty final of".split()
            + DAYS * bool(self.policy.late_days)
            + names
        )
        known = {one.student: one for one in [*marks, *zeros]}
        rows = []
        for student in sorted({*known, *held}):
            status = held[student].reason if student in held else "returned"
            rows.append([*self._who(student), status, *self._times_and_sums(known.get(student))])
            items = known[student].items if student in known else {}
            rows[-1] += [grades.written(items[name].points) if name in items else "" for name in names]
        return ("\ufeff" + table([header, *rows])).encode()  # the mark tells spreadsheets that it is UTF-8

    def _who(self, student: str) -> list[str]:
        person = self.students.get(student)
        return [
            student,
            *((person.last_name or "", person.first_name or "", person.email or "") if person else [""] * 3),
        ]

    def _times_and_sums(self, one: grades.Grades | None) -> list[str]:
        days = [""] * len(DAYS) if one is None else [str(one.late_days.spent), str(one.late_days.left)]
        days *= bool(self.policy.late_days)
        if one is None:
            return [self.policy.local(self.due), *[""] * 5, grades.written(self.of), *days]
        times = [self.policy.local(one.due), self.policy.local(one.handed_in), self._lateness(one)]
        of = one.of if one.books else self.of
        sums = (grades.written(value) for value in (one.points, one.penalty, one.final, of))
        return [*times, *sums, *days]

    def _lateness(self, one: grades.Grades) -> str:
        return (
            duration(one.seconds_late)
            if one.seconds_late
            else MARKED_LATE
            if self.is_marked_late(one)
            else ""
        )

    def is_marked_late(self, one: grades.Grades) -> bool:
        """By the LMS only, which gave no time: how late is not known, so it costs nothing."""
        return bool(one.books) and one.handed_in is None and one.student in self.collected.late


def names_in_download(download: Path) -> list[str]:
    """The names in an LMS's export of submissions, a folder or a zip, of which the first part tells the
    student.

    Raises CommandFailed.
    """
    if download.is_dir():
        return sorted(path.name for path in download.iterdir())
    try:
        with zipfile.ZipFile(download) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile):
        raise CommandFailed(f"{download} is neither a folder nor a zip that can be read.") from None
    return sorted({part for name in names for part in name.replace("\\", "/").split("/") if part})


def _report(
    desk: Desk, marks, held: dict[str, Held], notes: list[str], folder: Path, files: dict[str, bytes]
) -> None:
    count = sum(bool(one.seconds_late) for one in marks)
    print(f"{desk.assignment}: {len(marks)} returned, {len(held)} not.")
    marked = sum(map(desk.is_marked_late, marks))
    more = (
        f"{marked} {'more ' * bool(desk.due)}{'are' if marked > 1 else 'is'} {MARKED_LATE}" if marked else ""
    )
    if desk.due:
        counts = f"{count} late{'; ' * bool(more)}{more}"
        print(f"Due {desk.policy.local(desk.due)}; {counts}. {desk.policy.describe()}".rstrip())
    elif more:
        print(f"{more}.")
    if spent := [one for one in marks if one.late_days.spent]:
        each = (f"{one.student} {one.late_days.spent} ({one.late_days.left} left)" for one in spent)
        print(f"Late days spent: {', '.join(each)}.")
    for line in by_reason(held):
        print(line)
    for note in notes:
        print(note)
    others = sorted(name for name in files if not name.startswith("students/"))
    print(f"Written to {folder}: {', '.join(others)}, students/ ({len(marks)} zips).")
