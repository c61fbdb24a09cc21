"""One made-up student: habits, and the classes that somebody with these habits writes.

Independent students follow the same skeleton to the same forced answers. Each has habits (how to multiply
matrices, how to sum a column, how much to comment, what to call things), and the common habit is common.
"""

import ast
import random
import re
import textwrap

from mytorch.course import ITEM_OF
from support.bank import BANKED

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
