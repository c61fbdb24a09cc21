"""What is wrong with a page for those who cannot see it well or use no mouse: axe-core's findings."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Code and formulas are thousands of coloured words of few kinds, and axe compares each with all around it:
# while it looks, one of a kind is an element, and of formulas those that have a word of a new kind. Of a kind
# are words that look alike in places that look alike.
FIND = """async within => {
    const look = node => ["class", "style", "mathcolor"].map(name => node.getAttribute(name));
    const place = node => node.parentElement?.closest("math") ? null : node.localName;
    const kinds = node => node ? [...kinds(node.parentElement), place(node), ...look(node)] : [];
    const kind = node => kinds(node).filter(Boolean).join();
    const seen = new Set();
    const others = [];
    for (const one of document.querySelectorAll("pre :is(span, mark):not(:has(*)), math")) {
        const words = one.localName === "math" ? [...one.querySelectorAll(":not(:has(*))")] : [one];
        if (words.every(word => seen.has(kind(word)))) others.push([one, new Text(one.textContent)]);
        else words.forEach(word => seen.add(kind(word)));
    }
    others.forEach(([word, text]) => word.replaceWith(text));
    const { overflow } = document.body.style;
    document.body.style.overflow = "visible"; // JupyterLab hides what leaves its body, which has no height
    const { violations } = await axe.run(within, { resultTypes: ["violations"] });
    document.body.style.overflow = overflow;
    others.forEach(([word, text]) => text.replaceWith(word));
    return violations;
}"""


def violations(page: Page, within: str = "html") -> list[str]:
    """Of the open page, or of what a selector finds in it: the rule, the element, what axe says of it."""
    if page.evaluate("window.axe === undefined"):
        page.evaluate(AXE_SCRIPT)
    return [
        f"{rule['id']}: {node['target'][0]}: {node['failureSummary']}"
        for rule in page.evaluate(FIND, within)
        for node in rule["nodes"]
    ]
