"""Aaren."""

from __future__ import annotations

import torch
from torch import nn

from models_core.blocks.attention.aaren import Aaren
from models_core.blocks.attention.self_attention import SelfAttention
from models_core.ops.scan import softmax_scan
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check
from ._sequences import Reader, contest, digits_as_sequence, judged


@register(
    "paper",
    id="attention-rnn",
    family="attention",
    source=Source(
        "Leo Feng, Frederick Tung, Hossein Hajimirsadeghi, Mohamed Osama Ahmed, Yoshua Bengio, Greg Mori",
        "Attention as an RNN",
        2024,
        "https://arxiv.org/abs/2405.13956",
    ),
)
class AttentionAsRNN(Paper):
    """Attention by a learned query over all tokens so far, computed for a whole sequence at once or token by token."""

    claim = (
        "Comparable to transformers on 38 data sets in four settings, with memory that does not grow while streaming"
    )
    entries = ("block/aaren",)
    notes = "The paper learns one query token that each layer projects; here each layer learns the projected queries."

    @check("exact")
    def every_prefix(self) -> Outcome:
        """The scan is softmax attention on every prefix, with scores of 1 and of 1,000."""
        torch.manual_seed(0)
        outcome = Outcome(True, "60 prefixes")
        for size in (1.0, 1000.0):
            scores, values = torch.randn(2, 60, 3) * size, torch.randn(2, 60, 3, 4)
            prefixes = [
                torch.einsum("nlh,nlhd->nhd", scores[:, :end].softmax(1), values[:, :end]) for end in range(1, 61)
            ]
            outcome &= agree(f"scores of {size:,.0f}", softmax_scan(scores, values), torch.stack(prefixes, 1))
        return outcome

    @check("exact")
    def masked_attention(self) -> Outcome:
        """The block is causal self-attention in which every token asks the same learned query, gradients too."""
        torch.manual_seed(0)
        block = Aaren(12, 3).double()
        x = torch.randn(2, 20, 12, dtype=torch.float64, requires_grad=True)
        k, v = block.kv(x).unflatten(2, (2, 3, 4)).permute(2, 0, 3, 1, 4)
        q = block.query[None, :, None].expand(2, 3, 20, 4)
        out = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        whole = block.proj(out.transpose(1, 2).flatten(2))
        ours = block(x)
        (one,), (two,) = (torch.autograd.grad(y.square().sum(), x, retain_graph=True) for y in (ours, whole))
        return agree("output", ours, whole) & agree("gradient", one, two)

    @check("exact")
    def streaming(self) -> Outcome:
        """Token by token it gives the same, and its state has the same bytes after 1 and after 300 tokens."""
        torch.manual_seed(0)
        block, x = Aaren(16, 4).eval(), torch.randn(2, 300, 16)
        state, rows, sizes = block.init_state(2), [], []
        with torch.no_grad():
            for at in range(300):
                row, state = block.step(x[:, at], state)
                rows.append(row)
                sizes.append(sum(part.numel() * part.element_size() for part in state))
            whole = block(x)
        same = Outcome(sizes[0] == sizes[-1], f"state of {sizes[0]} and {sizes[-1]} bytes")
        return agree("steps", torch.stack(rows, 1), whole) & same

    @check("small", minutes=2)
    def beside_self_attention(self, lab: Lab) -> Outcome:
        """Reading digits row by row it is right no less often, within 2 %, than causal self-attention."""
        draw = digits_as_sequence(lab, 8)
        nets = {
            "aaren": lambda: Reader(8, 10, lambda: Aaren(32, 4)),
            "self-attention": lambda: Reader(8, 10, lambda: SelfAttention(32, 4, causal=True)),
        }
        found = contest(lab, nets, draw, steps=600)
        return judged(found, "share of digits right", margin=0.02)
