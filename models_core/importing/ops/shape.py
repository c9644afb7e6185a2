"""Operators that rearrange, cut, pad and resize."""

from __future__ import annotations

from models_core.importing._drawing import Drawing
from models_core.importing._layout import slices
from models_core.importing._net import Op, Unknown
from models_core.importing.ops import converts


@converts("Flatten", "Reshape", "Squeeze", "Unsqueeze")
def reshape(op: Op, draw: Drawing) -> None:
    before, after = draw.net.sample(op.inputs[0]), draw.net.sample(op.outputs[0])
    if before == after:
        draw.alias(op, op.inputs[0])
    elif len(after) == 1:
        draw.block(op, "flatten")
    elif not after:
        raise Unknown("a single number for each sample has no dim left")
    else:
        draw.block(op, "reshape", op.inputs[:1], {"shape": list(after)})


@converts("Transpose")
def transpose(op: Op, draw: Drawing) -> None:
    rank = draw.net.rank(op.inputs[0])
    order = [int(axis) for axis in op.get("perm") or range(rank)[::-1]]
    if order[0] != 0:
        raise Unknown("it puts another dim before that of the samples")
    if order == list(range(rank)):
        draw.alias(op, op.inputs[0])
    else:
        draw.block(op, "permute", op.inputs[:1], {"order": order[1:]})


@converts("Split")
def split(op: Op, draw: Drawing) -> None:
    source = op.inputs[0]
    axis = draw.net.axis(op.get("axis", 0), source)
    sizes = [draw.net.sample(name)[axis - 1] for name in op.outputs]
    tensor = source
    for at, size in enumerate(sizes[:-1]):
        id = draw.node(op, "split", [tensor], {"dim": axis, "size": size})
        draw.give(op, id, at, "first")
        tensor = f"{op.outputs[at]}/rest"
        draw.values[tensor] = (id, "second")
    draw.values[op.outputs[-1]] = draw.end(tensor)


@converts("Slice")
def slice_(op: Op, draw: Drawing) -> None:
    source = op.inputs[0]
    shape = (draw.net.batch, *draw.net.sample(source))
    parts = {axis: part for axis, part in enumerate(slices(draw.net, op, shape)) if part != slice(None)}
    parts = {axis: part for axis, part in parts.items() if part != slice(0, shape[axis], 1)}
    if not parts:
        draw.alias(op, source)
        return
    (axis, part), *others = parts.items()
    if axis == 0 or others:
        raise Unknown("it cuts across samples" if axis == 0 else "it cuts several dims at once")
    if part.step != 1:
        raise Unknown(f"it takes every {part.step}th only")
    cut(op, draw, source, axis, part.start, part.stop)


def cut(op: Op, draw: Drawing, source: str, axis: int, start: int, stop: int, *, drop: bool = False) -> None:
    """A part of one dim, by splitting off what is before and after it; `drop` takes the dim away."""
    size, tensor = draw.net.sample(source)[axis - 1], source
    if not 0 <= start < stop <= size:
        raise Unknown("it takes nothing")
    if start:
        id = draw.node(op, "split", [tensor], {"dim": axis, "size": start})
        tensor = f"{op.outputs[0]}/from"
        draw.values[tensor] = (id, "second")
    if stop < size:
        id = draw.node(op, "split", [tensor], {"dim": axis, "size": stop - start})
        tensor = f"{op.outputs[0]}/to"
        draw.values[tensor] = (id, "first")
    if drop:
        after = [length for at, length in enumerate(draw.net.sample(source), 1) if at != axis]
        block, params = ("flatten", None) if len(after) == 1 else ("reshape", {"shape": after})
        id = draw.node(op, block, [tensor], params, part=block)
        draw.give(op, id)
    else:
        draw.values[op.outputs[0]] = draw.end(tensor)


@converts("Pad")
def pad(op: Op, draw: Drawing) -> None:
    sample = draw.net.sample(op.inputs[0])
    pads = draw.net.numbers(op, "pads", 1)
    value = draw.net.scalar(op.arg(2)) if op.arg(2) else op.get("value", 0.0)
    if pads is None or op.arg(3) or op.get("mode", "constant") != "constant" or value:
        raise Unknown("no block pads with anything but zeros")
    if not any(pads):
        draw.alias(op, op.inputs[0])
        return
    rank = len(sample) + 1
    before, after = pads[:rank], pads[rank:]
    others = [*before[:1], *before[2:], *after[:1], *after[2:]]
    if rank != 4 or any(others) or before[1] != (before[1] + after[1]) // 2 or min(pads) < 0:
        raise Unknown("no block pads by itself, but for channels; give the padding to the convolution after it")
    draw.block(op, "pad_channels", op.inputs[:1], {"channels": sample[0] + before[1] + after[1]})


@converts("Resize", "Upsample")
def resize(op: Op, draw: Drawing) -> None:
    before, after = draw.net.sample(op.inputs[0]), draw.net.sample(op.outputs[0])
    if len(before) != 3 or before[0] != after[0]:
        raise Unknown("no block resizes anything but an image")
    if any(new % old for old, new in zip(before, after, strict=True)):
        raise Unknown(f"it resizes {before[1]} × {before[2]} to {after[1]} × {after[2]}, by no whole factor")
    scale = [new // old for old, new in zip(before[1:], after[1:], strict=True)]
    mode, where = op.get("mode", "nearest"), op.get("coordinate_transformation_mode", "half_pixel")
    if op.type == "Upsample":
        where = "asymmetric"
    modes = {"nearest": "nearest", "linear": "bilinear", "cubic": "bicubic"}
    aligned = where in ("half_pixel", "pytorch_half_pixel")
    if mode == "nearest":
        rounding = op.get("nearest_mode", "round_prefer_floor")
        fits = aligned or (where == "asymmetric" and (rounding == "floor" or op.type == "Upsample"))
    else:
        fits = aligned and (mode != "cubic" or op.get("cubic_coeff_a", -0.75) == -0.75)
    if not fits or mode not in modes or op.get("antialias", 0):
        raise Unknown(f"its way to find values between ({mode}, {where}) is another than the block's")
    params = {"scale": scale[0] if scale[0] == scale[1] else scale}
    draw.block(op, "upsample", op.inputs[:1], params | {"mode": modes[mode]})
