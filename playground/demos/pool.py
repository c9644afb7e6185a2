"""The models this process serves: one engine pool, keyed by run."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

from models_core.serving import CannotServe, Pool, Runner
from playground.runs import artifacts
from playground.runs.models import Run
from playground.web.errors import ApiError

MODEL = "model.onnx"
MAX_KNOWN = 1000
_lock = threading.Lock()


@lru_cache(maxsize=1)
def _pool() -> Pool:
    return Pool()


def pool() -> Pool:
    with _lock:
        return _pool()


def get(run: Run) -> Runner:
    """The open model of a run; ApiError 409 when it left nothing that can be served."""
    # The fence says which attempt's files these are: a run that was resumed is opened anew.
    key = (run.pid, run.fence)
    known = _folders.get(key)
    try:
        return pool().get(known or _folder(run), key)
    except CannotServe as error:
        raise ApiError(409, "no_model", f"{run.name} cannot be served: {error}.", "run") from None


def held(run: Run) -> Runner | None:
    """The model of a run if it is open already; asks nobody."""
    return pool().held((run.pid, run.fence))


# Where the models that were opened lie; saves a query in each prediction.
_folders: dict[tuple[str, int], Path] = {}


def _folder(run: Run) -> Path:
    artifact = run.artifacts.select_related("run").filter(name=MODEL).first()
    if artifact is None:
        raise ApiError(409, "no_model", f"{run.name} left no exported model to serve.", "run")
    if len(_folders) > MAX_KNOWN:
        _folders.clear()
    folder = _folders[run.pid, run.fence] = artifacts.path_of(artifact).parent
    return folder
