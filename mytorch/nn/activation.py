"""Exported from notebooks/02_activation.md. Edit the notebook, then run 'make sync'."""

import numpy as np


class Identity:
    """The activation that changes nothing: A = Z."""

    def forward(self, Z):
        """Z: (N, C). Keeps and returns A: (N, C)."""
        self.A = Z
        return self.A

    def backward(self):
        """Returns dAdZ: (N, C), all ones."""
        dAdZ = np.ones(self.A.shape)
        return dAdZ


class Sigmoid:
    """Squeezes every entry into (0, 1)."""

    def forward(self, Z):
        """Apply sigmoid element by element (eq. 8).

        Z: (N, C). Keeps and returns A: (N, C).
        """
        self.A = 1 / (1 + np.exp(-Z))
        return self.A

    def backward(self):
        """Slope at every entry of the last forward, from the kept A (eq. 11).

        Returns dAdZ: (N, C).
        """
        dAdZ = self.A - self.A * self.A
        return dAdZ


class Tanh:
    """Squeezes every entry into (-1, 1)."""

    def forward(self, Z):
        """Apply tanh element by element (eq. 13).

        Z: (N, C). Keeps and returns A: (N, C).
        """
        self.A = np.tanh(Z)
        return self.A

    def backward(self):
        """Slope at every entry of the last forward, from the kept A (eq. 16).

        Returns dAdZ: (N, C).
        """
        dAdZ = 1 - self.A * self.A
        return dAdZ


class ReLU:
    """Rectified linear unit: keeps what is positive, makes the rest zero."""

    def forward(self, Z):
        """Apply ReLU element by element (eq. 18).

        Z: (N, C). Keeps and returns A: (N, C).
        """
        self.A = np.maximum(0, Z)
        return self.A

    def backward(self):
        """Slope at every entry of the last forward, from the kept A (eq. 20); 0 where A is 0.

        Returns dAdZ: (N, C).
        """
        dAdZ = np.where(self.A > 0, 1.0, 0.0)
        return dAdZ
