"""Product-key memory."""

from __future__ import annotations

import math
import statistics

import torch
from torch import Tensor, nn

from models_core import registry
from models_core.blocks.feedforward.product_key_memory import ProductKeyMemory
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared_on_text, names_text
from ._lab import PASSES
from ._timing import times_in_turns

WIDE = {"width": 64, "head_width": 16}
MEMORY = {**WIDE, "depth": 1, "keys": 32, "memory_heads": 2, "slots": 4, "query_norm": True, "gated": False}
"""Three blocks, two of which read a memory, as the paper has it."""
FACTS = {"text": {"vocab": 256, "length": 128}}
PLAIN = {**WIDE, "depth": 6, "dropout": 0.0}


def used(module: nn.Module, tokens: Tensor) -> list[float]:
    """The share of slots and the KL of the first memory of a network that reads these bytes."""
    memory = module.get_submodule("memory1.memory")
    assert isinstance(memory, ProductKeyMemory)
    seen: list[Tensor] = []
    hook = memory.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    with torch.inference_mode():
        module(tokens)
        hook.remove()
        return [*memory.usage(seen[0])]


@register(
    "paper",
    id="large-memory-layers-product",
    family="feedforward",
    source=Source(
        "Guillaume Lample, Alexandre Sablayrolles, Marc'Aurelio Ranzato, Ludovic Denoyer, Hervé Jégou",
        "Large Memory Layers with Product Keys",
        2019,
        "https://arxiv.org/abs/1907.05242",
    ),
)
class ProductKeys(Paper):
    """A layer that reads a few of a million learned vectors, which two short lists of keys find exactly."""

    claim = "A billion parameters at negligible compute; 12 layers with memory beat 24 without, at half the time"
    entries = ("block/product_key_memory", "design/memory_transformer")
    notes = (
        "The design has the memory in two blocks and one table; the paper has one memory layer or more, each with its "
        "own. Measured on 30,000 bytes of made-up sentences with 1,024 slots, where the paper has some hundred "
        "thousand to a million. The comparison with the deeper network trains both for twenty passes over the text, "
        "that of the use of slots for ten."
    )

    @check("exact")
    def finds_the_best_slots(self) -> Outcome:
        """The slots found by halves are those with the best scores of all keys × keys, in value and in place."""
        torch.manual_seed(0)
        block = ProductKeyMemory(16, keys=24, heads=3, k=5, key_dim=8).double()
        queries = torch.randn(40, 3 * 8, dtype=torch.float64)
        scores, slots = block.found(queries)
        halves = queries.unflatten(1, (3, 2, 4))
        each = torch.einsum("thcd,chkd->thck", halves, block.sub_keys)
        best, places = (each[:, :, 0, :, None] + each[:, :, 1, None, :]).flatten(2).topk(5, -1)
        return agree("scores", scores, best) & agree("slots", slots.double(), places.double())

    @check("exact")
    def reads_what_it_found(self) -> Outcome:
        """The output is the sum over heads of the slots' vectors, weighed by the softmax of their scores."""
        torch.manual_seed(0)
        block, x = (
            ProductKeyMemory(12, keys=10, heads=2, k=3, key_dim=6).double().eval(),
            torch.randn(2, 5, 12).double(),
        )
        scores, slots = block.found(block.norm(block.query(x.reshape(-1, 12))))
        direct = torch.zeros(10, 12, dtype=torch.float64)
        for token in range(10):
            for head in range(2):
                weights = scores[token, head].exp() / scores[token, head].exp().sum()
                for weight, slot in zip(weights, slots[token, head], strict=True):
                    direct[token] += weight * block.values.weight[slot]
        return agree("output", block(x), direct.view(2, 5, 12))

    @check("exact")
    def size_and_cost(self) -> Outcome:
        """Values grow with the square of the keys; multiply-adds grow by the same for every 32 keys more."""
        macs, values = [], []
        for keys in (32, 64, 96):
            with torch.device("meta"):
                block = ProductKeyMemory(64, keys=keys)
            macs.append(block.cost([(1, 16, 64)]).macs)
            values.append(block.values.weight.numel())
        right = macs[2] - macs[1] == macs[1] - macs[0] and values == [keys * keys * 64 for keys in (32, 64, 96)]
        return Outcome(right, f"{macs} multiply-adds for {values} numbers in the memory")

    @check("exact")
    def usage(self) -> Outcome:
        """A memory whose tokens all read one slot has a KL of log keys², one whose slots all serve alike of 0."""
        block = ProductKeyMemory(4, keys=4, heads=1, k=1, key_dim=4, query_norm=False)
        with torch.no_grad():
            block.query.weight.copy_(torch.eye(4))
            block.query.bias.zero_()
            # Each half picks one of four directions of the plane, all equally often.
            block.sub_keys.copy_(torch.tensor([[1.0, 0], [0, 1], [-1, 0], [0, -1]]).expand(2, 1, 4, 2))
            halves = block.sub_keys[0, 0]
        every = torch.cat([torch.cat((one, two))[None] for one in halves for two in halves])
        found = [*block.usage(every), *block.usage(every[:1].expand(16, -1))]
        return agree("shares and KL", torch.tensor(found), torch.tensor([1, 0, 1 / 16, math.log(16)]))

    @check("small", minutes=5)
    def beside_deeper(self, lab: Lab) -> Outcome:
        """Three blocks, two of them with memory, predict a text no worse than six plain blocks, in less time."""
        memory, plain = (registry.get("design", name).obj() for name in ("memory_transformer", "byte_transformer"))
        outcome = compared_on_text(lab, {"memory": (memory, MEMORY), "plain": (plain, PLAIN)})
        modules = {"memory": build(memory, FACTS, MEMORY), "plain": build(plain, FACTS, PLAIN)}
        times = times_in_turns(modules, dict.fromkeys(modules, torch.randint(0, 256, (8, 128))))
        middle = {name: statistics.median(each) for name, each in times.items()}
        told = f"ms for 8 texts on one core: memory {middle['memory']:.1f}, plain {middle['plain']:.1f}"
        return outcome & Outcome(middle["memory"] < middle["plain"], told, {"ms": middle})

    @check("small", minutes=3)
    def norm_spreads_use(self, lab: Lab) -> Outcome:
        """With batch norm on queries more slots are used, and more evenly, than without."""
        design, found = registry.get("design", "memory_transformer").obj(), dict[str, list[list[float]]]()
        tokens = torch.frombuffer(bytearray(names_text(8192, seed=1).encode()), dtype=torch.uint8).view(-1, 128).long()
        for name, norm in (("with", True), ("without", False)):
            found[name] = []
            for seed in lab.seeds:
                sizes = {**MEMORY, "query_norm": norm}
                trained = lab.train(design, lab.text(30_000), seed=seed, variables=sizes, **{**PASSES, "epochs": 10})
                found[name].append(used(trained.module, tokens))
                lab.tell(f"{name} norm: share of slots, KL {found[name][-1]}")
        means = [[statistics.fmean(one) for one in zip(*each, strict=True)] for each in found.values()]
        (share, even), (less, uneven) = means
        figure = (
            f"{len(lab.seeds)} seeds: {share:.0%} of slots and KL {even:.2f} with, {less:.0%} and {uneven:.2f} without"
        )
        return Outcome(share > less and even < uneven, figure, dict(found))
