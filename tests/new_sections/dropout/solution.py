class Dropout:
    """Keeps each number with probability 1 - p while training."""

    def __init__(self, p=0.5, seed=0):
        self.p = p
        self.rng = np.random.default_rng(seed)

    def forward(self, Z, eval=False):
        """Z: (N, C). Returns A: (N, C), which is Z itself with eval=True."""
        if eval:
            return Z
        self.mask = None  # TODO
        A = None  # TODO
        ### BEGIN SOLUTION
        self.mask = (self.rng.random(Z.shape) >= self.p).astype(float)
        A = Z * self.mask / (1 - self.p)
        ### END SOLUTION
        return A

    def backward(self, dLdA):
        """dLdA: (N, C). Returns dLdZ: (N, C)."""
        dLdZ = None  # TODO
        ### BEGIN SOLUTION
        dLdZ = dLdA * self.mask / (1 - self.p)
        ### END SOLUTION
        return dLdZ
