"""What a block can say of itself beyond its form and its ports; all of it optional.

- `window(self) -> Window`: how its outputs lie over its inputs, for the receptive field;
- `mixes_positions = True`: every output sees every position (attention, global pooling, flatten, recurrence);
- `cost(self, in_shapes) -> int | Cost`: multiply-adds per sample, where counting its ATen operations would be wrong;
  `in_shapes` has one shape per input, in the order of the ports. A `Cost` also says how many parameters take part;
- `as_torch(self) -> TorchCall | None`: the plain torch constructor call that makes an equal module, if there is one.
  Where that depends on the rank of the input it is `as_torch(self, rank=None)`; `torch_call` asks either kind;
- `as_expression(self, *inputs: str) -> str`: for a block without parameters, what generated code writes in a forward
  instead of calling a module (`x + y`), given its inputs' names;
- `deploy(self) -> nn.Module`: for a block whose form for training has more parts than it needs afterwards (parallel
  branches, batch norms), a new module without them that gives the same outputs in evaluation mode; the block itself
  stays as it is;
- `inverse(self, out, *others) -> x`: for a block that can give back its first input, from its output and its other
  inputs; training may then compute that input again instead of keeping it;
- `doubt(self, *inputs) -> str | None`: what speaks against beginning to train with the weights it has, in words, given
  its first inputs; training says it at the start as a warning;
- `axes`: the dims of each parameter that is not inside a torch primitive, by its name;
- `init_state(self, batch) -> tuple[Tensor, ...]` and `step(self, x, state) -> (y, state)`: the block token by token,
  for one that can work so: `x` is N D, a token of a sequence N L D; the state's tensors are N ..., do not grow, and are
  all there is of the past. From `init_state`, steps give in evaluation what forward gives for the whole sequence.
  `init_state` raises ValueError where the block, as it is made, looks ahead. A parameter `causal` makes it causal.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import nn


@dataclass(frozen=True)
class Window:
    """The part of the input one output position sees, per spatial dim; a stride below 1 means upsampling."""

    kernel: tuple[int, ...]
    stride: tuple[float, ...]
    dilation: tuple[int, ...]


@dataclass(frozen=True)
class Cost:
    """Multiply-adds per sample, and of the parameters those that one position uses: its experts, not all there are."""

    macs: int
    active_params: int


@dataclass(frozen=True)
class TorchCall:
    """A torch constructor by its dotted name (`nn.Conv2d`) and its arguments, all by keyword."""

    name: str
    kwargs: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, required: dict[str, Any] | None = None, **optional: tuple[Any, Any]) -> TorchCall:
        """A call with the `required` arguments and those `optional=(value, default)` that differ from the default."""
        kwargs = {key: plain(value) for key, value in (required or {}).items()}
        kwargs |= {key: plain(value) for key, (value, default) in optional.items() if plain(value) != default}
        return cls(name, kwargs)

    def build(self) -> nn.Module:
        """The module this call makes."""
        return getattr(nn, self.name.removeprefix("nn."))(**self.kwargs)


def plain(value: Any) -> Any:
    """A tuple of equal numbers as that one number, as people write it; anything else as it is."""
    if isinstance(value, tuple | list) and value and all(item == value[0] for item in value):
        return value[0]
    return tuple(value) if isinstance(value, list) else value


def each(value: int | tuple[int, ...], dims: int) -> Any:
    """A tuple with a number for every one of `dims` dims, from one number or such a tuple."""
    return value if isinstance(value, tuple) else (value,) * dims


def torch_call(block: nn.Module, in_shapes: Sequence[Sequence[int]]) -> TorchCall | None:
    """The plain torch call equal to `block` for inputs of these shapes (batch included), or None if there is none."""
    as_torch = getattr(block, "as_torch", None)
    if as_torch is None:
        return None
    if "rank" in inspect.signature(as_torch).parameters:
        return as_torch(rank=len(in_shapes[0]))
    return as_torch()
