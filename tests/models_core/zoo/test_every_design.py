"""What every zoo design must do; a new one is tested by existing."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import bind, identify
from models_core.design import read
from models_core.registry import Entry

from .small import FACTS, IDS, ZOO, design_of, make

each_design = pytest.mark.parametrize("entry", ZOO, ids=IDS)


def test_all_designs_of_the_first_edition_are_there() -> None:
    wanted = """mlp lenet5 nin_cifar simplenet_cifar vgg16_bn resnet18 resnet34 resnet50 resnet20_cifar resnext50_32x4d
    mobilenetv2_100 vit_tiny_patch16_224 mixer_s16_224 mixer_b16_224 byte_transformer gru_text transformer_text"""
    assert set(wanted.split()) <= {entry.id for entry in registry.all("design")}


@each_design
def test_words(entry: Entry) -> None:
    design = design_of(entry)
    assert design.name == entry.id
    assert bool(design.task) != ("per pixel" in entry.tags), "there is no task of a class for every pixel"
    assert design.description == " ".join(entry.doc.split())
    assert entry.source is not None
    assert entry.source.authors
    assert entry.title != entry.id
    assert len(entry.help) < 130
    for name, variable in design.variables.items():
        assert variable.doc, f"variable {name} has no doc"
    for name, group in design.groups.items():
        assert group.doc, f"group {name} has no doc"


@each_design
def test_it_binds_and_everything_is_counted(entry: Entry) -> None:
    report = analyze(design_of(entry)).to_json()
    assert report["errors"] == []
    assert report["uncounted"] == []
    assert report["total"]["macs"] > 0


@each_design
def test_it_survives_being_written_and_read(entry: Entry) -> None:
    design = design_of(entry)
    again = read(design.model_dump(mode="json", by_alias=True))
    assert again == design


@each_design
def test_forward_on_other_facts(entry: Entry) -> None:
    module, args = make(entry)
    out = module(*args)
    want = {"byte_lm": (3, 32, 256), "tabular_regression": (3, 1)}.get(design_of(entry).task or "", (3, 7))
    want = (*want, *args[0].shape[2:]) if "per pixel" in entry.tags else want
    assert out.shape == want
    assert out.isfinite().all()
    torch.testing.assert_close(module(*[arg[:1] for arg in args]), out[:1], rtol=1e-4, atol=1e-4)


@each_design
def test_every_parameter_learns(entry: Entry) -> None:
    module, args = make(entry, training=True)
    out = module(*args)
    loss = (out * torch.linspace(-1, 1, out.numel()).view_as(out)).mean()
    loss.backward()
    for name, param in module.named_parameters():
        assert param.grad is not None, f"{name} has no gradient"
        assert param.grad.isfinite().all(), f"the gradient of {name} is not finite"


def pick(domain: Any, random: random.Random) -> Any:
    if domain.type == "choice":
        return random.choice(domain.values)
    if domain.type == "int":
        return random.randrange(domain.min, domain.max + 1, domain.step)
    return random.uniform(domain.min, domain.max)


@each_design
def test_every_point_of_its_space_is_a_network(entry: Entry) -> None:
    design, chance = design_of(entry), random.Random(0)
    domains = {name: v.domain for name, v in design.variables.items() if v.domain is not None}
    assert len(domains) >= 3
    for name, domain in domains.items():
        value = design.variables[name].value
        if domain.type == "choice":
            assert value in domain.values, name
        else:
            assert domain.min <= value <= domain.max, name
        if domain.type == "int":
            assert (value - domain.min) % domain.step == 0, name
    for _ in range(3):
        chosen = {name: pick(domain, chance) for name, domain in domains.items()}
        if "image_size" in chosen:
            chosen["image_size"] = min(chosen["image_size"], 64)
        bound = bind(design, facts=FACTS, variables=chosen)
        assert bound.errors == [], f"{chosen}: {bound.errors[0]}"


@each_design
def test_every_variable_matters(entry: Entry) -> None:
    design = design_of(entry)

    def hash_with(**variables: Any) -> str:
        return identify(bind(design, FACTS, variables)).hash

    plain = hash_with()
    for name, variable in design.variables.items():
        domain = variable.domain
        if domain is None:
            continue
        if domain.type == "choice":
            values = domain.values
        else:
            step = domain.step if domain.type == "int" else (domain.max - domain.min) / 4
            values = [variable.value + step, variable.value - step]
        assert any(hash_with(**{name: value}) != plain for value in values), f"{name} changes nothing"
