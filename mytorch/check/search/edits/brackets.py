"""Brackets removed, added or moved."""

import ast
import re
from collections.abc import Iterator

from .edit import STRUCTURE
from .scope import Slot

TOKEN = re.compile(r"[fx]\d+|\*\*|//|<<|>>|[-+*/@%^&|()]")
MAX_TOKENS = 40
FLAT = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.expr_context, ast.operator, ast.unaryop)


def rebracketed(slots: list[Slot]) -> Iterator[tuple]:
    """Brackets removed, added or moved, in each expression that is no part of a larger one."""
    arithmetic = (ast.BinOp, ast.UnaryOp)
    for slot in slots:
        is_inner = isinstance(slot.parent, arithmetic)
        if isinstance(slot.node, ast.BinOp) and not is_inner and not _is_first_argument(slot, slots):
            for kind, new in _by_its_text(slot.node):
                yield kind, STRUCTURE + 0.05, (slot.owner, slot.key, new)


def _is_first_argument(slot: Slot, slots: list[Slot]) -> bool:
    """Of a call inside a larger expression, which is flattened as a whole."""
    if not isinstance(slot.parent, ast.Call) or slot.parent.args[:1] != [slot.node]:
        return False
    holder = next((one for one in slots if one.node is slot.parent), None)
    return holder is not None and isinstance(holder.parent, (ast.BinOp, ast.UnaryOp))


class _Flat:
    """The expression with a short name for each operand and each function."""

    def __init__(self):
        self.leaves: list[ast.expr] = []

    def flat(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.BinOp):
            return ast.BinOp(self.flat(node.left), node.op, self.flat(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return ast.UnaryOp(node.op, self.flat(node.operand))
        self.leaves.append(node)
        number = len(self.leaves) - 1
        if isinstance(node, ast.Call) and node.args and isinstance(node.func, (ast.Attribute, ast.Name)):
            return ast.Call(ast.Name(f"f{number}", ast.Load()), [self.flat(node.args[0])], [])
        return ast.Name(f"x{number}", ast.Load())

    def full(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.BinOp):
            return ast.BinOp(self.full(node.left), node.op, self.full(node.right))
        if isinstance(node, ast.UnaryOp):
            return ast.UnaryOp(node.op, self.full(node.operand))
        if isinstance(node, ast.Call):
            call = self.leaves[int(node.func.id[1:])]
            return ast.Call(call.func, [self.full(node.args[0]), *call.args[1:]], call.keywords)
        return self.leaves[int(node.id[1:])]


def _by_its_text(expression: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Also with another operator in the text: in 1 - A + A one * takes both A for itself."""
    form = _Flat()
    flat = ast.fix_missing_locations(form.flat(expression))
    tokens = TOKEN.findall(ast.unparse(flat))
    if len(tokens) > MAX_TOKENS:
        return
    seen = {ast.dump(flat)}
    texts = [("brackets", text) for text in _with_other_brackets(tokens)]
    texts += [("operator", text) for text in _with_another_operator(tokens)]
    for kind, text in texts:
        try:
            tree = ast.parse(text, mode="eval").body
        except SyntaxError:
            continue
        if ast.dump(tree) in seen or not _is_arithmetic(tree):
            continue
        seen.add(ast.dump(tree))
        new = form.full(tree)
        yield kind, new


def _is_arithmetic(tree: ast.expr) -> bool:
    """Each function is called, with one argument, and nothing else is: no x0(x1), no f0()."""
    nodes = list(ast.walk(tree))
    if not all(isinstance(node, FLAT) for node in nodes):
        return False
    called = [node for node in nodes if isinstance(node, ast.Call)]
    functions = [node for node in nodes if isinstance(node, ast.Name) and node.id[0] == "f"]
    return len(called) == len(functions) and all(
        len(call.args) == 1 and getattr(call.func, "id", "")[:1] == "f" for call in called
    )


def _with_another_operator(tokens: list[str]) -> Iterator[str]:
    for i, token in enumerate(tokens):
        if i and token in "+-*/@**" and (tokens[i - 1] == ")" or tokens[i - 1][0] == "x"):
            for other in ("+", "-", "*", "/", "@"):
                yield "".join([*tokens[:i], other, *tokens[i + 1 :]])


def _with_other_brackets(tokens: list[str]) -> Iterator[str]:
    pairs, open_ones = [], []
    for i, token in enumerate(tokens):
        if token == "(":
            open_ones.append(i)
        elif token == ")":
            pairs.append((open_ones.pop(), i))
    for i, j in pairs:
        is_call = i and tokens[i - 1][0] == "f"
        without = [t for k, t in enumerate(tokens) if k != j and (is_call or k != i)]
        if not is_call:
            yield "".join(without)
        for k in range(i + 1, len(without) + 1):  # the closing one elsewhere
            yield (
                "".join(without[:k] + [")"] + without[k:])
                if is_call
                else "".join(without[:i] + ["("] + without[i:k] + [")"] + without[k:])
            )
        if not is_call:  # the opening one elsewhere
            for k in range(i):
                yield "".join(without[:k] + ["("] + without[k : j - 1] + [")"] + without[j - 1 :])
    starts = [i for i, t in enumerate(tokens) if t[0] in "fx(-"]
    ends = [i + 1 for i, t in enumerate(tokens) if t[0] in "x)"]
    for i in starts:
        for j in ends:
            if j > i + 1:
                yield "".join(tokens[:i] + ["("] + tokens[i:j] + [")"] + tokens[j:])
