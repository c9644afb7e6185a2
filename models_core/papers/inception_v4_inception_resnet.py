"""Inception-v4 and Inception-ResNet."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import torch
from torch import Tensor, fx, nn

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import bind, build
from models_core.data import batches, preprocess_for
from models_core.registry import Source, register
from models_core.training.faults import Diverged

from . import Lab, Outcome, Paper, agree, check, compared, counted

SMALL: dict[str, Any] = {"image_size": 32, "width": 8}


@register(
    "paper",
    id="inception-v4-inception-resnet",
    family="convolution",
    source=Source(
        "Christian Szegedy, Sergey Ioffe, Vincent Vanhoucke, Alexander Alemi",
        "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning",
        2016,
        "https://arxiv.org/abs/1602.07261",
    ),
)
class InceptionResNet(Paper):
    """Inception of three grids, plain and with shortcuts around narrow blocks whose output is scaled down."""

    claim = (
        "Shortcuts speed up the training of Inception networks; three residual ones and one Inception-v4 together "
        "reach 3.08 % top-5 error on ImageNet"
    )
    entries = ("design/inception_v4", "design/inception_resnet_v2", "design/inception_resnet_v1")
    notes = (
        "The residual networks are those of the code that was published, not of the paper's drawings: v2 has the stem "
        "of v1 and an Inception block after it, grids of 10, 20 and 10 blocks, and both end in a block that is neither "
        "scaled nor rectified. Images below 75 pixels are padded where the paper's grids shrink. The paper saw wide "
        "networks die after tens of thousands of steps; here a high learning rate stands in for so many."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """Inception-v4 has 42,679,816 parameters and 12.3 G MACs, Inception-ResNet-v2 55,843,464 and 13.2 G."""
        found = counted("inception_v4", params=42_679_816, macs=12.25e9)
        return found & counted("inception_resnet_v2", params=55_843_464, macs=13.16e9)

    @check("exact")
    def counts_of_v1(self) -> Outcome:
        """Inception-ResNet-v1 has 22,564,096 parameters before its head, as where it tells faces apart."""
        return counted("inception_resnet_v1", params=22_564_096 + 1792 * 1000 + 1000, macs=6.31e9)

    @check("exact")
    def grids(self) -> Outcome:
        """At 299 pixels Inception-v4 works on grids of 35, 17 and 8 positions with 384, 1024 and 1536 maps."""
        shapes = [
            node.figures.outputs[0].shape
            for node in bind(registry.get("design", "inception_v4").obj(), variables={"depth_a": 1, "depth_b": 1}).nodes
            if node.figures and node.path in ("grid_a.0.join", "grid_b.0.join", "grid_c.2.join")
        ]
        expected = [(384, 35, 35), (1024, 17, 17), (1536, 8, 8)]
        return Outcome(shapes == expected, f"{shapes}, expected {expected}")

    @check("exact")
    def scaled_to_nothing(self) -> Outcome:
        """At scale 0 the blocks of grids A and B pass on what they get, forward and backward; at 0.1 they do not."""
        design = registry.get("design", "inception_resnet_v1").obj()
        sizes = {**SMALL, "width": 4, "depth_c": 1}
        torch.manual_seed(0)
        x = torch.rand(2, 3, 32, 32, requires_grad=True)
        found = {}
        for scale in (0.0, 0.1):
            scales = {"scale_a": scale, "scale_b": scale}
            deep = build(design, variables={**sizes, **scales, "depth_a": 3, "depth_b": 2}).eval()
            shallow = build(design, variables={**sizes, **scales, "depth_a": 2, "depth_b": 2}).eval()
            shallow.load_state_dict({name: deep.state_dict()[name] for name in shallow.state_dict()})
            outs = deep(x), shallow(x)
            grads = [torch.autograd.grad(out.square().sum(), x)[0] for out in outs]
            found[scale] = (*outs, *grads)
        same = agree("outputs", *found[0.0][:2]) & agree("gradients", *found[0.0][2:])
        apart = float((found[0.1][0] - found[0.1][1]).abs().max().detach())
        return same & Outcome(apart > 1e-4, f"at 0.1 apart by {apart:.0e}")

    @check("exact")
    def factorised_kernel(self) -> Outcome:
        """Without activations 1 × 7 and 7 × 1 kernels in a row are one of 7 × 7, with two sevenths of its weights."""
        torch.manual_seed(0)
        wide = nn.Conv2d(5, 5, (1, 7), padding=(0, 3), bias=False)
        high = nn.Conv2d(5, 5, (7, 1), padding=(3, 0), bias=False)
        whole = torch.einsum("omv,mih->oivh", high.weight[..., 0], wide.weight[:, :, 0])
        x = torch.randn(2, 5, 11, 11)
        same = agree("one kernel", nn.functional.conv2d(x, whole, padding=3), high(wide(x)))
        ours = wide.weight.numel() + high.weight.numel()
        return same & Outcome(7 * ours == 2 * whole.numel(), f"{ours} weights for {whole.numel()}")

    @check("small", minutes=5)
    def shortcuts_speed_up(self, lab: Lab) -> Outcome:
        """After two passes over the digits a deeper residual one of fewer MACs is no worse than Inception-v4."""
        contestants = {
            "Inception-ResNet": (
                registry.get("design", "inception_resnet_v2").obj(),
                {**SMALL, "depth_a": 4, "depth_b": 8, "depth_c": 4},
            ),
            "Inception-v4": (registry.get("design", "inception_v4").obj(), SMALL),
        }
        macs = [analyze(design, variables=sizes).total["macs"] for design, sizes in contestants.values()]
        assert macs[0] < macs[1], f"{macs[0]:,} MACs, Inception-v4 {macs[1]:,}"
        return compared(lab, contestants, "digits", epochs=2)

    @check("small", minutes=7)
    def scaling_steadies_wide_ones(self, lab: Lab) -> Outcome:
        """With 1,792 filters at ten times the learning rate, all live if scaled by 0.1, and not all if not scaled.

        Dead is a network whose loss is no number, or whose last maps are zero everywhere for every digit of the test.
        """
        design = registry.get("design", "inception_resnet_v1").obj()
        alive: dict[float, list[bool]] = {}
        accuracy: dict[float, list[float]] = {}
        for scale in (0.1, 1.0):
            sizes = {"image_size": 32, **{f"scale_{grid}": scale for grid in "abc"}}
            alive[scale], accuracy[scale] = [], []
            for seed in lab.seeds:
                try:
                    optimizer = {"id": "adamw", "lr": 0.03, "weight_decay": 0.01}
                    run = lab.train(design, "digits", seed=seed, variables=sizes, optimizer=optimizer, epochs=2)
                except Diverged as fault:
                    lab.tell(f"scale {scale}, seed {seed}: {fault}")
                    alive[scale].append(False)
                    accuracy[scale].append(0.0)
                    continue
                alive[scale].append(_lives(run.module, lab))
                accuracy[scale].append(float(run.metrics["accuracy"]))
                lab.tell(f"scale {scale}, seed {seed}: {'alive' if alive[scale][-1] else 'dead'}")
        words = (
            f"scale {scale}: {sum(alive[scale])} of {len(alive[scale])} alive, accuracy {fmean(accuracy[scale]):.3f}"
            for scale in alive
        )
        confirmed = False if not all(alive[0.1]) else None if all(alive[1.0]) else True
        return Outcome(confirmed, "; ".join(words), {"accuracy": {str(k): v for k, v in accuracy.items()}})


def _lives(module: fx.GraphModule, lab: Lab) -> bool:
    """Whether any digit of the test leaves anything but zeros, all of it numbers, before the average."""
    dataset = lab.dataset("digits")
    bound = bind(registry.get("design", "inception_resnet_v1").obj(), dataset.facts(), {"image_size": 32})
    spec = preprocess_for(dataset, bound.inputs)
    seen: list[Tensor] = []
    module.get_submodule("global_pool").register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    with torch.inference_mode():
        for batch in batches(dataset.split("test"), spec, 64, shuffle=False):
            module(batch["image"])
    maps = torch.cat(seen)
    return bool(maps.isfinite().all() and maps.abs().max() > 0)
