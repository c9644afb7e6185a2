"""Multi-layer perceptrons."""

from __future__ import annotations

from models_core.design import Builder, Design, Handle
from models_core.registry import Source, register

from ._parts import activation_choice, classes_output, one_of, real, whole

SOURCE = Source(
    "David Rumelhart, Geoffrey Hinton, Ronald Williams", "Learning Representations by Back-Propagating Errors", 1986
)


@register("design", id="mlp", family="mlp", title="MLP", source=SOURCE, tags=("image", "small"))
def mlp() -> Design:
    """A multi-layer perceptron on the pixels of an image: hidden layers of equal width.

    Takes images at the size the data has. With one hidden layer of 128 it reaches about 97 % on handwritten digits.
    """
    b = Builder("mlp", task="image_classification", doc=mlp.__doc__ or "")
    b.facts(image={"channels": 1, "height": 28, "width": 28}, label={"classes": 10})
    dims: dict[str, int | str] = {"C": "=facts.image.channels", "H": "=facts.image.height", "W": "=facts.image.width"}
    classes_output(b, _body(b, b.add("flatten", "flatten", b.input("image", "image", **dims))))
    return b.build()


@register("design", id="mlp_table", family="mlp", title="MLP for tables", source=SOURCE, tags=("table", "small"))
def mlp_table() -> Design:
    """A multi-layer perceptron on the columns of a table, telling classes apart.

    Takes as many columns and gives as many classes as the data has.
    """
    b = Builder("mlp_table", task="tabular_classification", doc=mlp_table.__doc__ or "")
    b.facts(features={"columns": 16}, label={"classes": 2})
    classes_output(b, _body(b, b.input("features", "table", F="=facts.features.columns")))
    return b.build()


@register("design", id="mlp_regression", family="mlp", title="MLP for a number", source=SOURCE, tags=("table", "small"))
def mlp_regression() -> Design:
    """A multi-layer perceptron on the columns of a table, predicting a number.

    Takes as many columns as the data has.
    """
    b = Builder("mlp_regression", task="tabular_regression", doc=mlp_regression.__doc__ or "")
    b.facts(features={"columns": 16}, value={})
    x = _body(b, b.input("features", "table", F="=facts.features.columns"))
    b.output("value", b.add("head", "linear", x, out_features=1))
    return b.build()


def _body(b: Builder, x: Handle) -> Handle:
    b.variable("width", 128, doc="Features of each hidden layer.", domain=whole(8, 2048, 8))
    b.variable("depth", 2, doc="Number of hidden layers.", domain=whole(1, 8))
    b.variable(
        "activation", "relu", doc="What follows each hidden layer.", domain=one_of("relu", "gelu", "silu", "tanh")
    )
    b.variable("dropout", 0.0, doc="Share of values dropped in training.", domain=real(0, 0.8))
    g = b.group("hidden", doc="A linear layer, an activation, dropout.", width=128)
    y = g.add("fc", "linear", g.input("x"), out_features="=width")
    y = g.add_choice("act", "=activation", activation_choice("relu", "gelu", "silu", "tanh"), y)
    g.output("out", g.add("drop", "dropout", y, p="=dropout", bypass="=dropout == 0"))
    return b.add_group("layers", "hidden", x, repeat="=depth", width="=width")
