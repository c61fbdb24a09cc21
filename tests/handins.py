"""Made-up hand-ins for one run of nbgrader: clumsy, hostile and right in unusual ways.

Each case below changes one notebook of the full solution and says which items that notebook must still earn and what
its feedback must say. ``write_all`` packs cases of different notebooks into one student: so each of them also proves
that it costs nothing but its own items.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from grader.demo import TYPICAL_MISTAKES
from mytorch.course import ASSIGNMENT, ITEMS

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


CASES: list[Case] = []


def items_of(notebook: str) -> tuple[str, ...]:
    return tuple(item.name for item in ITEMS if item.notebook == notebook)


def case(notebook: str, earns=(), says=(), wrong=False, file=False):
    """Register a case. ``earns`` is "all" or names of items; ``wrong``: the solution has a mistake to begin with.

    The function is given the notebook, or with ``file`` the path of its file.
    """
    earned = items_of(notebook) if earns == "all" else tuple(earns)
    said = (says,) if isinstance(says, str) else tuple(says)

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

        CASES.append(Case(change.__name__, notebook, write, earned, said))
        return change

    return register


def make_mistake(nb, notebook: str):
    old, new = MISTAKES[notebook]
    assert any(old in cell.source for cell in nb.cells), f"{notebook} holds no {old!r}"
    for cell in nb.cells:
        cell.source = cell.source.replace(old, new)
    return nb


def solved(nb):
    """A notebook of source/ as a student has it who wrote the same solution: without hidden tests and markers."""
    for cell in nb.cells:
        cell.source = re.sub(r"(?ms)^### BEGIN HIDDEN TESTS$.*?^### END HIDDEN TESTS$", "", cell.source).rstrip()
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


# --- places in a notebook -----------------------------------------------------------------------------------------


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


# --- files that are no notebooks, or not quite --------------------------------------------------------------------


@case("01_linear", says="01_linear.ipynb could not be read as a notebook", file=True)
def unreadable_json(path):
    path.write_text(path.read_text()[:500])


@case("02_activation", says="02_activation.ipynb could not be read as a notebook", file=True)
def empty_file(path):
    path.write_bytes(b"")


@case("03_mlp", says="03_mlp.ipynb could not be read as a notebook", file=True)
def wrong_encoding(path):
    path.write_bytes(path.read_bytes().replace(b"MLP0", "MLP\N{LATIN SMALL LETTER E WITH ACUTE}".encode("latin-1")))


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


@case("04_loss", says="04_loss.ipynb is missing from the hand-in.", file=True)
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
    """Jupyter opens it with a warning: fields of a newer minor version, others missing, tags of the wrong type."""
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


# --- cells moved, copied, deleted, edited -------------------------------------------------------------------------


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
    for entry in ([], "nbgrader", None, {}, {"grade": True}, {"grade_id": ["Tanh"]}, {"solution": True, "grade_id": 5}):
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


# --- code that stops ----------------------------------------------------------------------------------------------


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


@case("01_linear", says=("Linear: ", "for too long"))
def endless_loop_in_a_method(nb):
    rewrite(solutions(nb)[0], "self.A = A\n", "while True:\n            self.A = A\n")


@case("02_activation", earns="all")
def endless_loop_in_a_demonstration(nb):
    at_top(nb, "while True: pass")


@case("03_mlp", earns=("MLP0",), says="Cell 4 ran for too long and could not be interrupted")
def endless_loop_that_cannot_be_interrupted(nb):
    loop = """
        import signal
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True: pass
    """
    insert(nb, nb.cells.index(named(nb, "MLP1-code")), loop)


@case("04_loss", earns="all")
def endless_loop_that_ignores_interrupts_for_a_while(nb):
    loop = """
        import time
        start = time.monotonic()
        while time.monotonic() - start < 8:
            try:
                time.sleep(0.1)
            except KeyboardInterrupt:
                pass
    """
    at_end(nb, loop)


@case("06_batchnorm", says="Python stopped while it ran cell 3: the process died.")
def process_ended_in_a_method(nb):
    rewrite(solutions(nb)[0], "self.Z = Z\n", "self.Z = Z\n            import os; os._exit(0)\n")


@case("03_mlp", earns=("MLP0", "MLP1"), says="Python stopped while it ran cell 6: the process died.")
def process_killed_half_way(nb):
    insert(nb, nb.cells.index(named(nb, "MLP4-code")), "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")


@case("05_sgd", earns="all")
def sys_exit(nb):
    at_top(nb, "import sys; sys.exit(1)")


@case("01_linear", earns="all")
def quit_at_the_end(nb):
    at_end(nb, "quit()")
    at_end(nb, "'never reached'")


@case("06_batchnorm", earns="all")
def much_output(nb):
    at_top(nb, "for i in range(100_000): print(i)")
    at_top(nb, "import sys; print('x' * 3_000_000); print('y' * 3_000_000, file=sys.stderr)")


@case("05_sgd", earns="all")
def question_to_the_user(nb):
    at_top(nb, "name = input('Your name? ')")


# --- right, in other styles ---------------------------------------------------------------------------------------


@case("01_linear", earns="all")
def helpers_and_another_name(nb):
    cell = solutions(nb)[0]
    renamed_class = cell.source.replace("class Linear:", "class MyLinear:").replace("A @ self.W.T + self.b.T", "affine(A, self.W, self.b)")
    insert(nb, 1, "def affine(A, W, b):\n    print('shapes', A.shape, W.shape)\n    return A @ W.T + b.T")
    insert(nb, 2, renamed_class)
    cell.source = "Linear = MyLinear"


@case("02_activation", earns="all")
def magics_and_methods_added_later(nb):
    cell = named(nb, "Tanh-code")
    head, _, backward = cell.source.partition("    def backward(self):")
    cell.source = "%%time\n" + head
    insert(nb, nb.cells.index(cell) + 1, dedent("    def backward(self):" + backward) + "\n\nTanh.backward = backward")
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


# --- attacks: the code is wrong, and the verdict is not made here --------------------------------------------------


@case("01_linear", wrong=True)
def patched_numpy(nb):
    attack = """
        import unittest, numpy.testing
        for name in dir(np.testing):
            if name.startswith("assert"):
                setattr(np.testing, name, lambda *args, **options: None)
        for name in ("allclose", "array_equal", "isclose", "array_equiv"):
            setattr(np, name, lambda *args, **options: True)
    """
    before_test(nb, attack)


@case("02_activation", wrong=True, says="left no result")
def own_check(nb):
    before_test(nb, "def check(*args, **options):\n    print('All checks pass: 10 of 10 points.')")


@case("04_loss", wrong=True, says="left no result")
def check_replaced_in_its_module(nb):
    attack = """
        import sys
        def nothing(*args, **options): pass
        for name, module in list(sys.modules.items()):
            if name.startswith("mytorch") and hasattr(module, "check"):
                module.check = nothing
        from mytorch.check import check
    """
    before_test(nb, attack)


@case("05_sgd", wrong=True)
def comparison_patched(nb):
    attack = """
        import sys, mytorch.check.judge, mytorch.check.compare
        mytorch.check.judge.judge = lambda *args: mytorch.check.judge.Verdict(True)
        mytorch.check.compare.matches = mytorch.check.compare.agree = lambda *args: True
        sys.modules["mytorch.check"].recording = lambda: False
    """
    before_test(nb, attack)


@case("06_batchnorm", wrong=True, says="left no result")
def record_patched(nb):
    attack = """
        import sys
        sys.modules["mytorch.check"].record = sys.modules["mytorch.check.record"].record = lambda trace: None
    """
    before_test(nb, attack)


@case("01_linear", wrong=True, says="left no result")
def verdict_printed(nb):
    attack = """
        def check(*args, **options):
            print("All checks pass: 15 of 15 points.")
            get_ipython().displayhook(15)
    """
    before_test(nb, attack)


@case("02_activation", wrong=True, says="not what check records")
def nonsense_instead_of_a_trace(nb):
    attack = """
        from IPython.display import publish_display_data
        def check(*args, **options):
            publish_display_data({"application/vnd.mytorch.trace+json": {"passed": True}, "text/plain": "15"})
    """
    before_test(nb, attack)


FORGE = """
    import sys
    checks = sys.modules["mytorch.check"]
    honest, first = checks.record, {}
"""


@case("04_loss", wrong=True, says=": ")
def trace_of_zeros(nb):
    attack = """
        def record(trace):
            for entry in trace.entries:
                entry.value = None if entry.value is None else np.zeros_like(entry.value)
            honest(trace)
        checks.record = record
    """
    before_test(nb, dedent(FORGE) + dedent(attack))


@case("05_sgd", wrong=True, says="not those of this check")
def trace_of_another_check(nb):
    """The one case that plain SGD gets right, again and again."""
    before_test(nb, dedent(FORGE) + "checks.record = lambda trace: honest(first.setdefault('first', trace))")


@case("06_batchnorm", wrong=True)
def trace_replayed_under_another_name(nb):
    attack = """
        def record(trace):
            trace.entries = first.setdefault(trace.component, trace).entries
            honest(trace)
        checks.record = record
    """
    before_test(nb, dedent(FORGE) + dedent(attack))


@case("01_linear", says="Linear: ")
def right_on_the_visible_numbers_only(nb):
    """The visible check passes; its results are replayed for the hidden ones."""
    rewrite(solutions(nb)[0], "Z = A @ self.W.T + self.b.T", "Z = A @ self.W.T + self.b.T if self.W.shape == (3, 2) else A")
    attack = """
        def record(trace):
            key = trace.options.get("dtype"), trace.options.get("N") == 1
            trace.entries = first.setdefault(key, trace).entries
            honest(trace)
        checks.record = record
    """
    before_test(nb, dedent(FORGE) + dedent(attack))


@case("02_activation", wrong=True)
def system_exit_as_check(nb):
    before_test(nb, "def check(*args, **options):\n    raise SystemExit(0)")


@case("04_loss", wrong=True, says="left no result")
def test_code_is_transformed_away(nb):
    attack = """
        import ast
        class Remove(ast.NodeTransformer):
            def visit_Expr(self, node):
                return ast.parse("15").body[0] if "check" in ast.dump(node) else node
        get_ipython().ast_transformers.append(Remove())
        get_ipython().input_transformers_post.append(lambda lines: [l for l in lines if "check(" not in l] + ["15\\n"])
    """
    before_test(nb, attack)


@case("05_sgd", wrong=True)
def repaired_after_the_test(nb):
    right = solutions(nb)[0].source.replace(*reversed(MISTAKES["05_sgd"]))
    at_end(nb, right)
    at_end(nb, "check(SGD)")


@case("06_batchnorm", earns="all")
def spoiled_after_the_test(nb):
    at_end(nb, "class BatchNorm1d: pass")


@case("01_linear", says="stand-in")
def stand_in_instead_of_own_code(nb):
    solutions(nb)[0].source = "from mytorch.nn import Linear"


@case("02_activation", says="Sigmoid is not defined")
def oracles_instead_of_own_code(nb):
    for cell in solutions(nb):
        name = cell.metadata.nbgrader.grade_id.removesuffix("-code")
        cell.source = f"from mytorch.check.oracles import {name}"


@case("03_mlp", wrong=True)
def random_numbers_without_randomness(nb):
    attack = """
        class Zeros:
            def __getattr__(self, name):
                return lambda *args, **options: np.zeros(next((a for a in args if isinstance(a, tuple)), ()))
        np.random.default_rng = lambda *args: Zeros()
    """
    before_test(nb, attack)


@case("04_loss", says=": ")
def arrays_that_lie(nb):
    for cell in solutions(nb):
        cell.source += dedent("""

            class Liar(np.ndarray):
                __eq__ = __array_ufunc__ = __array_function__ = lambda *args, **options: True
                size = 1

            def backward(self):
                return np.zeros(self.A.shape).view(Liar)

            {}.backward = backward
        """).format(cell.metadata.nbgrader.grade_id.removesuffix("-code"))


SEND = """
    kernel = get_ipython().kernel
    def send(kind, content):
        kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())
"""


@case("05_sgd", wrong=True, says="left no result")
def malformed_messages(nb):
    attack = """
        def check(*args, **options):
            send("display_data", {"nonsense": 1})
            send("stream", {})
    """
    before_test(nb, dedent(SEND) + dedent(attack))


@case("02_activation", says="disturbed the connection to its kernel")
def messages_that_are_none(nb):
    attack = """
        kernel = get_ipython().kernel
        def check(*args, **options):
            kernel.iopub_socket.send_multipart([b"<IDS|MSG>", b"wrong signature", b"1", b"2", b"3", b"4"])
    """
    before_test(nb, attack)


@case("06_batchnorm", earns="all")
def outputs_that_no_notebook_holds(nb):
    outputs = """
        send("stream", {"name": "stdout", "text": 5})
        send("display_data", {"nonsense": 1})
        send("display_data", {"data": {"image/png": 5, "text/html": {"a": 1}}, "metadata": {}})
        send("display_data", {"data": [1, 2], "metadata": []})
        send("error", {"ename": 1, "evalue": None, "traceback": "no list"})
        send("display_data", {"data": {"application/vnd.jupyter.widget-view+json": 7}, "metadata": {}})
        send("display_data", {"data": {"image/png": "no base64!", "image/svg+xml": "<svg"}, "metadata": {}})
        send("display_data", {"data": {"text/markdown": "> " * 5000, "text/latex": "$"}, "metadata": {"image/png": 5}})
    """
    at_top(nb, dedent(SEND) + dedent(outputs))


@case("01_linear", wrong=True)
def gradebook_of_its_own(nb):
    """Output that looks like nbgrader's own, and cells that claim to be graded."""
    at_end(nb, "15")
    nb.cells[-1].metadata.nbgrader = {**graded(nb)[0].metadata.nbgrader, "grade_id": "Linear-again"}


@case("02_activation", earns="all", file=True)
def files_that_shadow_modules(path):
    for name in ("torch", "numpy", "mytorch", "ipykernel_launcher", "ipython_config", "ipython_kernel_config", "sitecustomize", "json"):
        path.with_name(f"{name}.py").write_text("import os; os._exit(3)\n")
    for name in ("ipykernel", "IPython", "nbgrader"):
        (path.parent / name).mkdir()
        (path.parent / name / "__init__.py").write_text("import os; os._exit(3)\n")
    (path.parent / "nbgrader_config.py").write_text("import os; os._exit(3)\n")


@case("04_loss", says="left no result", file=True)
def library_of_its_own(path):
    nb = nbformat.read(path, as_version=4)
    make_mistake(nb, "04_loss")
    at_top(nb, "import sys; sys.path.insert(0, '')")
    nbformat.write(nb, path)
    folder = path.parent / "mytorch" / "check"
    folder.mkdir(parents=True)
    for package in (folder, folder.parent):
        (package / "__init__.py").write_text("def check(*args, **options): pass\nblank = progress = check\n")
