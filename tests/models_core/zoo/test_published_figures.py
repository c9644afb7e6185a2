"""Parameters and multiply-adds against those that are published."""

from __future__ import annotations

import pytest

from models_core import registry
from models_core.analysis import analyze


def total(id: str, **variables: object) -> dict[str, int]:
    return analyze(registry.get("design", id).obj(), variables=variables or None).to_json()["total"]


@pytest.mark.parametrize(
    ("id", "params"),
    [
        ("resnet18", 11_689_512),
        ("resnet34", 21_797_672),
        ("resnet50", 25_557_032),
        ("resnext50_32x4d", 25_028_904),
        ("vgg16_bn", 138_365_992),
        ("mobilenetv2_100", 3_504_872),
        ("mixer_b16_224", 59_880_472),
        ("mixer_s16_224", 18_528_264),
        ("vit_tiny_patch16_224", 5_717_416),
        ("resnet20_cifar", 269_722),
        ("nin_cifar", 966_986),
        ("lenet5", 61_706),
    ],
)
def test_parameters_are_the_published_ones(id: str, params: int) -> None:
    assert total(id)["params"] == params
    assert total(id)["trainable_params"] == params


@pytest.mark.parametrize(
    ("id", "gigamacs"),
    [
        ("resnet18", 1.814),
        ("resnet34", 3.664),
        ("resnet50", 4.09),
        ("resnext50_32x4d", 4.23),
        ("vgg16_bn", 15.47),
        ("mobilenetv2_100", 0.30),
        ("mixer_b16_224", 12.6),
        ("vit_tiny_patch16_224", 1.25),
    ],
)
def test_macs_at_224_are_the_published_ones(id: str, gigamacs: float) -> None:
    assert total(id)["macs"] == pytest.approx(gigamacs * 1e9, rel=0.01)


def test_simplenet_is_the_papers() -> None:
    """5.48 M in the paper: the kernels. Biases, batch norms and the head come on top."""
    widths = [64, 128, 128, 128, 128, 128, 256, 256, 256, 512, 2048, 256, 256]
    sizes = [3] * 10 + [1, 1, 3]
    before = [3, *widths[:-1]]
    kernels = sum(a * b * k * k for a, b, k in zip(before, widths, sizes, strict=True))
    assert round(kernels / 1e6, 2) == 5.48
    assert total("simplenet_cifar")["params"] == kernels + 3 * sum(widths) + 256 * 10 + 10


def test_vit_macs_by_hand() -> None:
    tokens, width = 197, 192
    block = 12 * tokens * width * width + 2 * tokens * tokens * width
    assert total("vit_tiny_patch16_224")["macs"] == 196 * 768 * width + 12 * block + width * 1000


def test_mixer_macs_by_hand() -> None:
    tokens, width = 196, 768
    block = 2 * width * tokens * 384 + 2 * tokens * width * 3072
    assert total("mixer_b16_224")["macs"] == tokens * 768 * width + 12 * block + width * 1000


def test_byte_transformer_by_hand() -> None:
    """Embedding and head are one matrix, counted once as parameters; only the head multiplies."""
    length, width, depth = 128, 128, 4
    block = 12 * width * width + 13 * width
    figures = total("byte_transformer")
    assert figures["params"] == 256 * width + length * width + depth * block + 2 * width
    attention = 2 * length * length * width
    assert figures["macs"] == depth * (12 * length * width * width + attention) + length * width * 256


@pytest.mark.parametrize("mult", [0.35, 0.5, 0.75, 1.4])
def test_mobilenet_widths_are_rounded_as_published(mult: float) -> None:
    """timm's counts of mobilenetv2_035, 050, 075 and 140, which round by the rule of the paper's code."""
    want = {0.35: 1_677_128, 0.5: 1_968_680, 0.75: 2_636_424, 1.4: 6_108_776}[mult]
    assert total("mobilenetv2_100", width_mult=mult)["params"] == want


def test_depth_and_width_are_sliders() -> None:
    resnet18, resnet34 = total("resnet18"), total("resnet18", depth1=3, depth2=4, depth3=6, depth4=3)
    assert resnet34["params"] == total("resnet34")["params"] > resnet18["params"]
    assert total("resnet20_cifar", depth=9)["params"] == 853_018
    assert total("resnet20_cifar", shortcut="project")["params"] == 269_722 + 16 * 32 + 64 + 32 * 64 + 128
    assert total("resnext50_32x4d", groups=1, group_width=64)["params"] == total("resnet50")["params"]
