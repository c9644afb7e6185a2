"""OSNet."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from models_core import registry
from models_core.analysis.retrieval import Retrieval, retrieval
from models_core.compile import bind, build
from models_core.data import batches, preprocess_for
from models_core.design import Design
from models_core.registry import Source, register
from models_core.tasks import design_facts
from models_core.zoo.osnet import PLACES

from . import Lab, Outcome, Paper, agree, check, compared, counted, no_worse

SMALL: dict[str, Any] = {
    "image_size": 32,
    "aspect": 1.0,
    "width": 16,
    "features": 32,
    "depth1": 1,
    "depth2": 1,
    "depth3": 1,
}
CHOICES = {f"first{stage}": f"stage{stage}.0.join.choice" for stage in (1, 2, 3)}
"""Of a network with one block in each stage: the variable of each, and what chooses in it."""


def across_looks(lab: Lab, design: Design, variables: dict[str, Any], module: nn.Module) -> Retrieval:
    """Digits of the test split, made paler and brighter, looked for among themselves as they were."""
    dataset = lab.dataset("digits")
    preprocess = preprocess_for(dataset, bind(design, design_facts(dataset.facts()), variables))
    embeddings = {}
    for name, look in (("other", lambda x, generator: (0.4 * x + 80).to(torch.uint8)), ("own", None)):
        kept: list[torch.Tensor] = []
        hook = module.get_submodule("embedding").register_forward_hook(lambda _, args, out, kept=kept: kept.append(out))
        with torch.no_grad():
            labels = [
                (module(batch["image"]), batch["target"])[1]
                for batch in batches(dataset.split("test"), preprocess, 120, shuffle=False, augment=look)
            ]
        hook.remove()
        embeddings[name] = torch.cat(kept)
    wanted = torch.cat(labels)
    itself = torch.eye(len(wanted), dtype=torch.bool)
    return retrieval(embeddings["other"], embeddings["own"], wanted, wanted, left_out=itself)


@register(
    "paper",
    id="learning-generalisable-omni-scale",
    family="convolution",
    source=Source(
        "Kaiyang Zhou, Yongxin Yang, Andrea Cavallaro, Tao Xiang",
        "Learning Generalisable Omni-Scale Representations for Person Re-Identification",
        2021,
        "https://arxiv.org/abs/1910.06827",
    ),
)
class OmniScale(Paper):
    """Blocks of streams that see differently far, weighed by one shared gate; instance norms against camera styles."""

    claim = "A network of 2.2 M parameters that looks at all scales at once recognises persons better than larger ones"
    entries = ("block/aggregation_gate", "block/gumbel_choice", "design/osnet_x1_0", "design/osnet_ain_x1_0")
    notes = (
        "Where the authors' search put the instance norms of OSNet-AIN is as recalled. For persons and cameras stand "
        "digits, looked for among digits of a paler, brighter look, by the embeddings' cosines. The search here is "
        "a few epochs of all four ways at once, its temperature annealed; what it found is trained afresh."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """Without its classifier OSNet has 2,169,508 parameters, 2.2 M as printed, and 0.98 G MACs at 256 × 128."""
        return counted("osnet_x1_0", params=2_169_508 + 512 * 1000 + 1000, macs=0.979e9)

    @check("exact")
    def one_gate_for_all_streams(self) -> Outcome:
        """The gate adds its inputs, each weighed by the same network, whatever their order or number."""
        torch.manual_seed(0)
        gate = registry.get("block", "aggregation_gate").obj(8, 2)
        xs = [torch.randn(2, 8, 4, 4) for _ in range(3)]
        parts = []
        for x in xs:
            hidden = torch.relu(nn.functional.linear(x.mean((2, 3)), gate.fc1.weight[:, :, 0, 0], gate.fc1.bias))
            weights = nn.functional.linear(hidden, gate.fc2.weight[:, :, 0, 0], gate.fc2.bias).sigmoid()
            parts.append(weights[:, :, None, None] * x)
        return agree("sum", gate(*xs), parts[0] + parts[1] + parts[2]) & agree(
            "turned around", gate(*xs[::-1]), gate(*xs)
        )

    @check("exact")
    def streams_see_three_to_nine(self) -> Outcome:
        """An impulse reaches 3, 5, 7 and 9 positions in the four streams of a block."""
        module = build(registry.get("design", "osnet_x1_0").obj(), variables=SMALL).eval()
        for param in module.parameters():
            nn.init.constant_(param, 0.1)
        x = torch.zeros(1, 16, 15, 15)
        x[:, :, 7, 7] = 1
        found = []
        for stream in (1, 2, 3, 4):
            y, flat = x, torch.zeros_like(x)
            for at in range(stream):
                for name in ("point", "depth", "bn", "act"):
                    part = module.get_submodule(f"stage1.0.stream{stream}.{at}.{name}")
                    y, flat = part(y), part(flat)
            found.append(int((y - flat)[0, 0, 7].abs().gt(1e-9).sum()))
        return Outcome(found == [3, 5, 7, 9], f"streams reach {found}")

    @check("exact")
    def a_choice_is_the_network_chosen(self) -> Outcome:
        """With all four ways in each block, evaluation gives what the network of the chosen ways alone gives."""
        torch.manual_seed(0)
        design, outcome = registry.get("design", "osnet_ain_x1_0").obj(), Outcome(True, "chosen")
        searching = build(design, variables={**SMALL, "search": True}).eval()
        x = torch.randn(2, 3, 32, 32)
        for at, place in enumerate(PLACES):
            for name, param in searching.named_parameters():
                if name.endswith("choice.weight"):
                    param.data = nn.functional.one_hot(torch.tensor(at), len(PLACES)).float()
            alone = build(design, variables={**SMALL, **dict.fromkeys(CHOICES, place)}).eval()
            state = searching.state_dict()
            alone.load_state_dict(
                {name: state[name.replace(".join.", f".join.{place}.")] for name in alone.state_dict()}
            )
            outcome &= agree(place, searching(x), alone(x))
        return outcome

    @check("small", minutes=3)
    def found_across_looks(self, lab: Lab) -> Outcome:
        """Digits of another look are found by rank-1 no worse, to a point, with instance norms where a search put them.

        No worse than where the authors have them, and than without any.
        """
        searched, plain = (registry.get("design", name).obj() for name in ("osnet_ain_x1_0", "osnet_x1_0"))
        found: dict[str, list[float]] = {"searched": [], "the authors'": [], "none": []}
        precision: dict[str, list[float]] = {name: [] for name in found}
        chosen = []
        for seed in lab.seeds:
            cooling = [{"id": "anneal", "variable": "tau", "start": 5.0, "until": 1.0}]
            search = {**SMALL, "search": True}
            run = lab.train(searched, "digits", seed=seed, variables=search, epochs=4, callbacks=cooling)
            weights = dict(run.module.named_parameters())
            ways = {name: PLACES[int(weights[f"{CHOICES[name]}.weight"].argmax())] for name in CHOICES}
            chosen.append(" ".join(ways.values()))
            lab.tell(f"chosen: {chosen[-1]}")
            for name, design, places in (
                ("searched", searched, ways), ("the authors'", searched, {}), ("none", plain, {}),
            ):  # fmt: skip
                variables = {**SMALL, **places}
                module = lab.train(design, "digits", seed=seed, variables=variables, epochs=4).module
                result = across_looks(lab, design, variables, module)
                found[name].append(result.rank1)
                precision[name].append(result.mean_average_precision)
                lab.tell(f"{name}: rank-1 {result.rank1:.4f}, mAP {result.mean_average_precision:.4f}")
        means = ", ".join(f"{name} {sum(values) / len(values):.4f}" for name, values in precision.items())
        outcome = no_worse(found, "rank-1 of digits of another look", margin=0.01)
        return outcome & Outcome(
            True, f"mean average precision {means}; chosen: {', '.join(chosen)}", {"mean_average_precision": precision}
        )

    @check("small", minutes=1)
    def all_scales_help(self, lab: Lab) -> Outcome:
        """A small one classifies digits at most one point below ResNet-18 with more parameters."""
        theirs = {"image_size": 32, "width": 16, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1}
        return compared(
            lab,
            {
                "OSNet": (registry.get("design", "osnet_x1_0").obj(), SMALL),
                "ResNet-18": (registry.get("design", "resnet18").obj(), theirs),
            },
            "digits",
            margin=0.01,
            epochs=2,
        )
