"""Figures and pictures of single activations, checked by hand."""

from __future__ import annotations

import base64
import io
import math

import pytest
import torch
from PIL import Image

from models_core.inspection import SampleLimits, activation
from models_core.inspection.picture import BAD, GAP, ZERO


def pixels(uri: str | None) -> Image.Image:
    """A picture by its places in the palette."""
    assert uri is not None
    image = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    assert image.mode == "P"
    return image


def test_figures_are_those_of_the_first_sample_and_channels_those_of_the_batch() -> None:
    x = torch.zeros(2, 3, 1, 2)
    x[0, 0] = torch.tensor([[1.0, -3.0]])
    x[1, 1] = 500.0
    found = activation(x, ("C", "H", "W"))
    assert (found.mean, found.min, found.max) == (pytest.approx(-2 / 6), -3.0, 1.0)
    assert found.std == pytest.approx(math.sqrt(10 / 6 - (2 / 6) ** 2))
    assert found.zeros == pytest.approx(4 / 6)
    assert (found.channels, found.dead) == (3, 1)
    assert found.largest == 500.0
    assert found.is_finite
    assert not found.all_zero


def test_what_is_not_finite_is_counted_and_left_out_of_the_figures() -> None:
    x = torch.tensor([[1.0, math.nan, math.inf, 3.0], [0.0, 0.0, 0.0, 0.0]])
    found = activation(x, side=64)
    assert (found.mean, found.min, found.max) == (2.0, 1.0, 3.0)
    assert (found.nan, found.inf, found.nan_samples, found.inf_samples) == (1, 1, 1, 1)
    assert found.largest == 3.0
    assert BAD in set(pixels(found.picture).getdata())
    nothing = activation(torch.full((1, 4), math.nan))
    assert (nothing.mean, nothing.std, nothing.nan) == (None, None, 4)


def test_channels_of_a_sequence_are_its_last_dim_unless_it_is_named_otherwise() -> None:
    x = torch.ones(1, 5, 3)
    x[..., 1] = 0
    assert (activation(x).channels, activation(x).dead) == (3, 1)
    assert (activation(x, ("C", "L")).channels, activation(x, ("C", "L")).dead) == (5, 0)


def test_token_ids_have_figures_but_no_channels() -> None:
    found = activation(torch.tensor([[3, 0, 9]]), ("L",), side=64)
    assert (found.dtype, found.min, found.max, found.channels, found.dead) == ("int64", 0.0, 9.0, None, None)


def test_maps_are_drawn_in_a_grid_that_keeps_its_size() -> None:
    x = torch.randn(1, 5, 8, 8)
    x[0, 1] = 0
    image = pixels(activation(x, side=100).picture)
    assert image.size == (3 * 9 - 1, 2 * 9 - 1)
    assert image.getpixel((8, 0)) == GAP
    assert {image.getpixel((9 + dx, dy)) for dx in range(8) for dy in range(8)} == {ZERO}
    many = activation(torch.randn(1, 300, 50, 50), side=64)
    assert max(pixels(many.picture).size) <= 64 + 8
    assert many.caption == "64 of 300 maps of 50×50"


def test_a_sequence_is_a_strip_with_time_to_the_right() -> None:
    x = torch.zeros(1, 6, 2)
    x[0, 4, 1] = 1.0
    image = pixels(activation(x, side=64).picture)
    assert image.size == (6, 2)
    assert image.getpixel((4, 1)) > ZERO
    assert image.getpixel((4, 0)) == ZERO


def test_a_vector_is_bars_around_zero() -> None:
    image = pixels(activation(torch.tensor([[2.0, -1.0]]), side=60).picture)
    wide, height = image.size
    assert image.getpixel((0, 0)) > ZERO
    assert image.getpixel((0, height - 1)) == ZERO
    assert image.getpixel((wide - 1, 0)) == ZERO
    assert image.getpixel((wide - 1, height * 3 // 4 - 1)) < ZERO
    assert activation(torch.randn(1, 5000), side=60).caption == "5,000 values in 60 bars"


def test_a_single_number_has_no_picture() -> None:
    assert activation(torch.ones(1, 1), side=60).picture is None


def test_limits_come_from_the_environment_and_say_what_is_wrong() -> None:
    limits = SampleLimits.from_environment({"BLOCKYARD_SAMPLE_SAMPLES": "4", "BLOCKYARD_SAMPLE_LARGEST": "1e3"})
    assert (limits.samples, limits.largest) == (4, 1000.0)
    for text in ("0", "-1", "many", "inf", "2.5"):
        with pytest.raises(ValueError, match="BLOCKYARD_SAMPLE_PIXELS"):
            SampleLimits.from_environment({"BLOCKYARD_SAMPLE_PIXELS": text})
