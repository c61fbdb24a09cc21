"""What a student's mytorch remembers: which checks have passed, answers to blanks, boxes ticked by hand.

It lives in ``progress.json`` beside the notebooks, so that it survives restarts. In the course's own
repository, which is nobody's workspace, it lives in memory only.
"""

import json
from datetime import datetime
from pathlib import Path

from .course import COMPONENTS, PACKAGE, is_student_copy
from .files import write_atomically

FILE = PACKAGE.parent / "progress.json"

_memory: dict = {}  # what could not be written


def _read() -> dict:
    if _memory or not is_student_copy():
        return _memory
    try:
        data = json.loads(FILE.read_text(encoding="utf-8"))
        if isinstance(data, dict):
            return data
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        pass
    _set_aside()
    return {}


def _set_aside() -> None:
    """An unreadable file is kept under another name, never overwritten."""
    try:
        FILE.replace(FILE.with_name(f"progress.damaged-{datetime.now():%Y%m%d-%H%M%S}.json"))
    except OSError:
        pass  # a folder that cannot be written: remember() will say so


def recall(key: str, default=None):
    """A value stored earlier; the default if there is none, or none of the default's kind."""
    value = _read().get(key, default)
    return value if default is None or isinstance(value, type(default)) else default


def remember(key: str, value) -> None:
    """Store a JSON value. In a folder that cannot be written it is kept until the kernel stops."""
    data = {**_read(), key: value}
    if is_student_copy():
        try:
            write_atomically(FILE, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
            _memory.clear()
            return
        except OSError as error:
            print(f"Your progress could not be saved to {FILE.name}: {error.strerror or error}.")
    _memory.update(data)


def passed(file: Path | None = None) -> set[str]:
    """The components whose check has passed at some time, so that their classes stand in the modules; in the
    copy that has this progress.json, if one is named.
    """
    if file is None:
        ticks = recall("passed", {})
    else:
        try:
            ticks = json.loads(file.read_text(encoding="utf-8"))["passed"]
        except (OSError, ValueError, KeyError, TypeError):
            return set()
    return {name for name in COMPONENTS if isinstance(ticks, dict) and ticks.get(name)}


def passing() -> set[str]:
    """The components whose last check passed: what the checklist ticks."""
    return passed() - recall("broken", {}).keys()


def tick(component: str) -> None:
    """Mark a component as passed."""
    _mark("passed", component)
    if component in recall("broken", {}):
        remember("broken", {name: when for name, when in recall("broken", {}).items() if name != component})


def take_back(component: str) -> None:
    """Mark a component that had passed as broken again. Its class in the module stays what passed."""
    if component in passing():
        _mark("broken", component)


def _mark(key: str, component: str) -> None:
    remember(key, {**recall(key, {}), component: datetime.now().isoformat(timespec="seconds")})
