"""LAuReL."""

from __future__ import annotations

from typing import Any

import torch

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, compared_on_text

SMALL: dict[str, Any] = {"width": 64, "depth": 4, "head_width": 16, "rank": 4}
PLAIN = {"width": 64, "depth": 4, "head_width": 16, "dropout": 0.0}
FACTS = {"text": {"vocab": 256, "length": 24}}
IMAGES: dict[str, Any] = {"width": 16, "image_size": 32, "depth1": 2, "depth2": 2, "depth3": 2, "depth4": 2}
FORMS: dict[str, dict[str, Any]] = {
    "RW": {"weigh": True, "rank": 0, "previous": False},
    "LR": {"weigh": False, "rank": 4, "previous": False},
    "PA": {"weigh": False, "rank": 0, "previous": True},
    "all": {"weigh": True, "rank": 4, "previous": True},
}


def params(name: str, facts: dict[str, Any] | None = None, **variables: Any) -> int:
    """Parameters of a design of the zoo."""
    return int(analyze(registry.get("design", name).obj(), facts, variables).total["params"])


def as_plain(name: str) -> str:
    """A parameter's name in a plain ResNet, whose stages have no unit set apart."""
    stage, _, rest = name.partition(".")
    if stage.endswith("_first"):
        return f"{stage.removesuffix('_first')}.0.{rest}"
    if stage.startswith("layer"):
        at, _, inner = rest.partition(".")
        return f"{stage}.{int(at) + 1}.{inner}"
    return name


@register(
    "paper",
    id="laurel",
    family="connection",
    source=Source(
        "Gaurav Menghani, Ravi Kumar, Sanjiv Kumar",
        "LAuReL: Learned Augmented Residual Layer",
        2024,
        "https://arxiv.org/abs/2411.07501",
    ),
)
class Laurel(Paper):
    """Shortcuts that weigh both sides, add a low-rank product of what goes around, and sum up earlier activations."""

    claim = (
        "ResNet-50 gains 60 % of what one more layer gives with 0.003 % more parameters, and all of it with 2.6 times "
        "fewer than that layer has"
    )
    entries = ("block/laurel", "block/laurel2d", "design/laurel_resnet50", "design/laurel_transformer")
    notes = (
        "Which rank the paper's ResNet-50 has could not be looked up: 14 comes nearest to a 2.6th of a layer. Two "
        "numbers for each of 16 shortcuts are 0.0001 % of it; what else is in the 0.003 % is not known here. The "
        "paper may bound the two weights by a sigmoid or a softmax; here they are free. ImageNet is not repeated: "
        "the comparisons are on digits and on 30,000 bytes of made-up sentences, the passes over which were made more "
        "after a first look, at which no network had learned more than the shares of letters."
    )

    @check("exact")
    def begins_as_a_plain_network(self) -> Outcome:
        """With its first weights each form, and all at once, gives what a plain ResNet and transformer give."""
        outcome = Outcome(True, "ResNet and transformer")
        pixels, tokens = torch.randn(2, 3, 32, 32), torch.randint(0, 256, (2, 24))
        for name, plain, facts, sizes, other, x in (
            ("laurel_resnet50", "resnet50", None, IMAGES, IMAGES, pixels),
            ("laurel_transformer", "byte_transformer", FACTS, SMALL, PLAIN, tokens),
        ):
            base = build(registry.get("design", plain).obj(), facts, other).eval()
            for form, given in FORMS.items():
                torch.manual_seed(0)
                learned = build(registry.get("design", name).obj(), facts, {**sizes, **given}).eval()
                state = {as_plain(key): value for key, value in learned.state_dict().items()}
                base.load_state_dict({key: state[key] for key in base.state_dict()})
                outcome &= agree(f"{name}, {form}", learned(x), base(x))
        return Outcome(outcome.confirmed, outcome.figure if not outcome.confirmed else "equal in 8 forms")

    @check("exact")
    def parameters(self) -> Outcome:
        """A shortcut adds 2 numbers for RW, 2 D r for LR at rank r and width D, one for each earlier state for PA."""
        image, text = params("resnet50"), params("byte_transformer", FACTS, **PLAIN)
        found = [params("laurel_resnet50", **form) - image for form in FORMS.values()]
        found += [params("laurel_transformer", FACTS, **{**SMALL, **form}) - text for form in FORMS.values()]
        low = 2 * 4 * (3 * 256 + 4 * 512 + 6 * 1024 + 3 * 2048)
        earlier = sum(sum(range(1, depth)) for depth in (3, 4, 6, 3))
        expected = [32, low, earlier, 32 + low + earlier]
        low, earlier = 8 * 2 * 64 * 4, 1 + 2 + 3 + 4
        expected += [16, low, earlier, 16 + low + earlier]
        return Outcome(found == expected, f"{found} numbers more, {expected} expected")

    @check("exact")
    def less_than_a_layer(self) -> Outcome:
        """One more unit in ResNet-50's third stage adds 4.37 %, some 2.6 times what RW and LR of rank 14 add."""
        base, deeper = params("resnet50"), params("resnet50", depth3=7)
        added = params("laurel_resnet50", rank=14) - base
        share, ratio = (deeper - base) / base, (deeper - base) / added
        figure = f"{deeper - base:,} in one more unit ({share:.2%}), {added:,} in the shortcuts: {ratio:.2f} times"
        return Outcome(round(share, 4) == 0.0437 and 2.55 < ratio < 2.7, figure)

    @check("exact")
    def everything_learns(self) -> Outcome:
        """Both weights of a shortcut, its matrix that begins with zeros and earlier blocks' weights have a gradient."""
        torch.manual_seed(0)
        learned = build(registry.get("design", "laurel_transformer").obj(), FACTS, SMALL)
        learned(torch.randint(0, 256, (2, 24))).square().mean().backward()
        kinds = ("sides", "up.weight", "earlier")
        grads = [p.grad for name, p in learned.named_parameters() if name.endswith(kinds)]
        right = len(grads) == 20 and all(grad is not None and bool((grad != 0).all()) for grad in grads)
        return Outcome(right, f"{len(grads)} weights of 4 blocks")

    @check("small", minutes=4)
    def beside_another_layer(self, lab: Lab) -> Outcome:
        """On digits a small ResNet of all three forms is right as often, within 1 %, as plain, and as deeper."""
        learned, plain = (registry.get("design", name).obj() for name in ("laurel_resnet50", "resnet50"))
        contestants = {
            "learned": (learned, {**IMAGES, **FORMS["all"]}),
            "plain": (plain, IMAGES),
            "one more": (plain, {**IMAGES, "depth3": 3}),
        }
        return compared(lab, contestants, "digits", margin=0.01, epochs=6)

    @check("small", minutes=3)
    def better_at_equal_depth(self, lab: Lab) -> Outcome:
        """At the same depth and number of steps it predicts a text no worse than a plain transformer."""
        learned, plain = (registry.get("design", name).obj() for name in ("laurel_transformer", "byte_transformer"))
        return compared_on_text(lab, {"learned": (learned, SMALL), "plain": (plain, PLAIN)})
