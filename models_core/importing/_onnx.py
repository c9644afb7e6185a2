"""An ONNX file as a Design: the one it carries, if it is its own, else what its operators draw."""

from __future__ import annotations

from dataclasses import replace

from . import _own
from ._draw import drawn
from ._imported import Imported
from ._read import read_model


def import_onnx(data: bytes, name: str = "imported", *, redraw: bool = False) -> Imported:
    """The design of an ONNX file with its weights. One that was exported here has its design inside, which is taken
    unless `redraw`, and if exporting it again gives the graph that the file has.

    Operators without a block become nodes that say so and are listed in `problems`. Raises CannotImport for what is no
    ONNX file, reaches for other files, is too large, or is no network at all.
    """
    model = read_model(data)
    if redraw or not _own.claims(model):
        return drawn(model, name)
    try:
        return _own.imported(model)
    except _own.NotItsOwn as fault:
        found = drawn(model, name)
        note = f"The file carries a design, but not that of its network: {fault}. The network was drawn instead."
        return replace(found, notes=[note, *found.notes])
