"""IPython as a notebook knows it, without a kernel around it, history file or threads.

The sandbox runs this file beside inside.py, which runs cells in the shell.
"""

import builtins
import importlib
import sys
from io import TextIOBase

import numpy
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from mytorch.check import check
from mytorch.check.record import PLACE
from mytorch.check.standin import is_stand_in
from mytorch.check.trace import MIME
from mytorch.course import COMPONENTS, ITEM_OF


class Stream(TextIOBase):
    """sys.stdout or sys.stderr of a cell."""

    encoding = "utf-8"

    def __init__(self, name: str, descriptor: int):
        self.label, self.descriptor, self.outputs = name, descriptor, None

    def write(self, text) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.outputs.stream(self.label, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.descriptor


class Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs):
        self._validate_data(data, metadata)
        if MIME in data or PLACE in data:
            self.shell.outputs.record(data)
        else:
            self.shell.outputs.display("display_data", data, metadata)

    def clear_output(self, wait=False):
        self.shell.outputs.collected.clear()


class ResultHook(DisplayHook):
    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        count = self.shell.execution_count
        self.shell.outputs.display("execute_result", format_dict, md_dict, execution_count=count)

    def finish_displayhook(self):
        self._is_active = False


class Shell(InteractiveShell):
    outputs = None
    system = InteractiveShell.system_piped  # through sys.stdout

    def remember_classes(self):
        """An import of a component from mytorch, where it is not finished here, hides the student's class
        of that name.
        """
        values = ((name, self.user_ns.get(name)) for name in COMPONENTS)
        self.classes.update(
            (name, value) for name, value in values if isinstance(value, type) and not is_stand_in(value)
        )

    def classes_behind_stand_ins(self):
        return {name: own for name, own in self.classes.items() if is_stand_in(self.user_ns.get(name))}

    def connect(self, outputs):
        self.outputs = outputs
        for stream in self.streams:
            stream.outputs = outputs
            if not hasattr(getattr(sys, stream.label, None), "write"):  # a cell's None, with which none runs
                setattr(sys, stream.label, stream)

    def course_imports(self):
        yield "np", numpy
        for name in COMPONENTS:
            if ITEM_OF[name].module in self.earlier:
                yield name, getattr(importlib.import_module(ITEM_OF[name].module), name)

    def _showtraceback(self, etype, evalue, stb):
        name = getattr(etype, "__name__", str(etype))
        self.outputs.error(str(name), text_of(evalue), [str(line) for line in stb])

    def ask_exit(self):
        """exit and quit end no notebook: the cells below are graded too."""

    def run_line_magic(self, magic_name, line, _stack_depth=1):
        try:
            return super().run_line_magic(magic_name, line, _stack_depth + 1)
        except Exception:
            # one that only the student's Jupyter knows, or needs a window: the cell goes on without
            self.showtraceback()

    def enable_gui(self, gui=None):
        """There is no event loop to hook into."""


def no_answer(prompt=""):
    raise EOFError("input() has nobody to answer it while a notebook is graded")


def make_shell() -> Shell:
    """What cells put out goes to what it is connected to."""
    config = Config(
        {"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor", "autocall": 0}}
    )
    shell = Shell.instance(config=config, displayhook_class=ResultHook, display_pub_class=Publisher)
    shell.classes, shell.check = {}, check
    builtins.input = no_answer
    sys.stdout, sys.stderr = shell.streams = Stream("stdout", 1), Stream("stderr", 2)
    sys.displayhook = shell.displayhook
    return shell


def text_of(error) -> str:
    try:
        return str(error)
    except Exception:
        return ""
