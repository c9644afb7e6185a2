"""ShuffleNet V2."""

from __future__ import annotations

import statistics
import time

import torch
from torch import Tensor, nn

from models_core import registry
from models_core.compile import build
from models_core.design import Builder
from models_core.registry import Source, register
from models_core.zoo.shufflenet import shuffle_units

from . import Lab, Outcome, Paper, agree, check, counted


@register(
    "paper",
    id="shufflenet-v2",
    family="convolution",
    source=Source(
        "Ningning Ma, Xiangyu Zhang, Hai-Tao Zheng, Jian Sun",
        "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design",
        2018,
        "https://arxiv.org/abs/1807.11164",
    ),
)
class ShuffleNetV2(Paper):
    """Four rules for speed on a real machine, and a network that keeps them: split, filter one half, join, shuffle."""

    claim = (
        "Equal widths, few groups, little fragmentation and few element-wise steps make a network fast; at 40 M "
        "multiply-adds it is 3.5 points more accurate than ShuffleNet V1"
    )
    entries = ("design/shufflenet_v2_x0_5", "design/shufflenet_v2_x1_0", "block/channel_shuffle")
    notes = "Of the four rules the first is measured, on the processor; there is no tool that reads a design for them."

    @check("exact")
    def counts(self) -> Outcome:
        """1.0x has 2,278,604 parameters and 146 M MACs, 0.5x 1,366,792 and 41 M."""
        one = counted("shufflenet_v2_x1_0", params=2_278_604, macs=146e6)
        return one & counted("shufflenet_v2_x0_5", params=1_366_792, macs=41e6)

    @check("exact")
    def counts_of_wide(self) -> Outcome:
        """1.5x has 3,503,624 parameters and 299 M MACs, 2.0x 7,393,996 and 591 M."""
        wide = counted("shufflenet_v2_x1_0", params=3_503_624, macs=299e6, width=176)
        return wide & counted("shufflenet_v2_x1_0", params=7_393_996, macs=591e6, width=244, last=2048)

    @check("exact")
    def shuffle_is_a_permutation(self) -> Outcome:
        """Shuffling 12 channels in 2 groups and then in 6 gives them back, each once."""
        shuffle = registry.get("block", "channel_shuffle").obj
        x = torch.arange(12.0).view(1, 12, 1, 1)
        once = shuffle(2)(x)
        same = agree("shuffled twice", shuffle(6)(once), x)
        moved = sorted(once.flatten().tolist()) == x.flatten().tolist() and not torch.equal(once, x)
        return same & Outcome(moved, "all channels are there, in another order")

    @check("exact")
    def half_passes(self) -> Outcome:
        """The even channels that leave a unit are the first half of those that came in, untouched."""
        b = Builder("unit")
        shuffle_units(b)
        b.output("out", b.add_group("unit", "unit", b.input("image", "image", C=16, H=6, W=6), width=16))
        torch.manual_seed(0)
        x = torch.randn(2, 16, 6, 6)
        return agree("even channels", build(b.build())(x)[:, ::2], x[:, :8])

    @check("small", minutes=1)
    def equal_widths_are_faster(self, lab: Lab) -> Outcome:
        """At equal multiply-adds, 1 × 1 convolutions between equal widths are faster than those between 1 and 12."""
        speeds: dict[str, list[float]] = {"1:1": [], "1:12": []}
        macs = {}
        image = 56
        for seed in lab.seeds:
            torch.manual_seed(seed)
            lab.seeds_used.add(seed)
            nets = {"1:1": _pairs(128, 128), "1:12": _pairs(36, 432)}
            macs = {name: sum(p.numel() for p in net.parameters()) * image**2 for name, net in nets.items()}
            samples = {"1:1": torch.randn(1, 128, image, image), "1:12": torch.randn(1, 36, image, image)}
            taken: dict[str, list[float]] = {name: [] for name in nets}
            for _ in range(40):
                for name, net in nets.items():
                    taken[name].append(_seconds(net, samples[name]))
            for name in nets:
                speeds[name].append(macs[name] / statistics.median(taken[name][5:]) / 1e9)
                lab.tell(f"{name}, seed {seed}: {speeds[name][-1]:.2f} G MACs/s")
        # Pairs, because what else the machine does changes from seed to seed.
        ratios = [equal / unequal for equal, unequal in zip(speeds["1:1"], speeds["1:12"], strict=True)]
        confirmed = True if min(ratios) > 1 else False if max(ratios) < 1 else None
        figure = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        work = " and ".join(f"{count / 1e9:.3f}" for count in macs.values())
        return Outcome(confirmed, f"{figure} x the speed, at {work} G MACs", {"ratios": ratios, **speeds})


def _pairs(narrow: int, wide: int) -> nn.Sequential:
    pairs = [nn.Conv2d(*sizes, 1, bias=False) for _ in range(10) for sizes in ((narrow, wide), (wide, narrow))]
    return nn.Sequential(*pairs).eval()


def _seconds(net: nn.Module, x: Tensor) -> float:
    with torch.inference_mode():
        began = time.perf_counter()
        net(x)
        return time.perf_counter() - began
