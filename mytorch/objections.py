"""What the hand-in says of a saved notebook; fast, so that ``check`` can say it before."""

from pathlib import Path

from .accepted import advice, foreign_imports, too_large
from .originals import damage, saved_cells, source_of

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
    shown = found[:2] if more else found
    return [
        f"In {path.name} {', '.join(shown[:-1]) + ' and ' if shown[1:] else ''}{shown[-1]}{more}. {REPAIR}"
    ]


def cells_in(path: Path) -> list[dict]:
    """Of a saved notebook; none of what is not there, or is of another format."""
    try:
        return saved_cells(path)
    except (OSError, ValueError):
        return []
