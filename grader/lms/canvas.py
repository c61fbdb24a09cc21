"""Canvas.

Exports ``submissions.zip`` with loose files ``<lastnamefirstname>[_LATE]_<user id>_<attachment id>_<file>``:
the sortable name in lower case without anything but letters, digits and underscores. The id of a later upload
is the higher one; a file of the same name as an earlier one becomes ``handin-1.tar``. There are no times,
only the mark LATE. Anonymous grading: ``[LATE_]anon_<code>_<attachment id>_<file>``.

Takes back the exported gradebook, the column "<assignment> (<number>)", and a file for each student whose
name begins as that of the downloaded submission does.
"""

import re
import unicodedata

from .system import Returned, Sender, System

NAME = re.compile(
    r"(?:(?P<name>\w+?)_(?P<late>late_)?(?P<id>\d+)|(?P<anonymous>(?:late_)?anon_[^\W_]+))"
    r"_(?:(?P<number>\d+)_(?P<file>(?!\d+\.\w+$).+)|(?:text|link)\.html)",
    re.IGNORECASE,
)
JOINERS = "\u200c\u200d"  # between letters of Persian and Indic words


class Canvas(System):
    name = "Canvas"
    name_order = "last first"
    is_ordered = True
    own_id_beside = frozenset({"sisuserid", "sisloginid"})
    sheet = "gradebook (Gradebook, Export)"
    needs_download = True

    def sender(self, name: str) -> Sender | None:
        match = NAME.fullmatch(_letters(name))
        if not match:
            return None
        who, given = (name[slice(*match.span(group))] if match[group] else "" for group in ("name", "file"))
        if who != who.lower():
            return None
        if match["anonymous"]:
            problem = "Canvas exported it anonymously: switch that off and export again."
            return Sender(self.name, file=name, problem=problem)
        number = int(match["number"] or 0)
        return Sender(
            self.name, who, match["id"], late=bool(match["late"]), number=number, file=given or name
        )

    def column(self, assignment: str) -> str:
        return rf"{re.escape(assignment)}(\s*\(\d+\))?"

    def places(self, returned: Returned) -> dict[str, str]:
        return self.places_in_download(returned)


def _letters(name: str) -> str:
    """As long as ``name``, with an x for every mark: accents taken apart, and vowels of Indic scripts. Canvas
    counts them among a word's characters, Python's word pattern does not.
    """
    return "".join("x" if unicodedata.category(c).startswith("M") or c in JOINERS else c for c in name)
