"""The course at the current folder, as nbgrader's configuration describes it: folders, gradebook, course id."""

from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory

from .stock import CommandFailed

CONFIG = "nbgrader_config.py"


def load(root: Path | None = None, app_class: type[NbGrader] = NbGrader, argv: tuple[str, ...] = ()) -> NbGrader:
    """An nbgrader application with the configuration of the course at ``root``; by default the current folder.

    Its ``coursedir`` knows the folders and ``db_url``, its ``config`` everything else. Raises CommandFailed when there is
    no course at ``root``.
    """
    root = Path(root or Path.cwd()).resolve()
    if not (root / CONFIG).is_file():
        raise CommandFailed(f"No {CONFIG} in {root}: run this in the course's folder.")
    app = app_class(log_level="WARN")
    app.initialize(list(argv), root=str(root))
    return app


def folder(coursedir: CourseDirectory, step: str, student: str, assignment: str) -> Path:
    """The folder of a submission in a step: "submitted", "autograded", "feedback" (student "." for "source", "release")."""
    return Path(coursedir.format_path(getattr(coursedir, f"{step}_directory"), student, assignment))


def gradebook(coursedir: CourseDirectory) -> Gradebook:
    """The course's gradebook; a context manager."""
    return Gradebook(coursedir.db_url, coursedir.course_id)
