"""Plug-ins for ``nbgrader zip_collect``, set in nbgrader_config.py; ``grader collect`` reads through the same
two.
"""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from dateutil import tz
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from traitlets import List, TraitError, Unicode, validate

from grader.grading.coursedir import folder
from grader.grading.lacking import named_cells
from grader.grading.stock import CommandFailed

from .collect import times
from .collect.archives import unpack_tree
from .collect.attempts import Plan
from .collect.filenames import NOTEBOOK
from .collect.reader import Reader
from .collect.unpacked import Unpacked
from .people.matcher import Matcher
from .people.roster import in_gradebook, read_roster

NO_ZONE = "There is no time zone {!r}; give a name such as Asia/Dubai, or UTC+4."


class SafeExtractor(ExtractorPlugin):
    """Unpacks archives of strangers; ``refused`` lists what was not unpacked: path and sentence."""

    refused: list[tuple[Path, str]] = []

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack or copy everything in the folder ``archive_path`` into ``extracted_path``. Raises
        OSError.
        """
        refused = unpack_tree(Path(archive_path), Path(extracted_path))
        self.refused = [*self.refused, *refused]
        for _, sentence in refused:
            self.log.warning(sentence)


class LmsCollector(FileNameCollectorPlugin):
    """Tells the students behind the files that Canvas, Moodle, Brightspace, Blackboard, Gradescope or Autolab
    export.

    With ``named_regexp`` set it does what nbgrader's own plug-in does.
    """

    roster = Unicode("", help="CSV file with the students. Empty: those in the gradebook.").tag(config=True)
    timezone = Unicode(
        "",
        help="Time zone of times in file names, such as Asia/Dubai or UTC+4. Empty: that of "
        "c.LatePolicy.time_zone, or UTC.",
    ).tag(config=True)
    times = List(
        Unicode(), help="Files that say when students handed in: JSON of a system's API, or CSV."
    ).tag(config=True)
    _found = None

    @validate("timezone")
    def _known_zone(self, proposal) -> str:
        zone = proposal["value"].strip()
        zone = f"UTC{zone}" if zone.startswith(("+", "-")) else zone
        if zone and tz.gettz(zone) is None:
            raise TraitError(NO_ZONE.format(zone))
        return zone

    @property
    def zone_name(self) -> str:
        """The late policy's, where collecting has none of its own: a course needs to say its zone only
        once.
        """
        zone = self.timezone or str(self.config.LatePolicy.get("time_zone") or "UTC")
        if tz.gettz(zone) is None:
            raise CommandFailed(NO_ZONE.format(zone))
        return zone

    @property
    def zone(self) -> tzinfo:
        return tz.gettz(self.zone_name)

    def plan(self, roots: list[Path], refused: list[tuple[Path, str]], prefer_later: bool = False) -> Plan:
        """What to collect from unpacked exports. Raises CommandFailed for a roster that cannot be used."""
        coursedir = self.parent.coursedir
        students, is_roster, unread = in_gradebook(coursedir), bool(self.roster), []
        if is_roster:
            students, unread = read_roster(Path(coursedir.root, self.roster), students)
        notebooks = notebook_names(coursedir)
        matcher = Matcher(students, is_roster)
        listed = times.latest(times.read(Path(coursedir.root, one), matcher) for one in self.times)
        assignment = coursedir.assignment_id
        expected = named_cells(coursedir, assignment)
        unpacked, when = Unpacked(roots, refused), times.Times(matcher, listed, self.zone)
        plan = Reader(unpacked, when, assignment, notebooks, expected).read(prefer_later)
        plan.unread = unread
        return plan

    def collect(self, submitted_file: str) -> dict | None:
        """nbgrader asks for one file after the other; who and when is decided on all of them together."""
        if self.named_regexp:
            return super().collect(submitted_file)
        if self._found is None:
            self._found = self._read_all()
        found = self._found.get(Path(submitted_file))
        return found and {"student_id": found.student, "file_id": found.notebook, "timestamp": found.time}

    def _read_all(self) -> dict[Path, "Found"]:
        app = self.parent
        plan = self.plan(
            [Path(app._format_collect_path(app.extracted_directory))], app.extractor_plugin_inst.refused
        )
        for sentence in plan.unread:
            self.log.warning(f"{self.roster}: {sentence}")
        for problem in [*plan.problems, *plan.without_file]:
            self.log.warning(" ".join([problem.file, *problem.students]) + f": {problem.reason}")
        for attempt in plan.attempts:
            for sentence in attempt.lacks:
                self.log.warning(f"{attempt.student}: {sentence}")
        return {
            path: Found(attempt.student, name, attempt.time)
            for attempt in plan.attempts
            for name, path in attempt.notebooks.items()
        }


@dataclass(frozen=True)
class Found:
    student: str
    notebook: str
    time: datetime | None


def notebook_names(coursedir) -> list[str]:
    """Of the assignment, without suffix: those of its source, else of its release."""
    for step in ("source", "release"):
        place = folder(coursedir, step, ".", coursedir.assignment_id)
        if names := sorted(path.stem for path in place.glob(f"*{NOTEBOOK}")):
            return names
    return []
