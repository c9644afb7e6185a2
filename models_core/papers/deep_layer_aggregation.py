"""Deep layer aggregation."""

from __future__ import annotations

from typing import Any

import torch

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import bind, build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, counted

SMALL: dict[str, Any] = {"image_size": 32, "width": 4}


@register(
    "paper",
    id="deep-layer-aggregation",
    family="convolution",
    source=Source(
        "Fisher Yu, Dequan Wang, Evan Shelhamer, Trevor Darrell",
        "Deep Layer Aggregation",
        2018,
        "https://arxiv.org/abs/1707.06484",
    ),
)
class DeepLayerAggregation(Paper):
    """Residual units as leaves of trees, whose nodes merge what their branches and earlier nodes found."""

    claim = "Aggregating across depth is more accurate with fewer parameters than earlier ways of branching and merging"
    entries = ("generator/aggregation_tree", "design/dla34", "design/dla60", "design/dla102", "design/dla34_up")
    notes = (
        "Iterative aggregation back to the image is there as a design, DLA-34 with a class for every pixel, without a "
        "task to train it on. It enlarges by fixed bilinear weights, from a quarter of the image's side in one go."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """DLA-34, 60 and 102 have timm's 15,742,104, 22,036,632 and 33,268,888 parameters."""
        return (
            counted("dla34", params=15_742_104, macs=3.06e9)
            & counted("dla60", params=22_036_632, macs=4.24e9)
            & counted("dla102", params=33_268_888, macs=7.16e9)
        )

    @check("exact")
    def a_tree_doubles(self) -> Outcome:
        """A tree of depth d has 2 to the power of d leaves, and half as many nodes that merge."""
        nodes = analyze(registry.get("design", "dla102").obj()).nodes
        outcome = Outcome(True, "leaves")
        for level, depth in ((2, 1), (3, 3), (4, 4), (5, 1)):
            inside = [path.split(".") for path in nodes if path.startswith(f"level{level}.")]
            leaves = sum(path[-1] in ("unit1", "unit2") for path in inside)
            roots = sum(path[-1] == "root" for path in inside)
            found = f"level {level}: {leaves} leaves, {roots} that merge"
            outcome &= Outcome(leaves == 2**depth and roots == 2 ** (depth - 1), found)
        return outcome

    @check("exact")
    def the_last_node_sees_every_scale(self) -> Outcome:
        """The last node of a deep tree merges its two leaves, the tree's input and every earlier sub-tree."""
        bound = bind(registry.get("design", "dla102").obj())
        width = 16 * 32
        leaf = next(one for one in bound.leaves if one.path == "level4.tree2.tree2.tree2.root.conv.conv")
        # Two leaves, three sub-trees before them, each as wide; and the input of the stage, half as wide.
        want = 5 * width + width // 2
        found = leaf.params["in_channels"]
        return Outcome(found == want, f"{found} channels merged, {want} expected")

    @check("exact")
    def a_shortcut_can_go_around_the_nodes(self) -> Outcome:
        """With its merging weights at zero, a node with a shortcut passes on the last leaf, rectified."""
        torch.manual_seed(0)
        module = build(registry.get("design", "dla102").obj(), variables=SMALL).eval()
        root = module.get_submodule("level2.root")
        torch.nn.init.zeros_(root.get_parameter("conv.conv.weight"))
        seen: dict[str, torch.Tensor] = {}
        module.get_submodule("level2.root.join").register_forward_pre_hook(lambda _, args: seen.update(leaf=args[0]))
        module.get_submodule("level2.root.act").register_forward_hook(lambda _, args, out: seen.update(out=out))
        module(torch.randn(2, 3, 32, 32))
        return agree("node", seen["out"], seen["leaf"].relu())

    @check("exact")
    def back_to_the_image(self) -> Outcome:
        """Its dense form merges one, two, then three times, each twice as large, up to logits for every pixel."""
        nodes = analyze(registry.get("design", "dla34_up").obj(), variables=SMALL).nodes
        found = [nodes[f"up{step}_{at}.merge.act"]["outputs"]["out"]["shape"] for step in (1, 2, 3)
                 for at in range(1, step + 1)]  # fmt: skip
        logits = nodes["enlarge"]["outputs"]["out"]["shape"]
        right = found == [[64, 2, 2], *2 * [[32, 4, 4]], *3 * [[16, 8, 8]]] and logits == [21, 32, 32]
        return Outcome(right, f"maps {found}, logits {logits}")

    @check("small", minutes=1)
    def as_good_as_residual(self, lab: Lab) -> Outcome:
        """A small DLA-34 classifies digits at most one point below ResNet-34 with more parameters."""
        ours, theirs = registry.get("design", "dla34").obj(), registry.get("design", "resnet34").obj()
        deep = {"image_size": 32, "width": 16}
        sizes = [analyze(one, variables=v).total["params"] for one, v in ((ours, SMALL), (theirs, deep))]
        assert sizes[0] < sizes[1], f"{sizes[0]:,} parameters, ResNet-34 {sizes[1]:,}"
        return compared(lab, {"DLA-34": (ours, SMALL), "ResNet-34": (theirs, deep)}, "digits", margin=0.01, epochs=3)
