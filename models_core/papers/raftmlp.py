"""RaftMLP."""

from __future__ import annotations

import torch

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, counted

SMALL = {"image_size": 32, "mixed_size": 32, "width": 16, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1}


@register(
    "paper",
    id="raftmlp",
    family="mlp",
    source=Source(
        "Yuki Tatsunami, Masato Taki",
        "RaftMLP: How Much Can Be Done Without Attention and with Less Spatial Locality?",
        2022,
        "https://arxiv.org/abs/2108.04384",
    ),
)
class RaftMlp(Paper):
    """MLPs over the columns and over the rows of an image, each joined with a few channels, in a pyramid of stages."""

    claim = "Mixing rows and columns apart, each with a raft of channels, costs less than a mixer and classifies better"
    entries = ("block/resize", "design/raftmlp_s")
    notes = "Depths, widths, kernels of the embeddings and ratios are those of the authors' code for the small size."

    @check("exact")
    def counts(self) -> Outcome:
        """RaftMLP-S has 9.9 M parameters and 2.1 G MACs at 224, as printed."""
        return counted("raftmlp_s", params=9.9e6, digits=2, macs=2.1e9, within=0.025)

    @check("exact")
    def a_raft_of_one_is_plain_mixing(self) -> Outcome:
        """With a raft of one channel, the MLP over columns is applied to every channel's columns by themselves."""
        torch.manual_seed(0)
        design = registry.get("design", "raftmlp_s").obj()
        module = build(design, variables={**SMALL, "raft": 1}).eval()
        seen: dict[str, torch.Tensor] = {}
        part = "stage1.0.columns"
        for name in ("norm", "add"):
            hook = (
                module.get_submodule(f"{part}.{name}") if name == "norm" else module.get_submodule("stage1.0.rows.norm")
            )
            hook.register_forward_pre_hook(lambda _, args, name=name: seen.update({name: args[0]}))
        module(torch.randn(2, 3, 32, 32))
        x = seen["norm"]
        mixed = module.get_submodule(f"{part}.mlp")(module.get_submodule(f"{part}.norm")(x).mT).mT
        return agree("columns", seen["add"], x + mixed)

    @check("exact")
    def fewer_parameters_than_one_mlp_over_all_positions(self) -> Outcome:
        """Over 56 × 56 positions, rafts of two need 0.1 M parameters where a mixer of the same ratio needs 39 M."""
        side, raft, ratio = 56, 2, 2
        design = registry.get("design", "raftmlp_s").obj()
        nodes = analyze(design).nodes
        found = sum(int(nodes[f"stage1.0.{name}.mlp"]["params"]) for name in ("columns", "rows"))
        mixer = 2 * ratio * side**4 + (ratio + 1) * side**2
        want = 2 * (2 * ratio * (raft * side) ** 2 + (ratio + 1) * raft * side)
        return Outcome(found == want and found < mixer / 300, f"{found:,} parameters, a mixer's {mixer:,}")

    @check("exact")
    def other_sizes_go_through_the_same_weights(self) -> Outcome:
        """Shaped for one size, the network has the same parameters at another, and gives an answer there."""
        design = registry.get("design", "raftmlp_s").obj()
        torch.manual_seed(0)
        trained = build(design, variables=SMALL).eval()
        larger = build(design, variables={**SMALL, "image_size": 64}).eval()
        larger.load_state_dict(trained.state_dict())
        out = larger(torch.randn(2, 3, 64, 64))
        return Outcome(bool(out.isfinite().all()) and out.shape == (2, 1000), f"logits of shape {tuple(out.shape)}")

    @check("small", minutes=2)
    def rafts_help(self, lab: Lab) -> Outcome:
        """A small network classifies digits no worse, to half a point, with rafts of two channels than of one."""
        design = registry.get("design", "raftmlp_s").obj()
        contestants = {f"raft of {raft}": (design, {**SMALL, "raft": raft}) for raft in (2, 1)}
        return compared(lab, contestants, "digits", margin=0.005, epochs=6)
