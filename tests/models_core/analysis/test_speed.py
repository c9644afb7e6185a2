"""Rules for speed, read off a design: which node breaks which, and by how much."""

from __future__ import annotations

import math

import pytest

from models_core.analysis import Speed, speed
from models_core.compile import bind
from models_core.design import Builder, Handle


def spread(width: int, groups: int = 1, kernel: int = 1) -> Speed:
    """One convolution from 48 channels of 10 × 10 positions."""
    b = Builder("one")
    x = b.input("image", "image", C=48, H=10, W=10)
    b.output("out", b.add("conv", "conv2d", x, out_channels=width, kernel_size=kernel, groups=groups))
    return speed(bind(b.build()))


def test_unequal_widths_by_the_formula() -> None:
    assert not spread(48).findings
    assert not spread(96).findings
    (finding,) = spread(480).findings
    work, positions = 100 * 48 * 480, 100
    factor = (positions * (48 + 480) + 48 * 480) / (2 * math.sqrt(positions * work) + work / positions)
    assert (finding.path, finding.rule) == ("conv", "equal widths")
    assert f"from 48 to 480 channels reads and writes {factor:.1f} times" in finding.message
    assert not spread(480, kernel=3).findings


@pytest.mark.parametrize(("groups", "rules"), [(1, []), (4, ["few groups"]), (48, [])])
def test_groups_but_not_depthwise_filters(groups: int, rules: list[str]) -> None:
    assert [finding.rule for finding in spread(48, groups, 3).findings] == rules


def branches(count: int) -> Speed:
    b = Builder("branches")
    x = b.input("image", "image", C=8, H=6, W=6)
    ways: list[Handle] = [b.add(f"conv{at}", "conv2d", x, out_channels=8) for at in range(count)]
    b.output("out", b.add("join", "concat", *ways))
    return speed(bind(b.build()))


def test_many_branches() -> None:
    assert not branches(2).findings
    (finding,) = branches(4).findings
    assert (finding.path, finding.rule) == ("join", "little fragmentation")
    assert finding.message.startswith("4 branches meet here")


def test_the_share_of_element_wise_steps_by_hand() -> None:
    b = Builder("two")
    x = b.input("image", "image", C=8, H=6, W=6)
    b.output("out", b.add("act", "relu", b.add("conv", "conv2d", x, out_channels=8)))
    # Each of the two reads one image and writes one.
    assert speed(bind(b.build())).elementwise_share == pytest.approx(0.5)
