"""SLAB."""

from __future__ import annotations

import time

import torch
from torch import nn

from models_core import registry
from models_core.blocks.attention.relu_linear_attention import ReluLinearAttention
from models_core.blocks.attention.self_attention import SelfAttention
from models_core.blocks.normalization.rep_batch_norm import RepBatchNorm
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, swapped
from ._sequences import Reader, contest, digits_as_sequence, judged

EPOCHS = 8


@register(
    "paper",
    id="slab",
    family="attention",
    source=Source(
        "Jialong Guo, Xinghao Chen, Yehui Tang, Yunhe Wang",
        "SLAB: Efficient Transformers with Simplified Linear Attention and Progressive Re-parameterized Batch "
        "Normalization",
        2024,
        "https://arxiv.org/abs/2405.11582",
    ),
)
class Slab(Paper):
    """A norm that turns from layer norm to batch norm and folds away, and linear attention by rectified features."""

    claim = "SLAB-Swin: 83.6 % on ImageNet at 16.2 ms, 2.4 ms less than Flatten-Swin and 0.1 % better"
    entries = ("block/rep_batch_norm", "block/relu_linear_attention")
    notes = (
        "The Swin and PVT designs of the paper are not built; its latencies are of a GPU. After a first look both "
        "readers of the small check were given positions. The norm folds by a method of its own; "
        "exporting a network does not fold it. That it is no worse than layer norm holds here of batch norm at once, "
        "too: what the gradual change adds does not show on networks this shallow."
    )

    @check("exact")
    def ends_of_the_way(self) -> Outcome:
        """At share 1 it is layer norm; after its steps it is batch norm plus a multiple of the input."""
        torch.manual_seed(0)
        norm, x = RepBatchNorm(8, steps=4), torch.randn(3, 6, 8)
        before = norm.eval()(x)
        shares = []
        for _ in range(4):
            shares.append(float(norm.share()))
            norm.train()(x)
        norm.eval()
        batch = norm.bn(x.transpose(1, 2)).transpose(1, 2) + norm.eta * x
        fell = Outcome([*shares, float(norm.share())] == [1, 0.75, 0.5, 0.25, 0], f"shares {shares}")
        return (
            agree("layer norm", before, nn.functional.layer_norm(x, (8,))) & agree("batch norm", norm(x), batch) & fell
        )

    @check("exact")
    def folds(self) -> Outcome:
        """Folded into the matrix behind it, it gives the same output; before that it refuses."""
        torch.manual_seed(0)
        norm, linear, x = RepBatchNorm(8, steps=3), nn.Linear(8, 5), torch.randn(3, 6, 8) * 2 + 1
        refused = False
        try:
            norm.fold(linear)
        except ValueError:
            refused = True
        for _ in range(6):
            norm.train()(torch.randn(3, 6, 8) * 2 + 1)
        with torch.no_grad():
            norm.bn.weight.uniform_(0.5, 2)
            norm.bn.bias.normal_()
            norm.eta.fill_(0.7)
        norm.eval()
        return agree("folded", norm.fold(linear)(x), linear(norm(x))) & Outcome(refused, "refused before")

    @check("exact")
    def all_pairs(self) -> Outcome:
        """The linear attention equals the one with all pairs of tokens written out, gradients too."""
        torch.manual_seed(0)
        block, x = ReluLinearAttention(12, 8, 2, 3, rows=3).double(), torch.randn(2, 12, 8, dtype=torch.float64)
        x.requires_grad_()
        q, k, v = block.qkv(x).unflatten(2, (3, 2, 4)).permute(2, 0, 3, 1, 4)
        pairs = q.relu() @ k.relu().transpose(2, 3)
        out = (pairs / (pairs.sum(-1, keepdim=True) + 1e-6)) @ v
        image = v.transpose(2, 3).reshape(2, 8, 3, 4)
        whole = block.proj(out.transpose(1, 2).flatten(2) + block.dwc(image).flatten(2).transpose(1, 2))
        grads = [torch.autograd.grad(y.square().sum(), x, retain_graph=True)[0] for y in (block(x), whole)]
        return agree("output", block(x), whole) & agree("gradient", *grads)

    @check("small", minutes=1)
    def faster(self, lab: Lab) -> Outcome:
        """At 1,024 tokens the folded norm, matrix and linear attention take less CPU time than the usual three."""
        torch.manual_seed(0)
        x = torch.randn(1, 1024, 64)
        usual = nn.Sequential(nn.LayerNorm(64), nn.Linear(64, 64), SelfAttention(64, 4)).eval()
        ours = nn.Sequential(nn.Linear(64, 64), ReluLinearAttention(1024, 64, 4)).eval()
        times = {"softmax": 9e9, "linear": 9e9}
        with torch.inference_mode():
            for seed in lab.seeds * 8:
                lab.seeds_used.add(seed)
                for name, net in (("softmax", usual), ("linear", ours)):
                    began = time.process_time()
                    net(x)
                    times[name] = min(times[name], time.process_time() - began)
        shown = ", ".join(f"{name} {seconds * 1000:.1f} ms" for name, seconds in times.items())
        return Outcome(times["linear"] < times["softmax"], f"CPU time per sample: {shown}", times)

    @check("small", minutes=2)
    def beside_softmax(self, lab: Lab) -> Outcome:
        """On the 64 pixels of a digit, with learned positions, it is right no less often than softmax attention."""
        nets = {
            "linear": lambda: Reader(1, 10, lambda: ReluLinearAttention(64, 24, 3, 3), width=24, positions=64),
            "softmax": lambda: Reader(1, 10, lambda: SelfAttention(24, 3), width=24, positions=64),
        }
        found = contest(lab, nets, digits_as_sequence(lab, 1), steps=200)
        return judged(found, "share of digits right")

    @check("small", minutes=3)
    def progressive_norm(self, lab: Lab) -> Outcome:
        """A transformer whose norms become batch norms while it learns digits is at most a point below layer norm."""
        usual = registry.get("design", "vit").obj()
        size = {"depth": 2, "width": 64, "head_width": 16, "image_size": 16}
        # Layer norm is gone after two thirds of the steps, of 32 digits each.
        steps = 2 * EPOCHS * (lab.dataset("digits").facts()["train"]["size"] // 32) // 3
        return compared(
            lab,
            {
                "progressive": (swapped(usual, "layer_norm", "rep_batch_norm", steps=steps), size),
                "layer norm": (usual, size),
                "batch norm at once": (swapped(usual, "layer_norm", "rep_batch_norm", start=0.0), size),
            },
            "digits",
            margin=0.01,
            epochs=EPOCHS,
            batch_size=32,
        )
