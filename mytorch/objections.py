"""What the hand-in says of a saved notebook; fast, so that ``check`` can say it before."""

from difflib import get_close_matches
from pathlib import Path

from .accepted import advice, foreign_imports, too_large
from .characters import listed
from .course import assignment_here
from .originals import damage, has_original, saved_cells, source_of

CLEAR = "Clear what its cells put out (Edit, Clear Outputs of All Cells) and save it."
REPAIR = "python -m mytorch repair mends that around your own code."


def refusals(path: Path) -> list[str]:
    """Why the hand-in refuses a notebook that can be read, as it is saved. Fast: ``check`` says the same."""
    if problem := too_large(path):
        return [f"{problem} {CLEAR}"]
    return [
        f"{path.name} imports {module}: {line!r} in cell {number}. {advice(path.parent, module)}"
        for number, cell in enumerate(cells_in(path), 1)
        if cell["cell_type"] == "code"
        for module, line in foreign_imports(source_of(cell)).items()
    ]


def remarks_on_damage(path: Path) -> list[str]:
    """A sentence on cells of the course that are not as they were; nothing is refused for it."""
    try:
        found = damage(path.stem, saved_cells(path)) if not too_large(path) else []
    except (OSError, ValueError):  # that it cannot be read is said elsewhere, and repair cannot either
        return []
    if not found:
        return []
    more = f" ({len(found) - 2} more)" if len(found) > 3 else ""
    return [f"In {path.name} {listed(found[:2] if more else found)}{more}. {REPAIR}"]


def cells_in(path: Path) -> list[dict]:
    """Of a saved notebook; none of what is not there, or is of another format."""
    try:
        return saved_cells(path)
    except (OSError, ValueError):
        return []


def extra_notebooks(folder: Path) -> list[str]:
    """Notebooks in the folder that are not the course's; they stay at home."""
    return sorted(
        path.name for path in folder.glob("*.ipynb") if path.stem not in assignment_here().notebooks
    )


def missing(path: Path) -> str:
    """What is said of a notebook that is not there."""
    close = get_close_matches(path.name, extra_notebooks(path.parent), 1)
    if close:
        return f"{path.name} is missing, and there is a {close[0]}. Give that one its old name again."
    return f"{path.name} is missing. {bring_back(path.stem, 'If you deleted it, take it from')}"


def bring_back(name: str, otherwise: str) -> str:
    if has_original(name):
        return f"python -m mytorch reset {name} brings the original back."
    return f"{otherwise} a fresh copy of the course."
