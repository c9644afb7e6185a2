"""Pictures: reading them safely, and the one way in which they are resized and turned grey or coloured.

Preparation, training and serving all come through here, so a served picture has the bytes that a trained one had.
"""

from __future__ import annotations

import base64
import io
import struct
import warnings
import zlib
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from ._errors import DataError
from .limits import Limits

FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm"})
_GREY = frozenset({"1", "L", "LA", "I", "I;16", "I;16B", "I;16L"})

BAD = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    MemoryError,
    ZeroDivisionError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What Pillow raises on hostile or damaged files is not one class; anything but these is a fault of ours."""


def open_image(data: bytes, limits: Limits) -> Image.Image:
    """The picture in `data`, its pixels not read yet; raises DataError saying what is wrong with it."""
    if not data:
        raise DataError("is empty")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pixel counts are checked below, by our own limit
        try:
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        except Image.DecompressionBombError:
            raise DataError(f"has more than {limits.pixels:,} pixels") from None
        except BAD:
            raise DataError(f"is not a picture ({', '.join(FORMATS)} are read)") from None
    if image.width * image.height > limits.pixels:
        raise DataError(f"has {image.width:,} x {image.height:,} pixels, more than the limit of {limits.pixels:,}")
    return image


def is_grey(image: Image.Image) -> bool:
    return image.mode in _GREY and "transparency" not in image.info


def to_channels(image: Image.Image, channels: int) -> Image.Image:
    """An 8-bit grey (1) or RGB (3) picture, turned upright by its EXIF note, laid on white where it is transparent."""
    mode = {1: "L", 3: "RGB"}[channels]
    if image.mode == mode and "transparency" not in image.info and "exif" not in image.info:
        return image
    if "exif" in image.info:
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        # 16-bit grey: Pillow would clip instead of scale.
        image = Image.fromarray((np.asarray(image).astype(np.int64).clip(0, 65535) >> 8).astype(np.uint8))
    elif image.mode == "F":
        raise DataError("has floating-point pixels")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        white = Image.new("RGBA", with_alpha.size, "white")
        image = Image.alpha_composite(white, with_alpha)
    return image.convert(mode)


def fit(image: Image.Image, height: int, width: int) -> Image.Image:
    """The picture scaled to cover height x width (bilinear, antialiased), what stands over cut off evenly."""
    if image.size == (width, height):
        return image
    scale = max(width / image.width, height / image.height)
    crop_w, crop_h = width / scale, height / scale
    left, top = (image.width - crop_w) / 2, (image.height - crop_h) / 2
    box = (max(left, 0.0), max(top, 0.0), min(left + crop_w, image.width), min(top + crop_h, image.height))
    return image.resize((width, height), Image.Resampling.BILINEAR, box=box)


def decode(data: bytes, height: int, width: int, channels: int, limits: Limits) -> np.ndarray:
    """The picture as uint8 of height x width x channels; raises DataError saying what is wrong with it."""
    image = open_image(data, limits)
    try:
        if image.format == "JPEG" and (image.width > 2 * width and image.height > 2 * height):
            # Lets the JPEG decoder shrink by a power of two, still leaving at least twice what is needed.
            image.draft(None, (2 * width, 2 * height))
        return adapt(to_channels(image, channels), height, width, channels)
    except DataError:
        raise
    except BAD:
        raise DataError("is damaged: its pixels cannot be read") from None


def adapt(image: Image.Image, height: int, width: int, channels: int) -> np.ndarray:
    """A picture as uint8 of height x width x channels."""
    array = np.asarray(fit(to_channels(image, channels), height, width), dtype=np.uint8)
    return array.reshape(height, width, channels)


def to_pil(array: np.ndarray) -> Image.Image:
    """A picture from uint8 of height x width x 1 or 3."""
    return Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else np.ascontiguousarray(array))


def data_uri(array: np.ndarray) -> str:
    """A PNG data URI of uint8 height x width x 1 or 3."""
    file = io.BytesIO()
    to_pil(array).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def take(raw: Any, height: int, width: int, channels: int, limits: Limits) -> np.ndarray:
    """uint8 of height x width x channels from whatever a caller has.

    `raw` is an encoded picture (bytes), a data URI or base64 text, a PIL picture, or uint8 (H W) or (H W C).
    """
    if isinstance(raw, Image.Image):
        return adapt(raw, height, width, channels)
    if isinstance(raw, np.ndarray):
        array = raw if raw.ndim == 3 else raw[..., None]
        if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] not in (1, 3):
            raise DataError(f"a picture is uint8 of H x W x 1 or 3, but this is {raw.dtype} of shape {raw.shape}")
        return adapt(to_pil(array), height, width, channels)
    data = encoded(raw, limits)
    try:
        return decode(data, height, width, channels, limits)
    except DataError as error:
        raise DataError(f"the picture {error}; send another one") from None


def encoded(raw: Any, limits: Limits) -> bytes:
    """The bytes of an encoded picture from bytes, a data URI or base64 text."""
    if isinstance(raw, str):
        text = raw.partition(",")[2] if raw.startswith("data:") else raw
        try:
            raw = base64.b64decode(text, validate=True)
        except ValueError:
            raise DataError("the picture is neither a data URI nor base64; send the file's bytes in base64") from None
    if not isinstance(raw, bytes | bytearray | memoryview):
        raise DataError(f"a picture is sent as bytes or base64 text, not as {type(raw).__name__}")
    if len(raw) > limits.picture_bytes:
        raise DataError(f"the picture has more than {limits.picture_bytes:,} bytes; send a smaller one")
    return bytes(raw)
