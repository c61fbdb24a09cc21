"""How well grader similarity tells copies from independent work: made-up classes with known copies.

    python benchmarks/similarity.py [SEED ...]

Prints precision, and recall by disguise. The parameters were chosen on other seeds than these, and without
looking at the disguises marked "held out" or at the classes drawn from the banks of right and wrong
implementations. A pair of copies counts as found when it is flagged; every other flagged pair is a false
alarm. The time includes reading from the disk.
"""

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.disguises import HELD_OUT_DISGUISES, KNOWN_DISGUISES  # noqa: E402
from support.made_up_class import (  # noqa: E402
    Release,
    class_with_copies,
    from_banks,
    independent,
)

from grader.grading.coursedir import load  # noqa: E402
from grader.similarity.command import examine  # noqa: E402
from grader.similarity.submissions import Submission, given_out  # noqa: E402

DISGUISES = {**KNOWN_DISGUISES, **HELD_OUT_DISGUISES}


def measure(
    release: Release, start, drafts: list, truth: dict[tuple[int, int], str]
) -> tuple[Counter, Counter, int, float]:
    """Copies by disguise, those found, false alarms, seconds."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / str(number) for number in range(len(drafts))]
        for path, draft in zip(paths, drafts):
            release.write(path, draft)
        begin = time.perf_counter()
        finding = examine("hw1", [Submission(path.name, path) for path in paths], len(paths), start)
        seconds = time.perf_counter() - begin
    flagged = {(pair.first, pair.second) for pair in finding.comparison.flagged}
    return (
        Counter(truth.values()),
        Counter(truth[pair] for pair in flagged & truth.keys()),
        len(flagged - truth.keys()),
        seconds,
    )


def show(title: str, results: list[tuple[Counter, Counter, int, float]]) -> None:
    there, found = (sum((result[i] for result in results), Counter()) for i in (0, 1))
    alarms, seconds = sum(result[2] for result in results), max(result[3] for result in results)
    precision = f"{found.total() / (found.total() + alarms):.1%}" if found.total() + alarms else "-"
    recall = f"{found.total() / there.total():.1%}" if there.total() else "-"
    print(
        f"\n{title}: precision {precision}, recall {recall} of {there.total()}, false alarms {alarms}, at "
        f"most {seconds:.0f} s a class"
    )
    for name, count in there.items():
        print(
            f"  {name + (' (held out)' if name in HELD_OUT_DISGUISES else ''):44} {found[name]:4} of {count}"
        )


def main(seeds: list[int]) -> None:
    app = load(ROOT)
    start = given_out(app.coursedir, "hw1", app.config)
    release = Release(start.notebooks)

    def one(generate, count, seed, **options):
        rng = random.Random(seed)
        return measure(release, start, *class_with_copies(generate(release, count, seed), rng, **options))

    each = {"disguises": DISGUISES, "copies": 2}
    show(
        "120 independent students, two copies with each disguise",
        [one(independent, 120, s, **each) for s in seeds],
    )
    show("the same, students drawn from the banks", [one(from_banks, 120, s, **each) for s in seeds])
    show(
        "nobody copied, 120 students",
        [one(independent, 120, s + 1) for s in seeds] + [one(from_banks, 120, s + 1) for s in seeds],
    )
    show("30 students", [one(independent, 30, s, disguises=DISGUISES) for s in seeds])
    show(
        "5 students",
        [
            one(independent, 5, 100 * s + i, disguises=pick(i))
            for s in seeds[:1]
            for i in range(len(DISGUISES))
        ],
    )
    show(
        "2 students",
        [
            one(independent, 2, 100 * s + i, disguises=pick(i))
            for s in seeds[:1]
            for i in range(len(DISGUISES))
        ],
    )
    show(
        "2 students, nobody copied",
        [one(independent, 2, 100 * s + i) for s in seeds[:1] for i in range(len(DISGUISES))],
    )
    show(
        "half of 60 copied from one source",
        [one(independent, 60, s, group=30, disguises=DISGUISES) for s in seeds],
    )
    show(
        "copied only in three of six notebooks",
        [one(independent, 120, s, notebooks=3, **each) for s in seeds[:1]],
    )
    show("300 students", [one(independent, 300, seeds[0], **each)])


def pick(number: int) -> dict:
    name = list(DISGUISES)[number]
    return {name: DISGUISES[name]}


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or [2001, 2002, 2003])
