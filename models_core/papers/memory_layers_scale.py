"""Memory layers at scale."""

from __future__ import annotations

import torch
from torch.nn.functional import silu

from models_core import registry
from models_core.analysis import analyze
from models_core.blocks.feedforward.product_key_memory import ProductKeyMemory
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared_on_text

SMALL = {"width": 64, "depth": 2, "head_width": 16, "keys": 8, "memory_heads": 2, "slots": 4}
NAMES = ("values.weight", "sub_keys")


@register(
    "paper",
    id="memory-layers-scale",
    family="feedforward",
    source=Source(
        "Vincent-Pierre Berges, Barlas Oğuz, Daniel Haziza, Wen-tau Yih, Luke Zettlemoyer, Gargi Ghosh",
        "Memory Layers at Scale",
        2024,
        "https://arxiv.org/abs/2412.09764",
    ),
)
class MemoryLayers(Paper):
    """Memory layers whose reading is gated by the input, and which have one table of values in common."""

    claim = "Beats dense models of twice the compute, with up to 128 billion parameters in the memory"
    entries = ("design/memory_transformer", "block/product_key_memory")
    notes = (
        "Gradients of the table are dense tensors here, mostly zeros; the paper's kernels are for a GPU. "
        "Measured on 30,000 bytes of made-up sentences; the passes over them were made more after a first look, at "
        "which no network had learned more than the shares of letters."
    )

    @check("exact")
    def cost_is_nearly_flat(self) -> Outcome:
        """With a hundred times the values the multiply-adds of a layer of 1,024 features grow by less than 5 %."""
        found = {}
        for keys in (32, 320):
            with torch.device("meta"):
                block = ProductKeyMemory(1024, keys=keys, query_norm=False, gated=True)
            found[keys] = (block.values.weight.numel(), block.cost([(1, 16, 1024)]).macs)
        (few, less), (many, more) = found[32], found[320]
        right = many == 100 * few and more / less < 1.05
        return Outcome(right, f"{many // few} times the values, {more / less:.3f} times the multiply-adds")

    @check("exact")
    def only_what_is_read_learns(self) -> Outcome:
        """The rows of the table that have a gradient are those that some token reads."""
        torch.manual_seed(0)
        block, x = (
            ProductKeyMemory(12, keys=16, heads=2, k=3, key_dim=8, query_norm=False, gated=True),
            torch.randn(4, 12),
        )
        block(x).square().sum().backward()
        _, slots = block.found(block.query(x))
        grad = block.values.weight.grad
        assert grad is not None
        touched, read = grad.abs().sum(1).nonzero().flatten(), slots.unique()
        return Outcome(torch.equal(touched, read), f"{len(touched)} of 256 rows have a gradient, {len(read)} are read")

    @check("exact")
    def the_gate(self) -> Outcome:
        """The output is a matrix times what was read times the SiLU of a matrix times the input."""
        torch.manual_seed(0)
        block = ProductKeyMemory(12, keys=8, heads=2, k=3, key_dim=8, query_norm=False, gated=True).double()
        bare = ProductKeyMemory(12, keys=8, heads=2, k=3, key_dim=8, query_norm=False).double()
        bare.load_state_dict({name: value for name, value in block.state_dict().items() if name in bare.state_dict()})
        x = torch.randn(5, 12, dtype=torch.float64)
        assert block.gate is not None
        assert block.out is not None
        return agree("output", block(x), block.out(bare(x) * silu(block.gate(x))))

    @check("exact")
    def one_table(self) -> Outcome:
        """Both memory layers of the design read the same table, which counts once, and have keys of their own."""
        design = registry.get("design", "memory_transformer").obj()
        module = build(design, {"text": {"vocab": 256, "length": 24}}, SMALL)
        values, keys = ([module.get_parameter(f"memory{at}.memory.{name}") for at in (1, 2)] for name in NAMES)
        shared = values[0] is values[1] and keys[0] is not keys[1]
        report = analyze(design, {"text": {"vocab": 256, "length": 24}}, SMALL)
        counted = report.total["params"] == sum(p.numel() for p in module.parameters())
        return Outcome(shared and counted, f"{values[0].numel():,} of {report.total['params']:,} parameters")

    @check("small", minutes=4)
    def better_at_equal_compute(self, lab: Lab) -> Outcome:
        """With no more multiply-adds it predicts a text no worse than a plain transformer of four blocks."""
        design, plain = (registry.get("design", name).obj() for name in ("memory_transformer", "byte_transformer"))
        own, dense = {**SMALL, "keys": 32}, {"width": 64, "depth": 4, "head_width": 16, "dropout": 0.0}
        facts = {"text": {"vocab": 256, "length": 128}}
        macs = [analyze(net, facts, given).total["macs"] for net, given in ((design, own), (plain, dense))]
        if macs[0] > macs[1]:
            return Outcome(False, f"{macs[0]:,} multiply-adds, the plain one {macs[1]:,}")
        return compared_on_text(lab, {"memory": (design, own), "plain": (plain, dense)})
