"""From the bytes of an ONNX file to a Net: checked, with all sizes worked out and what is constant folded."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from models_core.export import check
from models_core.limits import LIMITS

from ._fold import SMALL, fold
from ._net import CannotImport, Net, Op, Shape, walk

SAMPLES = 2
"""What stands for a number of samples that a file leaves open."""
OPEN_IMAGE = (3, 224, 224)
OPEN_LENGTH = 128
ROUNDS = 12


def read_model(data: bytes) -> onnx.ModelProto:
    """The model in these bytes; raises CannotImport for what is no ONNX file, too large, or reaches for other files."""
    try:
        model = check.read_model(data, foreign=True)
    except check.UnsafeModel as error:
        raise CannotImport(str(error)) from None
    check_size(model)
    return model


def check_size(model: onnx.ModelProto) -> None:
    """Raise CannotImport for more operators than a design may have nodes."""
    count = sum(1 for _ in walk(model.graph))
    if count > LIMITS.expanded_nodes:
        raise CannotImport(f"the network has {count:,} operators; at most {LIMITS.expanded_nodes:,} are imported")


def read_net(model: onnx.ModelProto, notes: list[str]) -> Net:
    """The graph of a model with its sizes; sizes that the file leaves open are chosen, which `notes` will say."""
    graph = model.graph
    constants: dict[str, TensorProto | np.ndarray] = {tensor.name: tensor for tensor in graph.initializer}
    given = [value for value in graph.input if value.name not in constants]
    if not given:
        raise CannotImport("the network in the file has no input")
    for value in [*given, *graph.output]:
        if value.type.WhichOneof("value") not in (None, "tensor_type"):
            raise CannotImport(f"{value.name} is no tensor but a sequence or a map, which designs do not have")
    batch = _batch(given, notes)
    shapes = {value.name: _input_shape(value, batch, notes) for value in given}
    dtypes = {value.name: value.type.tensor_type.elem_type for value in given}
    opset = next((item.version for item in model.opset_import if item.domain in check.DOMAINS), 0)
    ops = [_op(node) for node in graph.node]
    _check_order(ops, {*constants, *shapes})
    outputs = [value.name for value in graph.output]
    net = Net(dict(shapes), outputs, ops, constants, shapes, dtypes, batch, opset)
    net.prune()
    for _ in range(ROUNDS):
        _infer(net, model)
        if not fold(net):
            break
    net.prune()
    return net


def _check_order(ops: list[Op], known: set[str]) -> None:
    """Everything that follows wires backwards relies on them not going in circles."""
    for op in ops:
        late = next((name for name in op.inputs if name and name not in known), None)
        if late is not None:
            raise CannotImport(f"{op.type} {op.name!r} uses {late!r} before anything gives it; the file is damaged")
        for name in op.outputs:
            if name and name in known:
                raise CannotImport(f"two operators give {name!r}; the file is damaged")
            known.add(name)


def _op(node: onnx.NodeProto) -> Op:
    attributes: dict[str, Any] = {}
    inner: list[str] = []
    for attribute in node.attribute:
        value = helper.get_attribute_value(attribute)
        attributes[attribute.name] = _text(value)
        if attribute.HasField("g"):
            # What a branch or a loop takes from outside is an input like any other.
            inside = list(walk(attribute.g))
            own = {name for one in inside for name in one.output} | {value.name for value in attribute.g.input}
            own |= {tensor.name for tensor in attribute.g.initializer}
            inner += [name for one in inside for name in one.input if name not in own]
    notes = {entry.key: entry.value for entry in node.metadata_props}
    scope = _scope(node.name, notes.get("pkg.torch.onnx.name_scopes", ""))
    domain = "" if node.domain in check.DOMAINS else node.domain
    inputs = [*node.input, *dict.fromkeys(name for name in inner if name)]
    return Op(node.op_type, inputs, list(node.output), attributes, node.name, domain, scope, node)


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return (
        [_text(item) for item in value] if isinstance(value, list) and value and isinstance(value[0], bytes) else value
    )


def _scope(name: str, noted: str) -> str:
    """Where a node belongs in the module it was traced from: `/layer1/layer1.0/conv1/Conv` is `layer1.0.conv1`."""
    if noted:
        scopes = [part for part in re.findall(r"'([^']*)'", noted) if part]
        # The last one is the name of the call itself.
        return scopes[-2] if len(scopes) > 1 else ""
    if not name.startswith("/"):
        return ""
    parts = name.strip("/").split("/")[:-1]
    # A part that goes on where the one before it ended takes its place.
    following = zip(parts, [*parts[1:], ""], strict=False)
    return ".".join(part for part, after in following if not after.startswith(f"{part}."))


def _dims(value: onnx.ValueInfoProto) -> list[int | None]:
    kind = value.type.tensor_type
    if not kind.HasField("shape"):
        raise CannotImport(f"the file does not say how many dims its input {value.name} has; export it with its shape")
    return [dim.dim_value if dim.HasField("dim_value") and dim.dim_value > 0 else None for dim in kind.shape.dim]


def _batch(given: list[onnx.ValueInfoProto], notes: list[str]) -> int:
    firsts = {dims[0] for value in given if (dims := _dims(value))}
    if firsts <= {None}:
        return SAMPLES
    fixed = min(size for size in firsts if size is not None)
    if None not in firsts:
        notes.append(f"It was made for exactly {fixed} sample{'s' * (fixed != 1)} at once; the design takes any.")
    return fixed


def _input_shape(value: onnx.ValueInfoProto, batch: int, notes: list[str]) -> Shape:
    dims = _dims(value)
    names = [dim.dim_param for dim in value.type.tensor_type.shape.dim]
    defaults = [batch, *(OPEN_IMAGE if len(dims) == 4 else [OPEN_LENGTH] * (len(dims) - 1))]
    shape = tuple(default if size is None else size for size, default in zip(dims, defaults, strict=True))
    for place, (size, name) in enumerate(zip(dims, names, strict=True)):
        if place and size is None:
            what = f"dim {name}" if name else f"dim {place}"
            notes.append(f"It leaves {what} of its input {value.name} open; {shape[place]} was taken.")
    for size in shape:
        if size > 2**24:
            raise CannotImport(f"the input {value.name} has a dim of {size:,}; at most {2**24:,} can be taken")
    return shape


def _infer(net: Net, model: onnx.ModelProto) -> None:
    """Work out the shape of every tensor, with the weights left out: only their shapes matter."""
    light = onnx.ModelProto(ir_version=max(model.ir_version, 4))
    light.opset_import.extend(model.opset_import)
    light.graph.name = "network"
    for name, shape in net.inputs.items():
        light.graph.input.append(helper.make_tensor_value_info(name, net.dtypes[name], shape))
    used = {name for op in net.ops for name in op.inputs}
    for name in sorted(used & set(net.constants)):
        held = net.constants[name]
        kind = helper.np_dtype_to_tensor_dtype(held.dtype) if isinstance(held, np.ndarray) else held.data_type
        if int(np.prod(net.dims(name), dtype=np.int64)) <= SMALL:
            tensor = onnx.numpy_helper.from_array(held) if isinstance(held, np.ndarray) else held
            light.graph.initializer.append(tensor)
            light.graph.initializer[-1].name = name
        else:
            light.graph.input.append(helper.make_tensor_value_info(name, kind, net.dims(name)))
    light.graph.node.extend(op.proto for op in net.ops if op.proto is not None)
    for name in net.outputs:
        light.graph.output.append(helper.make_empty_tensor_value_info(name))
    try:
        inferred = onnx.shape_inference.infer_shapes(light, strict_mode=False, data_prop=True)
    except Exception:  # a file may break its C++ in many ways; without shapes, what depends on them is listed
        return
    for value in [*inferred.graph.value_info, *inferred.graph.output]:
        kind = value.type.tensor_type
        net.dtypes[value.name] = kind.elem_type
        if kind.HasField("shape"):
            dims = [dim.dim_value if dim.HasField("dim_value") else -1 for dim in kind.shape.dim]
            if min(dims, default=0) >= 0:
                net.shapes[value.name] = tuple(dims)
