"""Chapter 9 of the handout: the optimizer, stochastic gradient descent with and without momentum."""

from mytorch.syllabus import Box, Item, Section

section = Section(
    __name__,
    title="The optimizer",
    notebook="05_sgd",
    assignment="hw1",
    module="mytorch.optim.sgd",
    items=[Item("SGD", points=10)],
    part="Implement an optimizer",
    boxes=[
        Box("The SGD optimizer", ["SGD"]),
        Box("Train a network with train_model() and judge it with evaluate_model()"),
    ],
    explorers={
        "descent": "The path of SGD over the contours of a loss with two parameters, with momentum "
        "and without.",
        "playground": "A network learns one of the sets in the plane, live: your SGD, and your classes of "
        "the other notebooks.",
        "digits": "A network learns to read, live: your SGD, and your classes of the other notebooks.",
    },
    summary="an optimizer, and a network that learns",
)
