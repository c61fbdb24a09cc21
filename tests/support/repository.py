"""A copy of the course's repository, to change whatever it consists of."""

import shutil
import subprocess
from pathlib import Path

from support.own import ROOT

COMMIT = ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "As it is"]


def files_in_git() -> list[str]:
    """What git knows and is there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]


def copy_repository(folder: Path) -> None:
    """What git knows, as it stands here now, without the tests; committed, so that changes can be seen."""
    for name in files_in_git():
        if not name.startswith("tests/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for command in (["init", "-q"], ["add", "-A"], COMMIT):
        subprocess.run(["git", *command], cwd=folder, check=True)
