"""The notebooks: complete, well-formed, in step with the course table, and they run from top to
bottom.
"""

import ast
import re
import unicodedata
from itertools import pairwise
from pathlib import Path

import jupytext
import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbgrader.preprocessors import ClearSolutions
from support.own import ASSIGNMENT, NOTEBOOKS
from support.processes import Result, sit

from mytorch import style
from mytorch.course import ITEM_OF, ITEMS, MACROS, SECTIONS, modules

ROOT = Path(__file__).parents[1]
TEXT = ROOT / "notebooks"

# The handout's numbered equations; its number 26 is an empty line.
EQUATIONS = {
    "00_start_here": [],
    "01_linear": [*range(1, 6)],
    "02_activation": [*range(6, 21)],
    "03_mlp": [*range(21, 26), *range(27, 32)],
    "04_loss": [*range(32, 44)],
    "05_sgd": [*range(44, 50)],
    "06_batchnorm": [*range(50, 67)],
}
BLANKS = {"01_linear": [2], "02_activation": [16, 18, 20]}

LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
MATH = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)

CELLS = {name: jupytext.read(TEXT / f"{name}.md").cells for name in NOTEBOOKS}


def markdown(name: str) -> str:
    return "\n\n".join(cell.source for cell in CELLS[name] if cell.cell_type == "markdown")


def code_cells(name: str) -> list:
    return [cell for cell in CELLS[name] if cell.cell_type == "code"]


def prose(name: str) -> str:
    """What is read as text: no code, no formulas, no addresses."""
    text = MATH.sub(" ", CODE.sub(" ", markdown(name)))
    return re.sub(r"\]\([^)]*\)", "]", text.replace("![", "["))


def marked(name: str, kind: str) -> list:
    """The notebook's cells that nbgrader knows as ``grade`` or ``solution``."""
    return [cell for cell in CELLS[name] if cell.metadata.get("nbgrader", {}).get(kind)]


def anchors(name: str) -> set[str]:
    return {
        heading.strip().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", CODE.sub("", markdown(name)), re.M)
    }


@pytest.fixture(params=NOTEBOOKS)
def name(request) -> str:
    return request.param


def test_the_course_table_names_the_notebooks_that_are_there():
    assert sorted(path.stem for path in TEXT.glob("*.md")) == list(NOTEBOOKS)
    assert [name for name in NOTEBOOKS if name in EQUATIONS] == list(EQUATIONS)


# --- text ---------------------------------------------------------------------------------------------------


def test_links_lead_somewhere(name):
    for words, target in LINK.findall(CODE.sub("", markdown(name))):
        page, _, anchor = target.partition("#")
        if page.startswith(("http://", "https://")):
            continue
        assert page == "" or page.removesuffix(".ipynb") in NOTEBOOKS, f"[{words}]({target})"
        if anchor:
            assert anchor in anchors(page.removesuffix(".ipynb") or name), f"[{words}]({target})"


def test_previous_and_next_stand_at_the_top_and_at_the_bottom(name):
    place = NOTEBOOKS.index(name)
    neighbours = [NOTEBOOKS[i] for i in (place - 1, place + 1) if 0 <= i < len(NOTEBOOKS)]
    if place == len(NOTEBOOKS) - 1:
        neighbours.append(NOTEBOOKS[0])  # the hand-in
    lines = [
        line
        for line in markdown(name).splitlines()
        if re.match(r"\[(← )?[^\]]*( →)?\]\(\d\d_\w+\.ipynb\)", line)
    ]
    rows = [line for line in lines if "←" in line or "→" in line]
    assert len(rows) == 2 and rows[0] == rows[1]
    assert [target for _, target in LINK.findall(rows[0])] == [
        f"{neighbour}.ipynb" for neighbour in neighbours
    ]
    assert rows[0] in CELLS[name][0].source and CELLS[name][-1].source.rstrip().endswith(rows[0])


def test_images_are_there_and_described(name):
    for description, target in IMAGE.findall(markdown(name)):
        assert (TEXT / target).is_file(), target
        assert len(description) > 40, f"{target}: what is to be seen?"
        assert not description.lower().startswith(("image", "picture", "figure"))


def test_every_section_has_a_picture():
    assert all(IMAGE.search(markdown(name)) for name in NOTEBOOKS if name != "05_sgd")
    assert IMAGE.search(markdown("05_sgd")), "momentum"


def test_equations_are_all_there_once_and_in_order(name):
    tags = re.findall(r"\\tag\{(\d+)\}", markdown(name))
    if name in EQUATIONS:  # a section that the handout does not have numbers them as it likes
        assert [int(tag) for tag in tags] == EQUATIONS[name]
    displayed = re.findall(r"\$\$.*?\$\$", markdown(name), re.DOTALL)
    assert sum(formula.count(r"\tag") for formula in displayed) == len(tags), (
        "a number stands in display math"
    )


def test_formulas_are_balanced(name):
    for formula in MATH.findall(CODE.sub("", markdown(name))):
        bare = re.sub(r"\\[{}]", "", formula)
        assert bare.count("{") == bare.count("}"), formula
        assert formula.count(r"\left") - formula.count(r"\leftarrow") == formula.count(
            r"\right"
        ) - formula.count(r"\rightarrow")
        assert re.findall(r"\\begin\{(\w+)\}", formula) == re.findall(r"\\end\{(\w+)\}", formula)


def test_blanks_follow_their_equations(name):
    called = [int(n) for cell in code_cells(name) for n in re.findall(r"^blank\((\d+)\)", cell.source, re.M)]
    assert called == BLANKS.get(name, [])
    for number in called:
        place = next(i for i, cell in enumerate(CELLS[name]) if cell.source == f"blank({number})")
        assert f"\\tag{{{number}}}" in CELLS[name][place - 1].source


def test_macros_come_first(name):
    before_title, _, rest = CELLS[name][0].source.partition("\n# ")
    text = markdown(name).replace(before_title, "")
    used = [macro for macro in MACROS if re.search(rf"\\{macro}(?![A-Za-z])", text)]
    assert before_title == "$" + "".join(rf"\def\{macro}{{{MACROS[macro]}}}" for macro in used) + "$"


def test_no_two_macros_have_one_name():
    names = [*style.MACROS, *(macro for section in SECTIONS for macro in section.macros)]
    assert len(names) == len(set(names)) == len(MACROS)


def test_headings(name):
    levels = [len(marks) for marks in re.findall(r"^(#+) ", CODE.sub("", markdown(name)), re.M)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), "no level is left out"


def test_folded_hints_open_and_close(name):
    for cell in CELLS[name]:
        tags = re.findall(r"</?(?:details|summary)>", cell.source)
        assert tags == ["<details>", "<summary>", "</summary>", "</details>"] * (len(tags) // 4)
    text = markdown(name)
    assert len(re.findall(r"^<details><summary>.+</summary>\n\n", text, re.M)) == text.count("<details>"), (
        "a blank line"
    )
    assert len(re.findall(r"\n\n</details>$", text, re.M)) == text.count("<details>")


def test_tables_have_as_many_cells_in_each_row(name):
    for cell in CELLS[name]:
        for table in re.findall(r"(?:^\|.*\|$\n?)+", cell.source, re.M):
            rows = [re.sub(r"\\\||`[^`]*`|\$[^$]*\$", "x", row).count("|") for row in table.splitlines()]
            assert len(set(rows)) == 1, table


def test_calm_and_without_emoji(name):
    text = prose(name)
    assert "!" not in text.replace("<!--", ""), re.findall(r".{30}!", text)
    everything = "\n".join(cell.source for cell in CELLS[name])
    emoji = [c for c in everything if ord(c) >= 0x1F000 or unicodedata.category(c) == "So" and c not in "©°"]
    assert not emoji
    assert not re.search(r"[=#*~-]{12,}", everything.replace("|---", "")), "a banner"
    assert not re.search("congratulation", everything, re.I)


# --- code ---------------------------------------------------------------------------------------------------


def test_first_code_cell_imports_what_every_notebook_uses(name):
    lines = code_cells(name)[0].source.splitlines()
    assert lines[:2] == ["import numpy as np", "from mytorch.check import blank, check, progress"]


def test_every_code_cell_is_python(name):
    for cell in code_cells(name):
        ast.parse(TransformerManager().transform_cell(cell.source))


def test_solution_cells_release_to_skeletons(name):
    """What is left without the solution compiles, and keeps every method, signature and docstring."""
    for cell in marked(name, "solution"):
        clear = ClearSolutions(code_stub={"python": ""})
        skeleton = clear.preprocess_cell(nbformat.from_dict(cell), {"language": "python"}, 0)[0].source
        assert "# TODO" in skeleton and "SOLUTION" not in skeleton
        assert outline(skeleton) == outline(cell.source)
        compile(skeleton, "skeleton", "exec")


def outline(source: str) -> list:
    """Classes, methods, their arguments and docstrings."""
    nodes = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.ClassDef, ast.FunctionDef))
    ]
    return [
        (node.name, ast.dump(node.args) if isinstance(node, ast.FunctionDef) else "", ast.get_docstring(node))
        for node in nodes
    ]


def test_each_todo_is_answered_by_a_solution(name):
    """Removing the TODO lines that stand before solutions leaves none: nothing to do is left unsolved."""
    for cell in marked(name, "solution"):
        open_, close = cell.source.count("### BEGIN SOLUTION"), cell.source.count("### END SOLUTION")
        assert open_ == close > 0
        assert not re.search(r"# TODO(?!.*\n(?:.*# TODO.*\n)*[ \t]*### BEGIN SOLUTION)", cell.source)


def test_every_component_has_its_solution_cell(name):
    expected = [f"{component}-code" for component, item in ITEM_OF.items() if item.notebook == name]
    assert [cell.metadata.nbgrader.grade_id for cell in marked(name, "solution")] == expected


@pytest.mark.parametrize("module", modules())
def test_exported_modules_have_nothing_left_to_do(module):
    text = ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    assert "TODO" not in text and "SOLUTION" not in text
    imported = re.findall(r"^\s*(?:import|from) ([\w.]+)", text, re.M)
    assert set(imported) <= {"numpy", "mytorch.nn"}


# --- graded cells -------------------------------------------------------------------------------------------


def test_graded_cells_are_the_items_of_the_course(name):
    cells = marked(name, "grade")
    items = [item for item in ITEMS if item.notebook == name]
    assert [(cell.metadata.nbgrader.grade_id, cell.metadata.nbgrader.points) for cell in cells] == [
        (item.name, item.points) for item in items
    ]
    for cell in cells:
        assert cell.metadata.nbgrader.locked and not cell.metadata.nbgrader.solution
        assert f"{cell.metadata.nbgrader.points} points" in cell.source.splitlines()[0]


def test_the_handout_is_worth_a_hundred_points():
    assert sum(cell.metadata.nbgrader.points for name in EQUATIONS for cell in marked(name, "grade")) == 100


def test_grade_ids_are_unique():
    ids = [
        cell.metadata.nbgrader.grade_id
        for name in NOTEBOOKS
        for cell in CELLS[name]
        if "nbgrader" in cell.metadata
    ]
    assert len(ids) == len(set(ids))


def test_hidden_tests_repeat_the_visible_checks_with_other_numbers(name):
    for cell in marked(name, "grade"):
        item = next(item for item in ITEMS if item.name == cell.metadata.nbgrader.grade_id)
        lines = cell.source.splitlines()
        begin, end = lines.index("### BEGIN HIDDEN TESTS"), lines.index("### END HIDDEN TESTS")
        assert (
            lines.count("### BEGIN HIDDEN TESTS") == lines.count("### END HIDDEN TESTS") == 1
            and end == len(lines) - 1
        )
        assert lines[1:begin] == [f"check({component})" for component in item.components]
        hidden = lines[begin + 1 : end]
        for component in item.components:
            calls = [line for line in hidden if line.startswith(f"check({component}, seed=")]
            assert 3 <= len(calls) <= 4, component
            assert any('dtype="float32"' in call for call in calls)
        seeds = re.findall(r"seed=(\d+)", "\n".join(hidden))
        assert len(seeds) == len(hidden) == len(set(seeds))


def test_hidden_tests_stand_nowhere_else(name):
    for cell in CELLS[name]:
        if not cell.metadata.get("nbgrader", {}).get("grade"):
            assert "HIDDEN TESTS" not in cell.source
        if not cell.metadata.get("nbgrader", {}).get("solution"):
            assert "SOLUTION" not in cell.source


def test_each_component_is_checked_before_it_is_graded(name):
    sources = [cell.source for cell in CELLS[name]]
    for item in ITEMS:
        if item.notebook == name and len(item.components) > 1:
            graded = next(
                i for i, cell in enumerate(CELLS[name]) if cell.metadata.get("nbgrader", {}).get("grade")
            )
            places = [sources.index(f"check({component})") for component in item.components]
            assert places == sorted(places) and places[-1] < graded


def test_given_classes_are_in_their_notebook():
    for section in SECTIONS:
        sources = [cell.source for cell in code_cells(section.notebook)]
        assert all(any(source.startswith(f"class {given}:") for source in sources) for given in section.given)


# --- the .ipynb twins ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_source_ipynb_is_valid_and_holds_no_outputs(name):
    notebook = nbformat.read(ROOT / "source" / ASSIGNMENT / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs") and not cell.get("execution_count")
        assert set(cell.metadata) <= {"nbgrader", "tags"}


# --- they run -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> dict[str, list[Result]]:
    """All notebooks as their author runs them, with the solutions and the hidden tests, in a folder of their
    own.
    """
    folder, source = tmp_path_factory.mktemp("author"), ROOT / "source" / ASSIGNMENT
    cells = {name: nbformat.read(source / f"{name}.ipynb", as_version=4).cells for name in NOTEBOOKS}
    code = {name: [cell.source for cell in cells[name] if cell.cell_type == "code"] for name in NOTEBOOKS}
    return {name: sit(folder, code[name], library=ROOT) for name in NOTEBOOKS}


def output_of(cells: list[Result], words: str) -> str:
    """Text below the first cell that holds the words."""
    return next(cell.text for cell in cells if words in cell.source)


def test_source_runs_without_an_error_or_a_warning(executed, name):
    for cell in executed[name]:
        assert not cell.error and not cell.stderr, f"{cell.error}{cell.stderr}\n{cell.source}"


def test_source_passes_every_check(executed, name):
    for cell in executed[name]:
        for component in re.findall(r"^check\((\w+)", cell.source, re.M):
            assert re.search(rf"^{component}: all \d+ quantities agree with PyTorch$", cell.text, re.M)


def test_source_draws_its_pictures(executed):
    drawn = {name: sum(cell.pictures for cell in cells) for name, cells in executed.items()}
    assert (
        drawn["02_activation"] >= 1
        and drawn["04_loss"] >= 1
        and drawn["05_sgd"] >= 6
        and drawn["06_batchnorm"] >= 1
    )


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text)]


def test_worked_examples_give_the_handout_s_numbers(executed):
    Z = [10, -3, -16, 4, -1, -6, -2, 1, 4, -8, 3, 14]
    assert numbers(output_of(executed["01_linear"], "A @ W.T + ones @ b.T").split("shape (4, 3)")[-1]) == Z
    assert numbers(output_of(executed["01_linear"], "layer = Linear(2, 3)")) == Z
    assert "mean 0.813" in output_of(executed["04_loss"], "losses.append")
    normalized = output_of(executed["06_batchnorm"], "for j in range(2)")
    assert [line.split("BZ")[1] for line in normalized.splitlines() if "BZ" in line] == [
        " [-3.  1. -3.  1.]",
        " [ 7. -3. -3.  7.]",
    ]
    assert "mean 4.0, variance 9.0" in normalized and "mean 2.0, variance 4.0" in normalized


def test_trainings_do_what_the_text_says(executed):
    assert numbers(output_of(executed["05_sgd"], "loss after each epoch").split(":")[1]) == [0.693147] * 5
    tested = output_of(executed["05_sgd"], "evaluate_model(model, CrossEntropyLoss(), X_test, Y_test)")
    assert float(re.search(r"accuracy ([\d.]+)%", tested)[1]) >= 95
    rates = re.findall(
        r"learning rate (\S+), (\w+) batch norm: test accuracy ([\d.]+)%",
        output_of(executed["06_batchnorm"], "EPOCHS = "),
    )
    accuracy = {(rate, which): float(percent) for rate, which, percent in rates}
    assert min(accuracy["0.1", "without"], accuracy["0.1", "with"], accuracy["1.0", "with"]) > 90
    assert accuracy["1.0", "without"] < 30
