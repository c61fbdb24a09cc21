"""The code keeps docs/DESIGN: dependencies point one way, engines name nothing of a section, and ruff finds
nothing.
"""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from support.repository import files_in_git

from grader.lms.names import IDS, TIMES
from mytorch.course import ASSIGNMENTS, SECTION_OF, SECTIONS

ROOT = Path(__file__).resolve().parents[1]
ENGINES = ("mytorch/check", "mytorch/explore", "mytorch/blanks")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imported(path: Path) -> frozenset[str]:
    """Absolute names of what a file below the root imports, in functions too: modules and names in them."""
    package, names = list(path.relative_to(ROOT).parts[:-1]), set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            names |= {".".join([*above, *filter(None, [node.module]), alias.name]) for alias in node.names}
    return frozenset(names)


def importers(folder: str, *modules: str) -> set[str]:
    """The files below a folder, or the file, that import one of these modules, or something in it."""
    paths = [ROOT / folder] if folder.endswith(".py") else (ROOT / folder).rglob("*.py")
    files = {str(path.relative_to(ROOT)): imported(path) for path in paths}
    begins = tuple(f"{module}." for module in modules)
    return {name for name, found in files.items() if any(f"{each}.".startswith(begins) for each in found)}


# From the ground up. Each layer may import those above it in this list, and itself.
LAYERS = (
    ("mytorch/nn", "mytorch/optim", "mytorch/models"),  # NumPy and each other
    (
        "mytorch/characters.py",
        "mytorch/mode.py",
        "mytorch/style.py",
        "mytorch/syllabus.py",
        "mytorch/export.py",
        "mytorch/files.py",
        "mytorch/data",
    ),
    (
        "mytorch/course.py",
        "mytorch/accepted.py",
        "mytorch/still.py",
        "mytorch/widgets.py",
        "mytorch/figures.py",
    ),
    ("mytorch/memory.py", "mytorch/originals.py", "mytorch/objections.py"),
    ("mytorch/training.py", "mytorch/drawing.py"),
    ("mytorch/blanks",),
    ("mytorch/check",),
    ("mytorch/explore",),
    ("mytorch/handin.py", "mytorch/__main__.py"),
    ("mytorch/sections",),
    ("grader",),
)
MODULE = {path: path.removesuffix(".py").replace("/", ".") for layer in LAYERS for path in layer}


@pytest.mark.parametrize("place", range(len(LAYERS)))
def test_dependencies_point_down_only(place):
    above = [MODULE[path] for layer in LAYERS[place + 1 :] for path in layer]
    for path in LAYERS[place]:
        assert importers(path, *above) == set(), path


def test_every_module_has_its_layer():
    known = {MODULE[path].split(".")[1] for layer in LAYERS for path in layer if path.startswith("mytorch")}
    there = {
        path.stem
        for path in (ROOT / "mytorch").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert there - known == {"__init__"}


def test_the_students_library_is_numpy_and_itself():
    own = {"numpy", "mytorch.nn", "mytorch.optim", "mytorch.models"}
    for folder in ("mytorch/nn", "mytorch/optim", "mytorch/models"):
        for path in (ROOT / folder).rglob("*.py"):
            assert all(
                name == "numpy" or any(name.startswith(f"{module}") for module in own)
                for name in imported(path)
            ), path


def test_a_section_imports_itself_and_those_before_it():
    folders = [section.package.rpartition(".")[2] for section in SECTIONS]
    for place, folder in enumerate(folders):
        later = [f"mytorch.sections.{other}" for other in folders[place + 1 :]]
        assert importers(f"mytorch/sections/{folder}", *later) == set()


def test_a_section_s_front_page_loads_nothing_but_the_syllabus():
    for section in SECTIONS:
        path = ROOT / section.package.replace(".", "/") / "__init__.py"
        assert imported(path) <= {"mytorch.syllabus.Box", "mytorch.syllabus.Item", "mytorch.syllabus.Section"}


def public(kind: type, *outside: str) -> dict[str, set[str]]:
    """The files of the classes or functions that others may use, by their names."""
    found = defaultdict(set)
    for path in (*Path(ROOT, "grader").rglob("*.py"), *Path(ROOT, "mytorch").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        for node in tree_of(path).body if not name.startswith(outside) else ():
            if isinstance(node, kind) and not node.name.startswith("_"):
                found[node.name].add(name)
    return found


def test_no_two_public_classes_have_one_name():
    """But for the students' own, which the references have as well."""
    twice = {name: paths for name, paths in public(ast.ClassDef).items() if len(paths) > 1}
    assert {name: paths for name, paths in twice.items() if name not in SECTION_OF} == {}


# A section's explorers draw with small functions of their own; the back ends do the same with two libraries.
SMALL_WORLDS = ("mytorch/sections/", "mytorch/check/backends/")
SHARED = {
    # of every command
    "add_arguments",
    "main",
    "run",
    # the command, and what it does
    "sync",
    # said with its module: grades.read, extensions.read
    "read",
    # drawn by matplotlib, and as SVG
    "arrow",
    "number",
    "text",
}


def test_no_two_public_functions_have_one_name():
    twice = {name: paths for name, paths in public(ast.FunctionDef, *SMALL_WORLDS).items() if len(paths) > 1}
    assert {name: paths for name, paths in twice.items() if name not in SHARED} == {}


ENDINGS = ("", "s", "d", "ed", "n")
ALIKE = {
    ("collect", "collected"),  # the command, and what is known of its work when the next one asks
}


def test_no_two_public_names_of_one_kind_differ_by_an_ending_only():
    """Neither save and saved, nor HandIns and HandedIn, nor stand_in and standin."""
    modules = defaultdict(set)
    for path in (*Path(ROOT, "grader").rglob("*.py"), *Path(ROOT, "mytorch").rglob("*.py")):
        if not str(path.relative_to(ROOT)).startswith(SMALL_WORLDS):
            modules[path.stem].add(str(path))
    found = set()
    for where in (modules, public(ast.ClassDef, *SMALL_WORLDS), public(ast.FunctionDef, *SMALL_WORLDS)):
        plain = defaultdict(set)
        for name in where:
            plain[name.lower().replace("_", "")].add(name)
        for short, names in plain.items():
            alike = set().union(*(plain.get(short + ending, ()) for ending in ENDINGS))
            found |= {(a, b) for a in names for b in alike if a != b and len(where[a] | where[b]) > 1}
    assert found - ALIKE == set()


BACK_ENDS = "mytorch/check/backends"


@pytest.mark.parametrize("library", ["torch", "autograd"])
def test_only_its_back_end_imports_what_differentiates(library):
    """The references know both by the functions that they share, and nothing else loads either ahead."""
    assert importers("mytorch", library) | importers("grader", library) == {f"{BACK_ENDS}/{library}.py"}
    assert importers("mytorch", f"mytorch.check.backends.{library}") == set()
    assert importers("grader", f"mytorch.check.backends.{library}") == set()


def test_references_are_asked_for_by_the_engine_not_imported():
    references = {f"{section.package}.reference" for section in SECTIONS}
    for path in ("mytorch", "grader"):
        found = importers(path, *references)
        assert all(name.endswith("/reference.py") for name in found), found


NAMES = {
    *SECTION_OF,
    *(section.notebook for section in SECTIONS),
    *(section.module for section in SECTIONS),
    *(section.package for section in SECTIONS),
    *ASSIGNMENTS,
}


# But for the students' library and the sections; build_mlp of training.py rebuilds a class of one section.
MODULES = sorted(
    str(path.relative_to(ROOT)) for path in ROOT.glob("mytorch/*.py") if path.name != "training.py"
)


@pytest.mark.parametrize("place", [*ENGINES, *MODULES, "mytorch/data", "grader"])
def test_engines_name_no_component_section_or_assignment(place):
    """In no string and no comment either. A component whose name is a common word would have to be reworded
    around.
    """
    pattern = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, sorted(NAMES)))})(?![\w-])")
    found = {}
    for path in [ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*"):
        if path.suffix in (".py", ".md", ".j2", ".html", ".js", ".css"):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if pattern.search(line):
                    found[f"{path.relative_to(ROOT)}:{number}"] = line.strip()
    assert found == {}


def test_the_sandbox_knows_nothing_of_running_and_saving():
    assert (
        importers(
            "grader/grading/sandbox",
            "nbgrader",
            "distributed",
            "grader.grading.parallel.autograde",
            "grader.grading.parallel.workers",
        )
        == set()
    )


ROOMS = ("authoring", "lms", "pages", "similarity")  # beside one another, on top of grading


def test_the_graders_rooms_know_only_the_one_below():
    """Function-level imports count as well. The commands, in __main__.py, put the rooms together."""
    inside = {"grader/grading": ROOMS} | {
        f"grader/{room}": [one for one in ROOMS if one != room] for room in ROOMS
    }
    known = {
        room: importers(room, *(f"grader.{other}" for other in others)) for room, others in inside.items()
    }
    assert known == dict.fromkeys(inside, set())
    assert {path.name for path in (ROOT / "grader").iterdir() if path.name != "__pycache__"} == {
        "__init__.py",
        "__main__.py",
        "grading",
        *ROOMS,
    }


def test_the_steps_of_grading_do_not_know_how_many_hand_ins_there_are():
    alone = [path for path in (ROOT / "grader/grading").iterdir() if path.name != "parallel"]
    found = [importers(str(path.relative_to(ROOT)), "grader.grading.parallel") for path in alone]
    assert set().union(*found) == set()


def test_code_of_the_grader_stands_in_modules_not_in_packages():
    for path in (ROOT / "grader").rglob("__init__.py"):
        kinds = {type(node) for node in tree_of(path).body}
        assert kinds <= {ast.Expr, ast.ImportFrom, ast.Assign}, path


LARGE = (
    "mytorch/check",
    "mytorch/check/search",
    "grader/grading",
    "grader/grading/parallel",
    "grader/grading/sandbox",
    "grader/lms",
    *(f"grader/lms/{part}" for part in ("systems", "people", "collect", "returning")),
)


@pytest.mark.parametrize("room", LARGE)
def test_a_large_room_says_what_each_of_its_files_is_for(room):
    folder = ROOT / room
    _, text = ast.get_docstring(tree_of(folder / "__init__.py")).split("\n", 1)
    lists = re.findall(r"^([a-z_]+(?:, [a-z_]+)*)(?:  .*)?$", text, re.MULTILINE)
    files = [path.stem for path in folder.iterdir() if not path.name.startswith("__")]
    assert sorted(name for some in lists for name in some.split(", ")) == sorted(files)


def test_what_is_written_for_maintainers_names_modules_that_are_there():
    text = (ROOT / "docs/maintainers.md").read_text(encoding="utf-8").replace("dropout", "linear")
    named = set(re.findall(r"`([\w./]+(?:\.py|/))`", text))
    there = [f"/{name}" for name in files_in_git()]
    assert {name for name in named if not any(f"/{name}" in path for path in there)} == set()


def test_a_learning_system_is_named_in_its_own_module_only():
    """And in the tables of systems and of services; what people read (help, documentation, comments) may name
    all of them.
    """
    systems = ("canvas", "moodle", "brightspace", "blackboard", "gradescope", "autolab")
    own = (*systems, *(f"{system}_api" for system in systems), "registry", "service")
    others = [path for path in (ROOT / "grader" / "lms").rglob("*.py") if path.stem not in own]
    named = {
        (path.name, node.value)
        for path in others
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lower() in systems
    }
    assert named == set()
    assert not [word for word in (*IDS, *TIMES) if any(system in word for system in systems)]


@pytest.mark.parametrize("command", ["check", "format --check"])
def test_ruff_finds_nothing(command):
    arguments = [sys.executable, "-m", "ruff", *command.split(), "--no-cache", "."]
    run = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
