"""Import torch while the student reads, so that the first check does not have to wait for it."""

import importlib
import threading
from functools import cache


class TorchMissing(ImportError):
    """There is nothing to compare with. In a notebook it shows as one line."""

    def _render_traceback_(self):
        return [f"TorchMissing: {self}"]


@cache
def oracles():
    """The module of torch oracles; waits for the import that ``start`` began, or imports it now. Raises TorchMissing."""
    try:
        return importlib.import_module("mytorch.check.oracles")
    except (ImportError, OSError) as error:  # OSError: one of torch's own libraries cannot be loaded
        raise TorchMissing(
            f"checks compare with PyTorch, which cannot be imported here ({error}). "
            "Is this the environment that you made for the course?"
        ) from None


def _warm_up() -> None:
    try:
        oracles().warm_up()
    except TorchMissing:
        pass  # the first check meets it again, and says so


def start() -> None:
    """Begin the import in the background."""
    threading.Thread(target=_warm_up, name="import torch", daemon=True).start()
