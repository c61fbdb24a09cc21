"""The course in one table: notebooks, modules, components, items, points and the checklist.

Notebooks, checks, progress and the grader all read it from here. A new section is a new ``Item`` and its notebook.
"""

from dataclasses import dataclass

ASSIGNMENT = "hw1"


@dataclass(frozen=True)
class Item:
    """One graded item: all of its components pass, or it scores nothing.

    ``name`` is also the ``grade_id`` of its graded cell.
    """

    name: str
    points: int
    notebook: str
    module: str
    components: tuple[str, ...]


ITEMS = (
    Item("Linear", 15, "01_linear", "mytorch.nn.linear", ("Linear",)),
    Item("Activations", 10, "02_activation", "mytorch.nn.activation", ("Sigmoid", "Tanh", "ReLU")),
    Item("MLP0", 10, "03_mlp", "mytorch.models.mlp", ("MLP0",)),
    Item("MLP1", 10, "03_mlp", "mytorch.models.mlp", ("MLP1",)),
    Item("MLP4", 15, "03_mlp", "mytorch.models.mlp", ("MLP4",)),
    Item("Losses", 10, "04_loss", "mytorch.nn.loss", ("MSELoss", "CrossEntropyLoss")),
    Item("SGD", 10, "05_sgd", "mytorch.optim.sgd", ("SGD",)),
    Item("BatchNorm1d", 20, "06_batchnorm", "mytorch.nn.batchnorm", ("BatchNorm1d",)),
)

ITEM_OF = {component: item for item in ITEMS for component in item.components}
COMPONENTS = tuple(ITEM_OF)
SECTIONS = tuple(dict.fromkeys(item.notebook for item in ITEMS))
NOTEBOOKS = ("00_start_here", *SECTIONS)

# Classes that a notebook gives in full and that its module holds as well.
GIVEN = {"mytorch.nn.activation": ("Identity",)}


def modules() -> dict[str, str]:
    """Every exported module and the notebook it comes from."""
    return {item.module: item.notebook for item in ITEMS}


def names_in(module: str) -> tuple[str, ...]:
    """The public classes of an exported module, given ones first."""
    return GIVEN.get(module, ()) + tuple(name for name, item in ITEM_OF.items() if item.module == module)


@dataclass(frozen=True)
class Step:
    """One box of the checklist. With ``components`` it is ticked by their checks, otherwise by hand."""

    text: str
    components: tuple[str, ...] = ()


CHECKLIST = (
    ("Getting started", (Step("Download the course and unpack it"), Step("Install the required Python libraries"))),
    (
        "Complete the components of a multilayer perceptron",
        (
            Step("The linear layer", ("Linear",)),
            Step("The three activation functions", ("Sigmoid", "Tanh", "ReLU")),
        ),
    ),
    (
        "Complete three multilayer perceptrons with the components you built",
        (
            Step("An MLP with 0 hidden layers", ("MLP0",)),
            Step("An MLP with 1 hidden layer", ("MLP1",)),
            Step("An MLP with 4 hidden layers", ("MLP4",)),
        ),
    ),
    (
        "Implement the criterion functions",
        (
            Step("Mean squared error (MSE) loss, for regression", ("MSELoss",)),
            Step("Cross-entropy loss, for classification", ("CrossEntropyLoss",)),
        ),
    ),
    (
        "Implement an optimizer",
        (
            Step("The SGD optimizer", ("SGD",)),
            Step("Train a network with train_model() and judge it with evaluate_model()"),
        ),
    ),
    (
        "Implement a regularization method: batch normalization",
        (
            Step("Translate the element-wise equations to matrix equations"),
            Step("Write the code from your matrix equations", ("BatchNorm1d",)),
        ),
    ),
    (
        "Hand in",
        (
            Step("All checks pass in a terminal: python -m mytorch check"),
            Step("Make handin.tar with python -m mytorch handin, and submit it"),
        ),
    ),
)
