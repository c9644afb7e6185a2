"""Designs composed at random of nested, repeated, bypassed and chosen groups, for tests of whole paths."""

from __future__ import annotations

import random

from models_core.design import Builder, Design
from models_core.design.builder import GraphBuilder, GroupBuilder, Handle

WIDTH = 8
IDS = ["a", "block", "match", "x", "_", "forward_", "0", "1", "7b", "Linear", "torch_", "self_", "nn_", "item"]


def random_design(seed: int) -> Design:
    """A design over rows of 8 numbers: up to four groups, each of up to six nodes, used in several ways."""
    rng = random.Random(seed)
    b = Builder(f"random {seed}", doc="Composed at random.")
    b.variable("gain", rng.choice([1, 2]))
    names: list[str] = []
    for level in range(rng.randint(1, 4)):
        _group(b, f"group{level}", names, rng)
        names.append(f"group{level}")
    values = [b.input("row", "table", F=WIDTH)]
    if rng.random() < 0.5:
        values.append(b.input("other", "table", F=WIDTH))
    _nodes(b, b, values, names, rng, rng.randint(2, 5), top=True)
    b.output("out", values[-1])
    if rng.random() < 0.4:
        b.output("second", rng.choice(values))
    return b.build()


def _group(b: Builder, id: str, names: list[str], rng: random.Random) -> None:
    group = b.group(id, doc=f"A group for tests, {id}.", hidden=4, p=0.1, twist=False)
    values = [group.input("x")]
    if rng.random() < 0.4:
        values.append(group.input("context"))
    _nodes(b, group, values, names, rng, rng.randint(1, 6), top=False)
    group.output("out", values[-1])
    if rng.random() < 0.3:
        group.output("side", rng.choice(values))


def _nodes(
    b: Builder,
    graph: GraphBuilder,
    values: list[Handle],
    names: list[str],
    rng: random.Random,
    count: int,
    *,
    top: bool,
) -> None:
    hidden = "=hidden" if isinstance(graph, GroupBuilder) else 6
    free = [*IDS, *(f"n{index}" for index in range(40))]
    rng.shuffle(free)

    def id() -> str:
        return free.pop()

    for _ in range(count):
        x = values[-1] if rng.random() < 0.7 else rng.choice(values)
        match rng.randint(0, 9):
            case 0 | 1:
                wide = graph.add(id(), "linear", x, out_features=hidden)
                if rng.random() < 0.5:
                    wide = graph.add(id(), rng.choice(["relu", "gelu", "tanh"]), wide)
                values.append(graph.add(id(), "linear", wide, out_features=WIDTH, bias=rng.random() < 0.5))
            case 2:
                values.append(graph.add(id(), "layer_norm", x))
            case 3:
                p = "=p" if isinstance(graph, GroupBuilder) else 0.2
                bypass = "=twist" if isinstance(graph, GroupBuilder) else rng.random() < 0.5
                values.append(graph.add(id(), "dropout", x, p=p, bypass=bypass))
            case 4:
                values.append(graph.add(id(), rng.choice(["add", "multiply"]), x, *rng.choices(values, k=2)))
            case 5:
                both = graph.add(id(), "concat", x, rng.choice(values))
                split = graph.add(id(), "split", both)
                values.append(split["second"] if rng.random() < 0.5 else split)
            case 6:
                pick = "='linear' if gain > 1 else 'norm'" if top else "='linear' if twist else 'norm'"
                choice = {
                    "linear": {"block": "linear", "params": {"out_features": WIDTH}},
                    "norm": {"block": "layer_norm"},
                }
                values.append(graph.add_choice(id(), pick, choice, x))
            case 7:
                values.append(graph.add(id(), "linear", x, out_features=WIDTH, repeat=rng.randint(0, 3)))
            case _:
                if names:
                    _instance(b, graph, id(), values, rng.choice(names), rng)


def _instance(b: Builder, graph: GraphBuilder, id: str, values: list[Handle], name: str, rng: random.Random) -> None:
    inputs = [values[-1], *rng.choices(values, k=len(b.groups[name]._inputs) - 1)]
    params = {}
    if rng.random() < 0.6:
        inner = ["=hidden", "=hidden * 2", 5] if isinstance(graph, GroupBuilder) else [4, 5, 12]
        params["hidden"] = rng.choice(inner)
    if rng.random() < 0.5:
        params["p"] = rng.choice([0.0, 0.3])
    if rng.random() < 0.5:
        params["twist"] = rng.choice([True, False, "=i == 0"])
    repeat = rng.choice([None, None, 1, 2, 3])
    if repeat is None and params.get("twist") == "=i == 0":
        params.pop("twist")
    handle = graph.add_group(id, name, *inputs, repeat=repeat, **params)
    outputs = [end["name"] for end in b.groups[name]._outputs]
    values.append(handle[rng.choice(outputs)])
