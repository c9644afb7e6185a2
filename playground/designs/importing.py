"""Models made elsewhere as designs: read by an engine process with limits, never in the web process."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

from django.conf import settings

from playground.runs import engine
from playground.web.errors import ApiError
from playground.web.text import one_line

from . import services

logger = logging.getLogger(__name__)

TIME_LIMIT = 120.0
# An import holds one of the threads that answer requests, and memory of its own.
WAIT_SECONDS = 20.0
MEMORY = 6 * 2**30
_places = threading.BoundedSemaphore(2)


def import_onnx(path: Path, filename: str) -> dict[str, Any]:
    """The design of an ONNX file, what was decided on the way, and what no block stands for.

    ApiError 422 says why a file cannot become a design, 503 that others are importing.
    """
    name = one_line(Path(filename).stem, services.MAX_NAME) or "imported"
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise ApiError(503, "busy", "Others are opening models just now. Try again in a minute.")
    try:
        # An equals sign, so that a name that begins with a dash is no option.
        args = ["import", str(path), f"--name={name}", "--json"]
        limit = min(MEMORY, int(settings.BLOCKYARD_MAX_MEMORY))
        outcome = engine.run_command(args, timeout=TIME_LIMIT, memory_limit=limit)
    finally:
        _places.release()
    if outcome.ok and isinstance(outcome.document, dict):
        services.read_document(outcome.document["design"])
        return outcome.document
    raise ApiError(422, "bad_file", _reason(outcome, limit, name), "file")


def _reason(outcome: engine.Outcome, limit: int, name: str) -> str:
    if outcome.timed_out:
        return f"The file could not be read in {TIME_LIMIT:.0f} s. Try a smaller model."
    last = outcome.tail[-1].removeprefix("error: ").removeprefix(f"{name}: ") if outcome.tail else ""
    if outcome.code == engine.BAD_INPUT and last:
        return f"{last[:1].upper()}{last[1:]}."
    logger.warning("an import ended with %s: %s", outcome.code, " | ".join(outcome.tail[-3:]))
    if any(word in " ".join(outcome.tail[-5:]).lower() for word in engine.MEMORY_WORDS):
        return f"The file needs more than the {limit / 2**30:.0f} GiB of memory that an import may take."
    return "The file could not be read: it may be damaged. Export it again, or try a simpler model."
