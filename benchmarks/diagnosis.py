"""How often a check's first message names a true cause or line: a fresh draw of mistakes, made by operators.

    python benchmarks/diagnosis.py [SEED] [SINGLES] [PAIRS_AND_TRIPLES] [COMPONENT …]

Right classes in several styles (tests/sections/<name>/right.py, and the library's own) get one, two or three
changes of the kinds in OPERATORS; so the mistaken lines are known without judging. What is said is true when
its line is one of these, or when the value that it claims holds in cases that the check never saw.
"""

import ast
import collections
import copy
import random
import statistics
import sys
import time
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import contextlib  # noqa: E402
import inspect  # noqa: E402
import io  # noqa: E402
import textwrap  # noqa: E402

from support.bank import BANKED, HIDDEN, LIBRARY, NOTEBOOKS, RIGHT, compared, compiled  # noqa: E402

from mytorch.check import search as engine  # noqa: E402
from mytorch.check.contract import contract_of  # noqa: E402
from mytorch.check.diagnosis import diagnose  # noqa: E402
from mytorch.check.reference import expected  # noqa: E402
from mytorch.check.search import search  # noqa: E402

engine.perf_counter = time.process_time  # seconds of its own, whatever else the machine does

# --- operators: (kind, node) -> the changed node, or None -------------------------------------------------

NAMES = (ast.Name, ast.Attribute)
SWAPS = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.MatMult, ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
}
CONFUSED = (
    ("sum", "mean"), ("mean", "sum"), ("var", "std"), ("mean", "max"), ("sqrt", "square"), ("exp", "log"),
    ("log", "exp"), ("maximum", "minimum"), ("tanh", "sinh"), ("tanh", "tan"), ("zeros", "ones"),
    ("ones", "zeros"), ("square", "sqrt"), ("log", "log10"), ("dot", "multiply"), ("matmul", "multiply"),
)  # fmt: skip


def another_operator(node, draw, scope):
    if isinstance(node, ast.BinOp) and type(node.op) in SWAPS:
        return ast.BinOp(node.left, draw.choice(SWAPS[type(node.op)])(), node.right)


def transpose(node, draw, scope):
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return ast.BinOp(ast.Attribute(node.left, "T", ast.Load()), node.op, node.right)


def other_axis(node, draw, scope):
    if isinstance(node, ast.Call) and any(k.arg == "axis" for k in node.keywords):
        keywords = [
            ast.keyword("axis", ast.Constant(1 - k.value.value))
            if k.arg == "axis" and getattr(k.value, "value", None) in (0, 1)
            else k
            for k in node.keywords
        ]
        if draw.random() < 0.4:
            keywords = [k for k in node.keywords if k.arg != "axis"]
        return ast.Call(node.func, node.args, keywords)


def no_keepdims(node, draw, scope):
    if isinstance(node, ast.Call) and any(k.arg == "keepdims" for k in node.keywords):
        return ast.Call(node.func, node.args, [k for k in node.keywords if k.arg != "keepdims"])


def brackets(node, draw, scope):
    """(a + b) / c becomes a + b / c; sqrt(V + eps) becomes sqrt(V) + eps."""
    if isinstance(node, ast.BinOp):
        choices = []
        if isinstance(node.left, ast.BinOp):
            a, p, b = node.left.left, node.left.op, node.left.right
            choices.append(ast.BinOp(a, p, ast.BinOp(b, node.op, node.right)))
        if isinstance(node.right, ast.BinOp):
            b, q, c = node.right.left, node.right.op, node.right.right
            choices.append(ast.BinOp(ast.BinOp(node.left, node.op, b), q, c))
        return draw.choice(choices) if choices else None
    if isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.args[0], ast.BinOp):
        inner = node.args[0]
        return ast.BinOp(ast.Call(node.func, [inner.left], node.keywords), inner.op, inner.right)


def another_name(node, draw, scope):
    if isinstance(node, ast.Name) and node.id in scope.variables:
        others = [name for name in scope.variables if name != node.id]
        return ast.Name(draw.choice(others), ast.Load()) if others else None
    if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self":
        others = [name for name in scope.attributes if name != node.attr]
        return ast.Attribute(node.value, draw.choice(others), ast.Load()) if others else None
    if isinstance(node, ast.Attribute) and node.attr in ("dLdW", "dLdb", "W", "b"):
        other = draw.choice([name for name in ("dLdW", "dLdb", "W", "b") if name != node.attr])
        return ast.Attribute(node.value, other, ast.Load())


def self_or_not(node, draw, scope):
    if isinstance(node, ast.Name) and node.id in scope.attributes and node.id in scope.variables:
        return ast.Attribute(ast.Name("self", ast.Load()), node.id, ast.Load())
    if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self":
        return ast.Name(node.attr, ast.Load())


def another_number(node, draw, scope):
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        others = {node.value + 1, node.value * 2, node.value / 2, abs(node.value - 1)} - {node.value}
        return ast.Constant(draw.choice(sorted(others)))


def part_dropped(node, draw, scope):
    if isinstance(node, ast.BinOp):
        return (
            node.left
            if draw.random() < 0.7 or isinstance(node.op, (ast.Div, ast.Sub, ast.Pow))
            else node.right
        )


def function_dropped(node, draw, scope):
    if isinstance(node, ast.Call) and len(node.args) == 1 and getattr(node.func, "attr", "") in (
        "sqrt", "exp", "log", "square", "sum", "mean", "abs",
    ):  # fmt: skip
        return node.args[0]


def sign(node, draw, scope):
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    if isinstance(node, (*NAMES, ast.Call, ast.BinOp)) and draw.random() < 0.3:
        return ast.UnaryOp(ast.USub(), node)


def another_function(node, draw, scope):
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        others = [new for old, new in CONFUSED if old == node.func.attr]
        if others:
            return ast.Call(
                ast.Attribute(node.func.value, draw.choice(others), ast.Load()), node.args, node.keywords
            )


def comparison(node, draw, scope):
    others = {ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.Lt), ast.Lt: (ast.Gt,), ast.Eq: (ast.NotEq,)}
    if isinstance(node, ast.Compare) and type(node.ops[0]) in others:
        return ast.Compare(node.left, [draw.choice(others[type(node.ops[0])])()], node.comparators)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return node.operand


def order(node, draw, scope):
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.MatMult, ast.Div)):
        return ast.BinOp(node.right, node.op, node.left)


def part_added(node, draw, scope):
    if isinstance(node, ast.BinOp) and scope.attributes:
        name = draw.choice([*scope.attributes])
        new = ast.Attribute(ast.Name("self", ast.Load()), name, ast.Load())
        return ast.BinOp(node, draw.choice((ast.Mult, ast.Div))(), new)


def assignment(node, draw, scope):
    if isinstance(node, ast.AugAssign):
        return ast.Assign([node.target], node.value)


def line_dropped(node, draw, scope):
    if isinstance(node, (ast.Assign, ast.AugAssign)):
        return ast.Pass()


# How often a kind is drawn.
OPERATORS = {
    another_operator: 5, transpose: 3, other_axis: 3, no_keepdims: 1, brackets: 5, another_name: 5,
    self_or_not: 2, another_number: 4, part_dropped: 5, function_dropped: 2, sign: 4, another_function: 3,
    comparison: 2, order: 2, part_added: 1, assignment: 1, line_dropped: 1,
}  # fmt: skip


@dataclass
class Scope:
    variables: list[str]
    attributes: list[str]


@dataclass
class Site:
    owner: object
    key: object
    node: ast.AST
    function: ast.FunctionDef


@dataclass
class Change:
    """``text`` of the base with this change alone; the numbers of its ``lines`` in it."""

    text: str
    kind: str
    lines: set[int]


@dataclass
class Mutant:
    """A wrong class: ``base`` with one, two or three changes, each of other lines."""

    component: str
    style: str
    base: str
    changes: list[Change]

    @property
    def text(self) -> str:
        return merged(self.base, [change.text for change in self.changes]) or self.base

    @property
    def lines(self) -> list[set[int]]:
        return [change.lines for change in self.changes]

    @property
    def kinds(self) -> list[str]:
        return [change.kind for change in self.changes]

    def without(self, i: int) -> "Mutant":
        return Mutant(self.component, self.style, self.base, self.changes[:i] + self.changes[i + 1 :])


def sites(tree: ast.Module) -> list[Site]:
    found = []

    def walk(node, function):
        for name, value in ast.iter_fields(node):
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if not isinstance(child, ast.AST):
                    continue
                inner = child if isinstance(child, ast.FunctionDef) else function
                load = not isinstance(getattr(child, "ctx", None), (ast.Store, ast.Del))
                callee = isinstance(node, ast.Call) and name == "func"
                default = isinstance(node, ast.arguments)
                if inner is not None and inner is not child and load and not callee and not default:
                    owner = (value, index) if index is not None else (node, name)
                    found.append(Site(*owner, child, inner))
                walk(child, inner)

    walk(tree, None)
    return found


def scope_of(tree: ast.Module, function: ast.FunctionDef) -> Scope:
    nodes = list(ast.walk(function))
    variables = [arg.arg for arg in function.args.args[1:]]
    variables += [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    methods = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    own = {
        n.attr
        for n in ast.walk(tree)
        if isinstance(n, ast.Attribute) and getattr(n.value, "id", "") == "self" and n.attr not in methods
    }
    return Scope(sorted({*variables}), sorted(own))


def changed(text: str, draw: random.Random) -> tuple[str, str] | None:
    """The text with one change, and its kind."""
    tree = ast.parse(text)
    operator = draw.choices([*OPERATORS], [*OPERATORS.values()])[0]
    places = sites(tree)
    draw.shuffle(places)
    for site in places:
        new = operator(copy.deepcopy(site.node), draw, scope_of(tree, site.function))
        if new is not None:
            if isinstance(site.owner, list):
                site.owner[site.key] = new
            else:
                setattr(site.owner, site.key, new)
            other = ast.unparse(ast.fix_missing_locations(tree))
            return (other, operator.__name__) if other != text else None
    return None


def lines_changed(old: str, new: str) -> set[int]:
    """Numbers of the new text's lines that differ."""
    matcher = SequenceMatcher(None, old.splitlines(), new.splitlines(), autojunk=False)
    changed = [(c, d) for tag, _, _, c, d in matcher.get_opcodes() if tag != "equal"]
    return {line for c, d in changed for line in range(c + 1, d + 1)}


def merged(base: str, texts: list[str]) -> str | None:
    """All changes in one text, if they are of different lines of the same number."""
    if len(texts) == 1:
        return texts[0]
    if len({text.count("\n") for text in (base, *texts)}) != 1:
        return None
    together = []
    for line, *others in zip(base.splitlines(), *(text.splitlines() for text in texts)):
        changed = [other for other in others if other != line]
        if len(changed) > 1:
            return None
        together.append((changed or [line])[0])
    return "\n".join(together)


def built(component: str, text: str) -> type:
    """In a notebook, where other cells have made names of their own."""
    return compiled(text, component, "a cell", NOTEBOOKS[component])


def first_wrong(component: str, text: str):
    """The comparison, or None where it passes or cannot be run."""
    try:
        comparison = compared(built(component, text), component)
    except BaseException:
        return None
    return None if comparison.passed else comparison


def styles(component: str) -> dict[str, str]:
    own = {"library": textwrap.dedent(inspect.getsource(LIBRARY[component]))}
    own |= {right.name: textwrap.dedent(right.source) for right in RIGHT if right.component == component}
    return {name: ast.unparse(ast.parse(text)) for name, text in own.items()}


def single(component: str, draw: random.Random, style: str = "") -> Mutant:
    known = styles(component)
    while True:
        name = style or draw.choice([*known])
        found = changed(known[name], draw)
        if found is not None and first_wrong(component, found[0]) is not None:
            text, kind = found
            change = Change(text, kind, lines_changed(known[name], text))
            return Mutant(component, name, known[name], [change])


def several(component: str, draw: random.Random, number: int, in_one_quantity: bool) -> Mutant:
    known = styles(component)
    while True:
        style = draw.choice([*known])
        singles = [single(component, draw, style) for _ in range(number)]
        changes = [one.changes[0] for one in singles]
        both = merged(known[style], [change.text for change in changes])
        quantities = {first_wrong(component, one.text).mismatch.quantity for one in singles}
        if both and (len(quantities) == 1) == in_one_quantity and first_wrong(component, both) is not None:
            return Mutant(component, style, known[style], changes)


# --- judging ----------------------------------------------------------------------------------------------

VAGUE = {
    *("different", "factor", "all zero", "NaN or inf", "shape", "not reached", "another quantity"),
    *("wrong terms", "stale", "exception", "returns None"),
}
UNKNOWN = {"undefined name", "attribute not kept", "missing attribute"}
SHAPES = {"transposed", "missing axis", "wrong axis", "not reduced", "reduced too far"}
OF_SHAPE = {"transpose", "other_axis", "no_keepdims", "order", "function_dropped"}


def claim_holds(component: str, text: str, cause: str, quantity) -> bool:
    """Is the same said where the check never looked?"""
    comparison = compared(built(component, text), component, HIDDEN[component], 900)
    if comparison.passed or comparison.mismatch.quantity != quantity:
        return True  # nothing is to be seen there
    return diagnose(comparison.mismatch).cause == cause


@dataclass
class Told:
    outcome: str  # line, cause, vague, silent, misled
    words: str
    seconds: float
    undone: int | None  # which change is undone by whoever obeys


def told(mutant: Mutant, searching: bool = True) -> Told:
    comparison = first_wrong(mutant.component, mutant.text)
    start = time.process_time()
    diagnosis = diagnose(comparison.mismatch)
    proof = None
    if searching:
        cls = built(mutant.component, mutant.text)
        cases = contract_of(mutant.component).cases
        traces = [expected(mutant.component, 0, case) for case in cases]
        proof = search(cls, comparison, traces)
    seconds = time.process_time() - start
    said = [line for line, _ in proof.lines] if proof else []
    said += [one.line for one in comparison.mismatch.trace.outside if one.words in diagnosis.hint]
    words = f"{diagnosis.cause} | {diagnosis.headline} | {proof and proof.text!r}"
    if said:
        hit = [i for i, lines in enumerate(mutant.lines) if {*said} & lines]
        return Told("line" if hit else "misled", words, seconds, hit[0] if hit else None)
    if proof and proof.slip and diagnosis.cause in VAGUE | SHAPES:
        return Told("cause", words, seconds, _responsible(mutant, comparison))
    if diagnosis.line:
        hit = [i for i, lines in enumerate(mutant.lines) if diagnosis.line in lines]
        if hit:
            return Told("line", words, seconds, hit[0])
        if (
            diagnosis.cause in UNKNOWN and "line_dropped" in mutant.kinds
        ):  # it names what no line gives a value
            return Told("cause", words, seconds, mutant.kinds.index("line_dropped"))
        return Told("vague", words, seconds, None)
    if diagnosis.cause in VAGUE:
        return Told("silent" if diagnosis.cause == "not reached" else "vague", words, seconds, None)
    if diagnosis.cause in SHAPES and not {*mutant.kinds} & OF_SHAPE:
        return Told("vague", words, seconds, None)
    if comparison.mismatch.actual is not None and not claim_holds(
        mutant.component, mutant.text, diagnosis.cause, comparison.mismatch.quantity
    ):
        return Told("misled", words, seconds, None)
    return Told("cause", words, seconds, _responsible(mutant, comparison))


def _responsible(mutant: Mutant, comparison) -> int | None:
    """The change without which this quantity is right, or else one that is first wrong in it by itself."""
    quantity = comparison.mismatch.quantity
    for i in range(len(mutant.changes)):
        left = first_wrong(mutant.component, mutant.without(i).text)
        if left is None or left.mismatch.quantity != quantity:
            return i
    for i, change in enumerate(mutant.changes):
        if first_wrong(mutant.component, change.text).mismatch.quantity == quantity:
            return i
    return None


def steps_to_green(mutant: Mutant, found: Told, searching: bool = True) -> int | None:
    """None where obeying the messages does not lead there."""
    steps = 0
    while True:
        if found.undone is None or found.outcome not in ("line", "cause"):
            return None
        mutant, steps = mutant.without(found.undone), steps + 1
        if not mutant.changes or first_wrong(mutant.component, mutant.text) is None:
            return steps
        found = told(mutant, searching)


OUTCOMES = ("line", "cause", "vague", "silent", "misled")


def kinds_of(singles: int, others: int) -> dict:
    """How many of each kind, and what makes one."""

    def together(number: int, in_one_quantity: bool):
        return lambda name, draw: several(name, draw, number, in_one_quantity)

    pairs = others * 3 // 8
    triples = (others - 2 * pairs) // 2
    return {
        "single": (singles, single),
        "pair, mixed": (pairs, together(2, False)),
        "pair, one quantity": (pairs, together(2, True)),
        "triple, mixed": (triples, together(3, False)),
        "triple, one quantity": (triples, together(3, True)),
    }


def main(seed: int = 1, singles: int = 60, others: int = 60, *components: str) -> None:
    draw = random.Random(seed)
    names = components or BANKED
    for title, (count, make) in kinds_of(singles, others).items():
        table, before = {name: collections.Counter() for name in names}, collections.Counter()
        seconds, green, green_before = [], 0, 0
        for number in range(count):
            name = names[number % len(names)]
            with contextlib.redirect_stdout(io.StringIO()):
                mutant = make(name, draw)
                found, without = told(mutant), told(mutant, searching=False)
                green += steps_to_green(mutant, found) is not None
                green_before += steps_to_green(mutant, without, searching=False) is not None
            table[name][found.outcome] += 1
            before[without.outcome] += 1
            seconds.append(found.seconds)
            if found.outcome not in ("line", "cause"):
                print(f"--- {found.outcome}: {name}, {mutant.style}, {mutant.kinds} {found.words}")
                for base_line in sorted(set().union(*mutant.lines)):
                    print(f"     {base_line}: {mutant.text.splitlines()[base_line - 1].strip()}")
        print(f"\n{title:<22}" + "".join(f"{outcome:>8}" for outcome in OUTCOMES))
        total = collections.Counter()
        for name, counter in table.items():
            total += counter
            print(f"  {name:<20}" + "".join(f"{counter[outcome]:>8}" for outcome in OUTCOMES))
        for words, counter in (("all, %", total), ("without the search, %", before)):
            parts = "".join(f"{100 * counter[o] / max(count, 1):>8.1f}" for o in OUTCOMES)
            print(f"  {words:<22}{parts[2:]}")
        if seconds:
            top = sorted(seconds)[int(0.95 * len(seconds))]
            print(
                f"  green by messages {green} of {count}, without the search {green_before}\n"
                f"  seconds: median {statistics.median(seconds):.2f}, 95 % below {top:.2f}, "
                f"at most {max(seconds):.2f}\n",
                flush=True,
            )


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:] if one.isdigit()]
    main(*numbers, *[one for one in sys.argv[1:] if not one.isdigit()])
