"""What training will need in memory, known before anything is allocated, and the limit it must keep."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from models_core.analysis import Report
from models_core.environment import BadSetting, machine_memory, memory_amount

from .recipe import Recipe

SHARE = 0.8
ENGINE_BYTES = 500 * 2**20
"""What Python, torch and the mapped data of a process take before there is a network."""


class MemoryFault(ValueError):
    """Training would need more memory than it may have."""


@dataclass(frozen=True)
class Need:
    """Memory that training takes, in bytes, by what it is for."""

    weights: int
    gradients: int
    optimizer: int
    average: int
    activations: int
    engine: int = 0

    @property
    def total(self) -> int:
        return self.weights + self.gradients + self.optimizer + self.average + self.activations + self.engine

    def to_json(self) -> dict[str, int]:
        return {**{f"{name}_bytes": value for name, value in vars(self).items()}, "total_bytes": self.total}


def need(report: Report, recipe: Recipe, device: str = "cpu") -> Need:
    """What training needs by the analysis of the design at the recipe's batch size, with what it alone has.

    Activations count every tensor that a forward makes and keeps, and the largest twice more for the gradients that
    flow back. Raises NotReversible where the recipe asks for what the design cannot give.
    """
    extra = [leaf.figures for leaf in report.bound.trained if leaf.training and leaf.figures]
    trained = 4 * (report.total["trainable_params"] + sum(one.trainable_params for one in extra))
    weights = report.total["weight_bytes"] + sum(one.weight_bytes for one in extra)
    made = report.total["activation_bytes"] + sum(one.activation_bytes for one in extra) * report.batch
    entry, params = recipe.part("optimizer", recipe.optimizer)
    per_weight: int = getattr(entry.obj, "state_per_weight", lambda **_: 2)(**params)
    widest = largest(report)
    inputs = sum(_bytes(given.spec.shape) for given in report.bound.inputs if given.spec) * report.batch
    forward = made + inputs - (spared(report) if recipe.reversible else 0)
    if device == "cuda" and recipe.mixed_precision is not False:
        # Most tensors take half; norms and the loss stay at 32 bits, weights get a 16-bit copy.
        forward = int(forward * 0.7) + trained // 2
    return Need(
        weights,
        trained,
        trained * per_weight,
        trained if recipe.ema is not None else 0,
        forward + 2 * widest,
        ENGINE_BYTES if device == "cpu" else 0,
    )


def spared(report: Report) -> int:
    """Bytes of what a reversible training does not keep, less those of the one branch that is computed again."""
    from models_core.compile import build

    from .reversible import Reversible

    bound = report.bound
    paths, branches = Reversible(build(bound, device="meta", collect=bool(bound.collected))).spared()

    def size(of: set[str]) -> int:
        return sum(report.nodes[path]["activation_bytes"] for path in of if path in report.nodes)

    return size(paths) - max(map(size, branches))


def forward(report: Report, batch: int = 1, copies: int = 1) -> int:
    """Bytes of a forward that keeps all it makes: `copies` of the weights, activations, two more of the largest."""
    activations = (report.total["activation_bytes"] + 2 * largest(report)) * batch // report.batch
    return ENGINE_BYTES + copies * report.total["weight_bytes"] + activations


def largest(report: Report) -> int:
    """Bytes of what the block with the largest output gives, at the report's batch size."""
    leaves = [node for node in report.nodes.values() if "block" in node and "repeat" not in node]
    return max((node["activation_bytes"] for node in leaves), default=0)


def _bytes(shape: tuple[int, ...]) -> int:
    total = 4
    for size in shape:
        total *= size
    return total


def limit(device: Any = "cpu") -> tuple[int, str]:
    """The limit in bytes on a device (`cpu`, `cuda:0`), and in words where it comes from."""
    import torch

    kind = torch.device(device)
    if kind.type == "cuda":
        return int(SHARE * torch.cuda.get_device_properties(kind).total_memory), f"{SHARE:.0%} of the GPU's memory"
    text = os.environ.get("BLOCKYARD_MAX_MEMORY", "").strip()
    if text:
        try:
            return memory_amount("BLOCKYARD_MAX_MEMORY", text, machine_memory()), "BLOCKYARD_MAX_MEMORY"
        except BadSetting as error:
            raise MemoryFault(str(error)) from None
    return int(SHARE * machine_memory()), f"{SHARE:.0%} of this machine's memory, see BLOCKYARD_MAX_MEMORY"


def check(report: Report, recipe: Recipe, device: Any = "cpu") -> Need:
    """What training needs; raises MemoryFault with figure, limit and remedy where it is too much."""
    import torch

    wanted = need(report, recipe, torch.device(device).type)
    fixed = wanted.total - wanted.activations
    fitting = int((limit(device)[0] - fixed) / max(1, wanted.activations) * recipe.batch_size)
    remedy = f"set batch_size to {fitting:,} or less" if fitting >= 1 else "make the design smaller"
    doing = f"training {report.bound.design.name} with batches of {recipe.batch_size:,}"
    keep(wanted.total, doing, remedy, device)
    return wanted


def keep(wanted: int, doing: str, remedy: str, device: Any = "cpu") -> None:
    """Raise MemoryFault with figure, limit and remedy where `doing` something takes more bytes than the limit."""
    most, source = limit(device)
    if wanted > most:
        raise MemoryFault(
            f"{doing} needs about {size_text(wanted)}, more than the limit of {size_text(most)} ({source}); {remedy}"
        )


def size_text(n_bytes: int) -> str:
    """A number of bytes as people write it."""
    value = float(n_bytes)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} B" if unit == "B" else f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:,.3g} TB" if value < 1000 else f"{value:,.0f} TB"
