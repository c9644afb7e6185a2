"""Which tensors of a file a network can begin with: by name and shape, told before anything is loaded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import nn

from ._files import FileFault, read_tensors

Shapes = Mapping[str, tuple[int, ...]]
TIED = "tied."
"""In a file's metadata, before the name of a tensor that is another one of the file."""
SHOWN = 4


@dataclass(frozen=True)
class Fit:
    """How the tensors of a file go with those of a network; shapes without names are of the network, then the file."""

    fitting: tuple[str, ...]
    other_shape: dict[str, tuple[tuple[int, ...], tuple[int, ...]]]
    missing: tuple[str, ...]
    spare: tuple[str, ...]

    @property
    def fresh(self) -> list[str]:
        """What the network has and the file does not give, each with the reason."""
        other = [f"{name} ({_size(want)}, held as {_size(have)})" for name, (want, have) in self.other_shape.items()]
        return [*other, *(f"{name} (not held)" for name in self.missing)]

    def fault(self, strict: bool = True) -> str | None:
        """Why training cannot begin so, in words; None where it can.

        Strict, every tensor of the one must be one of the other; else one that fits is enough.
        """
        if not self.fitting:
            return "none of the weights fits this design; choose those of a network that shares its layers' names"
        if not strict or not (self.other_shape or self.missing or self.spare):
            return None
        if self.other_shape:
            name, (want, have) = next(iter(self.other_shape.items()))
            first = f"{name} is {_size(have)} in the weights, {_size(want)} in the design"
        elif self.missing:
            first = f"the weights lack {self.missing[0]}"
        else:
            first = f"the design has no {self.spare[0]}, which the weights hold"
        more = len(self.other_shape) + len(self.missing) + len(self.spare) - 1
        rest = f", and {more:,} more {'differs' if more == 1 else 'differ'}" if more else ""
        return f"{first}{rest}; choose weights of this very network, or let what does not fit begin fresh"

    def told(self, what: str) -> str:
        """What is taken of `what`, and what begins fresh, for a run's log."""
        count = len(self.fitting)
        if not (fresh := self.fresh):
            every = "its one tensor" if count == 1 else f"all {count:,} tensors"
            return f"begins with {every} of {what}{self._left()}"
        names = ", ".join(fresh[:SHOWN]) + (f" and {len(fresh) - SHOWN:,} more" if len(fresh) > SHOWN else "")
        return f"begins with {count:,} of {count + len(fresh):,} tensors of {what}; fresh: {names}{self._left()}"

    def _left(self) -> str:
        return f"; {len(self.spare):,} of the file {'is' if len(self.spare) == 1 else 'are'} left out" * bool(
            self.spare
        )


def fit(wanted: Shapes, held: Shapes) -> Fit:
    """Compare what a network has with what a file holds."""
    both = [name for name in wanted if name in held]
    return Fit(
        tuple(name for name in both if wanted[name] == held[name]),
        {name: (wanted[name], held[name]) for name in both if wanted[name] != held[name]},
        tuple(name for name in wanted if name not in held),
        tuple(name for name in held if name not in wanted),
    )


def shapes_of(module: nn.Module) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a module's weights; it may be on the meta device."""
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def shapes_in(path: Path) -> dict[str, tuple[int, ...]]:
    """Names and shapes of what a safetensors file holds, from its header alone; raises FileFault."""
    try:
        with safe_open(path, framework="np") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise FileFault(f"{path.name} cannot be read: {error}; choose other weights") from None
    return shapes | {name: shapes[to] for name, to in ties(metadata).items() if to in shapes}


def ties(metadata: Mapping[str, str]) -> dict[str, str]:
    """The names of a file's tensors that are another one, and of which."""
    return {name.removeprefix(TIED): to for name, to in metadata.items() if name.startswith(TIED)}


def begin(module: nn.Module, path: Path, *, strict: bool = True) -> Fit:
    """Put the weights of a safetensors file into a module, those that fit; raises FileFault where too few do."""
    tensors, metadata = read_tensors(path)
    tensors |= {name: tensors[to] for name, to in ties(metadata).items() if to in tensors}
    found = fit(shapes_of(module), {name: tuple(tensor.shape) for name, tensor in tensors.items()})
    if fault := found.fault(strict):
        raise FileFault(f"{path.name}: {fault}")
    module.load_state_dict({name: tensors[name] for name in found.fitting}, strict=False)
    return found


def numbers(shapes: Shapes) -> int:
    """How many numbers tensors of these shapes hold."""
    return sum(math.prod(shape) for shape in shapes.values())


def _size(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "one number"
