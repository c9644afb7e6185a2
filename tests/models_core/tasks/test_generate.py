"""Text generation with windows of fixed length."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models_core.tasks import generate, stream_bytes
from models_core.tasks._generate import choose


class Successor(nn.Module):
    """After byte b comes b + 1, whatever stood before."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(50.0))
        self.dropout = nn.Dropout(0.9)

    def forward(self, ids: Tensor) -> Tensor:
        return self.dropout(nn.functional.one_hot((ids + 1) % 256, 256).float() * self.scale)


class RunningSum(nn.Module):
    """The next byte is the sum of the window so far, mod 64: depends on everything before, nothing after."""

    def forward(self, ids: Tensor) -> Tensor:
        return nn.functional.one_hot(ids.cumsum(1) % 64, 256).float() * 50


@pytest.mark.parametrize("length", [1, 4, 100])
def test_it_writes_on_from_the_prompt(length: int) -> None:
    assert generate(Successor(), b"abc", 5, temperature=0, length=length) == b"defgh"
    assert generate(Successor(), b"a long prompt x", 2, temperature=0, length=length) == b"yz"


def test_the_module_is_left_as_it_was_and_generates_without_dropout() -> None:
    module = Successor().train()
    assert generate(module, b"a", 20, temperature=0, length=8) == bytes(range(ord("b"), ord("b") + 20))
    assert module.training
    module.eval()
    generate(module, b"a", 1, length=8)
    assert not module.training


@pytest.mark.parametrize("length", [3, 6, 50])
def test_the_window_slides_over_what_was_written(length: int) -> None:
    text = bytearray(b"ABCD")
    for _ in range(20):
        text.append(sum(text[-length:]) % 64)
    assert generate(RunningSum(), b"ABCD", 20, temperature=0, length=length) == bytes(text[4:])


def test_the_same_seed_writes_the_same() -> None:
    def noise(ids: np.ndarray) -> np.ndarray:
        return np.random.default_rng(int(ids.sum())).normal(size=(1, ids.shape[1], 256))

    def write(seed: int) -> bytes:
        return bytes(stream_bytes(noise, b"x", 30, length=16, temperature=1.0, top_k=None, seed=seed))

    assert write(1) == write(1)
    assert write(1) != write(2)
    assert bytes(stream_bytes(noise, b"x", 30, length=16, temperature=1.0, top_k=None, seed=1)) == write(1)


def test_sampling_follows_temperature_and_top_k() -> None:
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05]))
    rng = np.random.default_rng(0)

    def shares(temperature: float, top_k: int | None) -> list[float]:
        counts = Counter(choose(logits, temperature, top_k, rng) for _ in range(20_000))
        return [counts[at] / 20_000 for at in range(4)]

    assert shares(1.0, None) == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.015)
    assert shares(1.0, 2) == pytest.approx([0.625, 0.375, 0, 0], abs=0.015)
    squared = np.array([0.5, 0.3, 0.15, 0.05]) ** 2
    assert shares(0.5, None) == pytest.approx(list(squared / squared.sum()), abs=0.015)
    assert shares(0, None) == [1, 0, 0, 0]


def test_ids_beyond_bytes_are_never_written() -> None:
    logits = np.zeros(300)
    logits[280] = 100
    assert choose(logits, 0, None, np.random.default_rng(0)) < 256


def test_an_empty_prompt_begins_a_line() -> None:
    assert generate(Successor(), b"", 1, temperature=0, length=4) == b"\x0b"


@pytest.mark.parametrize(
    "settings", [{"n": -1}, {"temperature": -1.0}, {"temperature": float("nan")}, {"top_k": 0}], ids=str
)
def test_impossible_settings_are_refused(settings: dict[str, float]) -> None:
    given = {"n": 3, "length": 8, **settings}
    with pytest.raises(ValueError, match=r"take|ask"):
        generate(Successor(), b"a", **given)  # type: ignore[arg-type]


def test_a_diverged_network_says_so() -> None:
    module = Successor()
    module.scale.data.fill_(float("nan"))
    with pytest.raises(ValueError, match="not finite"):
        generate(module, b"a", 1, length=4)
