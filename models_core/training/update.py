"""The optimizer step: gradients, scaling, clipping, the update itself, the running mean of the weights."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from .recipe import Recipe
from .watch import Watch


def parameter_groups(module: nn.Module, decay: float, norm_decay: bool) -> list[dict[str, Any]]:
    """Trainable parameters, those of one dim or fewer (norms, biases, scales) in a group without weight decay.

    Tied parameters come once. `norm_decay` puts all into one group.
    """
    params = [param for param in module.parameters() if param.requires_grad]
    if norm_decay or decay == 0:
        return [{"params": params}] if params else []
    matrices = [param for param in params if param.ndim > 1]
    others = [param for param in params if param.ndim <= 1]
    groups: list[dict[str, Any]] = [{"params": matrices}, {"params": others, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]


class Update:
    """Makes one optimizer step from a loss and keeps what belongs to it: optimizer, scaler, averaged weights."""

    def __init__(self, module: nn.Module, recipe: Recipe, device: torch.device) -> None:
        entry, params = recipe.part("optimizer", recipe.optimizer)
        groups = parameter_groups(module, params.get("weight_decay", 0.0), recipe.norm_decay)
        self.params = [param for group in groups for param in group["params"]]
        self.optimizer: torch.optim.Optimizer | None = entry.obj(groups, **params) if groups else None
        self.base_lr = float(params["lr"])
        self.clip = recipe.clip
        self.dtype = precision(recipe, device)
        self.scaler = torch.amp.GradScaler("cuda") if self.dtype is torch.float16 else None
        self.average = Average(module, recipe.ema) if recipe.ema is not None else None
        self.device = device
        self.watch: Watch | None = None
        """Who is shown the gradients of the step to come, before they are clipped."""

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """16-bit arithmetic where the recipe and the device allow it."""
        if self.dtype is None:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=self.dtype)

    def set_lr(self, lr: float) -> None:
        """The learning rate of the next step."""
        if self.optimizer is not None:
            for group in self.optimizer.param_groups:
                group["lr"] = lr

    def step(self, loss: Tensor) -> None:
        """Descend on `loss` by one step."""
        if self.optimizer is None:
            return
        if self.scaler is None:
            loss.backward()
            if self.watch is not None:
                self.watch.gradients()
            if self.clip is not None:
                nn.utils.clip_grad_norm_(self.params, self.clip)
            self.optimizer.step()
        else:
            self.scaler.scale(loss).backward()
            if self.watch is not None:
                self.watch.gradients(1 / self.scaler.get_scale())
            if self.clip is not None:
                self.scaler.unscale_(self.optimizer)
                nn.utils.clip_grad_norm_(self.params, self.clip)
            self.scaler.step(self.optimizer)
            self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        if self.average is not None:
            self.average.update()

    def state(self) -> dict[str, Any]:
        return {
            "optimizer": self.optimizer.state_dict() if self.optimizer is not None else None,
            "scaler": self.scaler.state_dict() if self.scaler is not None else None,
            "average": self.average.state() if self.average is not None else None,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        if self.optimizer is not None:
            self.optimizer.load_state_dict(state["optimizer"])
            # Fused kernels walk weight and state side by side in memory, so a state must lie as its weight does.
            for param, kept in self.optimizer.state.items():
                for name, value in kept.items():
                    if isinstance(value, Tensor) and value.shape == param.shape and value.dim():
                        kept[name] = torch.empty_like(param, dtype=value.dtype).copy_(value)
        if self.scaler is not None and state["scaler"] is not None:
            self.scaler.load_state_dict(state["scaler"])
        if self.average is not None and state["average"] is not None:
            self.average.load_state(state["average"])


def precision(recipe: Recipe, device: torch.device) -> torch.dtype | None:
    """The 16-bit type that a recipe means on a device; None for 32 bits."""
    if device.type != "cuda" or recipe.mixed_precision is False:
        return None
    if recipe.mixed_precision == "fp16":
        return torch.float16
    if recipe.mixed_precision == "bf16" or torch.cuda.is_bf16_supported():
        return torch.bfloat16
    return torch.float16


class Average:
    """The running mean of a module's parameters, which usually judges better than the last ones.

    Its decay grows from 0.1 towards the recipe's, so that the first, random weights are soon forgotten. Buffers
    (running statistics of norms) are means already and are taken as they are.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.module = module
        self.decay = decay
        self.steps = 0
        self.params: list[Tensor] = [param for param in module.parameters() if param.requires_grad]
        self.shadow = [param.detach().clone() for param in self.params]

    @torch.no_grad()
    def update(self) -> None:
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(self.shadow, self.params, 1 - decay)
        self.steps += 1

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """The module has the averaged weights while this lasts."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        # Storages change hands, nothing is copied.
        for param, shadow in zip(self.params, self.shadow, strict=True):
            param.data, shadow.data = shadow.data, param.data

    def state(self) -> dict[str, Any]:
        return {"steps": self.steps, "shadow": self.shadow}

    def load_state(self, state: Mapping[str, Any]) -> None:
        self.steps = int(state["steps"])
        for mine, given in zip(self.shadow, state["shadow"], strict=True):
            mine.copy_(given)


def schedule_of(recipe: Recipe) -> Callable[[int, int], float]:
    """The recipe's schedule: (step, total steps) to the factor on the learning rate."""
    entry, params = recipe.part("schedule", recipe.schedule)
    made: Callable[[int, int], float] = entry.obj(**params)
    return made
