"""The instructor's commands: ``grader COMMAND`` or ``python -m grader COMMAND``; ``--help`` lists them."""

import argparse
import sys
from pathlib import Path

from grader.workspace import BuildError, prepare
from mytorch.course import ASSIGNMENT

ROOT = Path(__file__).resolve().parents[1]


def workspace(args: argparse.Namespace):
    """Build the release if it is stale and copy it to workspace/, never over what a student wrote."""
    delivery = prepare(ROOT)
    count = len(delivery.new) + len(delivery.refreshed)
    if count:
        print(f"workspace/{ASSIGNMENT}: {count} file{'s' * (count > 1)} delivered")
    for path in delivery.kept:
        print(f"Kept your workspace/{ASSIGNMENT}/{path}; the newer version is release/{ASSIGNMENT}/{path}")


COMMANDS = (workspace,)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="grader", description="The instructor's commands.")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        subparser = subparsers.add_parser(command.__name__, help=command.__doc__, description=command.__doc__)
        subparser.set_defaults(run=command)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status (1 when it failed with a message)."""
    args = build_parser().parse_args(argv)
    try:
        args.run(args)
    except (BuildError, OSError) as error:
        print(f"grader: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
