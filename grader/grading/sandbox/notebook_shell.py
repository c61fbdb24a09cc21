"""IPython as a notebook knows it, without a kernel around it, history file or threads.

The sandbox runs this file beside inside.py, which runs cells in the shell.
"""

import asyncio
import builtins
import contextvars
import importlib
import os
import sys
from io import TextIOBase

import numpy
from ipykernel.zmqshell import KernelMagics  # by this module tqdm knows that it is in a notebook
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
        if self.outputs.process == os.getpid():
            self.outputs.stream(self.label, text)
        else:  # of one that a cell has forked
            os.write(self.descriptor, text.encode("utf-8", "replace"))
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
        elif name := (transient or {}).get("display_id"):
            self.shell.outputs.display_named(name, data, metadata, update)
        else:
            self.shell.outputs.display("display_data", data, metadata)

    def clear_output(self, wait=False):
        self.shell.outputs.clear(wait)


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
    loop = None  # in which cells run, of an assignment that is not the course's own

    def do_as_kernels_do(self):
        """Points shall be nbgrader's: cells run in an event loop, import what lies in their folder before
        what is installed, and stop at a magic that fails.
        """
        packages = (number for number, path in enumerate(sys.path) if path.endswith("-packages"))
        sys.path.insert(next(packages, len(sys.path)), "")
        self.loop, self.context = asyncio.new_event_loop(), contextvars.copy_context()
        self.loop_runner = self.run_in_loop
        # by these, libraries know that they are in a notebook, where a progress bar is no word on stderr
        type(self).__name__, self.config["IPKernelApp"] = "ZMQInteractiveShell", Config()

    def should_run_async(self, *args, **kwargs):
        idle = self.loop is not None and not self.loop.is_running()
        return idle or super().should_run_async(*args, **kwargs)

    def run_in_loop(self, cell):
        task = self.loop.create_task(with_what_it_began(cell), context=self.context)
        try:
            return self.loop.run_until_complete(task)
        except KeyboardInterrupt:
            task.cancel()  # it waits for something
            return self.loop.run_until_complete(task)

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
            if self.loop is not None:
                raise
            # one that only the student's Jupyter knows, or needs a window: the cell goes on without
            self.showtraceback()

    def enable_gui(self, gui=None):
        """There is no event loop to hook into."""


async def with_what_it_began(cell):
    result = await cell
    await asyncio.sleep(0)  # tasks that it made get their first turn
    return result


def no_answer(prompt=""):
    raise EOFError("input() has nobody to answer it while a notebook is graded")


def go_on(*args, **kwargs):
    """At a breakpoint, where no debugger listens."""


def make_shell() -> Shell:
    """What cells put out goes to what it is connected to."""
    config = Config(
        {"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor", "autocall": 0}}
    )
    shell = Shell.instance(config=config, displayhook_class=ResultHook, display_pub_class=Publisher)
    shell.register_magics(KernelMagics)
    shell.extension_manager.load_extension("storemagic")
    shell.classes, shell.check = {}, check
    builtins.input = no_answer
    sys.breakpointhook = go_on
    sys.stdout, sys.stderr = shell.streams = Stream("stdout", 1), Stream("stderr", 2)
    sys.displayhook = shell.displayhook
    return shell


def text_of(error) -> str:
    try:
        return str(error)
    except Exception:
        return ""
