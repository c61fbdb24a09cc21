"""Who writes a section forgets a file or misspells a name: one sentence says which, and where."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support.own import ROOT
from support.repository import copy_repository

from grader.authoring import parts
from grader.authoring.generated import recorded_files
from grader.authoring.sync import sync
from mytorch.check.backends import Reference
from mytorch.course import SECTIONS
from mytorch.export import ExportError
from mytorch.syllabus import Box, Item

SECTION = next(section for section in SECTIONS if section.blanks and section.explorers)
FOLDER = SECTION.package.replace(".", "/")
[NAME, *_] = SECTION.components


def test_the_course_s_own_sections_fit():
    assert parts.misfits(ROOT) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"items": [Item("Nrom", points=10)]}, "contract.py: CONTRACTS lacks Nrom."),
        ({"items": [Item(NAME, points="10")]}, f"__init__.py: {NAME} has points='10'; points are whole num"),
        ({"items": [Item(NAME, points=7.5)]}, f"__init__.py: {NAME} has points=7.5; points are whole numbe"),
        ({"items": [Item(NAME, points=-1)]}, f"__init__.py: {NAME} has points=-1; points are whole numbers,"),
        ({"boxes": [Box("It", ["Nrom"])]}, "__init__.py: a box is ticked by Nrom, and there is no such cla"),
        ({"blanks": [*SECTION.blanks, 99]}, "blanks.py: EQUATIONS lacks 99."),
        ({"blanks": SECTION.blanks[1:]}, "blanks.py: EQUATIONS has"),
        ({"explorers": {"nope": "It."}}, "__init__.py: names the explorer nope, and there is no explorers/"),
        ({"notebook": "09_nope"}, "__init__.py: notebook='09_nope', and there is no notebooks/09_nope.md."),
        ({"module": "nope"}, "__init__.py: module='nope'; it should be like mytorch.nn."),
        ({"given": ["Nope"]}, "reference.py: needs 'class Nope(Reference)'."),
        ({"module": SECTIONS[-1].module}, f"the module {SECTIONS[-1].module} stands 2 times in mytorch/sect"),
    ],
)
def test_a_front_page_that_promises_what_is_not_there(monkeypatch, changes, words):
    others = [section for section in SECTIONS if section is not SECTION]
    monkeypatch.setattr(parts, "SECTIONS", [replace(SECTION, **changes), *others])
    found = parts.misfits(ROOT)
    assert any(one.removeprefix(f"{FOLDER}/").startswith(words) for one in found), found
    with pytest.raises(ExportError, match=re.escape(words)):
        sync(ROOT)


@pytest.mark.parametrize(
    ("part", "name", "value", "words"),
    [
        ("contract", "CONTRACTS", {}, f"contract.py: CONTRACTS lacks {NAME}"),
        ("mistakes", "MISTAKES", {"Nrom": ()}, "mistakes.py: MISTAKES has Nrom, and no item has."),
        ("reference", NAME, object, f"reference.py: needs 'class {NAME}(Reference)'."),
    ],
)
def test_a_part_with_another_name(monkeypatch, part, name, value, words):
    monkeypatch.setattr(SECTION.load(part), name, value)
    assert any(one.startswith(f"{FOLDER}/{words}") for one in parts.misfits(ROOT))


def test_a_part_that_is_not_there(monkeypatch):
    monkeypatch.setattr("mytorch.syllabus.Section.load", lambda section, part: None)
    found = parts.misfits(ROOT)
    assert {f"{FOLDER}/blanks.py is not there.", f"{FOLDER}/contract.py is not there."} <= {*found}


def test_a_probe_and_its_contract_name_the_same_quantities(monkeypatch):
    contracts = SECTION.load("contract").CONTRACTS
    first, *others = contracts[NAME].quantities
    monkeypatch.setitem(contracts, NAME, replace(contracts[NAME], quantities=tuple(others)))
    with pytest.raises(ExportError) as error:
        recorded_files(ROOT)
    where = f"{FOLDER}/contract.py: the probe of {NAME}"
    assert str(error.value) == f"{where} yields {first.id}, which its Contract does not list."
    more = (first, replace(first, name="never"), *others)
    monkeypatch.setitem(contracts, NAME, replace(contracts[NAME], quantities=more))
    with pytest.raises(ExportError) as error:
        recorded_files(ROOT)
    assert str(error.value).startswith(f"{where} never yields {first.what} never, which its Contract lists.")


def test_a_reference_that_stops_in_its_own_probe(monkeypatch):
    contracts = SECTION.load("contract").CONTRACTS
    cases = (*contracts[NAME].cases, {"nope": 3})
    monkeypatch.setitem(contracts, NAME, replace(contracts[NAME], cases=cases))
    with pytest.raises(ExportError, match=f"{NAME}'s reference fails its own probe: TypeError: .*'nope'"):
        recorded_files(ROOT)
    assert issubclass(getattr(SECTION.load("reference"), NAME), Reference)


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    copy_repository(folder := tmp_path_factory.mktemp("course"))
    return folder


# no two of one length: Python would take a file of the same second and size for the one that it has compiled
@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("__init__.py", "blanks=[", "blanks=[,", r"__init__\.py, line \d+: SyntaxError: invalid syntax"),
        ("__init__.py", "summary=", "sumary=", r"__init__\.py, line \d+: TypeError: .*'sumary'"),
        (
            "__init__.py",
            "points=",
            "components='Abc', points=",
            r"line \d+: TypeError: components='Abc' is one",
        ),
        ("__init__.py", "section = ", "the_section = ", "names no section."),
        ("contract.py", "CONTRACTS = {", "CONTRACTS = {{", r"contract\.py, line \d+: SyntaxError: "),
        ("reference.py", "import ", "import nope, ", r"reference\.py, line \d+: "),
    ],
)
def test_a_file_of_a_section_that_cannot_be_loaded(copy, file, old, new, words):
    path = copy / FOLDER / file
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace(old, new, 1), encoding="utf-8")
    command = subprocess.run(
        [sys.executable, "-m", "grader", "sync"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
    )
    path.write_text(before, encoding="utf-8")
    assert command.returncode == 1
    assert re.fullmatch(rf"grader: .*{words}.*\n", command.stderr)
