"""LambdaNetworks."""

from __future__ import annotations

from typing import Any

import torch

from models_core import registry
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, counted

SMALL: dict[str, Any] = {"image_size": 32, "width": 16, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1, "reach": 5}


@register(
    "paper",
    id="lambdanetworks",
    family="attention",
    source=Source(
        "Irwan Bello",
        "LambdaNetworks: Modeling Long-Range Interactions Without Attention",
        2021,
        "https://arxiv.org/abs/2102.08602",
    ),
)
class LambdaNetworks(Paper):
    """A context becomes small linear maps, one for content and one for each place, that are applied to each query."""

    claim = "LambdaResNets are 3.2 to 4.4 times faster than EfficientNets at equal accuracy"
    entries = ("block/lambda2d", "design/lambda_resnet26t", "design/lambda_resnet50")
    notes = (
        "The intra-depth of the paper is 1, as in timm. Speed on accelerators is not measured; the 15.0 M parameters "
        "of LambdaResNet-50 are recalled from the paper's table, and hold with a reach of 23."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """lambda_resnet26t has timm's 10,958,272 parameters and 3.0 G MACs at 256; LambdaResNet-50 15 M."""
        ours = counted("lambda_resnet26t", params=10_958_272, macs=3.003e9)
        return ours & counted("lambda_resnet50", params=15e6, digits=2)

    @check("exact")
    def equals_a_loop_over_positions(self) -> Outcome:
        """The layer equals the sum over all positions, one by one, of what content and place make of each value."""
        torch.manual_seed(0)
        layer = registry.get("block", "lambda2d").obj(6, 4, 2, 3, 3).eval()
        x = torch.randn(1, 6, 4, 5)
        q, k, v = layer.qkv(x).split(layer.sizes, 1)
        q, v = layer.norm_q(q)[0].view(2, 3, 4, 5), layer.norm_v(v)[0]
        k = k[0].flatten(1).softmax(1).view(3, 4, 5)
        want = torch.zeros(2, 2, 4, 5)
        for i in range(4):
            for j in range(5):
                lam = layer.places.bias[:, None] * torch.ones(1, 2)
                for m in range(4):
                    for n in range(5):
                        weight = k[:, m, n]
                        if abs(m - i) <= 1 and abs(n - j) <= 1:
                            weight = weight + layer.places.weight[:, 0, m - i + 1, n - j + 1]
                        lam = lam + torch.outer(weight, v[:, m, n])
                want[:, :, i, j] = q[:, :, i, j] @ lam
        return agree("layer", layer(x)[0], want.flatten(0, 1))

    @check("exact")
    def linear_attention_without_places(self) -> Outcome:
        """Without places it is linear attention: softmaxed keys times values, once, applied to each query."""
        torch.manual_seed(0)
        layer = registry.get("block", "lambda2d").obj(6, 4, 1, 3, None).eval()
        x = torch.randn(2, 6, 3, 3, requires_grad=True)
        q, k, v = (part.flatten(2) for part in layer.qkv(x).split(layer.sizes, 1))
        q, v = (norm(part) for norm, part in ((layer.norm_q, q[..., None]), (layer.norm_v, v[..., None])))
        weights = q[..., 0].mT @ k.softmax(2)
        theirs = (weights @ v[..., 0].mT).mT.reshape(2, 4, 3, 3)
        grads = [torch.autograd.grad(out.square().sum(), x, retain_graph=True)[0] for out in (layer(x), theirs)]
        return agree("outputs", layer(x), theirs) & agree("gradients", *grads)

    @check("exact")
    def no_map_of_positions_by_positions(self) -> Outcome:
        """At 64 × 64 no tensor it makes has as many elements as pairs of positions."""
        layer = registry.get("block", "lambda2d").obj(8, 8, 2, 4, 3).to("meta")
        largest = 0

        class Watch(torch.utils._python_dispatch.TorchDispatchMode):
            def __torch_dispatch__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
                nonlocal largest
                out = function(*args, **(kwargs or {}))
                for one in out if isinstance(out, tuple | list) else [out]:
                    if isinstance(one, torch.Tensor):
                        largest = max(largest, one.numel())
                return out

        with Watch():
            layer(torch.randn(1, 8, 64, 64, device="meta"))
        return Outcome(0 < largest < 64**4 / 100, f"largest of {largest:,} elements, {64**4:,} pairs of positions")

    @check("small", minutes=2)
    def in_place_of_filters(self, lab: Lab) -> Outcome:
        """A small network with lambda layers classifies digits at most one point below the same with 3 × 3 filters."""
        design = registry.get("design", "lambda_resnet50").obj()
        filters = {f"lambda{stage}": "none" for stage in (1, 2, 3, 4)}
        return compared(
            lab,
            {"lambda layers": (design, SMALL), "filters": (design, {**SMALL, **filters})},
            "digits",
            margin=0.01,
            epochs=5,
        )
