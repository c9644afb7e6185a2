"""Forwards of designs of the zoo against the same models of timm, where timm can be imported."""

from __future__ import annotations

import gc
import importlib
import statistics
import time
from typing import Any

import torch
from torch import Tensor, nn

from bench import Row, at_most

MODELS = """resnet18 resnet50 resnext50_32x4d mobilenetv2_100 efficientnet_b0 tinynet_c res2net50_26w_4s resnest50d
rexnet_100 dla34 edgenext_small starnet_s2 resmlp_12_224 mixer_s16_224 sequencer2d_s vit_tiny_patch16_224""".split()
BATCH, THREADS, BUILDS, TURNS = 8, 2, 3, 6
INSTALL = "pip install --no-deps -c constraints.txt timm torchvision pyyaml"


def run() -> list[Row]:
    """Both in turn, ours as training has it, each built anew several times: where weights lie makes some per cent."""
    timm = _timm()
    if timm is None:
        return [Row("forward of the zoo's models / the same of timm", "not measured", f"needs timm: {INSTALL}", None)]
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        rows = []
        for name in MODELS:
            ratio = statistics.median(_ratio(name, timm.create_model) for _ in range(BUILDS))
            rows.append(at_most(f"forward of {name} / the same of timm, batch {BATCH}", ratio, 1.03, "x"))
        return rows
    finally:
        torch.set_num_threads(before)


def _timm() -> Any:
    """timm with the Python of torchvision: the operators of its compiled part, which no model uses, are only named."""
    try:
        importlib.import_module("torchvision")
    except ImportError:
        return None
    except RuntimeError:
        library = torch.library.Library("torchvision", "DEF")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _kept.append(library)
    try:
        return importlib.import_module("timm")
    except ImportError:
        return None


_kept: list[torch.library.Library] = []
"""An operator is there as long as its library is."""


def _ratio(name: str, create: Any) -> float:
    from models_core import registry
    from models_core.compile import bind, build

    design = registry.get("design", name).obj()
    ours, theirs = build(design, in_place=True).eval(), create(name).eval()
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters()), name
    spec = bind(design).inputs[0].spec
    assert spec
    images = torch.randn(BATCH, *spec.shape)
    times: dict[nn.Module, list[float]] = {ours: [], theirs: []}
    with torch.inference_mode():
        for turn in range(TURNS + 1):
            for module in (ours, theirs) if turn % 2 else (theirs, ours):
                seconds = _time(module, images)
                if turn:
                    times[module].append(seconds)
    gc.collect()
    return statistics.median(times[ours]) / statistics.median(times[theirs])


def _time(module: nn.Module, images: Tensor) -> float:
    began = time.perf_counter()
    module(images)
    return time.perf_counter() - began
