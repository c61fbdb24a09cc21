"""The notebooks' pictures, which stand once, in notebooks/figures: a copy lies beside each notebook that
shows them.

nbgrader looks for a notebook's files beside it, in source/, so ``grader sync`` puts them there, and so does
``nbgrader generate_assignment`` before it begins (c.GenerateAssignment.pre_convert_hook). Git ignores the
copies.
"""

import re
from pathlib import Path

from mytorch.files import write_atomically

FIGURES = Path(__file__).resolve().parents[2] / "notebooks" / "figures"
IGNORED = ".gitignore"
SHOWN = re.compile(r"\(figures/([\w-]+\.svg)\)")


def bring_along(notebooks: list[str], **_) -> None:
    """nbgrader's hook: copy what these notebooks of source/ show."""
    for folder in {Path(path).parent for path in notebooks}:
        copy_figures(folder)


def copy_figures(folder: Path, figures: Path = FIGURES) -> list[Path]:
    """Copy the pictures that a folder's notebooks show and that are the course's. Returns the paths that
    changed.
    """
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.ipynb"))]
    shown = {name for text in texts for name in SHOWN.findall(text) if (figures / name).is_file()}
    changed = []
    for name in sorted(shown):
        path, content = folder / "figures" / name, (figures / name).read_bytes()
        if not path.is_file() or path.read_bytes() != content:
            write_atomically(path, content)
            changed.append(path)
    ignored = folder / "figures" / IGNORED
    if shown and (changed or not ignored.exists()):
        write_atomically(ignored, "".join(f"/{name}\n" for name in [IGNORED, *sorted(shown)]))
    return changed
