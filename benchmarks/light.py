"""What a student's machine bears: memory of a kernel, the first check, the checks in a terminal.

    python benchmarks/light.py RELEASE [SOURCE] [ROUNDS]

RELEASE is the folder of a release, with this course's or an earlier version's mytorch; SOURCE the notebooks
with the solutions, whose classes are typed in. Memory in MB (resident), times in seconds of CPU, which other
work on the machine hardly lengthens; medians. It fails when one is above its target.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

from mytorch.course import ASSIGNMENTS
from mytorch.export import plain_python

SOURCE = Path(__file__).resolve().parents[1] / "source" / next(iter(ASSIGNMENTS))

TARGETS = {  # at most
    "memory after a check": 120,
    "first check after import": 0.3,
    "later check": 0.1,
    "python -m mytorch check Linear": 4,
    "python -m mytorch check": 15,
}

# In a kernel's Python, without the kernel: ipykernel is loaded, as in every notebook.
KERNEL = """
import json, sys, time
import ipykernel.kernelapp
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

shell = InteractiveShell.instance()
shell.history_manager.enabled = False

def seconds(cell):
    with capture_output():
        start = time.process_time()
        shell.run_cell(cell, store_history=True)
        return time.process_time() - start

def memory():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20

solution, broken = json.load(sys.stdin)
found = {"memory of a bare kernel": memory()}
found["import of check"] = seconds("import numpy as np\\nfrom mytorch.check import blank, check, progress")
found["memory after import"] = memory()
seconds(solution)
found["first check after import"] = seconds("check(Linear)")
found["memory after a check"] = memory()
found["later check"] = seconds("check(Linear)")
seconds(broken)
found["first check that fails"] = seconds("check(Linear)")
found["later check that fails"] = seconds("check(Linear)")
found["memory after a failure"] = memory()
found["first stand-in"] = seconds("from mytorch.nn import ReLU\\nReLU().forward(np.ones((1, 1)))")
shell.kernel, shell.get_parent = None, dict  # as far as an explorer asks for them
curves = "from mytorch.nn import Identity, Sigmoid, Tanh\\nexplore.activations(Identity, Sigmoid, Tanh, ReLU)"
found["first explorer"] = seconds(f"from mytorch import explore\\n{curves}")
assert sys.modules["mytorch.explore.base"]._open, "it is shown"
found["memory after an explorer"] = memory()
print(json.dumps(found))
"""


def environment() -> dict[str, str]:
    """A student's: nothing of the repository is on the path."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MYTORCH"))}


def kernel(release: Path, cells: tuple[str, str]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = shutil.copytree(release, Path(scratch) / release.name)
        command = [sys.executable, "-c", KERNEL]
        run = subprocess.run(
            command, cwd=folder, env=environment(), input=json.dumps(cells), stdout=-1, text=True, check=True
        )
        return json.loads(run.stdout.splitlines()[-1])


def terminal(release: Path, solved: Path, *components: str) -> tuple[float, float]:
    """Seconds, and seconds of CPU with those of the kernels, of ``python -m mytorch check``."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = shutil.copytree(release, Path(scratch) / release.name)
        for notebook in solved.glob("*.ipynb"):
            shutil.copy(notebook, folder)
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        command = [sys.executable, "-m", "mytorch", "check", *components]
        subprocess.run(command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return time.perf_counter() - start, cpu


def solution(source: Path, component: str) -> str:
    cells = (cell for path in source.glob("*.ipynb") for cell in nbformat.read(path, as_version=4).cells)
    own = f"{component}-code"
    return next(
        plain_python(cell.source)
        for cell in cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == own
    )


def main(release: Path, source: Path = SOURCE, rounds: int = 3) -> bool:
    """Print a line for each figure. Are all within the targets?"""
    right = solution(source, "Linear")
    cells = (right, right.replace("/ self.N", ""))
    found = [kernel(release, cells) for _ in range(rounds)]
    held = []
    for name in found[0]:
        unit = "MB" if "memory" in name else "s"
        held.append(line(name, statistics.median(each[name] for each in found), unit))
    for components in (["Linear"], []):
        times = [terminal(release, source, *components) for _ in range(rounds)]
        wall, cpu = (statistics.median(column) for column in zip(*times))
        name = " ".join(["python -m mytorch check", *components])
        held.append(line(name, cpu, f"s, {wall:.2f} s by the clock"))
    return all(held)


def line(name: str, value: float, unit: str) -> bool:
    target = TARGETS.get(name)
    wanted = "" if target is None else f"   at most {target}"
    print(f"{name:<36}{value:8.2f} {unit}{wanted}", flush=True)
    return target is None or value <= target


if __name__ == "__main__":
    first, *others = sys.argv[1:]
    sys.exit(not main(Path(first).resolve(), *map(Path, others[:1]), *map(int, others[1:])))
