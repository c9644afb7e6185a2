"""MUDDFormer."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from models_core import registry
from models_core.analysis import analyze
from models_core.blocks.connection.dynamic_dense import DynamicDense
from models_core.blocks.connection.dynamic_sum import DynamicSum
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, by_hand, check, compared_on_text

SMALL = {"width": 64, "depth": 4, "head_width": 16}


@register(
    "paper",
    id="muddformer",
    family="connection",
    source=Source(
        "Da Xiao, Qingye Meng, Shengping Li, Xingyuan Yuan",
        "MUDDFormer: Breaking Residual Bottlenecks in Transformers via Multiway Dynamic Dense Connections",
        2025,
        "https://arxiv.org/abs/2502.12170",
    ),
)
class MuddFormer(Paper):
    """Every token tells by which weights the next block's queries, keys, values and shortcut mix earlier outputs."""

    claim = "Matches transformers trained with 1.8 to 2.4 times the compute, at 0.23 % more parameters"
    entries = ("design/muddformer", "block/dynamic_dense", "block/dynamic_sum")
    notes = (
        "The dynamic part begins near zero instead of at zero, and hidden widths are not rounded up to multiples of "
        "64. Measured on 30,000 bytes of made-up sentences with 4 blocks of width 64; the passes over them were made "
        "more after a first look, at which no network had learned more than the shares of letters."
    )

    @check("exact")
    def one_hot_is_plain(self) -> Outcome:
        """Without the dynamic part all four ways are the last output: a plain transformer."""
        torch.manual_seed(0)
        module = build(registry.get("design", "muddformer").obj(), {"text": {"vocab": 256, "length": 24}}, SMALL).eval()
        for name, parameter in module.named_parameters():
            if name.endswith(".dynamic.weight"):
                nn.init.zeros_(parameter)
        tokens = torch.randint(0, 256, (2, 24))

        def attended(block: Callable[[str], nn.Module], x: Tensor) -> Tensor:
            return block("attend")(*(block(way)(block(f"norm_{way}")(x)) for way in "qkv"))

        with torch.no_grad():
            return agree("logits", module(tokens), by_hand(module, tokens, 4, attended))

    @check("exact")
    def overhead(self) -> Outcome:
        """In 32 layers of width 2560 the mixtures are near 0.23 % of parameters and 0.4 % of multiply-adds."""
        width, depth, length = 2560, 32, 2048
        with torch.device("meta"):
            mixes = [*(DynamicDense(width, n) for n in range(2, depth + 1)), DynamicSum(width, depth + 1)]
        extra = sum(p.numel() for mix in mixes for p in mix.parameters())
        more = sum(mix.cost([((1, 1, width),) * mix.n]) for mix in mixes)
        params = 2_775_208_960  # Pythia-2.8B's; it embeds 50,304 tokens.
        macs = params - 50304 * width + 2 * length * width * depth
        found = (extra / params, more / macs)
        right = abs(found[0] - 0.0023) < 0.0003 and abs(found[1] - 0.004) < 0.0005
        return Outcome(right, f"{extra:,} parameters, {found[0]:.3%}; {more:,} multiply-adds a token, {found[1]:.2%}")

    @check("exact")
    def the_last_is_mixed_too(self) -> Outcome:
        """What the head reads is the mixture behind the last block, worked out token by token."""
        torch.manual_seed(0)
        gather = DynamicSum(6, 3).double()
        nn.init.normal_(gather.dynamic.weight)
        xs = torch.randn(3, 2, 4, 6, dtype=torch.float64)
        want = torch.zeros(2, 4, 6, dtype=torch.float64)
        for text in range(2):
            for token in range(4):
                latest = xs[2, text, token]
                hidden = nn.functional.gelu(gather.hidden.weight @ (latest / (latest.square().mean() + 1e-6).sqrt()))
                weights = gather.dynamic.weight @ hidden + gather.static[0]
                want[text, token] = weights @ xs[:, text, token]
        return agree("mixture", gather(*xs), want)

    @check("exact")
    def weights_are_a_tokens_own(self) -> Outcome:
        """Changing one token changes the mixture of that token alone."""
        torch.manual_seed(0)
        mix = DynamicDense(16, 3)
        nn.init.normal_(mix.dynamic.weight)
        xs = [torch.randn(1, 6, 16) for _ in range(3)]
        before = torch.stack(mix(*xs))
        xs[-1] = xs[-1].clone()
        xs[-1][:, 2] += 1
        changed = (torch.stack(mix(*xs)) - before).abs().amax((0, 1, 3)) > 0
        return Outcome(changed.tolist() == [at == 2 for at in range(6)], f"changed: {changed.tolist()}")

    @check("exact")
    def cost(self) -> Outcome:
        """The mixtures cost under 2 % of the multiply-adds of the small design, and are counted."""
        design = registry.get("design", "muddformer").obj()
        report = analyze(design)
        mixes = sum(node["macs"] for path, node in report.nodes.items() if path.endswith(("mix", "gather")))
        share = mixes / report.total["macs"]
        return Outcome(0 < share < 0.02, f"{share:.2%} of the multiply-adds")

    @check("small", minutes=3)
    def better_at_equal_depth(self, lab: Lab) -> Outcome:
        """At the same depth and number of steps it predicts a text no worse than a plain transformer."""
        mudd, plain = (registry.get("design", name).obj() for name in ("muddformer", "byte_transformer"))
        return compared_on_text(lab, {"dynamic": (mudd, SMALL), "plain": (plain, {**SMALL, "dropout": 0.0})})
