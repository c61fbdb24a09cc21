"""A page of docs/ whose commands are run: its fenced blocks, and a made-up machine to run them on."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Block:
    """A fenced block of a page: ``bash`` with what it must print, or a file; ``line`` is where it stands."""

    page: str
    kind: str
    text: str
    section: int
    line: int
    prints: str = ""


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found, section, lines = [], 0, iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if heading := re.match(r"## (\d+) ", line):
            section = int(heading[1])
        if not line.startswith("```"):
            continue
        fence = re.match("`+", line)[0]
        body = []
        for _, inner in lines:
            if inner == fence:
                break
            body.append(inner)
        block = Block(page.name, line.removeprefix(fence), "\n".join(body), section, number)
        if block.kind == "text":
            found[-1].prints = block.text
        else:
            found.append(block)
    return found


def missing(expected: str, printed: str) -> str | None:
    """The first line that ``printed`` lacks; lines come in order, "…" stands for anything in a line."""
    start = 0
    for line in expected.splitlines():
        pattern = ".*".join(map(re.escape, line.split("…")))
        match = re.compile(rf"^.*{pattern}.*$" if "…" in line else rf"^.*{pattern}$", re.MULTILINE).search(
            printed, start
        )
        if not match:
            return line
        start = match.end()
    return None


class Machine:
    """A made-up server: the course's folder, the homes of instructor and student, and /srv."""

    def __init__(self, folder: Path, course: Path, bin: Path):
        self.folder, self.course, self.student, self.bin = folder, course, folder / "student", bin
        (folder / "home" / "Downloads").mkdir(parents=True)
        self.student.mkdir()

    def run(self, block: Block) -> str:
        """What the block prints. Fails when a command does, or when a line is missing."""
        student = block.kind.endswith("as=student")
        environment = {
            "HOME": str(self.student if student else self.folder / "home"),
            "PATH": os.pathsep.join([str(self.bin), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "JUPYTER_CONFIG_PATH": str(self.folder / "etc" / "jupyter"),
            "JUPYTER_DATA_DIR": str(self.folder / ("student-data" if student else "data")),
        }
        command = ["bash", "-e", "-o", "pipefail", "-c", self.here(block.text)]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "encoding": "utf-8"}
        run = subprocess.run(
            command,
            cwd=self.student if student else self.course,
            env={**os.environ, **environment},
            **streams,
        )
        where = f"docs/{block.page}, line {block.line}:\n{block.text}\n\n{run.stdout}"
        assert run.returncode == 0, where
        line = missing(block.prints, run.stdout)
        assert line is None, f"{line!r} is not printed by {where}"
        return run.stdout

    def here(self, text: str) -> str:
        """With the made-up machine's paths."""
        return text.replace("/srv/", f"{self.folder}/srv/")
