"""Reversible column networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, fx

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build
from models_core.registry import Source, register
from models_core.training.reversible import Reversible

from . import Lab, Outcome, Paper, agree, check, compared, counted

SIZES: dict[str, Any] = {"depth0": 1, "depth1": 1, "depth2": 1, "depth3": 1}
SMALL: dict[str, Any] = {**SIZES, "width": 8, "image_size": 32, "scale": 0.5, "drop_path": 0.3}


def network(columns: int, *, supervision: bool = False) -> fx.GraphModule:
    """A small one with weights of its own, in training; with supervision it gives what training collects, too."""
    torch.manual_seed(0)
    design = registry.get("design", "revcol_tiny").obj()
    sizes = {**SMALL, "columns": columns, "supervision": supervision}
    module = build(design, variables=sizes, collect=supervision).train()
    for name, param in module.named_parameters():
        if name.endswith("link.gamma"):
            torch.nn.init.uniform_(param, 0.3, 1)
    return module


def _come_back(columns: int, dtype: torch.dtype, within: float) -> Outcome:
    """What the links were given on the way forward, against what the way back worked out; the first column keeps it."""
    module = network(columns).to(dtype)
    links = [path for path in dict(module.named_modules()) if path.endswith("link")]
    given: dict[str, list[Tensor]] = {path: [] for path in links}
    for path in links:
        link = module.get_submodule(path)
        link.register_forward_pre_hook(lambda _, args, to=given[path]: to.append(args[0].detach()))
    Reversible(module)(torch.randn(2, 3, 32, 32, dtype=dtype)).square().sum().backward()
    first, again = (torch.cat([given[path][at].flatten() for path in links]) for at in (0, 1))
    same = sum(given[path][0].data_ptr() == given[path][1].data_ptr() for path in links)
    outcome = agree(f"inputs of {columns} columns", again, first, within=within)
    return outcome & Outcome(same == 4, f"{same} of {len(links)} kept")


def kept(run: Callable[[], Tensor], module: fx.GraphModule) -> int:
    """Bytes that a forward keeps for going backwards, weights aside, each piece of memory once."""
    weights = {param.untyped_storage().data_ptr() for param in module.parameters()}
    seen: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        seen[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        run()
    return sum(one.untyped_storage().nbytes() for at, one in seen.items() if at not in weights)


@register(
    "paper",
    id="reversible-column-networks",
    family="convolution",
    source=Source(
        "Yuxuan Cai, Yizhuang Zhou, Qi Han, Jianjian Sun, Xiangwen Kong, Jun Li, Xiangyu Zhang",
        "Reversible Column Networks",
        2022,
        "https://arxiv.org/abs/2212.11696",
    ),
)
class ReversibleColumnNetworks(Paper):
    """Networks side by side as columns, linked at every level so that a column's inputs follow from its outputs."""

    claim = "88.2 % on ImageNet (XL); 90.0 %, 63.8 box AP on COCO and 61.0 mIoU on ADE20K (H)"
    entries = ("block/reversible_link", "block/reconstruction_loss", "design/revcol_tiny", "design/revcol_small")
    notes = (
        "The authors' first column has link factors that nothing is multiplied by, 960 of them; they are left out. "
        "Intermediate supervision is a variable of the designs, off by default: it rebuilds the image and classifies "
        "after every quarter of the columns. Images are not between 0 and 1 here, so the cross entropy is of both "
        "images brought there; the decoder enlarges without aligning corners. Sizes from B on are not here. "
        "The memory is that of tensors kept for going backwards; the first column is kept whole."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """T and S have the authors' 30,456,168 and 60,568,424 parameters, less 960 unused, and 4.5 and 9.0 G MACs."""
        tiny = counted("revcol_tiny", params=30_456_168 - 960, macs=4.5e9)
        return tiny & counted("revcol_small", params=60_568_424 - 960, macs=9.0e9)

    @check("exact")
    def inputs_come_back(self) -> Outcome:
        """Going backwards, what links were given comes back: to 1e-4 through four columns; through eight, where
        rounding grows by 1 / gamma a column, to 1e-11 in double precision."""
        return _come_back(4, torch.float32, within=1e-4) & _come_back(8, torch.float64, within=1e-11)

    @check("exact")
    def gradients_are_autograds(self) -> Outcome:
        """Outputs and all gradients, with branches dropped at random, equal those of a training that keeps all."""
        module = network(4).double()
        x = torch.randn(2, 3, 32, 32, dtype=torch.float64)
        outcome, found = Outcome(True, "both trained"), []
        for run in (module, Reversible(module)):
            torch.manual_seed(1)
            out = run(x)
            grads = torch.autograd.grad(out.square().sum(), list(module.parameters()))
            found.append((out, torch.cat([grad.flatten() for grad in grads])))
        for what, ours, plain in zip(("outputs", "gradients"), found[1], found[0], strict=True):
            outcome &= agree(what, ours, plain, within=1e-10)
        return outcome

    @check("exact")
    def memory_does_not_grow(self) -> Outcome:
        """Bytes kept for going backwards are the same for 3 and 6 columns; otherwise they grow with every column."""
        x, found = torch.randn(2, 3, 32, 32), {}
        for columns in (3, 6):
            module = network(columns)
            whole = Reversible(module)
            found[columns] = kept(lambda: module(x), module), kept(lambda: whole(x), module)  # noqa: B023  # called at once
        right = found[3][1] == found[6][1] < found[3][0] and found[6][0] > 1.7 * found[3][0]
        words = (f"{n} columns {plain:,} bytes, reversibly {spare:,}" for n, (plain, spare) in found.items())
        return Outcome(right, "; ".join(words))

    @check("exact")
    def supervised_at_quarters(self) -> Outcome:
        """Rebuilding counts 3, 2 and 1 after the quarters, classifying 0.175, 0.35 and 0.525; nothing of it remains."""
        outcome = Outcome(True, "supervised")
        classifier = 2 * 512 + 512 * 1000 + 1000
        decoder = 64 * 3 * 16 + 3
        for above, width in ((512, 256), (256, 128), (128, 64)):
            decoder += above * width + 3 * width
            decoder += 10 * width + 2 * width + 2 * (width**2 + width) + width
        for columns in (4, 8):
            design = registry.get("design", "revcol_tiny").obj()
            report = analyze(design, variables={"columns": columns, "supervision": True})
            leaves = report.bound.nodes
            rebuilt = [leaf.params["weight"] for leaf in leaves if leaf.entry.id == "reconstruction_loss"]
            named = [round(one.weight, 6) for name, one in report.bound.collected.items() if name.startswith("output")]
            more = sum(leaf.figures.params for leaf in leaves if leaf.training and leaf.figures)
            plain = analyze(design, variables={"columns": columns}).total["params"]
            right = rebuilt == [3, 2, 1] and named == [0.175, 0.35, 0.525] and plain == report.total["params"]
            words = (
                f"{columns} columns: {rebuilt}, {named}, {more:,} parameters, by hand {3 * (classifier + decoder):,}"
            )
            outcome &= Outcome(right and more == 3 * (classifier + decoder), words)
        return outcome

    @check("exact")
    def supervised_gradients_are_autograds(self) -> Outcome:
        """Under supervision, too, losses and all gradients equal those of a training that keeps all."""
        module = network(4, supervision=True).double()
        x, found = torch.randn(2, 3, 32, 32, dtype=torch.float64), []
        for run in (module, Reversible(module)):
            torch.manual_seed(1)
            out, more = run(x)
            losses = torch.stack([out.square().sum(), *(one.square().sum() for one in more.values())])
            grads = torch.autograd.grad(losses.sum(), list(module.parameters()))
            found.append((losses, torch.cat([grad.flatten() for grad in grads])))
        outcome = Outcome(len(found[0][0]) == 7, f"{len(found[0][0])} losses, expected 7")
        for what, ours, plain in zip(("losses", "gradients"), found[1], found[0], strict=True):
            outcome &= agree(what, ours, plain, within=1e-10)
        return outcome

    @check("small", minutes=6)
    def supervision_helps(self, lab: Lab) -> Outcome:
        """Supervised in between, four columns classify digits no worse, to half a point, than without."""
        design = registry.get("design", "revcol_tiny").obj()
        sizes: dict[str, Any] = {**SIZES, "image_size": 32, "scale": 0.1, "drop_path": 0.0, "width": 16}
        supervised, plain = ((design, {**sizes, "supervision": on}) for on in (True, False))
        return compared(lab, {"supervised": supervised, "plain": plain}, "digits", margin=0.005, epochs=3)

    @check("small", minutes=4)
    def columns_beside_one(self, lab: Lab) -> Outcome:
        """Four columns classify digits at most one point below a single one with more parameters."""
        design = registry.get("design", "revcol_tiny").obj()
        sizes: dict[str, Any] = {**SIZES, "depth2": 2, "image_size": 32, "scale": 0.1, "drop_path": 0.0}
        four, one = ({**sizes, "columns": columns, "width": width} for columns, width in ((4, 16), (1, 40)))
        params = [analyze(design, {"label": {"classes": 10}}, v).total["params"] for v in (four, one)]
        assert params[0] < params[1], f"{params[0]:,} parameters, one column {params[1]:,}"
        return compared(lab, {"four columns": (design, four), "one column": (design, one)}, "digits",
                        margin=0.01, epochs=3)  # fmt: skip
