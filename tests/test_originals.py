"""reset and repair: the notebooks as they were handed out, and the course's cells around one's own code."""

import json
from copy import deepcopy
from pathlib import Path

import pytest
from support.own import ROOT

from mytorch import originals
from mytorch.originals import damage, grade_id, repair, reset, saved_cells, source_of

NAME = "02_activation"
MINE = "class Tanh:\n    def forward(self, Z):\n        return Z"
OWN = {
    "cell_type": "code",
    "id": "own",
    "metadata": {},
    "outputs": [],
    "execution_count": 1,
    "source": "1 + 1",
}


@pytest.fixture
def path(tmp_path, monkeypatch) -> Path:
    """A notebook in a folder whose originals are the repository's."""
    text = (ROOT / "source" / "hw1" / f"{NAME}.ipynb").read_text(encoding="utf-8")
    monkeypatch.setattr(originals, "FOLDER", tmp_path / "originals")
    (tmp_path / "originals").mkdir()
    (tmp_path / "originals" / f"{NAME}.json").write_text(text, encoding="utf-8")
    (tmp_path / f"{NAME}.ipynb").write_text(text, encoding="utf-8")
    return tmp_path / f"{NAME}.ipynb"


def cells_in(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def change(path: Path, edit) -> None:
    """``edit(cells, place)`` changes them; ``place("Tanh-code")``: where that id or text is."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = notebook["cells"]

    def place(words: str) -> int:
        return next(i for i, c in enumerate(cells) if c["id"] == words or source_of(c).startswith(words))

    edit(cells, place)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def write(cell: dict, source: str, cell_type: str = "code") -> None:
    cell.update(source=source, cell_type=cell_type)


def test_the_ends_of_lines_of_another_system_are_no_change(path):
    def with_ends(cells, place):
        for cell in cells:
            cell["source"] = source_of(cell).replace("\n", "\r\n")

    change(path, with_ends)
    assert damage(NAME, saved_cells(path)) == [] and repair(path) == ([], None)


def delete_all(cells, place):
    cells[:] = [deepcopy(OWN)]


def delete_a_text(cells, place):
    del cells[place("## Tanh")]


def delete_a_graded_cell(cells, place):
    del cells[place("Activations")]


def empty_several(cells, place):
    for words in ("Tanh-code", "## Tanh", "check(Tanh)"):
        write(cells[place(words)], "", cells[place(words)]["cell_type"])


def retype_several(cells, place):
    for words in ("Tanh-code", "## Tanh", "check(Tanh)"):
        cells[place(words)]["cell_type"] = "raw"


def double_a_graded_cell(cells, place):
    cells.append(deepcopy(cells[place("Activations")]))


def double_an_answer(cells, place):
    cells.insert(place("Tanh-code"), cells[place("Tanh-code")] | {"source": ["class Tanh: pass"]})


def change_a_graded_cell(cells, place):
    write(cells[place("Activations")], "mine = 1")


@pytest.mark.parametrize(
    "edit",
    [
        *(delete_all, delete_a_text, delete_a_graded_cell, empty_several, retype_several),
        *(double_a_graded_cell, double_an_answer, change_a_graded_cell),
    ],
)
def test_repair_brings_back_the_course_s_cells_and_keeps_one_s_own(path, edit):
    original = cells_in(path)
    change(path, lambda cells, place: cells.insert(5, deepcopy(OWN)))
    change(path, edit)
    before = path.read_bytes()
    own = [source_of(cell) for cell in cells_in(path) if cell["id"] == "own"]
    done, kept = repair(path)
    mended = cells_in(path)
    assert [cell for cell in mended if cell["id"] in {cell["id"] for cell in original}] == original
    others = [source_of(cell) for cell in mended if cell["id"] not in {cell["id"] for cell in original}]
    extra = {double_an_answer: "class Tanh: pass", change_a_graded_cell: "mine = 1"}.get(edit)
    assert sorted(others) == sorted([*own, *([extra] if extra else [])])
    assert len({cell["id"] for cell in mended}) == len(mended)
    assert done and kept.read_bytes() == before
    assert repair(path) == ([], None), "nothing is left to be mended"


def test_an_answer_stays_where_it_is_and_is_never_written_over(path):
    """The cell was deleted, emptied or made a text, and the class is written in a cell of one's own."""
    written = {**OWN, "source": MINE}
    for spoil in (lambda cells, k: cells.pop(k), lambda cells, k: write(cells[k], "")):

        def edit(cells, place, spoil=spoil):
            spoil(cells, place("Tanh-code"))
            cells.append(deepcopy(written))

        content = path.read_text()
        change(path, edit)
        assert repair(path)[0] == ["the cell for Tanh had lost its name"]
        (answer,) = [cell for cell in cells_in(path) if "class Tanh" in source_of(cell)]
        assert (grade_id(answer), source_of(answer)) == ("Tanh-code", MINE)
        path.write_text(content)

    change(path, lambda cells, place: write(cells[place("Tanh-code")], MINE, "markdown"))
    repair(path)
    (answer,) = [cell for cell in cells_in(path) if grade_id(cell) == "Tanh-code"]
    assert (answer["cell_type"], source_of(answer)) == ("code", MINE)


def test_experiments_in_the_course_s_cells_stay(path):
    def edit(cells, place):
        cells[place("Z = np.array")]["source"] = [*cells[place("Z = np.array")]["source"], "\nprint(Z * 2)"]
        write(cells[place("## Tanh")], "own = 2")  # a text made a cell of code
        for cell in cells:  # as Colab does
            cell["id"] += "x"

    original = cells_in(path)
    change(path, edit)
    assert damage(NAME, saved_cells(path)) == []
    repair(path)
    sources = [source_of(cell) for cell in cells_in(path)]
    assert len(sources) == len(original) + 1
    assert "own = 2" in sources and sum("print(Z * 2)" in source for source in sources) == 1
    assert any(source.startswith("## Tanh") for source in sources)


def test_code_written_into_a_text_s_cell_stays_and_the_text_comes_back(path):
    change(path, lambda cells, place: write(cells[place("## Tanh")], "own = 2"))
    done, _ = repair(path)
    sources = [source_of(cell) for cell in cells_in(path)]
    assert done and "own = 2" in sources and any(source.startswith("## Tanh") for source in sources)
    assert next(cell for cell in cells_in(path) if source_of(cell) == "own = 2")["cell_type"] == "code"
    assert len({cell["id"] for cell in cells_in(path)}) == len(sources)


def test_no_two_cells_have_one_id_where_one_has_the_course_s_id_and_another_its_name(path):
    """As where a program has dropped what nbgrader says of a cell, and the student has pasted a copy."""

    def edit(cells, place):
        cells.append({**deepcopy(cells[place("Tanh-code")]), "id": "pasted"})
        cells[place("Tanh-code")].update(metadata={}, source="first = 1")
        del cells[place("## Tanh")]

    change(path, edit)
    repair(path)
    ids = [cell["id"] for cell in cells_in(path)]
    assert len(set(ids)) == len(ids) and ids.count("Tanh-code") == 1
    assert "first = 1" in [source_of(cell) for cell in cells_in(path)]


def test_what_matters_to_grading_is_said(path):
    change(path, empty_several)
    change(path, double_a_graded_cell)
    assert damage(NAME, saved_cells(path)) == [
        "the graded cell Activations stood there twice",
        "the cell for Tanh was emptied",
    ]


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"cells": [{"cell_type": "code"}], "nbformat": 4}', '{"worksheets": []}']
)
def test_what_is_no_notebook_is_left_alone(path, content):
    path.write_text(content)
    with pytest.raises(ValueError):
        repair(path)
    assert path.read_text() == content


def test_reset_keeps_what_was_there(path):
    original = path.read_bytes()
    change(path, delete_all)
    mine = path.read_bytes()
    kept = reset(path)
    assert path.read_bytes() == original and kept.read_bytes() == mine
    assert kept.name.startswith(f"{NAME}_yours_")
    path.unlink()
    assert reset(path) is None and path.read_bytes() == original
