"""What a copier does to a class: disguises, each a function of the source and of chance."""

import ast
import random
import re
import textwrap
from collections.abc import Callable

Disguise = Callable[[str, random.Random], str]
INVENTED = [
    "foo",
    "val",
    "res",
    "tmp",
    "arr",
    "grad",
    "item",
    "p",
    "q",
    "u",
    "thing",
    "first",
    "second",
    "part",
    "dd",
    "w1",
    "mat",
    "inner",
]
REMARKS = [
    "first we do this",
    "important step",
    "see lecture",
    "now compute",
    "this part was hard",
    "easy",
    "ok",
    "as in the slides",
    "do not forget",
]


def _local_names(tree: ast.AST) -> set[str]:
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def renamed(source: str, rng: random.Random) -> str:
    """Local names and loop variables; parameters stay, since the checks pass some by keyword."""
    names = sorted(_local_names(_parsed(source)))
    new = dict(
        zip(names, rng.sample([f"{a}{b}" for a in INVENTED for b in ("", "_", "2", "_new")], len(names)))
    )
    return re.sub(r"(?<![\w.'\"])\w+\b(?!\s*=\s*[^=\n,()]+[,)])", lambda m: new.get(m[0], m[0]), source)


def reordered(source: str, rng: random.Random) -> str:
    tree = _parsed(source)
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
            node.body = [one for one in node.body if one not in methods] + methods[::-1]
    return ast.unparse(tree)


def recommented(source: str, rng: random.Random) -> str:
    tree = _parsed(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    lines = []
    for line in ast.unparse(tree).splitlines():
        if rng.random() < 0.25 and line.startswith("        "):
            lines.append(" " * (len(line) - len(line.lstrip())) + "# " + rng.choice(REMARKS))
        lines.append(line)
    return _parsable("\n".join(lines), source)


def reformatted(source: str, rng: random.Random) -> str:
    code = re.sub(r"(?m) *(#.*)$", r"", source)
    code = (
        re.sub(r" ?([*/+]) ?", r"\1", code)
        if rng.random() < 0.5
        else re.sub(r"\(([^()\n]*)\)", r"( \1 )", code)
    )
    code = re.sub(r"(?m)^( +)((?:self\.)?\w+ = )([^\n(]+)$", r"\1\2(\n\1    \3\n\1)", code)
    return _parsable(code, source)


def with_prints(source: str, rng: random.Random) -> str:
    lines = []
    for line in source.splitlines():
        if re.match(r" {8,}(self\.\w+|\w+) = ", line) and rng.random() < 0.5:
            indent = line[: len(line) - len(line.lstrip())]
            lines.append(
                f"{indent}print({rng.choice(REMARKS)!r}, self)"
                if rng.random() < 0.7
                else f"{indent}assert self is not None"
            )
        lines.append(line)
    return _parsable("\n".join(lines), source)


class _Split(ast.NodeTransformer):
    """``x = a + b`` becomes ``part = b; x = a + part``."""

    def __init__(self, rng):
        self.rng, self.count = rng, 0

    def visit_Assign(self, node):
        if isinstance(node.value, ast.BinOp) and self.rng.random() < 0.6:
            self.count += 1
            name = f"part{self.count}"
            first = ast.Assign([ast.Name(name, ast.Store())], node.value.right)
            node.value.right = ast.Name(name, ast.Load())
            return [first, node]
        return node


def split_lines(source: str, rng: random.Random) -> str:
    return ast.unparse(ast.fix_missing_locations(_Split(rng).visit(_parsed(source))))


class _Merge(ast.NodeTransformer):
    """A name that is given once and used once, in the next statement, is replaced by what it stands for."""

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        uses = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
        given = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        body = []
        for statement in node.body:
            before = body[-1] if body else None
            if (
                isinstance(before, ast.Assign)
                and isinstance(before.targets[0], ast.Name)
                and not isinstance(statement, ast.For)
            ):
                name = before.targets[0].id
                here = [
                    n
                    for n in ast.walk(statement)
                    if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
                ]
                if len(here) == 1 and uses.count(name) == 1 and given.count(name) == 1:
                    body.pop()
                    statement = _Replace(name, before.value).visit(statement)
            body.append(statement)
        node.body = body
        return node


class _Replace(ast.NodeTransformer):
    def __init__(self, name, value):
        self.name, self.value = name, value

    def visit_Name(self, node):
        return self.value if node.id == self.name and isinstance(node.ctx, ast.Load) else node


def merged_lines(source: str, rng: random.Random) -> str:
    return ast.unparse(ast.fix_missing_locations(_Merge().visit(_parsed(source))))


class _Swap(ast.NodeTransformer):
    def __init__(self, rng):
        self.rng = rng

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, (ast.Add, ast.Mult)) and self.rng.random() < 0.7:
            node.left, node.right = node.right, node.left
        return node


def swapped_operands(source: str, rng: random.Random) -> str:
    return ast.unparse(_Swap(rng).visit(_parsed(source)))


class _Calls(ast.NodeTransformer):
    NAMES = {ast.MatMult: "dot", ast.Mult: "multiply", ast.Add: "add", ast.Sub: "subtract", ast.Div: "divide"}

    def __init__(self, rng):
        self.rng = rng

    def visit_BinOp(self, node):
        self.generic_visit(node)
        name = self.NAMES.get(type(node.op))
        if name and self.rng.random() < 0.5:
            return ast.parse(
                f"np.{name}({ast.unparse(node.left)}, {ast.unparse(node.right)})", mode="eval"
            ).body
        return node

    def visit_List(self, node):
        return node

    def visit_For(self, node):
        node.body = [self.visit(one) for one in node.body]
        return node


def other_calls(source: str, rng: random.Random) -> str:
    """NumPy's functions for operators."""
    return ast.unparse(ast.fix_missing_locations(_Calls(rng).visit(_parsed(source))))


def dead_code(source: str, rng: random.Random) -> str:
    lines = []
    for line in source.splitlines():
        lines.append(line)
        if re.match(r" {8}(self\.\w+|\w+) = [^(\[]*$", line) and rng.random() < 0.5:
            lines.append(
                " " * 8
                + rng.choice(
                    [
                        "unused = 0",
                        "self.counter = getattr(self, 'counter', 0) + 1",
                        "if False:\n            return None",
                        "debug = [1, 2, 3]",
                    ]
                )
            )
    return _parsable("\n".join(lines), source)


class _Keep(ast.NodeTransformer):
    """Local values become attributes of the layer."""

    names: set[str] = set()

    def visit_FunctionDef(self, node):
        self.names = _local_names(node) - {one.arg for one in node.args.args}
        for loop in ast.walk(node):
            if isinstance(loop, (ast.For, ast.comprehension)):
                self.names -= {name.id for name in ast.walk(loop.target) if isinstance(name, ast.Name)}
        self.generic_visit(node)
        return node

    def visit_Name(self, node):
        return (
            ast.Attribute(ast.Name("self", ast.Load()), f"my_{node.id}", node.ctx)
            if node.id in self.names
            else node
        )


def kept_in_self(source: str, rng: random.Random) -> str:
    return (
        ast.unparse(ast.fix_missing_locations(_Keep().visit(_parsed(source)))) if "def " in source else source
    )


class _Constants(ast.NodeTransformer):
    def visit_Constant(self, node):
        if type(node.value) is float and node.value not in (1e-8, 1.0):
            return ast.parse(f"({1 / node.value:g} ** -1)", mode="eval").body if node.value else node
        return ast.Constant(float(node.value)) if type(node.value) is int and node.value == 2 else node

    def visit_Call(self, node):
        return node  # sizes and axes must stay whole numbers


def other_constants(source: str, rng: random.Random) -> str:
    return ast.unparse(ast.fix_missing_locations(_Constants().visit(_parsed(source))))


class _Helpers(ast.NodeTransformer):
    """The outermost operation of some assignments moves to a function of its own."""

    def __init__(self, rng):
        self.rng, self.made = rng, []

    def visit_Assign(self, node):
        if isinstance(node.value, ast.BinOp) and self.rng.random() < 0.5:
            name = f"helper_{self.rng.randrange(10**6)}"
            operation = ast.BinOp(ast.Name("a", ast.Load()), node.value.op, ast.Name("b", ast.Load()))
            self.made.append(f"def {name}(a, b):\n    return {ast.unparse(operation)}\n\n")
            node.value = ast.Call(ast.Name(name, ast.Load()), [node.value.left, node.value.right], [])
        return node


def helper_functions(source: str, rng: random.Random) -> str:
    helpers = _Helpers(rng)
    changed = ast.unparse(ast.fix_missing_locations(helpers.visit(_parsed(source))))
    return "".join(helpers.made) + changed


def other_parameters(source: str, rng: random.Random) -> str:
    """The methods' parameters have other names, as far as nobody passes them by name."""
    tree = _parsed(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            new = {
                one.arg: f"{one.arg.lower()}_in"
                for one in node.args.args
                if one.arg not in ("self", "eval", "alpha", "lr", "momentum")
            }
            for part in ast.walk(node):
                if isinstance(part, ast.arg):
                    part.arg = new.get(part.arg, part.arg)
                elif isinstance(part, ast.Name):
                    part.id = new.get(part.id, part.id)
    return ast.unparse(tree)


class _Methods(ast.NodeTransformer):
    def visit_Call(self, node):
        self.generic_visit(node)
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="np"), attr="sum" | "mean" | "var" | "dot" as name),
                args=[first, *others],
            ):
                return ast.Call(ast.Attribute(first, name, ast.Load()), others, node.keywords)
        return node


def methods_for_functions(source: str, rng: random.Random) -> str:
    """``x.sum()`` for ``np.sum(x)``."""
    return ast.unparse(ast.fix_missing_locations(_Methods().visit(_parsed(source))))


def paired_lines(source: str, rng: random.Random) -> str:
    """``a, b = f(x), g(x)`` for two lines, where the second does not need the first."""
    tree = _parsed(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.If, ast.For)):
            body = []
            for one in node.body:
                last = body[-1] if body else None
                if (
                    isinstance(last, ast.Assign)
                    and isinstance(one, ast.Assign)
                    and not isinstance(last.targets[0], ast.Tuple)
                ):
                    if not isinstance(one.targets[0], ast.Tuple) and ast.unparse(
                        last.targets[0]
                    ) not in ast.unparse(one.value):
                        pair = (
                            ast.Tuple([last.targets[0], one.targets[0]], ast.Store()),
                            ast.Tuple([last.value, one.value], ast.Load()),
                        )
                        body[-1] = ast.fix_missing_locations(ast.Assign([pair[0]], pair[1]))
                        continue
                body.append(one)
            node.body = body
    return ast.unparse(ast.fix_missing_locations(tree))


def swapped_branches(source: str, rng: random.Random) -> str:
    """``if not eval: ... else: ...`` the other way round."""
    tree = _parsed(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and node.orelse and not isinstance(node.orelse[0], ast.If):
            inverse = (
                node.test.operand if isinstance(node.test, ast.UnaryOp) else ast.UnaryOp(ast.Not(), node.test)
            )
            node.test, node.body, node.orelse = inverse, node.orelse, node.body
    return ast.unparse(ast.fix_missing_locations(tree))


def unchanged(source: str, rng: random.Random) -> str:
    return source


def together(*disguises: Disguise) -> Disguise:
    def apply(source: str, rng: random.Random) -> str:
        for disguise in disguises:
            source = disguise(source, rng)
        return source

    return apply


def _parsed(source: str) -> ast.Module:
    return ast.parse(textwrap.dedent(source))


def _parsable(changed: str, original: str) -> str:
    return changed if is_code(changed) else original


def is_code(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


KNOWN_DISGUISES: dict[str, Disguise] = {
    "unchanged": unchanged,
    "renamed": renamed,
    "reordered methods": reordered,
    "other comments": recommented,
    "reformatted": reformatted,
    "prints": with_prints,
    "split lines": split_lines,
    "merged lines": merged_lines,
    "renamed, reordered, other comments": together(renamed, recommented, reordered),
    "swapped operands": swapped_operands,
    "functions for operators": other_calls,
    "dead code": dead_code,
    "renamed, swapped operands": together(renamed, swapped_operands),
    "renamed, merged, dead code": together(renamed, merged_lines, dead_code, recommented),
    "values kept in self": kept_in_self,
    "other constants": other_constants,
    "helper functions": helper_functions,
    "renamed, kept in self, other comments": together(renamed, kept_in_self, recommented),
    "all of these": together(reformatted, with_prints, renamed, split_lines, recommented, reordered),
}
HELD_OUT_DISGUISES: dict[str, Disguise] = {  # nothing was chosen by looking at these
    "other parameters": other_parameters,
    "methods for functions": methods_for_functions,
    "two assignments in a line": paired_lines,
    "branches swapped": swapped_branches,
    "renamed and all four": together(
        renamed, other_parameters, methods_for_functions, paired_lines, swapped_branches, recommented
    ),
}
