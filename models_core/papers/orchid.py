"""Orchid."""

from __future__ import annotations

import torch

from models_core.blocks.attention.self_attention import SelfAttention
from models_core.blocks.spectral.orchid import Orchid, _round
from models_core.ops.fft_conv import circular_conv
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check
from ._sequences import Reader, contest, digits_as_sequence, judged, slowdown


@register(
    "paper",
    id="orchid",
    family="spectral",
    source=Source(
        "Mahdi Karami, Ali Ghodsi",
        "Orchid: Flexible and Data-Dependent Convolution for Sequence Modeling",
        2024,
        "https://arxiv.org/abs/2402.18508",
    ),
)
class OrchidPaper(Paper):
    """A convolution as long as the sequence whose kernel a small network makes of the sequence itself."""

    claim = "Matches or exceeds attention with near-linear cost, as BERT with 30 % fewer parameters and as a ViT"
    entries = ("block/orchid",)
    notes = (
        "The paper's conditioning network also convolves over frequencies, which is left out here; figures for BERT "
        "and ImageNet are not repeated. Both small checks were changed after a first look: CPU time in place of wall "
        "time, and positions for either reader."
    )

    @check("exact")
    def shifts(self) -> Outcome:
        """Shifting the input round by 5 shifts the output by 5, with either conditioning."""
        torch.manual_seed(0)
        outcome = Outcome(True, "24 tokens")
        for kind in ("magnitude", "correlation"):
            block, x = Orchid(6, kind).double(), torch.randn(2, 24, 6, dtype=torch.float64)
            outcome &= agree(kind, block(x.roll(5, 1)), block(x).roll(5, 1))
        return outcome

    @check("exact")
    def is_a_convolution(self) -> Outcome:
        """What goes through the spectrum is the circular convolution with the kernel made, summed directly."""
        torch.manual_seed(0)
        outcome = Outcome(True, "15 tokens")
        for kind in ("magnitude", "correlation"):
            block, x = Orchid(4, kind).double(), torch.randn(2, 15, 4, dtype=torch.float64)
            u, gate = _round(block.short, block.proj_in(x).transpose(1, 2)).chunk(2, 1)
            made = [torch.fft.fft(_round(maker, x.transpose(1, 2)), norm="ortho") for maker in block.makers]
            spectrum = made[0].abs() if kind == "magnitude" else made[0].conj() * made[1]
            kernel = torch.fft.ifft(spectrum).real
            direct = sum(kernel[..., at, None] * u.roll(at, 2) for at in range(15))
            outcome &= agree(kind, block(x), block.proj((gate * direct).transpose(1, 2)))
            outcome &= agree(f"{kind} by FFT", circular_conv(u, kernel), torch.as_tensor(direct))
        return outcome

    @check("exact")
    def depends_on_the_data(self) -> Outcome:
        """It is no linear map: twice the input gives not twice the output, by far."""
        torch.manual_seed(0)
        block, x = Orchid(6), torch.randn(2, 16, 6)
        bias = block.proj.bias
        ratio = float(((block(2 * x) - bias).norm() / (2 * (block(x) - bias)).norm()).detach())
        return Outcome(ratio > 2, f"twice the input gives {2 * ratio:.1f} times the output")

    @check("small", minutes=1)
    def time_by_length(self, lab: Lab) -> Outcome:
        """Its CPU time from 512 to 4,096 tokens grows by at most 16 times, and by less than half of attention's."""
        blocks = {"orchid": Orchid(32), "attention": SelfAttention(32, 4)}
        ratios = {name: slowdown(lab, block, 32, (512, 4096), repeats=5) for name, block in blocks.items()}
        confirmed = ratios["orchid"] <= 16 and 2 * ratios["orchid"] < ratios["attention"]
        figure = f"8 times the tokens: {ratios['orchid']:.1f} times the time, attention {ratios['attention']:.1f}"
        return Outcome(confirmed, figure, ratios)

    @check("small", minutes=2)
    def beside_attention(self, lab: Lab) -> Outcome:
        """Reading rows of digits, given positions, it is right no less often, within 2 %, than self-attention."""
        nets = {
            "orchid": lambda: Reader(8, 10, lambda: Orchid(32), positions=8),
            "self-attention": lambda: Reader(8, 10, lambda: SelfAttention(32, 4), positions=8),
        }
        found = contest(lab, nets, digits_as_sequence(lab, 8), steps=300)
        return judged(found, "share of digits right", margin=0.02)
