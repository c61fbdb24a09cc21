"""HTML of strangers as a tree that a parser is quickly done with: what opens is closed, in order, and nothing
lies deep.

A parser of HTML looks through all open elements for nearly each tag, so a few kilobytes that never close one
take minutes. Here every character is read once, and what is written has few elements in one another. What is
left out is left out for a parser's sake; nothing here makes HTML harmless.
"""

import re
from collections.abc import Collection, Iterator
from html import unescape

DEEPEST = 100  # elements in one another
TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*+)")
# An attribute as browsers read it, or the end of the tag. The possessive "+" never goes back.
ATTRIBUTE = re.compile(
    r"""[\s/]*+(?:(>)|([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>]*+)))?+)"""
)
BARE = re.compile(r"&(?!#?\w{1,32};)")  # an ampersand that begins no entity
EMPTY = frozenset("area base br col embed hr img input link meta source track wbr".split())
# whose content is no HTML: dropped, or text
UNSEEN = frozenset({"script", "style"})
VERBATIM = UNSEEN | frozenset("iframe noembed noframes noscript textarea title xmp".split())
ENDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in VERBATIM}
# what an element ends by beginning, where its own end may be left out
CELLS, ROWS = frozenset({"p", "td", "th"}), frozenset({"p", "td", "th", "tr"})
ENDED_BY = {
    "li": {"p", "li"},
    "dt": {"p", "dt", "dd"},
    "dd": {"p", "dt", "dd"},
    "td": CELLS,
    "th": CELLS,
    "tr": ROWS,
    **dict.fromkeys(("thead", "tbody", "tfoot"), ROWS | {"thead", "tbody", "tfoot"}),
    **dict.fromkeys(
        "p address article aside blockquote center details div dl figcaption figure footer h1 h2 h3 h4 h5 h6 "
        "header hgroup hr nav ol pre table ul".split(),
        {"p"},
    ),
}


class TooDeep(Exception):
    """Too many elements in one another."""


def tidied(html: str, tags: Collection[str], attributes: dict[str, set[str]]) -> str:
    """The same with these tags only, and of each its attributes (and those of "*"). Raises TooDeep."""
    written, open_elements = [], []
    for name, is_end, found in _tokens(html):
        if not name:
            written.append(unescape(found).replace("&", "&amp;").replace("<", "&lt;"))
        elif name not in tags:
            continue
        elif is_end:
            ended = "" if name in open_elements else name
            while ended != name:
                ended = open_elements.pop()
                written.append(f"</{ended}>")
        else:
            while open_elements and open_elements[-1] in ENDED_BY.get(name, ()):
                written.append(f"</{open_elements.pop()}>")
            kept = attributes.get(name, set()) | attributes.get("*", set())
            values = "".join(f' {key}="{found[key]}"' for key in found if key in kept)
            written.append(f"<{name}{values}>")
            if name not in EMPTY:
                open_elements.append(name)
            if len(open_elements) > DEEPEST:
                raise TooDeep
    written += [f"</{name}>" for name in reversed(open_elements)]
    return "".join(written)


def _tokens(html: str) -> Iterator[tuple[str, bool, str | dict[str, str]]]:
    """Text as ("", False, text), tags as (name, is it an end, attributes), without comments."""
    place = 0
    while place < len(html):
        start = html.find("<", place)
        if start < 0:
            start = len(html)
        if start > place:
            yield "", False, html[place:start]
        match = TAG.match(html, start)
        if match:
            name, is_end = match[2].lower(), bool(match[1])
            found, place = _attributes(html, match.end())
            if place < 0:
                return
            yield name, is_end, found
            if name in VERBATIM and not is_end:
                end = ENDS[name].search(html, place)
                content = html[place : end.start() if end else len(html)]
                if name not in UNSEEN:
                    yield "", False, content
                place = end.start() if end else len(html)
        elif html.startswith("<!--", start):
            place = _after(html, "-->", start + 2)
        elif html.startswith(("<!", "<?", "</"), start):
            place = _after(html, ">", start)
        elif start < len(html):
            yield "", False, "<"
            place = start + 1
        else:
            return


def _attributes(html: str, place: int) -> tuple[dict[str, str], int]:
    """Of a tag, the first of each name, and the place after it; -1 where it never ends."""
    found: dict[str, str] = {}
    while match := ATTRIBUTE.match(html, place):
        place = match.end()
        if match[1]:
            return found, place
        value = next((text for text in match.groups()[2:] if text is not None), "")
        found.setdefault(match[2].lower(), BARE.sub("&amp;", value).replace('"', "&quot;"))
    return {}, -1


def _after(html: str, end: str, place: int) -> int:
    found = html.find(end, place)
    return len(html) if found < 0 else found + len(end)
