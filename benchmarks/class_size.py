"""What the commands around grading take, in time and memory, as a class grows.

Some hand-ins are graded; the rest of the class are copies of them, files and rows of the gradebook. So the
similarity report sees more equal work than any real class has: the worst that it can meet.

    python benchmarks/class_size.py             # 30 and 120 students
    python benchmarks/class_size.py 1000
"""

import argparse
import shutil
import sys
import tempfile
import uuid
import zipfile
from pathlib import Path

from autograde import ASSIGNMENT, course_with, seconds_of
from nbgrader.api import Gradebook

from grader.grading.parallel import rows

GRADED = 6
COMMANDS = {
    "collect": ["grader", "collect", ASSIGNMENT, "export.zip"],
    "feedback": ["grader", "feedback", ASSIGNMENT],
    "report": ["grader", "report", ASSIGNMENT],
    "similarity": ["grader", "similarity", ASSIGNMENT],
    "return": ["grader", "return", ASSIGNMENT],
}


def grow(course: Path, students: int) -> None:
    """Up to so many students: each new one has the files and the grades of one who was graded."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for number in range(len(gradebook.students), students):
            model, new = f"student{number % GRADED:04d}", f"student{number:04d}"
            for step in ("submitted", "autograded"):
                shutil.copytree(course / step / model, course / step / new)
            with gradebook.engine.begin() as connection:
                rows.put(connection, renamed(rows.of_student(connection, ASSIGNMENT, model), new))


def renamed(found: rows.Rows, student: str) -> rows.Rows:
    ids = {row["id"]: uuid.uuid4().hex for one in found.values() for row in one}
    ids[found["student"][0]["id"]] = student
    return {
        name: [{key: ids.get(value, value) for key, value in row.items()} for row in one]
        for name, one in found.items()
    }


def export(course: Path) -> None:
    """What Moodle would have given for those that are in submitted/."""
    with zipfile.ZipFile(course / "export.zip", "w") as archive:
        for number, folder in enumerate(sorted((course / "submitted").iterdir())):
            for path in sorted((folder / ASSIGNMENT).glob("*.ipynb")):
                archive.write(path, f"{folder.name} Doe_{number}_assignsubmission_file_/{path.name}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("students", type=int, nargs="*", default=[30, 120])
    sizes = sorted(parser.parse_args().students)
    print(f"{'command':<20}{'students':>9}{'seconds':>9}{'ms each':>9}{'MB at most':>11}", flush=True)
    with tempfile.TemporaryDirectory(prefix="mytorch-benchmark-") as scratch:
        course = course_with(Path(scratch) / "course", GRADED)
        seconds_of([sys.executable, "-m", "grader", "autograde", ASSIGNMENT], course)
        for size in sizes:
            grow(course, size)
            export(course)
            for name, command in COMMANDS.items():
                place = course
                if name == "collect":  # into a course to which nobody has handed in
                    place = course_with(Path(scratch) / f"collecting-{size}", 0)
                    shutil.copy(course / "export.zip", place)
                seconds, samples = seconds_of([sys.executable, "-m", *command], place)
                memory = max(megabytes for _, _, megabytes in samples)
                print(
                    f"{name:<20}{size:>9}{seconds:>9.1f}{seconds / size * 1000:>9.0f}{memory:>11}", flush=True
                )


if __name__ == "__main__":
    main()
