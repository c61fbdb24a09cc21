"""What ``make sync`` wrote last, so that nobody's edit of a generated file is overwritten.

``source/.written`` has a digest of each such file, and lies in git as they do. A file that is none of these,
and not what its text notebook says now either, holds what would be lost.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from mytorch.files import write_atomically

LIST = Path("source", ".written")
HEAD = "# Digests of what 'make sync' has read and written: it overwrites nothing else."
KEPT = ("nbgrader", "tags")  # of a cell's metadata, as pyproject.toml has it: cell_metadata_filter


def checksum(path: Path, content: bytes) -> str:
    """Of what a file says; for a notebook this is what a text notebook can say, too, so no outputs."""
    said = _said(content) if path.suffix == ".ipynb" else None
    return hashlib.sha256(content if said is None else json.dumps(said, sort_keys=True).encode()).hexdigest()


def _said(content: bytes) -> list | None:
    try:
        cells = [
            (
                cell["cell_type"],
                "".join(cell["source"]).strip(),
                {name: cell["metadata"][name] for name in KEPT if cell["metadata"].get(name)},
                cell.get("attachments") or {},
            )
            for cell in json.loads(content)["cells"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # no notebook at all
    return [cell for cell in cells if any(cell[1:])]


def known(path: Path) -> set[str]:
    """The digests in a list; where a merge broke off, those of both sides."""
    return set(re.findall(r"\b[0-9a-f]{64}\b", path.read_text(encoding="utf-8"))) if path.exists() else set()


def holds_more(path: Path, digests: set[str], made: Iterable[bytes] = ()) -> bool:
    """Does it hold anything that is neither known nor one of the contents that could be ``made`` now?"""
    content = path.read_bytes() if path.is_file() else b""
    return bool(content.strip()) and checksum(path, content) not in digests | {
        checksum(path, one) for one in made
    }


def list_of(root: Path, files: dict[Path, bytes], others: str = "") -> str:
    """The list with these files; ``others``: the list as it was, whose other lines stay."""
    lines = {line.partition("  ")[2]: line for line in others.splitlines()[1:]}
    lines |= {
        (name := path.relative_to(root).as_posix()): f"{checksum(path, content)}  {name}"
        for path, content in files.items()
    }
    return "\n".join([HEAD, *(lines[name] for name in sorted(lines))]) + "\n"


def note_save(root: Path, path: Path, content: bytes) -> None:
    """Before JupyterLab writes a twin, which it does together with its text: what another program has written
    there is kept aside.
    """
    if holds_more(path, known(root / LIST), [content]):
        keep_aside(root, path)
    others = (root / LIST).read_text(encoding="utf-8") if (root / LIST).exists() else ""
    write_atomically(root / LIST, list_of(root, {path: content}, others))


def keep_aside(root: Path, path: Path) -> Path:
    """A copy in kept/, outside git and what nbgrader hands out, over nothing that is there."""
    names = (f"{path.stem}{f'-{number}' if number > 1 else ''}{path.suffix}" for number in count(1))
    copy = next(copy for name in names if not (copy := root / "kept" / name).exists())
    write_atomically(copy, path)
    return copy
