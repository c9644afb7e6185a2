"""S5."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models_core.blocks.recurrent.gru import GRU
from models_core.blocks.state_space.s5 import S5
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check
from ._sequences import Reader, contest, digits_as_sequence, judged, slowdown


def linear_part(block: S5, x: Tensor) -> Tensor:
    """The state space alone, as a convolution with kernel C A^k B."""
    (real, imag), (b_real, b_imag) = block.discrete()
    gate, b = torch.complex(real, imag), torch.complex(b_real, b_imag)
    c = torch.view_as_complex(block.c[0].contiguous())
    powers = gate[:, None] ** torch.arange(x.shape[1])
    kernel = 2 * torch.einsum("ds,sk,se->kde", c, powers, b).real
    rows = [torch.einsum("kde,nke->nd", kernel[: at + 1].flip(0), x[:, : at + 1]) for at in range(x.shape[1])]
    return torch.stack(rows, 1)


@register(
    "paper",
    id="simplified-state-space-layers",
    family="state_space",
    source=Source(
        "Jimmy Smith, Andrew Warrington, Scott Linderman",
        "Simplified State Space Layers for Sequence Modeling",
        2022,
        "https://arxiv.org/abs/2208.04933",
    ),
)
class SimplifiedStateSpace(Paper):
    """One diagonal complex state space that takes in and gives out all features, worked out by a parallel scan."""

    claim = "87.4 % on average on Long Range Arena, 98.5 % on Path-X"
    entries = ("block/s5",)
    notes = (
        "The decay is learned as its logarithm, which keeps every pole inside the unit circle; the paper clips. "
        "The state starts as one HiPPO matrix; the paper's, of many tasks, as several smaller ones side by side."
    )

    @check("exact")
    def three_forms(self) -> Outcome:
        """Scan, step by step, and convolution with kernel C A^k B give the same."""
        torch.manual_seed(0)
        block, x = S5(6, 4).double(), torch.randn(2, 40, 6, dtype=torch.float64)
        state, rows = block.init_state(2), []
        for at in range(40):
            row, state = block.step(x[:, at], state)
            rows.append(row)
        u = nn.functional.gelu(linear_part(block, x) + block.d * x)
        convolved = u * block.gate(u).sigmoid()
        return agree("steps", torch.stack(rows, 1), block(x)) & agree("convolution", convolved, block(x))

    @check("exact")
    def stable(self) -> Outcome:
        """All poles lie inside the unit circle, at the start and whatever is learned."""
        torch.manual_seed(0)
        block = S5(8, 32)
        largest = [float(torch.complex(*block.discrete()[0]).abs().max())]
        with torch.no_grad():
            for param in (block.log_decay, block.frequency, block.log_step):
                param.add_(torch.randn_like(param))
        largest.append(float(torch.complex(*block.discrete()[0]).abs().max()))
        return Outcome(max(largest) < 1, f"largest pole {largest[0]:.5f} at the start, {largest[1]:.5f} after noise")

    @check("exact")
    def backwards(self) -> Outcome:
        """Bidirectional, a reversed sequence with the directions' readers exchanged gives the reversed output."""
        torch.manual_seed(0)
        block, x = S5(6, 4, bidirectional=True).double(), torch.randn(2, 20, 6, dtype=torch.float64)
        before = block(x)
        with torch.no_grad():
            block.c.copy_(block.c.flip(0))
        return agree("reversed", block(x.flip(1)).flip(1), before)

    @check("small", minutes=2)
    def beside_gru(self, lab: Lab) -> Outcome:
        """Reading digits pixel by pixel it is right no less often than a GRU of the same width."""
        draw = digits_as_sequence(lab, 1)
        nets = {
            "s5": lambda: Reader(1, 10, lambda: S5(32, 16)),
            "gru": lambda: Reader(1, 10, lambda: GRU(32, 32)),
        }
        found = contest(lab, nets, draw, steps=300)
        return judged(found, "share of digits right")

    @check("small", minutes=1)
    def linear_time(self, lab: Lab) -> Outcome:
        """Eight times the length takes at most twelve times the CPU time, forward and backward."""
        ratio = slowdown(lab, S5(16, 16), 16, (2_048, 16_384))
        return Outcome(ratio <= 12, f"16,384 tokens take {ratio:.1f} times the time of 2,048", {"ratio": ratio})
