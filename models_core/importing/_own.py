"""The design that an ONNX file of our own carries, believed only if the file's graph is what that design exports to.

Exporting again needs no operator of the file to run. The comparison notices every other operator, attribute, wire and
number; it does not tell a changed file from one that another version of PyTorch has written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper
from torch import Tensor, nn

from models_core.compile import Bound, bind, build
from models_core.data.limits import Limits
from models_core.data.preprocess import AnyInput, ImageInput, Preprocess, TableInput, Target
from models_core.design import Design, DesignError, read
from models_core.export import check
from models_core.export.onnx import ExportError, translate, weights_in

from ._imported import Imported
from ._net import Weight

CLOSE = 1e-4
"""What numbers that the exporter worked out may differ by from one machine to another, as a part of the largest."""


class NotItsOwn(Exception):
    """The design in a file is not that of its graph; the message says what differs first."""


def claims(model: onnx.ModelProto) -> bool:
    """Whether the file says that it was exported here."""
    return check.metadata(model).get(check.FORMAT_KEY) == check.FORMAT


def imported(model: onnx.ModelProto) -> Imported:
    """The design of a file with its weights and what it says of their training; raises NotItsOwn."""
    try:
        bound = bind(_design(model))
        # Sizes first, without their memory: what a document asks for has no bounds, what the file holds has.
        held = _weights(build(bound, device="meta"), model)
        module = build(bound).eval()
        module.load_state_dict(held, strict=False)
        fresh = translate(module, bound, _opset(model))
    except DesignError as error:
        raise NotItsOwn(f"the design has faults ({str(error).splitlines()[0]})") from None
    except ExportError as error:
        raise NotItsOwn(f"the design cannot be exported again ({error})") from None
    compare(fresh.graph, model.graph)
    weights = {name: _weight(name, tensor) for name, tensor in held.items()}
    notes = ["The file was exported here and carries its design, which is opened."]
    return Imported(bound.design, notes, [], weights, _run(model, bound))


def _design(model: onnx.ModelProto) -> Design:
    """The design with the sizes that it was exported with."""
    try:
        design = read(check.note(model, "blockyard.design"))
        facts, values = (check.note(model, f"blockyard.{part}") or {} for part in ("facts", "variables"))
        changed = {**design.to_json(), "facts": facts}
        for name, value in values.items():
            changed["variables"][name]["value"] = value
        return read(changed)
    except (check.UnsafeModel, KeyError, TypeError, AttributeError) as error:
        raise NotItsOwn(f"its notes are damaged ({error})") from None


def _opset(model: onnx.ModelProto) -> int:
    return next((item.version for item in model.opset_import if item.domain in check.DOMAINS), 0)


def _weights(wanted: nn.Module, model: onnx.ModelProto) -> dict[str, Tensor]:
    """The file's weights by the names of the design's module; raises NotItsOwn where they are others."""
    tensors = weights_in(model, wanted)
    # A tied weight is in the file under one of its names.
    same = [names for names in _shared(wanted) if len(names) > 1]
    for names in same:
        known = next((name for name in names if name in tensors), None)
        tensors |= {name: tensors[known] for name in names if known and name not in tensors}
    found = {}
    for name, tensor in wanted.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        have = tensors.get(name)
        if have is None:
            raise NotItsOwn(f"the design has weights {name}, which the file does not")
        if have.shape != tensor.shape or have.dtype != tensor.dtype:
            sizes = [" × ".join(map(str, one.shape)) or "one number" for one in (tensor, have)]
            raise NotItsOwn(f"{name} is {sizes[0]} in the design, {sizes[1]} in the file")
        found[name] = have
    return found


def _shared(module: nn.Module) -> list[list[str]]:
    """Names of parameters, those of one parameter together."""
    names: dict[int, list[str]] = {}
    for name, parameter in module.named_parameters(remove_duplicate=False):
        names.setdefault(id(parameter), []).append(name)
    return list(names.values())


def compare(fresh: onnx.GraphProto, given: onnx.GraphProto) -> None:
    """Raise NotItsOwn at the first difference between what a design exports to and the graph of a file."""
    for part in ("input", "output"):
        if [one.SerializeToString(deterministic=True) for one in getattr(fresh, part)] != [
            one.SerializeToString(deterministic=True) for one in getattr(given, part)
        ]:
            raise NotItsOwn(f"its {part}s are others than the design's")
    for want, have in _pairs(fresh.node, given.node, "operators"):
        if want.SerializeToString(deterministic=True) != have.SerializeToString(deterministic=True):
            raise NotItsOwn(f"{have.op_type} {have.name!r} stands where the design has {want.op_type} {want.name!r}")
    held = {tensor.name: tensor for tensor in given.initializer}
    for tensor in fresh.initializer:
        other = held.pop(tensor.name, None)
        if other is None or not _same(numpy_helper.to_array(tensor), numpy_helper.to_array(other)):
            raise NotItsOwn(f"the numbers {tensor.name!r} are not the design's")
    if held:
        raise NotItsOwn(f"the design has no numbers {next(iter(held))!r}")


def _pairs(fresh: Any, given: Any, what: str) -> Iterator[tuple[Any, Any]]:
    if len(fresh) != len(given):
        raise NotItsOwn(f"it has {len(given):,} {what}, the design makes {len(fresh):,}")
    return zip(fresh, given, strict=True)


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.dtype.kind != "f":
        return bool((one == other).all())
    return bool(np.allclose(one, other, rtol=0, atol=CLOSE * float(np.abs(one).max(initial=0)), equal_nan=True))


def _weight(name: str, tensor: Tensor) -> Weight:
    return Weight(tuple(tensor.shape), tensor.numpy, name)


def _run(model: onnx.ModelProto, bound: Bound) -> dict[str, Any]:
    """Task and preparation of samples, where the file has them and they fit the design."""
    try:
        task, given = check.note(model, "blockyard.task"), check.note(model, "blockyard.preprocess")
        preprocess = None if given is None else Preprocess.model_validate(given)
    except ValueError:
        return {}
    shapes = {one.name: tuple(one.spec.shape) for one in bound.inputs if one.spec}
    if preprocess is None or {name: part.shape for name, part in preprocess.inputs.items()} != shapes:
        return {}
    if not (all(map(_sound, preprocess.inputs.values())) and _answers(preprocess.target, bound)):
        return {}
    return {"task": task, "preprocess": preprocess.model_dump(mode="json")}


def _sound(part: AnyInput) -> bool:
    """Whether samples can be prepared so: whoever serves the model does what the file says, whatever that costs."""
    if isinstance(part, ImageInput):
        height, width, channels = part.stored
        if min(part.stored) < 1 or channels not in (1, 3) or height * width > Limits.from_env().pixels:
            return False
        return len(part.mean) == len(part.std) == part.channels and all(map(_spread, part.std))
    return not isinstance(part, TableInput) or all(_spread(column.std) for column in part.columns)


def _answers(target: Target, bound: Bound) -> bool:
    """Whether the outputs can be read as that target: a name for each class."""
    spec = next((value.spec for value in bound.outputs.values()), None)
    return _spread(target.std) and (target.kind != "class" or spec is None or spec.shape == (len(target.names),))


def _spread(value: float) -> bool:
    return math.isfinite(value) and value > 0
