"""Zoo designs as the site shows them: document, picture, and figures that are computed once and kept on disk.

The gallery never waits: what is not known yet is null, and a thread works it out.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

import models_core
from models_core import registry
from models_core.analysis import analyze
from models_core.design import Design as Document
from models_core.design import read
from playground.papers import catalogue
from playground.web import jsons

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_worker: threading.Thread | None = None
_known: dict[str, dict[str, Any]] = {}


@lru_cache(maxsize=256)
def document(id: str) -> dict[str, Any]:
    """The zoo design's document with its variables at their defaults. Raises registry.UnknownEntry."""
    design: Document = registry.get("design", id).obj()
    return design.to_json()


@lru_cache(maxsize=256)
def _key(id: str) -> str:
    text = json.dumps([models_core.__version__ if hasattr(models_core, "__version__") else "", document(id)])
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def figures(id: str, wait: bool = False) -> dict[str, Any] | None:
    """params, macs and hash of a zoo design; None while they are being worked out, unless told to wait."""
    key = _key(id)
    if key not in _known:
        stored = _read(key)
        if stored is None and wait:
            stored = _compute(id)
        if stored is None:
            _start()
            return None
        _known[key] = stored
    return _known[key]


def listing(wait: bool = False) -> list[dict[str, Any]]:
    """Every zoo design as the gallery shows it, without its document."""
    return [summary(entry, wait) for entry in registry.all("design")]


def summary(entry: registry.Entry, wait: bool = False) -> dict[str, Any]:
    design = document(entry.id)
    known = figures(entry.id, wait) or {}
    return {
        "id": entry.id,
        "title": entry.title,
        "family": entry.family,
        "help": entry.help,
        "task": design.get("task"),
        "source": vars(entry.source) if entry.source else None,
        "papers": catalogue.of_entry("design", entry.id),
        "tags": list(entry.tags),
        "variables": sorted(design.get("variables", {})),
        "params": known.get("params"),
        "macs": known.get("macs"),
        "hash": known.get("hash"),
    }


def _folder() -> Path:
    return Path(settings.BLOCKYARD_DATA) / "cache" / "zoo"


def _read(key: str) -> dict[str, Any] | None:
    try:
        return json.loads((_folder() / f"{key}.json").read_text())
    except (FileNotFoundError, ValueError):
        return None


def _compute(id: str) -> dict[str, Any]:
    report = analyze(read(document(id))).to_json()
    found = {"params": report["total"]["params"], "macs": report["total"]["macs"], "hash": report["hash"]}
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_key(id)}.json"
    # Each writer its own name: two web processes may work out the same design.
    part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    part.write_bytes(jsons.dumps(found))
    part.replace(path)
    return found


def _start() -> None:
    global _worker
    with _lock:
        if _worker is None or not _worker.is_alive():
            _worker = threading.Thread(target=_work, name="zoo-figures", daemon=True)
            _worker.start()


def _work() -> None:
    for entry in registry.all("design"):
        try:
            key = _key(entry.id)
            if key not in _known:
                _known[key] = _read(key) or _compute(entry.id)
        except Exception:
            logger.exception("the figures of zoo design %s could not be worked out", entry.id)
            _known[_key(entry.id)] = {}
