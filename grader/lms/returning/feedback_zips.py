"""Feedback as zips: one for each student, and all of them in one that is laid out for the LMS."""

import zipfile
from collections.abc import Callable
from pathlib import Path

from grader.grading.grades import Grades
from grader.grading.late import LatePolicy
from grader.grading.stock import CommandFailed

from ..systems.system import Returned, System
from .delivery import zipped
from .graded_work import GradedWork

StartPage = Callable[[str, Grades, LatePolicy], str]  # HTML
Linked = Callable[[bytes], bytes]  # another page, with a link to the first


def zip_for(
    work: GradedWork, marks: Grades, start_page: StartPage, beside_start_page: Linked, folder: Path
) -> Path:
    """In the folder: a start page and the pages of the notebooks. Other files among the feedback came with
    the hand-in.
    """
    pages = {book.name: work.page(marks.student, book.name) for book in marks.books}
    files = {
        f"{name}.html": beside_start_page(page.read_bytes()) for name, page in pages.items() if page.is_file()
    }
    files["index.html"] = start_page(work.assignment, marks, work.policy).encode()
    inside = {f"{work.assignment}-feedback/{name}": content for name, content in files.items()}
    return zipped(folder / f"{marks.student}.zip", inside)


def zip_for_lms(
    system: System, returned: Returned, zips: dict[str, Path], path: Path
) -> tuple[Path | None, list[str]]:
    """The students' zips in one, at this path, None without any, and of whom it has none."""
    places = system.places(returned)
    placed = {places[student]: content for student, content in zips.items() if student in places}
    without = [student for student in zips if student not in places]
    return zipped(path, placed) if placed else None, without


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
