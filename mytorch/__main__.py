"""``python -m mytorch check [COMPONENT …]``, ``handin``, ``progress``, ``reset NOTEBOOK``, ``repair``."""

import argparse
import difflib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from .characters import listed
from .course import assignment_here


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
    check.add_argument(
        "--hints", action="store_true", help="say which line it is, where one can be proven, and what slip"
    )
    handin = commands.add_parser("handin", help="verify the set of notebooks and write handin.tar")
    handin.add_argument(
        "--anyway", action="store_true", help="write handin.tar although something is missing or wrong"
    )
    commands.add_parser("progress", help="show the checklist")
    reset = commands.add_parser("reset", help="bring a notebook back as it was handed out; yours is kept")
    reset.add_argument("notebook", metavar="NOTEBOOK", help=f"such as {assignment_here().notebooks[-1]}")
    commands.add_parser("repair", help="bring the course's cells back around your own code")
    options = parser.parse_args(arguments)
    try:
        status = COMMANDS[options.command](options)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    except BrokenPipeError:  # the program that it was piped into, such as less, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it once more
        return 141


def _check(options) -> int:
    from .check.terminal import check_saved
    from .handin import NOT_HERE, has_notebooks, problems_in
    from .objections import remarks_on_damage

    here = assignment_here()
    # What can be asked for: a component, or an item with several.
    groups = {item.name: item.components for item in here.items} | {name: (name,) for name in here.components}
    unknown = [name for name in options.components if name not in groups]
    if unknown:
        print(_unknown("component", unknown[0], groups, here.components))
        return 2
    if not has_notebooks(Path.cwd()):
        print(NOT_HERE)
        return 2
    names = list(
        dict.fromkeys(part for name in options.components or here.components for part in groups[name])
    )
    results = []
    for result in check_saved(Path.cwd(), names, options.hints):
        results.append(result)
        _print_item(result)
    print()
    for path in dict.fromkeys(Path.cwd() / f"{result.item.notebook}.ipynb" for result in results):
        refused = [f"✗ handin refuses this: {text}" for text in problems_in(path)]
        for sentence in [*refused, *remarks_on_damage(path)]:
            print(sentence)
    print(_sum(results, bool(options.components)))
    passed = all(verdict.passed for result in results for verdict in result.verdicts.values())
    return 0 if passed else 1


def _sum(results: list, is_choice: bool) -> str:
    """Points come from whole items only."""
    whole = [result for result in results if not result.left]
    got, total = sum(result.points for result in whole), sum(result.item.points for result in whole)
    scope = " of the items asked for" if is_choice else ""
    points = [f"{got} of {total} points{scope} pass here."] if whole else []
    parts = [
        f"{result.item.name} earns its {result.item.points} points only together with {listed(result.left)}."
        for result in results
        if result.left
    ]
    return " ".join([*points, *parts, "Only what is saved counts; the hidden tests decide."])


def _unknown(kind: str, name: str, names: Iterable[str], shown: Iterable[str]) -> str:
    """``names``: all that could be meant; ``shown``: those that are named."""
    spelled = {known.lower(): known for known in names}
    close = difflib.get_close_matches(name.lower(), spelled, 1)
    guess = f" Is {spelled[close[0]]} meant?" if close else ""
    return f"There is no {kind} {name}.{guess} The {kind}s are {', '.join(shown)}."


def _print_item(result) -> None:
    item, passed = result.item, all(verdict.passed for verdict in result.verdicts.values())
    if result.left:
        shown, score = ", ".join(result.verdicts), f"part of {item.name}, {item.points} points"
    else:
        shown, score = item.name, f"{result.points:>3} of {item.points}"
    print(f"{'✓' if passed else '✗'} {shown:<12} {score}   {item.notebook}.ipynb", flush=True)
    for name, verdict in result.verdicts.items():
        if not verdict.passed:
            message = verdict.message if verdict.quantity else f"{name}: {verdict.message}"
            message = "\n".join(filter(None, (message, result.places.get(name))))
            print("\n".join(f"      {line}" for line in message.splitlines()), flush=True)


def _handin(options) -> int:
    from .handin import ARCHIVE, NOT_HERE, has_notebooks, pack, problems, standings
    from .objections import extra_notebooks, remarks_on_damage

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
    for name in assignment_here().notebooks:
        for sentence in remarks_on_damage(folder / f"{name}.ipynb"):
            print(f"  {sentence}")
    got = 0
    for standing in standings(folder):
        got += standing.item.points * standing.passes
        _print_standing(standing)
    print(f"\n{got} of {assignment_here().points} points pass their checks; the hidden tests decide.")
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


def _print_standing(standing) -> None:
    item = standing.item
    mark, words = "✓", "passes"
    if standing.untouched:
        mark, words = "–", "untouched"
    elif not standing.passes:
        mark, words = "✗", "does not pass"
    print(f"{mark} {item.name:<12} {item.points:>3} points   {words}", flush=True)
    for name, why in (standing.reasons or {}).items():
        print(f"      {'' if why.names_class else f'{name}: '}{why.headline}", flush=True)


def _reset(options) -> int:
    from .originals import has_original, reset

    name, known = options.notebook.removesuffix(".ipynb"), assignment_here().notebooks
    if name not in known:
        print(_unknown("notebook", name, known, known))
        return 2
    if not has_original(name):
        print(NO_ORIGINALS)
        return 1
    try:
        kept = reset(Path.cwd() / f"{name}.ipynb")
    except OSError as error:
        print(f"{name}.ipynb could not be written: {error.strerror or error}.")
        return 1
    yours = f" Yours is kept as {kept.name}." if kept else ""
    print(f"{name}.ipynb is as it was handed out.{yours} {OPEN_AGAIN}")
    return 0


def _repair(options) -> int:
    from .handin import NOT_HERE, has_notebooks
    from .originals import has_original, repair

    folder, known = Path.cwd(), assignment_here().notebooks
    if not has_notebooks(folder):
        print(NOT_HERE)
        return 2
    if not any(map(has_original, known)):
        print(NO_ORIGINALS)
        return 1
    changed, status = False, 0
    for path in (folder / f"{name}.ipynb" for name in known if has_original(name)):
        try:
            mended, kept = repair(path)
        except (OSError, ValueError):
            print(
                f"✗ {path.name} is missing or could not be read: "
                f"python -m mytorch reset {path.stem} brings the original back."
            )
            status = 1
            continue
        if mended:
            changed = True
            print(f"{path.name} is mended; as it was, it is kept as {kept.name}.")
            print("".join(f"      {text}\n" for text in mended), end="")
    if changed:
        print(OPEN_AGAIN)
    elif not status:
        print("All cells of the course are there; nothing was changed.")
    return status


NO_ORIGINALS = "This copy of the course has no originals. Take the notebook from a fresh copy of the course."
OPEN_AGAIN = "If it is open in JupyterLab, close its tab without saving and open it again."


def _progress(options) -> int:
    from .check.progress import checklist

    print(checklist())
    return 0


COMMANDS = {"check": _check, "handin": _handin, "progress": _progress, "reset": _reset, "repair": _repair}

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):  # Windows writes cp1252 into files and pipes, which has no ✓
        stream.reconfigure(errors="replace")
    sys.exit(main())
