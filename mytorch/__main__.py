"""``python -m mytorch check [COMPONENT …]``, ``python -m mytorch handin``, ``python -m mytorch progress``."""

import argparse
import difflib
import sys
from pathlib import Path

from .course import assignment_here

# For formats that no notebook has, jsonschema would put a grammar together at every start, for two seconds;
# it can do without.
sys.modules.setdefault("rfc3987_syntax", None)


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0 when all is well."""
    parser = argparse.ArgumentParser(
        prog="python -m mytorch", description="Check your saved notebooks and hand them in."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check", help="run the checks on your saved notebooks and show points by item"
    )
    known = f"one or more of {', '.join(assignment_here().components)}; default: all"
    check.add_argument("components", nargs="*", metavar="COMPONENT", help=known)
    handin = commands.add_parser("handin", help="verify the set of notebooks and write handin.tar")
    handin.add_argument(
        "--anyway", action="store_true", help="write handin.tar although something is missing or wrong"
    )
    commands.add_parser("progress", help="show the checklist")
    options = parser.parse_args(arguments)
    try:
        return COMMANDS[options.command](options)
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130


def _check(options) -> int:
    from .check.notebooks import check_saved
    from .handin import NOT_HERE, has_notebooks

    here = assignment_here()
    # What can be asked for: a component, or an item with several.
    groups = {item.name: item.components for item in here.items} | {name: (name,) for name in here.components}
    unknown = [name for name in options.components if name not in groups]
    if unknown:
        print(_unknown(unknown[0], groups, here.components))
        return 2
    if not has_notebooks(Path.cwd()):
        print(NOT_HERE)
        return 2
    names = [component for name in options.components or here.components for component in groups[name]]
    got = total = 0
    for result in check_saved(Path.cwd(), names):
        total += result.item.points
        got += result.points
        _print_item(result)
    scope = " of the items asked for" if options.components else ""
    print(f"\n{got} of {total} points{scope} pass here. Only what is saved counts; the hidden tests decide.")
    return 0 if got == total else 1


def _unknown(name: str, groups: dict, components: tuple[str, ...]) -> str:
    spelled = {known.lower(): known for known in groups}
    close = difflib.get_close_matches(name.lower(), spelled, 1)
    guess = f" Is {spelled[close[0]]} meant?" if close else ""
    return f"There is no component {name}.{guess} The components are {', '.join(components)}."


def _print_item(result) -> None:
    item, passed = result.item, result.points == result.item.points
    asked = "" if len(result.verdicts) == len(item.components) else f"   (only {', '.join(result.verdicts)})"
    score = f"{item.name:<12} {result.points:>3} of {item.points}"
    print(f"{'✓' if passed else '✗'} {score}   {item.notebook}.ipynb{asked}", flush=True)
    for name, verdict in result.verdicts.items():
        if not verdict.passed:
            message = verdict.message if verdict.quantity else f"{name}: {verdict.message}"
            print("\n".join(f"      {line}" for line in message.splitlines()), flush=True)


def _handin(options) -> int:
    from .handin import ARCHIVE, NOT_HERE, extra_notebooks, has_notebooks, pack, problems

    folder = Path.cwd()
    if not has_notebooks(folder):
        print(NOT_HERE)
        return 2
    found = problems(folder)
    for sentence in found:
        print(f"✗ {sentence}")
    for name in extra_notebooks(folder):
        print(f"  {name} is not one of the course's notebooks and is left out.")
    if found and not options.anyway:
        print("\nNothing was written. Mend this and run it again, or add --anyway to hand in what is there.")
        return 1
    try:
        archive = pack(folder)
    except OSError as error:
        print(f"\n{ARCHIVE} could not be written: {error.strerror or error}.")
        return 1
    size = archive.stat().st_size / 1024
    print(
        f"{archive.name} is written ({size:.0f} KB), from the notebooks as they are saved. Submit that file."
    )
    return 0


def _progress(options) -> int:
    from .check.progress import checklist

    print(checklist())
    return 0


COMMANDS = {"check": _check, "handin": _handin, "progress": _progress}

if __name__ == "__main__":
    sys.exit(main())
