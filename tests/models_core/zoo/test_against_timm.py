"""Outputs against timm's models with the same weights, where timm can be imported; it is no dependency of ours."""

from __future__ import annotations

import re

import pytest
import torch

from models_core import registry
from models_core.compile import build

timm = pytest.importorskip(
    "timm", exc_type=ImportError, reason="timm (with torchvision) is not installed; it is only compared against"
)

RENAMED = {
    "mobilenetv2_100": [(r"^blocks\.(\d)\.", r"stage\1.")],
    "vit_tiny_patch16_224": [(r"^(cls_token|pos_embed)$", r"\1.weight")],
}


@pytest.mark.parametrize(
    "id",
    """resnet18 resnet34 resnet50 resnext50_32x4d mobilenetv2_100 vit_tiny_patch16_224 mixer_s16_224
    mixer_b16_224""".split(),
)
def test_outputs_are_timms(id: str) -> None:
    torch.manual_seed(0)
    theirs = timm.create_model(id).eval()
    ours = build(registry.get("design", id).obj()).eval()
    weights = {}
    for key, value in theirs.state_dict().items():
        for pattern, name in RENAMED.get(id, []):
            key = re.sub(pattern, name, key)
        weights[key] = torch.rand_like(value) * 0.5 + 0.75 if "running_var" in key else value
    theirs.load_state_dict({old: weights[new] for old, new in zip(theirs.state_dict(), weights, strict=True)})
    ours.load_state_dict(weights)
    x = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("id", ["inception_v4", "inception_resnet_v2"])
def test_outputs_are_timms_with_weights_in_order(id: str) -> None:
    """For designs whose groups have names of their own: their weights come in the same order."""
    torch.manual_seed(0)
    theirs = timm.create_model(id).eval()
    ours = build(registry.get("design", id).obj()).eval()
    for name, value in theirs.state_dict().items():
        if "running_var" in name:
            value.uniform_(0.75, 1.25)
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    x = torch.randn(2, 3, *theirs.default_cfg["input_size"][1:])
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-5)


def test_nest_gives_what_timms_gives() -> None:
    """With other names, positions in one sequence, and heads in timm's order, where a head's features lie apart."""
    torch.manual_seed(0)
    theirs = timm.create_model("nest_tiny").eval()
    ours = build(registry.get("design", "nest_tiny").obj()).eval()
    weights = {}
    for key, value in theirs.state_dict().items():
        name = re.sub(r"^patch_embed\.proj", "patch_embed", key)
        if level := re.match(r"levels\.(\d)\.", name):
            at = int(level[1]) + 1
            name = name[level.end() :].replace("transformer_encoder", f"level{at}").replace("pool.", f"aggregate{at}.")
            name = name.replace("pos_embed", f"positions{at}.weight")
        if "positions" in name:
            value = value.flatten(1, 2)
        if name.endswith("attn.proj.weight"):
            value = value.unflatten(1, (32, -1)).transpose(1, 2).flatten(1)
        weights[name] = value
    ours.load_state_dict(weights)
    x = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mult", [0.35, 0.5, 0.75, 1.4])
def test_mobilenet_widths_are_timms(mult: float) -> None:
    theirs = timm.create_model(f"mobilenetv2_{round(mult * 100):03d}")
    ours = build(registry.get("design", "mobilenetv2_100").obj(), variables={"width_mult": mult}, device="meta")
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters())


def test_vgg_has_timms_parameters() -> None:
    with torch.device("meta"):
        theirs = timm.create_model("vgg16_bn")
    ours = build(registry.get("design", "vgg16_bn").obj(), device="meta")
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters())
