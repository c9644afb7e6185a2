"""Mamba."""

from __future__ import annotations

import torch
from torch.nn.functional import silu, softplus

from models_core import registry
from models_core.blocks.state_space.mamba import Mamba
from models_core.ops.fft_conv import fft_conv
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, counted
from ._sequences import Reader, contest, judged, selective_copying, slowdown


def stepped(block: Mamba, x: torch.Tensor) -> torch.Tensor:
    """The block's outputs token by token."""
    state, rows = block.init_state(x.shape[0]), []
    for at in range(x.shape[1]):
        row, state = block.step(x[:, at], state)
        rows.append(row)
    return torch.stack(rows, 1)


@register(
    "paper",
    id="mamba",
    family="state_space",
    source=Source(
        "Albert Gu, Tri Dao",
        "Mamba: Linear-Time Sequence Modeling with Selective State Spaces",
        2023,
        "https://arxiv.org/abs/2312.00752",
    ),
)
class MambaPaper(Paper):
    """State spaces whose step size, input and output matrix follow from the input, so that they choose what to keep."""

    claim = "Solves selective copying, where time-invariant state spaces fail; linear in length"
    entries = ("block/mamba", "design/byte_mamba", "dataset/selective_copying")
    notes = (
        "The scan keeps all states in memory, as no fused kernel recomputes them; throughput on a GPU is not measured. "
        "Copying 4 of 6 symbols out of 32 tokens, 400 steps teach neither form the task: selective 0.52 ± 0.06 right, "
        "time-invariant 0.48 ± 0.14; the check has a smaller task. The time-invariant form keeps its gate by the input."
        " The data set of that name is the task as text, every byte of which is to be told; the check asks for copies."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """Mamba-130M has 129,135,360 parameters; here with 256 instead of 50,280 rows in the embedding."""
        rows = (50_280 - 256) * 768
        design = registry.get("design", "byte_mamba").obj()
        return counted(design, params=129_135_360 - rows, width=768, depth=24)

    @check("exact")
    def scan_is_the_recurrence(self) -> Outcome:
        """The scan over a sequence equals the recurrence token by token, in output and gradient."""
        torch.manual_seed(0)
        block, x = Mamba(8, 4).double(), torch.randn(2, 37, 8, dtype=torch.float64)
        one, two = block(x), stepped(block, x)
        grads = [
            torch.cat([g.flatten() for g in torch.autograd.grad(y.square().sum(), list(block.parameters()))])
            for y in (one, two)
        ]
        return agree("output", one, two) & agree("gradient", *grads)

    @check("exact")
    def constant_is_a_convolution(self) -> Outcome:
        """With step size, B and C the same at all times it is a convolution with kernel C exp(Δ A)^k Δ B."""
        torch.manual_seed(0)
        block, x = Mamba(8, 4, selective=False).double(), torch.randn(2, 30, 8, dtype=torch.float64)
        u, z = block.in_proj(x).chunk(2, -1)
        v = silu(block.conv(torch.nn.functional.pad(u.transpose(1, 2), (3, 0))))
        delta = softplus(block.delta)[:, None]
        powers = (delta * -block.log_a.exp()).unsqueeze(-1) * torch.arange(30)
        kernel = torch.einsum("dsk,s,s->dk", powers.exp(), delta.new_ones(4) * block.b, block.c) * delta
        y = fft_conv(v, kernel) + block.d[:, None] * v
        return agree("convolution", block(x), block.out_proj(y.transpose(1, 2) * silu(z)))

    @check("small", minutes=3)
    def selective_copying(self, lab: Lab) -> Outcome:
        """Copying symbols scattered among blanks, it is right at least 20 % more often than its time-invariant form."""
        nets = {
            "selective": lambda: Reader(6, 4, lambda: Mamba(24, 8), width=24),
            "time-invariant": lambda: Reader(6, 4, lambda: Mamba(24, 8, selective=False), width=24),
        }
        found = contest(lab, nets, selective_copying(16, 3, 4), steps=400)
        return judged(found, "share of symbols copied right", better=0.2)

    @check("small", minutes=1)
    def linear_time(self, lab: Lab) -> Outcome:
        """Eight times the length takes at most twelve times the CPU time, forward and backward."""
        ratio = slowdown(lab, Mamba(16, 8), 16, (1_024, 8_192))
        return Outcome(ratio <= 12, f"8,192 tokens take {ratio:.1f} times the time of 1,024", {"ratio": ratio})
