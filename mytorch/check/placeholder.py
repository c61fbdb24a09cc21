"""A module in which what the student writes is stood in for: as it is handed out, and as it comes back when
its file is gone.
"""

from contextlib import suppress

from ..characters import listed
from ..course import PACKAGE, given_in, modules, names_in, path_in
from ..export import ExportError, bundle, stamped
from ..files import write_atomically
from ..originals import original_cells, source_of
from .reference import SUBSTITUTE


def placeholder(module: str, given: str) -> str:
    """``given``: the source of the classes that are given in full, if there are any."""
    lines = ["from mytorch.check.standin import stand_in", *([given] if given.strip() else [])]
    lines += ["", *(f'{name} = stand_in("{name}")' for name in _written(module)), ""]
    return stamped(
        f"Not written yet: classes land here when their checks pass in {modules()[module]}.ipynb.",
        "\n".join(lines),
    )


def replace_lost() -> None:
    """Modules of a student's copy whose files are gone, so that other notebooks go on; says which."""
    for module, notebook in modules().items():
        path = path_in(PACKAGE.parent, module)
        if path.exists() or not path.parent.is_dir():
            continue
        cells = [source_of(cell) for cell in original_cells(notebook) if cell["cell_type"] == "code"]
        with suppress(ExportError, OSError):
            write_atomically(path, placeholder(module, bundle(cells, given_in(module))))
            names = _written(module)
            checks = f"check({names[0]}) passes" if len(names) == 1 else "their checks pass"
            print(
                f"{path.relative_to(PACKAGE.parent)} was gone. {SUBSTITUTE} stands in for {listed(names)} "
                f"until {checks} again in {notebook}.ipynb."
            )


def _written(module: str) -> list[str]:
    return [name for name in names_in(module) if name not in given_in(module)]
