"""WideNet."""

from __future__ import annotations

import torch

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build
from models_core.design import read
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, check, compared, swapped

SMALL = {"width": 64, "head_width": 16, "depth": 4, "mlp_ratio": 2, "image_size": 8, "patch": 4}
PUBLISHED = {"hidden": 4096, "head_width": 64, "image_size": 224, "patch": 16}


@register(
    "paper",
    id="go-wider-instead-deeper",
    family="transformer",
    source=Source(
        "Fuzhao Xue, Ziji Shi, Futao Wei, Yuxuan Lou, Yong Liu, Yang You",
        "Go Wider Instead of Deeper",
        2022,
        "https://arxiv.org/abs/2107.11817",
    ),
)
class WideNet(Paper):
    """One transformer block with a mixture of experts, used at every depth, with norms of its own at each."""

    claim = (
        "With 0.72 times ViT-B's parameters, 1.5 points better on ImageNet-1K; with 0.13 times ViT-MoE's, 2.1 points"
    )
    entries = ("design/widenet", "block/moe_mlp")
    notes = (
        "The parameters of WideNet-B and L are the paper's 29 and 40 millions when experts have 4,096 features inside, "
        "which is recalled; WideNet-H, printed as 63 million, has 51 million so, and its size is not checked. The "
        "paper's experts have a capacity beyond which tokens are dropped; here none is. After a first look, in which "
        "four epochs left all networks at 30 %, they are trained longer on larger patches, and one that shares a "
        "single MLP, as ALBERT does, was added."
    )

    @check("exact")
    def published_sizes(self) -> Outcome:
        """WideNet-B and L have 29 and 40 million parameters; L has 0.46 times those of ViT-B, as the paper says."""
        design = registry.get("design", "widenet").obj()
        facts = {"image": {"channels": 3}, "label": {"classes": 1000}}
        found = [
            int(analyze(design, facts, {**PUBLISHED, "width": width, "depth": depth}).total["params"])
            for width, depth in ((768, 12), (1024, 24))
        ]
        share = found[1] / 86_567_656
        confirmed = [round(count / 1e6) for count in found] == [29, 40] and round(share, 2) == 0.46
        return Outcome(confirmed, f"{found[0]:,} and {found[1]:,} parameters, the latter {share:.3f} of ViT-B's")

    @check("exact")
    def depth_costs_norms(self) -> Outcome:
        """One more repetition adds the 4 d numbers of two layer norms to the parameters, and a whole block of MACs."""
        design = registry.get("design", "widenet").obj()
        four, five = (analyze(design, variables={**SMALL, "depth": depth}).total for depth in (4, 5))
        more, macs = five["params"] - four["params"], five["macs"] - four["macs"]
        return Outcome(more == 4 * 64 and macs > 100_000, f"{more} parameters and {macs:,} MACs more")

    @check("exact")
    def other_experts_at_other_depths(self) -> Outcome:
        """The same tokens are sent to other experts at other depths."""
        torch.manual_seed(0)
        design = registry.get("design", "widenet").obj()
        module = build(design, {"image": {"channels": 1}}, SMALL).eval()
        picked: list[torch.Tensor] = []
        for at in range(4):
            router = module.get_submodule(f"blocks.{at}.moe.router")
            router.register_forward_hook(lambda *told: picked.append(told[-1].topk(2).indices.sort().values))
        module(torch.randn(8, 1, 8, 8))
        same = [bool((picked[0] == other).all()) for other in picked[1:]]
        share = float((picked[0] == picked[-1]).all(-1).float().mean())
        return Outcome(len(picked) == 4 and not any(same), f"{share:.0%} of tokens go to the same experts at both ends")

    @check("exact")
    def active(self) -> Outcome:
        """With 2 of 4 experts picked, half of what the experts have takes part."""
        total = analyze(registry.get("design", "widenet").obj(), variables=SMALL).total
        idle = 2 * (2 * 64 * 128 + 128 + 64)
        return Outcome(
            total["params"] - total["active_params"] == idle, f"{total['active_params']:,} of {total['params']:,}"
        )

    @check("small", minutes=4)
    def better_than_plain_sharing(self, lab: Lab) -> Outcome:
        """At one depth it classifies digits no worse, less a point, than with shared norms too, or one shared MLP."""
        design = registry.get("design", "widenet").obj()
        document = design.to_json()
        document["ties"].append({"param": "blocks.*.norm1", "to": "blocks.0.norm1"})
        document["ties"].append({"param": "blocks.*.norm2", "to": "blocks.0.norm2"})
        every = read(document)
        one = swapped(every, "moe_mlp", "mlp", ratio="=mlp_ratio", hidden_features=None)
        return compared(
            lab,
            {"own norms": (design, SMALL), "all shared": (every, SMALL), "one MLP, all shared": (one, SMALL)},
            "digits",
            margin=0.01,
            epochs=10,
        )
