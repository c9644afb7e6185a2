"""The machine's rates, from which latencies are predicted: measured once by an engine process, kept with the data."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

from django.conf import settings

from models_core.profiling import Rates
from playground.web import jsons
from playground.web.errors import ApiError

MEASURE_SECONDS = 60.0
_known: dict[Path, Rates] = {}
_measuring = threading.Lock()


def _path() -> Path:
    return Path(settings.BLOCKYARD_DATA) / "cache" / "rates.json"


def known() -> Rates | None:
    """The rates, if they have been measured already."""
    path = _path()
    if path not in _known:
        try:
            _known[path] = Rates(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None
    return _known[path]


def measured() -> Rates:
    """The rates; the first question of all waits some seconds until they have been measured."""
    with _measuring:
        return known() or _measure()


def _measure() -> Rates:
    from playground.runs import engine

    outcome = engine.run_command(["rates", "--json"], timeout=MEASURE_SECONDS)
    document: Any = outcome.document
    if not outcome.ok or not isinstance(document, dict):
        raise ApiError(503, "not_measured", "This machine's speed could not be measured. Ask again in a minute.")
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_bytes(jsons.dumps(document))
    part.replace(path)
    return _known.setdefault(path, Rates(**document))
