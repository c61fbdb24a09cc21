"""The student's workspace: the release, copied to where somebody works, and never over what they wrote."""

import argparse
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from grader import ROOT
from grader.grading.stock import nbgrader
from mytorch.characters import counted
from mytorch.course import assignment_here
from mytorch.files import write_atomically

from .figures import copy_figures

GENERATED = {"__pycache__", ".ipynb_checkpoints"}


@dataclass
class Delivery:
    """What became of the release's files (paths relative to the assignment's folder)."""

    new: list[Path] = field(default_factory=list)
    refreshed: list[Path] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment", nargs="?", default=assignment_here().name, help="default: %(default)s")


def run(args: argparse.Namespace) -> None:
    name = args.assignment
    delivery = prepare(ROOT, name)
    count = len(delivery.new) + len(delivery.refreshed)
    if count:
        print(f"workspace/{name}: {counted(count, 'file')} delivered")
    for path in delivery.kept:
        print(f"Kept your workspace/{name}/{path}; the newer version is release/{name}/{path}")


def prepare(root: Path, assignment: str) -> Delivery:
    """Build the release of the course at ``root`` if it is missing or stale, and deliver it to
    ``root/workspace``.

    ``workspace/.<assignment>.json`` remembers what the release was built from and, file by file, what was
    delivered.
    """
    release, workspace = root / "release" / assignment, root / "workspace" / assignment
    memory = Memory(root / "workspace" / f".{assignment}.json")
    copy_figures(root / "source" / assignment, root / "notebooks" / "figures")
    built_from = fingerprint_of_sources(root)
    if memory.built_from != built_from or not is_complete(release, root / "source" / assignment):
        build_release(root, assignment)
        memory.built_from = built_from
        memory.save()
    delivery = deliver(release, workspace, memory.delivered)
    memory.save()
    return delivery


class Memory:
    """The workspace's small JSON file. If it is unreadable, every file that differs counts as the
    student's.
    """

    def __init__(self, path: Path):
        self.path = path
        try:
            saved = json.loads(path.read_text())
            self.built_from, self.delivered = str(saved["built_from"]), dict(saved["delivered"])
        except (OSError, ValueError, KeyError, TypeError):
            self.built_from, self.delivered = "", {}

    def save(self):
        text = json.dumps({"built_from": self.built_from, "delivered": self.delivered}, indent=1)
        write_atomically(self.path, text)


def build_release(root: Path, assignment: str):
    """Run ``nbgrader generate_assignment`` at ``root``. Raises CommandFailed.

    Without the database: opening a student's lab must not touch the gradebook of a running course.
    """
    nbgrader("generate_assignment", assignment, "--force", "--no-db", root=root)


def is_complete(release: Path, source: Path) -> bool:
    return all((release / notebook.name).is_file() for notebook in source.glob("*.ipynb"))


def fingerprint_of_sources(root: Path) -> str:
    """A hash of everything that the release is made from."""
    sources = [root / "nbgrader_config.py", root / "pyproject.toml"]
    sources += [
        root / folder / path for folder in ("source", "mytorch", "grader") for path in files_in(root / folder)
    ]
    digest = hashlib.sha256()
    for path in sources:
        digest.update(f"{path.relative_to(root)} {hash_of(path)}\n".encode())
    return digest.hexdigest()


def deliver(release: Path, workspace: Path, delivered: dict[str, dict[str, str]]) -> Delivery:
    """Copy ``release`` to ``workspace``; a file that the student wrote in stays as it is.

    ``delivered`` maps a path to what was delivered there last (``file``: hash of its bytes, ``written``: of
    what people write in it) and is brought up to date.
    """
    delivery = Delivery()
    for path in files_in(release):
        source, target, last = release / path, workspace / path, delivered.get(path.as_posix(), {})
        if is_free(target):
            write_atomically(target, source.read_bytes())
            delivery.new.append(path)
        elif hash_of(source) in (last.get("file"), hash_of(target)):
            pass  # nothing newer than what the student has, or had before changing it
        elif written_in(target) == last.get("written"):
            write_atomically(target, source.read_bytes())
            delivery.refreshed.append(path)
        else:
            delivery.kept.append(path)
            continue
        delivered[path.as_posix()] = {"file": hash_of(source), "written": written_in(source)}
    return delivery


def is_free(target: Path) -> bool:
    """Nothing is at ``target``, and nothing stands in the way (a file where its folder would be)."""
    nearest = next(parent for parent in target.parents if os.path.lexists(parent))
    return not os.path.lexists(target) and nearest.is_dir()


def written_in(path: Path) -> str:
    """A hash of what people write in a file: a notebook's cells without outputs, any other file whole.

    So a notebook that was only run or looked at still counts as delivered.
    """
    if path.suffix == ".ipynb":
        try:
            cells = json.loads(path.read_bytes())["cells"]
            written = [
                (cell["cell_type"], "".join(cell["source"]), cell.get("attachments")) for cell in cells
            ]
            return hashlib.sha256(json.dumps(written).encode()).hexdigest()
        except (OSError, ValueError, KeyError, TypeError):
            pass  # no notebook after all
    return hash_of(path)


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"


def files_in(folder: Path) -> Iterator[Path]:
    """The files below ``folder``, relative to it, in a stable order, caches left out."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not GENERATED & set(relative.parts):
            yield relative
