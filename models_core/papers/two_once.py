"""IBN-Net."""

from __future__ import annotations

import statistics

import torch
from torch import Tensor, nn

from models_core import registry
from models_core.compile import bind, build
from models_core.data import batches, preprocess_for
from models_core.design import Builder
from models_core.registry import Source, register
from models_core.zoo.ibn import split_norm

from . import Lab, Outcome, Paper, agree, check, counted

LOOKS = {"paler": (0.4, 0.0), "darker": (1.0, -1.0), "inverted in part": (-0.6, 0.5)}
"""Contrast and brightness, in standard deviations of the training images."""


@register(
    "paper",
    id="two-once",
    family="convolution",
    source=Source(
        "Xingang Pan, Ping Luo, Jianping Shi, Xiaoou Tang",
        "Two at Once: Enhancing Learning and Generalization Capacities via IBN-Net",
        2018,
        "https://arxiv.org/abs/1807.09441",
    ),
)
class IBNNet(Paper):
    """Instance norm beside batch norm: early layers forget the look of an image and keep what tells things apart."""

    claim = "Better on ImageNet at equal cost, and on another domain without fine-tuning; 86.18 % mIoU won WAD 2018"
    entries = (
        "design/resnet50_ibn_a",
        "design/resnet50_ibn_b",
        "design/resnext50_32x4d_ibn_a",
        "design/se_resnet50_ibn_a",
        "block/instance_norm",
    )
    notes = (
        "Of the networks that the paper wraps, DenseNet is not here; the group is the same in any other. Segmentation "
        "is not measured."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """ResNet-50-IBN-a has the 25,557,032 parameters and the 4.1 G MACs of ResNet-50."""
        return counted("resnet50_ibn_a", params=25_557_032, macs=4.09e9)

    @check("exact")
    def counts_of_b(self) -> Outcome:
        """ResNet-50-IBN-b has those and a scale and an offset for the 256 and 512 channels of two instance norms."""
        return counted("resnet50_ibn_b", params=25_557_032 + 2 * (256 + 512), macs=4.09e9)

    @check("exact")
    def counts_of_others(self) -> Outcome:
        """ResNeXt-50 and SE-ResNet-50 in form a have no parameter and no multiply-add more than without."""
        found = counted("resnext50_32x4d_ibn_a", params=25_028_904, macs=4.23e9)
        return found & counted("se_resnet50_ibn_a", params=28_088_024, macs=4.09e9)

    @check("exact")
    def one_half_forgets(self) -> Outcome:
        """Another contrast and brightness of each image changes the batch-normed half alone."""
        b = Builder("norms")
        b.variable("share", 0.5)
        split_norm(b)
        b.output("out", b.add_group("unit", "ibn", b.input("image", "image", C=8, H=9, W=9), width=8))
        torch.manual_seed(0)
        module = build(b.build()).eval()
        x = torch.randn(4, 8, 9, 9, dtype=torch.float64)
        module.double()
        other = x * torch.tensor([0.5, 1.5, 2.0, 3.0]).view(4, 1, 1, 1) + torch.randn(4, 1, 1, 1)
        before, after = module(x), module(other)
        moved = float((after - before)[:, 4:].detach().abs().mean())
        same = agree("instance norm's half", after[:, :4], before[:, :4], within=1e-4)
        return same & Outcome(moved > 0.1, f"batch norm's half moves by {moved:.2f}")

    @check("small", minutes=2)
    def falls_less(self, lab: Lab) -> Outcome:
        """Trained on digits alike, IBN-a loses less accuracy than ResNet on digits of another look."""
        sizes = {"width": 16, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1, "image_size": 16}
        falls: dict[str, list[float]] = {}
        for name, id in (("IBN-a", "resnet50_ibn_a"), ("ResNet", "resnet50")):
            design = registry.get("design", id).obj()
            falls[name] = []
            for seed in lab.seeds:
                run = lab.train(design, "digits", seed=seed, variables=sizes, epochs=8)
                dataset = lab.dataset("digits")
                bound = bind(design, facts=dataset.facts(), variables=sizes)
                spec = preprocess_for(dataset, bound.inputs)
                (batch,) = batches(dataset.split("test"), spec, 360, shuffle=False)
                other = statistics.fmean(
                    _accuracy(run.module, batch["image"] * contrast + brightness, batch["target"])
                    for contrast, brightness in LOOKS.values()
                )
                falls[name].append(float(run.metrics["accuracy"]) - other)
                lab.tell(f"{name}, seed {seed}: {falls[name][-1]:.4f} lost")
        ours, theirs = falls["IBN-a"], falls["ResNet"]
        confirmed = True if max(ours) < min(theirs) else False if min(ours) > max(theirs) else None
        figure = ", ".join(f"{name} loses {statistics.fmean(values):.3f}" for name, values in falls.items())
        return Outcome(confirmed, f"mean of {', '.join(LOOKS)}: {figure} of accuracy", {"falls": falls})


def _accuracy(module: nn.Module, images: Tensor, target: Tensor) -> float:
    with torch.inference_mode():
        return float((module(images).argmax(1) == target).float().mean())
