"""Who handed in what, as far as the names in an export tell. One pattern for each learning management system (LMS).

Canvas
    ``submissions.zip`` holds loose files ``<lastnamefirstname>[_LATE]_<user id>_<attachment id>_<file>``: the sortable name
    in lower case without anything but letters, digits and underscores. The id of a later upload is the higher one; a file of
    the same name as an earlier one becomes ``handin-1.tar``. There are no times, only the mark LATE. Anonymous grading:
    ``[LATE_]anon_<code>_<attachment id>_<file>``.
Moodle
    One folder a student, ``<First Last>_<number>_assignsubmission_file_`` (newer versions: without the last underscore), or
    loose files ``<First Last>_<number>_assignsubmission_file_<file>``. The number belongs to this assignment only; the
    grading worksheet calls it "Participant <number>". Text that was typed in comes as ``…_onlinetext_``. No times.
Brightspace
    One folder a submission, ``<user id>-<folder id> - <First Last> - <Nov 20, 2026 1103 PM>``, or loose files with
    `` - <file>`` behind it, and an ``index.html``. Some universities put the user name before the first name. The time is
    the local one, without saying of where.
Gradescope
    One folder a submission, ``submission_<number>``; who and when is in ``submission_metadata.yml`` beside them, with Ruby's
    keys: ``:submitters:`` (a list of ``:name:``, ``:sid:``, ``:email:``; several for a group) and ``:created_at:``.
Autolab
    Loose files ``<e-mail>_<version>_<file>``; what an instructor annotated is there again as ``annotated_…``. On Autolab's
    own disk: a folder ``<e-mail>`` with ``<version>_<file>``. No times.

Anything else is read by this course's convention: ``<student>_<anything>.tar``, or a folder of that name.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml
from dateutil import parser as dates

JOINERS = "\u200c\u200d"  # between letters of Persian and Indic words
METADATA = "submission_metadata.yml"
EMAIL = r"[^@\s/]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"


@dataclass(frozen=True)
class Sender:
    """Who handed in, in the words of the export.

    ``number`` orders hand-ins of one student in one LMS; ``time`` is naive when the export does not say of which zone;
    ``file`` is the name that the student gave, empty for a folder of files. ``problem`` says why nobody can be told.
    """

    lms: str
    name: str = ""
    id: str = ""
    email: str = ""
    time: datetime | None = None
    late: bool = False
    number: int = 0
    file: str = ""
    problem: str = ""


MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?", re.DOTALL)
BRIGHTSPACE = re.compile(
    r"(?P<id>\d+)-\d+ ?- ?(?P<name>.+?) ?- ?"
    r"(?P<date>[^\W\d]+\.? \d{1,2}, \d{4}|\d{1,2} [^\W\d]+\.?,? \d{4}) "
    r"(?P<hour>\d{1,2}?):?(?P<minute>\d\d)(?P<half> ?[AP]M)?"
    r"(?: ?- ?(?P<file>.+))? *"
)
GRADESCOPE = re.compile(r"submission_\d+")
AUTOLAB = re.compile(rf"(?P<annotated>annotated_)?(?P<email>{EMAIL})_(?:(?P<number>\d+)_)?(?P<file>.+)")
CANVAS = re.compile(
    r"(?:(?P<name>\w+?)_(?P<late>late_)?(?P<id>\d+)|(?P<anonymous>(?:late_)?anon_[^\W_]+))"
    r"_(?:(?P<number>\d+)_(?P<file>(?!\d+\.\w+$).+)|(?:text|link)\.html)",
    re.IGNORECASE,
)


def from_lms(name: str) -> Sender | None:
    """What a file or folder name says, if it is as one of the five systems gives it. Not Gradescope's metadata."""
    for read in (_moodle, _brightspace, _autolab, _canvas):
        if sender := read(name):
            return sender
    if GRADESCOPE.fullmatch(name):
        return Sender("Gradescope", problem=f"{METADATA}, which names the student, is not beside it.")
    return None


def _moodle(name: str) -> Sender | None:
    match = MOODLE.fullmatch(name)
    return match and Sender("Moodle", name=match["name"], id=match["id"], file=match["file"] or "")


def _brightspace(name: str) -> Sender | None:
    match = BRIGHTSPACE.fullmatch(name)
    if not match:
        return None
    return Sender("Brightspace", match["name"], match["id"], time=_brightspace_time(match), file=match["file"] or "")


def _letters(name: str) -> str:
    """As long as ``name``, with an x for every mark: accents taken apart, and vowels of Indic scripts. Canvas counts them
    among a word's characters, Python's word pattern does not."""
    return "".join("x" if unicodedata.category(c).startswith("M") or c in JOINERS else c for c in name)


def _brightspace_time(match: re.Match) -> datetime | None:
    """ "Nov 20, 2026 1103 PM", "Feb 11, 2016 205 AM": hour and minutes without a colon."""
    try:
        return dates.parse(f"{match['date']} {match['hour']}:{match['minute']}{match['half'] or ''}")
    except (ValueError, OverflowError):
        return None


def _autolab(name: str) -> Sender | None:
    match = AUTOLAB.fullmatch(name)
    if not match or match["annotated"]:
        return None
    return Sender("Autolab", email=match["email"].lower(), number=int(match["number"] or 0), file=match["file"])


def _canvas(name: str) -> Sender | None:
    match = CANVAS.fullmatch(_letters(name))
    if not match:
        return None
    who, given = (name[slice(*match.span(group))] if match[group] else "" for group in ("name", "file"))
    if who != who.lower():
        return None
    if match["anonymous"]:
        return Sender("Canvas", file=name, problem="Canvas exported it anonymously: switch that off and export again.")
    number = int(match["number"] or 0)
    return Sender("Canvas", who, match["id"], late=bool(match["late"]), number=number, file=given or name)


def is_annotated_copy(name: str) -> bool:
    """Autolab's copy of a hand-in with an instructor's annotations."""
    match = AUTOLAB.fullmatch(name)
    return bool(match and match["annotated"])


def gradescope(metadata: Path) -> dict[str, list[Sender]]:
    """The senders of each submission folder. Raises ValueError with a sentence when the file cannot be read."""
    try:
        text = metadata.read_text(encoding="utf-8")
        _require_shallow(text)
        content = yaml.load(text, Loader=RubyLoader)  # noqa: S506 (a SafeLoader)
        return {str(folder): _submitters(entry) for folder, entry in content.items()}
    except (yaml.YAMLError, OSError, AttributeError, TypeError, ValueError, OverflowError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(f"{METADATA} cannot be read ({reason}): export from Gradescope again.") from None


def _submitters(entry: dict) -> list[Sender]:
    time = entry.get(":created_at")
    time = dates.parse(time) if isinstance(time, str) else time
    people = entry.get(":submitters") or []
    senders = [
        Sender("Gradescope", _text(person, ":name"), _text(person, ":sid"), _text(person, ":email").lower(), time)
        for person in people
    ]
    return senders or [Sender("Gradescope", problem=f"{METADATA} names no submitter: assign it to a student in Gradescope.")]


def _text(person: dict, key: str) -> str:
    value = person.get(key)
    return str(value).strip() if isinstance(value, (str, int)) else ""


def _require_shallow(text: str) -> None:
    """libyaml's C code composes nested nodes by recursion: too many of them would end this process."""
    depth = 0
    for event in yaml.parse(text, Loader=RubyLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > 100:
            raise ValueError("it is nested too deeply")


class RubyLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """PyYAML's safe loader, for which a Ruby object is a plain mapping, list or text."""


def _plain(loader: RubyLoader, suffix: str, node: yaml.Node):
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


RubyLoader.add_multi_constructor("!", _plain)
