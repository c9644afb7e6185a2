"""RandAugment: each operation beside Pillow's or by hand, and how they are drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch import Tensor

from models_core import registry
from models_core.training.augmentations.rand_augment import OPERATIONS

PILLOW: dict[str, Callable[[Image.Image], Image.Image]] = {
    "autocontrast": ImageOps.autocontrast,
    "equalize": ImageOps.equalize,
    "posterize": lambda one: ImageOps.posterize(one, 6),
    "solarize": lambda one: ImageOps.solarize(one, 128),
    "color": lambda one: ImageEnhance.Color(one).enhance(1.45),
    "contrast": lambda one: ImageEnhance.Contrast(one).enhance(1.45),
    "brightness": lambda one: ImageEnhance.Brightness(one).enhance(1.45),
    "sharpness": lambda one: ImageEnhance.Sharpness(one).enhance(1.45),
}


def pictures(n: int = 4, channels: int = 3, height: int = 24, width: int = 20) -> Tensor:
    """Noise of an uneven histogram, the upper half darker."""
    x = torch.rand(n, channels, height, width, generator=torch.Generator().manual_seed(0)).square() * 220
    x[:, :, : height // 2] = x[:, :, : height // 2] / 3 + 20
    return x.to(torch.uint8)


def changed(name: str, x: Tensor, strength: float) -> Tensor:
    return OPERATIONS[name](x, torch.full((x.shape[0],), strength))


@pytest.mark.parametrize("name", PILLOW)
def test_values_are_changed_as_pillow_changes_them(name: str) -> None:
    x = pictures()
    found = changed(name, x, 0.5).permute(0, 2, 3, 1).numpy()
    for one, picture in zip(found, x.permute(0, 2, 3, 1).numpy(), strict=True):
        assert np.array_equal(one, np.array(PILLOW[name](Image.fromarray(picture))))


@pytest.mark.parametrize("name", ["autocontrast", "equalize"])
@pytest.mark.parametrize("value", [0, 9, 255])
def test_a_flat_picture_stays(name: str, value: int) -> None:
    x = torch.full((1, 1, 8, 8), value, dtype=torch.uint8)
    assert torch.equal(changed(name, x, 1.0), x)


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name not in ("autocontrast", "equalize")])
@pytest.mark.parametrize("channels", [1, 3])
def test_no_strength_is_no_change(name: str, channels: int) -> None:
    x = pictures(channels=channels)
    assert torch.equal(changed(name, x, 0.0), x)


def test_turns_shears_and_shifts_by_hand() -> None:
    square = pictures(height=20)
    assert torch.equal(changed("rotate", square, 3.0), square.rot90(1, (2, 3)))
    assert torch.equal(changed("rotate", square, -3.0), square.rot90(-1, (2, 3)))
    x = pictures(height=20, width=40)
    right = torch.zeros_like(x)
    right[..., 18:] = x[..., :-18]
    assert torch.equal(changed("shift_x", x, 1.0), right)
    up = torch.zeros_like(x)
    up[:, :, :-9] = x[:, :, 9:]
    assert torch.equal(changed("shift_y", x, -1.0), up)
    # Sheared by 1/2, a row d below the middle of the picture is taken from d / 2 further right.
    slanted = changed("shear_x", pictures(height=21, width=21), 0.5 / 0.3)
    for row in (6, 10, 14):
        moved = (row - 10) // 2
        columns = slice(max(0, -moved), 21 - max(0, moved))
        expected = pictures(height=21, width=21)[:, :, row].roll(-moved, -1)
        assert torch.equal(slanted[:, :, row, columns], expected[..., columns])


def test_a_picture_that_is_not_square_is_not_sheared_by_turning() -> None:
    x = torch.zeros(1, 1, 20, 60, dtype=torch.uint8)
    x[:, :, :, 20:40] = 200
    middle = x[..., 20:40].rot90(-1, (2, 3))
    assert torch.equal(changed("rotate", x, 3.0)[..., 20:40], middle)


def test_every_picture_has_operations_of_its_own() -> None:
    augment = registry.get("augmentation", "rand_augment").obj(n=1, magnitude=5)
    x = pictures(1).expand(700, -1, -1, -1).contiguous()
    found = augment(x, torch.Generator().manual_seed(0))
    expected = {name: [changed(name, x[:1], strength)[0] for strength in (0.5, -0.5)] for name in OPERATIONS}
    counts = dict.fromkeys(OPERATIONS, 0)
    for one in found:
        name = next(name for name, both in expected.items() if any(torch.equal(one, each) for each in both))
        counts[name] += 1
    # 50 of each on average, with a standard deviation of 7.
    assert min(counts.values()) > 20


def test_more_of_them_go_on_from_each_other() -> None:
    twice, once = (registry.get("augmentation", "rand_augment").obj(n=n) for n in (2, 1))
    one, other = torch.Generator().manual_seed(4), torch.Generator().manual_seed(4)
    assert torch.equal(twice(pictures(), one), once(once(pictures(), other), other))
