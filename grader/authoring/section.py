"""Begin a new section: its folder in mytorch/sections and its notebook, as a skeleton that runs and can be
graded.

What is there already stays as it is; a name that another section has is refused.
"""

import argparse
import keyword
import os
import re
import subprocess
import sys
from pathlib import Path
from string import Template

from grader import ROOT
from grader.grading.stock import CommandFailed
from mytorch.course import ASSIGNMENTS, ITEMS, SECTION_OF, SECTIONS

SKELETON = Path(__file__).parent / "skeleton"


class Words(Template):
    delimiter = "@"  # $ is for formulas


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="the folder's name, in lower case, such as dropout")
    parser.add_argument(
        "--component", metavar="CLASS", help="the class that students write (default: from the name)"
    )
    parser.add_argument(
        "--assignment",
        default=next(iter(ASSIGNMENTS)),
        help="default: %(default)s; a new name begins a new one",
    )


def run(args: argparse.Namespace) -> None:
    name = args.name
    component = args.component or "".join(part.capitalize() for part in name.split("_"))
    written = begin(ROOT, name, component, args.assignment)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if subprocess.run([sys.executable, "-m", "grader", "sync"], cwd=ROOT, env=environment).returncode:
        raise CommandFailed(
            f"The section {name} is there, and 'make sync' says above what hinders it. Mend it, and say "
            f"'make section NAME={name}' again."
        )
    if not written:
        print(f"{name} is there already; nothing was changed. Edit")
    else:
        print(
            "".join(f"written: {path.relative_to(ROOT)}\n" for path in written)
            + "It runs, and is about squares. Now edit"
        )
    notebook = next((ROOT / "notebooks").glob(f"*_{name}.md")).name
    for path, what in (
        (f"notebooks/{notebook}", "what students read and write"),
        (f"mytorch/sections/{name}/contract.py", "what the check looks at"),
        (f"mytorch/sections/{name}/reference.py", "the same class by automatic differentiation"),
        (f"mytorch/sections/{name}/mistakes.py", "what is said to which mistake"),
        (f"mytorch/sections/{name}/usual_ways.py", "what may be alike in two hand-ins"),
        (f"mytorch/sections/{name}/__init__.py", "title, points, checklist"),
    ):
        print(f"  {path:<45} {what}")
    print("wherever it says TODO, then run 'make sync' and the tests.")


def begin(root: Path, name: str, component: str, assignment: str) -> list[Path]:
    """Write what is missing of the skeleton. Returns the paths. Raises CommandFailed for a name that cannot
    be taken.
    """
    folder = root / "mytorch" / "sections" / name
    own = next((section for section in SECTIONS if section.package == f"mytorch.sections.{name}"), None)
    if own is None:
        _require_free(root, name, component, assignment)
        number = 1 + max(int(section.notebook.partition("_")[0]) for section in SECTIONS)
        notebook, module = f"{number:02d}_{name}", f"mytorch.nn.{name}"
    elif "TODO" in (folder / "__init__.py").read_text(encoding="utf-8"):  # begun by an earlier run
        notebook, module, component, assignment = own.notebook, own.module, own.components[0], own.assignment
        number = int(notebook.partition("_")[0])
    else:
        raise CommandFailed(
            f"There is a section {name} already: {folder.relative_to(root)}. Choose another name."
        )
    title = name.replace("_", " ").capitalize()
    paired = (
        f"\n  formats: notebooks///md:myst,source/{assignment}///ipynb"
        if assignment != next(iter(ASSIGNMENTS))
        else ""
    )
    words = {
        "name": name,
        "title": title,
        "number": number,
        "component": component,
        "assignment": assignment,
        "notebook": notebook,
        "module": module,
        "path": f"{module.replace('.', '/')}.py",
        "formats": paired,
    }
    targets = {path: folder / path.name.removesuffix(".txt") for path in SKELETON.glob("*.py.txt")}
    targets[SKELETON / "notebook.md.txt"] = root / "notebooks" / f"{notebook}.md"
    written = []
    for source, target in sorted(targets.items()):
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(Words(source.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
            written.append(target)
    return written


def _require_free(root: Path, name: str, component: str, assignment: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise CommandFailed(
            f"{name!r} is no name for a folder of Python code: take lower case letters, such as dropout."
        )
    if not component.isidentifier() or keyword.iskeyword(component):
        raise CommandFailed(f"{component!r} is no name for a class.")
    if not re.fullmatch(r"[\w-]+", assignment):
        raise CommandFailed(f"{assignment!r} is no name for an assignment's folder.")
    names = {item.name: item.notebook for item in ITEMS} | {
        own: section.notebook for own, section in SECTION_OF.items()
    }
    if component in names:
        raise CommandFailed(
            f"There is a {component} already, in {names[component]}. Choose another: --component."
        )
    taken = [root / "mytorch" / "nn" / f"{name}.py", root / "mytorch" / "sections" / name]
    taken += (root / "notebooks").glob(f"[0-9]*_{name}.md")
    for path in taken:
        if path.exists() and not _is_left_over(path):
            raise CommandFailed(f"{path.relative_to(root)} is there already. Choose another name.")


def _is_left_over(path: Path) -> bool:
    """A folder without a file in it, but for caches."""
    return path.is_dir() and not any(file.suffix != ".pyc" for file in path.rglob("*") if file.is_file())
