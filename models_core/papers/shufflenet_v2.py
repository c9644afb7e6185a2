"""ShuffleNet V2."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from models_core import registry
from models_core.analysis import speed
from models_core.compile import bind, build
from models_core.design import Builder
from models_core.registry import Source, register
from models_core.zoo.shufflenet import shuffle_units

from . import Lab, Outcome, Paper, agree, check, counted
from ._timing import times_in_turns

RULES = {
    "few groups": ("one group", "eight groups"),
    "little fragmentation": ("one convolution", "four side by side"),
    "few element-wise steps": ("without", "with"),
}
"""Of each rule the form that keeps it, and the one that breaks it."""


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
    notes = (
        "The rules are measured on the processor, where the paper has a GPU and a phone. `analyze --speed` reads a "
        "design for them; what counts as unequal there is our choice. After a first look the two forms of the first "
        "are timed in turns, pair by pair."
    )

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

    @check("exact")
    def rules_are_found_broken(self) -> Outcome:
        """The rules find nothing in ShuffleNet V2, groups in ResNeXt, unequal widths in MobileNetV2, branches in
        GoogLeNet."""
        found = {}
        for name in ("shufflenet_v2_x1_0", "resnext50_32x4d", "mobilenetv2_100", "googlenet"):
            findings = speed(bind(registry.get("design", name).obj())).findings
            found[name] = {one.rule: sum(each.rule == one.rule for each in findings) for one in findings}
        shuffle, grouped, inverted, branched = found.values()
        right = not shuffle and grouped.get("few groups") == 16 and branched.get("little fragmentation") == 9
        words = "; ".join(f"{name} {counts or 'none'}" for name, counts in found.items())
        return Outcome(right and inverted.get("equal widths", 0) > 0, words)

    @check("small", minutes=1)
    def the_other_rules(self, lab: Lab) -> Outcome:
        """At equal multiply-adds one group is faster than eight, one convolution than four side by side, and a block
        without relu and sum faster than one with them."""
        ratios: dict[str, list[float]] = {}
        for seed in lab.seeds:
            torch.manual_seed(seed)
            lab.seeds_used.add(seed)
            nets, samples = _forms()
            taken = times_in_turns(nets, samples)
            for rule, (kept, broken) in RULES.items():
                ratio = statistics.median(taken[broken]) / statistics.median(taken[kept])
                ratios.setdefault(rule, []).append(ratio)
        confirmed = (
            True
            if min(map(min, ratios.values())) > 1
            else False
            if any(max(each) < 1 for each in ratios.values())
            else None
        )
        words = ", ".join(f"{rule} {' '.join(f'{one:.2f}' for one in each)}" for rule, each in ratios.items())
        return Outcome(confirmed, f"time of the rule broken over kept, a figure a seed: {words}", dict(ratios))

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


class _Side(nn.Module):
    """Convolutions side by side, joined."""

    def __init__(self, *ways: nn.Module) -> None:
        super().__init__()
        self.ways = nn.ModuleList(ways)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([way(x) for way in self.ways], 1)


class _Bottleneck(nn.Module):
    """1 × 1, 3 × 3 and 1 × 1 convolution, with relu and a sum or without."""

    def __init__(self, plain: bool) -> None:
        super().__init__()
        kernels = ((128, 32, 1), (32, 32, 3), (32, 128, 1))
        self.convs = nn.ModuleList(
            nn.Conv2d(before, after, size, padding=size // 2, bias=False) for before, after, size in kernels
        )
        self.plain = plain

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for conv in self.convs:
            y = conv(y) if self.plain else conv(y).relu()
        return y if self.plain else y + x


def _forms() -> tuple[dict[str, nn.Module], dict[str, Tensor]]:
    """Ten layers each of a form that keeps a rule and of one that breaks it, at equal multiply-adds; and an input."""
    conv = partial(nn.Conv2d, bias=False)
    layers: dict[str, Callable[[], nn.Module]] = {
        "one group": lambda: conv(90, 90, 1),
        # 90² = 254.6² / 8
        "eight groups": lambda: conv(256, 256, 1, groups=8),
        "one convolution": lambda: conv(128, 128, 1),
        "four side by side": lambda: _Side(*(conv(128, 32, 1) for _ in range(4))),
        "without": lambda: _Bottleneck(plain=True),
        "with": lambda: _Bottleneck(plain=False),
    }
    channels = {"one group": 90, "eight groups": 256}
    nets: dict[str, nn.Module] = {name: nn.Sequential(*(make() for _ in range(10))) for name, make in layers.items()}
    return nets, {name: torch.randn(1, channels.get(name, 128), 56, 56) for name in nets}


def _pairs(narrow: int, wide: int) -> nn.Sequential:
    pairs = [nn.Conv2d(*sizes, 1, bias=False) for _ in range(10) for sizes in ((narrow, wide), (wide, narrow))]
    return nn.Sequential(*pairs).eval()


def _seconds(net: nn.Module, x: Tensor) -> float:
    with torch.inference_mode():
        began = time.perf_counter()
        net(x)
        return time.perf_counter() - began
