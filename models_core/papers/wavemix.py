"""WaveMix."""

from __future__ import annotations

from typing import Any

import torch

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, counted

SMALL: dict[str, Any] = {"image_size": 32, "width": 32, "depth": 2, "patch": 4, "dropout": 0.0}
RESIDUAL: dict[str, Any] = {"image_size": 32, "width": 16, "depth": 1}
"""Of ResNet-20 the size that the small check compares with."""


@register(
    "paper",
    id="wavemix",
    family="convolution",
    source=Source(
        "Pranav Jeevan, Kavitha Viswanathan, Anandu A S, Amit Sethi",
        "WaveMix: A Resource-efficient Neural Network for Image Analysis",
        2022,
        "https://arxiv.org/abs/2205.14375",
    ),
)
class WaveMix(Paper):
    """Residual blocks of fixed Haar wavelets and an MLP over their bands, at one resolution throughout."""

    claim = "Fewer parameters and less memory than convolutional networks and transformers of the same accuracy"
    entries = ("block/haar_dwt2d", "block/haar_idwt2d", "design/wavemix", "design/wavemix_dense")
    notes = (
        "Blocks are those of the authors' package. The form with a class for every pixel enlarges by one transposed "
        "convolution, simpler than the package's, and there is no task to train it on. Records are not measured."
    )

    @check("exact")
    def wavelets_lose_nothing(self) -> Outcome:
        """The transform has no parameters, keeps the energy, and its inverse gives the image back."""
        forward, back = (registry.get("block", id).obj() for id in ("haar_dwt2d", "haar_idwt2d"))
        x = torch.randn(2, 3, 8, 12, generator=torch.Generator().manual_seed(0))
        bands = forward(x)
        none = Outcome(not list(forward.parameters()), "no parameters")
        return none & agree("image", back(bands), x, within=1e-6) & agree("energy", bands.norm(), x.norm(), within=1e-6)

    @check("exact")
    def bands_of_a_flat_image(self) -> Outcome:
        """A flat image has means alone, twice its value; every other band is zero."""
        bands = registry.get("block", "haar_dwt2d").obj()(torch.ones(1, 2, 4, 4))
        return agree("bands", bands, torch.cat((torch.full((1, 2, 2, 2), 2.0), torch.zeros(1, 6, 2, 2)), 1))

    @check("exact")
    def counts(self) -> Outcome:
        """Parameters of one to three levels are those of the sum by hand; every block keeps the shape."""
        width, depth, mult, classes = 128, 8, 2, 10
        quarter, half = width // 4, width // 2
        stem = 3 * quarter * 9 + quarter + quarter * half * 9 + half + half * width * 16 + 3 * width
        outcome = Outcome(True, "levels 1 to 3")
        for levels in (1, 2, 3):
            block = width * quarter + quarter
            for level in range(levels):
                bands, out = width + (half if level < levels - 1 else 0), width if level == 0 else half
                inner = width * mult
                block += bands * inner + inner + inner * width + width + width * out * 16 + 3 * out
            total = stem + depth * block + width * classes + classes
            outcome &= counted("wavemix", params=total, levels=levels)
        nodes = analyze(registry.get("design", "wavemix").obj()).nodes
        shapes = {str(nodes[f"blocks.{at}.add"]["outputs"]["out"]["shape"]) for at in range(depth)}
        return outcome & Outcome(shapes == {"[128, 16, 16]"}, f"every block gives {', '.join(shapes)}")

    @check("exact")
    def sees_far_at_once(self) -> Outcome:
        """One block with three levels changes an output from 16 positions away, where two 3 × 3 filters reach 2."""
        torch.manual_seed(0)
        module = build(registry.get("design", "wavemix").obj(), variables={**SMALL, "levels": 3, "patch": 1}).eval()
        seen: list[torch.Tensor] = []
        module.get_submodule("blocks.1.reduction").register_forward_pre_hook(lambda _, args: seen.append(args[0]))
        image = torch.randn(1, 3, 32, 32)
        module(image)
        image[:, :, 16, 16] += 10
        module(image)
        moved = (seen[0] - seen[1]).abs().amax((0, 1)) > 1e-7
        rows = torch.nonzero(moved.any(1)).flatten()
        reach = int((rows - 16).abs().max())
        return Outcome(reach >= 8, f"one pixel moves outputs {reach} rows away")

    @check("exact")
    def less_memory(self) -> Outcome:
        """Of two that the small check finds equally accurate WaveMix makes and holds fewer bytes of activations."""
        totals = [
            analyze(
                registry.get("design", name).obj(), {"label": {"classes": 10}, "image": {"channels": 1}}, sizes
            ).total
            for name, sizes in (("wavemix", SMALL), ("resnet20_cifar", RESIDUAL))
        ]
        kinds = {"activation_bytes": "made in training", "peak_activation_bytes": "held at once"}
        words = "; ".join(f"{totals[0][kind]:,} and {totals[1][kind]:,} bytes {what}" for kind, what in kinds.items())
        return Outcome(all(totals[0][kind] < totals[1][kind] for kind in kinds), words)

    @check("exact")
    def a_class_for_every_pixel(self) -> Outcome:
        """The dense form has logits as large as the image for every size of what the stem joins."""
        design, outcome = registry.get("design", "wavemix_dense").obj(), Outcome(True, "logits")
        for patch in (1, 2, 4):
            shape = analyze(design, variables={**SMALL, "patch": patch}).nodes["classes"]["outputs"]["out"]["shape"]
            outcome &= Outcome(shape == [10, 32, 32], f"{shape} of patches of {patch}")
        return outcome

    @check("small", minutes=2)
    def fewer_parameters_than_a_resnet(self, lab: Lab) -> Outcome:
        """With fewer parameters than ResNet-20 it classifies digits at most one point below."""
        wave, residual = registry.get("design", "wavemix").obj(), registry.get("design", "resnet20_cifar").obj()
        sizes = [analyze(one, variables=given).total["params"] for one, given in ((wave, SMALL), (residual, RESIDUAL))]
        assert sizes[0] < sizes[1], f"{sizes[0]:,} parameters, the residual network {sizes[1]:,}"
        return compared(
            lab,
            {"WaveMix": (wave, SMALL), "ResNet": (residual, RESIDUAL)},
            "digits",
            margin=0.01,
            epochs=4,
        )
