"""A made-up class: independent hand-ins, and copies with known disguises.

Independent students follow the same skeleton to the same forced answers. Each has habits (how to multiply
matrices, how to sum a column, how much to comment, what to call things), and the common habit is common. A
copy takes over somebody's classes and disguises them; prose and experiments stay the copier's own unless the
disguise says otherwise.
"""

import ast
import json
import random
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import nbformat

from mytorch.course import COMPONENTS, ITEM_OF
from support.bank import BANKED, RIGHT, WRONG

# The notebooks that students here write in.
WRITTEN = tuple(dict.fromkeys(ITEM_OF[name].notebook for name in BANKED))
Draft = dict[str, str]  # class -> source; "prose:01_linear", "try:01_linear" -> the student's own cells


class Student:
    """The habits of one student, and what they write."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.product = self.pick("{0} @ {1}", "np.dot({0}, {1})", "np.matmul({0}, {1})", "{0}.dot({1})")
        self.column = self.pick(
            "np.sum({0}, axis=0, keepdims=True)",
            "({0}).sum(axis=0, keepdims=True)",
            "np.sum({0}, axis=0).reshape(1, -1)",
            "np.ones((1, self.N)) @ ({0})",
        )
        self.size = self.pick("{0}.shape[0]", "len({0})", "np.shape({0})[0]")
        self.times = self.pick("{0} * {1}", "np.multiply({0}, {1})")
        self.squared = self.pick("({0}) ** 2", "np.square({0})", "({0}) * ({0})", "np.power({0}, 2)")
        self.root = self.pick("np.sqrt({0})", "({0}) ** 0.5", "np.power({0}, 0.5)")
        self.index = self.pick("i", "k", "idx", "j")
        self.keeps_todo = self.pick(False, True)
        self.keeps_docstrings = self.pick(True, True, False)
        self.steps = self.pick(True, False)  # names for intermediate values
        self.talks = self.pick(0.1, 0.4, 0.0, 0.8)
        self.spaces = self.pick(True, True, False)

    def pick(self, *options):
        """The first is the most common."""
        return self.rng.choices(options, [0.55**i for i in range(len(options))])[0]

    def mm(self, a: str, b: str) -> str:
        return self.product.format(a, b)

    def remark(self, *texts: str) -> str:
        """Perhaps a comment line; several students hit upon the same one."""
        return f"# {self.pick(*texts)}\n" if self.rng.random() < self.talks else ""

    # --- the classes ----------------------------------------------------------------------------------------

    def linear(self) -> dict[str, str]:
        ones = self.pick("np.ones((self.N, 1))", "np.ones((dLdZ.shape[0], 1))", "np.ones([self.N, 1])")
        start = self.pick(
            "self.W = np.zeros((out_features, in_features))\nself.b = np.zeros((out_features, 1))",
            "self.W = np.zeros([out_features, in_features])\nself.b = np.zeros([out_features, 1])",
            "self.W = np.zeros(shape=(out_features, in_features))\nself.b = np.zeros(shape=(out_features, "
            "1))",
        )
        bias = self.pick("self.b.T", self.mm("np.ones((self.N, 1))", "self.b.T"), "self.b.reshape(1, -1)")
        forward = self.remark(
            "store input for backward", "save A", "keep A and the batch size", "remember the input"
        )
        forward += f"self.A = A\nself.N = {self.size.format('A')}\n"
        forward += self.remark(
            "Z = AW^T + b", "equation 1", "linear transformation", "affine map of the batch"
        )
        forward += f"Z = {self.mm('A', 'self.W.T')} + {bias}"
        if self.steps and self.rng.random() < 0.2:
            forward = forward.replace("Z = ", f"{self.pick('AW', 'product', 'wx')} = ", 1).replace(
                f" + {bias}", ""
            )
            name = re.search(r"^(\w+) = (?!self)", forward, re.M)[1]
            forward += f"\nZ = {name} + {bias}"
        backward = self.remark("local gradients", "derivatives of Z", "eq. 2", "partial derivatives")
        if self.pick(True, True, False):
            backward += f"dZdA = self.W.T\ndZdW = self.A\ndZdb = {ones}\n" + self.remark(
                "chain rule", "chain rule with eq 3-5"
            )
            backward += f"dLdA = {self.mm('dLdZ', 'dZdA.T')}\ndLdW = {self.mm('dLdZ.T', 'dZdW')}\n"
            backward += f"dLdb = {self.mm('dLdZ.T', 'dZdb')}"
        else:
            backward += f"dLdA = {self.mm('dLdZ', 'self.W')}\ndLdW = {self.mm('dLdZ.T', 'self.A')}\n"
            backward += "dLdb = " + self.pick(
                "np.sum(dLdZ, axis=0, keepdims=True).T",
                "np.sum(dLdZ, axis=0).reshape(-1, 1)",
                "dLdZ.sum(axis=0)[:, None]",
                "dLdZ.T.sum(axis=1, keepdims=True)",
            )
        return {"__init__": start, "forward": forward, "backward": backward}

    def sigmoid(self):
        forward = self.pick(
            "1 / (1 + np.exp(-Z))",
            "1.0 / (1.0 + np.exp(-Z))",
            "np.exp(Z) / (1 + np.exp(Z))",
            "1/(np.exp(-Z) + 1)",
        )
        backward = self.pick(
            "self.A - self.A * self.A",
            "self.A * (1 - self.A)",
            f"self.A - {self.squared.format('self.A')}",
            "np.multiply(self.A, 1 - self.A)",
        )
        return {"forward": f"self.A = {forward}", "backward": f"dAdZ = {backward}"}

    def tanh(self):
        forward = self.pick("np.tanh(Z)", "np.tanh(Z)", "(np.exp(Z) - np.exp(-Z)) / (np.exp(Z) + np.exp(-Z))")
        if self.steps and "exp" in forward:
            p, n = self.pick(("pos", "neg"), ("a", "b"), ("ez", "emz"), ("e1", "e2"))
            return {
                "forward": f"{p} = np.exp(Z)\n{n} = np.exp(-Z)\nself.A = ({p} - {n}) / ({p} + {n})",
                "backward": f"dAdZ = 1 - {self.squared.format('self.A')}",
            }
        backward = self.pick(
            f"1 - {self.squared.format('self.A')}", "1 - self.A * self.A", "(1 - self.A) * (1 + self.A)"
        )
        return {"forward": f"self.A = {forward}", "backward": f"dAdZ = {backward}"}

    def relu(self):
        forward = self.pick(
            "np.maximum(0, Z)",
            "np.maximum(Z, 0)",
            "np.where(Z > 0, Z, 0)",
            "Z * (Z > 0)",
            "np.clip(Z, 0, None)",
        )
        backward = self.pick(
            "dAdZ = np.where(self.A > 0, 1, 0)",
            "dAdZ = np.where(self.A > 0, 1.0, 0.0)",
            "dAdZ = (self.A > 0).astype(float)",
            "dAdZ = np.zeros(self.A.shape)\ndAdZ[self.A > 0] = 1",
            "dAdZ = np.sign(self.A)",
            "dAdZ = 1.0 * (self.A > 0)",
        )
        return {"forward": f"self.A = {forward}", "backward": backward}

    def mlp(self, sizes: tuple[int, ...]):
        pairs = list(zip(sizes, sizes[1:]))
        layers = "[" + ", ".join(f"Linear({a}, {b})" for a, b in pairs) + "]"
        f = "[" + ", ".join("ReLU()" for _ in pairs) + "]"
        if len(pairs) > 2:
            f = self.pick(f, "[ReLU() for _ in range(5)]", "[ReLU() for _ in self.layers]", "[ReLU()] * 5")
        i = self.index
        loop = self.mlp_loop
        if loop == "skeleton":
            return {
                "__init__": f"self.layers = {layers}\nself.f = {f}",
                "forward": (
                    f"l = len(self.layers)\nfor {i} in range(l):\n    Z = self.layers[{i}].forward(A)\n    A "
                    f"= self.f[{i}].forward(Z)"
                ),
                "backward": (
                    f"l = len(self.layers)\nfor {i} in reversed(range(l)):\n    dAdZ = "
                    f"self.f[{i}].backward()\n"
                    f"    dLdZ = {self.times.format('dLdA', 'dAdZ')}\n    dLdA = "
                    f"self.layers[{i}].backward(dLdZ)"
                ),
            }
        if loop == "zip":
            a, b = self.mlp_names
            return {
                "__init__": f"self.layers = {layers}\nself.f = {f}",
                "forward": f"for {a}, {b} in zip(self.layers, self.f):\n    A = {b}.forward({a}.forward(A))",
                "backward": (
                    f"for {a}, {b} in zip(reversed(self.layers), reversed(self.f)):\n"
                    f"    dLdZ = {self.times.format('dLdA', b + '.backward()')}\n    dLdA = "
                    f"{a}.backward(dLdZ)"
                ),
            }
        return {
            "__init__": f"self.layers = {layers}\nself.f = {f}",
            "forward": (
                f"l = len(self.layers)\nfor {i} in range(l):\n    A = "
                f"self.f[{i}].forward(self.layers[{i}].forward(A))"
            ),
            "backward": (
                f"l = len(self.layers)\nfor {i} in range(l - 1, -1, -1):\n    dLdZ = "
                f"{self.times.format('dLdA', f'self.f[{i}].backward()')}\n    dLdA = "
                f"self.layers[{i}].backward(dLdZ)"
            ),
        }

    def mse(self):
        if self.steps:
            forward = f"SE = {self.squared.format('A - Y')}\nSSE = {self.pick('np.sum(SE)', 'SE.sum()')}\n"
            forward += "L = " + self.pick(
                "SSE / (2 * N * C)", "SSE / (2*N*C)", "0.5 * SSE / (N * C)", "SSE / (N * C) / 2"
            )
        else:
            forward = "L = " + self.pick(
                f"np.sum({self.squared.format('A - Y')}) / (2 * N * C)",
                f"np.mean({self.squared.format('A - Y')}) / 2",
                f"0.5 * np.mean({self.squared.format('A - Y')})",
            )
        backward = self.pick(
            "N, C = self.A.shape\ndLdA = (self.A - self.Y) / (N * C)",
            "dLdA = (self.A - self.Y) / self.A.size",
            "dLdA = (self.A - self.Y) / (self.A.shape[0] * self.A.shape[1])",
            "dLdA = np.divide(self.A - self.Y, self.A.size)",
        )
        return {"forward": "self.A = A\nself.Y = Y\nN, C = A.shape\n" + forward, "backward": backward}

    def cross_entropy(self):
        e = self.pick("expA", "exp_A", "exps", "e", "numerator")
        stable = self.remark(
            "avoid overflow", "subtract the max for numerical stability", "shift for stability"
        )
        start = self.pick(
            f"{e} = np.exp(A)",
            f"{e} = np.exp(A - np.max(A, axis=1, keepdims=True))",
            f"{e} = np.exp(A - A.max())",
        )
        total = self.pick(
            f"np.sum({e}, axis=1, keepdims=True)",
            f"{e}.sum(axis=1, keepdims=True)",
            f"np.sum({e}, axis=1).reshape(-1, 1)",
        )
        softmax = f"{stable if 'max' in start else ''}{start}\nself.softmax = {e} / {total}\n"
        if self.rng.random() < 0.2:
            softmax = "self.softmax = np.exp(A) / np.sum(np.exp(A), axis=1, keepdims=True)\n"
        log = self.pick(
            "np.log(self.softmax)",
            "np.log(self.softmax)",
            "np.log(self.softmax + 1e-12)",
            "np.log(self.softmax + 1e-8)",
        )
        if self.steps:
            entropy = self.pick(
                f"(-Y * {log}) @ np.ones((C, 1))",
                f"-np.sum(Y * {log}, axis=1)",
                f"-np.sum(Y * {log}, axis=1, keepdims=True)",
                f"np.sum(-Y * {log}, axis=1)",
            )
            loss = self.pick(
                "np.sum(crossentropy) / N",
                "np.mean(crossentropy)",
                "crossentropy.mean()",
                "crossentropy.sum() / N",
            )
            tail = f"crossentropy = {entropy}\nL = {loss}"
        else:
            tail = "L = " + self.pick(
                f"-np.sum(Y * {log}) / N", f"-np.mean(np.sum(Y * {log}, axis=1))", f"np.sum(-Y * {log}) / N"
            )
        return {
            "forward": (
                "self.A = A\nself.Y = Y\nN, C = A.shape\n"
                + self.remark("softmax", "eq. 37", "row softmax")
                + softmax
                + self.remark("cross entropy", "loss of each row", "eq. 38 to 42")
                + tail
            ),
            "backward": "dLdA = self.softmax - self.Y",
        }

    def sgd(self):
        i, minus = self.index, self.pick(False, True)
        way = self.pick("skeleton", "layer", "always")
        if way == "layer":
            a = self.pick("layer", "l", "lay")
            lines = [f"for {i}, {a} in enumerate(self.l):", "    if self.mu == 0:"]
            target = a
        else:
            lines = [f"for {i} in range(self.L):", "    if self.mu == 0:"]
            target = f"self.l[{i}]"
        update = "{0} -= self.lr * {1}" if minus else "{0} = {0} - self.lr * {1}"
        moved = [f"self.v_{p}[{i}] = self.mu * self.v_{p}[{i}] + {target}.dLd{p}" for p in "Wb"]
        moved += [update.format(f"{target}.{p}", f"self.v_{p}[{i}]") for p in "Wb"]
        if way == "always":
            return {"step": "\n".join([lines[0], *("    " + line for line in moved)])}
        plain = [update.format(f"{target}.{p}", f"{target}.dLd{p}") for p in "Wb"]
        lines += ["        " + line for line in plain] + ["    else:"] + ["        " + line for line in moved]
        return {"step": "\n".join(lines)}

    def batchnorm(self):
        mean = self.pick(
            "np.mean({0}, axis=0, keepdims=True)",
            "{0}.mean(axis=0, keepdims=True)",
            "np.sum({0}, axis=0, keepdims=True) / self.N",
        )
        var = self.pick(
            mean.format(self.squared.format("Z - self.M")),
            "np.var(Z, axis=0, keepdims=True)",
            "Z.var(axis=0, keepdims=True)",
        )
        norm = "({0} - {1}) / " + self.root.format("{2} + self.eps")
        scale = self.pick(
            "self.BW * self.NZ + self.Bb",
            "self.NZ * self.BW + self.Bb",
            "np.multiply(self.BW, self.NZ) + self.Bb",
        )
        run = self.pick(
            "self.alpha * self.running_{0} + (1 - self.alpha) * self.{0}",
            "(1 - self.alpha) * self.{0} + self.alpha * self.running_{0}",
        )
        train = self.remark("batch mean and variance", "training mode", "statistics of the batch")
        train += (
            f"self.Z = Z\nself.N = {self.size.format('Z')}\nself.M = {mean.format('Z')}\nself.V = {var}\n"
        )
        train += (
            self.remark("normalize", "normalise", "eq 52")
            + f"self.NZ = {norm.format('Z', 'self.M', 'self.V')}\nself.BZ = {scale}\n"
        )
        train += self.remark("update running averages", "running stats", "moving averages")
        train += "\n".join(f"self.running_{q} = {run.format(q)}" for q in "MV")
        test = f"self.NZ = {norm.format('Z', 'self.running_M', 'self.running_V')}\nself.BZ = {scale}"
        forward = f"if not eval:\n{textwrap.indent(train, '    ')}\nelse:\n{textwrap.indent(test, '    ')}"
        if self.rng.random() < 0.2:
            forward = f"if eval:\n{textwrap.indent(test, '    ')}\nelse:\n{textwrap.indent(train, '    ')}"
        return {"forward": forward, "backward": self.batchnorm_backward()}

    def batchnorm_backward(self):
        rows = self.remark("gradients of the parameters", "scale and shift gradients", "eq 58 59")
        rows += (
            f"self.dLdBW = {self.column.format('dLdBZ * self.NZ')}\nself.dLdBb = "
            f"{self.column.format('dLdBZ')}\n"
        )
        rows += f"dLdNZ = {self.times.format('dLdBZ', 'self.BW')}\n"
        way = self.pick("std", "powers", "eq64", "closed")
        diff, v = "(self.Z - self.M)", "(self.V + self.eps)"
        if self.steps:
            d, e = (
                self.pick("diff", "Zc", "centered", "Z_M", "delta"),
                self.pick("var_eps", "V", "Veps", "sigma2", "v"),
            )
            rows += f"{d} = self.Z - self.M\n{e} = self.V + self.eps\n"
            diff, v = d, e
        half = self.pick("-0.5 * {0}", "-1/2 * {0}", "-{0} / 2", "-(1/2) * {0}")
        note = self.remark("chain rule through the variance", "eq. 62", "variance and mean")
        if way == "std":
            s = self.pick("std", "sd", "s", "sigma")
            rows += (
                f"{s} = {self.root.format(v)}\n{note}dLdV = "
                f"{half.format(self.column.format(f'dLdNZ * {diff} / {s}**3'))}\n"
            )
            rows += f"dLdM = -{self.column.format(f'dLdNZ / {s}')}\n"
            rows += "dLdZ = " + self.pick(
                f"dLdNZ / {s} + dLdV * 2 * {diff} / self.N + dLdM / self.N",
                f"dLdNZ / {s} + 2 / self.N * dLdV * {diff} + dLdM / self.N",
            )
        elif way == "closed":
            t = self.pick("inv_std", "istd", "r")
            rows += f"{t} = 1 / {self.root.format(v)}\n"
            rows += (
                f"dLdZ = {t} / self.N * (self.N * dLdNZ - {self.column.format('dLdNZ')} - self.NZ *"
                f" {self.column.format('dLdNZ * self.NZ')})"
            )
        else:
            power = self.pick("{0} ** (-{1}/2)", "{0}**(-{1} / 2)", "np.power({0}, -{1} / 2)")
            three, one = power.format(v, 3), power.format(v, 1)
            rows += f"{note}dLdV = {half.format(self.column.format(f'dLdNZ * {diff} * {three}'))}\n"
            if way == "eq64":
                m = self.pick("dNZdM", "dNZ_dM", "grad_M", "tmp")
                rows += (
                    f"{m} = -{one} - 0.5 * {diff} * {three} * (-2 / self.N * {self.column.format(diff)})\n"
                )
                rows += f"dLdM = {self.column.format(f'dLdNZ * {m}')}\n"
            else:
                rows += f"dLdM = -{self.column.format(f'dLdNZ * {one}')}\n"
            rows += "dLdZ = " + self.pick(
                f"dLdNZ * {one} + dLdV * (2 / self.N) * {diff} + dLdM / self.N",
                f"dLdNZ * {one} + dLdV * 2 * {diff} / self.N + dLdM / self.N",
                f"dLdNZ * {one} + dLdV * (2/self.N * {diff}) + 1/self.N * dLdM",
            )
        return rows

    # --- the whole hand-in ----------------------------------------------------------------------------------

    def draft(self, skeleton: dict[str, str]) -> Draft:
        self.mlp_loop, self.mlp_names = (
            self.pick("skeleton", "zip", "short"),
            self.pick(("layer", "f"), ("l", "act"), ("lin", "relu")),
        )
        ways = {
            "Linear": self.linear,
            "Sigmoid": self.sigmoid,
            "Tanh": self.tanh,
            "ReLU": self.relu,
            "MLP0": lambda: self.mlp((2, 3)),
            "MLP1": lambda: self.mlp((2, 3, 2)),
            "MLP4": lambda: self.mlp((2, 4, 8, 8, 4, 2)),
            "MSELoss": self.mse,
            "CrossEntropyLoss": self.cross_entropy,
            "SGD": self.sgd,
            "BatchNorm1d": self.batchnorm,
        }
        draft = {}
        for name, way in ways.items():
            if self.rng.random() < 0.03:  # not done
                draft[name] = skeleton[name]
                continue
            draft[name] = self.mistaken(filled(skeleton[name], way(), self.keeps_todo, self.keeps_docstrings))
            if not self.spaces:
                draft[name] = re.sub(r" ([*/]) ", r"\1", draft[name])
        for notebook in WRITTEN:
            draft[f"prose:{notebook}"] = self.prose(notebook) if self.rng.random() < 0.4 else ""
            draft[f"try:{notebook}"] = self.experiment(notebook) if self.rng.random() < 0.4 else ""
        return draft

    def mistaken(self, source: str) -> str:
        if self.rng.random() > 0.12:
            return source
        changes = [
            (" / self.N", ""),
            ("axis=0", "axis=1"),
            (" + self.eps", ""),
            ("-0.5", "0.5"),
            ("2 * ", ""),
            ("> 0", ">= 0"),
            (".T", ""),
            ("reversed(range(l))", "range(l)"),
            ("1 - self.A", "self.A"),
            ("self.lr * ", ""),
            (" / N", ""),
            ("keepdims=True", "keepdims=False"),
        ]
        old, new = self.rng.choice(changes)
        return source.replace(old, new, 1)

    def prose(self, notebook: str) -> str:
        topic = {
            "01_linear": "the weights",
            "02_activation": "the slope",
            "03_mlp": "the hidden layers",
            "04_loss": "the loss",
            "05_sgd": "momentum",
            "06_batchnorm": "the running mean",
        }[notebook]
        sentences = [
            (
                self.any(
                    "I noticed that", "It seems", "We can see that", "Apparently", "Looking at the plot,"
                )
                + f" {topic} "
                + self.any("changes faster", "grows slowly", "stays the same", "goes down", "is more stable")
                + f" {self.any('when', 'if', 'as soon as', 'because')}"
                f" {self.any('the learning rate', 'the batch', 'the input', 'epsilon')}"
                f" {self.any('is large', 'gets small', 'is near zero', 'doubles', 'is changed')}."
            ),
            (
                f"{self.any('My question:', 'To do:', 'Not clear to me:', 'Next time:')} "
                f"{self.any('why does it', 'how would it', 'does it')} "
                f"{self.any('work', 'fail', 'converge', 'diverge')} "
                f"{self.any('with one sample', 'for larger nets', 'without bias', 'in float32')}?"
            ),
            (
                f"{self.any('Shapes', 'Dimensions', 'Sizes')}: {topic} {self.any('has', 'have', 'is of')} "
                f"(N, C), {self.any('the bias', 'the gradient', 'the output')} "
                f"{self.any('the same', '(1, C)', 'a column', 'transposed')}."
            ),
        ]
        return " ".join(self.rng.sample(sentences, self.rng.randint(1, 3)))

    def experiment(self, notebook: str) -> str:
        n, c, seed = self.rng.randint(2, 9), self.rng.randint(2, 5), self.rng.randint(0, 99)
        x = self.any("x", "X", "A_test", "data", "Z_try", "inp")
        name = {
            "01_linear": "Linear(%d, 3)" % c,
            "02_activation": self.any("Tanh()", "ReLU()", "Sigmoid()"),
            "03_mlp": "MLP1()",
            "04_loss": "MSELoss()",
            "05_sgd": "SGD(MLP1())",
            "06_batchnorm": f"BatchNorm1d({c})",
        }[notebook]
        layer = self.any("layer", "test", "obj", "mine", "m")
        values = ", ".join(f"{self.rng.uniform(-3, 3):.1f}" for _ in range(c))
        return self.any(
            f"{x} = np.random.randn({n}, {c})\n{layer} = {name}\nprint({layer}.forward({x}).shape)",
            f"np.random.seed({seed})\n{x} = np.random.rand({n}, {c})\n{layer} = {name}\n{layer}.forward({x})",
            f"{x} = np.array([[{values}]])\n{layer} = {name}\n{layer}.forward({x})",
            f"rng = np.random.default_rng({seed})\n{x} = rng.normal(size=({n}, {c}))\nprint({x}.mean(axis=0),"
            f" {x}.std(axis=0))",
            f"for n in range({n}):\n    {x} = np.ones((n + 1, {c})) * n\n    print(n, {x}.sum())",
            f"{layer} = {name}\nvars({layer})",
        )

    def any(self, *options):
        return self.rng.choice(options)


def filled(skeleton: str, bodies: dict[str, str], keeps_todo: bool, keeps_docstrings: bool) -> str:
    """The skeleton with its methods' bodies written: the TODO lines give way, the last return and what is
    given stay.
    """
    lines, out = skeleton.splitlines(), []
    tree = ast.parse(skeleton).body[0]
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            if keeps_docstrings:
                out += lines[node.lineno - 1 : node.end_lineno]
            continue
        head = [""] if out else []
        head += lines[node.lineno - 1 : node.body[0].lineno - 1]
        document = node.body[0] if ast.get_docstring(node) else None
        if document and keeps_docstrings:
            head += lines[document.lineno - 1 : document.end_lineno]
        if node.name not in bodies:
            out += head + lines[(document or node).lineno if document else node.lineno : node.end_lineno]
            continue
        body = bodies[node.name]
        if keeps_todo:
            body = re.sub(r"(?m)^((?:self\.)?\w+ = .*[^:])$", r"\1  # TODO", body)
        tail = [
            line
            for line in lines[(document or node).lineno : node.end_lineno]
            if re.match(r" {8}(return|self\.dLd[Wb] =)", line)
        ]
        if node.name == "__init__" and "alpha" in skeleton:
            tail = []
        out += head + textwrap.indent(body, " " * 8).splitlines() + tail
    return f"{lines[0]}\n" + "\n".join(out) + "\n"


# --- disguises: what a copier does to a class ---------------------------------------------------------------

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
    try:
        ast.parse(changed)
    except SyntaxError:
        return original
    return changed


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


# --- the class ----------------------------------------------------------------------------------------------


class Release:
    """The released notebooks, in memory: name -> notebook. ``lean``: only their cells to work in, quicker to
    read.
    """

    def __init__(self, notebooks: dict, lean: bool = False):
        self.notebooks = {stem: json.loads(nbformat.writes(notebook)) for stem, notebook in notebooks.items()}
        if lean:
            for notebook in self.notebooks.values():
                notebook["cells"] = [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
        self.skeletons = {}
        for name in COMPONENTS:
            for cell in self.notebooks[ITEM_OF[name].notebook]["cells"]:
                if cell["metadata"].get("nbgrader", {}).get("grade_id") == f"{name}-code":
                    self.skeletons[name] = "".join(cell["source"])

    def write(self, folder: Path, draft: Draft) -> None:
        """A hand-in: ``folder``/01_linear.ipynb and so on."""
        folder.mkdir(parents=True, exist_ok=True)
        for stem, notebook in self.notebooks.items():
            cells = [dict(cell) for cell in notebook["cells"]]
            for cell in cells:
                name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
                if name.endswith("-code"):
                    # what nobody here knows to write stays as it is released
                    cell["source"] = draft.get(name.removesuffix("-code"), cell["source"])
            for kind, key in (("markdown", "prose"), ("code", "try")):
                if own := draft.get(f"{key}:{stem}"):
                    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
                    cells.append(
                        {"cell_type": kind, "metadata": {}, "source": own, "id": f"own-{key}", **code}
                    )
            (folder / f"{stem}.ipynb").write_text(json.dumps({**notebook, "cells": cells}))


def copied(original: Draft, own: Draft, disguise: Disguise, rng: random.Random, classes=BANKED) -> Draft:
    """The copier's hand-in: the original's classes in disguise, everything else their own."""
    return own | {
        name: disguise(original[name], rng) if _is_code(original[name]) else original[name]
        for name in classes
    }


def _is_code(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def independent(release: Release, count: int, seed: int) -> list[Draft]:
    rng = random.Random(seed)
    return [Student(random.Random(rng.random())).draft(release.skeletons) for _ in range(count)]


def from_banks(release: Release, count: int, seed: int) -> list[Draft]:
    """Another kind of class: everybody draws their classes from the banks of right and wrong implementations.

    So people share whole classes to the letter by chance, but hardly ever most of them. Half of them write
    names and layout their own way.
    """
    rng = random.Random(seed)
    banks: dict[str, list[str]] = {name: [] for name in BANKED}
    for right in RIGHT:
        banks[right.component].append(textwrap.dedent(right.source).strip() + "\n")
    wrong = {name: [one.source for one in WRONG if one.component == name] for name in BANKED}
    drafts = []
    for _ in range(count):
        student, own_way = Student(random.Random(rng.random())), rng.random() < 0.5
        draft = student.draft(release.skeletons)
        for name in BANKED:
            source = rng.choice([*banks[name], rng.choice(wrong[name]) if wrong[name] else banks[name][0]])
            draft[name] = (
                rng.choice([renamed, recommented, reformatted])(source, rng)
                if own_way and _is_code(source)
                else source
            )
        drafts.append(draft)
    return drafts


def class_with_copies(
    drafts: list[Draft],
    rng: random.Random,
    disguises=None,
    copies: int = 1,
    group: int = 0,
    notebooks: int = len(WRITTEN),
) -> tuple[list[Draft], dict[tuple[int, int], str]]:
    """Let some copy from others. Returns the class, and the pairs of copies with their disguises.

    ``copies``: pairs for each disguise. ``group``: so many share one source instead, each copy in a disguise
    of its own. ``notebooks``: how many are copied, the others stay the copier's own.
    """
    drafts, pairs, disguises = list(drafts), {}, disguises or {}
    free = rng.sample(range(len(drafts)), len(drafts))
    if group:
        members = sorted(free[:group])
        for number in members[1:]:
            drafts[number] = copied(
                drafts[members[0]], drafts[number], rng.choice(list(disguises.values())), rng
            )
        return drafts, {(a, b): "one source" for a in members for b in members if a < b}
    for name, disguise in list(disguises.items()) * copies:
        if len(free) < 2:
            break
        original, copier = free.pop(), free.pop()
        taken = rng.sample(WRITTEN, notebooks)
        classes = [one for one in BANKED if ITEM_OF[one].notebook in taken]
        drafts[copier] = copied(drafts[original], drafts[copier], disguise, rng, classes)
        pairs[min(original, copier), max(original, copier)] = name
    return drafts, pairs
