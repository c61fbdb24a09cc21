"""The code keeps docs/maintainers.md: dependencies point one way, and ruff finds nothing."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def imported(path: Path) -> set[str]:
    """Absolute names of what a file below the root imports, modules and names in them."""
    package, names = list(path.relative_to(ROOT).parts[:-1]), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            names |= {".".join([*above, *filter(None, [node.module]), alias.name]) for alias in node.names}
    return names


def importers(folder: str, *modules: str) -> set[str]:
    """The files below a folder that import one of these modules, or something in it."""
    files = {str(path.relative_to(ROOT)): imported(path) for path in (ROOT / folder).rglob("*.py")}
    return {name for name, found in files.items() if any(f"{each}.".startswith(f"{module}.") for each in found for module in modules)}


def test_only_the_oracles_import_torch():
    assert importers("mytorch", "torch") | importers("grader", "torch") == {"mytorch/check/oracles.py"}


def test_the_students_library_knows_nothing_of_the_course():
    for folder in ("mytorch/nn", "mytorch/optim", "mytorch/models"):
        assert importers(folder, "mytorch.check", "mytorch.explore", "grader", "mytorch.course") == set()


def test_what_students_get_knows_nothing_of_the_grader():
    assert importers("mytorch", "grader") == set()


def test_the_sandbox_knows_nothing_of_running_and_saving():
    assert importers("grader/grading/sandbox", "nbgrader", "distributed", "grader.grading.autograde", "grader.grading.workers") == set()


ROOMS = ("authoring", "lms", "pages", "similarity")  # beside one another, on top of grading


def test_the_graders_rooms_know_only_the_one_below():
    """Function-level imports count as well. The commands, in __main__.py, put the rooms together."""
    inside = {"grader/grading": ROOMS} | {f"grader/{room}": [one for one in ROOMS if one != room] for room in ROOMS}
    known = {room: importers(room, *(f"grader.{other}" for other in others)) for room, others in inside.items()}
    assert known == dict.fromkeys(inside, set())
    assert {path.name for path in (ROOT / "grader").iterdir() if path.name != "__pycache__"} == {
        "__init__.py",
        "__main__.py",
        "grading",
        *ROOMS,
    }


def test_code_of_the_grader_stands_in_modules_not_in_packages():
    for path in (ROOT / "grader").rglob("__init__.py"):
        kinds = {type(node) for node in ast.parse(path.read_text(encoding="utf-8")).body}
        assert kinds <= {ast.Expr, ast.ImportFrom, ast.Assign}, path


def test_a_learning_system_is_named_in_its_own_module_only():
    """And in the table of systems; what people read (help, documentation, comments) may name all of them."""
    systems = ("canvas", "moodle", "brightspace", "gradescope", "autolab")
    others = [path for path in (ROOT / "grader" / "lms").glob("*.py") if path.stem not in (*systems, "systems")]
    named = {
        (path.name, node.value)
        for path in others
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lower() in systems
    }
    assert named == set()


def test_ruff_finds_nothing():
    run = subprocess.run([sys.executable, "-m", "ruff", "check", "--no-cache", "."], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
