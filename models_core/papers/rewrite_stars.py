"""StarNet."""

from __future__ import annotations

import torch
from torch import Tensor, fx, nn

from models_core import registry
from models_core.compile import build
from models_core.design import Builder
from models_core.registry import Source, register
from models_core.zoo.starnet import star_unit

from . import Lab, Outcome, Paper, agree, check, compared, counted


@register(
    "paper",
    id="rewrite-stars",
    family="convolution",
    source=Source(
        "Xu Ma, Xiyang Dai, Yue Bai, Yizhou Wang, Yun Fu",
        "Rewrite the Stars",
        2024,
        "https://arxiv.org/abs/2403.19967",
    ),
)
class StarNet(Paper):
    """Two linear branches multiplied element by element: all products of pairs of channels, without being wider."""

    claim = (
        "Products of branches reach into a space of pairs of channels; sums do not, and lose by far without activations"
    )
    entries = ("design/starnet_s1", "design/starnet_s2", "design/starnet_s3", "design/starnet_s4")

    @check("exact")
    def counts(self) -> Outcome:
        """StarNet-S1 to S4 have 2,869,168, 3,682,024, 5,750,792 and 7,482,728 parameters."""
        found = counted("starnet_s1", params=2_869_168, macs=0.425e9)
        for id, params, macs in (("s2", 3_682_024, 547e6), ("s3", 5_750_792, 757e6), ("s4", 7_482_728, 1.05e9)):
            found &= counted(f"starnet_{id}", params=params, macs=macs)
        return found

    @check("exact")
    def pairs_of_channels(self) -> Outcome:
        """The product of two linear branches is a linear map of the (d + 1) (d + 2) / 2 products of pairs of inputs."""
        torch.manual_seed(0)
        d = 6
        first, second = nn.Linear(d, 4), nn.Linear(d, 4)
        x = torch.randn(50, d)
        whole = torch.cat((x, torch.ones(50, 1)), 1)
        rows, columns = torch.triu_indices(d + 1, d + 1)
        pairs = whole[:, rows] * whole[:, columns]
        a, b = (torch.cat((branch.weight, branch.bias[:, None]), 1) for branch in (first, second))
        both = torch.einsum("oi,oj->oij", a, b)
        both = both + both.transpose(1, 2) * (1 - torch.eye(d + 1))
        same = agree("products of pairs", pairs @ both[:, rows, columns].T, first(x) * second(x))
        return same & Outcome(pairs.shape[1] == (d + 1) * (d + 2) // 2, f"{pairs.shape[1]} pairs")

    @check("exact")
    def a_unit_is_quadratic(self) -> Outcome:
        """Without activation, a unit is of degree 2 along any line if it multiplies, of degree 1 if it adds."""
        stars, sums = _differences("multiply"), _differences("add")
        found = stars[2] < 1e-9 < 1e-3 < stars[1] and sums[1] < 1e-9 < 1e-3 < sums[0]
        words = ", ".join(f"{name} {values[0]:.0e} {values[1]:.0e} {values[2]:.0e}" for name, values in
                          (("multiply", stars), ("add", sums)))  # fmt: skip
        return Outcome(found, f"first, second and third differences: {words}")

    @check("small", minutes=2)
    def star_beats_sum(self, lab: Lab) -> Outcome:
        """Narrow and without activations, a network that multiplies classifies digits better than one that adds."""
        sizes = {"width": 8, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1, "ratio": 3, "activation": "identity"}
        sizes["image_size"] = 32
        design = registry.get("design", "starnet_s1").obj()
        contestants = {name: (design, {**sizes, "join": join}) for name, join in (("star", "multiply"), ("sum", "add"))}
        return compared(lab, contestants, "digits", epochs=4)


def _unit(join: str) -> fx.GraphModule:
    b = Builder("unit")
    for name, value in (("ratio", 3), ("join", join), ("activation", "identity"), ("drop_path", 0.0)):
        b.variable(name, value)
    star_unit(b)
    b.output("out", b.add_group("unit", "star", b.input("image", "image", C=6, H=9, W=9), width=6))
    torch.manual_seed(0)
    return build(b.build()).double().eval()


def _differences(join: str) -> list[float]:
    """The largest first, second and third difference of a unit's output at equal steps along a line."""
    module = _unit(join)
    start, step = torch.randn(2, 1, 6, 9, 9, dtype=torch.float64)
    with torch.no_grad():
        values: Tensor = torch.cat([module(start + at * step) for at in range(4)])
    found = []
    for _ in range(3):
        values = values.diff(dim=0)
        found.append(float(values.abs().max()))
    return found
