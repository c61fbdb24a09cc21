"""A made-up class: independent hand-ins, and copies with known disguises.

A copy takes over somebody's classes and disguises them; prose and experiments stay the copier's own unless
the disguise says otherwise.
"""

import json
import random
import textwrap
from pathlib import Path

import nbformat

from mytorch.course import COMPONENTS, ITEM_OF
from support.bank import BANKED, RIGHT, WRONG
from support.disguises import Disguise, is_code, recommented, reformatted, renamed
from support.made_up_student import WRITTEN, Draft, Student


class Release:
    """The released notebooks, in memory: name -> notebook. ``lean``: only their cells to work in, quicker to
    read.
    """

    def __init__(self, notebooks: dict, lean: bool = False):
        self.notebooks = {stem: json.loads(nbformat.writes(notebook)) for stem, notebook in notebooks.items()}
        if lean:
            for notebook in self.notebooks.values():
                notebook["cells"] = [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
        self.skeletons = {}
        for name in COMPONENTS:
            for cell in self.notebooks[ITEM_OF[name].notebook]["cells"]:
                if cell["metadata"].get("nbgrader", {}).get("grade_id") == f"{name}-code":
                    self.skeletons[name] = "".join(cell["source"])

    def write(self, folder: Path, draft: Draft) -> None:
        """A hand-in: ``folder``/01_linear.ipynb and so on."""
        folder.mkdir(parents=True, exist_ok=True)
        for stem, notebook in self.notebooks.items():
            cells = [dict(cell) for cell in notebook["cells"]]
            for cell in cells:
                name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
                if name.endswith("-code"):
                    # what nobody here knows to write stays as it is released
                    cell["source"] = draft.get(name.removesuffix("-code"), cell["source"])
            for kind, key in (("markdown", "prose"), ("code", "try")):
                if own := draft.get(f"{key}:{stem}"):
                    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
                    cells.append(
                        {"cell_type": kind, "metadata": {}, "source": own, "id": f"own-{key}", **code}
                    )
            (folder / f"{stem}.ipynb").write_text(json.dumps({**notebook, "cells": cells}))


def copied(original: Draft, own: Draft, disguise: Disguise, rng: random.Random, classes=BANKED) -> Draft:
    """The copier's hand-in: the original's classes in disguise, everything else their own."""
    return own | {
        name: disguise(original[name], rng) if is_code(original[name]) else original[name] for name in classes
    }


def independent(release: Release, count: int, seed: int) -> list[Draft]:
    rng = random.Random(seed)
    return [Student(random.Random(rng.random())).draft(release.skeletons) for _ in range(count)]


def from_banks(release: Release, count: int, seed: int) -> list[Draft]:
    """Another kind of class: everybody draws their classes from the banks of right and wrong implementations.

    So people share whole classes to the letter by chance, but hardly ever most of them. Half of them write
    names and layout their own way.
    """
    rng = random.Random(seed)
    banks: dict[str, list[str]] = {name: [] for name in BANKED}
    for right in RIGHT:
        banks[right.component].append(textwrap.dedent(right.source).strip() + "\n")
    wrong = {name: [one.source for one in WRONG if one.component == name] for name in BANKED}
    drafts = []
    for _ in range(count):
        student, own_way = Student(random.Random(rng.random())), rng.random() < 0.5
        draft = student.draft(release.skeletons)
        for name in BANKED:
            source = rng.choice([*banks[name], rng.choice(wrong[name]) if wrong[name] else banks[name][0]])
            draft[name] = (
                rng.choice([renamed, recommented, reformatted])(source, rng)
                if own_way and is_code(source)
                else source
            )
        drafts.append(draft)
    return drafts


def class_with_copies(
    drafts: list[Draft],
    rng: random.Random,
    disguises=None,
    copies: int = 1,
    group: int = 0,
    notebooks: int = len(WRITTEN),
) -> tuple[list[Draft], dict[tuple[int, int], str]]:
    """Let some copy from others. Returns the class, and the pairs of copies with their disguises.

    ``copies``: pairs for each disguise. ``group``: so many share one source instead, each copy in a disguise
    of its own. ``notebooks``: how many are copied, the others stay the copier's own.
    """
    drafts, pairs, disguises = list(drafts), {}, disguises or {}
    free = rng.sample(range(len(drafts)), len(drafts))
    if group:
        members = sorted(free[:group])
        for number in members[1:]:
            drafts[number] = copied(
                drafts[members[0]], drafts[number], rng.choice(list(disguises.values())), rng
            )
        return drafts, {(a, b): "one source" for a in members for b in members if a < b}
    for name, disguise in list(disguises.items()) * copies:
        if len(free) < 2:
            break
        original, copier = free.pop(), free.pop()
        taken = rng.sample(WRITTEN, notebooks)
        classes = [one for one in BANKED if ITEM_OF[one].notebook in taken]
        drafts[copier] = copied(drafts[original], drafts[copier], disguise, rng, classes)
        pairs[min(original, copier), max(original, copier)] = name
    return drafts, pairs
