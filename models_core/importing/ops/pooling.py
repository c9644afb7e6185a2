"""Pooling by windows, over everything, and over single dims."""

from __future__ import annotations

from typing import Any

from models_core.importing._drawing import Drawing
from models_core.importing._net import Op, Unknown
from models_core.importing.ops import converts
from models_core.importing.ops.layers import padding, plain


@converts("MaxPool", "AveragePool")
def pool(op: Op, draw: Drawing) -> None:
    if any(op.outputs[1:]):
        raise Unknown("where the largest values lie is used as well")
    kernel = op.get("kernel_shape")
    if len(kernel) != 2:
        raise Unknown(f"there is no block for pooling over {len(kernel)} dim{'s' * (len(kernel) != 1)}")
    stride, dilation = op.get("strides", [1, 1]), op.get("dilations", [1, 1])
    pads = padding(op, draw.net, kernel, stride, dilation)
    if pads == "same":
        raise Unknown("it pads one side more than the other")
    sizes = pads if isinstance(pads, list) else [pads] * 2
    if any(2 * pad > size for pad, size in zip(sizes, kernel, strict=True)):
        raise Unknown("it pads by more than half its window")
    params: dict[str, Any] = {"kernel_size": plain(kernel), "stride": plain(stride), "padding": pads}
    params["ceil_mode"] = bool(op.get("ceil_mode", 0))
    if op.type == "MaxPool":
        params["dilation"] = plain(dilation)
    elif any(gap != 1 for gap in dilation):
        raise Unknown("no block averages over a window with gaps")
    elif any(sizes):
        params["count_include_pad"] = bool(op.get("count_include_pad", 0))
    if params["stride"] == params["kernel_size"]:
        del params["stride"]
    draw.block(op, "max_pool2d" if op.type == "MaxPool" else "avg_pool2d", op.inputs[:1], params)


@converts("GlobalPool")
def global_pool(op: Op, draw: Drawing) -> None:
    draw.block(op, f"global_{op.get('kind')}_pool")


@converts("GlobalAveragePool", "GlobalMaxPool")
def global_pool_kept(op: Op, draw: Drawing) -> None:
    """Pooling that leaves dims of size 1."""
    sample = draw.net.sample(op.inputs[0])
    if op.type == "GlobalAveragePool" and len(sample) == 3:
        draw.block(op, "adaptive_avg_pool2d", op.inputs[:1], {"output_size": 1})
        return
    kind = "avg" if op.type == "GlobalAveragePool" else "max"
    pooled = draw.node(op, f"global_{kind}_pool", op.inputs[:1], part="pool")
    draw.values[f"{op.outputs[0]}/flat"] = (pooled, "out")
    id = draw.node(op, "reshape", [f"{op.outputs[0]}/flat"], {"shape": [-1, *[1] * (len(sample) - 1)]}, part="reshape")
    draw.give(op, id)


@converts("ReduceMean", "ReduceMax")
def reduce(op: Op, draw: Drawing) -> None:
    source, keep = op.inputs[0], bool(op.get("keepdims", 1))
    rank = draw.net.rank(source)
    given = draw.net.numbers(op, "axes", 1)
    axes = sorted(draw.net.axis(axis, source) for axis in (range(rank) if given is None else given))
    if axes == list(range(2, rank)) and rank == 4 and keep and op.type == "ReduceMean":
        draw.block(op, "adaptive_avg_pool2d", op.inputs[:1], {"output_size": 1})
        return
    if not keep and len(axes) == rank - 1:
        raise Unknown("a single number for each sample has no dim left")
    block = "mean_over" if op.type == "ReduceMean" else "max_over"
    tensor, id = source, ""
    # The last dim first: those before it keep their numbers.
    for axis in reversed(axes):
        id = draw.node(op, block, [tensor], {"dim": axis, "keepdim": keep})
        tensor = f"{op.outputs[0]}/{axis}"
        draw.values[tensor] = (id, "out")
    if not id:
        draw.alias(op, source)
    else:
        draw.give(op, id)


@converts("TokenPool")
def token_pool(op: Op, draw: Drawing) -> None:
    """Pooling of a sequence that leaves its padding out."""
    draw.block(op, "token_pool", op.inputs, {"kind": op.get("kind")}, ports=["x", "mask"])
