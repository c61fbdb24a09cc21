"""Chapter 8 of the handout: the loss, how far an output is from its target, and its slope."""

from mytorch.syllabus import Box, Item, Section

section = Section(
    __name__,
    title="Loss functions",
    notebook="04_loss",
    assignment="hw1",
    module="mytorch.nn.loss",
    items=[Item("Losses", points=10, components=["MSELoss", "CrossEntropyLoss"])],
    part="Implement the criterion functions",
    boxes=[
        Box("Mean squared error (MSE) loss, for regression", ["MSELoss"]),
        Box("Cross-entropy loss, for classification", ["CrossEntropyLoss"]),
    ],
    explorers={
        "mse": "The mean squared error of two outputs as a bowl, its gradient, and steps against it.",
        "cross_entropy": "Three scores, their softmax, the loss and the gradient, for one-hot and "
        "soft targets.",
        "losses": "Both losses of the same prediction, and how hard each pulls.",
    },
    summary="the criterion functions: mean squared error and cross-entropy",
)
