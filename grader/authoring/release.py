"""What a student receives beside the notebooks: their own mytorch without solutions, an environment file, a README."""

import shutil
from importlib.metadata import requires
from pathlib import Path

from nbgrader.preprocessors import NbGraderPreprocessor

from grader.grading.unwritten import copy_unwritten

STUDENT_FILES = Path(__file__).parent / "student"


class StudentKit(NbGraderPreprocessor):
    """Last in GenerateAssignment.preprocessors: an error here fails the command, as one in a hook would not."""

    def preprocess(self, nb, resources):
        converter = self.parent.parent
        where = resources["nbgrader"]
        write_kit(Path(converter._format_dest(where["assignment"], where["student"])))
        return nb, resources


def write_kit(folder: Path) -> None:
    """Add the student's files to a generated release."""
    copy_unwritten(folder)
    shutil.copy(STUDENT_FILES / "STUDENT_COPY.md", folder / "mytorch")
    shutil.copy(STUDENT_FILES / "README.md", folder)
    (folder / "requirements.txt").write_text("\n".join(student_requirements()) + "\n", encoding="utf-8")
    (folder / "environment.yml").write_text(environment(student_requirements()), encoding="utf-8")


def student_requirements() -> list[str]:
    """pyproject's dependencies without the extras."""
    return [requirement for requirement in requires("mytorch-course") if "extra ==" not in requirement]


def environment(requirements: list[str]) -> str:
    """A conda environment file. torch comes from pip, whose wheels the course pins."""
    by_pip = [name for name in requirements if name.startswith("torch")]
    by_conda = ["python>=3.11", *(name for name in requirements if name not in by_pip), "pip"]
    lines = ["# conda env create -f environment.yml", "name: mytorch", "channels:", "  - conda-forge", "dependencies:"]
    lines += [f"  - {name}" for name in by_conda] + ["  - pip:"] + [f"      - {name}" for name in by_pip]
    return "\n".join(lines) + "\n"
