"""Chapter 5 of the handout: the linear layer. Z = A·Wᵀ + ι·bᵀ, and what flows back through it."""

from mytorch.syllabus import Box, Item, Section

section = Section(
    __name__,
    title="The linear layer",
    notebook="01_linear",
    assignment="hw1",
    module="mytorch.nn.linear",
    items=[Item("Linear", points=15)],
    part="Complete the components of a multilayer perceptron",
    boxes=[Box("The linear layer", ["Linear"])],
    blanks=[2],
    explorers={
        "linear": "A linear layer of two inputs and two outputs, as a map of the plane and in numbers.",
        "linear_gradient": "A weight is nudged: the change of the loss, and what dLdW and dLdb promise.",
    },
    summary="the components of an MLP: the linear layer",
)
