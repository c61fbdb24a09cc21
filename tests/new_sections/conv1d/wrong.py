# name of the cause: (right line, wrong line)
WRONG = {
    "offset missing": (" + self.offset[:, None]", ""),
    "initial values": ("self.offset = np.zeros(out_channels)", "self.offset = np.ones(out_channels)"),
    "missing 1/N": ('"nol,nclk->ock", dLdY, self.windows) / N', '"nol,nclk->ock", dLdY, self.windows)'),
    "wrong axis": ("dLdY.sum(axis=(0, 2)) / N", "dLdY.sum(axis=(1, 2)) / N"),
    "sign": ("        return dLdX", "        return -dLdX"),
}
