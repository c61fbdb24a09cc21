"""How each method is commonly written, for the similarity check. Instructors only: right answers stand
here.
"""

WAYS = {
    "Linear W": (
        "self.W = np.zeros((out_features, in_features))\nself.b = np.zeros((out_features, 1))",
        "self.W = np.zeros([out_features, in_features])\nself.b = np.zeros([out_features, 1])",
        "self.W = np.zeros(shape=(out_features, in_features))\nself.b = np.zeros(shape=(out_features, 1))",
    ),
    "Linear N": ("self.A = A\nself.N = A.shape[0]", "self.N = len(A)", "self.N = np.shape(A)[0]"),
    "Linear forward": (
        "Z = A @ self.W.T + self.b.T\nreturn Z",
        "return A @ self.W.T + np.ones((self.N, 1)) @ self.b.T",
        "return A @ np.transpose(self.W) + np.transpose(self.b)",
        "return A @ self.W.T + self.b.reshape(1, -1)",
    ),
    "Linear backward": (
        (
            "dZdA = self.W.T\ndZdW = self.A\ndZdb = np.ones((self.N, 1))\ndLdA = dLdZ @ dZdA.T\ndLdW = "
            "dLdZ.T @ dZdW\ndLdb = dLdZ.T @ dZdb\nself.dLdW = dLdW / self.N\nself.dLdb = dLdb / "
            "self.N\nreturn dLdA"
        ),
        (
            "dLdA = dLdZ @ self.W\nself.dLdW = dLdZ.T @ self.A / self.N\nself.dLdb = np.sum(dLdZ, axis=0, "
            "keepdims=True).T / self.N"
        ),
        (
            "dLdb = np.sum(dLdZ, axis=0).reshape(-1, 1)\nself.dLdb = dLdb / self.N\ndLdW = dLdZ.T @ "
            "self.A\nself.dLdW = dLdW / self.N"
        ),
        "dLdb = dLdZ.T @ np.ones((dLdZ.shape[0], 1))\nself.dLdb = dLdb / self.N",
    ),
}

# What a student might write after a long night, in place of the right code: for the demo.
SLIP = ("self.dLdW = dLdW / self.N", "self.dLdW = dLdW")
