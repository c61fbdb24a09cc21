"""What does not fit in a section's own files: names that one of them has and another does not, and what the
front page may not say.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from mytorch.check.backends import Reference
from mytorch.check.contract import contract_of
from mytorch.check.trace import Trace
from mytorch.course import COMPONENTS, PACKAGE, SECTIONS
from mytorch.syllabus import Section


def misfits(root: Path) -> list[str]:
    """A sentence for each, with the file in which it stands. ``root`` is the course's folder."""
    return [*_shared(), *(f"{_folder(one)}/{words}" for one in SECTIONS for words in _misfits(one, root))]


def unlisted(section: Section, traces: Iterable[Trace]) -> list[str]:
    """A sentence for each component whose probe yields other quantities than its contract lists."""
    found = []
    for name in section.components:
        listed = {quantity.id for quantity in contract_of(name).quantities}
        entries = [entry for trace in traces if trace.component == name for entry in trace.entries]
        yielded = {entry.quantity.id for entry in entries if not entry.quantity.handed}
        where = f"{_folder(section)}/contract.py: the probe of {name}"
        if more := yielded - listed:
            found.append(f"{where} yields {ordered(more)}, which its Contract does not list.")
        if less := listed - yielded:
            found.append(f"{where} never yields {ordered(less)}, which its Contract lists.")
    return found


def _misfits(section: Section, root: Path) -> Iterator[str]:
    folder, page = PACKAGE.parent / _folder(section), "__init__.py"
    if not re.fullmatch(r"mytorch\.[a-z]\w*\.[a-z]\w*", section.module):
        yield f"{page}: module={section.module!r}; it should be like mytorch.nn.{folder.name}."
    if not (root / "notebooks" / f"{section.notebook}.md").is_file():
        yield f"{page}: notebook={section.notebook!r}, and there is no notebooks/{section.notebook}.md."
    for item in section.items:
        if not (type(item.points) is int and item.points >= 0):
            yield f"{page}: {item.name} has points={item.points!r}; points are whole numbers, not below 0."
    if unknown := {name for box in section.boxes for name in box.components} - {*COMPONENTS}:
        yield f"{page}: a box is ticked by {ordered(unknown)}, and there is no such class among the items."
    for name in section.explorers:
        if not (folder / "explorers" / f"{name}.py").is_file():
            yield f"{page}: names the explorer {name}, and there is no explorers/{name}.py."
    blanks = section.load("blanks")
    if blanks or section.blanks:
        yield from _differing("blanks", blanks, "EQUATIONS", section.blanks)
    contract = section.load("contract")
    yield from _differing("contract", contract, "CONTRACTS", section.components)
    if contract is None:
        return  # the other parts import it
    reference = section.load("reference")
    if mistakes := getattr(section.load("mistakes"), "MISTAKES", {}).keys() - {*section.components}:
        yield f"mistakes.py: MISTAKES has {ordered(mistakes)}, and no item has."
    for name in (*section.given, *section.components):
        one = getattr(reference, name, None)
        if not (isinstance(one, type) and issubclass(one, Reference)):
            yield f"reference.py: needs 'class {name}(Reference)'."


def _differing(part: str, module: ModuleType | None, table: str, names: Iterable) -> Iterator[str]:
    """A table of that part has an entry for each of the names, and no other."""
    if module is None:
        yield f"{part}.py is not there."
        return
    there, wanted = set(getattr(module, table, ())), set(names)
    if missing := wanted - there:
        yield f"{part}.py: {table} lacks {ordered(missing)}."
    if more := there - wanted:
        yield f"{part}.py: {table} has {ordered(more)}, and __init__.py does not name it."


def _shared() -> Iterator[str]:
    """What belongs to one section only."""
    kinds = {
        "the notebook": [[section.notebook] for section in SECTIONS],
        "the module": [[section.module] for section in SECTIONS],
        "the class": [[*section.given, *section.components] for section in SECTIONS],
        "the item": [[item.name for item in section.items] for section in SECTIONS],
        "the explorer": [section.explorers for section in SECTIONS],
        "the blank": [section.blanks for section in SECTIONS],
    }
    for kind, names in kinds.items():
        for name, times in Counter(name for some in names for name in some).items():
            if times > 1:
                owners = [_folder(one) for one, some in zip(SECTIONS, names, strict=True) if name in some]
                yield f"{kind} {name} stands {times} times in {' and '.join(owners)}; take another name."


def _folder(section: Section) -> str:
    return section.package.replace(".", "/")


def ordered(names: Iterable) -> str:
    """Names in a sentence, of a set."""
    return ", ".join(sorted(map(str, names)))
