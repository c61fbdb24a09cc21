"""Imported by the fork server (``forkserver.py``): what workers need, and what each of them would otherwise
find out and compile for itself.
"""

import gc
from contextlib import suppress

from .loading import uncollected

with uncollected():
    from mytorch.course import ASSIGNMENTS

    from ..sandbox import machine
    from ..sandbox.library import autograd, font_list, library, stand_ins_before
    from . import workers  # noqa: F401

    with suppress(OSError):  # a full disk, for one: a worker says so
        library()
        autograd()
        font_list()
        machine.hidden_paths(machine.ANSWERS)
        for assignment in ASSIGNMENTS.values():
            for notebook in assignment.notebooks:
                stand_ins_before(notebook)
gc.freeze()  # the collector leaves alone what all workers share
