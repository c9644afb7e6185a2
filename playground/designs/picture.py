"""A small picture of a design's graph, as SVG: layers from left to right, wrapped into rows, groups as bigger boxes.

Colours come from the page: lines and words are `currentColor`, fills are faint hues that can be set as CSS variables
(`--picture-conv`, ...), so one picture fits light and dark.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

# Widths a row may have; taken is the one with which the whole shows largest in a card of the gallery.
ROW_WIDTHS = (200.0, 240.0, 290.0, 350.0, 420.0)
CARD = (200.0, 120.0)
GAP_X, GAP_Y, ROW_GAP, MARGIN = 9.0, 6.0, 16.0, 5.0
THIN, BOX, GROUP = (6.0, 24.0), (32.0, 24.0), (46.0, 34.0)
MAX_BOXES = 160
CHAR_WIDTH = 4.9

HUES = {
    "conv": "#3b82f6",
    "linear": "#f59e0b",
    "attention": "#a855f7",
    "norm": "#14b8a6",
    "act": "#ef4444",
    "pool": "#22c55e",
    "shape": "#64748b",
    "recurrent": "#ec4899",
    "group": "#6366f1",
    "other": "#64748b",
}
FAMILIES = {
    "convolution": "conv",
    "basic": "linear",
    "feedforward": "linear",
    "attention": "attention",
    "normalization": "norm",
    "activation": "act",
    "pooling": "pool",
    "shape": "shape",
    "tokens": "shape",
    "recurrent": "recurrent",
    "regularization": "norm",
    "connection": "shape",
}
THIN_HUES = {"norm", "act"}
SHORT = {
    "add": "+",
    "adaptive_avg_pool2d": "avg",
    "attention_pool": "pool",
    "avg_pool2d": "avg",
    "class_token": "cls",
    "concat": "cat",
    "conv1d": "conv",
    "conv2d": "conv",
    "depthwise_conv2d": "dw",
    "embedding": "emb",
    "flatten": "flat",
    "global_avg_pool": "gap",
    "global_max_pool": "gmp",
    "learned_positions": "pos",
    "linear": "fc",
    "max_pool2d": "max",
    "multiply": "×",
    "patch_embed": "patch",
    "separable_conv2d": "sep",
    "sinusoidal_positions": "pos",
    "token_pool": "pool",
}


@dataclass
class Box:
    """A node in the picture."""

    id: str
    text: str
    hue: str
    width: float
    height: float
    title: str
    layer: int = 0
    order: float = 0.0
    x: float = 0.0
    y: float = 0.0
    after: list[str] = field(default_factory=list)


def picture(document: Mapping[str, Any]) -> str:
    """The SVG of a Design document's top level. Any document gives a picture, also one with faults."""
    return _cached(digest(document), json.dumps(document))


def digest(document: Mapping[str, Any]) -> str:
    """A short hash of what the picture shows; the address of a picture can carry it and be cached for good."""
    shown = [document.get(part) for part in ("inputs", "nodes", "edges", "variables")]
    return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()[:16]


def picture_inside(within: Mapping[str, Any], name: str) -> str:
    """The SVG of what a composed block is made of: `parts` and `edges` as a block's help has them."""
    boxes = {}
    for part in within["parts"][:MAX_BOXES]:
        hue = FAMILIES.get(part["family"], "other")
        boxes[part["id"]] = Box(part["id"], part["title"], hue, *_size(part["title"], BOX), title=part["title"])
    edges = [(edge["from"], edge["to"]) for edge in within["edges"]]
    edges = [edge for edge in edges if boxes.keys() >= set(edge)]
    return _drawn(boxes, edges, max(0, len(within["parts"]) - MAX_BOXES), name)


@lru_cache(maxsize=512)
def _cached(key: str, text: str) -> str:
    document = json.loads(text)
    return _drawn(*_boxes(document), str(document.get("name", "design")))


def _drawn(boxes: dict[str, Box], edges: list[tuple[str, str]], cut: int, name: str) -> str:
    _layers(boxes, edges)
    sizes = {row: _place(boxes, edges, row) for row in ROW_WIDTHS}
    best = max(ROW_WIDTHS, key=lambda row: min(CARD[0] / sizes[row][0], CARD[1] / sizes[row][1]))
    width, height = _place(boxes, edges, best)
    return _svg(boxes, edges, width, height, cut, name)


def _hue(block: str) -> str:
    from models_core import registry

    entry = registry.find("block", block)
    return FAMILIES.get(entry.family, "other") if entry else "other"


def _boxes(document: Mapping[str, Any]) -> tuple[dict[str, Box], list[tuple[str, str]], int]:
    boxes: dict[str, Box] = {}
    nodes = document.get("nodes") or []
    for given in document.get("inputs") or []:
        name = str(given.get("name", "input"))
        boxes[f"input.{name}"] = Box(f"input.{name}", name, "other", *_size(name, BOX), title=f"input {name}")
    for node in nodes[:MAX_BOXES]:
        box = _box(node, document)
        boxes[box.id] = box
    edges = []
    for edge in document.get("edges") or []:
        source, target = str(edge.get("from", "")), str(edge.get("to", "")).partition(".")[0]
        start = source if source.startswith("input.") else source.partition(".")[0]
        if start in boxes and target in boxes and start != target and (start, target) not in edges:
            edges.append((start, target))
    return boxes, edges, max(0, len(nodes) - MAX_BOXES)


def _box(node: Mapping[str, Any], document: Mapping[str, Any]) -> Box:
    id = str(node.get("id", "?"))
    repeat = _value(node.get("repeat"), document)
    times = f" ×{repeat}" if repeat not in (None, 1) else ""
    title = f"{id}: "
    if node.get("choice"):
        # Shown as what is picked now, where that can be told.
        picked = (node.get("choice") or {}).get(str(_value(node.get("pick"), document)))
        if not isinstance(picked, dict):
            return Box(id, f"{id}?", "other", *_size(f"{id}?", BOX), title=f"{title}one of {', '.join(node['choice'])}")
        title = f"{id} (one of {', '.join(node['choice'])}): "
        node = {"repeat": None, **picked}
    opens = node.get("group") or str(node.get("generator") or "").replace("_", " ")
    if opens:
        text = f"{opens}{times}"
        return Box(id, text, "group", *_size(text, GROUP), title=title + text)
    block = str(node.get("block") or "?")
    hue = _hue(block)
    title += block + times
    if hue in THIN_HUES and not times:
        return Box(id, "", hue, *THIN, title=title)
    text = SHORT.get(block, block.replace("_", " ")) + times
    return Box(id, text, hue, *_size(text, BOX), title=title)


def _size(text: str, least: tuple[float, float]) -> tuple[float, float]:
    return min(96.0, max(least[0], len(text) * CHAR_WIDTH + 8)), least[1]


def _value(value: Any, document: Mapping[str, Any]) -> Any:
    """A repeat as a number, where it is one or names a variable; else as it is written."""
    if isinstance(value, str) and value.startswith("="):
        variable = (document.get("variables") or {}).get(value[1:].strip())
        return variable.get("value") if isinstance(variable, dict) else "n"
    return value


def _layers(boxes: dict[str, Box], edges: list[tuple[str, str]]) -> None:
    """Each box one layer after the last thing it waits for; a cycle (a fault) is cut where it is found."""
    before: dict[str, list[str]] = defaultdict(list)
    for start, end in edges:
        before[end].append(start)
        boxes[start].after.append(end)
    waits = {id: len(before[id]) for id in boxes}
    ready = [id for id in boxes if not waits[id]]
    left = dict.fromkeys(boxes)
    while left:
        if not ready:
            ready = [next(iter(left))]
        id = ready.pop(0)
        if id not in left:
            continue
        del left[id]
        for end in boxes[id].after:
            if end in left:
                boxes[end].layer = max(boxes[end].layer, boxes[id].layer + 1)
                waits[end] -= 1
                if waits[end] <= 0:
                    ready.append(end)
    for _ in range(2):
        columns = _columns(boxes)
        for layer in sorted(columns):
            for box in columns[layer]:
                around = [boxes[start].order for start in before[box.id]]
                box.order = sum(around) / len(around) if around else box.order
            for index, box in enumerate(sorted(columns[layer], key=lambda b: b.order)):
                box.order = index - (len(columns[layer]) - 1) / 2


def _columns(boxes: dict[str, Box]) -> dict[int, list[Box]]:
    columns: dict[int, list[Box]] = defaultdict(list)
    for box in boxes.values():
        columns[box.layer].append(box)
    return columns


def _place(boxes: dict[str, Box], edges: list[tuple[str, str]], row_width: float) -> tuple[float, float]:
    """Set x and y: columns side by side, wrapped into rows of a width; the size of the whole."""
    columns = _columns(boxes)
    rows: list[list[int]] = [[]]
    x = MARGIN
    for layer in sorted(columns):
        width = max(box.width for box in columns[layer])
        if x + width > row_width and rows[-1]:
            rows.append([])
            x = MARGIN
        for box in columns[layer]:
            box.x = x + (width - box.width) / 2
        rows[-1].append(layer)
        x += width + GAP_X
    widest, top = MARGIN, MARGIN
    for row in rows:
        heights = [sum(b.height for b in columns[c]) + GAP_Y * (len(columns[c]) - 1) for c in row]
        height = max(heights, default=0.0)
        skips = any(
            boxes[start].layer in row and boxes[end].layer in row and boxes[end].layer - boxes[start].layer > 1
            for start, end in edges
        )
        top += 12.0 if skips else 0.0
        for layer, used in zip(row, heights, strict=True):
            y = top + (height - used) / 2
            for box in sorted(columns[layer], key=lambda b: b.order):
                box.y = y
                y += box.height + GAP_Y
                widest = max(widest, box.x + box.width)
        top += height + ROW_GAP
    return max(widest + MARGIN, 60.0), max(top - ROW_GAP + MARGIN, 40.0)


def _path(start: Box, end: Box) -> str:
    x1, y1 = start.x + start.width, start.y + start.height / 2
    x2, y2 = end.x, end.y + end.height / 2
    if x2 < x1:
        # To the next row: down between the rows and back to the left.
        middle = (start.y + start.height + end.y) / 2 if end.y > start.y else start.y - 6
        return f"M{x1:.0f} {y1:.0f}h4V{middle:.0f}H{x2 - 4:.0f}V{y2:.0f}h4"
    if end.layer - start.layer > 1 and abs(y1 - y2) < 1:
        # Past what lies between, in an arc above it.
        lift = start.height / 2 + 7
        return f"M{x1:.0f} {y1:.0f}C{x1 + 6:.0f} {y1 - lift - 6:.0f} {x2 - 6:.0f} {y1 - lift - 6:.0f} {x2:.0f} {y2:.0f}"
    half = (x2 - x1) / 2
    return f"M{x1:.0f} {y1:.0f}C{x1 + half:.0f} {y1:.0f} {x2 - half:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"


def _svg(boxes: dict[str, Box], edges: list[tuple[str, str]], width: float, height: float, cut: int, name: str) -> str:
    label = f"Graph of {name}: {len(boxes) + cut} nodes"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="design-picture" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{escape(label, {chr(34): "&quot;"})}" '
        'font-family="system-ui, sans-serif" font-size="8.5">'
    ]
    lines = "".join(_path(boxes[start], boxes[end]) for start, end in edges)
    if lines:
        parts.append(f'<path d="{lines}" fill="none" stroke="currentColor" stroke-opacity=".45" stroke-width="1"/>')
    for box in boxes.values():
        x, y, hue = f"{box.x:.0f}", f"{box.y:.0f}", f"var(--picture-{box.hue}, {HUES[box.hue]})"
        radius = 1.5 if not box.text else 4
        parts.append(f"<g><title>{escape(box.title)}</title>")
        if box.hue == "group":
            parts.append(_rect(f"{box.x + 2:.0f}", f"{box.y - 2:.0f}", box, hue, radius, 0.12))
        parts.append(_rect(x, y, box, hue, radius, 0.55 if not box.text else 0.22))
        if box.text:
            text = _fit(box.text, box.width)
            middle = f'x="{box.x + box.width / 2:.1f}" y="{box.y + box.height / 2 + 2.6:.1f}"'
            parts.append(f'<text {middle} text-anchor="middle" fill="currentColor">{escape(text)}</text>')
        parts.append("</g>")
    if cut:
        parts.append(
            f'<text x="{width - MARGIN:.0f}" y="{height - 2:.0f}" text-anchor="end" '
            f'fill="currentColor">and {cut:,} more</text>'
        )
    parts.append("</svg>")
    return "".join(parts)


def _rect(x: str, y: str, box: Box, hue: str, radius: float, opacity: float) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="{box.width:.0f}" height="{box.height:.0f}" rx="{radius}" '
        f'style="fill:{hue};stroke:{hue}" fill-opacity="{opacity}" stroke-opacity=".8"/>'
    )


def _fit(text: str, width: float) -> str:
    room = int((width - 4) / CHAR_WIDTH)
    return text if len(text) <= room else text[: max(1, room - 1)] + "…"
