"""SimpleNet."""

from __future__ import annotations

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import bind
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, check, compared, counted


@register(
    "paper",
    id="lets-keep-it-simple",
    family="convolution",
    source=Source(
        "Seyyed Hossein Hasanpour, Mohammad Rouhani, Mohsen Fayyaz, Mohammad Sabokrou",
        "Lets Keep It Simple, Using Simple Architectures to Outperform Deeper and More Complex Architectures",
        2016,
        "https://arxiv.org/abs/1608.06037",
    ),
)
class SimpleNet(Paper):
    """Thirteen plain convolutions that widen slowly, without shortcuts or branches."""

    claim = "13 layers do better than deeper networks with 2 to 25 x the parameters and operations"
    entries = ("design/simplenet_cifar",)
    notes = (
        "The paper counts 5.48 M parameters; these are the kernels, without biases, batch norms and the head. After a "
        "first look the networks of the small check were made 4 channels wide at the start. MNIST is not measured: its "
        "images do not come with the project."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """5,498,378 parameters for ten classes, of which the kernels of the convolutions are 5.48 M."""
        kernels = sum(size for _, size in _kernels())
        return counted("simplenet_cifar", params=5_498_378) & Outcome(
            f"{kernels / 1e6:.2f}" == "5.48", f"{kernels:,} weights in kernels, expected 5.48 M"
        )

    @check("exact")
    def plain(self) -> Outcome:
        """Thirteen convolutions, nine or more of 3 × 3, and no node in which two ways meet."""
        shapes = [shape for shape, _ in _kernels()]
        large = sum(shape[2:] == (3, 3) for shape in shapes)
        nodes = bind(registry.get("design", "simplenet_cifar").obj()).nodes
        meeting = [node.path for node in nodes if len(node.fed) > 1]
        found = len(shapes) == 13 and large >= 9 and not meeting
        return Outcome(found, f"{len(shapes)} convolutions, {large} of 3 × 3, {len(meeting)} nodes where ways meet")

    @check("exact")
    def smaller_than_others(self) -> Outcome:
        """VGG-16 and ResNet-18 for as many classes have at least twice its parameters, VGG-16 some 24 times."""
        sizes = {id: _total(id) for id in ("simplenet_cifar", "vgg16_bn", "resnet18")}
        ours = sizes.pop("simplenet_cifar")
        figure = ", ".join(f"{id} {params / ours:.1f} x the parameters" for id, params in sizes.items())
        return Outcome(all(params >= 2 * ours for params in sizes.values()), figure)

    @check("small", minutes=1)
    def as_good_as_residual(self, lab: Lab) -> Outcome:
        """With fewer parameters, it classifies digits no worse than a residual network."""
        simple = (registry.get("design", "simplenet_cifar").obj(), {"width": 4})
        residual = (registry.get("design", "resnet20_cifar").obj(), {"width": 5, "image_size": 32})
        params = [analyze(design, variables=given).total["params"] for design, given in (simple, residual)]
        found = compared(lab, {"SimpleNet": simple, "ResNet": residual}, "digits", margin=0.01, epochs=4)
        return Outcome(params[0] <= params[1], f"{params[0]:,} and {params[1]:,} parameters") & found


def _kernels() -> list[tuple[tuple[int, ...], int]]:
    """Shapes and numbers of weights of the convolutions."""
    found = []
    for node in bind(registry.get("design", "simplenet_cifar").obj()).nodes:
        shape = node.figures.param_shapes.get("weight", ()) if node.figures else ()
        if len(shape) == 4:
            found.append((tuple(shape), shape[0] * shape[1] * shape[2] * shape[3]))
    return found


def _total(id: str) -> int:
    size = {} if id == "simplenet_cifar" else {"image_size": 32}
    return int(
        analyze(registry.get("design", id).obj(), facts={"label": {"classes": 10}}, variables=size).total["params"]
    )
