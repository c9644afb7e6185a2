"""Ports: what a block takes in and gives out, read off the annotations of its forward.

A port names the dims of its tensor, batch first: `N C H W`, `N L D`, `N D`; `...` stands for any number of dims.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from torch import Tensor

DType = Literal["float", "int", "bool", "any"]
COUNT = "count"
"""Stands for a dim in `Follows`: how many tensors a variadic port gets."""
Role = Literal["data", "loss", "metric", "aux"]


@dataclass(frozen=True)
class Port:
    """The dims and dtype of one tensor, as an annotation: `Annotated[Tensor, Port("N C H W")]`."""

    dims: str
    dtype: DType = "float"
    role: Role = "data"
    name: str = ""
    optional: bool = False
    variadic: bool = False

    def rank_fits(self, rank: int) -> bool:
        """Whether a tensor of `rank` dims (batch included) can go through this port."""
        names = self.dims.split()
        if "..." in names:
            return rank >= len(names) - 1
        return rank == len(names)

    def index(self, dim: str, rank: int) -> int:
        """Where the dim called `dim` lies in a tensor of `rank` dims; dims after `...` are counted from the end."""
        names = self.dims.split()
        if dim not in names:
            raise ValueError(f"port {self.name} has no dim {dim}; it has {self.dims}")
        at = names.index(dim)
        return at if "..." not in names[:at] else rank - (len(names) - at)

    def size(self, dim: str, shapes: typing.Sequence[tuple[int, ...]]) -> int:
        """The size called `dim` of what comes through; `COUNT` is how many tensors that are."""
        return len(shapes) if dim == COUNT else shapes[0][self.index(dim, len(shapes[0]))]

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "dims": self.dims,
            "dtype": self.dtype,
            "optional": self.optional,
            "variadic": self.variadic,
            "role": self.role,
        }


Image = Annotated[Tensor, Port("N C H W")]
Sequence = Annotated[Tensor, Port("N L D")]
Channels = Annotated[Tensor, Port("N C L")]
Vector = Annotated[Tensor, Port("N D")]
Features = Annotated[Tensor, Port("N ... D")]
AnyTensor = Annotated[Tensor, Port("N ...", dtype="any")]
Tokens = Annotated[Tensor, Port("N L", dtype="int")]


def of_forward(forward: Callable[..., Any]) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """The input and output ports of a forward method; raises ValueError naming the parameter that lacks one."""
    hints = typing.get_type_hints(forward, include_extras=True)
    inputs = []
    for name, parameter in inspect.signature(forward).parameters.items():
        if name == "self":
            continue
        if name not in hints:
            raise ValueError(f"input {name} of forward has no annotation")
        port, optional = _port(hints[name], f"input {name} of forward")
        variadic = parameter.kind is inspect.Parameter.VAR_POSITIONAL
        inputs.append(_named(port, name, optional=optional, variadic=variadic))
    if "return" not in hints:
        raise ValueError("forward does not say what it returns")
    returned = hints["return"]
    if isinstance(returned, type) and issubclass(returned, tuple) and hasattr(returned, "_fields"):
        fields = typing.get_type_hints(returned, include_extras=True)
        outputs = [_named(_port(hint, f"output {name} of forward")[0], name) for name, hint in fields.items()]
    else:
        outputs = [_named(_port(returned, "what forward returns")[0], "out")]
    return tuple(inputs), tuple(outputs)


def _port(hint: Any, what: str) -> tuple[Port, bool]:
    optional = False
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [arm for arm in typing.get_args(hint) if arm is not type(None)]
        optional = len(rest) < len(typing.get_args(hint))
        hint = rest[0]
    for extra in getattr(hint, "__metadata__", ()):
        if isinstance(extra, Port):
            return extra, optional
    raise ValueError(f"{what} is not annotated with a Port, such as models_core.ports.Image")


def _named(port: Port, name: str, *, optional: bool = False, variadic: bool = False) -> Port:
    return Port(port.dims, port.dtype, port.role, name, optional, variadic)
