"""Chapter 6 of the handout: activation functions, entry by entry, and their slopes."""

from mytorch.syllabus import Box, Item, Section

section = Section(
    __name__,
    title="Activation functions",
    notebook="02_activation",
    assignment="hw1",
    module="mytorch.nn.activation",
    items=[Item("Activations", points=10, components=["Sigmoid", "Tanh", "ReLU"])],
    given=["Identity"],
    part="Complete the components of a multilayer perceptron",
    boxes=[Box("The three activation functions", ["Sigmoid", "Tanh", "ReLU"])],
    blanks=[16, 18, 20],
    explorers={"activations": "A and dA/dZ of activation functions side by side, over the right ones."},
    summary="… and three activation functions",
)
