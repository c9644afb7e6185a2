"""SpectFormer."""

from __future__ import annotations

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.blocks.spectral.spectral_gate import SpectralGate
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, counted


def total(spectral: int) -> dict[str, int]:
    return analyze(registry.get("design", "spectformer_xs").obj(), variables={"spectral": spectral}).total


@register(
    "paper",
    id="spectformer",
    family="spectral",
    source=Source(
        "Badri Patro, Vinay Namboodiri, Vijay Agneeswaran",
        "SpectFormer: Frequency and Attention is what you need in a Vision Transformer",
        2023,
        "https://arxiv.org/abs/2304.06446",
    ),
)
class SpectFormer(Paper):
    """A vision transformer whose first layers weigh frequencies by learned complex numbers; the later ones attend."""

    claim = "SpectFormer-S 84.25 %, -L 85.7 % on ImageNet-1K, some 2 % above GFNet-H and LiT"
    entries = (
        "block/spectral_gate",
        *(f"design/spectformer_{size}" for size in ("t", "xs", "s", "b", "h_s", "h_b", "h_l")),
    )
    notes = (
        "Parameters of the plain forms are those that the authors' training logs tell. The second head of the "
        "hierarchical forms is there in training alone, where the mean of its tokens learns the image's label: labels "
        "of every token would need another network. The authors add half of its best token to the answer. ImageNet is "
        "not repeated: the comparison is on digits of 32 × 32 with 4 layers."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """T, XS, S and B have the parameters of the authors' logs; XS with all layers spectral, GFNet-XS, 16 M."""
        outcome = counted("spectformer_xs", params=16e6, digits=2, spectral=12)
        for size, params in (("t", 9_158_376), ("xs", 20_028_520), ("s", 32_449_768), ("b", 57_159_656)):
            outcome &= counted(f"spectformer_{size}", params=params)
        return outcome

    @check("exact")
    def hierarchical_counts(self) -> Outcome:
        """H-S, H-B and H-L have as many parameters and MACs as published: 22.2, 33.1, 54.7 M and 3.9, 6.3, 12.7 G.

        Both with the head of the tokens; the published MACs leave out the products of tokens with tokens.
        """
        outcome = Outcome(True, "with both heads")
        for size, params, macs in (("s", 22.2, 3.9), ("b", 33.1, 6.3), ("l", 54.7, 12.7)):
            design = registry.get("design", f"spectformer_h_{size}").obj()
            report = analyze(design)
            head = report.nodes["token_head"]
            attending = ((196, "width3", "depth3"), (49, "width4", "depth4"))
            value = {name: variable.value for name, variable in design.variables.items()}
            products = sum(2 * n * n * value[width] * value[depth] for n, width, depth in attending)
            every = (report.total["params"] + head["params"]) / 1e6
            counted = (report.total["macs"] + head["macs"] - products) / 1e9
            right = head["training"] and (round(every, 1), round(counted, 1)) == (params, macs)
            told = f"H-{size.upper()}: {every:.2f} M, {counted:.2f} G MACs and {products / 1e9:.2f} G of products"
            outcome &= Outcome(right, told)
        return outcome

    @check("exact")
    def filters(self) -> Outcome:
        """All ones change nothing; any filter is the circular convolution with its inverse transform."""
        torch.manual_seed(0)
        block, x = SpectralGate(20, 3, rows=4).double(), torch.randn(2, 20, 3, dtype=torch.float64)
        kernel = torch.fft.irfft2(torch.view_as_complex(block.weight).permute(2, 0, 1), s=(4, 5))
        image, direct = x.transpose(1, 2).unflatten(2, (4, 5)), torch.zeros(2, 3, 4, 5, dtype=torch.float64)
        for i in range(4):
            for j in range(5):
                direct = direct + kernel[:, i, j, None, None] * image.roll((i, j), (2, 3))
        outcome = agree("convolution", block(x), direct.flatten(2).transpose(1, 2))
        with torch.no_grad():
            block.weight.copy_(torch.tensor([1.0, 0.0]))
        return outcome & agree("ones", block(x), x)

    @check("exact")
    def between_vit_and_gfnet(self) -> Outcome:
        """With no spectral layer all 12 are a ViT's, each 12 D² + 13 D; MACs fall with every spectral layer."""
        width, stem = 384, 768 * 384 + 384 + 196 * 384 + 2 * 384 + 384 * 1000 + 1000
        params = total(0)["params"]
        macs = [total(spectral)["macs"] for spectral in (0, 3, 6, 9, 12)]
        falls = macs == sorted(set(macs), reverse=True)
        expected = stem + 12 * (12 * width * width + 13 * width)
        told = ", ".join(f"{each / 1e9:.2f}" for each in macs)
        return Outcome(falls and params == expected, f"{params:,} parameters, {expected:,} expected; {told} G MACs")

    @check("exact")
    def gradients(self) -> Outcome:
        """The gradient of the filter is that of the same sum written with sines and cosines."""
        torch.manual_seed(0)
        block, x = SpectralGate(9, 2).double(), torch.randn(1, 9, 2, dtype=torch.float64)
        (ours,) = torch.autograd.grad(block(x).square().sum(), block.weight)
        step = 1e-6
        probe = nn.functional.one_hot(torch.tensor(5), ours.numel()).view_as(ours) * step
        with torch.no_grad():
            block.weight.add_(probe)
            up = block(x).square().sum()
            block.weight.sub_(2 * probe)
            slope = (up - block(x).square().sum()) / (2 * step)
        return agree("slope", ours.flatten()[5], slope, within=1e-5)

    @check("small", minutes=2)
    def beside_vit_and_gfnet(self, lab: Lab) -> Outcome:
        """On digits, half spectral is right no less often, within 1 %, than all attention and than all spectral."""
        small = {"image_size": 32, "patch": 8, "width": 64, "depth": 4, "head_width": 16}
        design = registry.get("design", "spectformer_xs").obj()
        contestants = {
            name: (design, {**small, "spectral": spectral})
            for name, spectral in (("half", 2), ("attention", 0), ("spectral", 4))
        }
        return compared(lab, contestants, "digits", margin=0.01, epochs=6)
