"""Models held open for requests, the least used one closed when there are too many."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from pathlib import Path

from ._limits import ServingLimits
from ._network import Found
from .generate import GenerateRunner
from .single import SingleRunner

Runner = SingleRunner | GenerateRunner


def open_runner(place: str | Path, limits: ServingLimits | None = None) -> Runner:
    """A runner for the model in a run's folder, a bundle's folder or an ONNX file; raises CannotServe."""
    limits = limits or ServingLimits.from_environment()
    network = Found.at(place).open(limits.threads)
    if network.preprocess.target.kind == "bytes":
        return GenerateRunner(network, limits)
    return SingleRunner(network, limits)


class Pool:
    """Open runners by key, at most `limits.models` of them with at most `limits.loaded_bytes` of files in all.

    Opening one holds up only requests for the same one.
    """

    def __init__(self, limits: ServingLimits | None = None) -> None:
        self.limits = limits or ServingLimits.from_environment()
        self._open: OrderedDict[Hashable, Runner] = OrderedDict()
        self._opening: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, place: str | Path, key: Hashable | None = None) -> Runner:
        """The runner of the model at `place`. `key` stands for its content: another key opens the file anew.

        Without a key the file's size and time of change are taken. Raises CannotServe.
        """
        if key is None:
            path = Found.at(place).path
            stat = path.stat()
            key = (str(path), stat.st_size, stat.st_mtime_ns)
        with self._lock:
            runner = self._known(key)
            if runner is not None:
                return runner
            opening = self._opening.setdefault(key, threading.Lock())
        with opening:
            with self._lock:
                runner = self._known(key)
            if runner is not None:
                return runner
            try:
                runner = open_runner(place, self.limits)
            finally:
                with self._lock:
                    self._opening.pop(key, None)
            with self._lock:
                self._open[key] = runner
                while len(self._open) > 1 and self._full():
                    # Requests that still use it keep it alive; it is freed when the last one ends.
                    self._open.popitem(last=False)
            return runner

    def held(self, key: Hashable) -> Runner | None:
        """The runner of a key, if it is open."""
        with self._lock:
            return self._known(key)

    def forget(self, key: Hashable) -> None:
        """Close the runner of a key, if it is open."""
        with self._lock:
            self._open.pop(key, None)

    def __len__(self) -> int:
        return len(self._open)

    def _full(self) -> bool:
        held = sum(runner.network.bytes for runner in self._open.values())
        return len(self._open) > self.limits.models or held > self.limits.loaded_bytes

    def _known(self, key: Hashable) -> Runner | None:
        runner = self._open.get(key)
        if runner is not None:
            self._open.move_to_end(key)
        return runner
