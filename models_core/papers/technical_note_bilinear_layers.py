"""Bilinear layers for interpretability."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models_core import registry
from models_core.ops.bilinear import Spectrum, from_spectrum, interactions, spectrum
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check
from ._fit import fitted_errors


def _layer(inputs: int, hidden: int, outputs: int) -> nn.Module:
    return registry.get("block", "glu_mlp").obj(inputs, hidden, outputs, gate="bilinear")


def _matrices(layer: nn.Module) -> tuple[Tensor, Tensor, Tensor]:
    left, right = layer.get_parameter("fc1.weight").detach().chunk(2)
    return left, right, layer.get_parameter("fc2.weight").detach()


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
    notes = "The layer is glu_mlp with gate bilinear; models_core.ops.bilinear has its tensor and its spectrum."

    @check("exact")
    def the_layer_is_its_tensor(self) -> Outcome:
        """The layer equals xᵀ B x with its symmetric third-order tensor, outputs and gradients alike."""
        torch.manual_seed(0)
        layer = _layer(6, 10, 4)
        tensor = interactions(*_matrices(layer))
        x = torch.randn(7, 6, requires_grad=True)
        ours = torch.einsum("ni,oij,nj->no", x, tensor, x)
        outcome = agree("outputs", layer(x), ours)
        weigh = torch.randn(7, 4)
        grads = [torch.autograd.grad((out * weigh).sum(), x)[0] for out in (layer(x), ours)]
        return outcome & agree("gradients", *grads)

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
        found = spectrum(interactions(*_matrices(layer)))
        outcome = agree("six eigenvectors", from_spectrum(x, found, 6), layer(x))
        narrow = _layer(6, 1, 1)
        found = spectrum(interactions(*_matrices(narrow)))
        rank = int((found.values.abs() > 1e-6).sum())
        assert isinstance(found, Spectrum)
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
