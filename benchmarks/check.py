"""How long a student waits for a check: the import, the first check of a session, the later ones.

    python benchmarks/check.py [SESSIONS]

A session is a fresh IPython in a student's folder, with all classes typed in. A check that passes also writes
its class into the student's mytorch, and that counts. Times are medians over the sessions, in milliseconds.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from light import SOURCE, solution

from grader.authoring.release import write_kit
from mytorch.course import ASSIGNMENTS, COMPONENTS

ASSIGNMENT = next(iter(ASSIGNMENTS.values()))
READING = 8  # seconds between the import and the first check, when the student reads

SESSION = """
import json, sys, time
import matplotlib, numpy, ipywidgets
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

shell = InteractiveShell.instance()
shell.history_manager.enabled = False

def milliseconds(cell):
    with capture_output():
        start = time.perf_counter()
        shell.run_cell(cell, store_history=True).raise_error()
        return 1000 * (time.perf_counter() - start)

pause, cells = json.load(sys.stdin)
times = {"import": milliseconds("import numpy as np\\nfrom mytorch.check import check")}
shell.run_cell("from mytorch.nn import Linear, ReLU", store_history=True)
for cell in cells.values():
    shell.run_cell(cell, store_history=True)
time.sleep(pause)
times["first"] = milliseconds("check(Linear)")
for name in cells:
    milliseconds(f"check({name})")
    times[name] = sorted(milliseconds(f"check({name})") for _ in range(5))[2]
print(json.dumps(times))
"""


def session(pause: float, cells: dict[str, str]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        write_kit(Path(folder), ASSIGNMENT)
        command = [sys.executable, "-c", SESSION]
        run = subprocess.run(
            command, cwd=folder, input=json.dumps([pause, cells]), stdout=-1, text=True, check=True
        )
        return json.loads(run.stdout.splitlines()[-1])


def medians(sessions: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(times[name] for times in sessions) for name in sessions[0]}


def main(count: int) -> None:
    cells = {name: solution(SOURCE, name) for name in COMPONENTS}
    at_once, later = (medians([session(pause, cells) for _ in range(count)]) for pause in (0, READING))
    print(f"{'import mytorch.check':<32}{later['import']:6.0f} ms")
    print(f"{'first check, at once':<32}{at_once['first']:6.0f} ms")
    print(f"{f'first check, {READING} s later':<32}{later['first']:6.0f} ms")
    for name in cells:
        print(f"{f'check({name}), warm':<32}{later[name]:6.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
