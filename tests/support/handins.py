"""Made-up hand-ins for one run of nbgrader: clumsy here, and right in unusual ways; the hostile ones stand in
attacks/.

Each case changes one notebook of the full solution and says which items that notebook must still earn, what
its feedback must say and what the instructor must be told. ``write_all`` packs cases of different notebooks
into one student: so each of them also proves that it costs nothing but its own items.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from grader.authoring.demo import TYPICAL_MISTAKES
from mytorch.course import ITEMS
from support.own import ASSIGNMENT

MISTAKES = {notebook: (old, new) for notebook, old, new in TYPICAL_MISTAKES} | {
    "03_mlp": ("dLdZ = dLdA * dAdZ", "dLdZ = dLdA"),
    "04_loss": ("L = SSE / (2 * N * C)", "L = SSE / (N * C)"),
}


@dataclass(frozen=True)
class Case:
    name: str
    notebook: str
    write: Callable[[Path], None]  # makes the hand-in out of a full solution at the path
    earns: tuple[str, ...]  # items
    says: tuple[str, ...]  # stands in the feedback
    told: tuple[str, ...]  # stands in what grader autograde says about this notebook or student
    attempts: str  # what is tried, in a sentence; empty for an honest hand-in


CASES: list[Case] = []


def items_of(notebook: str) -> tuple[str, ...]:
    return tuple(item.name for item in ITEMS if item.notebook == notebook)


def case(notebook: str, earns=(), says=(), told=(), wrong=False, file=False):
    """Register a case. ``earns`` is "all" or names of items; ``wrong``: the solution has a mistake to begin
    with.

    The function is given the notebook, or with ``file`` the path of its file.
    """
    earned = items_of(notebook) if earns == "all" else tuple(earns)
    said = (says,) if isinstance(says, str) else tuple(says)
    heard = (told,) if isinstance(told, str) else tuple(told)

    def register(change):
        def write(path: Path):
            if file:
                change(path)
            else:
                nb = nbformat.read(path, as_version=4)
                if wrong:
                    make_mistake(nb, notebook)
                change(nb)
                nbformat.write(nb, path)

        CASES.append(
            Case(change.__name__, notebook, write, earned, said, heard, (change.__doc__ or "").strip())
        )
        return change

    return register


def make_mistake(nb, notebook: str):
    old, new = MISTAKES[notebook]
    assert any(old in cell.source for cell in nb.cells), f"{notebook} holds no {old!r}"
    for cell in nb.cells:
        cell.source = cell.source.replace(old, new)
    return nb


def solved(nb):
    """A notebook of source/ as a student has it who wrote the same solution: without hidden tests and
    markers.
    """
    for cell in nb.cells:
        cell.source = re.sub(
            r"(?ms)^### BEGIN HIDDEN TESTS$.*?^### END HIDDEN TESTS$", "", cell.source
        ).rstrip()
        cell.source = re.sub(r"(?m)^ *### (BEGIN|END) SOLUTION\n", "", cell.source + "\n").rstrip()
    return nb


def lean(nb):
    """Without the demonstrations, which are not what a case is about and take time to run."""
    imports = next(cell for cell in nb.cells if cell.cell_type == "code")
    nb.cells = [cell for cell in nb.cells if cell is imports or "nbgrader" in cell.metadata]
    return nb


def write_solution(course: Path, student: str, notebook: str, change=lambda nb: nb) -> Path:
    """Hand in the solution of one notebook. Returns where it stands."""
    source = course / "source" / ASSIGNMENT / f"{notebook}.ipynb"
    path = course / "submitted" / student / ASSIGNMENT / source.name
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(change(solved(nbformat.read(source, as_version=4))), path)
    return path


def write_all(course: Path, cases: list[Case]) -> dict[str, str]:
    """Write the cases into submitted/, as few students as possible. Returns the student of each case."""
    taken: list[set[str]] = []
    student_of = {}
    for one in cases:
        number = next((i for i, notebooks in enumerate(taken) if one.notebook not in notebooks), len(taken))
        if number == len(taken):
            taken.append(set())
        taken[number].add(one.notebook)
        student_of[one.name] = f"student{number:02d}"
        one.write(write_solution(course, student_of[one.name], one.notebook, lean))
    return student_of


# --- places in a notebook -----------------------------------------------------------------------------------


def named(nb, name: str):
    """The nbgrader cell of that name."""
    return next(cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def graded(nb) -> list:
    return [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade")]


def solutions(nb) -> list:
    return [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("solution")]


def copy(nb, cell) -> None:
    """As JupyterLab does: everything but the id."""
    nb.cells.insert(1, new_code_cell(cell.source, metadata=cell.metadata))


def insert(nb, index: int, source: str) -> None:
    nb.cells.insert(index, new_code_cell(dedent(source).strip()))


def at_top(nb, source: str) -> None:
    insert(nb, 0, source)


def at_end(nb, source: str) -> None:
    insert(nb, len(nb.cells), source)


def before_test(nb, source: str) -> None:
    """Between the class and its graded cell."""
    insert(nb, nb.cells.index(graded(nb)[0]), source)


def rewrite(cell, old: str, new: str) -> None:
    assert old in cell.source, f"no {old!r} in\n{cell.source}"
    cell.source = cell.source.replace(old, new)


# --- files that are no notebooks, or not quite --------------------------------------------------------------


@case("01_linear", says="01_linear.ipynb could not be read as a notebook", file=True)
def unreadable_json(path):
    path.write_text(path.read_text()[:500])


@case("02_activation", says="02_activation.ipynb could not be read as a notebook", file=True)
def empty_file(path):
    path.write_bytes(b"")


@case("03_mlp", says="03_mlp.ipynb could not be read as a notebook", file=True)
def wrong_encoding(path):
    path.write_bytes(
        path.read_bytes().replace(b"MLP0", "MLP\N{LATIN SMALL LETTER E WITH ACUTE}".encode("latin-1"))
    )


@case("04_loss", says="04_loss.ipynb could not be read as a notebook", file=True)
def json_but_no_notebook(path):
    path.write_text("[1, 2, 3]")


@case("05_sgd", says="05_sgd.ipynb could not be read as a notebook", file=True)
def format_of_the_future(path):
    path.write_text(json.dumps(json.loads(path.read_text()) | {"nbformat": 99}))


@case("06_batchnorm", says="06_batchnorm.ipynb is missing from the hand-in.", file=True)
def missing(path):
    path.unlink()


@case("01_linear", says="Was it renamed to 01_linear (1).ipynb?", file=True)
def renamed(path):
    path.rename(path.with_stem("01_linear (1)"))


@case("02_activation", says="is a link to another file", file=True)
def link_to_somewhere(path):
    path.rename(path.with_suffix(".txt"))
    path.symlink_to(path.with_suffix(".txt").resolve())


@case(
    "04_loss", says="04_loss.ipynb is missing from the hand-in: what has its name is not a file.", file=True
)
def folder_in_its_place(path):
    path.unlink()
    path.mkdir()


@case("05_sgd", says="is larger than 20 MB", file=True)
def huge_file(path):
    with path.open("ab") as file:
        file.truncate(20_000_001)


@case("06_batchnorm", earns="all", file=True)
def format_of_the_past(path):
    """nbformat 3, which Jupyter still opens."""
    notebook = nbformat.convert(nbformat.read(path, as_version=4), 3)
    path.write_text(nbformat.writes(notebook, version=3))


@case("01_linear", earns="all", file=True)
def valid_but_for_the_letter(path):
    """Jupyter opens it with a warning: fields of a newer minor version, others missing, tags of the wrong
    type.
    """
    notebook = json.loads(path.read_text())
    notebook["nbformat_minor"] = 99
    for cell in notebook["cells"]:
        cell |= {"invented": 1, "id": "the same for all"}
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
        cell["metadata"]["tags"] = "no list"
    path.write_text(json.dumps(notebook))


@case("02_activation", earns="all", file=True)
def half_a_character(path):
    """Half of a surrogate pair is valid in JSON and in no file."""
    path.write_text(path.read_text().replace('"import numpy as np', r'"# \ud83d\nimport numpy as np', 1))


# --- cells moved, copied, deleted, edited -------------------------------------------------------------------


@case("01_linear", earns="all")
def graded_cell_twice(nb):
    copy(nb, graded(nb)[0])


@case("02_activation", earns="all")
def solution_cell_twice(nb):
    copy(nb, solutions(nb)[1])


@case("04_loss", earns="all")
def graded_cell_deleted(nb):
    nb.cells.remove(graded(nb)[0])


@case("05_sgd", says="SGD is not defined in this notebook.")
def solution_cell_deleted(nb):
    nb.cells.remove(solutions(nb)[0])


@case("03_mlp", earns=("MLP1", "MLP4"), says="MLP0 is not defined in this notebook.")
def several_deleted(nb):
    nb.cells.remove(named(nb, "MLP0-code"))
    nb.cells.remove(named(nb, "MLP1"))


@case("06_batchnorm", earns="all")
def graded_cell_moved_up(nb):
    nb.cells.insert(1, nb.cells.pop(nb.cells.index(graded(nb)[0])))


@case("01_linear", earns="all")
def graded_cell_renamed(nb):
    graded(nb)[0].metadata.nbgrader.grade_id = "Linear2"


@case("02_activation", wrong=True)
def graded_cell_edited(nb):
    graded(nb)[0].source = "print('All checks pass: 10 of 10 points.')"


@case("04_loss", wrong=True)
def graded_cell_emptied(nb):
    graded(nb)[0].source = ""


@case("05_sgd", earns="all")
def points_raised(nb):
    graded(nb)[0].metadata.nbgrader.points = 1000


@case("06_batchnorm", earns="all")
def solution_made_graded(nb):
    solutions(nb)[0].metadata.nbgrader |= {"grade": True, "points": 50}


@case("03_mlp", earns="all")
def solution_made_markdown(nb):
    place = nb.cells.index(solutions(nb)[0])
    nb.cells[place] = new_markdown_cell(nb.cells[place].source, metadata=nb.cells[place].metadata)


@case("01_linear", earns="all")
def graded_cell_made_markdown(nb):
    place = nb.cells.index(graded(nb)[0])
    nb.cells[place] = new_markdown_cell(nb.cells[place].source, metadata=nb.cells[place].metadata)


@case("02_activation", earns="all")
def odd_metadata(nb):
    del graded(nb)[0].metadata.nbgrader["points"]
    solutions(nb)[0].metadata.nbgrader = nbformat.from_dict({"grade_id": "Sigmoid-code"})
    for entry in (
        [],
        "nbgrader",
        None,
        {},
        {"grade": True},
        {"grade_id": ["Tanh"]},
        {"solution": True, "grade_id": 5},
    ):
        at_end(nb, "'just text'")
        nb.cells[-1].metadata = nbformat.from_dict({"nbgrader": entry})


@case("04_loss", earns="all")
def notebook_metadata(nb):
    nb.metadata |= {"mytorch_problem": ["none"], "celltoolbar": "Create Assignment"}
    nb.metadata.kernelspec = {"name": "my-conda-env", "display_name": "mine", "language": "python"}


@case("05_sgd", wrong=True)
def tests_tagged_to_be_skipped(nb):
    for cell in nb.cells:
        cell.metadata.tags = ["skip-execution", "raises-exception", "remove-cell"]


@case("06_batchnorm", earns="all")
def markers_in_own_cells(nb):
    at_end(nb, "### BEGIN HIDDEN TESTS\n1 + 1")
    at_end(nb, "### BEGIN SOLUTION")


# --- code that stops ----------------------------------------------------------------------------------------


@case("01_linear", earns="all")
def exception_at_the_top(nb):
    at_top(nb, "1 / 0")


@case("02_activation", says=("Tanh is not defined", "SyntaxError"))
def syntax_error(nb):
    rewrite(named(nb, "Tanh-code"), "def backward(self):", "def backward(self)")


@case("04_loss", says=("CrossEntropyLoss: ", "ZeroDivisionError", "N / (C - C)"))
def exception_in_a_method(nb):
    rewrite(named(nb, "CrossEntropyLoss-code"), "N, C = A.shape", "N, C = A.shape\n        N / (C - C)")


@case("05_sgd", says="RecursionError")
def recursion(nb):
    rewrite(solutions(nb)[0], "for i in range(self.L):", "self.step()\n        for i in range(self.L):")


@case("04_loss", earns="all", told="ran for too long and was interrupted")
def endless_loop_that_ignores_interrupts_for_a_while(nb):
    loop = """
        import time
        start = time.monotonic()
        while time.monotonic() - start < 3.5:
            try:
                time.sleep(0.1)
            except KeyboardInterrupt:
                pass
    """
    at_end(nb, loop)


@case("06_batchnorm", says="Python stopped while it ran cell 3: the process ended itself.")
def process_ended_in_a_method(nb):
    rewrite(solutions(nb)[0], "self.Z = Z\n", "self.Z = Z\n            import os; os._exit(0)\n")


@case("03_mlp", earns=("MLP0", "MLP1"), says="Python stopped while it ran cell 6: the process died (Killed).")
def process_killed_half_way(nb):
    insert(
        nb, nb.cells.index(named(nb, "MLP4-code")), "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    )


@case("05_sgd", earns="all")
def sys_exit(nb):
    at_top(nb, "import sys; sys.exit(1)")


@case("01_linear", earns="all")
def quit_at_the_end(nb):
    at_end(nb, "quit()")
    at_end(nb, "'never reached'")


@case("02_activation", earns="all")
def exit_in_the_middle(nb):
    before_test(nb, "exit")
    before_test(nb, "exit()")


@case("03_mlp", earns="all")
def magics_that_only_jupyter_has(nb):
    cell = named(nb, "MLP0-code")
    cell.source = "%autosave 60\n%matplotlib qt\n%load_ext nb_black\n" + cell.source


@case("01_linear", earns="all")
def own_class_imported_again(nb):
    before_test(nb, "from mytorch.nn import Linear")


@case("05_sgd", earns="all")
def class_in_the_graded_cell(nb):
    graded(nb)[0].source = solutions(nb)[0].source + "\n\n" + graded(nb)[0].source
    solutions(nb)[0].source = ""


@case("04_loss", earns="all")
def class_written_to_a_file(nb):
    cell = named(nb, "MSELoss-code")
    cell.source = "%%writefile my_loss.py\nimport numpy as np\n" + cell.source
    insert(nb, nb.cells.index(cell) + 1, "from my_loss import MSELoss")


@case("06_batchnorm", earns="all")
def another_check(nb):
    before_test(nb, "import numpy as np; check = np.allclose(1, 1)")


@case("04_loss", earns="all")
def environment_cleared(nb):
    before_test(nb, "import os; os.environ.clear()")


@case("02_activation", earns="all")
def imports_deleted(nb):
    nb.cells = [cell for cell in nb.cells if "from mytorch.check import" not in cell.source]


@case("03_mlp", earns="all")
def import_that_fails_here(nb):
    imports = next(cell for cell in nb.cells if "from mytorch.check import" in cell.source)
    imports.source = "import google.colab\n" + imports.source


@case("06_batchnorm", says=("Its cell stopped before that: line 1, SyntaxError: expected ':'",))
def colon_forgotten(nb):
    rewrite(solutions(nb)[0], "class BatchNorm1d:", "class BatchNorm1d")


@case("04_loss", says="There is a class MseLoss: is it meant to be MSELoss?")
def class_misspelt(nb):
    rewrite(named(nb, "MSELoss-code"), "class MSELoss", "class MseLoss")


@case("05_sgd", says=("SGD: ", "for too long", "in step: while True: pass"))
def endless_loop_in_a_method(nb):
    rewrite(solutions(nb)[0], "    def step(self):", "    def step(self):\n        while True: pass")


@case("06_batchnorm", earns="all")
def much_output(nb):
    at_top(nb, "for i in range(20_000): print(i)")
    at_top(nb, "import sys; print('x' * 3_000_000); print('y' * 3_000_000, file=sys.stderr)")


@case("04_loss", earns="all")
def output_turned_off(nb):
    at_top(nb, "import sys; sys.stdout = sys.stderr = None")


@case("01_linear", earns="all")
def output_cleared_in_a_method(nb):
    """As those do who show how far a training is."""
    clear = "from IPython.display import clear_output; clear_output(wait=True)"
    rewrite(solutions(nb)[0], "self.A = A", f"self.A = A; {clear}")


@case("02_activation", earns="all")
def many_outputs_in_a_method(nb):
    shown = "[display(i) for i in range(600)]"
    rewrite(named(nb, "Tanh-code"), "def backward(self):", f"def backward(self):\n        {shown}")


@case("03_mlp", earns=("MLP1", "MLP4"), says=("MLP0: ", "for too long"))
def endless_loop_with_many_outputs(nb):
    loop = "while True: display(1)"
    rewrite(named(nb, "MLP0-code"), "def forward(self, A):", f"def forward(self, A):\n        {loop}")


@case("05_sgd", earns="all")
def question_to_the_user(nb):
    at_top(nb, "name = input('Your name? ')")


# --- right, in other styles ---------------------------------------------------------------------------------


@case("01_linear", earns="all")
def helpers_and_another_name(nb):
    cell = solutions(nb)[0]
    renamed_class = cell.source.replace("class Linear:", "class MyLinear:").replace(
        "A @ self.W.T + self.b.T", "affine(A, self.W, self.b)"
    )
    insert(nb, 1, "def affine(A, W, b):\n    print('shapes', A.shape, W.shape)\n    return A @ W.T + b.T")
    insert(nb, 2, renamed_class)
    cell.source = "Linear = MyLinear"


@case("02_activation", earns="all")
def magics_and_methods_added_later(nb):
    cell = named(nb, "Tanh-code")
    head, _, backward = cell.source.partition("    def backward(self):")
    cell.source = "%%time\n" + head
    insert(
        nb,
        nb.cells.index(cell) + 1,
        dedent("    def backward(self):" + backward) + "\n\nTanh.backward = backward",
    )
    insert(nb, 1, "%matplotlib inline\n!echo a shell command\n%timeit -n1 -r1 1 + 1")


@case("04_loss", earns="all")
def noisy(nb):
    noise = "; warnings.warn('careful'); print('to stderr', file=sys.stderr); np.float64(1) / 0"
    rewrite(named(nb, "MSELoss-code"), "N, C = A.shape", "N, C = A.shape" + noise)
    at_top(nb, "import sys, warnings")
    before_test(nb, "raise RuntimeError('a demonstration that fails')")


@case("05_sgd", earns="all")
def updates_in_place_with_extras(nb):
    solutions(nb)[0].source = dedent("""
        class Base:
            history = []

        class SGD(Base):
            def __init__(self, model, lr=0.1, momentum=0, *, verbose=True):
                self.l, self.L = model.layers, len(model.layers)
                self.lr, self.mu, self.verbose = lr, momentum, verbose
                self.v_W = [np.zeros_like(layer.W) for layer in self.l]
                self.v_b = [np.zeros_like(layer.b) for layer in self.l]

            def step(self):
                for layer, v_W, v_b in zip(self.l, self.v_W, self.v_b):
                    v_W *= self.mu
                    v_W += layer.dLdW
                    v_b *= self.mu
                    v_b += layer.dLdb
                    layer.W -= self.lr * v_W
                    layer.b -= self.lr * v_b
                if self.verbose:
                    self.history.append(1)
        """).strip()
