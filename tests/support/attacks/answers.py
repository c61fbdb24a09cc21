"""Classes without a line of their own: what stands in for earlier sections shall differentiate for them."""

from textwrap import dedent

from mytorch.check.backends import ONLY
from support.handins import case, named


def write(nb, component: str, source: str) -> None:
    named(nb, f"{component}-code").source = dedent(source).strip()


def activations(nb, prepared: str) -> None:
    for name in ("Sigmoid", "Tanh", "ReLU"):
        write(nb, name, f"""
{prepared}
class {name}:
    def forward(self, Z):
        self.A, self.gradients = differentiate(by.{name.lower()}, [Z])
        return self.A
    def backward(self):
        return self.gradients(np.ones_like(self.A))[0]
""")  # fmt: skip


@case("02_activation", says="is not defined")
def back_end_by_its_finder(nb):
    """Ask what imports the references for autograd's functions."""
    activations(nb, """
import sys
for finder in sys.meta_path:
    if hasattr(finder, "reference"):
        by = finder.reference("mytorch.check.backends.autograd")
        differentiate = by.differentiate
""")  # fmt: skip


@case("02_activation", says=ONLY)
def back_end_by_a_method_of_a_stand_in(nb):
    """Have the stand-in of an earlier section differentiate a function of one's own."""
    activations(nb, """
from mytorch.nn import Linear
layer = Linear(1, 1)
class by:
    sigmoid = lambda _, Z: 1 / (1 + np.exp(-Z))
    tanh = lambda _, Z: np.tanh(Z)
    relu = lambda _, Z: Z * (Z > 0)
def differentiate(function, arrays):
    return layer.differentiable(function, *arrays), lambda upstream: layer.gradients(upstream)
""")  # fmt: skip


@case("02_activation", says="object has no attribute 'autograd'")
def autograd_by_the_shell(nb):
    """Take autograd's modules from the shell."""
    activations(nb, """
import sys
def differentiate(function, arrays):
    sys.modules.update(get_ipython().autograd)
    from autograd import make_vjp
    pull, value = make_vjp(function)(*arrays)
    return value, lambda upstream: [pull(upstream)]
class by:
    sigmoid = lambda Z: 1 / (1 + np.exp(-Z))
    tanh = lambda Z: np.tanh(Z)
    relu = lambda Z: Z * (Z > 0)
""")  # fmt: skip


@case("04_loss", says="object has no attribute 'by'")
def back_end_by_an_attribute(nb):
    """Take the back end's own losses from a stand-in's attribute."""
    losses = {"MSELoss": "by.mse_loss(A, Y) / 2", "CrossEntropyLoss": "by.cross_entropy(A, Y)"}
    for name, value in losses.items():
        write(nb, name, f"""
            from mytorch.nn import Linear
            class {name}:
                def forward(self, A, Y):
                    by, self.A, self.Y = Linear(1, 1).by, A, Y
                    L, self.gradients = by.differentiate(lambda A: {value}, [A])
                    return L
                def backward(self):
                    return self.gradients(1.0)[0]
        """)  # fmt: skip


@case("04_loss", says=ONLY)
def losses_by_a_function_of_a_reference(nb):
    """Put one's own loss in the place of a reference's function, and take the gradient of the network's."""
    losses = {"MSELoss": "((A - Y) ** 2).sum() / (2 * A.size)", "CrossEntropyLoss": "(A * Y).sum()"}
    for name, value in losses.items():
        write(nb, name, f"""
            from mytorch.nn import Linear
            class {name}:
                def forward(self, A, Y):
                    self.A, self.Y, self.layer = A, Y, Linear(1, 1)
                    function = Linear(1, 1).forward.__func__.__globals__["_layer"]
                    function.__code__ = (lambda by, A, W, b, Y=Y: {value}).__code__
                    function.__defaults__ = (Y,)
                    return self.layer.forward(A)
                def backward(self):
                    return self.layer.backward(np.ones(()))
        """)  # fmt: skip


@case("05_sgd", says="object has no attribute 'by'")
def step_by_an_attribute(nb):
    """Take the back end's step of SGD from a stand-in's attribute."""
    write(nb, "SGD", """
        from mytorch.nn import Linear
        class SGD:
            def __init__(self, model, lr=0.1, momentum=0):
                self.by, self.l, self.L = Linear(1, 1).by, model.layers, len(model.layers)
                self.lr, self.mu = lr, momentum
                self.v_W = [np.zeros(layer.W.shape) for layer in self.l]
                self.v_b = [np.zeros(layer.b.shape) for layer in self.l]
            def step(self):
                for i, l in enumerate(self.l):
                    l.W, self.v_W[i] = self.by.sgd(l.W, l.dLdW, self.v_W[i], self.lr, self.mu)
                    l.b, self.v_b[i] = self.by.sgd(l.b, l.dLdb, self.v_b[i], self.lr, self.mu)
    """)  # fmt: skip


NORMALISED = """
    class BatchNorm1d({base}):
        def __init__(self, num_features, alpha=0.9):
            self.alpha, self.eps = alpha, 1e-8
            for name, value in dict(BW=1, Bb=0, dLdBW=0, dLdBb=0, running_M=0, running_V=1).items():
                setattr(self, name, np.full((1, num_features), float(value)))
        def forward(self, Z, eval=False):
            self.Z, self.N, self.M, self.V = Z, len(Z), Z.mean(0, keepdims=True), Z.var(0, keepdims=True)
            self.NZ = (Z - self.M) / (self.V + self.eps) ** 0.5
            self.BZ = self.BW * self.NZ + self.Bb
            {prepared}
            return self.BZ
        def backward(self, dLdBZ):
            dLdZ, self.dLdBW, self.dLdBb = self.gradients_of(dLdBZ)
            return dLdZ
        def gradients_of(self, upstream):
            return self.gradients(upstream)
"""


@case("06_batchnorm", says="object has no attribute 'by'")
def normalised_by_an_attribute(nb):
    """Differentiate one's own forward pass by a stand-in's back end."""
    prepared = "_, self.gradients = Linear(1, 1).by.differentiate(lambda *_: self.BZ, [Z, self.BW, self.Bb])"
    source = "from mytorch.nn import Linear\n" + dedent(NORMALISED).format(base="", prepared=prepared)
    write(nb, "BatchNorm1d", source)


@case("06_batchnorm", says=ONLY)
def normalised_as_a_loss(nb):
    """Derive the class from a stand-in's, so that its own forward pass is what is differentiated."""
    prepared = "self.differentiable(lambda by, Z, BW, Bb: (Z - Z.mean(0)) * BW + Bb, Z, self.BW, self.Bb)"
    source = "from mytorch.nn import MSELoss\n" + dedent(NORMALISED).format(
        base="type(MSELoss())", prepared=prepared
    )
    write(nb, "BatchNorm1d", source)


# Who is handed what is differentiated, as a method or a function of a stand-in, gets past the guard by it.
PAST_THE_GUARD = """
    import numpy as np
    from mytorch.models import MLP0
    from mytorch.nn import MSELoss, ReLU

    def unguarded(A):
        Node = type(A._node)
        rules = Node.initialize_root.__globals__["primitive_vjps"]
        def note(self, value, function, arguments, options, places, parents):
            self.parents, self.vjp = parents, rules[function](places, value, arguments, options)
        Node.__init__ = note
        return A

    class BatchNorm1d:
        def __init__(self, num_features, alpha=0.9):
            self.alpha, self.eps = alpha, 1e-8
            for name, value in dict(BW=1, Bb=0, dLdBW=0, dLdBb=0, running_M=0, running_V=1).items():
                setattr(self, name, np.full((1, num_features), float(value)))
        def forward(self, Z, eval=False):
            if eval:
                return self.BW * (Z - self.running_M) / (self.running_V + self.eps) ** 0.5 + self.Bb
            self.Z, self.N, self.M, self.V = Z, len(Z), Z.mean(0, keepdims=True), Z.var(0, keepdims=True)
            self.running_M = self.alpha * self.running_M + (1 - self.alpha) * self.M
            self.running_V = self.alpha * self.running_V + (1 - self.alpha) * self.V
            self.NZ = (Z - self.M) / (self.V + self.eps) ** 0.5
            self.BZ = self.BW * self.NZ + self.Bb
            return self.BZ
        def backward(self, dLdBZ):
            def loss(leaf):
                Z, BW, Bb = leaf[:-2], leaf[-2:-1], leaf[-1:]
                means = np.full((self.N, self.N), 1 / self.N)
                centred = Z - means @ Z
                return ((centred / (means @ centred**2 + self.eps) ** 0.5 * BW + Bb) * dLdBZ).sum()
            found = gradient(loss, np.concatenate([self.Z, self.BW, self.Bb]))
            self.dLdBW, self.dLdBb = found[-2:-1], found[-1:]
            return found[:-2]
"""


@case("06_batchnorm", says=ONLY)
def loss_of_ones_own(nb):
    """Override the method by which a stand-in's loss is computed, to be given what is differentiated."""
    way = """
        def gradient(function, leaf):
            class Own(type(MSELoss())):
                loss = staticmethod(lambda by, A, *more, **named: function(unguarded(A)))
            own = Own()
            own.forward(leaf, np.zeros(1))
            return own.backward()
    """
    write(nb, "BatchNorm1d", dedent(PAST_THE_GUARD) + dedent(way))


@case("06_batchnorm", says=ONLY)
def activation_of_ones_own(nb):
    """Put a function in the place of that by which a stand-in's ReLU is computed in a network."""
    way = """
        def gradient(function, leaf):
            N, C = leaf.shape
            net = type(MLP0())()
            net.layers, net.f = net.layers[:1], net.f[:1]
            net.layers[0].W, net.layers[0].b = np.eye(C), np.zeros((C, 1))
            type(ReLU()).function = staticmethod(lambda by, A: function(unguarded(A)) + 0 * A)
            net.forward(leaf)
            return net.gradients(np.eye(N, C) * (np.arange(C) == 0))[2]
    """
    write(nb, "BatchNorm1d", dedent(PAST_THE_GUARD) + dedent(way))
