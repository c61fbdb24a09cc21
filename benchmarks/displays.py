"""What a notebook's displays may cost before they are shown: time against size, for shapes that are slow to
read.

    python benchmarks/displays.py [CHARACTERS]

Seconds of CPU for outputs of so many characters (a million), and of half as many. None may take more than
2 s.
"""

import sys
import time
from pathlib import Path

from grader.pages import harmless

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from support.shapes import SHAPES, displays  # noqa: E402


def seconds(outputs: list) -> float:
    harmless.recently_rendered.cache_clear()
    start = time.process_time()
    harmless.outputs(outputs, harmless.Room())
    return time.process_time() - start


def main(length: int) -> None:
    for name in SHAPES:
        times = [seconds(displays(name, characters)) for characters in (length // 2, length)]
        print(f"{name:<36} {times[0]:6.2f} {times[1]:6.2f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
