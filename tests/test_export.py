"""Export: a module that holds the wanted classes, all that they use, and behaves as they did in the
notebook.
"""

import ast
import re
import sys
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import examples

from mytorch import export
from mytorch.check.save import merged
from mytorch.export import (
    Effort,
    ExportError,
    bundle,
    conflicts,
    definitions,
    is_edited,
    plain_python,
    stamped,
)

# Notebooks that leave a class Thing behind, their cells divided by # %%. Thing().value() must be the same
# when only the export of Thing runs.
WRITTEN = {
    "class alone": """
        class Thing:
            def value(self):
                return 1
    """,
    "import in another cell": """
        import math
        # %%
        class Thing:
            def value(self):
                return math.floor(2.5)
    """,
    "import under another name": """
        import math as m, re
        # %%
        class Thing:
            value = lambda self: m.floor(2.5)
    """,
    "import of one name": """
        from math import floor as down, ceil
        # %%
        class Thing:
            value = lambda self: down(2.5)
    """,
    "import of a submodule": """
        import os.path
        # %%
        class Thing:
            value = lambda self: os.path.basename('a/b')
    """,
    "star import": """
        from math import *
        # %%
        class Thing:
            value = lambda self: floor(pi)
    """,
    "import in a try": """
        try:
            import nosuchmodule as m
        except ImportError:
            import math as m
        # %%
        class Thing:
            value = lambda self: m.floor(2.5)
    """,
    "import cell run again": """
        import math
        # %%
        class Thing:
            value = lambda self: math.floor(2.5)
        # %%
        import math
    """,
    "helper above": """
        def two():
            return 2
        # %%
        class Thing:
            def value(self):
                return two()
    """,
    "helper below": """
        class Thing:
            def value(self):
                return two()
        # %%
        def two():
            return 2
    """,
    "helper of a helper": """
        K = 4
        # %%
        def k():
            return K
        # %%
        def two():
            return k() / 2
        # %%
        class Thing:
            value = lambda self: two()
    """,
    "last definition wins": """
        class Thing:
            value = lambda self: 1
        # %%
        class Thing:
            value = lambda self: 2
    """,
    "helper defined anew": """
        def k():
            return 1
        # %%
        class Thing:
            value = lambda self: k()
        # %%
        def k():
            return 2
    """,
    "base class": """
        class Base:
            def value(self):
                return self.k
        # %%
        class Thing(Base):
            k = 3
    """,
    "base class defined anew": """
        class Base:
            value = lambda self: 1
        # %%
        class Thing(Base):
            pass
        # %%
        class Base:
            value = lambda self: 2
    """,
    "metaclass by keyword": """
        class Meta(type):
            k = 5
        # %%
        class Thing(metaclass=Meta):
            value = lambda self: type(self).k
    """,
    "super and __class__": """
        class Base:
            def __init__(self, k):
                self.k = k
        # %%
        class Thing(Base):
            def __init__(self):
                super().__init__(6)

            def value(self):
                return __class__.__name__, self.k
    """,
    "super as it used to be": """
        class Thing(object):
            def __init__(self):
                super(Thing, self).__init__()

            value = lambda self: 1
    """,
    "refers to itself": """
        class Thing:
            made = 0

            def value(self):
                Thing.made += 1
                return Thing.made
    """,
    "decorator": """
        def mark(cls):
            cls.k = 7
            return cls
        # %%
        @mark
        class Thing:
            value = lambda self: self.k
    """,
    "decorator with a call": """
        def mark(k):
            return lambda cls: setattr(cls, 'k', k) or cls
        # %%
        @mark(
            k=8
        )
        class Thing:
            value = lambda self: self.k
    """,
    "decorated method": """
        import functools
        def twice(f):
            @functools.wraps(f)
            def g(*a):
                return 2 * f(*a)
            return g
        # %%
        class Thing:
            @twice
            def value(self):
                return 4

            @staticmethod
            def other():
                pass

            @property
            def k(self):
                return 1
    """,
    "decorated by hand": """
        def mark(cls):
            cls.k = 9
            return cls
        # %%
        class Thing:
            value = lambda self: self.k
        # %%
        Thing = mark(Thing)
    """,
    "alias of a class": """
        class MyThing:
            value = lambda self: 10
        # %%
        Thing = MyThing
    """,
    "made by a function": """
        def make(k):
            class Made:
                def value(self):
                    return k
            return Made
        # %%
        Thing = make(11)
    """,
    "made by type": """
        Thing = type('Thing', (), {'value': lambda self: 12})
    """,
    "method assigned later": """
        class Thing:
            pass
        # %%
        def value(self):
            return 13
        # %%
        Thing.value = value
    """,
    "method by setattr": """
        class Thing:
            pass
        # %%
        setattr(Thing, 'value', lambda self: 14)
    """,
    "method wrapped later": """
        class Thing:
            value = lambda self: 1
        # %%
        Thing.value = (lambda f: lambda self: f(self) + 1)(Thing.value)
    """,
    "methods in a loop": """
        class Thing:
            pass
        # %%
        for name in ('value', 'other'):
            setattr(Thing, name, lambda self: 15)
    """,
    "method under a condition": """
        class Thing:
            value = lambda self: 1
        # %%
        if True:
            Thing.value = lambda self: 16
    """,
    "method taken away": """
        class Base:
            value = lambda self: 1
        # %%
        class Thing(Base):
            value = lambda self: 2
        # %%
        del Thing.value
    """,
    "patched, then defined anew": """
        class Thing:
            value = lambda self: 1
        # %%
        Thing.value = lambda self: 2
        # %%
        class Thing:
            value = lambda self: 3
    """,
    "attribute of an attribute": """
        class Thing:
            class Inner:
                k = 1
            value = lambda self: self.Inner.k
        # %%
        Thing.Inner.k = 17
    """,
    "condition": """
        import sys
        # %%
        if sys.version_info > (2,):
            class Thing:
                value = lambda self: 18
        else:
            class Thing:
                pass
    """,
    "helper under a condition": """
        FAST = True
        # %%
        if FAST:
            def k():
                return 1
        else:
            def k():
                return 2
        # %%
        class Thing:
            value = lambda self: k()
    """,
    "with": """
        from contextlib import suppress
        # %%
        with suppress(Exception) as s, suppress(ValueError):
            K = 1
        # %%
        class Thing:
            value = lambda self: K
    """,
    "constants": """
        A, (B, *C) = 1, (2, 3, 4)
        # %%
        class Thing:
            def value(self):
                return A, B, C
    """,
    "constant counted up": """
        K = 1
        # %%
        K += 1
        # %%
        K = K * 10
        # %%
        class Thing:
            value = lambda self: K
    """,
    "constant annotated": """
        K: int = 19
        # %%
        class Thing:
            value = lambda self: K
        # %%
        K: int
    """,
    "table filled in": """
        T = {}
        # %%
        T['a'] = 1
        T.update(b=2)
        # %%
        T['a'] += 4
        del T['b']
        # %%
        class Thing:
            value = lambda self: dict(T)
    """,
    "list filled in": """
        L = []
        # %%
        L.append(1)
        L.extend([2, 3])
        # %%
        class Thing:
            value = lambda self: list(L)
    """,
    "default argument": """
        K = 20
        # %%
        class Thing:
            def value(self, k=K):
                return k
        # %%
        K = 0
    """,
    "class attribute from a global": """
        K = 21
        # %%
        class Thing:
            k = K
            value = lambda self: self.k
        # %%
        K = 0
    """,
    "closure": """
        def outer():
            n = 0
            def inner():
                nonlocal n
                n += 1
                return n
            return inner
        # %%
        count = outer()
        # %%
        class Thing:
            value = lambda self: count()
    """,
    "global statement": """
        n = 5
        # %%
        class Thing:
            def value(self):
                global n
                n += 1
                return n
    """,
    "lambda": """
        half = lambda x: x / 2
        # %%
        class Thing:
            value = lambda self: half(9)
    """,
    "comprehension": """
        K = 2
        # %%
        class Thing:
            def value(self):
                return [K * i for i in range(3)], {i: K for i in 'ab'}, sum(K for _ in 'ab')
    """,
    "comprehension's variable is its own": """
        k = 22
        # %%
        class Thing:
            value = lambda self: k
        # %%
        [k for k in range(3)]
        {k for k in range(4)}
    """,
    "comprehension in the class body": """
        K = [1, 2]
        # %%
        class Thing:
            table = [k * k for k in K]
            value = lambda self: self.table
        # %%
        K = None
    """,
    "walrus": """
        if (K := 23) > 3:
            pass
        # %%
        class Thing:
            value = lambda self: K
    """,
    "walrus in a comprehension": """
        _ = [K := i for i in range(4)]
        # %%
        class Thing:
            value = lambda self: K
    """,
    "match": """
        match (1, 2):
            case (K, *rest) if K:
                pass
            case other:
                pass
        # %%
        class Thing:
            value = lambda self: (K, rest)
    """,
    "match in a method": """
        class Thing:
            def value(self):
                match {'a': 1}:
                    case {'a': n, **rest}:
                        return n, rest
    """,
    "async": """
        import asyncio
        # %%
        async def k():
            return 24
        # %%
        class Thing:
            def value(self):
                return asyncio.run(k())
    """,
    "loop variable": """
        for K in range(5):
            pass
        # %%
        class Thing:
            value = lambda self: K
    """,
    "annotations": """
        from typing import Any
        Number = int
        # %%
        class Thing:
            k: Number = 25

            def value(self, x: Any = None) -> Number:
                y: Number = 1
                return self.k
    """,
    "dataclass": """
        from dataclasses import dataclass, field
        # %%
        @dataclass
        class Thing:
            k: int = 26
            l: list = field(default_factory=list)

            def value(self):
                return self.k, self.l
    """,
    "nested classes": """
        class Thing:
            class Inner:
                class Innermost:
                    k = 27

            def value(self):
                class Local(self.Inner.Innermost):
                    pass
                return Local.k
    """,
    "f-strings": """
        K, width = 28, 6
        # %%
        class Thing:
            def value(self):
                return f"{K:>{width}} {K!r} {K=} {{}} {f'{width}'}"
    """,
    "two statements in a line": """
        import math; K = math.floor(31.5); unused = 1
        # %%
        class Thing: k = K; value = lambda self: self.k
    """,
    "comments": """
        K = 32  # a comment
        # another
        # %%
        class Thing:  # here
            # and here
            value = lambda self: K  # and there
    """,
    "solution markers and TODO lines": """
        class Thing:
            def value(self):
                A = None  # TODO
                ### BEGIN SOLUTION
                A = 1
                ### END SOLUTION
                B = None  # TODO: explain
                C = None  # TODO
                ### BEGIN SOLUTION
                B, C = 2, 3
                ### END SOLUTION
                return A, B, C
    """,
    "TODO lines that stayed": """
        class Thing:
            def value(self):
                A = None  # TODO
                A = 33
                return A
    """,
    "line magics": """
        %matplotlib inline
        import math
        !ls
        math.floor?
        # %%
        class Thing:
            value = lambda self: math.floor(34.5)
    """,
    "assigned magics": """
        files = !ls
        here = %pwd
        K = 35
        # %%
        class Thing:
            value = lambda self: K
    """,
    "timed class": """
        %%time

        class Thing:
            value = lambda self: 36
    """,
    "captured class": """
        %%capture out --no-stderr
        class Thing:
            value = lambda self: 37
    """,
    "modulo that looks like a magic": """
        K = (7
            % 4)
        T = '''
        !ls
        %time
        ?'''
        # %%
        class Thing:
            value = lambda self: (K, T)
    """,
    "asks for NumPy's seed": """
        import random as r
        # %%
        class Thing:
            value = lambda self: r.random() < 2
        # %%
        r.seed(0)
        r.shuffle([1])
    """,
}
# The same, for cells in which every character counts.
SPELLED = {
    "unicode": [
        "ﬁrst = 'ι·bᵀ → ✓ 😀'",
        'class Thing:\n    def value(self):\n        """Zürich — ∂L/∂W"""\n        größe, ι = first, '
        "1\n        return größe",
    ],
    "line separators in a string": [
        "K = 'a\u2028b\x0cc\x85d'",
        "class Thing:\n    value = lambda self: K + 'e\u2029f'\n",
        "print",
    ],
    "windows newlines": [
        "K = 29\r\n",
        "class Thing:\r\n    def value(self):\r\n        '''two\r\n        lines'''\r\n        return K\r\n",
    ],
    "tabs": ["class Thing:\n\tdef value(self):\n\t\tif True:\n\t\t\treturn 30"],
    "backslash": ["K = 1 + \\\n    2", "class Thing:\n    value = lambda self: K"],
    "indented cell": ["    class Thing:\n        value = lambda self: 38"],
    "cells that cannot run": [
        "K = 39",
        "K = = 1",
        "def f(a, a): pass\nK = 1",
        "nonlocal K\nK = 2",
        "K = 'open",
        "K = (",
        "\x00",
        "class Thing:\n    value = lambda self: K",
    ],
}
NOTEBOOKS = {
    name: re.split(r"\n# %%\n", dedent(text).strip("\n")) for name, text in WRITTEN.items()
} | SPELLED


def executed(source):
    namespace = {"__name__": "exported"}
    exec(compile(source, "<exported>", "exec"), namespace)
    return namespace


def played(cells):
    """What a kernel's memory holds after the cells; those that fail leave it as it is."""
    namespace = {"__name__": "notebook", "get_ipython": lambda: NoShell()}
    for cell in cells:
        try:
            exec(compile(plain_python(cell), "<cell>", "exec"), namespace)
        except (SyntaxError, ValueError):
            pass
    return namespace


class NoShell:
    def __getattr__(self, name):
        return lambda *arguments: []


@pytest.mark.parametrize("cells", NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_export_behaves_as_the_notebook(cells):
    assert executed(bundle(cells, ["Thing"]))["Thing"]().value() == played(cells)["Thing"]().value()


@pytest.mark.parametrize("cells", NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_exporting_an_export_changes_nothing(cells):
    once = bundle(cells, ["Thing"])
    assert bundle([once], ["Thing"]) == once


@st.composite
def notebooks(draw) -> list[str]:
    """Cells that define numbers, lists, functions and Thing from one another, change them and define them
    anew. Functions run in methods, and while a cell does.
    """
    numbers = st.sampled_from(["K0", "K1", "K2"])
    used_by = {"f0": st.one_of(numbers, st.just("sum(L)")), "f1": st.one_of(numbers, st.just("f0()"))}
    value = st.one_of(numbers, st.just("sum(L)"))
    called = st.one_of(value, st.sampled_from(["f0()", "f1()"]))
    thing = st.builds("class Thing:\n    k = {}\n    value = lambda self: self.k + {}".format, called, called)
    cell = st.one_of(
        st.builds("{} = {} + {}".format, numbers, value, st.integers(0, 9)),
        st.builds("{} += {}".format, numbers, value),
        st.builds("L.append({})".format, value),
        st.builds("L = [{}]".format, value),
        st.builds("for n in range(2):\n    L.append(n + {})".format, numbers),
        *(st.builds(f"def {name}():\n    return 1 + {{}}".format, uses) for name, uses in used_by.items()),
        thing,
        value,
    )
    first = ["K0, K1 = 1, 2", "K2 = 3\nL = [4]", "f0 = lambda: K0", "def f1():\n    return f0()"]
    before, after = draw(st.lists(cell, max_size=8)), draw(st.lists(cell, max_size=4))
    return [*first, *before, draw(thing), *after]


@examples(6)
@given(notebooks())
def test_export_behaves_as_any_notebook(cells):
    exported = bundle(cells, ["Thing"])
    assert executed(exported)["Thing"]().value() == played(cells)["Thing"]().value()
    assert bundle([exported], ["Thing"]) == exported


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
@pytest.mark.parametrize(
    "cells",
    [
        ['K = "x"', 'class Thing:\n    value = lambda self: f"{"a" + f"{K}"}"'],
        ["type Number = int", "class Thing:\n    k: Number = 1\n    value = lambda self: self.k"],
        ["K = 2", "def k[T](x: T = K) -> T:\n    return x", "class Thing[T]:\n    value = lambda self: k()"],
    ],
)
def test_newer_syntax(cells):
    assert executed(bundle(cells, ["Thing"]))["Thing"]().value() == played(cells)["Thing"]().value()


NOT_EXPORTED = {
    "a notebook's A, when the methods have one of their own": (
        [
            "A = open('nosuchfile')",
            "class Thing:\n    def value(self, A):\n        self.A = A\n        return self.A",
        ],
        "nosuchfile",
    ),
    "a notebook's W, when the class has one of its own": (
        ["W = 1", "class Thing:\n    W = 2\n    value = lambda self: self.W"],
        "W = 1",
    ),
    "calls of the class": (
        ["class Thing:\n    pass", "Thing()\nThing().value\nprint(Thing)\ncheck(Thing)"],
        "Thing()",
    ),
    "use of an imported library": (
        [
            "import numpy as np",
            "class Thing:\n    value = lambda self: np.pi",
            "np.random.seed(0)\nnp.testing.assert_equal(Thing().value(), 3)",
        ],
        "seed",
    ),
    "earlier attempts": (["class Thing:\n    attempt = 1", "class Thing:\n    attempt = 2"], "attempt = 1"),
    "other classes": (["class Thing:\n    pass", "class Other(Thing):\n    pass"], "Other"),
    "markers": (
        ["class Thing:\n    A = None  # TODO\n    ### BEGIN SOLUTION\n    A = 1\n    ### END SOLUTION"],
        "###",
    ),
    "TODO lines of a solution": (
        ["class Thing:\n    A = None  # TODO\n    ### BEGIN SOLUTION\n    A = 1\n    ### END SOLUTION"],
        "TODO",
    ),
    "magics": (["%matplotlib inline\n!ls", "class Thing:\n    pass"], "ipython"),
    "an import twice": (
        ["import math", "class Thing:\n    k = math.pi\n    value = lambda self: math.e", "import math"],
        "math\nimport",
    ),
}


@pytest.mark.parametrize("cells, text", NOT_EXPORTED.values(), ids=NOT_EXPORTED)
def test_leaves_behind(cells, text):
    source = bundle(cells, ["Thing"])
    assert text not in source
    executed(source)


def test_several_classes_keep_the_order_of_their_cells():
    source = bundle(["class B:\n    pass", "class A:\n    pass", "class C(A):\n    pass"], ["C", "B"])
    assert re.findall("class (.)", source) == ["B", "A", "C"]


def test_a_repeated_import_stays_on_top():
    cells = [
        "import math",
        "class A:\n    value = lambda self: math.e",
        "import math  # again",
        "class B(A):\n    k = math.pi",
    ]
    assert bundle(cells, ["A", "B"]).startswith("import math\n\n\nclass A")
    assert bundle(cells, ["A", "B"]).count("import") == 1


def test_each_class_keeps_the_base_it_was_made_with():
    cells = [
        "class Base:\n    k = 1",
        "class One(Base):\n    pass",
        "class Base:\n    k = 2",
        "class Two(Base):\n    pass",
    ]
    exported = executed(bundle(cells, ["One", "Two"]))
    assert (exported["One"].k, exported["Two"].k) == (1, 2)


def test_layout():
    cells = [
        "import numpy as np",
        "from math import e",
        "K = 1",
        "def f():\n    return np.pi, e, K",
        "class A:\n    value = lambda self: f()",
    ]
    assert bundle(cells, ["A"]) == "\n".join(cells[:3]) + "\n\n\n" + "\n\n\n".join(cells[3:]) + "\n"


@pytest.mark.parametrize(
    "cells",
    [
        [],
        ["class Other:\n    pass"],
        ["from mytorch.nn import Thing"],
        ["class Thing\n    pass"],
        ["Thing()"],
    ],
)
def test_a_class_that_no_cell_defines(cells):
    with pytest.raises(ExportError, match="^No cell defines Thing.$"):
        bundle(cells, ["Thing"])


def test_an_import_after_the_class_does_not_take_its_place():
    assert "class Thing" in bundle(["class Thing:\n    pass", "from mytorch.nn import Thing"], ["Thing"])


def test_a_warning_about_the_code_is_none_of_the_exporter_s_business(recwarn):
    bundle(['class Thing:\n    """$\\d Z$"""\n    value = lambda self: 1 is 1'], ["Thing"])
    assert not recwarn.list


def test_plain_python_leaves_python_alone():
    cell = "x = 5 % 3  # TODO later\ny = '''%time'''\n"
    assert plain_python(cell) == cell


@pytest.mark.parametrize(
    "cell",
    [
        "%time x = 1",
        "!ls",
        "x?",
        "??x",
        "x = !ls",
        "%%bash\nls",
        "%%time\nx = 1",
        "%run a.py",
        ";f a",
        ",f a",
        "/f a",
    ],
)
def test_magics_become_python(cell):
    ast.parse(plain_python(cell))


@pytest.mark.parametrize(
    "cell",
    [
        "K = = 1",
        "'''",
        "(",
        "def",
        "\0",
        "x = 'a",
        "%",
        "%%",
        "!",
        "?",
        "%%time",
        "%%time\n(",
        "\\",
        "é = ‘1’",
        "\ufeffx = 1",
    ],
)
def test_what_is_no_python_stays_harmless(cell):
    assert isinstance(plain_python(cell), str)
    assert bundle([cell, "class Thing:\n    pass"], ["Thing"]) == "class Thing:\n    pass\n"


# Each took minutes, for ever or gigabytes, or ended what read it.
LONG_TO_READ = {
    "TODOs": "x = 1 # TODO # TODO\n" * 40,
    "many TODOs": "# x # TODO\n" * 30_000,
    "more magics than IPython reads": "%matplotlib inline\n" * 600,
    "magics that are read again and again": "a = %x\n" * 490 + "#\n" * 20_000,
    "a name that is looked at from each letter": "!ls\n" + "a" * 200_000 + " b?",
    "a list that grows": "x = []\n" + "x.append(len(x))\n" * 300,
    "changes of changes": "def x(): return x\n" + "\n".join(f"x.a{n} = lambda: x" for n in range(300)),
    "a number of many digits": "x = 0x" + "9" * 5000,
}


@pytest.mark.parametrize("cell", LONG_TO_READ.values(), ids=LONG_TO_READ)
def test_a_cell_that_takes_long_to_read_is_left_out(cell, monkeypatch):
    monkeypatch.setattr(export, "STEPS", 100_000)
    if cell.startswith(("x = []", "def x")):
        with pytest.raises(ExportError, match="too often"):
            bundle([cell, "class Thing:\n    value = x"], ["Thing"])
    assert bundle([cell, "class Thing:\n    pass"], ["Thing"]) == "class Thing:\n    pass\n"


def test_strangers_cells_share_one_effort():
    cells = [f"x{n} = %pwd\n" * 10 for n in range(5)]
    bundle([*cells, "class Thing:\n    pass"], ["Thing"], effort := Effort(10_000))
    assert effort.left < 0 and definitions(cells).keys() == {"x0", "x1", "x2", "x3", "x4"}


def test_what_is_kept_of_cells_does_not_grow_for_ever():
    for n in range(50):
        definitions([f"x = {n}\n" + "# a remark\n" * 2000])
    assert sum(map(len, export._kept)) <= export.KEPT


def test_todos_go_that_stand_above_a_solution_and_no_others():
    above = "a = 1  # TODO\n# b\nc = 3  # TODO\n  d = 4 # TODO: x # TODO\n"
    assert (
        plain_python(f"{above}### BEGIN SOLUTION\ne = 5\n### END SOLUTION\n") == "a = 1  # TODO\n# b\ne = 5\n"
    )


# --- definitions and conflicts ------------------------------------------------------------------------------


def test_conflicts_are_names_that_mean_two_things():
    ours = [
        "import numpy as np\nimport math as m\nfrom os import path",
        "def f(x):\n    return x",
        "K = 1",
        "only_ours = 1",
    ]
    theirs = [
        "import numpy as np, sys  # the same\nimport cmath as m\nfrom sys import path",
        "def f( x ):  # too\n  return x",
        "K = 2",
    ]
    assert conflicts(ours, theirs) == ["K", "m", "path"]
    assert conflicts(ours, ours) == []


def test_definitions_take_the_last():
    assert definitions(["K = 1", "K = 2"]) == definitions(["K=2"])


# --- stamps and files ---------------------------------------------------------------------------------------


def test_a_stamp_tells_an_edited_file():
    text = stamped("What it is.", "class A:\n    pass\n")
    assert executed(text)["__doc__"] == "What it is."
    assert not is_edited(text)
    assert is_edited(text + "\n")
    assert is_edited(text.replace("pass", "x = 1"))
    assert is_edited("class A:\n    pass\n")


def test_an_import_from_the_future_stands_at_the_top_of_the_module():
    cells = ["import numpy as np", "from __future__ import annotations\nclass A:\n    def f(self) -> B: ..."]
    cells.append("from __future__ import annotations\nclass B(A):\n    x: Nothing = np.pi")
    source = bundle(cells, ["B"])
    assert source.startswith("from __future__ import annotations\n") and source.count("__future__") == 1
    exec(compile(source, "a module", "exec"), {})


def test_where_the_modules_file_is_lost_its_other_classes_come_back():
    """The one that is given in full from its cell; those that are to be written as stand-ins."""
    given = "class Identity:\n    def forward(self, Z):\n        return Z"
    written = merged("", [given, "class ReLU:\n    answer = 42"], "ReLU")
    assert given in written and "answer = 42" in written
    assert 'Sigmoid = stand_in("Sigmoid")' in written and 'Tanh = stand_in("Tanh")' in written
    with pytest.raises(ExportError, match="No cell defines Identity"):
        merged("", ["class ReLU:\n    answer = 42"], "ReLU")
