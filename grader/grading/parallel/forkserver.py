"""multiprocessing's fork server, from which workers are forked: begun before the grader loads its libraries,
it does so at the same time, on another core.
"""

import multiprocessing
import signal
from multiprocessing import forkserver

# Where the system can; elsewhere each worker loads everything itself.
METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
PRELOAD = ["grader.grading.parallel.preload"]


def start_early() -> None:
    if METHOD != "forkserver":
        return
    forkserver.set_forkserver_preload(PRELOAD)
    # It and the workers inherit this: Ctrl+C is for the grader, which ends them in good order.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        forkserver.ensure_running()
    finally:
        signal.signal(signal.SIGINT, before)
