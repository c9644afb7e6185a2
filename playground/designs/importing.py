"""Models made elsewhere as designs, and as runs that hold their weights: read by an engine process with limits, never
in the web process."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from models_core.analysis import analyze
from models_core.model import BEST, DESIGN, LAST, ONNX, RUN
from playground.accounts.models import User
from playground.runs import artifacts, engine
from playground.runs import services as runs
from playground.runs import weights as weights_of
from playground.runs.models import Run
from playground.web import limits
from playground.web.errors import ApiError
from playground.web.text import one_line

from . import services
from .models import DesignVersion

logger = logging.getLogger(__name__)

# An import holds one of the threads that answer requests, and memory of its own.
WAIT_SECONDS = 20.0
MEMORY = 6 * 2**30
_places = threading.BoundedSemaphore(2)


def import_onnx(path: Path, filename: str) -> dict[str, Any]:
    """The design of an ONNX file, what was decided on the way, what no block stands for, and how many weights it has.

    ApiError 422 says why a file cannot become a design, 503 that others are importing.
    """
    with _place():
        found = _read(path, _name(filename))
    services.read_document(found["design"])
    return found


def keep(user: User, version: DesignVersion, path: Path, filename: str) -> Run:
    """The weights of an ONNX file as a run of the version that its design was saved as; a folder as a training leaves
    it, with the file itself. One that knows how samples are prepared can be published, from an export of our own.

    ApiError 422 says why the file has no such weights, 503 that others are importing.
    """
    run = runs.imported(user, version, _name(filename))
    folder = artifacts.attempt_folder(run.pid, run.fence)
    try:
        with _place():
            found = _read(path, _name(filename), folder)
            document = _document(folder)
            _check(document, version, folder)
            # Both are the same; the design is the one that was saved, whose nodes lie where somebody put them.
            (folder / LAST).unlink()
            artifacts.write_json(folder / DESIGN, version.document)
            artifacts.link(path, folder / artifacts.SOURCE)
            exported = document.get("preprocess") and _engine(["export", str(folder)]).ok
        result = {"file": one_line(filename), **found["weights"], "onnx": ONNX if exported else None, "metrics": {}}
        return runs.keep(run, result, found["notes"])
    except BaseException:
        artifacts.remove(run.pid)
        raise


def _document(folder: Path) -> dict[str, Any]:
    """The run document, which has what the file says of its data: pages and demos read it, so it may not be large."""
    if (folder / RUN).stat().st_size > limits.JSON_BYTES:
        text = f"What the file says of its data takes more than {limits.JSON_BYTES // limits.MIB} MiB."
        raise ApiError(422, "bad_file", f"{text} Export the model again without those notes.", "file")
    return json.loads((folder / RUN).read_text())


def _check(document: dict[str, Any], version: DesignVersion, folder: Path) -> None:
    """Raise ApiError 422 unless what was read is the network of that version, name by name."""
    report = analyze(services.read_document(version.document))
    if not report.errors and version.hash == document["design_hash"]:
        fault = weights_of.compared(folder / BEST, report).fault()
    else:
        fault = "it is another network"
    if fault:
        text = f"The weights are not those of version {version.number}: {fault}. Save what the import gave, unchanged."
        raise ApiError(422, "does_not_fit", text, "number")


def _name(filename: str) -> str:
    return one_line(Path(filename).stem, services.MAX_NAME) or "imported"


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise ApiError(503, "busy", "Others are opening models just now. Try again in a minute.")
    try:
        yield
    finally:
        _places.release()


def _read(path: Path, name: str, out: Path | None = None) -> dict[str, Any]:
    # An equals sign, so that a name that begins with a dash is no option.
    outcome = _engine(["import", str(path), f"--name={name}", "--json", *(["--out", str(out)] if out else [])])
    if outcome.ok and isinstance(outcome.document, dict):
        return outcome.document
    raise ApiError(422, "bad_file", _reason(outcome, name, out), "file")


def _engine(args: list[str]) -> engine.Outcome:
    return engine.run_command(args, timeout=settings.BLOCKYARD_IMPORT_SECONDS, memory_limit=_memory())


def _memory() -> int:
    return min(MEMORY, int(settings.BLOCKYARD_MAX_MEMORY))


def _reason(outcome: engine.Outcome, name: str, out: Path | None) -> str:
    if outcome.timed_out:
        seconds = settings.BLOCKYARD_IMPORT_SECONDS
        return f"The file could not be read in {seconds:.0f} s (BLOCKYARD_IMPORT_SECONDS). Try a smaller model."
    last = outcome.tail[-1].removeprefix("error: ").removeprefix(f"{name}: ") if outcome.tail else ""
    # Neither our paths nor options of the command line are for who sees a page.
    last = last.removeprefix(f"{out}: ").removesuffix(": --out FILE.json does")
    if outcome.code == engine.BAD_INPUT and last:
        return f"{last[:1].upper()}{last[1:]}."
    logger.warning("an import ended with %s: %s", outcome.code, " | ".join(outcome.tail[-3:]))
    if any(word in " ".join(outcome.tail[-5:]).lower() for word in engine.MEMORY_WORDS):
        return f"The file needs more than the {_memory() / 2**30:.0f} GiB of memory that an import may take."
    return "The file could not be read: it may be damaged. Export it again, or try a simpler model."
