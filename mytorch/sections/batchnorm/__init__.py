"""Chapter 10 of the handout: batch normalization, each feature of a batch to mean 0 and variance 1."""

from mytorch.syllabus import Box, Item, Section

section = Section(
    __name__,
    title="Batch normalization",
    notebook="06_batchnorm",
    assignment="hw1",
    module="mytorch.nn.batchnorm",
    items=[Item("BatchNorm1d", points=20)],
    part="Implement a regularization method: batch normalization",
    boxes=[
        Box("Translate the element-wise equations to matrix equations"),
        Box("Write the code from your matrix equations", ["BatchNorm1d"]),
    ],
    explorers={
        "batchnorm": "One feature on its way through batch norm, as histograms of Z, NZ and BZ.",
        "running_averages": "running_M and running_V for several alpha, and what training and inference "
        "make of the same batch.",
        "batchnorm_training": "The digits learned with and without batch norm at several learning rates, "
        "by the notebook's Network.",
    },
    macros={
        "NZ": ("Z", r"\hat{Z}"),
        "BZ": ("Z", r"\tilde{Z}"),
        "BW": ("W", r"\gamma"),
        "Bb": ("b", r"\beta"),
        "M": ("Y", r"\mu"),
        "s": ("Y", r"\sigma"),
        "EZ": ("Y", "E[Z]"),
        "VZ": ("Y", r"\mathrm{Var}[Z]"),
    },
    summary="a regularization method: batch normalization",
)
