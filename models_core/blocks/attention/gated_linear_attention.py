from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn
from torch.nn.functional import logsigmoid, silu

from models_core.blocks._sizes import Count, Width
from models_core.ops.linear_attention import remember
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Range, Source, Traits, register


@register(
    "block",
    id="gated_linear_attention",
    family="attention",
    tags=("sequence", "recurrent", "linear attention", "multi-head", "causal", "gla"),
    small={"heads": 2},
    traits=Traits(causal=True),
    source=Source(
        "Songlin Yang, Bailin Wang, Yikang Shen, Rameswar Panda, Yoon Kim",
        "Gated Linear Attention Transformers with Hardware-Efficient Training",
        2023,
        "https://arxiv.org/abs/2312.06635",
    ),
    formula=Formula(
        r"\alpha_t = \sigma(W_2 W_1 x_t + b)^{1 / \tau}",
        r"S_t = \operatorname{diag}(\alpha_t)\, S_{t-1} + k_t v_t^{\top}",
        r"o_t = S_t^{\top} q_t / \sqrt{d}",
        r"y_t = W_O \left(\operatorname{norm}(o_t) \odot \operatorname{silu}(W_r x_t)\right)",
        where=(
            "In each head; q, k and v are W x, d the features of a key, τ the temperature. S starts at 0, and norm is "
            "by root mean square over a head."
        ),
    ),
)
class GatedLinearAttention(nn.Module):
    """Attends through a matrix of memory per head that forgets, feature by feature, as the tokens say.

    N L D -> the same, no output seeing a later token; time linear in L. Raises ValueError if the heads do not divide
    D / 2, the features of all keys.
    """

    mixes_positions = True

    def __init__(
        self,
        dim: Width,
        heads: Annotated[Count, Doc("Heads, each with a memory of D / 2 heads x D / heads.")] = 4,
        gate_rank: Annotated[Count, Doc("Features that the gates are computed through.")] = 16,
        temperature: Annotated[float, Range(0.1, 256), Doc("The larger, the closer to 1 the gates start.")] = 16.0,
    ) -> None:
        super().__init__()
        if dim % (2 * heads):
            raise ValueError(f"{heads} heads do not divide {dim} / 2 features; choose heads that do, or another width")
        self.heads, self.temperature = heads, temperature
        self.q = nn.Linear(dim, dim // 2, bias=False)
        self.k = nn.Linear(dim, dim // 2, bias=False)
        self.v = nn.Linear(dim, dim, bias=False)
        self.gate_rank = gate_rank
        self.gates = nn.Sequential(nn.Linear(dim, gate_rank, bias=False), nn.Linear(gate_rank, dim // 2))
        self.norm = nn.RMSNorm(dim // heads, eps=1e-5)
        self.r = nn.Linear(dim, dim, bias=False)
        self.proj = nn.Linear(dim, dim, bias=False)

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Queries, keys, values and the logarithms of gates, ... heads features, of tokens ... D."""
        logs = logsigmoid(self.gates(x)) / self.temperature
        q, k, v, logs = (part.unflatten(-1, (self.heads, -1)) for part in (self.q(x), self.k(x), self.v(x), logs))
        return q * q.shape[-1] ** -0.5, k, v, logs

    def forward(self, x: Sequence) -> Sequence:
        q, k, v, logs = self._parts(x)
        return self._out(remember(q, k, v, logs), x)

    def _out(self, out: Tensor, x: Tensor) -> Tensor:
        return self.proj(self.norm(out).flatten(-2) * silu(self.r(x)))

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        """With the memory written and read once for each token, as the recurrence does it."""
        length, dim = in_shapes[0][-2:]
        rank = self.gate_rank
        return length * (4 * dim * dim + dim * rank + rank * dim // 2 + dim * dim // self.heads)

    def init_state(self, batch: int) -> tuple[Tensor, ...]:
        dim = self.proj.in_features
        return (self.proj.weight.new_zeros(batch, self.heads, dim // 2 // self.heads, dim // self.heads),)

    def step(self, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        q, k, v, logs = self._parts(x)
        memory = logs.exp().unsqueeze(-1) * state[0] + k.unsqueeze(-1) * v.unsqueeze(-2)
        return self._out((q.unsqueeze(-2) @ memory).squeeze(-2), x), (memory,)
