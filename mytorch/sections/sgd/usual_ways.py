"""How each method is commonly written, for the similarity check. Instructors only: right answers stand
here.
"""

WAYS = {
    "SGD step": (
        (
            "for i in range(self.L):\n    self.l[i].W = self.l[i].W - self.lr * self.l[i].dLdW\n    "
            "self.l[i].b = self.l[i].b - self.lr * self.l[i].dLdb"
        ),
        (
            "for i in range(self.L):\n    self.v_W[i] = self.mu * self.v_W[i] + self.l[i].dLdW\n    "
            "self.v_b[i] = self.mu * self.v_b[i] + self.l[i].dLdb\n    self.l[i].W = self.l[i].W - self.lr * "
            "self.v_W[i]\n    self.l[i].b = self.l[i].b - self.lr * self.v_b[i]"
        ),
        (
            "for i, layer in enumerate(self.l):\n    self.v_W[i] = self.mu * self.v_W[i] + layer.dLdW\n    "
            "self.v_b[i] = self.mu * self.v_b[i] + layer.dLdb\n    layer.W = layer.W - self.lr * "
            "self.v_W[i]\n    layer.b = layer.b - self.lr * self.v_b[i]"
        ),
        (
            "for i, layer in enumerate(self.l):\n    layer.W = layer.W - self.lr * layer.dLdW\n    layer.b = "
            "layer.b - self.lr * layer.dLdb"
        ),
    ),
}

# What a student might write after a long night, in place of the right code: for the demo.
SLIP = ("self.mu * self.v_W[i]", "self.v_W[i]")
