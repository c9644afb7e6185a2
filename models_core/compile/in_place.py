"""Activations that write over their input where nothing else reads it: less memory, and fewer ways to it and back."""

from __future__ import annotations

from collections import Counter

from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd

from .bound import Bound

ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.LeakyReLU)
"""Their backward needs the result alone."""
LAYERS = (_ConvNd, nn.Linear, _NormBase, nn.GroupNorm, nn.LayerNorm)
JOINS = frozenset({"add", "concat"})
"""With LAYERS those whose backward does not need what they gave."""


def write_over_inputs(root: nn.Module, bound: Bound, collect: bool) -> None:
    """Set `inplace` at the activations of a built module that may; values and gradients stay the same."""
    leaves = {leaf.index: leaf for leaf in (bound.trained if collect else bound.leaves)}
    taken = [*bound.outputs.values(), *(one.value for one in bound.collected.values())]
    readers = Counter(
        (value.node, value.port) for value in [*taken, *(v for leaf in leaves.values() for v in leaf.fed)]
    )
    for leaf in leaves.values():
        if not leaf.fed or leaf.fed[0].node not in leaves:
            continue
        value, source = leaf.fed[0], leaves[leaf.fed[0].node]
        alone = readers[value.node, value.port] == 1 and source.figures and source.figures.shared[value.port] is None
        if not alone or not (source.entry.id in JOINS or issubclass(source.entry.obj, LAYERS)):
            continue
        activation = root.get_submodule(leaf.path)
        if isinstance(activation, ACTIVATIONS):
            activation.inplace = True
