"""Digits drawn with a round pen, as a person draws them on a page."""

from __future__ import annotations

import base64
import io
import math

from PIL import Image, ImageDraw

Point = tuple[float, float]


def _arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> list[Point]:
    angles = [math.radians(start + (end - start) * step / 24) for step in range(25)]
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


STROKES: dict[int, list[list[Point]]] = {
    0: [_arc(50, 50, 26, 40, 0, 360)],
    1: [[(34, 26), (52, 10), (52, 90)]],
    2: [[*_arc(50, 32, 24, 22, 180, 370), (26, 88), (78, 88)]],
    3: [_arc(46, 30, 24, 20, 200, 450) + _arc(46, 70, 26, 20, 270, 520)],
    4: [[(58, 10), (22, 62), (80, 62)], [(60, 36), (60, 90)]],
    5: [[(74, 12), (32, 12), (30, 46), *_arc(50, 64, 25, 24, 230, 500)]],
    6: [[(62, 10), (40, 36), (28, 62), *_arc(50, 68, 22, 20, 180, 540)]],
    7: [[(24, 12), (76, 12), (44, 90)]],
    8: [_arc(50, 30, 20, 20, 90, 450) + _arc(50, 70, 24, 20, 270, 630)],
    9: [[*_arc(50, 32, 22, 20, 0, 360), (72, 32), (68, 60), (54, 90)]],
}
"""The strokes of each digit on a square of 100 x 100."""


def draw(
    digit: int,
    *,
    size: int = 280,
    pen: int = 20,
    scale: float = 1.0,
    move: Point = (0, 0),
    turn: float = 0,
    ink: object = "white",
    ground: object = "black",
    mode: str = "RGB",
) -> Image.Image:
    """A digit drawn on a canvas of size x size, scaled and turned about its middle, then moved."""
    image = Image.new(mode, (size, size), ground)  # type: ignore[arg-type]  # colours by name or number
    brush = ImageDraw.Draw(image)
    angle = math.radians(turn)
    for stroke in STROKES[digit]:
        points = []
        for x, y in stroke:
            x, y = (x - 50) * scale, (y - 50) * scale
            x, y = x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)
            points.append(((x + 50 + move[0]) * size / 100, (y + 50 + move[1]) * size / 100))
        brush.line(points, fill=ink, width=pen, joint="curve")  # type: ignore[arg-type]  # as above
        for x, y in points:
            brush.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=ink)  # type: ignore[arg-type]
    return image


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def data_uri(image: Image.Image) -> str:
    return "data:image/png;base64," + base64.b64encode(png(image)).decode()
