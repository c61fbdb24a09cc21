"""Right classes of the activations, in other styles than the library's."""

from support.implementations import right

RIGHT = [
    *right(
        "Sigmoid",
        without_overflow="""
            class Sigmoid:
                def forward(self, Z):
                    small = np.exp(-np.abs(Z))
                    self.A = np.where(Z >= 0, 1 / (1 + small), small / (1 + small))
                    return self.A

                def backward(self):
                    return self.A * (1 - self.A)
        """,
        by_tanh="""
            class Sigmoid:
                def forward(self, Z):
                    self.Z = Z
                    self.A = (1 + np.tanh(Z / 2)) / 2
                    return self.A.copy()

                def backward(self):
                    dAdZ = np.exp(-self.Z) / np.square(1 + np.exp(-self.Z))
                    return dAdZ
        """,
        entry_by_entry="""
            def sigmoid(z):
                return 1 / (1 + math.exp(-z))

            class Sigmoid:
                forward_function = staticmethod(np.vectorize(sigmoid, otypes=[float]))

                def forward(self, Z):
                    self.A = self.forward_function(Z)
                    return self.A

                def backward(self):
                    return np.array([[a - a * a for a in row] for row in self.A])
        """,
        with_optional_argument="""
            class Sigmoid:
                def __init__(self, scale=1.0):
                    self.scale = scale

                def forward(self, Z):
                    self.A = np.exp(Z) / (np.exp(Z) + 1)
                    return self.A

                def backward(self, dLdA=1.0):
                    self.dAdZ = self.A - self.A**2
                    return dLdA * self.dAdZ
        """,
    ),
    *right(
        "Tanh",
        by_exponentials="""
            class Tanh:
                def forward(self, Z):
                    self.A = (np.exp(Z) - np.exp(-Z)) / (np.exp(Z) + np.exp(-Z))
                    return self.A

                def backward(self):
                    return 1 - np.square(self.A)
        """,
        by_cosh="""
            class Tanh:
                def forward(self, Z):
                    self.Z = np.array(Z)
                    self.A = np.sinh(Z) / np.cosh(Z)
                    return self.A

                def backward(self):
                    return 1 / np.cosh(self.Z) ** 2
        """,
        product="""
            class Tanh:
                def forward(self, Z):
                    A = 2 / (1 + np.exp(-2 * Z)) - 1
                    self.A = A
                    return A

                def backward(self):
                    return np.multiply(1 + self.A, 1 - self.A)
        """,
        float32_inside="""
            class Tanh:
                def forward(self, Z):
                    self.A = np.tanh(Z, dtype=np.float32) if Z.dtype == np.float32 else np.tanh(np.float32(Z))
                    return self.A

                def backward(self):
                    return np.ones(self.A.shape, dtype=np.float32) - self.A * self.A
        """,
    ),
    *right(
        "ReLU",
        mask_product="""
            class ReLU:
                def forward(self, Z):
                    self.A = (Z > 0) * Z
                    return self.A

                def backward(self):
                    return (self.A > 0).astype(int)
        """,
        bool_mask="""
            class ReLU:
                def forward(self, Z):
                    self.A = np.where(Z > 0, Z, 0)
                    return self.A

                def backward(self):
                    return self.A > 0
        """,
        in_place="""
            class ReLU:
                def forward(self, Z):
                    Z[Z < 0] = 0
                    self.A = Z
                    return Z

                def backward(self):
                    dAdZ = self.A.copy()
                    dAdZ[dAdZ > 0] = 1
                    return dAdZ
        """,
        clip_and_sign="""
            class ReLU:
                def forward(self, Z):
                    self.A = np.clip(Z, 0, None)
                    return self.A

                def backward(self):
                    return np.sign(self.A)
        """,
        heaviside_and_abs="""
            class ReLU:
                def forward(self, Z):
                    self.A = (Z + np.abs(Z)) / 2
                    return self.A

                def backward(self):
                    return np.heaviside(self.A, 0)
        """,
        keeps_a_mask="""
            class ReLU:
                mask = None

                def forward(self, Z):
                    self.mask = np.array([[1.0 if z > 0 else 0.0 for z in row] for row in Z])
                    self.A = Z * self.mask
                    return self.A

                def backward(self):
                    return self.mask
        """,
    ),
    *right(
        "Tanh",
        decorator="""
            from functools import wraps

            def keeps(name):
                def outer(method):
                    @wraps(method)
                    def inner(self, *args):
                        setattr(self, name, value := method(self, *args))
                        return value
                    return inner
                return outer

            class Tanh:
                @keeps("A")
                def forward(self, Z):
                    return np.tanh(Z)

                def backward(self):
                    return 1 - self.A ** 2
        """,
        constant_of_the_class="""
            class Tanh:
                one = 1.0

                def forward(self, Z):
                    self.A = 2 * self.one / (self.one + np.exp(-2 * Z)) - self.one
                    return self.A

                def backward(self):
                    return self.one - self.A ** 2
        """,
    ),
]

# Options as hidden tests set them.
ENTRY_WISE = ({"N": 7, "C": 5}, {"N": 1, "C": 3}, {"N": 6, "C": 2, "dtype": "float32"}, {"N": 3, "C": 1})
HIDDEN = dict.fromkeys(("Sigmoid", "Tanh", "ReLU"), ENTRY_WISE)
