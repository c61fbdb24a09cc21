"""The release in a student's hands: in real kernels, from the first look at an empty notebook to the
hand-in.
"""

import ast
import compileall
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook, new_output
from support.bank import RIGHT
from support.copies import copy_of
from support.kernels import SHELL, loaded_kernels
from support.own import NOTEBOOKS, OWN, SECTIONS
from support.pipes import nobody_reads
from support.processes import Result, sit

from mytorch import handin, originals
from mytorch.__main__ import main
from mytorch.course import COMPONENTS, ITEM_OF, ITEMS, modules, names_in
from mytorch.export import plain_python
from mytorch.originals import grade_id

FIRST = "import numpy as np\nfrom mytorch.check import blank, check, progress"
MARK = "typed_in_by_a_student = True"
IN_A_KERNEL = "05_sgd"  # it shows every kind of output


class Desk:
    """A student's folder. Each sitting begins with a fresh memory."""

    def __init__(self, folder: Path):
        self.folder = folder

    def work(self, *cells: str | tuple[str, str]) -> list[Result]:
        """Run cells after each other, some with the id of a cell, and show what came of each."""
        typed = [dedent(cell) if isinstance(cell, str) else cell for cell in cells]
        return sit(self.folder, [FIRST, *typed])[1:]

    def run(self, name: str) -> list[Result]:
        """Run a notebook from top to bottom."""
        return sit(
            self.folder, [cell.source for cell in self.notebook(name).cells if cell.cell_type == "code"]
        )

    def run_in_kernel(self, name: str) -> list[Result]:
        """The same as JupyterLab does it."""
        notebook = self.notebook(name)
        where = {"metadata": {"path": str(self.folder)}}
        environment = os.environ | {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        NotebookClient(notebook, timeout=120, allow_errors=True, resources=where).execute(
            env=environment, stderr=subprocess.DEVNULL
        )
        return [shown(cell) for cell in notebook.cells if cell.cell_type == "code"]

    def command(self, *arguments: str) -> tuple[int, str]:
        """What ``python -m mytorch …`` returns and prints."""
        command = [sys.executable, "-m", "mytorch", *arguments]
        run = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, errors="replace")
        assert run.stderr == ""
        return run.returncode, run.stdout

    def notebook(self, name: str):
        """As it is saved, but with its long trainings made short."""
        notebook = nbformat.read(self.folder / f"{name}.ipynb", as_version=4)
        for cell in notebook.cells:
            cell.source = re.sub(
                r"\bepochs=\d+|\bepochs\(\d+\)", lambda match: re.sub(r"\d+", "1", match[0]), cell.source
            )
        return notebook

    def type_in(self, name: str, code: dict[str, str], *first) -> None:
        """Replace solution cells of a notebook, by their grade_id, and put cells before all others."""
        path = self.folder / f"{name}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            cell.source = code.get(grade_id(cell), cell.source)
        notebook.cells[:0] = first
        nbformat.write(notebook, path)

    def module(self, name: str) -> str:
        return self.folder.joinpath(*name.split(".")).with_suffix(".py").read_text(encoding="utf-8")

    def progress(self) -> dict:
        return json.loads((self.folder / "progress.json").read_text(encoding="utf-8"))


def shown(cell) -> Result:
    """What a reader sees below a cell that a kernel has run."""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    printed = {
        name: "".join(output.text for output in cell.outputs if output.get("name") == name)
        for name in ("stdout", "stderr")
    }
    displayed = [output.data.get("text/plain", "") for output in cell.outputs if "data" in output]
    error = "; ".join(f"{error.ename}: {error.evalue}" for error in errors)
    stack = "\n".join(line for error in errors for line in error.traceback)
    pictures = sum("image/png" in output.get("data", {}) for output in cell.outputs)
    return Result(
        cell.source, "\n".join([printed["stdout"], *displayed]), printed["stderr"], error, stack, pictures
    )


@pytest.fixture(scope="module", autouse=True)
def warm_kernels(tmp_path_factory):
    """Kernels are forked from one process, in a third of the time."""
    with loaded_kernels(tmp_path_factory.mktemp("kernelspec"), SHELL) as environment:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("JUPYTER_PATH", environment["JUPYTER_PATH"])
            yield


@pytest.fixture
def cold_kernels(monkeypatch):
    """As Jupyter starts them, where it is about the process."""
    monkeypatch.delenv("JUPYTER_PATH")


@pytest.fixture(scope="module")
def handed_out(release, tmp_path_factory) -> Path:
    """The release, compiled: a copy of it begins at once. Only to be read."""
    folder = copy_of(release, tmp_path_factory.mktemp("handed-out") / "hw1")
    compileall.compile_dir(folder, quiet=1)
    return folder


@pytest.fixture
def desk(handed_out, tmp_path) -> Desk:
    return Desk(copy_of(handed_out, tmp_path / "hw1"))


@pytest.fixture(scope="module")
def solutions(root) -> dict[str, dict[str, str]]:
    """By notebook and grade_id, the code that a diligent student types."""
    typed = {}
    for name in SECTIONS:
        cells = nbformat.read(root / "source" / "hw1" / f"{name}.ipynb", as_version=4).cells
        own = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("solution")]
        typed[name] = {cell.metadata.nbgrader.grade_id: plain_python(cell.source) for cell in own}
    return typed


@pytest.fixture(scope="module")
def code(solutions) -> dict[str, str]:
    """By component."""
    return {name: solutions[ITEM_OF[name].notebook][f"{name}-code"] for name in COMPONENTS}


# --- nothing written yet ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def untouched_desk(handed_out, tmp_path_factory) -> Desk:
    return Desk(copy_of(handed_out, tmp_path_factory.mktemp("untouched") / "hw1"))


@pytest.fixture(scope="module")
def untouched(untouched_desk) -> dict[str, list[Result]]:
    """All notebooks as released, run by somebody who reads on without writing a line; one of them in a real
    kernel.
    """
    run = {name: untouched_desk.run(name) for name in NOTEBOOKS if name != IN_A_KERNEL}
    return run | {IN_A_KERNEL: untouched_desk.run_in_kernel(IN_A_KERNEL)}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_untouched_notebook_fails_in_its_checks_only_and_kindly(untouched, name):
    for cell in untouched[name]:
        if cell.error:
            assert cell.error.startswith("CheckFailed: "), f"{cell.error}\n{cell.source}"
            assert "check(" in cell.source
            assert cell.traceback == cell.error, "one line, no stack"
        assert not cell.stderr, cell.source


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_untouched_notebook_passes_no_check(untouched, name):
    checks = [cell for cell in untouched[name] if re.search(r"^check\(", cell.source, re.MULTILINE)]
    assert all(cell.error for cell in checks)
    graded = [cell for cell in checks if cell.source.startswith("# Graded")]
    assert len(graded) == len([item for item in ITEMS if item.notebook == name])


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_stand_ins_are_announced_once(untouched, name):
    text = "\n".join(cell.text for cell in untouched[name])
    announced = re.findall(
        r"^(\w+) is not finished yet, autograd stands in for it\. Your own comes from (\w+)\.ipynb\.$",
        text,
        re.M,
    )
    assert len(announced) == text.count("stands in") == len(set(announced))
    assert all(notebook == ITEM_OF[component].notebook for component, notebook in announced)
    expected = {
        "03_mlp": {"Linear", "ReLU", "MLP4"},
        "04_loss": {"MSELoss", "CrossEntropyLoss"},
        "05_sgd": {"MLP4", "SGD", "CrossEntropyLoss", "Linear", "ReLU"},
        "06_batchnorm": {"Linear", "ReLU", "CrossEntropyLoss", "SGD", "BatchNorm1d"},
    }
    assert {component for component, _ in announced} == expected.get(name, set())


def test_untouched_notebooks_write_nothing(untouched, untouched_desk, release):
    for module in modules():
        assert untouched_desk.module(module) == Desk(release).module(module)
    assert not (untouched_desk.folder / "progress.json").exists()


# --- classes that raise -------------------------------------------------------------------------------------

RAISING = {
    "an error of NumPy": "return np.ones((2, 3)) @ np.ones((2, 3))",
    "nothing": "pass",
}


def raising(source: str, line: str) -> str:
    """The classes of a solution cell, every method of which does just this."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = ast.parse(line).body
    return ast.unparse(tree)


@pytest.mark.parametrize("line", RAISING.values(), ids=RAISING)
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_run_all_goes_on_below_whatever_a_class_raises(desk, solutions, name, line):
    """JupyterLab stops below a cell that fails, unless it has the tag."""
    desk.type_in(name, {key: raising(text, line) for key, text in solutions.get(name, {}).items()})
    cells = [cell for cell in desk.notebook(name).cells if cell.cell_type == "code"]
    for cell, result in zip(cells, desk.run(name), strict=True):
        assert not result.error or "raises-exception" in cell.metadata.get("tags", []), result.error


# --- everything written -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def solved_desk(handed_out, solutions, tmp_path_factory) -> Desk:
    """All solutions typed in; Linear says who wrote it."""
    desk = Desk(copy_of(handed_out, tmp_path_factory.mktemp("solved") / "hw1"))
    for name, typed in solutions.items():
        desk.type_in(
            name,
            {key: re.sub(r"^(class Linear:\n)", rf"\1    {MARK}\n\n", text) for key, text in typed.items()},
        )
    return desk


@pytest.fixture(scope="module")
def solved(solved_desk) -> dict[str, list[Result]]:
    """The notebooks with something to write, in order."""
    return {name: solved_desk.run(name) for name in SECTIONS}


@pytest.mark.parametrize("name", SECTIONS)
def test_solved_notebook_runs_without_an_error_or_a_stand_in(solved, name):
    for cell in solved[name]:
        assert not cell.error and not cell.stderr, f"{cell.error}{cell.stderr}\n{cell.source}"
        assert "stands in" not in cell.text


@pytest.mark.parametrize("component", COMPONENTS)
def test_passing_writes_the_class_and_ticks_its_box(solved, solved_desk, component):
    item = ITEM_OF[component]
    shown = [cell.text for cell in solved[item.notebook] if f"check({component})" in cell.source]
    assert all(f"Written to {item.module.replace('.', '/')}.py." in text for text in shown)
    assert f"class {component}:" in solved_desk.module(item.module)
    assert component in solved_desk.progress()["passed"]


@pytest.mark.parametrize("module", modules())
def test_written_modules_are_numpy_and_nothing_left_over(solved, solved_desk, module):
    text = solved_desk.module(module)
    assert [name for name in re.findall(r"^class (\w+)", text, re.M)] == sorted(
        names_in(module), key=text.index
    )
    assert set(re.findall(r"^(?:import|from) ([\w.]+)", text, re.M)) <= {"numpy", "mytorch.nn"}
    assert "stand_in" not in text and "SOLUTION" not in text and "check(" not in text
    beside = solved_desk.folder.joinpath(*module.split(".")).parent
    assert not [path for path in beside.iterdir() if "edited" in path.name]


def test_later_kernels_use_the_student_s_classes_and_remember(solved, solved_desk):
    imports, own, checklist, again = solved_desk.work(
        "from mytorch.models import MLP4\nfrom mytorch.nn import Linear, ReLU\nfrom mytorch.optim import SGD",
        "print(Linear.typed_in_by_a_student, [type(layer) is Linear for layer in MLP4().layers], "
        "SGD.__module__)",
        "from mytorch.check.progress import checklist\nprint(checklist())",
        "check(Linear)",
    )
    assert not imports.error and "stands in" not in imports.text
    assert own.text.strip() == "True [True, True, True, True, True] mytorch.optim.sgd"
    assert f"{OWN.points} of {OWN.points} points" in checklist.text
    ticked = [box for _, boxes in OWN.checklist for box in boxes if box.components]
    assert checklist.text.count("[x]") == len(ticked)
    assert "It is the class that stands in mytorch/nn/linear.py already." in again.text
    assert MARK in solved_desk.module("mytorch.nn.linear")


def test_check_in_a_terminal(solved, solved_desk):
    command = [sys.executable, "-m", "mytorch", "check"]
    run = subprocess.run(command, cwd=solved_desk.folder, capture_output=True, text=True, timeout=200)
    assert run.returncode == 0 and run.stderr == ""
    lines = [f"✓ {item.name:<12} {item.points:>3} of {item.points}   {item.notebook}.ipynb" for item in ITEMS]
    assert run.stdout.splitlines() == [
        *lines,
        "",
        f"{OWN.points} of {OWN.points} points pass here. Only what is saved counts; the hidden tests decide.",
    ]


# --- what goes wrong at midnight ----------------------------------------------------------------------------


def test_breaking_and_editing_a_class_that_has_passed(desk, code):
    linear = code["Linear"]
    edit = """
        from pathlib import Path
        path = Path("mytorch/nn/linear.py")
        path.write_text(path.read_text() + "\\nSECRET = 'typed into the file'\\n")
    """
    broken = linear.replace("self.dLdW = dLdW / self.N", "self.dLdW = dLdW")
    steps = desk.work(
        linear, "check(Linear)", broken, "check(Linear)", "print(path := open('mytorch/nn/linear.py').read())"
    )
    assert "Written to" in steps[1].text
    assert steps[3].error.startswith("CheckFailed: Linear: dLdW")
    assert "dLdW / self.N" in desk.module("mytorch.nn.linear"), "the last passing version stays"

    steps = desk.work(edit, linear, "check(Linear)", "check(Linear)")
    kept = list((desk.folder / "mytorch" / "nn").glob("linear_edited_*.py"))
    assert f"You had edited that file by hand; your version is kept as {kept[0].name}." in steps[2].text
    assert "SECRET" in kept[0].read_text() and "SECRET" not in desk.module("mytorch.nn.linear")
    assert len(kept) == 1 and "edited" not in steps[3].text


def test_a_file_edited_by_hand_is_named_where_another_class_uses_it(desk, code):
    """Not the network, which is right; and an edit that changes no value is nobody's mistake."""
    desk.work(code["Linear"], "check(Linear)")
    path = desk.folder / "mytorch" / "nn" / "linear.py"
    path.write_text(path.read_text() + "\nSECRET = 'typed into the file'\n")
    network = ["from mytorch.nn import Linear, ReLU", code["MLP0"], "check(MLP0)"]
    assert not desk.work(*network)[-1].error
    own = [network[0], code["MLP0"].replace("dLdA * dAdZ", "dLdA"), network[2]]
    assert desk.work(*own)[-1].error.startswith("CheckFailed: MLP0: dLdW")
    path.write_text(path.read_text().replace("self.dLdW = dLdW / self.N", "self.dLdW = dLdW"))
    told = desk.work(*network)[-1]
    assert "mytorch/nn/linear.py was edited by hand, and Linear comes from there" in told.error
    assert "check(Linear) in 01_linear.ipynb" in told.text
    assert "Line " not in told.text


def test_a_module_whose_file_is_gone_comes_back(desk, code):
    """With what the notebook gives in full, and until its own class passes again with a stand-in."""
    there = {path: path.read_text() for path in (desk.folder / "mytorch/nn").glob("*.py")}
    desk.work(code["Linear"], "check(Linear)")
    for name in ("linear", "activation"):
        (desk.folder / f"mytorch/nn/{name}.py").unlink()
    network = ["from mytorch.nn import Linear, ReLU, Identity", code["MLP0"], "check(MLP0)"]
    first, *_, last = sit(desk.folder, [FIRST, *network])
    assert not last.error
    assert "mytorch/nn/linear.py was gone. autograd stands in for Linear until check(Linear)" in first.text
    assert "until their checks pass again in 02_activation.ipynb" in first.text
    assert {path: path.read_text() for path in (desk.folder / "mytorch/nn").glob("*.py")} == there
    assert sit(desk.folder, [FIRST])[0].text == ""
    desk.work(code["Linear"], "check(Linear)")
    assert "def forward" in (desk.folder / "mytorch/nn/linear.py").read_text()


def test_breaking_a_class_that_has_passed_takes_its_tick_back(desk, code):
    linear = code["Linear"]
    show = "from mytorch.check.progress import checklist\nprint(checklist())"
    steps = desk.work(
        *(linear, "check(Linear)", show),
        *(linear.replace("/ self.N", ""), "check(Linear, N=5)", show, "check(Linear)", show),
        "from mytorch.nn import Linear as stays\nprint(stays.__module__)",
        *(linear, "check(Linear)", show),
    )
    ticked = ["[x] The linear layer" in step.text for step in steps if step.source == show]
    assert ticked == [True, True, False, True], "only check(Linear), which ticks the box, takes it back"
    assert f"\n0 of {OWN.points} points" in steps[7].text
    assert f"\n15 of {OWN.points} points" in steps[11].text
    assert steps[8].text == "mytorch.nn.linear\n", "what passed is still what other notebooks use"


def test_a_case_of_one_s_own_that_passes_ticks_no_box_and_writes_nothing(desk, code):
    """The class may fail in the others."""
    before = desk.module("mytorch.nn.linear")
    steps = desk.work(code["Linear"], "check(Linear, seed=3, N=7)")
    assert not steps[1].error and "all 10 quantities agree" in steps[1].text
    assert desk.module("mytorch.nn.linear") == before
    assert not (desk.folder / "progress.json").exists()


def is_older(step: Result) -> bool:
    return "an older Linear" in step.error and step.traceback == step.error


FAILING = {
    "no Python": (
        "class Linear:\n    def forward(self, A)\n        pass",
        "with class Linear ended with a SyntaxError",
    ),
    "no class any more": ("clas Linear:\n    pass", "that it comes from ended with a SyntaxError"),
    "failed before it": ("import nosuchmodule\nclass Linear:\n    pass", "ended with a ModuleNotFoundError"),
    "renamed": ("class Linaer:\n    pass", "the cell that it comes from defines Linaer now."),
    "emptied": ("", "the cell that it comes from does not define Linear any more."),
}


@pytest.mark.parametrize("broken, why", FAILING.values(), ids=FAILING)
def test_a_check_does_not_pass_a_class_that_is_no_longer_on_the_screen(desk, code, broken, why):
    linear = code["Linear"]
    show = "from mytorch.check.progress import checklist\nprint(checklist())"
    steps = desk.work(
        *(("a", linear), "check(Linear)", ("a", broken), "check(Linear)", "check(Linear, N=3)", show),
        *(("a", linear), "check(Linear)"),
    )
    assert is_older(steps[3]) and is_older(steps[4]) and why in steps[3].error
    assert "[ ] The linear layer" in steps[5].text
    assert not steps[7].error


def test_without_cell_ids_the_class_in_the_text_is_looked_at(desk, code):
    steps = desk.work(
        code["Linear"], "class Linear:\n    def", "check(Linear)", "class Linaer: pass", "check(Linear)"
    )
    assert is_older(steps[2]) and is_older(steps[4])


def test_a_class_counts_as_the_latest_however_it_came_about(desk, code):
    linear = code["Linear"]
    alias = linear.replace("class Linear", "class MyLinear") + "\nLinear = MyLinear"
    steps = desk.work(
        *(("a", linear + "\n1 / 0"), "check(Linear)"),  # failed after the class was made
        *(("b", "1 / 0"), ("b", "2 / 0"), "check(Linear)"),  # another cell
        *(("c", alias), ("c", alias), "check(Linear)"),
        *(("d", "Linear = MyLinear"), ("d", "Linear = MyLinear"), "check(Linear)"),
        *(("e", linear + "\ncheck(Linear)"), ("e", "from mytorch.nn import Linear"), "check(Linear)"),
        *(("a", linear[:-30] + "("), ("f", linear), "check(Linear)"),  # broken here, mended there
        f"del Linear, MyLinear\nexec({linear!r})",
        "check(Linear)",
    )
    assert [step.error for step in steps if "check(" in step.source] == [""] * 8


def test_code_typed_into_the_module_itself_is_not_lost(desk, code):
    path = desk.folder / "mytorch" / "nn" / "loss.py"
    path.write_text(
        "class MSELoss:  # typed here by mistake, and not quite Python\n    def forward(self, A, Y)\n",
        encoding="utf-8",
    )
    written, passed = desk.work(code["CrossEntropyLoss"], "check(CrossEntropyLoss)")
    assert "Written to mytorch/nn/loss.py. You had edited that file by hand" in passed.text
    (kept,) = path.parent.glob("loss_edited_*.py")
    assert "typed here by mistake" in kept.read_text(encoding="utf-8")
    assert (
        "class CrossEntropyLoss" in path.read_text() and 'MSELoss = stand_in("MSELoss")' in path.read_text()
    )


def test_half_of_a_notebook_today_and_the_rest_tomorrow(desk, code):
    steps = desk.work(code["Sigmoid"], "check(Sigmoid)", code["Tanh"].replace("1 - ", "2 - "), "check(Tanh)")
    assert steps[3].error.startswith("CheckFailed: Tanh")
    today = desk.module("mytorch.nn.activation")
    assert "class Sigmoid" in today and "class Identity" in today and 'Tanh = stand_in("Tanh")' in today
    assert list(desk.progress()["passed"]) == ["Sigmoid"]

    tomorrow = desk.work(
        code["Tanh"],
        "check(Tanh)",
        "from mytorch.nn import Identity, ReLU, Sigmoid, Tanh\n"
        "print([f().forward(np.zeros((1, 1))).item() for f in (Identity, ReLU, Sigmoid, Tanh)])",
        "from mytorch.check.progress import checklist\nprint(checklist())",
    )
    text = desk.module("mytorch.nn.activation")
    assert "class Sigmoid" in text and "class Tanh" in text and 'ReLU = stand_in("ReLU")' in text
    assert tomorrow[2].text.splitlines() == [
        "ReLU is not finished yet, autograd stands in for it. Your own comes from 02_activation.ipynb.",
        "[0.0, 0.0, 0.5, 0.0]",
    ]
    assert "[ ] The three activation functions (still to pass: ReLU)" in tomorrow[3].text


def test_a_kernel_that_began_with_a_stand_in_goes_on_with_the_finished_class(desk, code):
    pass_elsewhere = f"""
        import subprocess, sys
        from mytorch.export import stamped
        from pathlib import Path
        source = {"import numpy as np" + chr(10) * 3 + code["Linear"] + chr(10)!r}
        Path("mytorch/nn/linear.py").write_text(stamped("", source))
        Path("progress.json").write_text('{{"passed": {{"Linear": "2023-02-20T23:58:00"}}}}')
    """
    make = "from mytorch.nn import Linear\nprint(type(Linear(2, 3)).__module__)"
    before, _, after = desk.work(make, pass_elsewhere, "print(type(Linear(2, 3)).__module__)")
    assert before.text.splitlines()[-1] == "mytorch.sections.linear.reference"
    assert after.text == "mytorch.nn.linear\n"


def test_helpers_that_change_between_two_checks(desk, code):
    """Three networks with a common base: whichever is written first must not lock the others out."""
    imports = "from mytorch.nn import Linear, ReLU"
    base = (
        code["MLP0"].replace("class MLP0:", "class MLP:").replace("def __init__(self):", "def build(self):")
    )
    better = base.replace("A network without hidden layers", "A network")
    model = "class MLP{}(MLP):\n    def __init__(self):\n        self.layers, self.f = {}"
    zero = model.format(0, "[Linear(2, 3)], [ReLU()]")
    one = model.format(1, "[Linear(2, 3), Linear(3, 2)], [ReLU(), ReLU()]")
    spoilt = base.replace("dLdZ = dLdA * dAdZ", "dLdZ = dLdA")
    steps = desk.work(
        imports,
        base,
        zero,
        "check(MLP0)",
        one,
        "check(MLP1)",
        better,
        zero,
        one,
        "check(MLP1)",
        "check(MLP0)",
        spoilt,
        "check(MLP1)",
    )
    assert all("Written to mytorch/models/mlp.py." in steps[i].text for i in (3, 5, 9, 10, 12)), [
        step.text for step in steps
    ]
    imported = desk.work("from mytorch.models import MLP0, MLP1", "check(MLP0)", "check(MLP1)")
    assert not any(step.error for step in imported)


def test_a_helper_that_would_break_another_class_is_refused(desk, code):
    sigmoid = code["Sigmoid"].replace("1 / (1 + np.exp(-Z))", "curve(Z)")
    tanh = code["Tanh"].replace("np.tanh(Z)", "curve(Z)")
    steps = desk.work(
        "def curve(Z):\n    return 1 / (1 + np.exp(-Z))",
        sigmoid,
        "check(Sigmoid)",
        "curve = np.tanh",
        tanh,
        "check(Tanh)",
    )
    assert "Written to mytorch/nn/activation.py." in steps[2].text
    assert (
        "could not be written to mytorch/nn/activation.py: curve means something else to Sigmoid"
        in steps[5].text
    )
    assert not steps[5].error
    (again,) = desk.work("from mytorch.nn import Sigmoid\ncheck(Sigmoid)")
    assert not again.error


def test_a_class_is_no_other_that_stands_beside_it(monkeypatch, code):
    """Where it works only now and then, its own helper would be said to mean something else to it."""
    save, asked = sys.modules["mytorch.check.save"], []
    monkeypatch.setattr(save, "passed", lambda: {"Linear"})
    monkeypatch.setattr(save, "problem_of", lambda component, name: asked.append(name))
    save._require_working(f"import numpy as np\n{code['Linear']}", "", "Linear")
    assert asked == ["Linear"]


def test_what_only_works_in_this_kernel_is_not_written(desk, code):
    hidden = "exec('def softmax_of(A):\\n    return np.exp(A) / np.exp(A).sum(axis=1, keepdims=True)')"
    loss = code["CrossEntropyLoss"].replace("np.exp(log_softmax)", "softmax_of(A)")
    star = "from numpy import *"
    mse = code["MSELoss"].replace("np.sum", "sum")
    steps = desk.work(
        hidden,
        loss,
        "check(CrossEntropyLoss)",
        star,
        mse,
        "check(MSELoss)",
    )
    assert (
        "could not be written to mytorch/nn/loss.py: outside the notebook it fails with NameError"
        in steps[2].text
    )
    assert "softmax_of" in steps[2].text and not steps[2].error
    assert "Written to mytorch/nn/loss.py." in steps[5].text
    imported = desk.work(
        "from mytorch.nn import CrossEntropyLoss, MSELoss", "check(MSELoss)", "check(CrossEntropyLoss)"
    )
    assert not imported[1].error
    assert "CrossEntropyLoss here is autograd's stand-in" in imported[2].error


def test_what_looks_its_own_module_up_is_written(desk):
    """As dataclasses, named tuples, pickle and annotations that are evaluated later do."""
    styles = {
        "Linear": ("base that is a dataclass", "copies of itself"),
        "SGD": ("dataclass with later annotations", "named tuples and an enum"),
    }
    for names in zip(*styles.values()):
        own = [right for right in RIGHT if (right.component, right.name) in zip(styles, names)]
        cells = [cell for right in own for cell in (right.source, f"check({right.component})")]
        assert len(cells) == 4 and all("Written to" in step.text for step in desk.work(*cells)[1::2])
        imports = "from mytorch.nn import Linear\nfrom mytorch.optim import SGD"
        imported = desk.work(imports, "check(Linear)\ncheck(SGD)", "print(Linear.__module__, SGD.__module__)")
        assert not imported[1].error
        assert imported[2].text.strip() == "mytorch.nn.linear mytorch.optim.sgd"


def test_a_folder_that_cannot_be_written(desk, code):
    """As when the disk is full or the folder belongs to somebody else; root may write anywhere, so the call
    is replaced.
    """
    locked = """
        import tempfile
        def refuse(**options):
            raise PermissionError(13, "Permission denied")
        tempfile.mkstemp = refuse
    """
    steps = desk.work(
        locked,
        code["Linear"],
        "check(Linear)",
        "from mytorch.check.progress import checklist\nprint(checklist())",
    )
    assert not steps[2].error
    assert "It passes, but mytorch/nn/linear.py could not be written: Permission denied." in steps[2].text
    assert "Your progress could not be saved to progress.json: Permission denied." in steps[2].text
    assert "[x] The linear layer" in steps[3].text, "remembered until the kernel stops"
    assert desk.module("mytorch.nn.linear").count("stand_in") == 2


@pytest.mark.parametrize("content", ["{half", "[1, 2]", "\udcff\udcfe", ""])
def test_damaged_progress_is_set_aside(desk, content):
    (desk.folder / "progress.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    script = "from mytorch.memory import *; tick('Linear'); print(sorted(passed()))"
    run = subprocess.run([sys.executable, "-c", script], cwd=desk.folder, capture_output=True, text=True)
    assert run.stdout == "['Linear']\n"
    (kept,) = desk.folder.glob("progress.damaged-*.json")
    assert kept.read_bytes() == content.encode("utf-8", "surrogateescape")


def test_without_anywidget_forms_say_what_to_install(desk):
    a_kernel_without = "import sys; sys.modules['anywidget'] = None; get_ipython().kernel = None"
    gone = f"{a_kernel_without}\nfrom mytorch.check import blank, progress"
    _, form, boxes = desk.work(gone, "blank(2)", "progress()")
    assert not form.error and not boxes.error
    assert form.text.count("pip install anywidget") == boxes.text.count("pip install anywidget") == 1
    assert "[ ] " in boxes.text, "the checklist as text"


def test_in_a_terminal_forms_say_where_they_work(desk):
    """IPython's own shell, and Python without any: a form would be a line of its type, or nothing at all."""
    calls = ["from mytorch.check import blank, progress", "blank(2)", "progress()"]
    _, form, boxes = desk.work(*calls)
    run = subprocess.run(
        [sys.executable, "-c", "\n".join(calls)], cwd=desk.folder, capture_output=True, text=True
    )
    for told in (form.text + boxes.text, run.stdout):
        assert told.count("open one in JupyterLab") == 2 and told.count("[ ] Download") == 1


def test_progress_with_odd_entries_does_not_fail(desk):
    (desk.folder / "progress.json").write_text(
        '{"passed": ["Linear"], "ticked": null, "blank 2.0": {"a": 1}}'
    )
    script = """
        from mytorch.check import blank, progress
        from mytorch.memory import passed, tick
        blank(2)
        progress()
        tick("SGD")
        print(passed())
    """
    run = subprocess.run(
        [sys.executable, "-c", dedent(script)], cwd=desk.folder, capture_output=True, text=True
    )
    assert run.stdout.endswith("{'SGD'}\n") and not run.stderr


# --- without PyTorch ----------------------------------------------------------------------------------------


def run_without(desk: Desk, library: str, script: str) -> subprocess.CompletedProcess:
    """Run a script in the student's folder as if a library were not installed."""
    environment = {name: value for name, value in os.environ.items() if name != "MYTORCH_CHECK"}
    script = f"import sys\nsys.modules[{library!r}] = None\n{dedent(script)}"
    command = [sys.executable, "-c", script]
    return subprocess.run(
        command, cwd=desk.folder, env=environment, capture_output=True, text=True, timeout=60
    )


def test_nothing_imports_torch_before_a_case_needs_it(desk, code):
    script = f"""
from contextlib import suppress
import numpy as np
from mytorch.check import CheckFailed, check
from mytorch.models import MLP4
{code["Linear"]}
check(Linear)
class MLP0(type(MLP4())):
    pass
with suppress(CheckFailed):
    check(MLP0)
MLP4().forward(np.ones((1, 2)))
print("torch" in sys.modules, "autograd" in sys.modules)
check(Linear, N=7)
print("torch" in sys.modules)
"""
    run = run_without(desk, "nothing", script)
    assert run.stderr == ""
    loaded = [line for line in run.stdout.splitlines() if line and set(line.split()) <= {"True", "False"}]
    assert loaded == ["False True", "True"]
    assert run.stdout.count("Linear: all 10 quantities agree with PyTorch") == 2


CHECKED = """
    from mytorch.check import check
    from mytorch.memory import passed
    import numpy as np
    {}
    for options in ({{}}, {{"N": 7}}, {{"seed": 1}}):
        check(Linear, **options)
    print(sorted(passed()))
"""


def test_without_torch_other_cases_than_the_standard_ones_are_left_out_kindly(desk, code):
    script = dedent(CHECKED).format(code["Linear"])
    run = run_without(desk, "torch", script)
    kindly = (
        "Linear was not checked in this case, which needs PyTorch: torch is not installed here; pip install "
        "torch brings it. check(Linear) needs none."
    )
    assert run.stderr == ""
    lines = run.stdout.splitlines()
    assert "Linear: all 10 quantities agree with PyTorch" in lines[0]
    assert lines[-3:] == [kindly, kindly, "['Linear']"]
    failed = run_without(desk, "torch", script.replace("/ self.N", ""))
    assert "CheckFailed: Linear: dLdW is 4 times too large" in failed.stderr


def test_a_torch_that_is_broken_is_named_with_its_reason(desk, code):
    (desk.folder / "torch.py").write_text("raise OSError('libtorch is damaged')")
    run = run_without(desk, "nothing", dedent(CHECKED).format(code["Linear"]))
    assert "which needs PyTorch: torch cannot be imported here (libtorch is damaged)." in run.stdout


def test_without_autograd_a_check_serves_and_a_stand_in_says_so_in_one_line(desk, code):
    script = """
        from mytorch.check import check
        from mytorch.nn import Linear
        from IPython.core.ultratb import VerboseTB
        class Mine:
            pass
        Mine.__name__ = "Linear"
        for act in (lambda: check(Mine), lambda: Linear(2, 3)):
            try:
                act()
            except Exception as error:
                print(*error._render_traceback_())
    """
    run = run_without(desk, "autograd", script)
    assert run.stderr == ""
    assert run.stdout.splitlines()[-2:] == [
        "CheckFailed: Linear: Linear has no method __init__ of its own.",
        "StandIn: Linear is not finished, and autograd, which would stand in for it, is not available here.",
    ]


# --- python -m mytorch check --------------------------------------------------------------------------------


@pytest.fixture
def terminal(handed_out, tmp_path, monkeypatch, capsys):
    """``terminal("check", "Linear")`` in a folder like a student's: exit status and what is printed."""
    folder = copy_of(handed_out, tmp_path / "hw1")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(originals, "FOLDER", folder / "mytorch" / "originals")

    def command(*arguments):
        status = main(list(arguments))
        return status, capsys.readouterr().out

    return command


def save_notebook(name: str, *cells: str) -> None:
    nbformat.write(
        new_notebook(cells=[new_code_cell(dedent(cell)) for cell in (FIRST, *cells)]), f"{name}.ipynb"
    )


def test_check_a_part_of_an_item_promises_no_points(terminal, code):
    save_notebook("02_activation", code["Sigmoid"], code["Tanh"])
    status, text = terminal("check", "Sigmoid")
    assert status == 0
    assert text.splitlines()[0] == "✓ Sigmoid      part of Activations, 10 points   02_activation.ipynb"
    assert text.splitlines()[-1] == (
        "Activations earns its 10 points only together with Tanh and ReLU. Only what is saved counts; the "
        "hidden tests decide."
    )
    status, text = terminal("check", "Activations", "Tanh")
    assert status == 1
    assert text.startswith(
        "✗ Activations    0 of 10   02_activation.ipynb\n      ReLU: ReLU is not defined in this notebook.\n"
    )
    assert "0 of 10 points" in text


def test_hints_in_a_terminal_say_which_line_and_what_slip(terminal, code):
    wrong = code["Linear"].replace("dLdZ.T @ dZdb", "dLdZ.T @ dZdb + 1")
    assert wrong != code["Linear"]
    save_notebook("01_linear", wrong)
    number = next(i for i, line in enumerate(wrong.splitlines(), 1) if "dZdb + 1" in line)
    hint = (
        f"      Line {number}: dLdb = dLdZ.T @ dZdb + 1\n      With one part less dLdb agrees with PyTorch."
    )
    text = terminal("check", "--hints", "Linear")[1]
    assert hint in text, text
    assert f"Line {number}:" not in terminal("check", "Linear")[1]


def test_a_class_that_needs_what_grading_has_not_passes_no_check(terminal, code):
    """Neither in the notebook nor in the terminal, and handin says the same."""
    spoilt = "import torch\n" + code["SGD"]
    save_notebook("05_sgd", spoilt)
    status, text = terminal("check", "SGD")
    assert status == 1 and "✗ SGD            0 of 10" in text
    assert "      Its cell stopped before that: ModuleNotFoundError: torch is not there when your" in text
    line = "05_sgd.ipynb imports torch: 'import torch' in cell 2. Only NumPy may be used"
    assert f"✗ handin refuses this: {line}" in text
    assert f"✗ {line}" in terminal("handin")[1]

    helper = "import torch\ndef helper(): torch.zeros(1)"
    using = code["SGD"].replace("def step(self):", "def step(self):\n        helper()")
    steps = Desk(Path.cwd()).work(
        *(spoilt, "check(SGD)", helper, using, "check(SGD)", code["SGD"], "check(SGD)"),
    )
    for step in (steps[1], steps[4]):
        assert step.error.startswith("CheckFailed: SGD: 'import torch' stands in what it needs"), step.error
        assert "Written" not in step.text
    assert not steps[6].error and f"cannot be handed in: {line}" in steps[6].text, "as it is saved"


def test_own_files_are_not_there_either(terminal, code):
    Path("helpers.py").write_text("lr = 1")
    save_notebook(
        "05_sgd",
        "from helpers import lr",
        "import importlib\nimportlib.import_module('helpers')",
        code["SGD"],
    )
    status, text = terminal("check", "SGD")
    assert "✓ SGD" in text, "the cell with the class stands by itself"
    assert text.count("✗ handin refuses this: 05_sgd.ipynb imports helpers") == 2
    save_notebook("05_sgd", "from helpers import lr\n" + code["SGD"])
    assert "helpers is not there when your work is graded" in terminal("check", "SGD")[1]


def test_a_notebook_that_grading_would_not_open(terminal, code):
    notebook = nbformat.read("05_sgd.ipynb", as_version=4)
    notebook.cells.append(new_code_cell("0", outputs=[new_output("stream", text="x" * 20_000_000)]))
    nbformat.write(notebook, "05_sgd.ipynb")
    sentence = "05_sgd.ipynb is larger than 20 MB and was not opened."
    clear = f"{sentence} Clear what its cells put out (Edit, Clear Outputs of All Cells) and save it."
    assert f"      SGD: {sentence}" in terminal("check", "SGD")[1]
    assert terminal("handin")[1].startswith(f"✗ {clear}\n\nNothing was written.")
    checked = Desk(Path.cwd()).work(code["SGD"], "check(SGD)")[1]
    assert f"As it is saved, the notebook cannot be handed in: {clear}" in checked.text


@pytest.mark.parametrize("kind", ["raw", "markdown"])
def test_a_class_in_a_cell_that_is_no_code_any_more(terminal, code, kind):
    """It is graded in full, so it is not shown as nothing."""
    notebook = nbformat.read("05_sgd.ipynb", as_version=4)
    cell = next(cell for cell in notebook.cells if grade_id(cell) == "SGD-code")
    cell.source, cell.cell_type = code["SGD"], kind
    del cell["outputs"], cell["execution_count"]
    nbformat.write(notebook, "05_sgd.ipynb")
    status, text = terminal("check", "SGD")
    assert status == 0 and "✓ SGD           10 of 10" in text
    sentence = (
        f"In 05_sgd.ipynb the cell for SGD had become a {kind} cell. python -m mytorch repair mends that"
    )
    assert sentence in text
    status, text = terminal("handin")
    assert status == 0 and sentence in text
    assert "✓ SGD           10 points   passes" in text


@pytest.mark.parametrize(
    "name, guess",
    [
        ("linear", "Linear"),
        ("relu", "ReLU"),
        ("MLP", "MLP"),
        ("losses", "Losses"),
        ("Batchnorm", "BatchNorm1d"),
    ],
)
def test_check_an_unknown_component(terminal, name, guess):
    status, text = terminal("check", name)
    assert status == 2
    assert text.startswith(f"There is no component {name}. Is {guess}")
    assert text.count("\n") == 1


def test_check_a_name_like_none(terminal):
    assert terminal("check", "xyz") == (
        2,
        f"There is no component xyz. The components are {', '.join(COMPONENTS)}.\n",
    )


@pytest.mark.parametrize("command", ["check", "handin", "repair"])
def test_in_a_folder_without_notebooks(terminal, monkeypatch, tmp_path, command):
    monkeypatch.chdir(tmp_path)
    assert terminal(command) == (2, handin.NOT_HERE + "\n")
    assert not list(tmp_path.glob("*.tar"))


@pytest.mark.parametrize("command", [("reset", "01_linear"), ("repair",)])
def test_without_originals_nothing_is_written(terminal, monkeypatch, tmp_path, command):
    monkeypatch.setattr(originals, "FOLDER", tmp_path / "none")
    before = Path("01_linear.ipynb").read_bytes()
    status, text = terminal(*command)
    assert status == 1 and "has no originals" in text
    assert Path("01_linear.ipynb").read_bytes() == before


def test_reset_what_cannot_be_written(terminal, monkeypatch):
    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(originals, "reset", refuse)
    said = "01_linear.ipynb could not be written: Permission denied.\n"
    assert terminal("reset", "01_linear") == (1, said)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"cells": 5}', "\xff"])
def test_check_an_unreadable_notebook(terminal, content):
    Path("01_linear.ipynb").write_text(content, encoding="latin-1")
    status, text = terminal("check", "Linear")
    assert status == 1
    assert "      Linear: 01_linear.ipynb could not be read as a notebook: " in text
    assert "the file is empty." in text or content
    assert text.count(". python -m mytorch reset 01_linear brings the original back.") == 1
    assert "was deleted" not in text


def test_check_a_missing_notebook(terminal):
    Path("01_linear.ipynb").unlink()
    status, text = terminal("check", "Linear")
    assert status == 1
    assert "      Linear: 01_linear.ipynb is not in this folder.\n" in text
    assert "✗ handin refuses this: 01_linear.ipynb is missing. python -m mytorch reset 01_linear" in text
    assert "was deleted" not in text


def test_a_check_that_passes_in_a_renamed_notebook_says_so(monkeypatch, tmp_path):
    (tmp_path / "01_linear-final.ipynb").touch()
    save = sys.modules["mytorch.check.save"]  # mytorch.check has a function of that name
    monkeypatch.setattr(save, "PACKAGE", tmp_path / "mytorch")
    (remark,) = save.remarks("Linear")
    assert remark.startswith("01_linear.ipynb is missing, and there is a 01_linear-final.ipynb.")


def test_check_an_endless_loop(terminal, code, monkeypatch):
    monkeypatch.setattr("mytorch.check.terminal.CELL_SECONDS", 3)
    save_notebook(
        "01_linear",
        "import time\nwhile True:\n    time.sleep(1)",
        code["Linear"].replace("self.A = A\n", "while True: time.sleep(1)\n"),
    )
    status, text = terminal("check", "Linear")
    assert status == 1
    assert "it ran for too long" in text and "while True: time.sleep(1)" in text


def test_check_when_the_kernel_dies(cold_kernels, terminal, code):
    save_notebook("01_linear", "import os\nos._exit(1)", code["Linear"])
    status, text = terminal("check", "Linear")
    assert status == 1
    assert "      Linear: Python stopped while it ran the notebook: the process died.\n" in text


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT")
def test_ctrl_c_stops_the_whole_run_and_its_kernel(cold_kernels, terminal):
    save_notebook("01_linear", "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(25)")
    command = [
        sys.executable,
        "-c",
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n" + MAIN,
    ]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    pid = Path("pid")
    while run.poll() is None and not (pid.exists() and pid.read_text()):
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    assert run.communicate(timeout=60)[0] == "\nStopped.\n"
    assert run.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


MAIN = "import sys; from mytorch.__main__ import main; sys.exit(main(['check']))"


def test_what_it_was_piped_into_may_end_first(terminal, monkeypatch):
    with nobody_reads(monkeypatch):
        assert main(["progress"]) == 141


def test_progress_in_a_terminal(terminal):
    status, text = terminal("progress")
    assert status == 0
    assert "[ ] The linear layer" in text and f"of {OWN.points} points" in text


# --- python -m mytorch handin -------------------------------------------------------------------------------


def test_handin(terminal):
    status, text = terminal("handin")
    assert status == 0
    assert text.splitlines()[:-1] == [
        *(f"– {item.name:<12} {item.points:>3} points   untouched" for item in ITEMS),
        "",
        f"0 of {OWN.points} points pass their checks; the hidden tests decide.",
    ]
    assert re.fullmatch(
        r"handin\.tar is written \(\d+ KB\), from the notebooks as they are saved\. Submit that file\.",
        text.splitlines()[-1],
    )
    with tarfile.open("handin.tar") as tar:
        members = tar.getmembers()
        assert sorted(member.name for member in members) == [f"{name}.ipynb" for name in NOTEBOOKS]
        assert all(
            member.isfile() and (member.uid, member.uname, member.mode) == (0, "", 0o644)
            for member in members
        )
        assert tar.extractfile("01_linear.ipynb").read() == Path("01_linear.ipynb").read_bytes()
    assert not list(Path().glob(".*.part"))


def replace_notebook_1(path: Path):
    path.rename(path.with_name("01_linear (1).ipynb"))


TROUBLES = {
    "missing": (
        Path.unlink,
        "01_linear.ipynb is missing. python -m mytorch reset 01_linear brings the original back.",
    ),
    "renamed": (
        replace_notebook_1,
        "01_linear.ipynb is missing, and there is a 01_linear (1).ipynb. Give that one its old name again.",
    ),
    "unreadable": (lambda path: path.write_text("{"), "01_linear.ipynb could not be read as a notebook: "),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "01_linear.ipynb is not in this folder."),
}


@pytest.mark.parametrize("change, sentence", TROUBLES.values(), ids=TROUBLES)
def test_handin_with_trouble(terminal, change, sentence):
    Path("handin.tar").write_text("an older one")
    change(Path("01_linear.ipynb"))
    status, text = terminal("handin")
    assert status == 1
    assert text.startswith(f"✗ {sentence}")
    assert text.endswith(
        "\nNothing was written. Mend this and run it again, or add --anyway to hand in what is there.\n"
    )
    assert Path("handin.tar").read_text() == "an older one"


def test_handin_anyway(terminal):
    Path("01_linear.ipynb").unlink()
    Path("02_activation.ipynb").write_text("{")
    status, text = terminal("handin", "--anyway")
    assert status == 0
    assert text.count("✗") == 2 + 2 and "handin.tar is written" in text, "two notebooks, and their items"
    with tarfile.open("handin.tar") as tar:
        assert sorted(tar.getnames()) == [f"{name}.ipynb" for name in NOTEBOOKS if name != "01_linear"]


IMPORTS = {
    "import torch as T": "torch",
    "from torch import nn": "torch",
    "from torch import *": "torch",
    "import os, torch.nn.functional as F": "torch.nn.functional",
    "class A:\n    def f(self):\n        import torch": "torch",
    "if False:\n    from keras.layers import Dense": "keras.layers",
    "import importlib\nt = importlib.import_module('torch')": "torch",
    "from importlib import import_module\nimport_module('jax.numpy')": "jax.numpy",
    "t = __import__('torch')": "torch",
    "%matplotlib inline\n!ls\nimport scipy": "scipy",
    "%%time\nimport pandas": "pandas",
    "from mytorch.check import backends": "mytorch.check.backends",
    "import mytorch.sections.linear.reference as r": "mytorch.sections.linear.reference",
}


@pytest.mark.parametrize("source", IMPORTS)
def test_handin_names_a_foreign_import(terminal, source):
    save_notebook("03_mlp", source)
    status, text = terminal("handin")
    line = next(
        line.strip() for line in source.splitlines() if re.search("torch|keras|jax|scipy|pandas", line)
    )
    assert status == 1
    assert text.splitlines()[0] == (
        f"✗ 03_mlp.ipynb imports {IMPORTS[source]}: {line!r} in cell 2. "
        "Only NumPy may be used in what you hand in: remove that line."
    )


def test_handin_names_a_module_of_one_s_own(terminal):
    Path("helpers.py").write_text("")
    save_notebook("03_mlp", "from helpers import f")
    status, text = terminal("handin")
    assert status == 1
    assert (
        "imports helpers" in text
        and "Only the notebooks are handed in: move what you use from there into this one." in text
    )


@pytest.mark.parametrize(
    "source",
    [
        "import os, sys, math, json",
        "import numpy.linalg, matplotlib.pyplot as plt",
        "from mytorch.nn import Linear",
        "import torch = 1",
        "# import torch",
        "'import torch'",
    ],
)
def test_handin_lets_pass(terminal, source):
    notebook = nbformat.read("03_mlp.ipynb", as_version=4)
    notebook.cells.append(new_code_cell(source))
    nbformat.write(notebook, "03_mlp.ipynb")
    assert terminal("handin")[0] == 0


def test_handin_says_how_each_item_stands(desk, code):
    """What a check has passed is not run again; what was written since, or never checked, is."""
    desk.work(*(part for name in ("Linear", "SGD", "MSELoss") for part in (code[name], f"check({name})")))
    stops = new_code_cell("import os; os._exit(1)")
    desk.type_in("01_linear", {"Linear-code": "# mine\n" + code["Linear"]}, stops)
    desk.type_in("04_loss", {"MSELoss-code": code["MSELoss"]})
    desk.type_in("05_sgd", {"SGD-code": code["SGD"].replace("self.lr *", "2 * self.lr *")})
    status, text = desk.command("handin")
    assert status == 0
    shown = {line[2:].split()[0]: line for line in text.splitlines() if line[:1] in ("✓", "✗", "–")}
    marks = {item.name: shown[item.name][0] for item in OWN.items}
    touched = {"Linear": "✓", "Losses": "✗", "SGD": "✗"}
    assert marks == dict.fromkeys(marks, "–") | touched, text
    assert "does not pass\n      CrossEntropyLoss: " in text and "does not pass\n      SGD: " in text
    passed = f"15 of {OWN.points} points pass their checks; the hidden tests decide."
    assert text.index(passed) < text.index("Submit")


def test_handin_leaves_other_notebooks_at_home(terminal):
    shutil.copy("01_linear.ipynb", "scratch.ipynb")
    status, text = terminal("handin")
    assert status == 0
    assert "  scratch.ipynb is not one of the course's notebooks and is left out.\n" in text
    with tarfile.open("handin.tar") as tar:
        assert "scratch.ipynb" not in tar.getnames()


def test_handin_follows_links(terminal, tmp_path):
    Path("01_linear.ipynb").rename(tmp_path / "elsewhere.ipynb")
    Path("01_linear.ipynb").symlink_to(tmp_path / "elsewhere.ipynb")
    assert terminal("handin")[0] == 0
    with tarfile.open("handin.tar") as tar:
        assert tar.getmember("01_linear.ipynb").isfile()


def test_an_older_handin_survives_a_full_disk(terminal, monkeypatch):
    Path("handin.tar").write_text("an older one")

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "addfile", full)
    status, text = terminal("handin")
    assert status == 1 and text.endswith("\nhandin.tar could not be written: No space left on device.\n")
    assert Path("handin.tar").read_text() == "an older one"
    assert not list(Path().glob(".*.part"))


# --- python -m mytorch reset, repair ------------------------------------------------------------------------


def test_the_originals_are_what_was_handed_out(release):
    for name in NOTEBOOKS:
        original = json.loads((release / "mytorch" / "originals" / f"{name}.json").read_bytes())
        assert original == json.loads((release / f"{name}.ipynb").read_bytes())
        assert "BEGIN SOLUTION" not in str(original) and "HIDDEN" not in str(original)


def test_reset_and_repair(desk, code, release):
    again = "If it is open in JupyterLab, close its tab without saving and open it again.\n"
    desk.type_in("03_mlp", {"MLP0-code": code["MLP0"]})
    status, text = desk.command("reset", "03_mlp")
    (kept,) = desk.folder.glob("03_mlp_yours_*.ipynb")
    assert (status, text) == (
        0,
        f"03_mlp.ipynb is as it was handed out. Yours is kept as {kept.name}. {again}",
    )
    assert (desk.folder / "03_mlp.ipynb").read_bytes() == (release / "03_mlp.ipynb").read_bytes()
    assert code["MLP0"] in [cell.source for cell in nbformat.read(kept, as_version=4).cells]
    assert desk.command("repair") == (0, "All cells of the course are there; nothing was changed.\n")

    desk.type_in("01_linear", {"Linear": "", "Linear-code": code["Linear"]})
    (desk.folder / "02_activation.ipynb").write_text("{")
    (checked,) = desk.work(code["Linear"] + "\ncheck(Linear)")
    mends = (
        "In 01_linear.ipynb the graded cell Linear was emptied. python -m mytorch repair mends that around"
    )
    assert mends in checked.text and mends in desk.command("handin", "--anyway")[1]
    status, text = desk.command("repair")
    (kept,) = desk.folder.glob("01_linear_yours_*.ipynb")
    assert (status, text) == (
        1,
        f"01_linear.ipynb is mended; as it was, it is kept as {kept.name}.\n"
        "      the graded cell Linear was emptied\n"
        "✗ 02_activation.ipynb is missing or could not be read: python -m mytorch reset 02_activation brings "
        f"the original back.\n{again}",
    )
    assert "class Linear" in (desk.folder / "01_linear.ipynb").read_text()
    assert desk.command("reset", "02_activations.ipynb") == (
        2,
        "There is no notebook 02_activations. Is 02_activation meant? The notebooks are "
        f"{', '.join(NOTEBOOKS)}.\n",
    )


# --- other machines -----------------------------------------------------------------------------------------


@pytest.fixture(
    params=[
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
    ],
    ids=["ascii", "cp1252"],
)
def without_utf_8(cold_kernels, monkeypatch, request) -> None:
    """Text files and what is printed are in another encoding, unless it is said."""
    for name, value in request.param.items():
        monkeypatch.setenv(name, value)


def test_the_commands_print_where_there_is_no_utf_8(desk, without_utf_8):
    status, text = desk.command("check", "Linear")
    assert status == 1 and re.search(r"^\S Linear +0 of 15 ", text, re.M), text
    status, text = desk.command("progress")
    assert status == 0 and "[ ] Download the course" in text


def test_a_class_passes_and_is_handed_in_where_there_is_no_utf_8(desk, code, without_utf_8):
    greek = "ι·bᵀ"  # in the skeleton's docstring
    desk.type_in("01_linear", {"Linear-code": code["Linear"]})
    checked = next(cell for cell in desk.run_in_kernel("01_linear") if "check(Linear)" in cell.source)
    assert "Written to mytorch/nn/linear.py." in checked.text and not checked.error
    assert greek in desk.module("mytorch.nn.linear")
    status, text = desk.command("handin", "--anyway")
    assert status == 0 and re.search(r"^\S Linear +15 points +passes", text, re.M), text
    with tarfile.open(desk.folder / "handin.tar") as archive:
        assert greek.encode() in archive.extractfile("01_linear.ipynb").read()

    status, text = desk.command("reset", "01_linear")
    (kept,) = desk.folder.glob("01_linear_yours_*.ipynb")
    assert status == 0 and greek in kept.read_text(encoding="utf-8"), text
    notebook = nbformat.read(kept, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if grade_id(cell) != "Linear"]
    nbformat.write(notebook, desk.folder / "01_linear.ipynb")
    status, text = desk.command("repair")
    assert status == 0 and "01_linear.ipynb is mended" in text, text
    mended = {grade_id(cell): cell.source for cell in desk.notebook("01_linear").cells}
    assert "Linear" in mended and greek in mended["Linear-code"]


LITTLE = 512  # MB
IN_LITTLE_MEMORY = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_DATA, ({LITTLE} * 2**20,) * 2)  # for the kernel, too
from nbclient.cli import main
sys.argv = ["jupyter execute", "--inplace", sys.argv[1]]
main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit that is meant is Linux's")
def test_the_heaviest_notebook_runs_in_little_memory(cold_kernels, desk, solutions):
    desk.type_in(IN_A_KERNEL, solutions[IN_A_KERNEL])
    notebook = desk.notebook(IN_A_KERNEL)
    notebook.cells.append(new_code_cell("open('/proc/self/status').read()"))
    nbformat.write(notebook, desk.folder / "short.ipynb")
    run = subprocess.run(
        [sys.executable, "-c", IN_LITTLE_MEMORY, "short.ipynb"],
        cwd=desk.folder,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    *cells, last = nbformat.read(desk.folder / "short.ipynb", as_version=4).cells
    peak = re.search(r"VmHWM:\\t *(\d+) kB", last.outputs[0].data["text/plain"])
    assert int(peak[1]) / 1024 < LITTLE / 2


# --- the wrong Python ---------------------------------------------------------------------------------------

OLD = (
    "MyTorch needs Python 3.11 or newer; this is Python {}. "
    "Create the environment of environment.yml again, or start JupyterLab with a newer Python."
)


def old_pythons() -> list[str]:
    """Real ones where there are any."""
    pyenv = Path.home() / ".pyenv" / "versions"
    found = [
        shutil.which(f"python{version}") or next(map(str, pyenv.glob(f"{version}.*/bin/python")), None)
        for version in ("2.7", "3.6", "3.10")
    ]
    return [python for python in found if python]


@pytest.mark.parametrize("module", ["mytorch", "mytorch.check", "mytorch.nn"])
def test_an_older_python_is_told_so(desk, module):
    script = f"import sys; sys.version_info = (3, 10, 13); import {module}"
    run = subprocess.run([sys.executable, "-c", script], cwd=desk.folder, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == "ImportError: " + OLD.format("3.10")


@pytest.mark.parametrize(
    "arguments", [["-c", "import mytorch"], ["-m", "mytorch", "check"]], ids=["import", "command"]
)
def test_really_older_pythons(release, arguments):
    for python in old_pythons():
        version = subprocess.run(
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
        ).stdout.strip()
        if version == "":
            continue  # a shim for a version that is not installed
        run = subprocess.run([python, "-B", *arguments], cwd=release, capture_output=True, text=True)
        assert run.returncode == 1
        assert OLD.format(version) in run.stderr.splitlines()[-1]
