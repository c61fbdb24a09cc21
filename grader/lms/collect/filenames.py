"""What the names of files and folders say: which notebook it is, which copy, and how old.

Browsers, systems and people put words of their own around the name that the course gave.
"""

import re
from collections.abc import Iterable

from ..systems.registry import SYSTEMS
from .archives import PACKED

NOISE = {"__MACOSX", "timestamp.txt", "desktop.ini", "Thumbs.db"}.union(
    *(system.noise for system in SYSTEMS.values())
)
NOTEBOOK = ".ipynb"
AS_TEXT = (".txt", ".json")  # what browsers put behind it

# As Windows, macOS and Google say it in a dozen languages; an accent may be a character of its own.
COPIED = "[ck]o?[óò\u0300\u0301]?p(?:y|i[ae]?)"
# "x (Ann's conflicted copy 2026-11-20)" Dropbox, "x-DESKTOP-AB12" OneDrive, "x.sync-conflict-2026…" Syncthing
SYNCED = rf"[ _-]*\([^()]*{COPIED}[^()]*\)|-(?:DESKTOP|LAPTOP)-\w+|\.sync-conflict-[\w-]+"
# "x (1)" browsers, "x-1" Canvas and Safari, "x 2" macOS, "x-Copy1" and "x-checkpoint" Jupyter,
# "x - Kopie (2)" Windows
COPY = re.compile(
    rf"(?:[ _-]*\((?P<bracketed>\d+)\)|[ _-](?P<bare>\d{{1,3}})|{SYNCED}|-checkpoint|[ _-]+"
    rf"{COPIED}(?:[ _-]*\(?\d+\)?)?)$",
    re.IGNORECASE,
)
# folders in which people keep an earlier state, or the one that counts
OLD = re.compile(r"old(er)?|backups?|bak|prev(ious)?|orig(inal)?s?|drafts?|archived?|tmp", re.IGNORECASE)
FINAL = re.compile(r"final|new(est)?|latest|submi(t|tted|ssion)", re.IGNORECASE)
LONGEST_MARK = 60  # characters of such an ending; to look for one from each blank of a long name takes long
COPY_OF = re.compile(rf"{COPIED}[ _](?:of|von|van|de|di|av|af)[ _]", re.IGNORECASE)


class Notebooks:
    """The assignment's, by the names under which they come."""

    def __init__(self, names: Iterable[str]):
        """``names``: without suffix."""
        self._known = {_key(name): name for name in names}

    def recognise(self, file: str, prefixed: bool = True) -> str:
        """The notebook that a file of this name is, or "". ``prefixed``: other words may come before."""
        stem = file
        for suffix in AS_TEXT:
            if stem.lower().endswith(NOTEBOOK + suffix):
                stem = stem[: -len(suffix)]
        if not stem.lower().endswith(NOTEBOOK):
            return ""
        stem = COPY_OF.sub("", stem[: -len(NOTEBOOK)], count=1)
        while True:
            key = _key(stem)
            if key in self._known:
                return self._known[key]
            shorter = without_mark(stem)
            if shorter == stem:
                break
            stem = shorter
        ends = [name for own, name in self._known.items() if key.endswith(f"_{own}")]
        return ends[0] if prefixed and len(ends) == 1 else ""


def is_notebook(name: str) -> bool:
    return name.lower().endswith((NOTEBOOK, *(NOTEBOOK + suffix for suffix in AS_TEXT)))


def stem_of(name: str) -> str:
    """Without the suffixes of archives and notebooks."""
    for suffix in AS_TEXT:
        name = name.removesuffix(suffix)
    while name.lower().endswith((*PACKED, NOTEBOOK)):
        name = name[: name.rindex(".")]
    return name


def without_mark(stem: str) -> str:
    """Without what says that it is a copy, at its end, if that is there."""
    mark = _mark_of_copy(stem)
    return stem[: mark.start()] if mark else stem


def prefixes(name: str) -> list[str]:
    """What stands before an underscore, longest first."""
    parts = name.split("_")
    return ["_".join(parts[:count]) for count in range(len(parts) - 1, 0, -1) if parts[0]]


def age_by_name(folder: str) -> int:
    """-1 for "old", 1 for "final", 0 for a name that does not say it."""
    words = re.split(r"[\W_\d]+", folder)
    return any(map(FINAL.fullmatch, words)) - any(map(OLD.fullmatch, words))


def copy_number(name: str) -> int:
    """2 for "handin (2).tar" and Canvas's "handin-2.tar", 0 for the first one; a copy that a person made
    counts least.
    """
    match = _mark_of_copy(stem_of(name))
    if not match:
        return -1 if COPY_OF.match(name) else 0
    if age_by_name(name) < 0:  # old_2
        return -1
    return int(match["bracketed"] or match["bare"] or -1)


def _mark_of_copy(stem: str) -> re.Match | None:
    return COPY.search(stem, max(0, len(stem) - LONGEST_MARK))


def _key(name: str) -> str:
    """Case, spaces and hyphens do not make another notebook."""
    return re.sub(r"[\s_-]+", "_", name.strip()).casefold()
