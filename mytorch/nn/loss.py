"""Exported from notebooks/04_loss.md. Edit the notebook, then run 'make sync'."""

import numpy as np


class MSELoss:
    """Mean squared error, halved: L = Σ(A − Y)² / (2·N·C) (eqs. 32-35)."""

    def forward(self, A, Y):
        """Measure how far the outputs are from the targets (eqs. 32-34).

        A, Y: (N, C), both kept for backward. Returns the loss L, a scalar.
        """
        self.A = A
        self.Y = Y
        N, C = A.shape
        SE = (A - Y) ** 2
        SSE = np.sum(SE)
        L = SSE / (2 * N * C)
        return L

    def backward(self):
        """How the loss changes with the outputs (eq. 35).  Returns dLdA: (N, C)."""
        N, C = self.A.shape
        dLdA = (self.A - self.Y) / (N * C)
        return dLdA


class CrossEntropyLoss:
    """Mean cross-entropy between softmax(A) and Y (eqs. 36-43).

    Each row of Y is a probability distribution, one-hot or soft.
    """

    def forward(self, A, Y):
        """Softmax of each row, then the mean cross-entropy of the batch (eqs. 36-42).

        A, Y: (N, C), both kept for backward. Returns the loss L, a scalar.
        """
        self.A = A
        self.Y = Y
        N, C = A.shape
        # Eq. 37 does not change when a row is shifted; taking its maximum away keeps exp from overflowing,
        # and log(softmax) in one step keeps log from ever seeing a zero.
        shifted = A - np.max(A, axis=1, keepdims=True)
        log_softmax = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
        self.softmax = np.exp(log_softmax)
        crossentropy = (-Y * log_softmax) @ np.ones((C, 1))
        L = np.sum(crossentropy) / N
        return L

    def backward(self):
        """How the summed loss changes with the outputs (eq. 43), not divided by N.  Returns dLdA: (N, C)."""
        dLdA = self.softmax - self.Y
        return dLdA
