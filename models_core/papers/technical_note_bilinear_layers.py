"""Bilinear layers for interpretability."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from models_core import registry
from models_core.ops.bilinear import from_spectrum, layer_interactions, spectrum
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check
from ._fit import fitted_error, fitted_errors


def _layer(inputs: int, hidden: int, outputs: int, *, bias: bool = False) -> nn.Module:
    return registry.get("block", "glu_mlp").obj(inputs, hidden, outputs, gate="bilinear", bias=bias)


def _tensor(layer: nn.Module) -> Tensor:
    fc1, fc2 = layer.get_submodule("fc1"), layer.get_submodule("fc2")
    assert isinstance(fc1, nn.Linear)
    assert isinstance(fc2, nn.Linear)
    return layer_interactions(fc1, fc2)


def _product(one: Tensor, other: Tensor, x: Tensor) -> Tensor:
    return ((x @ one) * (x @ other))[:, None]


@register(
    "paper",
    id="technical-note-bilinear-layers",
    family="mlp",
    source=Source(
        "Lee Sharkey",
        "A technical note on bilinear layers for interpretability",
        2023,
        "https://arxiv.org/abs/2305.03452",
    ),
)
class BilinearLayers(Paper):
    """An MLP layer whose nonlinearity is a product of two linear maps: all it does can be read off a tensor."""

    claim = "Bilinear layers perform competitively and are expressed by linear operations and third-order tensors alone"
    entries = ("block/glu_mlp",)
    notes = (
        "The layer is glu_mlp with gate bilinear; models_core.ops.bilinear has its tensor and its spectrum, for "
        "use from Python. The eigenvectors of an output are from later work on such layers. Where the paper speaks of "
        "language models, known functions are fitted here."
    )

    @check("exact")
    def the_layer_is_its_tensor(self) -> Outcome:
        """The layer equals xᵀ B x with its symmetric third-order tensor, outputs and gradients alike."""
        torch.manual_seed(0)
        layer = _layer(6, 10, 4)
        tensor = _tensor(layer)
        x = torch.randn(7, 6, requires_grad=True)
        ours = torch.einsum("ni,oij,nj->no", x, tensor, x)
        outcome = agree("outputs", layer(x), ours)
        weigh = torch.randn(7, 4)
        grads = [torch.autograd.grad((out * weigh).sum(), x)[0] for out in (layer(x), ours)]
        return outcome & agree("gradients", *grads)

    @check("exact")
    def biases_are_one_more_input(self) -> Outcome:
        """A layer with biases equals xᵀ B x where x has a 1 at its end."""
        torch.manual_seed(0)
        layer, x = _layer(6, 10, 4, bias=True), torch.randn(7, 6)
        longer = torch.cat((x, torch.ones(7, 1)), 1)
        return agree("outputs", torch.einsum("ni,oij,nj->no", longer, _tensor(layer), longer), layer(x))

    @check("exact")
    def homogeneous_of_degree_two(self) -> Outcome:
        """Without biases, f(a x) = a² f(x)."""
        torch.manual_seed(0)
        layer, x = _layer(6, 10, 4), torch.randn(7, 6)
        return agree("f(-3 x) and 9 f(x)", layer(-3 * x), 9 * layer(x))

    @check("exact")
    def eigenvectors_rebuild_the_outputs(self) -> Outcome:
        """All eigenvectors of an output's interactions rebuild it; a layer of one product has two that are not zero."""
        torch.manual_seed(0)
        layer, x = _layer(6, 10, 4), torch.randn(7, 6)
        found = spectrum(_tensor(layer))
        outcome = agree("six eigenvectors", from_spectrum(x, found, 6), layer(x))
        narrow = _layer(6, 1, 1)
        found = spectrum(_tensor(narrow))
        rank = int((found.values.abs() > 1e-6).sum())
        return (
            outcome
            & agree("two eigenvectors of one product", from_spectrum(x, found, 2), narrow(x))
            & Outcome(rank == 2, f"rank {rank} of one product")
        )

    @check("small", minutes=1)
    def beats_relu_on_products(self, lab: Lab) -> Outcome:
        """On sums of products of pairs of inputs, its error is below that of a ReLU MLP with as many parameters."""

        def make(name: str) -> nn.Module:
            if name == "bilinear":
                return _layer(8, 16, 1)
            return registry.get("block", "mlp").obj(8, 27, 1, activation="relu")

        def target(x: Tensor) -> Tensor:
            return (x[:, 0::2] * x[:, 1::2]).sum(1, keepdim=True)

        return fitted_errors(lab, ("bilinear", "ReLU"), make, target, inputs=8)

    @check("small", minutes=1)
    def top_eigenvectors_tell_what_was_learned(self, lab: Lab) -> Outcome:
        """After fitting a product of two directions, its top 2 eigenvectors of 8 rebuild the outputs within 1 %."""
        shares = []
        for seed in lab.seeds:
            lab.seeds_used.add(seed)
            torch.manual_seed(seed)
            one, other = torch.randn(2, 8)
            layer = _layer(8, 16, 1)
            error = fitted_error(layer, partial(_product, one, other), inputs=8, seed=seed)
            found = spectrum(_tensor(layer))
            x = torch.rand(1024, 8, generator=torch.Generator().manual_seed(seed)) * 2 - 1
            with torch.no_grad():
                whole = layer(x)
                apart = [float((from_spectrum(x, found, k) - whole).square().mean().sqrt()) for k in (1, 2)]
            scale = float(whole.square().mean().sqrt())
            shares.append([each / scale for each in apart])
            lab.tell(f"seed {seed}: fitted to {error:.2g}; {apart[0]:.2g} and {apart[1]:.2g} apart, of {scale:.2g}")
        first, second = (max(column) for column in zip(*shares, strict=True))
        figure = f"apart by at most {first:.1%} with 1 eigenvector, {second:.2%} with 2, {len(shares)} seeds"
        return Outcome(second < 0.01, figure, {"apart": shares})
