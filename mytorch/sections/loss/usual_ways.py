"""How each method is commonly written, for the similarity check. Instructors only: right answers stand
here.
"""

WAYS = {
    "MSELoss forward": (
        "SE = (A - Y) ** 2\nSSE = np.sum(SE)\nL = SSE / (2 * N * C)\nreturn L",
        "SE = (A - Y) * (A - Y)\nreturn np.sum(SE) / (2 * N * C)",
        "return np.sum(np.square(A - Y)) / (2 * N * C)",
        "return np.mean((A - Y) ** 2) / 2",
        "return 0.5 * np.sum((A - Y) ** 2) / (N * C)",
        "SSE = np.ones((1, N)) @ ((A - Y) ** 2) @ np.ones((C, 1))\nreturn SSE / (2 * N * C)",
    ),
    "MSELoss backward": (
        "N, C = self.A.shape\nreturn (self.A - self.Y) / (N * C)",
        "return (self.A - self.Y) / self.A.size",
        "return (self.A - self.Y) / (self.A.shape[0] * self.A.shape[1])",
        "return (self.A - self.Y) / N / C",
    ),
    "softmax": (
        "self.softmax = np.exp(A) / np.sum(np.exp(A), axis=1, keepdims=True)",
        "e = np.exp(A - np.max(A, axis=1, keepdims=True))\nself.softmax = e / np.sum(e, axis=1, "
        "keepdims=True)",
        "self.softmax = np.exp(A) / (np.exp(A) @ np.ones((C, 1)) @ np.ones((1, C)))",
        "e = np.exp(A - np.max(A))\nself.softmax = e / np.sum(e, axis=1).reshape(-1, 1)",
        "self.softmax = np.exp(A) / np.sum(np.exp(A), axis=1).reshape(-1, 1)",
    ),
    "CrossEntropyLoss forward": (
        "crossentropy = (-Y * np.log(self.softmax)) @ np.ones((C, 1))\nL = np.sum(crossentropy) / N",
        "crossentropy = -np.sum(Y * np.log(self.softmax), axis=1)\nreturn np.mean(crossentropy)",
        "return -np.sum(Y * np.log(self.softmax)) / N",
        "crossentropy = np.sum(-Y * np.log(self.softmax), axis=1)\nreturn np.sum(crossentropy) / N",
        "crossentropy = -np.sum(Y * np.log(self.softmax), axis=1, keepdims=True)\nreturn "
        "np.sum(crossentropy) / N",
        "return np.sum(-Y * np.log(self.softmax + 1e-8)) / N",
    ),
    "CrossEntropyLoss backward": ("return self.softmax - self.Y",),
}
