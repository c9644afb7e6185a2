"""A DenseNet-like Design of any number of nodes, flat: what the editor's benchmark draws."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder

GROWTH, LAYERS = 12, 12
# Laid out so that a thousand nodes can all be in sight at once: the hard case.
ROWS = 48


def dense(nodes: int) -> dict[str, Any]:
    """A document of exactly `nodes` nodes in which every layer of a dense block sees all layers before it."""
    builder = Builder(f"dense_{nodes}", task="image_classification", doc="Densely connected, for measuring.")
    x = builder.input("image", "image", C=3, H=32, W=32)
    x = builder.add("stem", "conv2d", x, out_channels=2 * GROWTH, kernel_size=3)
    count, layer, block = 1, 0, [x]
    # A layer is a concatenation and six more nodes; the head takes two.
    while count + 7 + 2 <= nodes:
        joined = builder.add(f"join{layer}", "concat", *block)
        h = builder.add(f"norm{layer}a", "batch_norm", joined)
        h = builder.add(f"relu{layer}a", "relu", h)
        h = builder.add(f"conv{layer}a", "conv2d", h, out_channels=4 * GROWTH, kernel_size=1)
        h = builder.add(f"norm{layer}b", "batch_norm", h)
        h = builder.add(f"relu{layer}b", "relu", h)
        h = builder.add(f"conv{layer}b", "conv2d", h, out_channels=GROWTH, kernel_size=3)
        block = [h] if len(block) > LAYERS else [*block, h]
        count, layer = count + 7, layer + 1
    x = block[-1]
    for number in range(nodes - count - 2):
        x = builder.add(f"tail{number}", "relu", x)
    x = builder.add("pool", "global_avg_pool", x)
    builder.output("logits", builder.add("head", "linear", x, out_features=10))
    document = builder.build().to_json()
    for at, node in enumerate(document["nodes"]):
        node["position"] = {"x": 280 * (at // ROWS), "y": 140 * (at % ROWS)}
    return document
