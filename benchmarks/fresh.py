"""A fresh environment of the students' kit: megabytes fetched and on disk, seconds, and whether it works.

    python benchmarks/fresh.py RELEASE [SOURCE] [--python python3.13]
        [--with "ipython==7.34.0" --with "ipywidgets==7.7.1"]

RELEASE is the folder of a release, SOURCE the notebooks with the solutions. Packages are fetched by pip,
without its cache, and installed from what was fetched; where an index is near, its seconds say little.
``--with`` fixes versions, such as Colab's, in place of what requirements.txt says of these packages and of
JupyterLab. Then, in a kernel of that environment, one notebook defines and checks a class and shows what the
course shows; and ``python -m mytorch check`` runs all notebooks.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from light import SOURCE, environment, solution

MB, SECONDS = 600, 45  # on disk, and in all: what `make lab` is allowed on a bare machine

# In the kernel's Python: what the notebook shows, by its cells.
RUN = """
import json, sys
from importlib.metadata import version
import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=120, allow_errors=True).execute()
used = [name + " " + version(name) for name in ("ipython", "ipywidgets", "ipykernel")]
print("python " + sys.version.split()[0], *used, sep=", ")
for cell in notebook.cells:
    shown = [output.get("ename") or sorted(output.get("data", {"text": ""})) for output in cell.outputs]
    print(json.dumps([cell.source.splitlines()[-1], shown]))
"""
SHOWN = {"explore.linear(Linear)": "widget-view", "blank(2)": "widget-view", "progress()": "widget-view"}


def main() -> bool:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("release", type=Path)
    parser.add_argument("source", type=Path, nargs="?", default=SOURCE)
    parser.add_argument("--with", dest="fixed", action="append", default=[], metavar="PACKAGE==VERSION")
    parser.add_argument("--python", default=sys.executable, help="the one to make the environment from")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        kit = shutil.copytree(options.release.resolve(), Path(scratch) / "hw1")
        wanted = (kit / "requirements.txt").read_text().split("\n")
        fixed = {re.match(r"[\w-]+", name)[0] for name in options.fixed} | (
            {"jupyterlab"} if options.fixed else set()
        )
        wanted = [name for name in wanted if name and re.match(r"[\w-]+", name)[0] not in fixed]
        wanted += options.fixed + (["ipykernel<7", "nbclient"] if options.fixed else [])
        missed = install(Path(scratch), options.python, wanted)
        python = Path(scratch) / "venv" / "bin" / "python"
        return works(python, kit, options.source) and not missed


def install(scratch: Path, python: str, wanted: list[str]) -> list[str]:
    """Print the figures. Returns what is more than it may be."""
    wheels, venv = scratch / "wheels", scratch / "venv"
    start = time.perf_counter()
    run(python, "-m", "venv", venv)
    made = time.perf_counter()
    pip = (venv / "bin" / "python", "-m", "pip", "--no-cache-dir", "-q", "--disable-pip-version-check")
    run(*pip, "download", "-d", wheels, *wanted)
    fetched = time.perf_counter()
    run(*pip, "install", "--no-index", "--find-links", wheels, *wanted)
    done = time.perf_counter()
    disk = megabytes(venv)
    count = len(list(wheels.iterdir()))
    print(f"fetched    {megabytes(wheels):6.0f} MB in {count} packages, {fetched - made:5.1f} s")
    print(f"installed  {disk:6.0f} MB on disk (at most {MB}), {done - fetched + made - start:5.1f} s")
    print(f"in all     {done - start:6.1f} s (at most {SECONDS})", flush=True)
    return [name for name, is_more in {"MB": disk > MB, "s": done - start > SECONDS}.items() if is_more]


def megabytes(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def works(python: Path, kit: Path, source: Path) -> bool:
    """Print what came of a notebook with every kind of display, and of all checks in a terminal."""
    first = (
        "import numpy as np\nfrom mytorch.check import blank, check, progress\nfrom mytorch import explore"
    )
    cells = [first, solution(source, "Linear"), "check(Linear)", *SHOWN]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, kit / "shown.ipynb")
    versions, *lines = run(python, "-c", RUN, "shown.ipynb", cwd=kit).splitlines()
    (kit / "shown.ipynb").unlink()
    shown = dict(map(json.loads, lines))
    print(versions, *lines, sep="\n", flush=True)
    held = all(kind in str(shown[cell]) for cell, kind in SHOWN.items()) and "Error" not in str(shown)
    for path in source.glob("*.ipynb"):
        shutil.copy(path, kit)
    checked = run(python, "-m", "mytorch", "check", cwd=kit).splitlines()
    print(*(line for line in checked if "points" in line), sep="\n")
    return held


def run(*command, cwd: Path | None = None) -> str:
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment(), stdout=subprocess.PIPE, text=True, check=True
    ).stdout


if __name__ == "__main__":
    sys.exit(not main())
