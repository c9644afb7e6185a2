"""Checkpoints: all that a training needs to go on as if it had never stopped, as one safetensors file.

The file is written under another name and renamed, so there is always one whole checkpoint. What is no tensor
travels as JSON in its metadata.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models_core.model import STATE, FileFault, pack, read_tensors, unpack, write_tensors

VERSION = 1


def write_state(folder: Path, state: Mapping[str, Any]) -> None:
    """Write a state, a tree of plain values and tensors, as the folder's checkpoint."""
    tensors, plain = pack(dict(state))
    write_tensors(folder / STATE, tensors, {"format": "pt", "version": str(VERSION), "state": json.dumps(plain)})


def read_state(folder: Path) -> dict[str, Any] | None:
    """The folder's state, or None where there is no checkpoint yet; raises FileFault for a damaged one."""
    path = folder / STATE
    if not path.exists():
        return None
    tensors, metadata = read_tensors(path)
    try:
        if metadata["version"] != str(VERSION):
            raise FileFault(f"{path} has version {metadata['version']}, this reads {VERSION}; update Blockyard")
        state: dict[str, Any] = unpack(tensors, json.loads(metadata["state"]))
    except (KeyError, ValueError) as error:
        if isinstance(error, FileFault):
            raise
        raise FileFault(f"{path} is damaged: {error}; restore it or train again") from None
    return state


def take_over(source: Path, folder: Path, names: tuple[str, ...]) -> None:
    """Copy the files of an earlier attempt into the folder of the one that continues it."""
    for name in names:
        if (source / name).exists():
            temp = folder / f".{name}.tmp"
            shutil.copyfile(source / name, temp)
            temp.replace(folder / name)
