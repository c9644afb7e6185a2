"""The recipe's parts: whatever is registered does what its kind promises."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from models_core import registry
from models_core.model import pack, unpack
from models_core.training.recipe import read
from models_core.training.update import Average, Update, parameter_groups

OPTIMIZERS = [entry.id for entry in registry.all("optimizer")]
SCHEDULES = [entry.id for entry in registry.all("schedule")]
AUGMENTATIONS = [entry.id for entry in registry.all("augmentation")]


def network() -> nn.Module:
    torch.manual_seed(0)
    # No bias before the norm: its gradient is 0 but for rounding, which Adam would make steps of.
    return nn.Sequential(nn.Conv2d(2, 4, 3, bias=False), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4 * 6 * 6, 3))


def update_of(module: nn.Module, **fields: Any) -> Update:
    return Update(module, read({"device": "cpu", **fields}), torch.device("cpu"))


def descend(module: nn.Module, update: Update, steps: int, seed: int = 1) -> float:
    generator = torch.Generator().manual_seed(seed)
    loss = torch.zeros(())
    for _ in range(steps):
        x = torch.randn(16, 2, 8, 8, generator=generator)
        loss = (module(x) - x.mean(dim=(2, 3)) @ torch.ones(2, 3)).square().mean()
        update.step(loss)
    return float(loss.detach())


@pytest.mark.parametrize("id", OPTIMIZERS)
def test_an_optimizer_descends(id: str) -> None:
    module = network()
    update = update_of(module, optimizer={"id": id, "lr": 0.01})
    first = descend(module, update, 1)
    assert descend(module, update, 60) < first / 2


@pytest.mark.parametrize("id", OPTIMIZERS)
@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
def test_an_optimizer_goes_on_from_its_state(id: str, memory: torch.memory_format) -> None:
    """Also where weights lie channels last in memory, which a state read from a file does not."""
    module = network().to(memory_format=memory)
    update = update_of(module, optimizer={"id": id, "lr": 0.01}, ema=0.9)
    descend(module, update, 5)
    weights = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    tensors, plain = pack(update.state())
    expected = descend(module, update, 5, seed=2)
    other = network().to(memory_format=memory)
    other.load_state_dict(weights)
    again = update_of(other, optimizer={"id": id, "lr": 0.01}, ema=0.9)
    again.load_state(unpack(tensors, plain))
    assert descend(other, again, 5, seed=2) == expected
    assert update.average is not None
    assert again.average is not None
    for one, two in zip(update.average.shadow, again.average.shadow, strict=True):
        assert torch.equal(one, two)


@pytest.mark.parametrize("id", OPTIMIZERS)
def test_the_fused_update_is_the_plain_one(id: str) -> None:
    """Against torch's for-loop implementation, with weights channels last."""
    fused, plain = (network().to(memory_format=torch.channels_last) for _ in range(2))
    one = update_of(fused, optimizer={"id": id, "lr": 0.01})
    two = update_of(plain, optimizer={"id": id, "lr": 0.01})
    assert two.optimizer is not None
    for group in two.optimizer.param_groups:
        group["fused"], group["foreach"] = None, False
    two.optimizer.defaults["fused"] = None
    descend(fused, one, 10)
    descend(plain, two, 10)
    for mine, theirs in zip(fused.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("id", OPTIMIZERS)
def test_an_optimizer_keeps_what_it_declares(id: str) -> None:
    module = network()
    update = update_of(module, optimizer={"id": id})
    descend(module, update, 1)
    assert update.optimizer is not None
    kept = sum(
        value.numel()
        for state in update.optimizer.state.values()
        for value in state.values()
        if isinstance(value, torch.Tensor) and value.dim()
    )
    weights = sum(param.numel() for param in module.parameters())
    assert kept == weights * registry.get("optimizer", id).obj.state_per_weight()


@pytest.mark.parametrize("id", SCHEDULES)
@pytest.mark.parametrize("total", [1, 2, 7, 1000])
@pytest.mark.parametrize("warmup", [0, 3])
def test_a_schedule_stays_between_0_and_1(id: str, total: int, warmup: int) -> None:
    schedule = registry.get("schedule", id).obj(warmup_steps=warmup)
    factors = [schedule(step, total) for step in range(total + 3)]
    assert all(0 <= factor <= 1 + 1e-9 for factor in factors)
    assert all(math.isfinite(factor) for factor in factors)
    rising = factors[: min(warmup, total)]
    assert rising == sorted(rising)


def test_schedules_by_hand() -> None:
    cosine = registry.get("schedule", "cosine").obj(final=0.2)
    assert cosine(0, 101) == 1
    assert cosine(50, 101) == pytest.approx(0.6)
    assert cosine(100, 101) == pytest.approx(0.2)
    cycle = registry.get("schedule", "one_cycle").obj(rise=0.5, start=0.1, final=0.0)
    assert cycle(0, 101) == pytest.approx(0.1)
    assert cycle(50, 101) == pytest.approx(1.0)
    assert cycle(100, 101) == pytest.approx(0.0)
    assert [registry.get("schedule", "constant").obj(warmup_steps=3)(step, 9) for step in range(5)] == [
        0.25,
        0.5,
        0.75,
        1,
        1,
    ]


@pytest.mark.parametrize("id", AUGMENTATIONS)
@pytest.mark.parametrize("channels_last", [False, True])
def test_an_augmentation_is_a_function_of_its_generator(id: str, channels_last: bool) -> None:
    augment = registry.get("augmentation", id).obj()
    x = torch.randint(0, 256, (6, 3, 12, 10), dtype=torch.uint8)
    if channels_last:
        x = x.to(memory_format=torch.channels_last)
    before = x.clone()
    one, two, other = (augment(x, torch.Generator().manual_seed(seed)) for seed in (3, 3, 4))
    assert torch.equal(x, before)
    assert one.shape == x.shape
    assert one.dtype == x.dtype
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_crop_shifts_whole_pictures() -> None:
    x = torch.randint(1, 256, (40, 3, 9, 7), dtype=torch.uint8)
    out = registry.get("augmentation", "crop").obj(padding=2)(x, torch.Generator().manual_seed(0))
    padded = nn.functional.pad(x, (2, 2, 2, 2))
    shifts = set()
    for index in range(40):
        found = [
            (dy, dx)
            for dy in range(5)
            for dx in range(5)
            if torch.equal(out[index], padded[index, :, dy : dy + 9, dx : dx + 7])
        ]
        assert len(found) == 1
        shifts.add(found[0])
    assert len(shifts) > 10


def test_flip_mirrors_its_share() -> None:
    x = torch.randint(0, 256, (400, 1, 4, 5), dtype=torch.uint8)
    out = registry.get("augmentation", "flip").obj(p=0.25)(x, torch.Generator().manual_seed(0))
    mirrored = [index for index in range(400) if torch.equal(out[index], x[index].flip(-1))]
    same = [index for index in range(400) if torch.equal(out[index], x[index])]
    assert len(mirrored) + len(same) == 400
    assert 70 <= len(mirrored) <= 130


def test_decay_spares_norms_and_biases() -> None:
    module = network()
    groups = parameter_groups(module, 0.05, norm_decay=False)
    assert [len(group["params"]) for group in groups] == [2, 3]
    assert groups[1]["weight_decay"] == 0
    assert [len(group["params"]) for group in parameter_groups(module, 0.05, norm_decay=True)] == [5]
    module[3].weight = nn.Parameter(module[3].weight.detach(), requires_grad=False)
    assert [len(group["params"]) for group in parameter_groups(module, 0.05, norm_decay=False)] == [1, 3]


def test_the_average_is_the_running_mean() -> None:
    module = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        module.weight.fill_(1.0)
    average = Average(module, 0.5)
    for value in (2.0, 3.0):
        with torch.no_grad():
            module.weight.fill_(value)
        average.update()
    # Decays 1/10 and 2/11, both below 0.5: 0.1 * 1 + 0.9 * 2 = 1.9, then (2 * 1.9 + 9 * 3) / 11.
    assert average.shadow[0].item() == pytest.approx((2 * 1.9 + 9 * 3) / 11)
    with average.applied():
        assert module.weight.item() == pytest.approx((2 * 1.9 + 9 * 3) / 11)
    assert module.weight.item() == 3.0


def test_clipping_bounds_the_step() -> None:
    module = nn.Linear(4, 1, bias=False)
    update = update_of(module, optimizer={"id": "sgd", "lr": 1.0, "momentum": 0.0, "weight_decay": 0.0}, clip=0.5)
    before = module.weight.detach().clone()
    update.step((module(torch.ones(1, 4)) * 1000).sum())
    assert (module.weight.detach() - before).norm().item() == pytest.approx(0.5, rel=1e-4)


def test_early_stop_counts_what_is_not_better() -> None:
    stop = registry.get("callback", "early_stop").obj(patience=2)
    assert stop.after_evaluation(1, 1, {}, True) is None
    assert stop.after_evaluation(2, 2, {}, False) is None
    again = registry.get("callback", "early_stop").obj(patience=2)
    again.load_state(stop.state())
    assert again.after_evaluation(3, 3, {}, False) is not None


def test_stop_at_a_value() -> None:
    stop = registry.get("callback", "stop_at").obj(value=0.9)
    assert stop.after_evaluation(1, 1, {"accuracy": 0.89}, True) is None
    assert "accuracy" in (stop.after_evaluation(1, 1, {"accuracy": 0.9}, True) or "")
    below = registry.get("callback", "stop_at").obj(value=0.1, metric="loss", below=True)
    assert below.after_evaluation(1, 1, {"loss": 0.2}, True) is None
    assert below.after_evaluation(1, 1, {"loss": 0.1}, True) is not None
