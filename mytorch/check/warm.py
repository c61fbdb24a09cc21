"""Import torch while the student reads, so that the first check does not have to wait for it."""

import importlib
import threading
from functools import cache


@cache
def oracles():
    """The module of torch oracles; waits for the import that ``start`` began, or imports it now."""
    return importlib.import_module("mytorch.check.oracles")


def _warm_up() -> None:
    oracles().warm_up()


def start() -> None:
    """Begin the import in the background. Errors are not lost: the first check meets them again."""
    threading.Thread(target=_warm_up, name="import torch", daemon=True).start()
