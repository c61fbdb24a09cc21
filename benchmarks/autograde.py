"""How many notebooks a second: ``grader autograde`` in its sandbox against nbgrader as it comes.

Stock nbgrader has a plain configuration: a kernel a notebook, torch compared inside it, no isolation. Both
grade the same kind of hand-ins (every third with mistakes) on this machine, one after the other, start-up
included. The limit is what the notebooks' own code takes on all cores: recording, in processes forked from
warm Pythons, without a sandbox, a gradebook and a start-up.

    python benchmarks/autograde.py                      # the ratio
    python benchmarks/autograde.py --submissions 300    # and how time and memory grow with the class
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import psutil

from grader.authoring.demo import TYPICAL_MISTAKES, copy_course, submit
from grader.grading.execute import sources
from grader.grading.sandbox import Sandbox
from grader.grading.seeds import new_key
from grader.grading.stock import nbgrader
from grader.grading.submissions import read
from mytorch.course import ASSIGNMENTS

ROOT = Path(__file__).resolve().parents[1]
OWN = next(iter(ASSIGNMENTS.values()))
ASSIGNMENT, NOTEBOOKS = OWN.name, OWN.notebooks
PLAIN = 'c = get_config()\nc.CourseDirectory.course_id = "plain"\n'


def course_with(folder: Path, submissions: int, config: str | None = None) -> Path:
    """A released course with so many hand-ins."""
    folder.mkdir()
    copy_course(ROOT, folder)
    nbgrader("generate_assignment", ASSIGNMENT, root=folder)
    for number in range(submissions):
        mistakes = TYPICAL_MISTAKES if number % 3 == 1 else ()
        submit(folder, f"student{number:04d}", folder / "source" / ASSIGNMENT, mistakes)
    if config:
        (folder / "nbgrader_config.py").write_text(config)
    return folder


def seconds_of(command: list[str], course: Path) -> tuple[float, list[tuple[float, int, int]]]:
    """Run it. Returns its time and samples of (seconds, submissions graded, MB of all its processes)."""
    start, samples = time.monotonic(), []
    with (course / "log.txt").open("w") as log:
        process = subprocess.Popen(command, cwd=course, stdout=log, stderr=subprocess.STDOUT)
        watcher = threading.Thread(target=watch, args=(process, course, start, samples))
        watcher.start()
        if process.wait():
            raise SystemExit((course / "log.txt").read_text())
        seconds = time.monotonic() - start
        watcher.join()
    return seconds, samples


def seconds_at_the_limit(course: Path) -> float:
    """Run all notebooks that were handed in, and do nothing else."""
    folders = sorted((course / "submitted").glob(f"*/{ASSIGNMENT}"))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(record, folders[: os.cpu_count()]))  # warm
        start = time.monotonic()
        list(pool.map(record, folders))
        return time.monotonic() - start


def record(folder: Path) -> None:
    for path in sorted(folder.glob("*.ipynb")):
        notebook, _ = read(path)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        warm_python().run(path.stem, sources(code, new_key()), 30)


@cache
def warm_python() -> Sandbox:
    return Sandbox(isolation="none")


def watch(process: subprocess.Popen, course: Path, start: float, samples: list) -> None:
    parent = psutil.Process(process.pid)
    while process.poll() is None:
        memory = 0
        try:
            for each in (parent, *parent.children(recursive=True)):
                memory += each.memory_info().rss
        except psutil.NoSuchProcess:
            pass
        graded = sum(1 for _ in (course / "autograded").glob("*")) if (course / "autograded").exists() else 0
        samples.append((time.monotonic() - start, graded, memory // 2**20))
        time.sleep(2)


def print_growth(samples: list[tuple[float, int, int]], submissions: int) -> None:
    """Time and memory by tenths of the class."""
    print(f"\n{'submissions':>12}{'seconds':>10}{'s each since':>14}{'MB':>8}")
    last_seconds, last_graded = 0.0, 0
    for tenth in range(1, 11):
        reached = next((sample for sample in samples if sample[1] >= submissions * tenth / 10), samples[-1])
        each = (reached[0] - last_seconds) / max(1, reached[1] - last_graded)
        print(f"{reached[1]:>12}{reached[0]:>10.0f}{each:>14.2f}{reached[2]:>8}")
        last_seconds, last_graded = reached[:2]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--submissions", type=int, default=30, help="for grader autograde (30)")
    parser.add_argument(
        "--stock", type=int, default=3, help="for stock nbgrader, about half a minute each (3)"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mytorch-benchmark-") as scratch:
        plain = course_with(Path(scratch) / "plain", args.stock, PLAIN)
        ours = course_with(Path(scratch) / "ours", args.submissions)
        stock_seconds, _ = seconds_of([sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT], plain)
        our_seconds, samples = seconds_of([sys.executable, "-m", "grader", "autograde", ASSIGNMENT], ours)
        least_seconds = seconds_at_the_limit(ours)
    rates = []
    for what, count, seconds in (
        ("nbgrader autograde, plain", args.stock, stock_seconds),
        ("grader autograde", args.submissions, our_seconds),
        ("the limit", args.submissions, least_seconds),
    ):
        rates.append(count * len(NOTEBOOKS) / seconds)
        print(f"{what:<26}{rates[-1]:7.2f} notebooks a second ({count} submissions in {seconds:.0f} s)")
    print(f"{'times as fast as nbgrader':<26}{rates[1] / rates[0]:7.1f}")
    print(f"{'times the limit':<26}{rates[2] / rates[1]:7.1f}")
    print_growth(samples, args.submissions)


if __name__ == "__main__":
    main()
