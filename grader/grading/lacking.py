"""What a hand-in lacks, in sentences: said when it is collected, while there is time to ask, and when it is
graded.
"""

from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from mytorch.originals import grade_id

from .coursedir import folder
from .submissions import plain_cells, read


def named_cells(coursedir: CourseDirectory, assignment: str) -> dict[str, set[str]]:
    """Of each notebook that has some, the cells that nbgrader knows by name: filled in, or graded."""
    for step in ("source", "release"):
        paths = sorted(folder(coursedir, step, ".", assignment).glob("*.ipynb"))
        if paths:
            known = {path.stem: _names(path) for path in paths}
            return {notebook: names for notebook, names in known.items() if names}
    return {}


def what_is_lacking(notebooks: dict[str, Path], expected: dict[str, set[str]], assignment: str) -> list[str]:
    """``notebooks``: what was handed in, by name without suffix; ``expected`` as ``named_cells`` gives it."""
    missing = [f"{name}.ipynb" for name in expected if name not in notebooks]
    found = [f"{', '.join(missing)} {'are' if len(missing) > 1 else 'is'} missing."] if missing else []
    for name in expected:
        if name in notebooks:
            found += filter(None, [_problem(notebooks[name], expected[name], f"{assignment}'s {name}")])
    return found


def _problem(path: Path, expected: set[str], what: str) -> str:
    if path.is_file() and not path.stat().st_size:
        return f"{path.name} is empty."
    names = _names(path)
    if names is None:  # slower, and with the words that feedback will have
        notebook, problem = read(path)
        if problem:
            return problem
        names = {name for name in map(grade_id, notebook.cells) if name}
        if not notebook.cells:
            return f"{path.name} is empty: it has no cell."
    if not names & expected:
        return (
            f"{path.name} has none of the cells of {what} by name. Is it another notebook, or was it saved "
            "by a program that drops names? Its code is graded all the same."
        )
    return ""


def _names(path: Path) -> set[str] | None:
    """The names that nbgrader knows cells by; None where the file is no plain notebook with cells."""
    cells = plain_cells(path)
    return {name for name in map(grade_id, cells) if name} if cells else None
