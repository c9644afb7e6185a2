"""Networks of learned curves, for tables."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, Handle
from models_core.registry import Source, register

from ._parts import one_of, real, whole


@register(
    "design",
    id="xnet_regression",
    family="mlp",
    title="XNet for a number",
    tags=("table", "small"),
    source=Source("Xin Li, Zhihong Jeff Xia, Xiaotao Zheng", "Model Comparisons: XNet Outperforms KAN", 2024),
)
def xnet_regression() -> Design:
    """A shallow, wide network with learned Cauchy activations, on the columns of a table, predicting a number.

    Takes as many columns as the data has.
    """
    b, x = _table("xnet_regression", xnet_regression.__doc__)
    b.variable("width", 64, doc="Features of each hidden layer.", domain=whole(8, 2048, 8))
    b.variable("depth", 1, doc="Number of hidden layers.", domain=whole(1, 6))
    b.variable("per", "feature", doc="What has an activation of its own.", domain=one_of("feature", "layer"))
    b.variable("spread", 1.0, doc="Width of the activations at the start.", domain=real(0.01, 10))
    g = b.group("hidden", doc="A linear layer and Cauchy activations.")
    y = g.add("fc", "linear", g.input("x"), out_features="=width")
    g.output("out", g.add("act", "cauchy", y, per="=per", width="=spread"))
    x = b.add_group("layers", "hidden", x, repeat="=depth")
    b.output("value", b.add("head", "linear", x, out_features=1))
    return b.build()


@register(
    "design",
    id="kan_regression",
    family="mlp",
    title="KAN for a number",
    tags=("table", "small"),
    source=Source("Cale Coffman, Lizhong Chen", "MatrixKAN: Parallelized Kolmogorov-Arnold Network", 2025),
)
def kan_regression() -> Design:
    """A Kolmogorov-Arnold network: learned curves on all wires and sums between, on the columns of a table.

    Takes as many columns as the data has and predicts a number.
    """
    b, x = _table("kan_regression", kan_regression.__doc__)
    b.variable("width", 8, doc="Features of each hidden layer.", domain=whole(1, 256))
    b.variable("depth", 1, doc="Number of hidden layers.", domain=whole(1, 6))
    b.variable("grid", 5, doc="Intervals of each curve.", domain=whole(1, 64))
    b.variable("degree", 3, doc="Degree of the curves' pieces.", domain=whole(1, 8))
    b.variable("reach", 2.0, doc="Curves bend from minus to plus this value.", domain=real(0.5, 8))
    g = b.group("curves", doc="A layer of learned curves.", width=8)
    curves: dict[str, Any] = {"grid": "=grid", "degree": "=degree", "low": "=-reach", "high": "=reach"}
    g.output("out", g.add("kan", "kan_linear", g.input("x"), out_features="=width", **curves))
    x = b.add_group("layers", "curves", x, repeat="=depth", width="=width")
    b.output("value", b.add_group("head", "curves", x, width=1))
    return b.build()


def _table(name: str, doc: str | None) -> tuple[Builder, Handle]:
    b = Builder(name, task="tabular_regression", doc=doc or "")
    b.facts(features={"columns": 16}, value={})
    return b, b.input("features", "table", F="=facts.features.columns")
