"""A learning management system's API: it brings what the system exports, and takes grades and feedback back.

Another system's is a module with a subclass of Service, and a line in SERVICES.
"""

import importlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from traitlets.config import Configurable, LoggingConfigurable

from grader.grading.stock import CommandFailed

from .system import Sender

SERVICES = {"canvas": "grader.lms.systems.canvas_api.CanvasApi"}


@dataclass(frozen=True)
class Fetched:
    """On this machine: a folder as the system would export it, and files that say when (collect --times).

    ``refused``: a sentence about what could not be taken, by the name of an empty folder in ``export``.
    """

    export: Path
    times: list[Path]
    refused: dict[str, str] = field(default_factory=dict)


class Service(LoggingConfigurable):
    """Of one course; its settings stand in nbgrader_config.py. Every method raises CommandFailed."""

    token = ""  # the environment variable that holds the key

    @property
    def key(self) -> str:
        """Never in a file of the course, which is shared."""
        if not os.environ.get(self.token):
            raise CommandFailed(f"Set {self.token} in the environment to your key for the API.")
        return os.environ[self.token]

    def fetch(self, assignment: str, folder: Path) -> Fetched:
        """Download everybody's latest hand-in into ``folder``; what is there of an earlier call counts."""
        raise NotImplementedError

    def people(self, assignment: str) -> Iterator[Sender]:
        """Whoever may be given something."""
        raise NotImplementedError

    def give(self, assignment: str, person: Sender, points: str, feedback: Path | None) -> None:
        """A grade, and a file beside it."""
        raise NotImplementedError


def service(name: str, parent: Configurable) -> Service:
    """Raises CommandFailed when what it needs is not installed."""
    module, _, kind = SERVICES[name].rpartition(".")
    try:
        return getattr(importlib.import_module(module), kind)(config=parent.config)
    except ModuleNotFoundError as error:
        raise CommandFailed(f"{error.name} is not installed: pip install -e '.[{name}]'") from None
