"""Pieces of Python text: names, literals, docstrings, and calls broken over lines as ruff would."""

from __future__ import annotations

import builtins
import keyword
import math
import re
import textwrap
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LINE = 120

OCCUPIED = frozenset({*dir(builtins), *keyword.softkwlist, "self", "cls", "torch", "nn", "F", "math", "Tensor"})
"""Names that generated code leaves alone, so that no node or parameter can shadow them."""


def identifier(text: str, taken: Iterable[str] = ()) -> str:
    """A valid Python name like `text` that is no keyword and not taken."""
    name = re.sub(r"\W", "_", text, flags=re.ASCII) or "value"
    # Two underscores in front would be mangled inside a class.
    name = re.sub(r"^__+", "_", name)
    if name[0].isdigit():
        name = f"n{name}"
    if keyword.iskeyword(name) or name in OCCUPIED:
        name = f"{name}_"
    return unique(name, taken)


def class_name(text: str, taken: Iterable[str] = ()) -> str:
    """A class name like `text`: `bottleneck_v2` becomes `BottleneckV2`."""
    words = re.sub(r"[^A-Za-z0-9]+", " ", text).split()
    name = "".join(word[0].upper() + word[1:] for word in words)
    if not name or name[0].isdigit():
        name = f"Net{name}"
    return unique(name if not keyword.iskeyword(name) and name not in OCCUPIED else f"{name}Net", taken)


def unique(name: str, taken: Iterable[str]) -> str:
    """The name itself, or with the first number behind it that makes it free."""
    taken = set(taken)
    if name not in taken:
        return name
    stem = f"{name}_" if name[-1].isdigit() else name
    number = 2
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def literal(value: Any) -> str:
    """The Python text of plain data; raises TypeError for anything else, so that nothing but data is ever written."""
    if value is None or isinstance(value, bool | int):
        return repr(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, tuple):
        inside = ", ".join(literal(item) for item in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}"
    raise TypeError(f"{type(value).__name__} cannot be written as a Python literal")


def quoted(text: str) -> str:
    """A string literal, in double quotes where that needs no more escapes."""
    written = repr(text)
    if written.startswith("'") and '"' not in written:
        return f'"{written[1:-1]}"'.replace("\\'", "'")
    return written


def type_of(values: Iterable[Any]) -> str:
    """The annotation that fits all of these values."""
    names: dict[str, None] = {}
    for value in values:
        if value is None:
            names["None"] = None
        elif isinstance(value, tuple | list):
            inner = type_of(value) if value else "int"
            names[f"tuple[{inner}, ...]" if isinstance(value, tuple) else f"list[{inner}]"] = None
        else:
            names[type(value).__name__] = None
    return " | ".join(sorted(names, key=lambda name: name == "None"))


def clean(text: str) -> str:
    """A text from a user with nothing in it that is not seen: no control, direction or surrogate characters."""
    spaced = " ".join(text.split())
    return "".join(character for character in spaced if not unicodedata.category(character).startswith("C"))


def docstring(text: str, indent: int) -> list[str]:
    """The lines of a docstring; blank lines of `text` part paragraphs, the text cannot end it."""
    pad = " " * indent
    paragraphs = [clean(paragraph) for paragraph in re.split(r"\n\s*\n", text)]
    paragraphs = [paragraph.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') for paragraph in paragraphs if paragraph]
    if not paragraphs:
        return []
    width = LINE - indent
    blocks = [
        textwrap.wrap(paragraph, width, initial_indent="   " if not index else "", break_on_hyphens=False)
        for index, paragraph in enumerate(paragraphs)
    ]
    lines: list[str] = []
    for index, block in enumerate(blocks):
        lines += ([""] if index else []) + block
    lines[0] = '"""' + lines[0].lstrip()
    if len(lines) == 1 and len(lines[0]) + 3 <= width:
        # A quote or an escape before the closing quotes would run into them.
        end = " " if lines[0].endswith(('"', "\\")) else ""
        lines[0] += f'{end}"""'
    else:
        lines.append('"""')
    return [f"{pad}{line}" if line else "" for line in lines]


@dataclass(frozen=True)
class Bracket:
    """A call or display: `opening`, then items, then `closing`; broken over lines when it does not fit in one."""

    opening: str
    items: tuple[Text, ...]
    closing: str = ")"
    comma: bool = True


Text = str | Bracket


def flat(text: Text) -> str:
    """The text on one line."""
    if isinstance(text, str):
        return text
    joint = ", " if text.comma else " "
    return text.opening + joint.join(flat(item) for item in text.items) + text.closing


def layout(text: Text, indent: int, prefix: str = "", suffix: str = "") -> list[str]:
    """The lines of `prefix text suffix` at an indent: on one line, or its items on one, or one item a line."""
    pad = " " * indent
    line = f"{pad}{prefix}{flat(text)}{suffix}"
    if len(line) <= LINE or isinstance(text, str) or not text.items:
        return [line]
    body = f"{pad}    {flat(Bracket('', text.items, '', text.comma))}"
    alone = len(text.items) == 1 and isinstance(text.items[0], Bracket)
    if len(body) <= LINE:
        inside = [body]
    else:
        inside = []
        for item in text.items:
            inside += layout(item, indent + 4, suffix="," if text.comma and not alone else "")
    return [f"{pad}{prefix}{text.opening}", *inside, f"{pad}{text.closing}{suffix}"]
