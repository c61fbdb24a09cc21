"""The notebooks' pictures, which stand once, in notebooks/figures: a copy lies beside each notebook that
shows them.

nbgrader looks for a notebook's files beside it, in source/, so ``grader sync`` puts them there, and so does
``nbgrader generate_assignment`` before it begins (c.GenerateAssignment.pre_convert_hook). Git ignores the
copies.
"""

import re
from contextlib import suppress
from pathlib import Path

from traitlets.log import get_logger

from mytorch.files import write_atomically

from .written import LIST, checksum, holds_more, known

FIGURES = Path(__file__).resolve().parents[2] / "notebooks" / "figures"
IGNORED = ".gitignore"
SHOWN = re.compile(r"\(figures/([\w-]+\.svg)\)")


def bring_along(notebooks: list[str], **_) -> None:
    """nbgrader's hook: copy what these notebooks of source/ show, and warn of those that are older than their
    text.
    """
    paths = [Path(path).resolve() for path in notebooks]
    for folder in {path.parent for path in paths}:
        copy_figures(folder)
    for path in paths:
        root = path.parents[2]
        text = root / "notebooks" / f"{path.stem}.md"
        if holds_more(text, known(root / LIST)) and _is_behind(path, text):
            get_logger().warning(
                "%s is older than %s, and so is its release: run 'make sync', and generate again.",
                path.relative_to(root),
                text.relative_to(root),
            )


def _is_behind(path: Path, text: Path) -> bool:
    with suppress(ImportError):  # of jupytext, which students have not
        from .two_forms import read_text, twin

        return holds_more(path, set(), [twin(read_text(text.read_text(encoding="utf-8"))).encode()])
    return False


def copy_figures(folder: Path, figures: Path = FIGURES) -> list[Path]:
    """Copy the pictures that a folder's notebooks show and that are the course's, over no copy that was
    edited. Returns the paths that changed.
    """
    shown, edited = _shown(folder, figures), edited_figures(folder, figures)
    changed = []
    for path, content in shown.items():
        if path not in edited and (not path.is_file() or path.read_bytes() != content):
            write_atomically(path, content)
            changed.append(path)
    digests = [f"# {checksum(path, content)}\n" for path, content in shown.items() if path not in edited]
    names = [f"/{name}\n" for name in [IGNORED, *(path.name for path in shown)]]
    ignored, text = folder / "figures" / IGNORED, "".join([*names, *digests])
    if shown and (not ignored.exists() or ignored.read_text(encoding="utf-8") != text):
        write_atomically(ignored, text)
    return changed


def edited_figures(folder: Path, figures: Path = FIGURES) -> list[Path]:
    """Copies that somebody has changed. It cannot be told of those of an older version, which kept no
    digests.
    """
    ignored = folder / "figures" / IGNORED
    digests = known(ignored)
    if ignored.exists() and not digests:
        return []
    return [path for path, content in _shown(folder, figures).items() if holds_more(path, digests, [content])]


def _shown(folder: Path, figures: Path) -> dict[Path, bytes]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.ipynb"))]
    names = {name for text in texts for name in SHOWN.findall(text) if (figures / name).is_file()}
    return {folder / "figures" / name: (figures / name).read_bytes() for name in sorted(names)}
