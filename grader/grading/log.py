"""What nbgrader and our steps say about one submission, for those who sum it up."""

import logging
from pathlib import Path

from grader import GRADER


class Log(logging.Handler):
    """Collects what goes to ``logger``, from warnings on."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []
        self.logger = logging.Logger("grading", logging.WARNING)
        self.logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def clear(self) -> None:
        self.records.clear()

    def noticed(self) -> list[str]:
        """The sentences of our own steps."""
        return [
            record.getMessage() for record in self.records if Path(record.pathname).is_relative_to(GRADER)
        ]

    def reason(self, error: Exception) -> str:
        """The last line of the first traceback, which nbgrader logs before it goes on; else what the error
        says.
        """
        errors = [record.getMessage() for record in self.records if record.levelno >= logging.ERROR]
        tracebacks = [text for text in errors if "Traceback" in text] or errors
        return tracebacks[0].strip().splitlines()[-1] if tracebacks else f"{type(error).__name__}: {error}"
