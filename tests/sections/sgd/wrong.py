"""Wrong classes of SGD, with the causes to be named."""

from support.implementations import wrong, wrong_beside

STEP = """
def step(self):
    for i in range(self.L):{body}
"""


def _both(old: str, new: str) -> dict[str, str]:
    """A patch of W's line and of b's, for either of which x stands."""
    return {old.replace("x", name): new.replace("x", name) for name in "Wb"}


def _only_b(entries: list[tuple]) -> list[tuple]:
    """The same mistakes where only b's line has them: W's was put right, the copy forgotten."""
    patches = [
        (name, causes, patch) for name, causes, patch, *_ in entries if any("W" in old for old in patch)
    ]
    in_b = [
        (name, causes, {k: v for k, v in patch.items() if "W" not in k}) for name, causes, patch in patches
    ]
    return [(f"{name}, in b only", causes, patch) for name, causes, patch in in_b if patch]


PLAIN = "self.l[i].x - self.lr * self.l[i].dLdx"
VELOCITY = "self.mu * self.v_x[i] + self.l[i].dLdx"
MOVE = "self.l[i].x - self.lr * self.v_x[i]"

SGD_ENTRIES = [
    # __init__
    ("lr not passed on", "argument ignored", {"self.lr = lr": "self.lr = 0.1"}),
    ("mu always 0", "argument ignored", {"self.mu = momentum": "self.mu = 0"}),
    ("mu always 0.9", "argument ignored", {"self.mu = momentum": "self.mu = 0.9"}),
    ("another default", "argument ignored", {"lr=0.1": "lr=0.01"}),
    ("mu kept as momentum", "missing attribute", {"self.mu = momentum": "self.momentum = momentum"}),
    (
        "momentum not taken",
        "arguments",
        {"lr=0.1, momentum=0": "lr=0.1", "self.mu = momentum": "self.mu = 0"},
    ),
    ("L one too small", "number of layers", {"len(model.layers)": "len(model.layers) - 1"}),
    ("L as a number", "number of layers", {"len(model.layers)": "2"}),
    (
        "the shapes as numbers",
        "wrong type",
        {"[np.zeros(layer.W.shape) for layer in self.l]": "[np.zeros((4, 2)), np.zeros((3, 4))]"},
    ),
    ("mu as a number", "another mu", _both("self.mu * self.v_x", "0.9 * self.v_x")),
    ("lr as a number, with momentum", "another lr", _both("self.lr * self.v_x", "0.05 * self.v_x")),
    ("L is the list", "wrong type", {"self.L = len(model.layers)": "self.L = model.layers"}),
    ("v_W like the gradient", "gradient too early", {"np.zeros(layer.W.shape)": "np.zeros_like(layer.dLdW)"}),
    (
        "on copies of the layers",
        "attribute not kept",
        {"self.l = model.layers": "self.l = __import__('copy').deepcopy(model.layers)"},
    ),
    ("v_W of ones", "initial values", {"np.zeros(layer.W.shape)": "np.ones(layer.W.shape)"}),
    ("v_b starts as b", "initial values", {"np.zeros(layer.b.shape)": "layer.b.copy()"}),
    ("v_b sized like W", "shape", {"np.zeros(layer.b.shape)": "np.zeros(layer.W.shape)"}),
    ("the first layer's size for all", "shape", {"np.zeros(layer.W.shape)": "np.zeros(self.l[0].W.shape)"}),
    (
        "one velocity for all",
        "wrong type | shape | missing attribute",
        {"[np.zeros(layer.W.shape) for layer in self.l]": "np.zeros(self.l[0].W.shape)"},
    ),
    (
        "velocities in blocks of objects",
        "wrong type",
        {
            "[np.zeros(layer.W.shape) for layer in self.l]": "np.array([0 * l.W for l in self.l], object)",
            "[np.zeros(layer.b.shape) for layer in self.l]": "np.array([0 * l.b for l in self.l], object)",
        },
    ),
    (
        "velocities too few",
        "wrong type",
        {"[np.zeros(layer.b.shape) for layer in self.l]": "[np.zeros(self.l[0].b.shape)]"},
    ),
    (
        "velocities None",
        "returns None",
        {"[np.zeros(layer.W.shape) for layer in self.l]": "[None for layer in self.l]"},
    ),
    (
        "model kept for layers",
        "exception | not callable",
        {
            "self.l = model.layers": "self.l = model",
            "for layer in self.l]\n        self.v_b": "for layer in model.layers]\n        self.v_b",
            "[np.zeros(layer.b.shape) for layer in self.l]": "[np.zeros(layer.b.shape) for layer in "
            "model.layers]",
        },
    ),
    ("forward instead of step", "missing method", {"def step": "def forward"}),
    # without momentum
    ("climbs", "sign", _both(PLAIN, "self.l[i].x + self.lr * self.l[i].dLdx")),
    ("no lr", "lr missing", _both(PLAIN, "self.l[i].x - self.l[i].dLdx")),
    ("lr twice", "lr twice", _both(PLAIN, "self.l[i].x - self.lr * self.lr * self.l[i].dLdx")),
    ("divided by lr", "divided by lr", _both(PLAIN, "self.l[i].x - self.l[i].dLdx / self.lr")),
    ("the old value lost", "old value lost", _both(PLAIN, "-self.lr * self.l[i].dLdx")),
    ("the step assigned", "old value lost", _both(PLAIN, "self.lr * self.l[i].dLdx")),
    (
        "=- for -=",
        "old value lost",
        {"self.l[i].W = self.l[i].W - self.lr * self.l[i].dLdW": "self.l[i].W =- self.lr * self.l[i].dLdW"},
    ),
    (
        "W a local name",
        "not updated",
        {
            "self.l[i].W = self.l[i].W - self.lr * self.l[i].dLdW": "W = self.l[i].W - self.lr * "
            "self.l[i].dLdW"
        },
    ),
    (
        "b forgotten",
        "not updated",
        {"                self.l[i].b = self.l[i].b - self.lr * self.l[i].dLdb\n": ""},
    ),
    ("only the first layer", "not updated", {"range(self.L)": "range(1)"}),
    ("the last layer left out", "not updated", {"range(self.L)": "range(self.L - 1)"}),
    (
        "== for =",
        "not updated",
        {
            "self.l[i].W = self.l[i].W - self.lr * self.l[i].dLdW": "self.l[i].W == self.l[i].W - self.lr * "
            "self.l[i].dLdW",
        },
    ),
    (
        "W's gradient for b",
        "shape | shapes do not fit",
        {"self.lr * self.l[i].dLdb": "self.lr * self.l[i].dLdW"},
    ),
    ("lr doubled", "two steps", _both(PLAIN, "self.l[i].x - 2 * self.lr * self.l[i].dLdx")),
    (
        "done twice",
        "two steps",
        {},
        {
            "step": STEP.format(
                body="""
        for _ in range(2):
            self.l[i].W = self.l[i].W - self.lr * self.l[i].dLdW
            self.l[i].b = self.l[i].b - self.lr * self.l[i].dLdb"""
            )
        },
    ),
    ("layers without self", "undefined name", {"self.lr * self.l[i].dLdW": "lr * self.l[i].dLdW"}),
    (
        "gradient under another name",
        "attribute not kept",
        {"self.lr * self.l[i].dLdW": "self.lr * self.l[i].dW"},
    ),
    ("loop one too far", "index out of range", {"range(self.L)": "range(self.L + 1)"}),
    ("gradient called", "not callable", {"self.lr * self.l[i].dLdW": "self.lr(self.l[i].dLdW)"}),
    ("step not written", "not updated", {}, {"step": "def step(self):\n    pass"}),
    (
        "layers that can be gone through once",
        "not updated",
        {
            "self.l = model.layers": "self.l = (layer for layer in model.layers)",
            "(layer.W.shape) for layer in self.l": "(layer.W.shape) for layer in model.layers",
            "(layer.b.shape) for layer in self.l": "(layer.b.shape) for layer in model.layers",
        },
        {
            "step": """
            def step(self):
                for i, layer in enumerate(self.l):
                    self.v_W[i] = self.mu * self.v_W[i] + layer.dLdW
                    self.v_b[i] = self.mu * self.v_b[i] + layer.dLdb
                    layer.W = layer.W - self.lr * self.v_W[i]
                    layer.b = layer.b - self.lr * self.v_b[i]
            """
        },
    ),
    # with momentum
    ("momentum ignored", "velocity never stored", {"if self.mu == 0:": "if True:"}),
    ("branches swapped", "velocity never stored", {"if self.mu == 0:": "if self.mu != 0:"}),
    (
        "velocity not stored",
        "velocity never stored",
        {"self.v_W[i] = self.mu * self.v_W[i]": "v = self.mu * self.v_W[i]"},
    ),
    (
        "b's velocity not stored",
        "velocity never stored",
        {"self.v_b[i] = self.mu * self.v_b[i]": "v = self.mu * self.v_b[i]"},
    ),
    ("velocity is the gradient", "velocity ignored", _both(VELOCITY, "self.l[i].dLdx")),
    ("mu missing", "mu missing", _both(VELOCITY, "self.v_x[i] + self.l[i].dLdx")),
    ("mu on the gradient", "mu on the wrong term", _both(VELOCITY, "self.v_x[i] + self.mu * self.l[i].dLdx")),
    ("mu on both", "mu on the wrong term", _both(VELOCITY, "self.mu * (self.v_x[i] + self.l[i].dLdx)")),
    (
        "lr in the velocity",
        "lr in the velocity",
        _both(VELOCITY, "self.mu * self.v_x[i] + self.lr * self.l[i].dLdx")
        | _both(MOVE, "self.l[i].x - self.v_x[i]"),
    ),
    (
        "lr in the velocity, twice",
        "lr in the velocity",
        _both(VELOCITY, "self.mu * self.v_x[i] + self.lr * self.l[i].dLdx"),
    ),
    (
        "the textbook's other form",
        "lr in the velocity",
        _both(VELOCITY, "self.mu * self.v_x[i] - self.lr * self.l[i].dLdx")
        | _both(MOVE, "self.l[i].x + self.v_x[i]"),
    ),
    (
        "+= with mu",
        "old velocity twice",
        _both(VELOCITY, "self.v_x[i] + self.mu * self.v_x[i] + self.l[i].dLdx"),
    ),
    ("old velocity subtracted", "sign", _both(VELOCITY, "self.l[i].dLdx - self.mu * self.v_x[i]")),
    ("lr for mu", "lr for mu", _both(VELOCITY, "self.lr * self.v_x[i] + self.l[i].dLdx")),
    ("dampening", "dampening", _both(VELOCITY, "self.mu * self.v_x[i] + (1 - self.mu) * self.l[i].dLdx")),
    ("gradient subtracted", "sign", _both(VELOCITY, "self.mu * self.v_x[i] - self.l[i].dLdx")),
    (
        "v_W for v_b",
        "shape",
        {"self.mu * self.v_b[i] + self.l[i].dLdb": "self.mu * self.v_W[i] + self.l[i].dLdb"},
    ),
    (
        "velocity forgotten in the step",
        "velocity ignored",
        _both(MOVE, "self.l[i].x - self.lr * (self.l[i].dLdx + 0)"),
    ),
    ("no lr with momentum", "lr missing", _both(MOVE, "self.l[i].x - self.v_x[i]")),
    ("climbs with momentum", "sign", _both(MOVE, "self.l[i].x + self.lr * self.v_x[i]")),
    ("Nesterov", "nesterov", _both(MOVE, "self.l[i].x - self.lr * (self.l[i].dLdx + self.mu * self.v_x[i])")),
    ("mu once more", "mu twice", _both(MOVE, "self.l[i].x - self.lr * self.mu * self.v_x[i]")),
    (
        "W not updated with momentum",
        "not updated",
        {"                self.l[i].W = self.l[i].W - self.lr * self.v_W[i]\n": ""},
    ),
    (
        "W moves before the velocity",
        "not updated",
        {},
        {
            "step": STEP.format(
                body="""
        self.l[i].W = self.l[i].W - self.lr * (self.v_W[i] if self.mu else self.l[i].dLdW)
        self.l[i].b = self.l[i].b - self.lr * (self.v_b[i] if self.mu else self.l[i].dLdb)
        self.v_W[i] = self.mu * self.v_W[i] + self.l[i].dLdW
        self.v_b[i] = self.mu * self.v_b[i] + self.l[i].dLdb"""
            )
        },
    ),
    (
        "b not updated with momentum",
        "not updated",
        {"                self.l[i].b = self.l[i].b - self.lr * self.v_b[i]\n": ""},
    ),
    (
        "W moves by the average of both",
        "different",
        _both(MOVE, "self.l[i].x - self.lr * (self.v_x[i] + self.l[i].dLdx) / 2"),
    ),
    (
        "velocities start anew each step",
        "velocity ignored",
        {"    def step(self):\n": "    def step(self):\n        self.v_W = [0 * v for v in self.v_W]\n"},
    ),
    (
        "lr shrinks",
        "another lr",
        {"    def step(self):\n": "    def step(self):\n        self.lr *= 0.9\n"},
    ),
    (
        "weight decay",
        "different",
        _both(PLAIN, "(1 - 1e-2 * self.lr) * self.l[i].x - self.lr * self.l[i].dLdx"),
    ),
]

SGD_ENTRIES += [
    # what was answered by something else
    ("mu is added", "different", {"self.mu * self.v_W[i] +": "self.mu + self.v_W[i] +"}),
    (
        "lr alone, from a copy",
        "different",
        {"self.l[i].W = self.l[i].W - self.lr * self.l[i].dLdW": "self.l[i].W = self.l[i].W - self.lr"},
    ),
    ("the branches swapped", "velocity never stored", {"if self.mu == 0": "if self.mu != 0"}),
    (
        "arrays of different shapes in one",
        "arrays of different shapes",
        {"[np.zeros(layer.W.shape) for layer in self.l]": "np.array([np.zeros(x.W.shape) for x in self.l])"},
    ),
]

WRONG = wrong("SGD", *SGD_ENTRIES, *_only_b(SGD_ENTRIES))

# As the notebook's cell with one weight leaves them, which asks to change mu.
NOTEBOOK = {"lr": 0.1, "mu": 0.5, "v": 0.0, "W_plain": 0.0}
OUTSIDE = "name of the notebook"

WRONG += wrong_beside(
    "SGD",
    NOTEBOOK,
    ("lr of the notebook", OUTSIDE, {"self.lr * self.l[i].dLdW": "lr * self.l[i].dLdW"}),
    ("mu of the notebook", OUTSIDE, {"self.mu * self.v_W[i]": "mu * self.v_W[i]"}),
    ("mu of the notebook, for the momentum", "argument ignored", {"self.mu = momentum": "self.mu = mu"}),
)

SKELETON = "not updated"  # the cause that an untouched skeleton is told

# Causes that the course promises to name.
PROMISED = {
    "velocity ignored",
    "mu on the wrong term",
    "lr in the velocity",
}

# Whose line must be said: messages about them were once untrue or of no use.
SHOWN = {
    "layers that can be gone through once",
    "mu is added",
    "lr alone, from a copy",
    "the branches swapped",
    "climbs with momentum",
}
