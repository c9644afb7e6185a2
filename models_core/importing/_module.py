"""A torch module as a Design with its weights: traced by torch.export, then read as an ONNX graph is.

One that `models_core.compile.build` made, however changed since, is read block by block instead.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, fx, nn

from models_core.design import read
from models_core.export.onnx import ExportError, lowered

from . import _blocks
from ._draw import drawn
from ._imported import Imported
from ._net import CannotImport, Weight
from ._read import check_size


def import_module(module: nn.Module, example_inputs: Tensor | Sequence[Tensor], name: str = "") -> Imported:
    """The design of a torch module with its weights. The module's own code runs, on a copy, on the CPU.

    `example_inputs` are what its forward takes, samples first: images N C H W, token ids N L, rows N F. Submodules
    become groups, equal ones instances of one group; parameters keep their names where a block has the same. Operators
    without a block become nodes that say so and are listed in `problems`. Raises CannotImport for what torch.export
    cannot trace, and what is no network of this kind.
    """
    given = (example_inputs,) if isinstance(example_inputs, Tensor) else tuple(example_inputs)
    inputs = tuple(_sample(at, tensor) for at, tensor in enumerate(given))
    name = name or type(module).__name__
    plain = copy.deepcopy(module).to("cpu", torch.float32).eval()
    if isinstance(plain, fx.GraphModule):
        found = _blocks.imported(plain, inputs, name)
        if found is not None:
            return found
    names = list(inspect.signature(module.forward).parameters)[: len(inputs)]
    try:
        try:
            model = lowered(plain, inputs, names=names)
        except ExportError:
            # Some forwards work with the number of samples in a way that fixes it.
            model = lowered(plain, inputs, names=names, any_batch=False)
    except ExportError as error:
        raise CannotImport(f"{name} cannot be traced: {error}") from None
    check_size(model)
    titles = {path: type(part).__name__ for path, part in plain.named_modules()}
    return _without_dropout(plain, _tied(drawn(model, name, titles), set(plain.state_dict())))


def _sample(at: int, tensor: Tensor) -> Tensor:
    if not isinstance(tensor, Tensor):
        raise CannotImport(f"example input {at + 1} is {type(tensor).__name__}, not a tensor; give tensors only")
    if tensor.ndim < 2:
        raise CannotImport(f"example input {at + 1} has {tensor.ndim} dims; its first is that of the samples")
    tensor = tensor.detach().cpu()
    tensor = tensor.float() if tensor.is_floating_point() else tensor
    # A single sample would be taken for a size that never differs.
    return torch.cat([tensor, tensor]) if tensor.shape[0] == 1 else tensor


def _tied(found: Imported, names: set[str]) -> Imported:
    """A parameter that several nodes have is one."""
    first: dict[str, tuple[str, Weight]] = {}
    ties = []
    for path, weight in found.weights.items():
        if weight.name not in names:
            continue
        to, other = first.setdefault(weight.name, (path, weight))
        if to != path and weight.shape == other.shape and np.array_equal(weight.load(), other.load()):
            ties.append({"param": path, "to": to})
    if not ties:
        return found
    return replace(found, design=read({**found.design.to_json(), "ties": ties}))


def _without_dropout(module: nn.Module, found: Imported) -> Imported:
    parts = [(path, part.p) for path, part in module.named_modules() if isinstance(part, nn.modules.dropout._DropoutNd)]
    active = [f"{path} ({share:g})" for path, share in parts if share]
    if not active:
        return found
    more = f" and {len(active) - 5} more" if len(active) > 5 else ""
    note = f"Dropout does nothing in use and is left out: {', '.join(active[:5])}{more}."
    return replace(found, notes=[*found.notes, note])
