"""LIMe."""

from __future__ import annotations

import torch

from models_core import registry
from models_core.analysis import analyze
from models_core.blocks.connection.head_mix import HeadMix
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared_on_text

SMALL = {"width": 64, "depth": 4, "head_width": 16}
FACTS = {"text": {"vocab": 256, "length": 24}}


@register(
    "paper",
    id="you-not-fully-utilize",
    family="connection",
    source=Source(
        "Gleb Gerasimov, Yaroslav Aksenov, Nikita Balagansky, Viacheslav Sinii, Daniil Gavrilov",
        "You Do Not Fully Utilize Transformer's Representation Capacity",
        2025,
        "https://arxiv.org/abs/2502.09245",
    ),
)
class LIMe(Paper):
    """Each head's keys and values are a learned mixture of those of all blocks so far."""

    claim = "Converges faster and to a lower perplexity at the same size of the cache, and keeps representations apart"
    entries = ("design/lime_transformer", "block/head_mix")
    notes = (
        "The first block mixes its own keys and values alone. The router's picture across depth, the entropy of "
        "representations and linear probes are not built."
    )

    @check("exact")
    def begins_as_a_plain_transformer(self) -> Outcome:
        """With its first weights every block attends to its own keys and values, as without the mixture."""
        torch.manual_seed(0)
        module = build(registry.get("design", "lime_transformer").obj(), FACTS, SMALL).eval()
        tokens = torch.randint(0, 256, (2, 24))
        with torch.no_grad():
            part = module.get_submodule
            x = part("positions")(part("embed")(tokens))
            for at in range(4):
                block = part(f"blocks.{at}").get_submodule
                y = block("norm1")(x)
                key, value = block("kv")(y).chunk(2, -1)
                x = x + block("proj")(block("attend")(block("q")(y), key, value))
                x = x + block("mlp")(block("norm2")(x))
            return agree("logits", module(tokens), part("head")(part("norm")(x)))

    @check("exact")
    def overhead(self) -> Outcome:
        """At depth d it learns heads × d (d + 1) numbers beyond what a transformer has, and nothing else."""
        design, found = registry.get("design", "lime_transformer").obj(), {}
        for depth in (1, 3, 6):
            report = analyze(design, FACTS, {**SMALL, "depth": depth})
            found[depth] = sum(node["params"] for path, node in report.nodes.items() if path.endswith(".mix"))
        right = all(count == 4 * depth * (depth + 1) for depth, count in found.items())
        return Outcome(right, ", ".join(f"{count} at depth {depth}" for depth, count in found.items()))

    @check("exact")
    def the_cache_does_not_grow(self) -> Outcome:
        """What a block adds to the history are its own keys and values: two numbers a feature, token by token."""
        report = analyze(registry.get("design", "lime_transformer").obj(), FACTS, SMALL)
        kept = [node for path, node in report.nodes.items() if path.endswith(".kv")]
        shapes = [list(one["shape"]) for node in kept for one in node["outputs"].values()]
        return Outcome(shapes == [[24, 128]] * 4, f"{len(shapes)} blocks keep {shapes[0]} each")

    @check("exact")
    def heads_mix_apart(self) -> Outcome:
        """The mixture is the sum over layers of each head's part times its own weight, and all weights learn."""
        torch.manual_seed(0)
        mix, xs = HeadMix(4, heads=3, skip=1).double(), [torch.randn(2, 5, 12, dtype=torch.float64) for _ in range(4)]
        torch.nn.init.normal_(mix.weight)
        parts = torch.stack([x.unflatten(2, (3, 4)) for x in xs[1:]])
        direct = torch.einsum("knlhd,kh->nlhd", parts, mix.weight).flatten(2)
        y = mix(*xs)
        (grad,) = torch.autograd.grad(y.square().sum(), mix.weight)
        return agree("mixture", y, direct) & Outcome(bool((grad != 0).all()), "every weight has a gradient")

    @check("small", minutes=3)
    def better_at_equal_depth(self, lab: Lab) -> Outcome:
        """At the same depth and number of steps it predicts a text no worse than a plain transformer."""
        lime, plain = (registry.get("design", name).obj() for name in ("lime_transformer", "byte_transformer"))
        return compared_on_text(lab, {"mixed": (lime, SMALL), "plain": (plain, {**SMALL, "dropout": 0.0})})
