"""An ONNX graph as the importer works on it: operators, constants and shapes, all by the names of tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

Shape = tuple[int, ...]
OWN = "blockyard"
"""The domain of operators that stand for several of the file's, such as a linear layer or attention."""


class CannotImport(ValueError):
    """A file cannot become a design; the message says why and what to do."""


class Unknown(Exception):
    """An operator has no block; the message says why, for the list of what was left open."""


BROKEN = (Unknown, ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What reading an operator of a file raises that is not as ONNX says: missing inputs, attributes of the wrong type."""


@dataclass(frozen=True)
class Weight:
    """A tensor of the file, read when it is asked for; `name` is the file's, empty for what was made of several."""

    shape: Shape
    load: Callable[[], np.ndarray]
    name: str = ""

    def map(self, change: Callable[[np.ndarray], np.ndarray], shape: Shape) -> Weight:
        """The same tensor in another form."""
        return Weight(shape, lambda: change(self.load()), self.name)


@dataclass(eq=False)
class Op:
    """One operator; `scope` is where the file says that it belongs, such as `layer1.0.conv1`."""

    type: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    domain: str = ""
    scope: str = ""
    proto: onnx.NodeProto | None = None

    def get(self, name: str, default: Any = None) -> Any:
        return self.attributes.get(name, default)

    def arg(self, index: int) -> str:
        """The input at a place, or an empty name where it is left out."""
        return self.inputs[index] if index < len(self.inputs) else ""


@dataclass
class Net:
    """The graph of a file. `batch` is what stands for the number of samples in every shape."""

    inputs: dict[str, Shape]
    outputs: list[str]
    ops: list[Op]
    constants: dict[str, onnx.TensorProto | np.ndarray]
    shapes: dict[str, Shape]
    dtypes: dict[str, int]
    batch: int
    opset: int
    producer: dict[str, Op] = field(default_factory=dict)
    users: dict[str, list[Op]] = field(default_factory=dict)

    def index(self) -> None:
        """Note who makes and who uses each tensor; to be called after a change of the operators."""
        self.producer = {name: op for op in self.ops for name in op.outputs if name}
        self.users = {}
        for op in self.ops:
            for name in dict.fromkeys(op.inputs):
                self.users.setdefault(name, []).append(op)

    def prune(self) -> None:
        """Drop the operators that no output depends on."""
        self.index()
        needed: set[int] = set()
        todo = [self.producer[name] for name in self.outputs if name in self.producer]
        while todo:
            op = todo.pop()
            if id(op) not in needed:
                needed.add(id(op))
                todo += [self.producer[name] for name in op.inputs if name in self.producer]
        self.ops = [op for op in self.ops if id(op) in needed]
        self.index()

    def replace(self, output: str, op: Op) -> None:
        """Let another operator make a tensor; those that only served the old one go with the next `prune`."""
        at = self.ops.index(self.producer[output])
        self.ops.insert(at + 1, op)
        old = self.producer[output]
        old.outputs = ["" if name == output else name for name in old.outputs]
        if not any(old.outputs):
            self.ops.remove(old)
        self.producer[output] = op
        for name in dict.fromkeys(op.inputs):
            self.users.setdefault(name, []).append(op)

    # -- shapes --------------------------------------------------------------------------------------------------

    def shape(self, name: str) -> Shape | None:
        """The shape of a tensor, samples included, or None where it could not be found."""
        return self.shapes.get(name)

    def sample(self, name: str) -> Shape:
        """The shape of one sample of a tensor; raises Unknown where samples are not its first dim."""
        shape = self.shapes.get(name)
        if shape is None:
            raise Unknown("the size of what it is given is not known")
        if not shape or shape[0] != self.batch:
            raise Unknown("it works across samples")
        return shape[1:]

    def rank(self, name: str) -> int:
        return len(self.sample(name)) + 1

    def axis(self, axis: int, name: str) -> int:
        """An axis counted from 0; raises Unknown if it is that of the samples."""
        rank = self.rank(name)
        axis = axis + rank if axis < 0 else axis
        if not 0 < axis < rank:
            raise Unknown("it works across samples")
        return axis

    def only_user(self, name: str) -> Op | None:
        """The one operator that uses a tensor, or None if there are others or it leaves the graph."""
        users = self.users.get(name, [])
        alive = [op for op in users if name in op.inputs and any(op.outputs)]
        return alive[0] if len(alive) == 1 and name not in self.outputs else None

    # -- constants -----------------------------------------------------------------------------------------------

    def is_constant(self, name: str) -> bool:
        return name in self.constants

    def dims(self, name: str) -> Shape:
        """The shape of a constant."""
        held = self.constants[name]
        return tuple(held.shape) if isinstance(held, np.ndarray) else tuple(held.dims)

    def array(self, name: str) -> np.ndarray:
        """The values of a constant."""
        held = self.constants[name]
        return held if isinstance(held, np.ndarray) else numpy_helper.to_array(held)

    def weight(self, name: str) -> Weight:
        """A constant as a weight of a block."""
        if name not in self.constants:
            raise Unknown("its weights are computed by the network instead of being stored")
        return Weight(self.dims(name), lambda: self.array(name).astype(np.float32), name)

    def scalar(self, name: str) -> float | None:
        """The one number that a constant holds everywhere, or None."""
        if name not in self.constants:
            return None
        values = self.array(name)
        if values.dtype.kind not in "fiub" or not values.size:
            return None
        first = values.reshape(-1)[0]
        return float(first) if values.size == 1 or (values == first).all() else None

    def numbers(self, op: Op, attribute: str, place: int) -> list[int] | None:
        """Whole numbers that older files keep in an attribute and newer ones in an input; None if in neither."""
        if attribute in op.attributes:
            value = op.attributes[attribute]
            return [int(item) for item in value] if isinstance(value, Sequence) else [int(value)]
        name = op.arg(place)
        if not name:
            return None
        if name not in self.constants:
            raise Unknown(f"its {attribute} are computed by the network")
        return [int(value) for value in self.array(name).reshape(-1)]


def walk(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """The nodes of a graph and of the graphs inside them."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from walk(attribute.g)
            for inner in attribute.graphs:
                yield from walk(inner)
