"""What tests do with explorers in JupyterLab: find them, operate them as a student does, look at picture and kernel."""

from playwright.sync_api import Locator, Page, expect

# Runs code in the notebook's kernel, past its cells, and resolves to what it printed.
ASK = """async code => {
    let printed = "";
    const future = panel.sessionContext.session.kernel.requestExecute({ code, store_history: false });
    future.onIOPub = message => {
        if (message.header.msg_type === "stream") printed += message.content.text;
        if (message.header.msg_type === "error") printed += message.content.evalue;
    };
    await future.done;
    return printed.trim();
}"""

# Two animation frames: what has changed in the page by now is on the screen.
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"

# Words of a picture that leave it, and pairs of words that overlap by more than a hair.
UGLY = """svg => {
    const texts = [...svg.querySelectorAll("text")].map(node => ({ words: node.textContent, box: node.getBoundingClientRect() }));
    const frame = svg.getBoundingClientRect();
    const outside = ({ box }) => box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom;
    const clash = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
    const found = texts.filter(outside).map(({ words }) => `${words} leaves the picture`);
    texts.forEach((one, k) => texts.slice(k + 1).forEach(other => {
        if (clash(one.box, other.box)) found.push(`${one.words} overlaps ${other.words}`);
    }));
    return found;
}"""

# Controls and words around the picture that overlap each other or leave the explorer.
CROWDED = """root => {
    const nodes = [...root.querySelectorAll(".mt-name, .mt-value, input, select, button, .mt-question, .mt-said, .mt-picture")];
    const boxes = nodes.map(node => node.getBoundingClientRect()).filter(box => box.width);
    const frame = root.getBoundingClientRect();
    const clash = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
    let count = boxes.filter(box => box.left < frame.left - 1 || box.right > frame.right + 1).length;
    boxes.forEach((one, k) => boxes.slice(k + 1).forEach(other => (count += clash(one, other))));
    return count;
}"""


def explorer(page: Page, question: str) -> Locator:
    """The explorer that asks this, scrolled into view."""
    found = page.locator(".mt-explorer", has=page.get_by_text(question, exact=True))
    expect(found).to_have_count(1)
    found.scroll_into_view_if_needed()
    return found


def markup(found: Locator) -> str:
    """The picture as SVG: the data that it shows."""
    return found.locator(".mt-picture").inner_html()


def words(found: Locator) -> list[str]:
    """Every piece of text in the picture."""
    return found.locator(".mt-picture text").all_text_contents()


def said(found: Locator) -> str:
    return found.locator(".mt-said").text_content()


def problem(found: Locator) -> str:
    return found.locator(".mt-problem").text_content()


def pixels(found: Locator) -> bytes:
    """The picture as it stands on the screen."""
    found.page.evaluate(PAINTED)
    return found.locator(".mt-picture").screenshot()


def wait_for_change(found: Locator, before: str):
    """Wait until the picture's markup is another one than before."""
    picture = found.locator(".mt-picture").element_handle()
    found.page.wait_for_function("([picture, before]) => picture.innerHTML !== before", arg=[picture, before])


def press_key(found: Locator, control: Locator, key: str):
    """Focus a control, press a key, wait for another picture."""
    before = markup(found)
    control.focus()
    found.page.keyboard.press(key)
    wait_for_change(found, before)


def slide(found: Locator, label: str, value: float):
    """Move a slider with the arrow keys."""
    slider = found.get_by_role("slider", name=label, exact=True)
    step = float(slider.get_attribute("step"))
    presses = round((value - float(slider.input_value())) / step)
    slider.focus()
    for _ in range(abs(presses)):
        found.page.keyboard.press("ArrowRight" if presses > 0 else "ArrowLeft")
    expect(slider).to_have_js_property("valueAsNumber", value)
    settle(found.page)


def settle(page: Page):
    """Wait until the kernel has answered everything the page has sent, and the page shows it."""
    ask(page, "pass")
    ask(page, "pass")  # a message that waited for its predecessor
    page.evaluate(PAINTED)


def drag(found: Locator, handle: str, right: float, down: float):
    """Drag the ring of this name by so many pixels of the screen."""
    mouse, box = found.page.mouse, found.locator(f"[data-drag='{handle}']").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    mouse.down()
    for step in range(1, 6):
        mouse.move(x + right * step / 5, y + down * step / 5)
    mouse.up()
    settle(found.page)


def ask(page: Page, code: str) -> str:
    """What this code prints in the notebook's kernel."""
    return page.evaluate(ASK, code)
