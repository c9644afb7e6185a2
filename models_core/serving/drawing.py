"""A drawing made like the pictures a model was trained on: cut out, scaled, thickened, centred, on the right ground.

Data sets of handwriting are normalised before they are published. Small pictures (scikit-learn's digits, 8 x 8) are
filled from top to bottom; larger ones (MNIST, 28 x 28) keep a margin of a seventh around a glyph centred by its mass.
The strokes are as thick as makes a picture as bright, on average, as those of the training were.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from models_core.data import DataError, Limits, _images
from models_core.data.preprocess import ImageInput

FILLED = 16
"""Up to this size glyphs fill the height of their picture."""
MARGIN = 4 / 28
WORK = 64
"""Height and width at which strokes are measured and thickened."""
MIN_CONTRAST = 0.12


def normalised(raw: Any, part: ImageInput, limits: Limits) -> Any:
    """uint8 (H W) of the data set's size from a drawing; pictures no larger than the data set's pass as they are.

    Raises DataError for what is no picture, too large, or blank.
    """
    height, width, _ = part.stored
    image = _open(raw, limits)
    if image is None or (image.width <= width and image.height <= height):
        return raw
    ink = _cut(_ink(image))
    dark_ground = sum(part.mean) / len(part.mean) <= 0.5
    wanted = sum(part.mean) / len(part.mean) if dark_ground else 1 - sum(part.mean) / len(part.mean)
    margin = 0.0 if max(height, width) <= FILLED else MARGIN
    ink = _cut(_thickened(_scaled(ink, WORK), wanted / (1 - 2 * margin) ** 2))
    box_h, box_w = (round(size * (1 - 2 * margin)) for size in (height, width))
    scale = min(box_h / ink.shape[0], box_w / ink.shape[1])
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    glyph = np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BOX), dtype=np.float32)
    placed = _placed(glyph, height, width, by_mass=margin > 0)
    # The middle of a stroke is full ink, as in scans, though averaging over a pixel has thinned it.
    full = float(placed.max()) / 1.2
    out = np.clip(placed * (255 / full), 0, 255).round().astype(np.uint8)
    return out if dark_ground else 255 - out


def _open(raw: Any, limits: Limits) -> Image.Image | None:
    """The picture, its pixels not read yet; None for an array, which is taken as it is."""
    if isinstance(raw, Image.Image):
        return raw
    if isinstance(raw, np.ndarray):
        return None
    data = _images.encoded(raw, limits)
    try:
        return _images.open_image(data, limits)
    except DataError as error:
        raise DataError(f"the picture {error}; send another one") from None


def _ink(image: Image.Image) -> np.ndarray:
    """float32 (H W): how far each pixel is from the ground, 0 to 1; on a transparent ground, how opaque it is."""
    try:
        if "exif" in image.info:
            image = ImageOps.exif_transpose(image)
        image.load()
        if max(image.size) > 4 * WORK:
            if image.mode not in ("L", "RGB", "RGBA", "LA"):
                image = image.convert("RGBA")
            image = image.reduce(math.ceil(max(image.size) / (4 * WORK)))
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            image = image.convert("RGBA")
            alpha = np.asarray(image.getchannel("A"), dtype=np.float32) / 255
            white = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(white, image)
        else:
            alpha = None
        grey = np.asarray(image.convert("L"), dtype=np.float32) / 255
    except _images.BAD:
        raise DataError("the drawing is damaged: its pixels cannot be read; draw again") from None
    return _checked(np.abs(grey - _ground(grey)) if alpha is None or _ground(alpha) >= 0.5 else alpha)


def _checked(ink: np.ndarray) -> np.ndarray:
    peak = float(ink.max())
    if peak < MIN_CONTRAST:
        raise DataError("nothing is drawn; draw something first")
    return ink / peak


def _ground(values: np.ndarray) -> float:
    """What most of the border is."""
    return float(np.median(np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])))


def _cut(ink: np.ndarray) -> np.ndarray:
    """The smallest part that holds all ink."""
    rows, columns = np.flatnonzero(ink.max(1) > 0.25), np.flatnonzero(ink.max(0) > 0.25)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scaled(ink: np.ndarray, size: int) -> np.ndarray:
    """Scaled so that the longer side is `size`."""
    scale = size / max(ink.shape)
    target = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    return np.asarray(Image.fromarray(ink).resize(target, Image.Resampling.BILINEAR), dtype=np.float32)


def _thickened(ink: np.ndarray, wanted: float) -> np.ndarray:
    """Strokes widened or narrowed until ink covers about `wanted` of a square whose side is the longer one."""
    solid = np.pad(ink > 0.5, 1)
    area = int(solid.sum())
    # Steps from ink to ground along rows and columns overrate a slanting outline by 4 / pi on average.
    outline = (np.count_nonzero(np.diff(solid, axis=0)) + np.count_nonzero(np.diff(solid, axis=1))) * math.pi / 4
    if not area or not outline:
        return ink
    stroke = 2 * area / outline
    grow = stroke * (wanted * max(ink.shape) ** 2 / area - 1) / 2
    # A thicker pen than this would close the loops of an 8.
    grow = min(grow, (max(ink.shape) / 5.5 - stroke) / 2)
    steps = round(grow)
    if steps == 0 or (steps < 0 and stroke <= 4):
        return ink
    steps = max(steps, -int(stroke / 2 - 1))
    padding = max(steps, 0) + 1
    image = Image.fromarray((np.pad(ink, padding) * 255).astype(np.uint8))
    # Crosses and squares in turn come near to a round pen.
    for _ in range(abs(steps)):
        image = image.filter(ImageFilter.MaxFilter(3) if steps > 0 else ImageFilter.MinFilter(3))
    found = np.asarray(image, dtype=np.float32) / 255
    return found if found.max() > 0.5 else ink


def _placed(glyph: np.ndarray, height: int, width: int, *, by_mass: bool) -> np.ndarray:
    """The glyph in a picture of height x width, centred by its box or by its centre of mass."""
    top, left = (height - glyph.shape[0]) / 2, (width - glyph.shape[1]) / 2
    if by_mass:
        total = float(glyph.sum())
        top = height / 2 - float((glyph.sum(1) * (np.arange(glyph.shape[0]) + 0.5)).sum()) / total
        left = width / 2 - float((glyph.sum(0) * (np.arange(glyph.shape[1]) + 0.5)).sum()) / total
    row = min(max(round(top), 0), height - glyph.shape[0])
    column = min(max(round(left), 0), width - glyph.shape[1])
    placed = np.zeros((height, width), dtype=np.float32)
    placed[row : row + glyph.shape[0], column : column + glyph.shape[1]] = glyph
    return placed
