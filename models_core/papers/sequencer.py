"""Sequencer."""

from __future__ import annotations

import torch

from models_core import registry
from models_core.blocks.recurrent.lstm2d import LSTM2d
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, counted


@register(
    "paper",
    id="sequencer",
    family="recurrent",
    source=Source(
        "Yuki Tatsunami, Masato Taki",
        "Sequencer: Deep LSTM for Image Classification",
        2022,
        "https://arxiv.org/abs/2205.01972",
    ),
)
class SequencerPaper(Paper):
    """LSTMs over the rows and the columns of an image in place of attention."""

    claim = "Sequencer2D-L: 54 M parameters, 84.6 % on ImageNet-1K"
    entries = ("block/lstm2d", "design/sequencer2d_s", "design/sequencer2d_m", "design/sequencer2d_l")

    @check("exact")
    def counts(self) -> Outcome:
        """S and L have 27,651,688 and 54,298,216 parameters, M 38 M."""
        return (
            counted("sequencer2d_s", params=27_651_688)
            & counted("sequencer2d_m", params=38e6, digits=2)
            & counted("sequencer2d_l", params=54_298_216)
        )

    @check("exact")
    def sees_a_cross(self) -> Outcome:
        """A pixel reaches exactly the pixels of its row and its column."""
        torch.manual_seed(0)
        block, x = LSTM2d(8), torch.randn(1, 8, 6, 7)
        other = x.clone()
        other[:, :, 2, 4] += 1
        with torch.no_grad():
            moved = (block(x) - block(other)).abs().amax((0, 1)) > 1e-9
        cross = torch.zeros(6, 7, dtype=torch.bool)
        cross[2], cross[:, 4] = True, True
        return Outcome(bool((moved == cross).all()), f"{int(moved.sum())} pixels move, 12 expected")

    @check("exact")
    def both_directions(self) -> Outcome:
        """With the roles of the two LSTMs exchanged, a transposed image gives the transposed output."""
        torch.manual_seed(0)
        block, twin, x = LSTM2d(8), LSTM2d(8), torch.randn(2, 8, 5, 6)
        weights = block.state_dict()
        swapped = {}
        for name, value in weights.items():
            part, _, rest = name.partition(".")
            other = {"vertical": "horizontal", "horizontal": "vertical"}.get(part, part)
            swapped[f"{other}.{rest}"] = value
        swapped["fc.weight"] = weights["fc.weight"].roll(4, 1)
        twin.load_state_dict(swapped)
        return agree("transposed", twin(x.transpose(2, 3)).transpose(2, 3), block(x))

    @check("exact")
    def any_size(self) -> Outcome:
        """The same weights take an image of twice the height and width."""
        torch.manual_seed(0)
        block = LSTM2d(8)
        out = block(torch.randn(1, 8, 12, 14))
        return Outcome(out.shape == (1, 8, 12, 14) and bool(out.isfinite().all()), f"output {tuple(out.shape)}")

    @check("small", minutes=3)
    def beside_attention(self, lab: Lab) -> Outcome:
        """On digits a small Sequencer is right no less often, within 1 %, than a small ViT."""
        small = {"image_size": 28, "width": 32, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1}
        vit = {"image_size": 28, "patch": 4, "width": 64, "depth": 2, "head_width": 16}
        contestants = {
            "sequencer": (registry.get("design", "sequencer2d_s").obj(), small),
            "vit": (registry.get("design", "vit").obj(), vit),
        }
        return compared(lab, contestants, "digits", margin=0.01, epochs=6)
