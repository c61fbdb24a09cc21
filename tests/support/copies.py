"""Copies of a course's folder, or of a release, to do anything with:

    course = copy_of(generated, tmp_path / "course")

Most of its files are pictures and the library. Each of these is one file with the original, which takes half
of the time: whoever changes one puts another file in its place.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHARED = {"mytorch", "figures"}
WRITTEN = {"nn", "optim", "models"}  # in mytorch, by students


def copy_of(folder: Path, target: Path, **options) -> Path:
    """The options are those of ``shutil.copytree``."""

    def copy(one: str, other: str) -> None:
        folders = {*Path(one).relative_to(folder).parts[:-1]}
        (os.link if folders & SHARED and not folders & WRITTEN else shutil.copy2)(one, other)

    return Path(shutil.copytree(folder, target, copy_function=copy, **options))


@contextmanager
def unchanged(folder: Path) -> Iterator[Path]:
    """Fails in the end if a file in the folder is not what it was."""
    before = _states(folder)
    yield folder
    assert _states(folder) == before, "a test has written into it, or into what its copies share with it"


def _states(folder: Path) -> dict[Path, tuple[int, int]]:
    found = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {path: (state.st_mtime_ns, state.st_mode) for path, state in found.items()}
