# name of the cause: (right line, wrong line)
WRONG = {
    "not rescaled": ("A = Z * self.mask / (1 - self.p)", "A = Z * self.mask"),
    "nothing dropped": ("A = Z * self.mask / (1 - self.p)", "A = Z"),
    "mask upside down": (
        "A = Z * self.mask / (1 - self.p)",
        "A = Z * self.mask / (1 - self.p)\n        self.mask = 1 - self.mask",
    ),
    "mask not used": ("dLdZ = dLdA * self.mask / (1 - self.p)", "dLdZ = dLdA"),
    "sign": ("dLdZ = dLdA * self.mask / (1 - self.p)", "dLdZ = -dLdA * self.mask / (1 - self.p)"),
}
