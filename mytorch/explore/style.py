"""One colour for each kind of quantity, the same in every picture, equation and widget.

The hues follow Okabe and Ito's colour-blind-safe palette (Color Universal Design, 2008), darkened where needed to stay
legible as text on white and on JupyterLab's dark theme.
"""

COLORS = {
    "A": "#0072B2",  # inputs and activations
    "Z": "#D55E00",  # outputs of a linear layer; batch norm's NZ and BZ
    "W": "#009E73",  # weights; batch norm's BW
    "b": "#B07D00",  # biases; batch norm's Bb
    "L": "#A8509F",  # the loss and every gradient of it
    "Y": "#56606B",  # targets and statistics (M, V)
}
