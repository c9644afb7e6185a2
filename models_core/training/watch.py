"""What training looks like at each node: norms of gradients and weights, size of the update, share of dead units."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, fx, nn

from models_core.compile import Bound, axes_of
from models_core.compile.axes import channel_dim

if TYPE_CHECKING:
    from .update import Update

SHARE = 0.01
"""Of the time of training that looking may take; a look that takes long is taken less often."""
SAMPLED = 65_536
"""Elements of one tensor by which its update is measured; the whole of it would have to be copied."""
DIGITS = 4


class Watch:
    """Looks at every node during single steps, some seconds apart, and changes nothing about them.

    `gradient` is the norm of a node's gradients before clipping, `weight` that of its weights after the step, `update`
    the norm of what the step changed over that of the weights, `dead` the share of an activation's units (channels)
    that are zero at every position of every sample of the batch.
    """

    def __init__(self, module: fx.GraphModule, bound: Bound, seconds: float, *, outputs: bool = True) -> None:
        self.seconds = seconds
        self.owners: dict[str, list[nn.Parameter]] = {}
        self.activations: dict[str, tuple[nn.Module, int]] = {}
        axes = axes_of(bound)
        for leaf in bound.leaves:
            own = module.get_submodule(leaf.path)
            params = [param for param in own.parameters() if param.requires_grad]
            if params:
                self.owners[leaf.path] = params
            at = channel_dim(axes.get((leaf.index, 0), ()))
            if outputs and leaf.entry.family == "activation" and at is not None:
                self.activations[leaf.path] = (own, at + 1)
        # Tied weights come once.
        self.params = list({param: None for params in self.owners.values() for param in params})
        self._dead: dict[str, Tensor] = {}
        self._gradients: list[Tensor] = []
        self._seen: list[nn.Parameter] = []
        self._before: list[Tensor] = []
        self._next = 0.0
        self._cost = 0.0

    def due(self) -> bool:
        """Whether it is time for another look."""
        return time.perf_counter() >= self._next

    @contextlib.contextmanager
    def looking(self, update: Update) -> Iterator[None]:
        """The step made inside is looked at; `read` tells what was seen."""
        self._cost = 0.0
        self._dead, self._gradients, self._seen, self._before = {}, [], [], []
        hooks = [own.register_forward_hook(self._hook(path, at)) for path, (own, at) in self.activations.items()]
        update.watch = self
        try:
            yield
        finally:
            update.watch = None
            for hook in hooks:
                hook.remove()

    @torch.no_grad()
    def gradients(self, factor: float = 1.0) -> None:
        """Called between backward and step; `factor` undoes the scaling of gradients."""
        began = time.perf_counter()
        self._seen = [param for param in self.params if param.grad is not None]
        if self._seen:
            norms = torch._foreach_norm([param.grad for param in self._seen if param.grad is not None])
            self._gradients = [norm.float() * factor for norm in norms]
            self._before = [_some(param) for param in self._seen]
        self._cost += time.perf_counter() - began

    @torch.no_grad()
    def read(self) -> dict[str, dict[str, Any]]:
        """What was seen by node path; a figure that is no number is None and named in `nonfinite`."""
        began = time.perf_counter()
        norms: dict[nn.Parameter, tuple[float, float, float, float]] = {}
        if self._seen:
            after = [_some(param) for param in self._seen]
            weights = torch._foreach_norm(list(self._seen))
            columns = [
                self._gradients,
                weights,
                torch._foreach_norm(torch._foreach_sub(after, self._before)),
                torch._foreach_norm(after),
            ]
            rows = torch.stack([torch.stack([norm.float() for norm in column]) for column in columns], dim=1).tolist()
            norms = dict(zip(self._seen, rows, strict=True))
        dead = dict(zip(self._dead, torch.stack(list(self._dead.values())).tolist(), strict=True)) if self._dead else {}
        nodes: dict[str, dict[str, Any]] = {}
        for path, params in self.owners.items():
            mine = [norms[param] for param in params if param in norms]
            if mine:
                gradient, weight, change, base = (math.hypot(*column) for column in zip(*mine, strict=True))
                nodes[path] = _figures(gradient=gradient, weight=weight, update=change / base if base else 0.0)
        for path, share in dead.items():
            nodes.setdefault(path, {}).update(_figures(dead=share))
        now = time.perf_counter()
        self._before = []
        self._next = now + max(self.seconds, (self._cost + now - began) / SHARE)
        return nodes

    def _hook(self, path: str, at: int) -> Any:
        def hook(module: nn.Module, args: Any, output: Tensor) -> None:
            began = time.perf_counter()
            with torch.no_grad():
                self._dead[path] = dead_share(output.detach(), at)
            self._cost += time.perf_counter() - began

        return hook


def dead_share(x: Tensor, at: int) -> Tensor:
    """The share of places along dim `at` at which everything is zero."""
    others = [dim for dim in range(x.dim()) if dim != at]
    if x.device.type != "cpu":
        return 1 - x.any(dim=others).float().mean()
    # Ten times as fast on a CPU as looking at each number; what may only have cancelled out is looked at again.
    doubtful = x.sum(dim=others).eq(0).nonzero().flatten()
    alive = x.index_select(at, doubtful).any(dim=others)
    return (~alive).sum() / x.shape[at]


def _some(param: Tensor) -> Tensor:
    """A copy of at most so many of its elements, evenly spread, the same ones each time."""
    flat = param.detach().reshape(-1)
    return flat[:: math.ceil(len(flat) / SAMPLED)].float().clone()


def _figures(**figures: float) -> dict[str, Any]:
    bad = [name for name, value in figures.items() if not math.isfinite(value)]
    plain = {name: float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None for name, value in figures.items()}
    return {**plain, "nonfinite": bad} if bad else plain
