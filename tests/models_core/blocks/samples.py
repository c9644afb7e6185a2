"""Small inputs and parameters for every registered block, derived from its ports and its form."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from models_core import registry
from models_core.ports import Port
from models_core.registry import Entry

SIZES = {"N": 3, "C": 8, "D": 8, "H": 16, "W": 16, "L": 6, "M": 5, "E": 12}
MORE = {"N ...": "L D", "N C ...": "H W", "N C L ...": "", "N ... D": "L", "N ... H": "L"}
"""What `...` stands for, by the dims it stands in; other ports keep it to one dim of 4."""

BLOCKS = registry.all("block")
IDS = [entry.id for entry in BLOCKS]


def shape_of(port: Port, batch: int = SIZES["N"]) -> tuple[int, ...]:
    """A shape that goes through a port."""
    names = port.dims.replace("...", MORE.get(port.dims, "L")).split()
    return (batch, *(SIZES[name] for name in names[1:]))


def inputs_of(entry: Entry, batch: int = SIZES["N"], *, optional: bool = False, seed: int = 0) -> list[Tensor | None]:
    """Random inputs of a block, two for a variadic port; optional ones only if asked for."""
    random = torch.Generator().manual_seed(seed)
    args: list[Tensor | None] = []
    for port in entry.inputs:
        if port.optional and not optional:
            args.append(None)
            continue
        for _ in range(2 if port.variadic else 1):
            if port.dtype == "int" or port.name == "mask":
                args.append(torch.randint(0, 4, shape_of(port, batch), generator=random))
            else:
                args.append(torch.randn(shape_of(port, batch), generator=random))
    return args


def params_of(entry: Entry, **given: Any) -> dict[str, Any]:
    """Complete parameters: those given, sizes that follow the sample inputs, 8 for what has no default."""
    needed = {param.name: 8 for param in entry.params if param.required}
    params = entry.check({**needed, **entry.small, **given})
    ports = {port.name: port for port in entry.inputs}
    for name, follows in entry.followed.items():
        if params[name] is None:
            port = ports[follows.port]
            params[name] = port.size(follows.dim, [shape_of(port)] * (2 if port.variadic else 1))
    return params


def make(id: str, **given: Any) -> nn.Module:
    """A block with fixed initial weights."""
    entry = registry.get("block", id)
    torch.manual_seed(0)
    return entry.obj(**params_of(entry, **given))


def tensors(out: Any) -> list[Tensor]:
    """The tensors a block gives out."""
    return list(out) if isinstance(out, tuple) else [out]
