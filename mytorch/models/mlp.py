"""Exported from notebooks/03_mlp.md. Edit the notebook, then run 'make sync'."""

from mytorch.nn import Linear, ReLU


class MLP0:
    """A network without hidden layers: 2 features in, 3 out, ReLU behind the only layer."""

    def __init__(self):
        self.layers = [Linear(2, 3)]
        self.f = [ReLU()]

    def forward(self, A):
        """Go through all layers, first to last (eqs. 21, 22).

        A: (N, 2). Returns the output A: (N, 3).
        """
        l = len(self.layers)
        for i in range(l):
            Z = self.layers[i].forward(A)
            A = self.f[i].forward(Z)
        return A

    def backward(self, dLdA):
        """Go back through all layers, last to first (eqs. 23-25).

        dLdA: (N, 3), for the output. Leaves dLdW and dLdb set in every layer; returns nothing.
        """
        l = len(self.layers)
        for i in reversed(range(l)):
            dAdZ = self.f[i].backward()
            dLdZ = dLdA * dAdZ
            dLdA = self.layers[i].backward(dLdZ)


class MLP1:
    """A network with one hidden layer: 2 features in, 2 out, ReLU behind each layer."""

    def __init__(self):
        self.layers = [Linear(2, 3), Linear(3, 2)]
        self.f = [ReLU(), ReLU()]

    def forward(self, A):
        """Go through all layers, first to last (eqs. 21, 22 for each).

        A: (N, 2). Returns the output A: (N, 2).
        """
        l = len(self.layers)
        for i in range(l):
            Z = self.layers[i].forward(A)
            A = self.f[i].forward(Z)
        return A

    def backward(self, dLdA):
        """Go back through all layers, last to first (eqs. 23-25 for each).

        dLdA: (N, 2), for the output. Leaves dLdW and dLdb set in every layer; returns nothing.
        """
        l = len(self.layers)
        for i in reversed(range(l)):
            dAdZ = self.f[i].backward()
            dLdZ = dLdA * dAdZ
            dLdA = self.layers[i].backward(dLdZ)


class MLP4:
    """A network with four hidden layers: 2 features in, 2 out, ReLU behind each layer."""

    def __init__(self):
        self.layers = [Linear(2, 4), Linear(4, 8), Linear(8, 8), Linear(8, 4), Linear(4, 2)]
        self.f = [ReLU() for _ in self.layers]

    def forward(self, A):
        """Go through all layers, first to last (eqs. 27, 28).

        A: (N, 2). Returns the output A: (N, 2).
        """
        l = len(self.layers)
        for i in range(l):
            Z = self.layers[i].forward(A)
            A = self.f[i].forward(Z)
        return A

    def backward(self, dLdA):
        """Go back through all layers, last to first (eqs. 29-31).

        dLdA: (N, 2), for the output. Leaves dLdW and dLdb set in every layer; returns nothing.
        """
        l = len(self.layers)
        for i in reversed(range(l)):
            dAdZ = self.f[i].backward()
            dLdZ = dLdA * dAdZ
            dLdA = self.layers[i].backward(dLdZ)
