"""What a student receives beside the notebooks: their own mytorch without solutions, an environment file, a
README.
"""

import json
from importlib.metadata import requires
from pathlib import Path
from string import Template

import nbformat
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from grader.grading.coursedir import folder
from grader.grading.unwritten import copy_unwritten
from mytorch.check.judge import calls_check
from mytorch.course import ASSIGNMENTS, KIT, SECTIONS, Assignment, path_in
from mytorch.originals import FOLDER

STUDENT_FILES = Path(__file__).parent / "student"
EARLIER = "\nKeep this folder beside `{0}`: the classes that passed their checks there are used here.\n"

GOES_ON = "raises-exception"  # JupyterLab's tag: Run All runs the cells below, though this one may fail

# What a notebook's first cell does where the notebook stands alone: mailed, or opened in Colab.
ALONE = """from importlib.util import find_spec

if find_spec("mytorch") is None:  # this notebook stands alone
"""
SAY = """\
    raise ModuleNotFoundError("Put mytorch, the folder handed out with it, beside it (Colab: Files).")
"""
BRING = """    from io import BytesIO
    from urllib.request import urlopen
    from zipfile import ZipFile

    with urlopen({address!r}) as kit, ZipFile(BytesIO(kit.read())) as files:
        for file in files.infolist():
            _, found, rest = file.filename.partition("mytorch/")
            if rest:
                file.filename = found + rest
                files.extract(file)
"""


class StudentKit(NbGraderPreprocessor):
    """Last in GenerateAssignment.preprocessors: an error here fails the command, as one in a hook would
    not.
    """

    address = Unicode(
        help="Where students can download the release as a zip. A notebook that stands alone brings mytorch "
        "from there; without it, its first cell says what is missing."
    ).tag(config=True)
    written_to = None  # the release that has got its files in this run, with the first of its notebooks

    def preprocess(self, nb, resources):
        where = resources["nbgrader"]
        assignment = ASSIGNMENTS.get(where["assignment"])  # one without sections is nbgrader's alone
        if assignment:
            kit = folder(self.parent.parent.coursedir, "release", ".", assignment.name)
            stand_alone(nb, self.address)
            let_run_all_go_on(nb)
            if kit != self.written_to:
                write_kit(kit, assignment)
                self.written_to = kit
            write_originals(kit, assignment, {where["notebook"]: nbformat.writes(nb)})
        return nb, resources


def stand_alone(nb, address: str) -> None:
    """Let the first cell that imports mytorch bring it, or say what is missing."""
    uses = (cell for cell in nb.cells if cell.cell_type == "code" and "from mytorch" in cell.source)
    if cell := next(uses, None):
        then = BRING.format(address=address) if address else SAY
        cell.source = f"{ALONE}{then}\n{cell.source}"


def let_run_all_go_on(nb) -> None:
    """Where classes are checked, any given cell but the first may run into a class that raises, and the next
    ones into what the last has not computed.
    """
    cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    if any(calls_check(cell.source) for cell in cells):
        for cell in cells[1:]:
            if not utils.is_solution(cell):
                cell.metadata.tags = [*dict.fromkeys([*cell.metadata.get("tags", []), GOES_ON])]


def write_kit(folder: Path, assignment: Assignment) -> None:
    """Add the student's files to a generated release. Its mytorch knows the assignment's sections and those
    before.
    """
    sections = [section for section in SECTIONS if section.notebook <= assignment.sections[-1].notebook]
    copy_unwritten(folder, sections)
    kit = {"assignment": assignment.name, "notebooks": assignment.notebooks}
    (folder / "mytorch" / KIT.name).write_text(json.dumps(kit, indent=1) + "\n", encoding="utf-8")
    words = {
        "first": assignment.notebooks[0],
        "component": assignment.components[-1],
        "padded": assignment.components[-1].ljust(12),
        "module": path_in(Path(), assignment.sections[-1].module).relative_to("mytorch").as_posix(),
        "earlier": "".join(
            EARLIER.format(name)
            for name in dict.fromkeys(s.assignment for s in sections)
            if name != assignment.name
        ),
    }
    for name, target in (("STUDENT_COPY.md", folder / "mytorch"), ("README.md", folder)):
        text = Template((STUDENT_FILES / name).read_text(encoding="utf-8")).substitute(words)
        (target / name).write_text(text, encoding="utf-8")
    (folder / "requirements.txt").write_text("\n".join(student_requirements()) + "\n", encoding="utf-8")
    (folder / "environment.yml").write_text(conda_environment(student_requirements()), encoding="utf-8")


def write_originals(folder: Path, assignment: Assignment, now: dict[str, str]) -> None:
    """The notebooks as they are handed out, in the kit's mytorch. ``now``: text of those that nbgrader is
    about to write; the others it has written.
    """
    originals = folder / "mytorch" / FOLDER.name
    originals.mkdir(exist_ok=True)
    for name in assignment.notebooks:
        path = folder / f"{name}.ipynb"
        text = now.get(name) or (path.read_text(encoding="utf-8") if path.is_file() else "")
        if text:
            (originals / f"{name}.json").write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def student_requirements() -> list[str]:
    """pyproject's dependencies without the extras."""
    return [requirement for requirement in requires("mytorch-course") if "extra ==" not in requirement]


def conda_environment(requirements: list[str]) -> str:
    """A conda environment file."""
    lines = [
        "# conda env create -f environment.yml",
        "name: mytorch",
        "channels:",
        "  - conda-forge",
        "dependencies:",
    ]
    return "\n".join([*lines, *(f"  - {name}" for name in ["python>=3.11", *requirements])]) + "\n"
