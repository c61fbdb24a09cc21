"""How each method is commonly written, for the similarity check. Instructors only: right answers stand
here.
"""

WAYS = {
    "Sigmoid forward": (
        "self.A = 1 / (1 + np.exp(-Z))",
        "self.A = np.exp(Z) / (1 + np.exp(Z))",
        "self.A = 1 / (1 + np.exp(-1 * Z))",
    ),
    "Sigmoid backward": (
        "return self.A - self.A * self.A",
        "return self.A * (1 - self.A)",
        "return self.A - self.A ** 2",
        "return self.A - np.square(self.A)",
    ),
    "Tanh forward": (
        "self.A = np.tanh(Z)",
        "self.A = np.tanh(Z)",
        "self.A = (np.exp(Z) - np.exp(-Z)) / (np.exp(Z) + np.exp(-Z))",
    ),
    "Tanh backward": (
        "return 1 - self.A * self.A",
        "return 1 - self.A ** 2",
        "return 1 - np.square(self.A)",
        "return 1 - np.power(self.A, 2)",
    ),
    "ReLU forward": (
        "self.A = np.maximum(0, Z)",
        "self.A = np.maximum(Z, 0)",
        "self.A = np.where(Z > 0, Z, 0)",
        "self.A = Z * (Z > 0)",
    ),
    "ReLU backward": (
        "return np.where(self.A > 0, 1, 0)",
        "return np.where(self.A > 0, 1.0, 0.0)",
        "return (self.A > 0).astype(float)",
        "dAdZ = np.zeros(self.A.shape)\ndAdZ[self.A > 0] = 1\nreturn dAdZ",
        "return np.sign(self.A)",
    ),
}

# What a student might write after a long night, in place of the right code: for the demo.
SLIP = ("dAdZ = 1 - self.A * self.A", "dAdZ = 1 - self.A")
