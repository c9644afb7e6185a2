"""Writing files that are whole or absent, and trees of tensors as safetensors with JSON."""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor


class FileFault(ValueError):
    """A file of a run is missing or damaged; the message says which and what to do."""


def write_text(path: Path, text: str) -> None:
    """Write a file under a temporary name, flush it to disk, then give it its name."""
    temp = _temp(path)
    try:
        with temp.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temp, path)
    finally:
        temp.unlink(missing_ok=True)
    _sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Write a JSON document, whole or not at all. NaN and infinity are refused by a ValueError."""
    write_text(path, json.dumps(value, indent=1, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON document; raises FileFault."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileFault(f"there is no {path.name} in {path.parent}; name the folder that a training wrote") from None
    except (ValueError, OSError) as error:
        raise FileFault(f"{path} cannot be read: {error}; restore it or train again") from None


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> None:
    """Write tensors as safetensors, whole or not at all."""
    temp = _temp(path)
    try:
        plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        save_file(plain, temp, dict(metadata or {}))
        temp.chmod(0o644)  # safetensors makes files that only their owner may read
        with temp.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(temp, path)
    finally:
        temp.unlink(missing_ok=True)
    _sync_folder(path.parent)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read safetensors and their metadata; raises FileFault."""
    if not path.is_file():
        raise FileFault(f"there is no {path.name} in {path.parent}; train first, or name another folder")
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise FileFault(f"{path} is damaged: {error}; restore it or train again") from None


def unshared(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors without those that are another one's memory (tied weights), and for each left out the name it shares.

    Safetensors refuses shared memory, and a tied weight is one weight.
    """
    seen: dict[tuple[int, Any], str] = {}
    kept: dict[str, Tensor] = {}
    same: dict[str, str] = {}
    for name, tensor in tensors.items():
        key = (tensor.data_ptr(), tuple(tensor.shape)) if tensor.numel() else (0, name)
        if key in seen:
            same[name] = seen[key]
        else:
            seen[key] = name
            kept[name] = tensor
    return kept, same


def pack(tree: Any) -> tuple[dict[str, Tensor], Any]:
    """Split a tree of dicts, lists, numbers and tensors into named tensors and a JSON value; `unpack` joins them."""
    tensors: dict[str, Tensor] = {}

    def walk(value: Any, path: str) -> Any:
        if isinstance(value, Tensor):
            # Tensors of one state may share memory (tied weights); each is written out.
            tensors[path] = value.detach().cpu().clone(memory_format=torch.contiguous_format)
            return {"$tensor": path}
        if isinstance(value, Mapping):
            if all(isinstance(key, str) and not key.startswith("$") for key in value):
                return {key: walk(item, f"{path}.{key}") for key, item in value.items()}
            return {"$items": [[walk(key, path), walk(item, f"{path}.{key}")] for key, item in value.items()]}
        if isinstance(value, tuple):
            return {"$tuple": [walk(item, f"{path}.{index}") for index, item in enumerate(value)]}
        if isinstance(value, list):
            return [walk(item, f"{path}.{index}") for index, item in enumerate(value)]
        if isinstance(value, float) and not math.isfinite(value):
            return {"$float": repr(value)}
        if value is None or isinstance(value, bool | int | float | str):
            return value
        raise TypeError(f"{path} is a {type(value).__name__}, which has no place in a checkpoint")

    return tensors, walk(tree, "")


def unpack(tensors: Mapping[str, Tensor], tree: Any) -> Any:
    """Join what `pack` has split."""
    if isinstance(tree, dict):
        if "$tensor" in tree:
            return tensors[tree["$tensor"]]
        if "$items" in tree:
            return {unpack(tensors, key): unpack(tensors, item) for key, item in tree["$items"]}
        if "$tuple" in tree:
            return tuple(unpack(tensors, item) for item in tree["$tuple"])
        if "$float" in tree:
            return float(tree["$float"])
        return {key: unpack(tensors, item) for key, item in tree.items()}
    if isinstance(tree, list):
        return [unpack(tensors, item) for item in tree]
    return tree


def _temp(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
