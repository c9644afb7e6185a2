"""XNet."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models_core import registry
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check
from ._fit import fitted_errors


def _made(name: str) -> nn.Module:
    """Networks of one input, one hidden layer and about 380 parameters."""
    block = registry.get("block", "linear").obj
    if name == "KAN":
        curves = registry.get("block", "kan_linear").obj
        return nn.Sequential(curves(1, 21), curves(21, 1))
    width = 64 if name == "XNet" else 128
    act = registry.get("block", "cauchy").obj(width, width=0.1) if name == "XNet" else nn.ReLU()
    return nn.Sequential(block(1, width), act, block(width, 1))


def step(x: Tensor) -> Tensor:
    """The Heaviside function."""
    return (x > 0).to(x.dtype)


def wave(x: Tensor) -> Tensor:
    """Two waves, one of them quick."""
    return (x * 3).sin() + 0.5 * (x * 40).sin()


@register(
    "paper",
    id="model-comparisons",
    family="mlp",
    source=Source(
        "Xin Li, Zhihong Jeff Xia, Xiaotao Zheng",
        "Model Comparisons: XNet Outperforms KAN",
        2024,
        "https://arxiv.org/abs/2410.02033",
    ),
)
class XNet(Paper):
    """A shallow network whose activations are learned Cauchy kernels, beside KANs and MLPs."""

    claim = "XNet approximates functions, smooth or not, far better than KAN and MLPs of its size"
    entries = ("block/cauchy", "design/xnet_regression", "block/kan_linear")
    notes = "The paper's PDE and time series are not measured here; a step and a quick wave in one dimension are."

    @check("exact")
    def three_parameters_each(self) -> Outcome:
        """An activation has three learned numbers: for a layer, or for each of its features."""
        block = registry.get("block", "cauchy").obj
        counts = [sum(p.numel() for p in block(10, per=per).parameters()) for per in ("layer", "feature")]
        return Outcome(counts == [3, 30], f"{counts[0]} and {counts[1]} parameters at width 10")

    @check("exact")
    def gradients(self) -> Outcome:
        """The derivatives by x, λ₁, λ₂ and d are those worked out by hand."""
        torch.manual_seed(0)
        act = registry.get("block", "cauchy").obj(5).double()
        for param in act.parameters():
            nn.init.uniform_(param, 0.5, 2)
        x = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
        found = torch.autograd.grad(act(x).sum(), [x, act.line, act.offset, act.width])
        below, above = x.square() + act.width.square(), act.line * x + act.offset
        want = [
            (act.line * below - 2 * x * above) / below.square(),
            (x / below).sum(0),
            (1 / below).sum(0),
            (-2 * act.width * above / below.square()).sum(0),
        ]
        outcome = agree("by x", found[0], want[0], within=1e-12)
        for name, one, other in zip(("λ₁", "λ₂", "d"), found[1:], want[1:], strict=True):
            outcome &= agree(f"by {name}", one, other, within=1e-12)
        return outcome

    @check("exact")
    def two_poles(self) -> Outcome:
        """With λ₁ = 0 it is the Cauchy kernel λ₂ / (x² + d²), whose integral is π λ₂ / d."""
        act = registry.get("block", "cauchy").obj(1, width=0.5).double()
        nn.init.zeros_(act.line)
        x = torch.linspace(-2000, 2000, 2_000_001, dtype=torch.float64)[:, None]
        area = torch.trapezoid(act(x)[:, 0], x[:, 0])
        return agree("area", area, torch.tensor(torch.pi / 0.5), within=1e-3)

    @check("small", minutes=2)
    def better_than_kan(self, lab: Lab) -> Outcome:
        """With about 380 parameters it fits a step and a quick wave with less error than a KAN and a ReLU MLP."""
        names = ("XNet", "KAN", "ReLU MLP")
        found = [fitted_errors(lab, names, _made, target, inputs=1) for target in (step, wave)]
        figure = f"step: {found[0].figure}; wave: {found[1].figure}"
        both = found[0] & found[1]
        return Outcome(both.confirmed, figure, {"step": found[0].values, "wave": found[1].values})
