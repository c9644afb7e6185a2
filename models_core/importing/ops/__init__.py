"""One converter for each operator of ONNX that blocks can stand for, by its name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

from models_core.importing._drawing import Drawing
from models_core.importing._net import Op

Converter = Callable[[Op, Drawing], None]
"""Draws what an operator becomes and says which node gives its result; raises Unknown where no block does the same."""

CONVERTERS: dict[str, Converter] = {}


def converts(*types: str) -> Callable[[Converter], Converter]:
    """Register a converter for operators of these types."""

    def add(converter: Converter) -> Converter:
        for type in types:
            if type in CONVERTERS:
                raise ValueError(f"there are two converters for {type}")
            CONVERTERS[type] = converter
        return converter

    return add


def load() -> dict[str, Converter]:
    """Every converter; each module of this folder has those of one family."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return CONVERTERS
