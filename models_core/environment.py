"""What the environment sets: bounds and amounts of memory, with the variable's name in every complaint."""

from __future__ import annotations

import dataclasses
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


class BadSetting(ValueError):
    """A variable of the environment that cannot be used; the message names it and what it should be."""


def bounds(cls: type[T], prefix: str, env: Mapping[str, str] | None = None) -> T:
    """A dataclass of numbers above 0, each as the variable `<prefix>_<NAME>` says or at its default.

    Raises BadSetting for a variable that is no such number.
    """
    env = os.environ if env is None else env
    values: dict[str, Any] = {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]  # typing has no bound for dataclasses
        name = f"{prefix}_{field.name.upper()}"
        text = env.get(name, "").strip()
        if not text:
            continue
        whole = isinstance(field.default, int)
        try:
            number = int(text) if whole else float(text)
        except ValueError:
            number = math.nan
        if not 0 < number < math.inf:
            kind = "whole number" if whole else "number"
            raise BadSetting(f"{name} is {text!r}; set it to a {kind} above 0, or leave it unset")
        values[field.name] = number
    return cls(**values)


def machine_memory() -> int:
    """Bytes of memory this process may ever have: the machine's, or its control group's where that is less."""
    import psutil

    total = int(psutil.virtual_memory().total)
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            text = (Path("/sys/fs/cgroup") / name).read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            total = min(total, int(text))
    return total


def memory_amount(name: str, text: str, whole: int) -> int:
    """Bytes from `8G`, `500M`, `8 GiB`, plain bytes, or a share of the whole such as `80%`; raises BadSetting."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:(%)|([kmgt]?)(?:i?b)?)\s*", text, re.IGNORECASE)
    if not match:
        raise BadSetting(f"{name} is {text!r}, no amount of memory; write for example 8G, 500M or 80%")
    number = float(match[1])
    return int(whole * number / 100) if match[2] else int(number * _UNITS[match[3].lower()])
