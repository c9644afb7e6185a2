"""The inputs and outputs of an imported design."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from models_core.design.kinds import KINDS

from ._drawing import Drawing, Problem
from ._net import CannotImport, Net, Op, Shape

WHOLE = (2, 3, 4, 5, 6, 7, 9, 12, 13)
"""ONNX's numbers for whole numbers and truth values."""


def inputs(net: Net, draw: Drawing, notes: list[str]) -> list[dict[str, Any]]:
    """The design's inputs. What is no image, no tokens and no row of numbers comes in as one and is reshaped."""
    made: list[dict[str, Any]] = []
    for tensor, shape in net.inputs.items():
        name = _name(tensor, [given["name"] for given in made], "x")
        if len(shape) < 2 or shape[0] != net.batch:
            sizes = " × ".join(map(str, shape)) or "a single number"
            raise CannotImport(f"input {tensor} ({sizes}) has no dim of samples in front, which every input here has")
        draw.values[tensor] = ("input", name)
        kind, sizes_of = _kind(net, tensor, shape)
        if kind == "image" and _channels_last(net, draw, tensor):
            sizes_of = (sizes_of[2], sizes_of[0], sizes_of[1])
            notes.append(f"Input {name} has its channels last there; here they come first.")
        made.append({"name": name, "kind": kind, "dims": dict(zip(KINDS[kind].dims, sizes_of, strict=True))})
        if math.prod(shape[1:]) == math.prod(sizes_of) and len(sizes_of) != len(shape) - 1:
            op = Op("Reshape", [tensor], [f"{tensor}/shaped"])
            id = draw.node(op, "reshape", [tensor], {"shape": list(shape[1:])}, part=f"{name}_shaped")
            draw.values[tensor] = (id, "out")
            text = " × ".join(map(str, shape[1:]))
            notes.append(f"Input {name} ({text}) comes in as {sizes_of[0]:,} numbers in a row.")
    return made


def _kind(net: Net, tensor: str, shape: Shape) -> tuple[str, tuple[int, ...]]:
    if len(shape) == 4:
        return "image", shape[1:]
    return "tokens" if net.dtypes.get(tensor) in WHOLE else "table", (math.prod(shape[1:]),)


def _channels_last(net: Net, draw: Drawing, tensor: str) -> bool:
    """Whether all that is done with an image is to put its channels first; then that is left out."""
    user = net.only_user(tensor)
    if user is None or user.type != "Transpose" or list(user.get("perm") or []) != [0, 3, 1, 2]:
        return False
    draw.values[user.outputs[0]] = draw.values[tensor]
    net.ops.remove(user)
    net.shapes[tensor] = net.shapes[user.outputs[0]]
    return True


def outputs(net: Net, draw: Drawing, problems: list[Problem]) -> list[dict[str, Any]]:
    """The design's outputs, with the wires to them drawn."""
    made: list[dict[str, Any]] = []
    for tensor in net.outputs:
        if tensor not in draw.values:
            problems.append(Problem("output", tensor, "is the same whatever comes in, so it is left out"))
            continue
        name = _name(tensor, [end["name"] for end in made], "out")
        made.append({"name": name})
        node, port = draw.values[tensor]
        draw.edges.append({"from": f"{node}.{port}", "to": f"output.{name}"})
    if not made:
        raise CannotImport("nothing that comes out of the network depends on what comes in")
    return made


def _name(tensor: str, taken: Iterable[str], instead: str) -> str:
    """A tensor's name as that of an end; `instead` for one that is a number, as exporters give them."""
    stem = re.sub(r"\W+", "_", tensor, flags=re.ASCII).strip("_")[-56:].strip("_")
    stem = instead if not stem or stem.isdigit() else stem
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    return name
