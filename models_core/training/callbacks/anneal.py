"""A variable of the design that moves while it trains."""

from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.compile import Bound, bind
from models_core.registry import Doc, Range, register
from models_core.training.faults import TrainingFault

from ._base import Callback


@register("callback", id="anneal")
class Anneal(Callback):
    """Moves a variable of the design evenly from a start to its own value, as far as blocks read it while they run.

    Slopes, shares that are dropped, temperatures and the like; not what decides on sizes or on which nodes there are.
    Whatever is evaluated, kept and exported has the design's own value.
    """

    def __init__(
        self,
        variable: Annotated[str, Doc("A variable of the design, such as linear or dropout")],
        start: Annotated[float, Doc("Its value in the first step")] = 0.0,
        until: Annotated[float, Range(0, 1), Doc("Share of the training after which it has the design's value")] = 0.5,
    ) -> None:
        self.variable = variable
        self.start = start
        self.until = until
        self._moved: list[tuple[nn.Module, str, float, float]] = []

    def check(self, bound: Bound) -> None:
        self._differences(bound)

    def begin(self, module: nn.Module, bound: Bound) -> None:
        self._moved = []
        for path, name, first, last in self._differences(bound):
            part = module.get_submodule(path)
            if getattr(part, name, None) != last:
                text = f"{path} keeps no {name} to read while it runs, so {self.variable} cannot be annealed"
                raise TrainingFault(text, "leave the callback out, or name another variable")
            self._moved.append((part, name, first, last))

    def before_step(self, step: int, total: int) -> None:
        share = min(1.0, step / (self.until * total)) if self.until else 1.0
        for part, name, first, last in self._moved:
            setattr(part, name, last if share == 1 else first + (last - first) * share)

    def before_evaluation(self) -> None:
        for part, name, _, last in self._moved:
            setattr(part, name, last)

    def _differences(self, bound: Bound) -> list[tuple[str, str, float, float]]:
        """Paths of blocks, and of each a parameter with its first and last value."""
        if self.variable not in bound.variables:
            names = ", ".join(bound.variables) or "none"
            raise ValueError(f"{bound.design.name} has no variable {self.variable!r}; it has {names}")
        first = bind(bound.design, bound.facts, {**bound.variables, self.variable: self.start})
        if first.errors:
            raise ValueError(f"{self.variable} cannot begin at {self.start:g}: {first.errors[0].message}")
        if [(one.path, one.bypassed) for one in first.nodes] != [(one.path, one.bypassed) for one in bound.nodes]:
            raise ValueError(f"with {self.variable} at {self.start:g} other nodes are there than with its own value")
        found = []
        for one, other in zip(first.nodes, bound.nodes, strict=True):
            for name, last in other.params.items():
                begin = one.params.get(name)
                if begin == last:
                    continue
                if one.entry is not other.entry or not isinstance(begin, float) or not isinstance(last, float):
                    raise ValueError(f"{self.variable} changes {name} of {other.path}, which is no real number")
                found.append((other.path, name, begin, last))
        if not found:
            raise ValueError(f"nothing in {bound.design.name} changes with {self.variable} between the two values")
        return found
