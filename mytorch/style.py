"""One colour for each kind of quantity, the same in every picture, equation and widget.

The hues follow Okabe and Ito's colour-blind-safe palette (Color Universal Design, 2008), darkened where
needed to stay legible as text on white and on JupyterLab's dark theme.
"""

COLORS = {
    "A": "#0072B2",  # inputs and activations
    "Z": "#D55E00",  # outputs of a linear layer; batch norm's NZ and BZ
    "W": "#009E73",  # weights; batch norm's BW
    "b": "#B07D00",  # biases; batch norm's Bb
    "L": "#A8509F",  # the loss and every gradient of it
    "Y": "#56606B",  # targets and statistics (M, V)
}

# What explorers draw with, always on a white card, as the notebooks' pictures are.
INK = "#1F2933"
NOTE = "#3E4852"  # smaller words
RULE = "#9AA5B1"  # frames
GRID = "#E4E7EB"

POSITIVE = "#2A7FC1"  # where a colour tells the sign; apart for every kind of colour blindness
NEGATIVE = "#E08A00"


def tint(color: str, strength: float = 0.14) -> str:
    """The same hue, light enough to write on: strength 0 is white, 1 the colour itself."""
    channels = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - strength * (255 - channel)):02x}" for channel in channels)
