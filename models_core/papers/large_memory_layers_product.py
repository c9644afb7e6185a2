"""Product-key memory."""

from __future__ import annotations

import torch

from models_core import registry
from models_core.blocks.feedforward.product_key_memory import ProductKeyMemory
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared_on_text

SMALL = {"width": 64, "depth": 2, "head_width": 16, "keys": 32, "memory_heads": 2, "slots": 4}
PLAIN = {"width": 64, "depth": 4, "head_width": 16, "dropout": 0.0}


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
        "The design gates what is read and has no batch norm on queries, as Memory Layers at Scale does. How evenly "
        "slots are used is not shown, and speed is not compared."
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

    @check("small", minutes=4)
    def beside_deeper(self, lab: Lab) -> Outcome:
        """Two blocks and two with memory predict a text no worse than four plain blocks."""
        memory, plain = (registry.get("design", name).obj() for name in ("memory_transformer", "byte_transformer"))
        return compared_on_text(lab, {"memory": (memory, SMALL), "plain": (plain, PLAIN)})
