"""How each method is commonly written, for the similarity check. Instructors only: right answers stand
here.
"""

COLUMN_SUMS = (
    "np.sum({}, axis=0, keepdims=True)",
    "np.sum({}, axis=0).reshape(1, -1)",
    "np.sum({}, axis=0)",
    "np.ones((1, self.N)) @ ({})",
)
POWERS = ("({0}) ** (-{1} / 2)", "np.sqrt({0}) ** -{1}", "({0}) ** -{1}.5", "np.power({0}, -{1} / 2)")

WAYS = {
    "BatchNorm1d mean": (
        "self.Z = Z\nself.N = Z.shape[0]\nself.M = np.mean(Z, axis=0, keepdims=True)",
        "self.N = len(Z)\nself.M = np.mean(Z, axis=0).reshape(1, -1)",
        "self.M = np.sum(Z, axis=0, keepdims=True) / self.N",
        "self.M = np.ones((1, self.N)) @ Z / self.N",
    ),
    "BatchNorm1d variance": (
        "self.V = np.mean((Z - self.M) ** 2, axis=0, keepdims=True)",
        "self.V = np.var(Z, axis=0, keepdims=True)",
        "self.V = np.sum((Z - self.M) ** 2, axis=0, keepdims=True) / self.N",
        "self.V = np.mean(np.square(Z - self.M), axis=0, keepdims=True)",
        "self.V = np.sum((Z - self.M) * (Z - self.M), axis=0, keepdims=True) / self.N",
    ),
    "BatchNorm1d normalise": tuple(
        f"self.NZ = (Z - self.M) / {root.format('self.V')}\nself.NZ = (Z - self.running_M) / "
        f"{root.format('self.running_V')}"
        for root in (
            "np.sqrt({} + self.eps)",
            "np.sqrt({} + self.eps)",
            "({} + self.eps) ** 0.5",
            "np.power({} + self.eps, 1 / 2)",
        )
    ),
    "BatchNorm1d scale": ("self.BZ = self.BW * self.NZ + self.Bb\nreturn self.BZ",),
    "BatchNorm1d running": (
        (
            "self.running_M = self.alpha * self.running_M + (1 - self.alpha) * self.M\n"
            "self.running_V = self.alpha * self.running_V + (1 - self.alpha) * self.V"
        ),
    ),
    "BatchNorm1d gradients": tuple(
        f"self.dLdBW = {total.format('dLdBZ * self.NZ')}\nself.dLdBb = {total.format('dLdBZ')}\ndLdNZ = "
        "dLdBZ * self.BW\nreturn dLdNZ"
        for total in COLUMN_SUMS
    ),
    "BatchNorm1d backward": (
        tuple(
            "dLdNZ = dLdBZ * self.BW\n"
            f"dLdV = {half} * "
            f"{total.format('dLdNZ * (self.Z - self.M) * ' + power.format('self.V + self.eps', 3))}\n"
            f"dLdM = -{total.format('dLdNZ * ' + power.format('self.V + self.eps', 1))}\n"
            f"dLdZ = dLdNZ * {power.format('self.V + self.eps', 1)} + dLdV * {two} + dLdM / "
            f"self.N\nreturn dLdZ"
            for total in COLUMN_SUMS[:2]
            for power in POWERS
            for half, two in (
                ("-0.5", "(2 / self.N) * (self.Z - self.M)"),
                ("-1 / 2", "2 * (self.Z - self.M) / self.N"),
            )
        )
        + tuple(
            f"dLdNZ = dLdBZ * self.BW\nstd = np.sqrt(self.V + self.eps)\ndLdV = {half} * "
            f"{total.format('dLdNZ * (self.Z - self.M) / std ** 3')}\ndLdM = "
            f"-{total.format('dLdNZ / std')}\ndLdZ = dLdNZ / std + dLdV * {two} + dLdM / self.N\nreturn dLdZ"
            for total in COLUMN_SUMS[:2]
            for half, two in (
                ("-0.5", "(2 / self.N) * (self.Z - self.M)"),
                ("-1 / 2", "2 * (self.Z - self.M) / self.N"),
            )
        )
    ),
}

# What a student might write after a long night, in place of the right code: for the demo.
SLIP = (
    "self.alpha * self.running_M + (1 - self.alpha) *",
    "(1 - self.alpha) * self.running_M + self.alpha *",
)
