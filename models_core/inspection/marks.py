"""What is remarkable about a node's activations, and why, in words: NaN, infinity, explosion, dead channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from torch import fx

from models_core.compile import Bound, BoundNode

from .limits import SampleLimits
from .values import Activation

Kind = Literal["nan", "inf", "exploding", "dead"]
Key = tuple[int, int]
SMALLEST = 1e-6
"""What comes in with a smaller root mean square is next to nothing, and grows by no fair factor."""
ENOUGH = 8
"""Samples from which on a channel that is zero in all of them is called dead."""


@dataclass(frozen=True)
class Mark:
    """One remarkable node: what, why, and whether it begins there (`origin`) or came in."""

    path: str
    kind: Kind
    message: str
    origin: bool

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


def marks(
    bound: Bound, module: fx.GraphModule, values: Mapping[Key, Activation], limits: SampleLimits | None = None
) -> list[Mark]:
    """Every remarkable node in running order, at most one mark each."""
    limits = limits or SampleLimits()
    names = {(-1 - at, 0): f"input {given.name}" for at, given in enumerate(bound.inputs)}
    names |= {(leaf.index, port): leaf.path for leaf in bound.leaves for port in range(len(leaf.entry.outputs))}
    found = []
    for leaf in bound.leaves:
        outs = [values[leaf.index, port] for port in range(len(leaf.entry.outputs)) if (leaf.index, port) in values]
        fed = {names[key]: values[key] for value in leaf.fed if (key := (value.node, value.port)) in values}
        judge = _Judge(leaf, outs, fed, limits)
        mark = judge.not_finite(module) or judge.exploding() or judge.dead()
        if mark is not None:
            found.append(mark)
    return found


class _Judge:
    """One node: what it gave, and what it was given by name."""

    def __init__(
        self, leaf: BoundNode, outs: list[Activation], fed: dict[str, Activation], limits: SampleLimits
    ) -> None:
        self.path = leaf.path
        self.figures = leaf.figures
        self.outs = [out for out in outs if out.dtype.startswith(("float", "bfloat"))]
        self.fed = fed
        self.limits = limits

    def not_finite(self, module: fx.GraphModule) -> Mark | None:
        """NaN or infinity, and where it comes from."""
        bad = next((out for out in self.outs if not out.is_finite), None)
        if bad is None:
            return None
        kind: Kind = "nan" if bad.nan_samples else "inf"
        what = "NaN" if kind == "nan" else "infinity"
        count = bad.nan_samples or bad.inf_samples
        many = f"{what} in {count} of {bad.samples} samples" if bad.samples > 1 else what
        source = next((name for name, value in self.fed.items() if getattr(value, f"{kind}_samples")), None)
        if source is not None:
            return Mark(self.path, kind, f"{many}: it comes in from {source}", False)
        weights = [name for name, tensor in module.get_submodule(self.path).state_dict().items() if not _finite(tensor)]
        if weights:
            return Mark(self.path, kind, f"{many}: its own {weights[0]} is not finite, so the weights are broken", True)
        infinite = next((name for name, value in self.fed.items() if value.inf_samples), None)
        if infinite is not None:
            return Mark(self.path, kind, f"{many}: it cannot work with the infinity from {infinite}", True)
        return Mark(self.path, kind, f"{many} begins here: everything that comes in is finite", True)

    def exploding(self) -> Mark | None:
        """Values that are too large, or far larger than what came in."""
        given = [value for value in self.fed.values() if value.dtype.startswith(("float", "bfloat"))]
        largest = max((out.largest for out in self.outs), default=0.0)
        if largest > self.limits.largest:
            source = next((name for name, value in self.fed.items() if value.largest > self.limits.largest), None)
            text = f"values up to {largest:.3g}"
            if source is not None:
                return Mark(self.path, "exploding", f"{text}; they come in large from {source}", False)
            return Mark(
                self.path,
                "exploding",
                f"{text}: more than {self.limits.largest:,.0f}, and 16-bit numbers end at 65,504",
                True,
            )
        before = max((value.rms or 0.0 for value in given), default=0.0)
        after = max((out.rms or 0.0 for out in self.outs), default=0.0)
        if before > SMALLEST and after > self.limits.growth * before:
            text = f"root mean square {before:.3g} comes in, {after:.3g} leaves"
            return Mark(self.path, "exploding", f"values grow {after / before:,.0f}-fold here: {text}", True)
        return None

    def dead(self) -> Mark | None:
        """Nothing but zeros, or many channels that are zero for every sample."""
        if not self.outs:
            return None
        n = self.outs[0].samples
        everyone = f"for all {n} samples" if n > 1 else "for this sample"
        if all(out.all_zero for out in self.outs):
            if self.fed and all(value.all_zero for value in self.fed.values()):
                return Mark(self.path, "dead", f"only zeros {everyone}: nothing else comes in", False)
            return Mark(self.path, "dead", f"only zeros {everyone}", True)
        out = max(self.outs, key=_dead_share)
        before = max(map(_dead_share, self.fed.values()), default=0.0)
        if self.only_pads(out):
            return None
        if n >= ENOUGH and _dead_share(out) >= self.limits.dead_share and _dead_share(out) > before:
            return Mark(self.path, "dead", f"{out.dead:,} of {out.channels:,} channels are zero {everyone}", True)
        return None

    def only_pads(self, out: Activation) -> bool:
        """Whether a node without weights passes on every living channel, and adds others that are zero by design."""
        weighs = self.figures is None or self.figures.params > 0
        alive = max((_alive(value) for value in self.fed.values()), default=0)
        return not weighs and (out.channels or 0) > alive > 0 and _alive(out) == alive


def _alive(value: Activation) -> int:
    return (value.channels or 0) - (value.dead or 0)


def _dead_share(value: Activation) -> float:
    return (value.dead or 0) / (value.channels or 1)


def _finite(tensor: Any) -> bool:
    return not tensor.is_floating_point() or bool(tensor.isfinite().all())
