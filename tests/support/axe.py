"""What is wrong with a page for those who cannot see it well or use no mouse: axe-core's findings."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Code and formulas are thousands of coloured words of few kinds, and axe compares each with all around it:
# while it looks, one of a kind is an element. Of a kind are words that look alike in places that look alike.
FIND = """async within => {
    const look = node => ["class", "style"].map(name => node.getAttribute(name));
    const kind = node => node ? [kind(node.parentElement), node.localName, ...look(node)].join() : "";
    const first = new Set();
    const others = [];
    for (const word of document.querySelectorAll("pre :is(span, mark):not(:has(*)), math :not(:has(*))")) {
        if (first.has(kind(word))) others.push([word, new Text(word.textContent)]);
        else first.add(kind(word));
    }
    others.forEach(([word, text]) => word.replaceWith(text));
    const { violations } = await axe.run(within, { resultTypes: ["violations"] });
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
