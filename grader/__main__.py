"""The instructor's commands: ``grader COMMAND`` or ``python -m grader COMMAND``; ``--help`` lists them."""

import argparse
import errno
import importlib
import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from threading import current_thread, main_thread

from grader import ROOT
from grader.grading.parallel import forkserver, loading
from grader.grading.stock import CommandFailed, said_of, search_path
from mytorch.export import ExportError

INTERRUPTED, UNREAD, STOPPED = 130, 141, "grader: Stopped."  # the statuses as shells have them

# By name, a module and a sentence. The module has ``add_arguments(parser)`` and ``run(args)``. It is imported
# when its command is called: nbgrader takes seconds, which --help and the others need not wait for.
COMMANDS = {
    "workspace": (
        "grader.authoring.workspace",
        "Build the release if it is stale and copy it to workspace/, never over what a student wrote.",
    ),
    "sync": (
        "grader.authoring.sync",
        "Bring source/ and mytorch/ in step with notebooks/, the text that people edit.",
    ),
    "demo": (
        "grader.authoring.demo",
        "Generate, autograde and return three made-up hand-ins on a scratch copy, and print their grades.",
    ),
    "autograde": (
        "grader.grading.parallel.autograde",
        "Autograde all submissions of an assignment in parallel, each in its sandbox.",
    ),
    "feedback": (
        "grader.pages.generate_feedback",
        "Make the feedback pages of an assignment, on all cores.",
    ),
    "doctor": (
        "grader.authoring.doctor",
        "Check a course before its release.",
    ),
    "collect": (
        "grader.lms.collect.command",
        "Collect hand-ins that Canvas, Moodle, Brightspace, Blackboard, Gradescope or Autolab exported.",
    ),
    "extend": (
        "grader.grading.extensions",
        "Give a student more time, before or after the hand-in; or many, by a CSV file.",
    ),
    "section": (
        "grader.authoring.section",
        "Begin a new section: its folder and its notebook, as a skeleton that runs.",
    ),
    "book": (
        "grader.pages.book",
        "The handout as a website to read, for a course's page.",
    ),
    "report": (
        "grader.pages.report.command",
        "What the class got wrong: scores, diagnosed causes with example code, as a page and as CSV.",
    ),
    "return": (
        "grader.lms.returning.command",
        "Feedback and grades in the forms that Canvas, Moodle, Brightspace, Blackboard, Gradescope and "
        "Autolab take back.",
    ),
    "similarity": (
        "grader.similarity.command",
        "Which submissions share more code than the skeleton and the few right answers explain.",
    ),
}


def give_back(args: argparse.Namespace) -> None:
    """``return``: the zips begin with a page, which the room of the systems does not draw itself."""
    from grader.lms.returning.command import run
    from grader.pages.feedback import beside_start_page, start_page

    run(args, start_page, beside_start_page)


def build_parser(command: str = "") -> argparse.ArgumentParser:
    """``command``: the one to be run; the other commands' modules, and the libraries behind them, are not
    loaded.
    """
    parser = argparse.ArgumentParser(prog="grader", description="The instructor's commands.")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (path, sentence) in COMMANDS.items():
        module = importlib.import_module(path) if name == command else None
        subparser = subparsers.add_parser(name, help=sentence, description=module and module.__doc__)
        if module:
            module.add_arguments(subparser)
            subparser.set_defaults(run=give_back if name == "return" else module.run)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status (1 when it failed with a message)."""
    argv = sys.argv[1:] if argv is None else argv
    os.environ["PATH"] = search_path()
    if argv[:1] == ["autograde"]:
        forkserver.start_early()
    loading.end_at_once()
    try:
        with _ended_by_an_interrupt(), loading.uncollected():
            parser = build_parser(argv[0] if argv else "")
        args = parser.parse_args(argv)
        args.run(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the program that it was piped into, such as less, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it once more
        return UNREAD
    except (CommandFailed, ExportError) as error:
        print(f"grader: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"grader: {_in_words(error)}", file=sys.stderr)
        return 1
    except Exception as error:
        if not (words := _about_a_section(error)):
            raise
        print(f"grader: {words}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def _ended_by_an_interrupt():
    """While libraries load: an exception that comes in the midst of Python's imports may get lost there."""

    def end(*_):
        print(STOPPED, file=sys.stderr, flush=True)
        os._exit(INTERRUPTED)

    before = signal.getsignal(signal.SIGINT)
    is_heard = before is signal.default_int_handler and current_thread() is main_thread()
    if is_heard:
        signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        if is_heard:
            signal.signal(signal.SIGINT, before)


def _about_a_section(error: Exception) -> str:
    """What went wrong in a section's files; empty for an error of another origin."""
    words = said_of(error, ROOT / "mytorch" / "sections")
    is_missing = str(getattr(error, "name", "")).startswith("mytorch.sections.")
    return words or (f"{type(error).__name__}: {error}" if is_missing else "")


def _in_words(error: OSError) -> str:
    """What the system refused, and what can be done."""
    path = error.filename2 or error.filename  # of two, that which was written to
    folder = Path(path).parent if isinstance(path, str) else "the folder"
    match error.errno:
        case errno.EROFS:
            return f"Nothing can be written to {folder}: its disk is read-only. Use a copy of the course."
        case errno.ENOSPC | errno.EDQUOT:
            return f"No space is left for {folder}: make room, and run the same command again."
    return str(error)


if __name__ == "__main__":
    sys.exit(main())
