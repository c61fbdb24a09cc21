"""The instructor's commands: ``grader COMMAND`` or ``python -m grader COMMAND``; ``--help`` lists them."""

import argparse
import errno
import importlib
import os
import signal
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from threading import current_thread, main_thread

from grader.grading import forkserver, loading
from grader.grading.stock import CommandFailed, search_path
from mytorch.course import assignment_here
from mytorch.export import ExportError

ROOT = Path(__file__).resolve().parents[1]
INTERRUPTED, STOPPED = 130, "grader: Stopped."  # the status as shells have it

# A command imports what it needs itself: nbgrader takes seconds, which --help and the others need not wait
# for.


def workspace(args: argparse.Namespace):
    """Build the release if it is stale and copy it to workspace/, never over what a student wrote."""
    from grader.authoring.workspace import prepare

    name = args.assignment
    delivery = prepare(ROOT, name)
    count = len(delivery.new) + len(delivery.refreshed)
    if count:
        print(f"workspace/{name}: {count} file{'s' * (count > 1)} delivered")
    for path in delivery.kept:
        print(f"Kept your workspace/{name}/{path}; the newer version is release/{name}/{path}")


def sync(args: argparse.Namespace):
    """Bring source/ and mytorch/ in step with notebooks/, the text that people edit."""
    from grader.authoring.sync import sync, take_over

    if args.edited:
        kept = take_over(ROOT, args.edited.resolve())
        print(f"taken over: {args.edited}")
        if kept:
            print(f"The text was edited, too; as it was, it is in {kept.relative_to(ROOT)}")
    changed = sync(ROOT)
    for path in changed:
        print(f"written: {path.relative_to(ROOT)}")
    print(
        "Everything is in step." if not changed else f"{len(changed)} files brought in step with notebooks/."
    )


def give_back(args: argparse.Namespace):
    """``return``: the zips begin with a page, which the room of the systems does not draw itself."""
    from grader.lms.returning import run
    from grader.pages.feedback import beside_start_page, start_page

    run(args, start_page, beside_start_page)


def demo(args: argparse.Namespace):
    """Generate, autograde and return three made-up hand-ins on a scratch copy, and print their grades."""
    from grader.authoring.demo import run_demo

    with tempfile.TemporaryDirectory(prefix="mytorch-demo-") as scratch:
        print("\n" + run_demo(ROOT, Path(scratch)))


COMMANDS = (workspace, sync, demo)

# Commands with a module of their own, which has ``add_arguments(parser)`` and ``run(args)``.
MODULES = {
    "autograde": "grader.grading.autograde",
    "feedback": "grader.pages.generate_feedback",
    "doctor": "grader.authoring.doctor",
    "collect": "grader.lms.collect",
    "extend": "grader.grading.extensions",
    "section": "grader.authoring.section",
    "book": "grader.pages.book",
    "report": "grader.pages.report.command",
    "return": "grader.lms.returning",
    "similarity": "grader.similarity.command",
}
HELP = {
    "autograde": "Autograde all submissions of an assignment in parallel, each in its sandbox.",
    "feedback": "Make the feedback pages of an assignment, on all cores.",
    "doctor": "Check a course before its release.",
    "collect": "Collect hand-ins that Canvas, Moodle, Brightspace, Blackboard, Gradescope or Autolab "
    "exported.",
    "extend": "Give a student more time, before or after the hand-in; or many, by a CSV file.",
    "section": "Begin a new section: its folder and its notebook, as a skeleton that runs.",
    "book": "The handout as a website to read, for a course's page.",
    "report": "What the class got wrong: scores, diagnosed causes with example code, as a page and as CSV.",
    "return": "Feedback and grades in the forms that Canvas, Moodle, Brightspace, Blackboard, Gradescope "
    "and Autolab take back.",
    "similarity": "Which submissions share more code than the skeleton and the few right answers explain.",
}


def build_parser(command: str = "") -> argparse.ArgumentParser:
    """``command``: the one to be run; the other commands' modules, and the libraries behind them, are not
    loaded.
    """
    parser = argparse.ArgumentParser(prog="grader", description="The instructor's commands.")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for function in COMMANDS:
        subparser = subparsers.add_parser(
            function.__name__, help=function.__doc__, description=function.__doc__
        )
        subparser.set_defaults(run=function)
        if function is sync:
            subparser.add_argument(
                "--from",
                dest="edited",
                type=Path,
                metavar="NOTEBOOK",
                help="first write the edit of this notebook of source/ into its text",
            )
        if function is workspace:
            subparser.add_argument(
                "assignment", nargs="?", default=assignment_here().name, help="default: %(default)s"
            )
    for name, path in MODULES.items():
        module = importlib.import_module(path) if name == command else None
        subparser = subparsers.add_parser(name, help=HELP[name], description=module and module.__doc__)
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
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        return INTERRUPTED
    except (CommandFailed, ExportError) as error:
        print(f"grader: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"grader: {_in_words(error)}", file=sys.stderr)
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
