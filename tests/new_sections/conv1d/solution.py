class Conv1d:
    """Slides kernels of K numbers along sequences: a filter bank, without padding."""

    def __init__(self, in_channels, out_channels, kernel_size):
        self.kernel = None  # TODO
        self.offset = None  # TODO
        ### BEGIN SOLUTION
        self.kernel = np.zeros((out_channels, in_channels, kernel_size))
        self.offset = np.zeros(out_channels)
        ### END SOLUTION

    def forward(self, X):
        """X: (N, C_in, L). Returns Y: (N, C_out, L - K + 1)."""
        Y = None  # TODO
        ### BEGIN SOLUTION
        self.windows = np.lib.stride_tricks.sliding_window_view(X, self.kernel.shape[2], axis=2)
        self.X = X
        Y = np.einsum("nclk,ock->nol", self.windows, self.kernel) + self.offset[:, None]
        ### END SOLUTION
        return Y

    def backward(self, dLdY):
        """dLdY: (N, C_out, L - K + 1). Keeps dLdkernel and dLdoffset, batch averages. Returns dLdX: (N, C_in,
        L).
        """
        dLdX = None  # TODO
        ### BEGIN SOLUTION
        N, steps = len(dLdY), dLdY.shape[2]
        self.dLdkernel = np.einsum("nol,nclk->ock", dLdY, self.windows) / N
        self.dLdoffset = dLdY.sum(axis=(0, 2)) / N
        dLdX = np.zeros(self.X.shape)
        for k in range(self.kernel.shape[2]):
            dLdX[:, :, k : k + steps] += np.einsum("nol,oc->ncl", dLdY, self.kernel[:, :, k])
        ### END SOLUTION
        return dLdX
