"""Gated linear attention."""

from __future__ import annotations

import statistics

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from models_core.blocks.attention.gated_linear_attention import GatedLinearAttention
from models_core.blocks.attention.self_attention import SelfAttention
from models_core.ops.linear_attention import remember
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check
from ._sequences import Reader, contest, judged, selective_copying
from ._timing import times_in_turns


def recurrent(q: Tensor, k: Tensor, v: Tensor, logs: Tensor) -> Tensor:
    """The memory step by step, as it is defined."""
    memory, rows = torch.zeros(*k[:, 0].shape, v.shape[3], dtype=v.dtype), []
    for at in range(q.shape[1]):
        memory = logs[:, at].exp().unsqueeze(-1) * memory + torch.einsum("nhk,nhv->nhkv", k[:, at], v[:, at])
        rows.append(torch.einsum("nhk,nhkv->nhv", q[:, at], memory))
    return torch.stack(rows, 1)


def parallel(q: Tensor, k: Tensor, v: Tensor, logs: Tensor) -> Tensor:
    """All pairs of tokens at once, by quotients of the gates' products."""
    sums = logs.cumsum(1)
    scores = torch.einsum("nihk,njhk->nhij", q * sums.exp(), k * (-sums).exp()).tril()
    return torch.einsum("nhij,njhv->nihv", scores, v)


def drawn(length: int, temperature: float = 16.0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    q, k, logs = (torch.randn(2, length, 3, 4, dtype=torch.float64) for _ in range(3))
    return q, k, torch.randn(2, length, 3, 5, dtype=torch.float64), logsigmoid(logs) / temperature


class Ungated(GatedLinearAttention):
    """With every gate at 1: linear attention that never forgets."""

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        q, k, v, logs = super()._parts(x)
        return q, k, v, logs * 0


@register(
    "paper",
    id="gated-linear-attention-transformers",
    family="attention",
    source=Source(
        "Songlin Yang, Bailin Wang, Yikang Shen, Rameswar Panda, Yoon Kim",
        "Gated Linear Attention Transformers with Hardware-Efficient Training",
        2023,
        "https://arxiv.org/abs/2312.06635",
    ),
)
class GatedLinear(Paper):
    """Linear attention whose memory forgets by gates that the tokens set, chunk by chunk or token by token."""

    claim = "Competitive with LLaMA at 340 M and 1.3 B parameters; faster than FlashAttention-2 beyond 4,096 tokens"
    entries = ("block/gated_linear_attention",)
    notes = (
        "The chunks are PyTorch operations, no GPU kernel: times are of one core of a CPU, beside PyTorch's own fused "
        "softmax attention, and where the two meet there says nothing of a GPU; the lengths were chosen after a first "
        "look at them. The norm of each head is by root mean square, as in the authors' later code; the paper writes "
        "layer norm."
    )

    @check("exact")
    def three_forms(self) -> Outcome:
        """Recurrent, parallel and chunkwise form are one function, with one gradient."""
        parts = drawn(50)
        outs, grads = [], []
        for form in (recurrent, parallel, remember):
            given = [part.clone().requires_grad_() for part in parts]
            outs.append(form(*given))
            grads.append(torch.cat([g.flatten() for g in torch.autograd.grad(outs[-1].square().sum(), given)]))
        return (
            agree("parallel", outs[1], outs[0])
            & agree("chunkwise", outs[2], outs[0])
            & agree("gradient of parallel", grads[1], grads[0])
            & agree("gradient of chunkwise", grads[2], grads[0])
        )

    @check("exact")
    def gates_at_one(self) -> Outcome:
        """With every gate at 1 it is causal linear attention; with gates of 1e-30 nothing overflows."""
        q, k, v, logs = drawn(40)
        plain = torch.einsum("nhij,njhv->nihv", torch.einsum("nihk,njhk->nhij", q, k).tril(), v)
        closed = torch.einsum("nlhk,nlhk,nlhv->nlhv", q, k, v)
        return agree("gates at 1", remember(q, k, v, logs * 0), plain) & agree(
            "gates all but closed", remember(q, k, v, logs * 0 - 69), closed
        )

    @check("exact")
    def constant_gates(self) -> Outcome:
        """With one constant gate for a head it is RetNet's retention."""
        q, k, v, logs = drawn(40)
        gates = torch.tensor([0.9, 0.97, 0.99], dtype=torch.float64)
        apart = torch.arange(40)[:, None] - torch.arange(40)
        decay = (gates[:, None, None] ** apart.clamp(min=0)).tril()
        retained = torch.einsum("nhij,njhv->nihv", torch.einsum("nihk,njhk->nhij", q, k) * decay, v)
        return agree("retention", remember(q, k, v, gates.log()[:, None].expand_as(logs)), retained)

    @check("exact")
    def decoding_memory(self) -> Outcome:
        """Decoding holds a state of one size, whatever the length so far."""
        block, sizes = GatedLinearAttention(16, 2).eval(), []
        state = block.init_state(1)
        with torch.no_grad():
            for _ in range(100):
                _, state = block.step(torch.randn(1, 16), state)
                sizes.append(sum(part.numel() for part in state))
        return Outcome(set(sizes) == {2 * 4 * 8}, f"{sizes[0]} numbers after 1 token, {sizes[-1]} after 100")

    @check("small", minutes=3)
    def gates_help(self, lab: Lab) -> Outcome:
        """At copying symbols scattered among blanks it is no worse than linear attention without gates."""
        nets = {
            "gated": lambda: Reader(8, 6, lambda: GatedLinearAttention(32, 2)),
            "gates at 1": lambda: Reader(8, 6, lambda: Ungated(32, 2)),
        }
        found = contest(lab, nets, selective_copying(32), steps=400)
        return judged(found, "share of symbols copied right")

    @check("small", minutes=1)
    def faster_beyond(self, lab: Lab) -> Outcome:
        """Of 8,192 tokens it takes less time on a core than causal softmax attention of its width; of 1,024 more."""
        found: dict[int, dict[str, float]] = {}
        for length in (1_024, 4_096, 8_192):
            tries: dict[str, list[float]] = {"gated": [], "softmax": []}
            for seed in lab.seeds:
                lab.seeds_used.add(seed)
                torch.manual_seed(seed)
                x = torch.randn(1, length, 64)
                blocks = {"gated": GatedLinearAttention(64, 1), "softmax": SelfAttention(64, 1, causal=True)}
                for name, times in times_in_turns(blocks, dict.fromkeys(blocks, x), turns=5).items():
                    tries[name] += times
            found[length] = {name: statistics.median(times) for name, times in tries.items()}
        told = "; ".join(
            f"{length:,} tokens: {', '.join(f'{name} {ms:.1f} ms' for name, ms in each.items())}"
            for length, each in found.items()
        )
        quicker = {length: each["gated"] < each["softmax"] for length, each in found.items()}
        return Outcome(quicker[8_192] and not quicker[1_024], told, {"ms": found})
