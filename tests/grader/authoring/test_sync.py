"""grader sync: the three forms of a section say the same, in the repository and after every kind of edit."""

import base64
import errno
import json
import os
import re
import shutil
import subprocess
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path

import nbformat
import pytest
from support.own import ASSIGNMENT, NOTEBOOKS, OWN
from support.repository import COMMIT

import grader.__main__ as grader
from grader.authoring.figures import bring_along, copy_figures
from grader.authoring.generated import generated
from grader.authoring.prose import with_course_facts
from grader.authoring.sync import ROOT, listing, stale, sync
from grader.authoring.two_forms import read_text, twin
from grader.authoring.written import LIST, note_save
from mytorch.check import standard
from mytorch.check.reference import ReferenceMissing
from mytorch.check.trace import Trace
from mytorch.course import SECTIONS, modules
from mytorch.export import ExportError

TWIN = Path("source") / ASSIGNMENT / "01_linear.ipynb"
EXPORT = Path("mytorch/nn/linear.py")


@pytest.fixture(autouse=True, scope="module")
def texts_read_once():
    """Each test has the same notebooks, or changes one; whoever asks gets a copy."""
    read_once = cache(read_text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.authoring.generated.read_text", lambda text: deepcopy(read_once(text)))
        yield


def spoilt(course: Path, change) -> str:
    """What sync says of a twin that JupyterLab saved."""
    notebook = nbformat.read(course / TWIN, as_version=4)
    change(next(cell for cell in notebook.cells if cell.cell_type == "markdown"))
    nbformat.write(notebook, course / TWIN)
    before = (course / TWIN).read_bytes()
    with pytest.raises(ExportError) as error:
        sync(course)
    assert (course / TWIN).read_bytes() == before
    return str(error.value)


def test_what_a_text_notebook_cannot_hold_is_not_lost_without_a_word(course):
    picture = {"a.png": {"image/png": base64.b64encode(b"PNG").decode()}}
    assert "a pasted picture" in spoilt(course, lambda cell: cell.update(attachments=picture))
    shutil.copy(ROOT / TWIN, course / TWIN)
    assert "+++" in spoilt(course, lambda cell: cell.update(source="one\n+++\ntwo"))


def test_an_answers_place_without_a_word_stays():
    answer = '+++ {"nbgrader": {"grade": true, "grade_id": "why", "solution": true}}\n'
    cells = read_text(f"# A\n\n{answer}\n+++\n\nB\n\n{answer}\n```{{code-cell}}\n1\n```\n{answer}").cells
    assert [cell.source for cell in cells] == ["# A", "", "B", "", "1", ""]
    assert [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells[1::2]] == ["why"] * 3


FIGURE = Path("source") / ASSIGNMENT / "figures" / "mlp0.svg"
PYTHON = {Path(*module.split(".")).with_suffix(".py") for module in modules()}
PYTHON |= {path.with_name("__init__.py") for path in PYTHON}
RECORDED = [standard.path_of(section).relative_to(ROOT) for section in SECTIONS]


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """A copy of everything that sync reads and writes, which the commands take for the repository."""
    for folder in ("notebooks", f"source/{ASSIGNMENT}"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    copy_figures(tmp_path / "source" / ASSIGNMENT, tmp_path / "notebooks" / "figures")
    for path in (*PYTHON, *RECORDED, LIST):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    monkeypatch.setattr("grader.authoring.sync.ROOT", tmp_path)
    return tmp_path


def files(folder: Path) -> dict[Path, tuple[bytes, int]]:
    """Every file with its content and time."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}


def same(path: Path, content: bytes, other: bytes) -> bool:
    """A recording's last digits are those of the processor on which it was made."""
    if path in RECORDED:
        return standard.says_the_same(content.decode(), other.decode())
    return content == other


def edit_notebook(path: Path, change) -> None:
    notebook = nbformat.read(path, as_version=4)
    change(notebook.cells)
    nbformat.write(notebook, path)


# --- the repository -----------------------------------------------------------------------------------------


def test_the_repository_is_in_step():
    assert stale(ROOT) == []


def test_the_repository_s_files_are_what_sync_writes():
    """Not only the same in essence: sync on a fresh checkout changes no byte. PyTorch's last digits are
    left out: they may differ from one processor to the other.
    """
    written = {path: content for path, content in generated(ROOT).items() if path.name != standard.FILE}
    assert [path for path, content in written.items() if path.read_bytes() != content] == []
    assert (ROOT / LIST).read_text(encoding="utf-8") == listing(ROOT, written)


def test_everything_is_generated_from_text():
    paths = {path.relative_to(ROOT) for path in generated(ROOT)}
    assert {path for path in paths if path.suffix == ".ipynb"} == {TWIN.with_stem(name) for name in NOTEBOOKS}
    assert {path for path in paths if path.suffix == ".py"} == PYTHON
    assert {path.relative_to(ROOT) for path in (ROOT / "source" / ASSIGNMENT).glob("*.*")} <= paths


# --- sync ---------------------------------------------------------------------------------------------------


def test_sync_writes_nothing_when_all_is_in_step(course):
    before = files(course)
    assert sync(course) == [] and stale(course) == []
    assert files(course) == before


def test_sync_makes_everything_from_the_text_alone(course):
    before = files(course)
    shutil.rmtree(course / "source")
    shutil.rmtree(course / "mytorch")
    pictures = [path for path in before if path.parent == FIGURE.parent and path.suffix == ".svg"]
    made = [path for path in generated(course) if path.parent.name != "notebooks"]
    assert sorted(sync(course)) == sorted([*made, *(course / path for path in pictures)])
    now = files(course)
    assert now.keys() == before.keys()
    assert [path for path in before if not same(path, now[path][0], before[path][0])] == []


def test_generating_twice_gives_the_same_bytes(course):
    assert generated(course) == generated(course)


def edit_text(course):
    path = course / "notebooks" / "01_linear.md"
    path.write_text(
        path.read_text(encoding="utf-8").replace("A linear layer connects", "A layer connects"),
        encoding="utf-8",
    )


def edit_solution(course):
    path = course / "notebooks" / "01_linear.md"
    path.write_text(
        path.read_text(encoding="utf-8").replace("self.N = A.shape[0]", "self.N = len(A)"), encoding="utf-8"
    )


def edit_prose_of_twin(course):
    edit_notebook(course / TWIN, lambda cells: cells[0].update(source=cells[0].source + " More."))


def edit_code_of_twin(course):
    edit_notebook(course / TWIN, lambda cells: cells[1].update(source="import numpy as np"))


def add_cell_to_twin(course):
    edit_notebook(course / TWIN, lambda cells: cells.append(nbformat.v4.new_markdown_cell("New.")))


def move_cell_of_twin(course):
    edit_notebook(course / TWIN, lambda cells: cells.insert(2, cells.pop(1)))


def tag_cell_of_twin(course):
    edit_notebook(course / TWIN, lambda cells: cells[1].metadata.update(tags=["hide-input"]))


def change_points_in_twin(course):
    def change(cells):
        next(
            cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")
        ).metadata.nbgrader.points = 16

    edit_notebook(course / TWIN, change)


def leave_output_in_twin(course):
    output = nbformat.v4.new_output("stream", name="stdout", text="1\n")
    edit_notebook(course / TWIN, lambda cells: cells[1].update(outputs=[output]))


def edit_export(course):
    with (course / EXPORT).open("a", encoding="utf-8") as file:
        file.write("# by hand\n")


EDITS = {
    edit_text: [TWIN],
    edit_solution: [TWIN, EXPORT],
    leave_output_in_twin: [TWIN],
    (lambda course: (course / TWIN).unlink()): [TWIN],
    (lambda course: (course / TWIN).write_text("")): [TWIN],
    (lambda course: (course / EXPORT).unlink()): [EXPORT],
}


@pytest.mark.parametrize("edit, paths", EDITS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_what_does_not_say_what_the_text_says_is_found_and_mended_from_it(course, edit, paths):
    edit(course)
    sentence = "{} does not match the notebooks: run 'make sync' and commit the result."
    assert stale(course) == [sentence.format(path) for path in paths]
    assert sync(course) == [course / path for path in paths]
    edit_text(course)  # then again, before anything is committed
    assert course / TWIN in (sync(course) if edit is not edit_text else [course / TWIN])


# --- edits of what is generated -----------------------------------------------------------------------------

TAKEN_OVER = (edit_prose_of_twin, edit_code_of_twin, add_cell_to_twin, move_cell_of_twin, tag_cell_of_twin)


def refuse(course: Path, path: Path, edit, *arguments: str) -> str:
    """What sync says to an edit. Nothing is written, and the doctor's advice is the same."""
    edit(course)
    before = files(course)
    with pytest.raises(ExportError) as error:
        sync(course)
    assert files(course) == before
    assert stale(course) == [str(error.value)] and str(error.value).startswith(f"{path} ")
    return str(error.value)


@pytest.mark.parametrize("edit", TAKEN_OVER)
def test_an_edit_of_a_twin_is_not_overwritten_and_can_be_taken_over(course, capsys, edit):
    assert f"grader sync --from {TWIN}" in refuse(course, TWIN, edit)
    before, wanted = files(course), nbformat.read(course / TWIN, as_version=4)
    assert grader.main(["sync", "--from", str(course / TWIN)]) == 0
    assert stale(course) == [] and "too" not in capsys.readouterr().out.replace(str(course), "")
    taken = nbformat.read(course / TWIN, as_version=4)
    assert [(cell.source, cell.metadata) for cell in taken.cells] == [
        (cell.source, cell.metadata) for cell in wanted.cells
    ]
    others = {path for path, file in files(course).items() if file != before.get(path)}
    assert others - {TWIN, EXPORT} == {Path("notebooks/01_linear.md"), LIST}


def test_an_edit_that_is_taken_over_changes_no_other_line_of_the_text(course):
    text = course / "notebooks" / "01_linear.md"
    before = text.read_text(encoding="utf-8").splitlines()
    edit_prose_of_twin(course)
    assert grader.main(["sync", "--from", str(course / TWIN)]) == 0
    now = text.read_text(encoding="utf-8").splitlines()
    assert [line for line in now if line not in before] == [
        f"{nbformat.read(course / TWIN, 4).cells[0].source.splitlines()[-1]}"
    ]
    assert len(now) == len(before)


def test_where_both_were_edited_neither_is_lost(course, capsys):
    edit_text(course)
    text = (course / "notebooks" / "01_linear.md").read_bytes()
    edit_code_of_twin(course)
    with pytest.raises(ExportError, match="--from"):
        sync(course)
    assert (course / "notebooks" / "01_linear.md").read_bytes() == text
    assert grader.main(["sync", "--from", str(course / TWIN)]) == 0
    assert "as it was, it is in kept/01_linear.md" in capsys.readouterr().out
    assert (course / "kept" / "01_linear.md").read_bytes() == text


def test_what_comes_from_the_sections_is_not_taken_over_and_not_lost(course, capsys):
    change_points_in_twin(course)
    before = files(course)
    assert grader.main(["sync", "--from", str(course / TWIN)]) == 1
    assert "come from mytorch/sections/linear/__init__.py: points: 16." in capsys.readouterr().err
    assert files(course) == before


@pytest.mark.parametrize("content", ["[1]", "<<<<<<< HEAD"])
def test_what_is_no_notebook_any_more_is_not_overwritten_either(course, capsys, content):
    refuse(course, TWIN, lambda course: (course / TWIN).write_text(content))
    assert grader.main(["sync", "--from", str(course / TWIN)]) == 1
    assert capsys.readouterr().err == f"grader: {TWIN} is no notebook.\n"


def test_an_edit_of_an_export_is_not_overwritten(course):
    assert f"delete {EXPORT}" in refuse(course, EXPORT, edit_export)


def test_an_edit_of_a_copied_picture_is_not_overwritten(course):
    assert "notebooks/figures/mlp0.svg" in refuse(
        course, FIGURE, lambda course: (course / FIGURE).write_text("<svg/>")
    )
    copy_figures(course / "source" / ASSIGNMENT, course / "notebooks" / "figures")
    assert (course / FIGURE).read_text() == "<svg/>"


def test_pictures_that_an_older_version_copied_are_no_edits(course):
    """It kept no digests of them."""
    ignored = (course / FIGURE).with_name(".gitignore")
    ignored.write_text("".join(line for line in ignored.open() if not line.startswith("#")))
    (course / FIGURE).write_text("<svg/>")
    copy_figures(course / "source" / ASSIGNMENT, course / "notebooks" / "figures")
    assert (course / FIGURE).read_bytes() == (course / "notebooks" / "figures" / "mlp0.svg").read_bytes()


def test_generating_warns_of_a_forgotten_sync(course, caplog):
    """nbgrader's hook; what JupyterLab saved in both forms needs no warning."""
    edit_text(course)
    twins = [str(course / TWIN), str(course / TWIN.with_stem("02_activation"))]
    bring_along(twins)
    [record] = caplog.records
    assert record.getMessage().startswith(f"{TWIN} is older than notebooks/01_linear.md")
    text = (course / "notebooks" / "01_linear.md").read_text(encoding="utf-8")
    (course / TWIN).write_text(twin(read_text(text)), encoding="utf-8")
    bring_along(twins)
    assert len(caplog.records) == 1


def test_what_jupyterlab_saved_in_both_forms_is_no_edit(course):
    """Then, before a sync, the text is edited."""
    edit_code_of_twin(course)
    note_save(course, course / TWIN, (course / TWIN).read_bytes())
    edit_text(course)
    assert sync(course) == [course / TWIN] and not (course / "kept").exists()


def test_what_git_has_is_no_edit_though_the_list_was_not_committed(course):
    """But a twin that was committed with an edit is one."""
    (course / LIST).unlink()
    for command in (["init", "-q"], ["add", "-A"], COMMIT):
        subprocess.run(["git", *command], cwd=course, check=True)
    edit_solution(course)
    assert sync(course) == [course / TWIN, course / EXPORT]
    (course / LIST).unlink()
    edit_code_of_twin(course)
    for command in (["add", "-A"], COMMIT):
        subprocess.run(["git", *command], cwd=course, check=True)
    with pytest.raises(ExportError, match="--from"):
        sync(course)


def test_a_row_of_a_table_that_sync_writes_is_kept_aside_when_somebody_edited_it(course):
    for command in (["init", "-q"], ["add", "-A"], COMMIT):
        subprocess.run(["git", *command], cwd=course, check=True)
    path = course / "notebooks" / "00_start_here.md"
    committed = path.read_text(encoding="utf-8")
    path.write_text(committed.replace("| get started |", "| get going |"), encoding="utf-8")
    edited = path.read_bytes()
    assert sync(course) == [course / "kept" / path.name, path]
    assert path.read_text(encoding="utf-8") == committed
    assert (course / "kept" / path.name).read_bytes() == edited


def test_what_another_program_wrote_is_kept_when_jupyterlab_saves_over_it(course):
    saved = (course / TWIN).read_bytes()
    for edit in (edit_code_of_twin, add_cell_to_twin):
        edit(course)
        edited = (course / TWIN).read_bytes()
        note_save(course, course / TWIN, saved)
        (course / TWIN).write_bytes(saved)
        assert edited in {path.read_bytes() for path in (course / "kept").iterdir()}
    assert {path.name for path in (course / "kept").iterdir()} == {"01_linear.ipynb", "01_linear-2.ipynb"}


def test_what_a_save_in_jupyterlab_changes_does_not_count(course):
    """Ids of cells, the notebook's metadata and the layout of the JSON."""
    notebook = json.loads((course / TWIN).read_text(encoding="utf-8"))
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"id-{number}"
        cell["source"] = "".join(cell["source"])
    notebook["metadata"]["widgets"] = {}
    (course / TWIN).write_text(json.dumps(notebook), encoding="utf-8")
    assert stale(course) == []


def test_pictures_lie_beside_the_notebooks_that_show_them_and_outside_git(course):
    sync(course)
    drawn = course / "notebooks" / "figures" / FIGURE.name
    for change in ((course / FIGURE).unlink, lambda: drawn.write_text("<svg/>")):
        change()
        assert stale(course) == [] and sync(course) == [course / FIGURE]
        assert (course / FIGURE).read_bytes() == drawn.read_bytes()
    copies = {path.name for path in (course / FIGURE).parent.glob("*.svg")}
    ignored = (course / FIGURE).with_name(".gitignore").read_text().splitlines()
    assert {f"/{name}" for name in copies | {".gitignore"}} == {
        line for line in ignored if not line.startswith("#")
    }


def test_a_new_picture_is_copied(course):
    shutil.copy(course / "notebooks" / "figures" / FIGURE.name, course / "notebooks" / "figures" / "new.svg")
    sync(course)
    text = course / "notebooks" / "01_linear.md"
    text.write_text(text.read_text(encoding="utf-8") + "\n![A new one](figures/new.svg)\n", encoding="utf-8")
    assert sync(course) == [course / TWIN, (course / FIGURE).with_name("new.svg")]


def test_a_cell_s_id_depends_on_its_content_and_place_only(course):
    before = nbformat.read(course / TWIN, as_version=4)
    edit_text(course)
    sync(course)
    after = nbformat.read(course / TWIN, as_version=4)
    changed = [new.source for old, new in zip(before.cells, after.cells, strict=True) if old.id != new.id]
    assert changed == [after.cells[0].source]
    assert len({cell.id for cell in after.cells}) == len(after.cells)


def test_points_stand_in_the_sections_alone():
    """With others there, no old number is left beside the word."""
    others = [
        replace(section, items=[replace(item, points=item.points + 300) for item in section.items])
        for section in OWN.sections
    ]
    texts = {name: (ROOT / "notebooks" / f"{name}.md").read_text(encoding="utf-8") for name in NOTEBOOKS}
    made = with_course_facts(texts, replace(OWN, sections=tuple(others)))
    for section in OWN.sections:
        for points in {section.points, *(item.points for item in section.items)}:
            assert not re.search(rf"\b{points} points", made[section.notebook]), section.notebook


@pytest.mark.parametrize("module, name", modules().items())
def test_exports_say_where_they_come_from(module, name):
    first = ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8").splitlines()[0]
    assert first == f'"""Exported from notebooks/{name}.md. Edit the notebook, then run \'make sync\'."""'


# --- the commands -------------------------------------------------------------------------------------------


def test_looking_for_what_is_stale_changes_nothing(course):
    """``grader doctor`` says it; see test_doctor.py."""
    edit_solution(course)
    before = files(course)
    assert stale(course) == [
        f"{TWIN} does not match the notebooks: run 'make sync' and commit the result.",
        f"{EXPORT} does not match the notebooks: run 'make sync' and commit the result.",
    ]
    assert files(course) == before


def test_sync_says_what_it_wrote(course, capsys):
    edit_solution(course)
    assert grader.main(["sync"]) == 0
    lines = [f"written: {TWIN}", f"written: {EXPORT}", "2 files brought in step with notebooks/."]
    assert capsys.readouterr().out.splitlines() == lines
    assert grader.main(["sync"]) == 0
    assert capsys.readouterr().out == "Everything is in step.\n"


def test_sync_in_a_course_without_a_class_says_so(course, capsys):
    path = course / "notebooks" / "01_linear.md"
    path.write_text(
        path.read_text(encoding="utf-8").replace("class Linear:", "class Layer:"), encoding="utf-8"
    )
    assert grader.main(["sync"]) == 1
    assert capsys.readouterr().err == "grader: notebooks/01_linear.md: No cell defines Linear.\n"


def test_sync_without_a_notebook_says_so(course, capsys):
    (course / "notebooks" / "01_linear.md").unlink()
    assert grader.main(["sync"]) == 1
    assert "01_linear.md" in capsys.readouterr().err


@pytest.mark.parametrize(
    "old, new",
    [
        ("  grade_id: Linear\n", "  grade_id: [Linear\n"),
        ("nbgrader:\n", "nbgrader: Linear\nother:\n"),
        ("kernelspec:", "a: ["),
    ],
)
def test_metadata_that_cannot_be_read_is_said_with_its_notebook(course, capsys, old, new):
    path = course / "notebooks" / "01_linear.md"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    assert grader.main(["sync"]) == 1
    assert grader.main(["sync", "--from", str(course / TWIN)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2 and all(line.startswith("grader: notebooks/01_linear.md: ") for line in said)


@pytest.mark.parametrize("number, words", [(errno.EROFS, "read-only"), (errno.ENOSPC, "make room")])
def test_a_disk_that_takes_nothing_is_said_with_the_folder(course, monkeypatch, capsys, number, words):
    def refuse(*arguments, **options):
        raise OSError(number, os.strerror(number), "/somewhere/.01_linear.ipynb.8bcg8ox3")

    edit_text(course)
    monkeypatch.setattr("tempfile.mkstemp", refuse)
    assert grader.main(["sync"]) == 1
    said = capsys.readouterr().err
    assert str((course / TWIN).parent) in said and words in said and "8bcg8ox3" not in said


def test_ctrl_c_while_a_command_is_loaded_stops_it(monkeypatch, capsys):
    def interrupt(name):
        raise KeyboardInterrupt

    monkeypatch.setattr("importlib.import_module", interrupt)
    assert grader.main(["doctor"]) == 130 and capsys.readouterr().err == "grader: Stopped.\n"


def test_a_section_is_begun_though_sync_is_hindered(course, monkeypatch, capsys):
    """The skeleton stays, and what hinders is said above."""
    monkeypatch.setattr("grader.authoring.section.ROOT", course)
    monkeypatch.setattr("subprocess.run", lambda command, **_: subprocess.CompletedProcess(command, 1))
    assert grader.main(["section", "dropout"]) == 1
    assert "make section NAME=dropout" in capsys.readouterr().err
    assert (course / "notebooks" / "07_dropout.md").exists()


# --- what PyTorch yields ------------------------------------------------------------------------------------


def change_a_number(path: Path, by: float) -> None:
    """Of a recording: the largest one of its first array that has any."""
    data = json.loads(path.read_text())
    entry = next(
        one for one in data["traces"][0]["entries"] if Trace.from_json(just(data, one)).entries[0].value.any()
    )
    value = Trace.from_json(just(data, entry)).entries[0].value.copy()
    value.flat[abs(value).argmax()] *= 1 + by
    entry["value"]["float64"] = base64.b64encode(value.tobytes()).decode()
    path.write_text(json.dumps(data))


def just(data: dict, entry: dict) -> dict:
    """The recording's first trace, with one entry."""
    return {**data["traces"][0], "entries": [entry]}


def test_a_recording_of_other_numbers_is_stale_and_made_again(course):
    path = course / RECORDED[0]
    before = path.read_bytes()
    change_a_number(path, by=1e-6)
    assert stale(course) == [f"{RECORDED[0]} does not match PyTorch: run 'make sync' and commit the result."]
    assert sync(course) == [path] and path.read_bytes() == before


def test_last_digits_of_another_pytorch_change_nothing(course):
    path = course / RECORDED[0]
    change_a_number(path, by=1e-15)
    before = path.read_bytes()
    assert stale(course) == [] and sync(course) == [] and path.read_bytes() == before


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"torch": "2", "traces": [{}]}'])
def test_what_is_no_recording_is_made_again(course, content):
    path = course / RECORDED[0]
    path.write_text(content)
    assert sync(course) == [path]


def test_without_pytorch_sync_says_what_it_needs(course, monkeypatch, capsys):
    def missing(name, seed, options):
        raise ReferenceMissing("torch is not installed here.")

    monkeypatch.setattr("grader.authoring.generated.live", missing)
    assert grader.main(["sync"]) == 1
    assert "recorded from PyTorch. torch is not installed here." in capsys.readouterr().err
