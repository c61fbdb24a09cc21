"""TeX as MathML that is harmless whoever wrote it: no script, no link, nothing drawn over its neighbours."""

import html
import re
from functools import lru_cache
from xml.etree import ElementTree

import latex2mathml.converter

from grader.grading.macros import LONGEST_FORMULA, expanded, without_definitions

# Not mpadded, by which \raise and \smash draw a formula over what stands elsewhere on the page.
ELEMENTS = set(
    "math mrow mi mn mo mtext mspace mfrac msqrt mroot mstyle mphantom msub msup msubsup munder "
    "mover munderover "
    "mtable mtr mtd menclose mmultiscripts mprescripts none".split()
)
MATH_ATTRIBUTES = set(
    "accent accentunder columnalign columnlines columnspacing depth displaystyle fence form height largeop "
    "linethickness lspace mathcolor mathvariant maxsize minsize movablelimits notation rowlines rowspacing "
    "rspace scriptlevel separator "
    "stretchy symmetric width".split()
)
NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"


def mathml(tex: str, display: bool = False, macros: dict[str, str] | None = None) -> str:
    """A formula as MathML, its ``\\tag`` beside it; escaped TeX when it cannot be converted. Definitions show
    nothing.
    """
    shown = without_definitions(tex).strip()
    if not shown:
        return ""
    tag = re.search(r"\\tag\{([^{}<>&]*)\}", shown)
    try:
        converted = _mathml(expanded(shown.replace(tag[0], "") if tag else shown, macros or {}), display)
    except Exception:
        # the converter has no error class of its own; a student's formula may break it in any way
        return f"<code>{html.escape(shown)}</code>"
    number = f" <span>({html.escape(tag[1])})</span>" if tag else ""
    return f'<span class="{"display" if display else "tex"}">{converted}{number}</span>'


@lru_cache(maxsize=8192)
def _mathml(tex: str, display: bool) -> str:
    if len(tex) > LONGEST_FORMULA:
        raise ValueError("too long")
    # The converter copies the words of \text as they are. Without < in them they cannot become elements.
    safe = tex.replace("<", r"\lt ").replace(">", r"\gt ")
    root = ElementTree.fromstring(
        latex2mathml.converter.convert(safe, display="block" if display else "inline")
    )
    return ElementTree.tostring(_allowed(root), encoding="unicode")


def _allowed(element: ElementTree.Element) -> ElementTree.Element:
    """A copy with known elements and attributes only (TeX has \\href and \\style, too)."""
    name = element.tag.removeprefix(NAMESPACE)
    copy = ElementTree.Element(name if name in ELEMENTS else "mrow")
    for key, value in element.attrib.items():
        is_known = key in MATH_ATTRIBUTES or (name == "math" and key == "display")
        if is_known and not value.startswith("-"):  # less than no room would be somebody else's
            copy.set(key, value)
    copy.text, copy.tail = element.text, element.tail
    copy.extend(_allowed(child) for child in element)
    return copy
