"""Layers with weights: linear, convolution, normalisation, lookup, attention, recurrence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from models_core.importing._drawing import Drawing
from models_core.importing._net import Net, Op, Unknown, Weight
from models_core.importing.ops import converts


@converts("Linear")
def linear(op: Op, draw: Drawing) -> None:
    weight, bias = op.get("weight"), op.get("bias")
    draw.net.sample(op.inputs[0])
    params = {"out_features": weight.shape[0], "bias": bias is not None}
    draw.block(op, "linear", op.inputs[:1], params, {"weight": weight, "bias": bias})


@converts("MatMul", "Gemm")
def product(op: Op, draw: Drawing) -> None:
    """What is left of these after linear layers and attention have been found."""
    if any(draw.net.is_constant(name) for name in op.inputs[:2]):
        raise Unknown("it multiplies by a constant in a way that linear does not")
    raise Unknown("it multiplies two results with each other, and not in the way of attention")


@converts("Conv")
def conv(op: Op, draw: Drawing) -> None:
    net, weight = draw.net, draw.net.weight(op.inputs[1])
    space = len(weight.shape) - 2
    if space not in (1, 2):
        raise Unknown(f"there is no block for a convolution over {space} dims")
    channels, groups = net.sample(op.inputs[0])[0], int(op.get("group", 1))
    bias = net.weight(op.arg(2)) if op.arg(2) else None
    kernel, stride, dilation, padding = _window(op, net, weight.shape[2:])
    depthwise = space == 2 and groups > 1 and groups == channels
    params: dict[str, Any] = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    if depthwise:
        params["multiplier"] = weight.shape[0] // channels
    else:
        params |= {"out_channels": weight.shape[0], "groups": groups}
    block = "depthwise_conv2d" if depthwise else f"conv{space}d"
    draw.block(op, block, op.inputs[:1], params | {"bias": bias is not None}, {"weight": weight, "bias": bias})


@converts("ConvTranspose")
def conv_transpose(op: Op, draw: Drawing) -> None:
    net, weight = draw.net, draw.net.weight(op.inputs[1])
    if len(weight.shape) != 4:
        raise Unknown(f"there is no block for a transposed convolution over {len(weight.shape) - 2} dims")
    if op.get("auto_pad", "NOTSET") != "NOTSET" or op.get("output_shape"):
        raise Unknown("its padding follows from a wanted size; give it as numbers")
    kernel, stride, dilation, padding = _window(op, net, weight.shape[2:])
    groups = int(op.get("group", 1))
    bias = net.weight(op.arg(2)) if op.arg(2) else None
    params = {
        "out_channels": weight.shape[1] * groups,
        "kernel_size": kernel,
        "stride": stride,
        "padding": padding,
        "output_padding": plain(op.get("output_padding", [0, 0])),
        "dilation": dilation,
        "groups": groups,
        "bias": bias is not None,
    }
    draw.block(op, "conv_transpose2d", op.inputs[:1], params, {"weight": weight, "bias": bias})


def plain(sizes: Any) -> Any:
    """Equal sizes as one number, as people write them."""
    sizes = [int(size) for size in sizes]
    return sizes[0] if len(set(sizes)) == 1 else sizes


def _window(op: Op, net: Net, kernel: tuple[int, ...]) -> tuple[Any, Any, Any, Any]:
    """Kernel, stride, dilation and padding as the blocks take them."""
    space = len(kernel)
    stride, dilation = op.get("strides", [1] * space), op.get("dilations", [1] * space)
    return plain(kernel), plain(stride), plain(dilation), padding(op, net, kernel, stride, dilation)


def padding(op: Op, net: Net, kernel: Any, stride: Any, dilation: Any) -> Any:
    """The padding of a window; raises Unknown where the two sides of a dim differ."""
    auto, space = op.get("auto_pad", "NOTSET"), len(kernel)
    pads = op.get("pads", [0] * 2 * space) if auto in ("NOTSET", "") else [0] * 2 * space
    if auto.startswith("SAME"):
        shape = net.sample(op.inputs[0])[1:]
        pads = _same(auto, shape, kernel, stride, dilation)
    before, after = list(pads[:space]), list(pads[space:])
    if before == after:
        return plain(before)
    spans = [(size - 1) * gap for size, gap in zip(kernel, dilation, strict=True)]
    halves = [span // 2 for span in spans]
    others = [span - half for span, half in zip(spans, halves, strict=True)]
    if all(step == 1 for step in stride) and (before, after) == (halves, others):
        return "same"
    raise Unknown(f"it pads {before} before and {after} after; the block pads both sides alike")


def _same(auto: str, shape: Any, kernel: Any, stride: Any, dilation: Any) -> list[int]:
    before, after = [], []
    for size, width, step, gap in zip(shape, kernel, stride, dilation, strict=True):
        total = max((math.ceil(size / step) - 1) * step + (width - 1) * gap + 1 - size, 0)
        low = total // 2 if auto == "SAME_UPPER" else total - total // 2
        before.append(low)
        after.append(total - low)
    return [*before, *after]


# -- normalisation ------------------------------------------------------------------------------------------------


def _eps(value: float) -> float:
    return float(f"{value:.6g}")


@converts("BatchNormalization")
def batch_norm(op: Op, draw: Drawing) -> None:
    names = ("weight", "bias", "running_mean", "running_var")
    weights = {name: draw.net.weight(source) for name, source in zip(names, op.inputs[1:], strict=True)}
    draw.block(op, "batch_norm", params={"eps": _eps(op.get("epsilon", 1e-5))}, weights=weights)


@converts("InstanceNormalization")
def instance_norm(op: Op, draw: Drawing) -> None:
    weights = {"weight": draw.net.weight(op.inputs[1]), "bias": draw.net.weight(op.inputs[2])}
    affine = draw.net.scalar(op.inputs[1]) != 1 or draw.net.scalar(op.inputs[2]) != 0
    params = {"eps": _eps(op.get("epsilon", 1e-5)), "affine": affine}
    draw.block(op, "instance_norm", params=params, weights=weights if affine else None)


@converts("GroupNorm")
def group_norm(op: Op, draw: Drawing) -> None:
    params = {"num_groups": op.get("groups"), "eps": _eps(op.get("epsilon"))}
    draw.block(op, "group_norm", op.inputs[:1], params, {"weight": op.get("weight"), "bias": op.get("bias")})


@converts("GroupNormalization")
def group_normalization(op: Op, draw: Drawing) -> None:
    channels, groups = draw.net.sample(op.inputs[0])[0], int(op.get("num_groups"))
    weights = {}
    for name, source in (("weight", op.inputs[1]), ("bias", op.inputs[2])):
        weight = draw.net.weight(source)
        if weight.shape == (groups,) and groups != channels:
            # Before opset 21 it had one number a group.
            weight = weight.map(lambda values: np.repeat(values, channels // groups), (channels,))
        weights[name] = weight
    params = {"num_groups": groups, "eps": _eps(op.get("epsilon", 1e-5))}
    draw.block(op, "group_norm", op.inputs[:1], params, weights)


@converts("LayerNorm", "RmsNorm")
def last_norm(op: Op, draw: Drawing) -> None:
    weight, bias = op.get("weight"), op.get("bias")
    size = draw.net.sample(op.inputs[0])[-1]
    if weight is None and bias is not None:
        weight = Weight((size,), lambda: np.ones(size, np.float32))
    params: dict[str, Any] = {"eps": _eps(op.get("epsilon")), "affine": weight is not None}
    if op.type == "LayerNorm" and weight is not None:
        params["bias"] = bias is not None
    block = "layer_norm" if op.type == "LayerNorm" else "rms_norm"
    draw.block(op, block, op.inputs[:1], params, {"weight": weight, "bias": bias})


# -- tokens -------------------------------------------------------------------------------------------------------


@converts("Gather")
def gather(op: Op, draw: Drawing) -> None:
    net, (source, indices) = draw.net, op.inputs
    if net.is_constant(source) and not net.is_constant(indices):
        weight = net.weight(source)
        if len(weight.shape) != 2 or op.get("axis", 0) not in (0, -2):
            raise Unknown("it looks up something other than vectors")
        net.sample(indices)
        sizes = {"num_embeddings": weight.shape[0], "embedding_dim": weight.shape[1]}
        draw.block(op, "embedding", [indices], sizes, {"weight": weight})
        return
    if not net.is_constant(indices):
        raise Unknown("which part it takes is computed by the network")
    axis, place = net.axis(op.get("axis", 0), source), net.scalar(indices)
    size = net.sample(source)[axis - 1]
    if place is None or net.dims(indices) not in ((), (1,)):
        raise Unknown("no block takes several parts at once")
    at = int(place) % size
    single = not net.dims(indices)
    if single and axis == 1 and len(net.sample(source)) == 2 and at in (0, size - 1):
        draw.block(op, "token_pool", [source], {"kind": "first" if at == 0 else "last"})
        return
    from .shape import cut

    cut(op, draw, source, axis, at, at + 1, drop=single)


@converts("SelfAttention", "CrossAttention")
def attention(op: Op, draw: Drawing) -> None:
    itself = op.type == "SelfAttention"
    names = ["qkv.weight", "qkv.bias"] if itself else ["q.weight", "q.bias", "kv.weight", "kv.bias"]
    names += ["proj.weight", "proj.bias"]
    params: dict[str, Any] = {"heads": op.get("heads"), "qkv_bias": op.get(names[1]) is not None}
    params["proj_bias"] = op.get("proj.bias") is not None
    if itself:
        params["causal"] = op.get("causal")
    ports = ["x", "mask"] if itself else ["query", "context", "mask"]
    block = "self_attention" if itself else "cross_attention"
    draw.block(op, block, op.inputs, params, {name: op.get(name) for name in names}, ports=ports)


@converts("Recurrent")
def recurrent(op: Op, draw: Drawing) -> None:
    layers = len([name for name in op.get("weights") if name.startswith("weight_ih") and "reverse" not in name])
    params = {
        "hidden_size": op.get("hidden"),
        "num_layers": layers,
        "bidirectional": op.get("both"),
        "output": op.get("output"),
    }
    draw.block(op, op.get("kind"), op.inputs[:1], params, op.get("weights"))
