"""One colour for each kind of quantity, the same in every picture, equation and widget.

The hues follow Okabe and Ito's colour-blind-safe palette (Color Universal Design, 2008), at the lightness at
which text can be read on white (contrast 4.5): pictures and explorers are white cards in every theme. A
notebook's formula has one colour in every theme, and none has 4.5 on white and on a dark one: these have 4.1
on JupyterLab's and 3.5 on VS Code's.
"""

COLORS = {
    "A": "#177BBC",  # inputs and activations
    "Z": "#C05710",  # outputs of a linear layer
    "W": "#138562",  # weights
    "b": "#9A6E04",  # biases
    "L": "#AD55A4",  # the loss and every gradient of it
    "Y": "#6D7782",  # targets and statistics
}


def colored(kind: str, tex: str) -> str:
    """A formula in the colour of its kind of quantity, as TeX, MathJax and KaTeX read it alike. Its letter
    says which quantity it is, too: nothing is told by the colour alone.
    """
    return rf"{{\color{{{COLORS[kind]}}}{{{tex}}}}}"


# What every notebook may write for a quantity in its colour; ``mytorch.course`` adds what sections name.
# Released notebooks have it written out.
MACROS = {
    "A": colored("A", "A"),
    "Z": colored("Z", "Z"),
    "W": colored("W", "W"),
    "bias": colored("b", "b"),
    "L": colored("L", "L"),
    "Y": colored("Y", "Y"),
}

# What explorers draw with, always on a white card, as the notebooks' pictures are.
INK = "#1F2933"
NOTE = "#3E4852"  # smaller words
RULE = "#9AA5B1"  # frames
GRID = "#E4E7EB"

POSITIVE = "#2A7FC1"  # where a colour tells the sign; apart for every kind of colour blindness
NEGATIVE = "#E08A00"

RIGHT = "#009E73"  # a check's marks
WRONG = "#D55E00"  # and what went wrong, in checks and explorers

# An explorer's words and controls where no JupyterLab gives them the colours of its theme.
CONTROLS = {
    "ink": INK,
    "button": "#EEEEEE",
    "hovered": "#E0E0E0",
    "border": "#BDBDBD",
    "focus": "#1976D2",
    "wrong": WRONG,
}


# HTML pages, in the two themes that a browser may ask for.
LIGHT = {"paper": "#FFFFFF", "panel": "#F5F7F8", "ink": INK, "note": NOTE, "rule": RULE, "grid": GRID}
DARK = {
    "paper": "#14181D",
    "panel": "#1D232A",
    "ink": "#E6EAEE",
    "note": "#B9C2CC",
    "rule": "#66717D",
    "grid": "#343D47",
}

# Where people choose all colours (forced-colours mode): what is told by a ground alone keeps one.
FORCED = """@media (forced-colors: active) {
  mark, mark * { forced-color-adjust: none; background: Mark !important; color: MarkText !important; }
  mark { border-color: MarkText !important; }
  img, .bar { forced-color-adjust: none; }
}"""


def page_colors() -> str:
    """CSS variables for pages: those above, and of each hue ``--A`` to write with and ``--A-wash`` to write
    on. Any of the first can be read on any of the second.
    """
    dark = f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {variables(DARK)} }} }}"
    # formulas have their colours from the notebooks, as attributes
    formulas = " ".join(
        f'[mathcolor="{color}" i] {{ color: var(--{name}); }}' for name, color in COLORS.items()
    )
    return f":root {{ color-scheme: light dark; {variables(LIGHT)} }}\n{dark}\n{formulas}\n{FORCED}\n"


def variables(theme: dict[str, str]) -> str:
    washes = {f"{name}-wash": mix(color, theme["paper"], 0.14) for name, color in COLORS.items()}
    grounds = [theme["paper"], theme["panel"], *washes.values()]
    hues = {name: legible(color, theme["ink"], grounds) for name, color in COLORS.items()}
    return " ".join(f"--{name}: {color};" for name, color in {**theme, **washes, **hues}.items())


def legible(color: str, ink: str, grounds: list[str]) -> str:
    """The hue, with as much of ``ink`` in it as it takes to read it on each of the ``grounds``."""
    steps = (mix(ink, color, step / 50) for step in range(51))
    return next(one for one in steps if min(contrast(one, ground) for ground in grounds) >= 4.6)


def contrast(one: str, other: str) -> float:
    """From 1 to 21, as the Web Content Accessibility Guidelines 2.2 define it; small text needs 4.5."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(color))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(color: str) -> tuple[int, int, int]:
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))


def mix(color: str, other: str, strength: float) -> str:
    """Of two colours: strength 0 is the other, 1 the first."""
    pairs = zip(_channels(color), _channels(other))
    return "#" + "".join(f"{round(b + strength * (a - b)):02x}" for a, b in pairs)


def tint(color: str, strength: float = 0.14) -> str:
    """The same hue, light enough to write on: strength 0 is white, 1 the colour itself."""
    return mix(color, "#FFFFFF", strength)
