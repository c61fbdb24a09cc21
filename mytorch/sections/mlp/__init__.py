"""Chapter 7 of the handout: multilayer perceptrons, chains of layers and activations."""

from mytorch.syllabus import Box, Item, Section

section = Section(
    __name__,
    title="Multilayer perceptrons",
    notebook="03_mlp",
    assignment="hw1",
    module="mytorch.models.mlp",
    items=[Item("MLP0", points=10), Item("MLP1", points=10), Item("MLP4", points=15)],
    part="Complete three multilayer perceptrons with the components you built",
    boxes=[
        Box("An MLP with 0 hidden layers", ["MLP0"]),
        Box("An MLP with 1 hidden layer", ["MLP1"]),
        Box("An MLP with 4 hidden layers", ["MLP4"]),
    ],
    explorers={
        "network": "Networks drawn from the models themselves, run forward and back one equation at a "
        "time: classes such as MLP1, models with layers and f, and lists such as [Linear(2, 3), ReLU(), "
        "Linear(3, 1)].",
        "depth": "What random networks of different depth do to the plane, run by MLP4 with other layers "
        "in its lists.",
    },
    summary="three MLPs, with 0, 1 and 4 hidden layers",
)
