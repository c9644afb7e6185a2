"""Wide attention."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import elu, linear

from models_core import registry
from models_core.analysis import analyze
from models_core.blocks.attention.attend import Attend
from models_core.blocks.attention.linear_attend import LinearAttend
from models_core.compile import bind, build
from models_core.export.onnx import export
from models_core.profiling import onnx_latency
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared

PAPERS_OWN = {"width": 512, "head_width": 64, "total_heads": 48, "stride": 1, "dropout": 0.0}
"""Tokens of 512 features and heads of 64, as is usual; the paper's text does not settle them for its timing."""
SMALL = {"width": 64, "head_width": 8, "dropout": 0.0}
HEADS = 48


def drawn() -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    q, k, v = torch.randn(3, 2, 9, 12, dtype=torch.float64)
    return q.requires_grad_(), k.requires_grad_(), v.requires_grad_()


def by_pairs(q: Tensor, k: Tensor, v: Tensor, mask: Tensor, heads: int) -> Tensor:
    """Linear attention with the weight of every pair of tokens written out."""
    q, k, v = (one.unflatten(2, (heads, -1)) for one in (q, k, v))
    weights = torch.einsum("nihd,njhd->nhij", elu(q) + 1, elu(k) + 1) * mask[:, None, None]
    return torch.einsum("nhij,njhd->nihd", weights / weights.sum(3, keepdim=True), v).flatten(2)


def timed(lab: Lab, length: int = 1024, rounds: int = 4) -> dict[str, dict[str, float]]:
    """Milliseconds of one text in onnxruntime, and bytes of the file, of one block with 48 heads and of six with 8.

    Both in turn; of each the round that other work disturbed the least.
    """
    design = registry.get("design", "wide_attention_text").obj()
    facts = {"text": {"vocab": 256, "length": length}}
    text = {"tokens": np.random.default_rng(0).integers(1, 256, (1, length))}
    threads = lab.threads or torch.get_num_threads()
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder, f"{name}.onnx") for name in ("wide", "deep")}
        for depth, path in zip((1, 6), files.values(), strict=True):
            values: dict[str, Any] = {**PAPERS_OWN, "depth": depth}
            export(build(design, facts, values).eval(), bind(design, facts, values), path)
        found = {name: {"ms": math.inf, "bytes": float(path.stat().st_size)} for name, path in files.items()}
        for _ in range(rounds):
            for name, path in files.items():
                latency = onnx_latency(path, text, threads=threads, seconds=2.0)
                found[name]["ms"] = min(found[name]["ms"], latency.p50_ms)
    for name, figures in found.items():
        lab.tell(f"{name}: {figures['ms']:.1f} ms, {figures['bytes'] / 2**20:.1f} MiB")
    return found


@register(
    "paper",
    id="wide-attention-way-forward",
    family="attention",
    source=Source(
        "Jason Ross Brown, Yiren Zhao, Ilia Shumailov, Robert D. Mullins",
        "Wide Attention Is The Way Forward For Transformers?",
        2022,
        "https://arxiv.org/abs/2210.00640",
    ),
)
class WideAttention(Paper):
    """A template in which depth is traded for heads: 6 blocks of 8 heads, down to 1 of 48, each with one MLP."""

    claim = "One wide block is 0.3 % better over 4 tasks and 10 kinds of attention; on IMDb 3.1 x faster, half the size"
    entries = ("design/wide_attention_text", "block/linear_attend", "block/attend")
    notes = (
        "Two of the paper's ten kinds of attention, softmax and linear; more are alternatives of one node. Accuracy is "
        "compared on short film reviews read as bytes, four to a token, instead of IMDb. The widths behind the paper's "
        "timing are the usual ones, 512 and 64 a head, which is an assumption."
    )

    @check("exact")
    def heads_add_up(self) -> Outcome:
        """Attention with 48 heads is the sum of six with 8 that read the same tokens; forward and gradient."""
        torch.manual_seed(0)
        x = torch.randn(2, 7, 16, dtype=torch.float64)
        weights = [torch.randn(HEADS * 4, 16, dtype=torch.float64).requires_grad_() for _ in range(3)]
        out = torch.randn(16, HEADS * 4, dtype=torch.float64).requires_grad_()
        wide = linear(Attend(HEADS)(*(linear(x, one) for one in weights)), out)
        narrow = torch.zeros_like(wide)
        for *parts, last in zip(*(one.chunk(6) for one in weights), out.chunk(6, 1), strict=True):
            narrow = narrow + linear(Attend(8)(*(linear(x, one) for one in parts)), last)
        seeds = torch.randn_like(wide)
        ours, theirs = (torch.autograd.grad((one * seeds).sum(), weights) for one in (wide, narrow))
        return agree("outputs", wide, narrow) & agree("gradients", torch.cat(ours), torch.cat(theirs))

    @check("exact")
    def linear_by_pairs(self) -> Outcome:
        """Linear attention equals all pairs written out, keys with mask 0 left out; forward and gradient."""
        given = drawn()
        mask = torch.ones(2, 9, dtype=torch.float64)
        mask[1, 6:] = 0
        ours, theirs = LinearAttend(3)(*given, mask), by_pairs(*given, mask, 3)
        gradients = [torch.cat(torch.autograd.grad(one.square().sum(), given)) for one in (ours, theirs)]
        return agree("outputs", ours, theirs) & agree("gradients", *gradients)

    @check("exact")
    def half_the_size(self) -> Outcome:
        """With equal heads one block has as many weights in attention as six, and five MLPs and norms fewer."""
        design = registry.get("design", "wide_attention_text").obj()
        facts, width = {"text": {"vocab": 256, "length": 1024}}, PAPERS_OWN["width"]
        deep, wide = (int(analyze(design, facts, {**PAPERS_OWN, "depth": depth}).total["params"]) for depth in (6, 1))
        mlp = 8 * width * width + 5 * width
        fewer = 5 * (mlp + 4 * width + width)
        told = f"{deep:,} and {wide:,} parameters ({wide / deep:.2f}), {fewer:,} fewer expected"
        return Outcome(deep - wide == fewer and wide < deep / 2, told)

    @check("small", minutes=2)
    def faster_and_smaller(self, lab: Lab) -> Outcome:
        """Of 1,024 bytes, in onnxruntime on the CPU, one block takes at most half the time and half the size of six."""
        found = timed(lab)
        lab.seeds_used.add(0)
        wide, deep = found["wide"], found["deep"]
        faster, size = deep["ms"] / wide["ms"], wide["bytes"] / deep["bytes"]
        told = f"{faster:.2f} x faster (paper: 3.1 x), {size:.2f} of the size (paper: half)"
        return Outcome(faster >= 2 and size <= 0.5, told, {"faster": faster, "size": size, **found})

    @check("small", minutes=5, data=("movie_reviews",))
    def no_less_accurate(self, lab: Lab) -> Outcome:
        """One block with 48 heads judges film reviews within 1 % of six with 8."""
        design = registry.get("design", "wide_attention_text").obj()
        sizes = {"wide": (design, {**SMALL, "depth": 1}), "deep": (design, {**SMALL, "depth": 6})}
        return compared(lab, sizes, "movie_reviews", margin=0.01, epochs=2)
