"""How fast explorers answer, in JupyterLab in headless Chromium: python benchmarks/explorers.py [--moves 100]

Every explorer is moved. A move is a key press on a slider (each slider in turn, those left out that show
nothing before something is started), or a step of the mouse that drags a ring. Its time runs from the
browser's event to the end of the first frame in which the picture is another one: event, kernel, student's
code, picture, page, paint. Fast sliding presses the first slider's key 60 times, 60 times a second, and is
timed from the last press to the picture that belongs to it.

--plain    JupyterLab as `jupyter lab` starts it, without the course's configuration (jupyter/common)
--ipympl   also the same curves as a matplotlib canvas, with only its moving artists drawn anew (needs ipympl)
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests"), str(ROOT)]

from support.browser import chromium  # noqa: E402
from support.lab import enter, open_notebook  # noqa: E402
from support.lab_server import start_jupyter, stop, wait_for_jupyter  # noqa: E402

from mytorch import explore  # noqa: E402

MEDIAN, P95 = 50, 100  # milliseconds that are allowed
# The explorer called NAME, with the classes with which its still picture is drawn.
CELL = f"""import sys
sys.path.append({str(ROOT / "notebooks" / "figures")!r})
from draw import class_named
from mytorch.course import SECTIONS
from mytorch.explore.base import explorer_in
section = next(section for section in SECTIONS if "NAME" in section.explorers)
classes = [class_named(name, section) for name in explorer_in(section, "NAME").still_of]
explore.NAME(*classes)"""
IPYMPL = "import matplotlib_canvas\nmatplotlib_canvas.show()"

# Remembers when the last event came, and the time from there to the end of the frame that shows a changed
# picture.
PROBE = """() => {
    const probe = (window.probe = { started: null, times: [] });
    const changed = () => {
        const started = probe.started;
        if (started === null) return;
        probe.started = null;
        requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => probe.times.push(performance.now() - started);
            port2.postMessage(null); // handled when the frame is painted
        });
    };
    const svg = document.querySelector(".mt-picture");
    if (svg) new MutationObserver(changed).observe(svg, { subtree: true, childList: true });
    const draw = CanvasRenderingContext2D.prototype.drawImage;
    CanvasRenderingContext2D.prototype.drawImage = function (...args) {
        draw.apply(this, args);
        changed();
    };
    probe.stop = (name) => document.removeEventListener(name, probe.listen, true);
    probe.listen = (event) => (probe.started = event.timeStamp);
    for (const name of ["keydown", "pointermove"]) document.addEventListener(name, probe.listen, true);
}"""
COUNT = "probe.times.length"


def main():
    options = parse()
    print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    print(f"{'explorer':<20}{'move':<16}{'n':>5}{'median':>9}{'p95':>7}{'max':>7}  ms")
    with tempfile.TemporaryDirectory() as folder, chromium(options.chromium) as browser:
        process, server = start(Path(folder), options.plain)
        try:
            page = browser.open(server.url)
            enter(page, server)
            missed = [
                line
                for name in options.explorers or dir(explore)
                for line in measure(page, name, CELL.replace("NAME", name), options.moves)
            ]
            if options.ipympl:
                slider = ".noUi-handle"
                measure(page, "ipympl, same curves", IPYMPL, options.moves, slider)
        finally:
            stop(process)
    print(f"load after: {os.getloadavg()[0]:.2f}")
    print("; ".join(missed) or f"All within the targets: median {MEDIAN} ms, 95th percentile {P95} ms.")
    return bool(missed)


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("explorers", nargs="*", help="only these, such as mse")
    parser.add_argument("--moves", type=int, default=100)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--ipympl", action="store_true")
    parser.add_argument("--chromium", help="the browser's program, where it is not found")
    return parser.parse_args()


def start(base: Path, plain: bool):
    root = base / "root"
    root.mkdir()
    for path in (ROOT / "benchmarks").glob("matplotlib_canvas.py"):
        (root / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    if not plain:
        return start_jupyter(root, "student", base)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser"]
    return wait_for_jupyter(command + ["--allow-root"] * (os.geteuid() == 0), root, {}, base)


def measure(page: Page, name: str, cell: str, moves: int, slider: str = ".mt-slider input") -> list[str]:
    """Print a line for each kind of move. Returns a sentence for each target that is missed."""
    with opened(page, name, cell, slider) as handles:
        page.evaluate(PROBE)
        handles = [handle for handle in handles.all() if shows(page, handle)]
        results = {"key": [time for handle in handles for time in keys(page, handle, moves // len(handles))]}
        if slider.startswith(".mt"):
            results["drag"] = drags(page, moves) if page.locator("[data-drag]").count() else []
            results["fast sliding"] = [fast_sliding(page, handles[0]) for _ in range(10) if handles]
    missed = []
    for move, times in results.items():
        if not times:
            continue
        times.sort()
        median, p95 = statistics.median(times), times[int(0.95 * len(times))]
        print(f"{name:<20}{move:<16}{len(times):>5}{median:>9.1f}{p95:>7.1f}{times[-1]:>7.1f}", flush=True)
        if median > MEDIAN or p95 > P95:
            missed.append(f"{name}, {move}: target missed")
    return missed


@contextmanager
def opened(page: Page, name: str, cell: str, slider: str):
    """A notebook with that cell, run, and no other beside it. Yields its sliders."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(f"from mytorch import explore\n{cell}")]
    )
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    path = f"{name.replace(' ', '_')}.ipynb"
    page.request.put(
        f"api/contents/{path}",
        data={"type": "notebook", "content": notebook},
        headers={"X-XSRFToken": next(c["value"] for c in page.context.cookies() if c["name"] == "_xsrf")},
    )
    notebook = open_notebook(page, path)
    notebook.run_all()
    page.locator(f".mt-explorer, {slider}").first.wait_for()
    page.wait_for_timeout(1500)  # JupyterLab is still busy with itself
    yield page.locator(slider)
    notebook.close()


def shows(page: Page, handle) -> bool:
    """Does the picture change when this slider is moved?"""
    before = page.evaluate(COUNT)
    handle.press("ArrowLeft")
    handle.press("ArrowRight")
    page.wait_for_timeout(1000)
    return page.evaluate(COUNT) > before


def keys(page: Page, handle, moves: int) -> list[float]:
    """To and fro, as far as the slider goes but no further: at its end a key changes nothing."""
    handle.focus()
    key = "ArrowLeft"
    for move in range(moves):
        at_an_end = handle.evaluate(
            "one => one.value === one.min ? 'min' : one.value === one.max ? 'max' : ''"
        )
        if at_an_end or move % 10 == 0:
            turned = "ArrowRight" if key == "ArrowLeft" else "ArrowLeft"
            key = {"min": "ArrowRight", "max": "ArrowLeft"}.get(at_an_end, turned)
        timed(page, lambda: page.keyboard.press(key))
    return page.evaluate("probe.times.splice(0)")


def drags(page: Page, moves: int) -> list[float]:
    """To and fro with a ring, some pixels at a time."""
    box = page.locator("[data-drag]").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_timeout(300)
    page.evaluate("probe.times.length = 0, probe.started = null")
    for move in range(moves):
        step = 6 * abs(10 - move % 20)
        timed(page, lambda: page.mouse.move(x - 8 - step, y + step))
    page.mouse.up()
    return page.evaluate("probe.times.splice(0)")


def timed(page: Page, move):
    """Do it and wait until the picture has changed; then pause for some part of a frame."""
    before = page.evaluate(COUNT)
    move()
    page.wait_for_function(f"{COUNT} > {before}", timeout=10_000)
    time.sleep(random.uniform(0.02, 0.06))


def fast_sliding(page: Page, handle) -> float:
    """Milliseconds from the last of 60 presses to the last picture."""
    handle.focus()
    return page.evaluate(
        """async () => {
            const input = document.activeElement, svg = document.querySelector(".mt-picture");
            const sign = +input.value > (+input.min + +input.max) / 2 ? -1 : 1;
            let last = performance.now();
            const watch = new MutationObserver(() => (last = performance.now()));
            watch.observe(svg, { subtree: true, childList: true });
            for (let press = 0; press < 60; press++) {
                input.valueAsNumber += sign * input.step;
                input.dispatchEvent(new Event("input", { bubbles: true }));
                await new Promise((go) => setTimeout(go, 1000 / 60));
            }
            const released = performance.now() - 1000 / 60;
            await new Promise((go) => setTimeout(go, 1000));
            watch.disconnect();
            return Math.max(last - released, 0);
        }"""
    )


if __name__ == "__main__":
    sys.exit(main())
