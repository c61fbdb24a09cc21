"""Output that wants to do something on the pages of students and instructors, or in the instructor's
terminal.
"""

from textwrap import dedent

from support.handins import at_top, case, rewrite, solutions

ALERT = "alert('taken over')"


@case("01_linear", earns="all", says="a harmless table")
def script_in_html(nb):
    """Run a script from HTML output: script tags, handlers, javascript: addresses, frames, styles."""
    html = f"""
        from IPython.display import HTML, display
        display(HTML('''
            <script>{ALERT}</script><img src=x onerror="{ALERT}"><a href="javascript:{ALERT}">here</a>
            <iframe srcdoc="<script>{ALERT}</script>"></iframe><svg onload="{ALERT}"></svg>
            <form action="https://example.org"></form><link rel=stylesheet href="https://example.org/x.css">
            <meta http-equiv=refresh content="0;url=https://example.org">
            <table><tr><td>a harmless table</td></tr></table>'''))
    """
    at_top(nb, html)


@case("02_activation", earns="all")
def script_in_other_types(nb):
    """Run a script from Markdown, LaTeX, SVG, JavaScript and widget output."""
    displays = f"""
        from IPython.display import Javascript, Latex, Markdown, SVG, display
        display(Javascript("{ALERT}"), Markdown("<script>{ALERT}</script> [x](javascript:{ALERT})"))
        display(Latex("$</script><script>{ALERT}</script>$"))
        display(SVG("<svg xmlns='http://www.w3.org/2000/svg'><script>{ALERT}</script></svg>"))
        widget = {{"model_id": "<script>{ALERT}</script>"}}
        display({{"application/vnd.jupyter.widget-view+json": widget}}, raw=True)
        display({{"text/plain": "<script>{ALERT}</script>"}}, raw=True, metadata={{"<script>": "{ALERT}"}})
    """
    at_top(nb, displays)


@case("04_loss", says="MSELoss: ")
def script_in_the_verdict(nb):
    """Have a script in the message of the exception that the verdict quotes."""
    rewrite(
        solutions(nb)[0],
        "N, C = A.shape",
        f'N, C = A.shape\n        raise ValueError("<script>{ALERT}</script>")',
    )


@case("05_sgd", says=": ")
def terminal_codes(nb):
    """Clear the instructor's terminal and forge a line of the log from an exception's message."""
    message = r"\x1b[2J\x1b]0;title\x07\r\n[AutogradeApp | INFO] SGD: passed \u202e"
    nb.cells.remove(solutions(nb)[0])
    at_top(nb, f'class SGD:\n    def __init__(self, *args, **options):\n        raise NameError("{message}")')
    at_top(nb, f'raise NameError("{message}")')


@case("06_batchnorm", earns="all")
def half_characters(nb):
    """Print and raise halves of surrogate pairs and NUL, which no file, page or database can hold."""
    at_top(nb, r'print("\ud83d \x00"); raise ValueError("\ud83d \x00")')
    at_top(nb, r"from IPython.display import HTML; HTML('\ud83d \x00')")


@case("03_mlp", earns="all")
def markdown_for_the_page(nb):
    """Put scripts into Markdown cells and their attachments."""
    cell = nb.cells[0].copy()
    cell.update(
        cell_type="markdown",
        source=f"<script>{ALERT}</script>\n\n![x](attachment:x.png)\n\n<img src=x onerror={ALERT}>",
    )
    for name in ("outputs", "execution_count"):
        cell.pop(name, None)
    cell["attachments"] = {"x.png": {"image/png": f'"><script>{ALERT}</script>'}}
    nb.cells.insert(0, cell)


@case("01_linear", earns="all")
def forged_page_of_points(nb):
    """Print in HTML what the page of feedback says of points, with its classes and styles."""
    forged = """
        from IPython.display import HTML
        points = '<b>Linear: 1000 of 15 points</b>'
        HTML(f'<section class="item" id="Linear" style="position:fixed">{points}</section>')
    """
    at_top(nb, dedent(forged))
