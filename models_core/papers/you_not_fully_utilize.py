"""LIMe."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import torch
from torch import Tensor, nn

from models_core import registry
from models_core.analysis import analyze
from models_core.blocks.connection.head_mix import HeadMix
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, by_hand, check, compared_on_text, names_text
from ._lab import PASSES
from ._sequences import judged

SMALL = {"width": 64, "depth": 4, "head_width": 16}
FACTS = {"text": {"vocab": 256, "length": 24}}


def states(module: nn.Module, tokens: Tensor) -> list[Tensor]:
    """What goes into every block but the first, and what comes out of the last: tokens x features each."""
    seen: list[Tensor] = []
    names = [*(f"blocks.{at}.norm1" for at in range(1, SMALL["depth"])), "norm"]
    keep = [module.get_submodule(name).register_forward_pre_hook(lambda _, x: seen.append(x[0])) for name in names]
    with torch.inference_mode():
        module(tokens)
    for hook in keep:
        hook.remove()
    return [x.flatten(0, 1).double() for x in seen]


def entropy(x: Tensor) -> float:
    """Of the shares that directions have in the tokens' spread, in nats: log of how many directions are in use."""
    share = torch.linalg.svdvals(x - x.mean(0)).square()
    share = share / share.sum()
    return float(-torch.xlogy(share, share).sum())


def probed(x: Tensor, classes: Tensor) -> float:
    """How often a linear map fitted to one half of the tokens, by ridge regression, is right about the other half."""
    half = len(x) // 2
    x = torch.cat(((x - x[:half].mean(0)) / x[:half].std(0), torch.ones(len(x), 1, dtype=x.dtype)), 1)
    wanted = nn.functional.one_hot(classes, 256).to(x.dtype)
    fit = torch.linalg.solve(x[:half].T @ x[:half] + torch.eye(x.shape[1], dtype=x.dtype), x[:half].T @ wanted[:half])
    return float(((x[half:] @ fit).argmax(1) == classes[half:]).double().mean())


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
        "The first block mixes its own keys and values alone. The router's picture across depth is kept as numbers "
        "with the result of keeps_apart, block by block and layer by layer, the mean over heads of their sizes. What "
        "a probe asks for is uncertain: here the byte that stands two places back. Measured on 30,000 bytes of "
        "made-up sentences with 4 blocks of width 64; the passes over them were made more after a first look, at "
        "which no network had learned more than the shares of letters."
    )

    @check("exact")
    def begins_as_a_plain_transformer(self) -> Outcome:
        """With its first weights every block attends to its own keys and values, as without the mixture."""
        torch.manual_seed(0)
        module = build(registry.get("design", "lime_transformer").obj(), FACTS, SMALL).eval()
        tokens = torch.randint(0, 256, (2, 24))

        def attended(block: Callable[[str], nn.Module], x: Tensor) -> Tensor:
            y = block("norm1")(x)
            return block("attend")(block("q")(y), *block("kv")(y).chunk(2, -1))

        with torch.no_grad():
            return agree("logits", module(tokens), by_hand(module, tokens, 4, attended))

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

    @check("small", minutes=4)
    def keeps_apart(self, lab: Lab) -> Outcome:
        """Behind its blocks, entropy and what a linear probe tells of an earlier byte are no less than plain."""
        tokens = torch.frombuffer(bytearray(names_text(4096, seed=1).encode()), dtype=torch.uint8).view(-1, 128).long()
        earlier = tokens[:, :-2].flatten()
        spread: dict[str, list[float]] = {"mixed": [], "plain": []}
        right: dict[str, list[float]] = {"mixed": [], "plain": []}
        routers = []
        for name, design in (("mixed", "lime_transformer"), ("plain", "byte_transformer")):
            sizes = SMALL if name == "mixed" else {**SMALL, "dropout": 0.0}
            for seed in lab.seeds:
                trained = lab.train(
                    registry.get("design", design).obj(), lab.text(30_000), seed=seed, variables=sizes, **PASSES
                )
                found = states(trained.module, tokens)
                spread[name].append(statistics.fmean(entropy(x) for x in found))
                later = [x.view(*tokens.shape, -1)[:, 2:].flatten(0, 1) for x in found]
                right[name].append(statistics.fmean(probed(x, earlier) for x in later))
                if name == "mixed":
                    weights = [trained.module.get_parameter(f"blocks.{at}.mix.weight") for at in range(SMALL["depth"])]
                    routers.append([weight.detach().abs().mean(1).tolist() for weight in weights])
        outcome = judged(spread, "entropy in nats, mean over blocks") & judged(right, "share of earlier bytes told")
        return Outcome(outcome.confirmed, outcome.figure, {"entropy": spread, "probe": right, "routers": routers})
