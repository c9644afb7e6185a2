"""What a forward holds in memory at once: the new tensors alive together, and which outputs are an input seen anew."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from . import quick
from .mode import Mode


class Workspace(Mode):
    """While entered, follows every storage that operations make until it is let go of, and counts the operations.

    Views are no operations: they do nothing to numbers.
    """

    def __init__(self, given: Iterable[Tensor | None]) -> None:
        super().__init__()
        self.peak_bytes = 0
        self.operations = 0
        self._live = 0
        self._known = weakref.WeakSet[torch.UntypedStorage](one.untyped_storage() for one in given if one is not None)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = quick.run(func, args, kwargs or {})
        self.operations += not func.is_view
        for tensor in tree_leaves(out):
            if isinstance(tensor, Tensor):
                self._follow(tensor.untyped_storage())
        return out

    def _follow(self, storage: torch.UntypedStorage) -> None:
        if storage in self._known:
            return
        self._known.add(storage)
        size = storage.nbytes()
        self._live += size
        self.peak_bytes = max(self.peak_bytes, self._live)
        weakref.finalize(storage, self._release, size)

    def _release(self, size: int) -> None:
        self._live -= size


def shared_with(outs: tuple[Tensor, ...], args: Iterable[Tensor | None]) -> tuple[int | None, ...]:
    """For each output the place of the argument whose memory it is, None where it has its own."""
    places = {arg.untyped_storage()._cdata: at for at, arg in enumerate(args) if arg is not None}
    return tuple(places.get(out.untyped_storage()._cdata) for out in outs)
