"""The files of runs: the only module that knows their paths. They are reached by rows, never by a client's name.

    runs/<run>/f<fence>/     what the engine of one claim writes
    runs/<run>/begin/        the weights that it begins with, linked from the run that left them
    runs/<run>/kept/<fence>-<step>-<n>/   a checkpoint that the database points at, linked from there

An engine replaces its files by renaming; a link therefore keeps what it had, for as long as the database says.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from .models import Artifact, Run

logger = logging.getLogger(__name__)

STATE = "state.safetensors"
# What a checkpoint consists of; the state first, for it is what says which step this is.
CHECKPOINT_FILES = (STATE, "last.safetensors", "best.safetensors", "run.json", "design.json", "metrics.jsonl")
# The file that an import was read from. It comes from outside: nothing but a download opens it.
SOURCE = "source.onnx"
# What a person may download, in this order.
OFFERED = (
    "best.safetensors",
    "last.safetensors",
    "model.onnx",
    SOURCE,
    "run.json",
    "metrics.jsonl",
    "design.json",
    "recipe.json",
    "profile.json",
    "latency.csv",
    "nodes.csv",
)
# What a model is read from.
MODEL_FILES = ("design.json", "run.json", "best.safetensors")
MAX_HEADER = 64 * 2**20


def root() -> Path:
    return Path(settings.BLOCKYARD_DATA) / "runs"


def run_folder(pid: str) -> Path:
    return root() / pid


def attempt_folder(pid: str, fence: int) -> Path:
    """Where the engine of one claim writes."""
    return run_folder(pid) / f"f{fence}"


def all_folders() -> Iterator[Path]:
    with contextlib.suppress(FileNotFoundError):
        yield from (folder for folder in root().iterdir() if folder.is_dir())


def prepare(pid: str, fence: int, design: Any, recipe: Any) -> Path:
    """A claim's own folder with the documents its engine reads."""
    folder = attempt_folder(pid, fence)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "design.json", design)
    write_json(folder / "recipe.json", recipe)
    return folder


def write_json(path: Path, value: Any) -> None:
    """Whole or not at all, and on the disk when this returns."""
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, allow_nan=False)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Names are on the disk only once their folder is."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def state_mark(path: Path) -> tuple[int, int] | None:
    """The step a checkpoint's state belongs to and the step judged last, from the safetensors header; None without."""
    try:
        with path.open("rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            if size > MAX_HEADER:
                return None
            state = json.loads(json.loads(file.read(size))["__metadata__"]["state"])
        return int(state["step"]), int(state.get("evaluated") or 0)
    except (OSError, ValueError, KeyError, TypeError, struct.error):
        return None


def keep(pid: str, fence: int, step: int, evaluated: int, number: int) -> dict[str, Any] | None:
    """Link the checkpoint of `step` to where nothing replaces it; the pointer for the database.

    None when the engine has written a later one meanwhile: what it said before that one has not reached us yet, and its
    own event is on its way. `evaluated` is the last step whose evaluation has reached us.
    """
    source = attempt_folder(pid, fence)
    name = f"kept/{fence}-{step}-{number}"
    target = run_folder(pid) / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in CHECKPOINT_FILES:
        with contextlib.suppress(FileNotFoundError):
            link(source / file, target / file)
    mark = state_mark(target / STATE)
    if mark is None or mark[0] != step or mark[1] > evaluated:
        shutil.rmtree(target, ignore_errors=True)
        return None
    sync(target)
    sync(target.parent)
    return {"fence": fence, "step": step, "evaluated": mark[1], "folder": name}


def link(source: Path, target: Path) -> None:
    """A hard link, or a copy where the file system has none."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, target)


def begin_path(run: Run) -> Path:
    """Where a run has the weights that it begins with; the name says whose they were."""
    origin = run.weights or {}
    return run_folder(run.pid) / "begin" / f"{origin.get('run')}-{origin.get('checkpoint')}.safetensors"


def begin_with(run: Run, weights: Path) -> None:
    """Give a run the weights it begins with: its own, whatever becomes of the run that left them."""
    target = begin_path(run)
    target.parent.mkdir(parents=True)
    link(weights, target)
    sync(target.parent)


def begun_model(run: Run) -> Path:
    """Where a run has the whole model that it measures."""
    return run_folder(run.pid) / "begin" / "model"


def begin_with_model(run: Run, folder: Path) -> None:
    """Give a run the model in a folder: its own, whatever becomes of the run that left it."""
    target = begun_model(run)
    target.mkdir(parents=True)
    for name in MODEL_FILES:
        link(folder / name, target / name)
    sync(target)


def checkpoint_folder(pid: str, checkpoint: dict[str, Any] | None) -> Path | None:
    """The folder of a checkpoint the database points at, if it is still whole."""
    if not checkpoint:
        return None
    folder = run_folder(pid) / str(checkpoint.get("folder", ""))
    if folder.parent != run_folder(pid) / "kept" or state_mark(folder / STATE) is None:
        return None
    return folder


def take_document(pid: str, fence: int, checkpoint: Path) -> None:
    """Give a checkpoint the newest run document before claim `fence`: it has the changes made after the checkpoint,
    which replay at their steps."""
    numbers = [int(folder.name[1:]) for folder in run_folder(pid).glob("f*") if folder.name[1:].isdigit()]
    for number in sorted(numbers, reverse=True):
        path = attempt_folder(pid, number) / "run.json"
        if number < fence and path.is_file():
            part = checkpoint / ".run.json.part"
            part.unlink(missing_ok=True)
            link(path, part)
            part.replace(checkpoint / "run.json")
            return


def forget_checkpoints(pid: str, but: dict[str, Any] | None) -> None:
    """Remove kept checkpoints other than the one pointed at."""
    keep_name = Path(str((but or {}).get("folder", ""))).name
    with contextlib.suppress(FileNotFoundError):
        for folder in (run_folder(pid) / "kept").iterdir():
            if folder.name != keep_name:
                shutil.rmtree(folder, ignore_errors=True)


def forget_attempts(pid: str, but: int) -> None:
    """Remove the folders of earlier claims, once what is worth keeping of them has been taken over."""
    with contextlib.suppress(FileNotFoundError):
        for folder in run_folder(pid).iterdir():
            if folder.name.startswith("f") and folder.name[1:].isdigit() and int(folder.name[1:]) < but:
                shutil.rmtree(folder, ignore_errors=True)


def register(run_id: int, pid: str, fence: int, step: int | None = None) -> None:
    """Make a row for each file of a claim's folder that a person may download; call inside a fenced transaction."""
    folder = attempt_folder(pid, fence)
    for name in OFFERED:
        with contextlib.suppress(FileNotFoundError):
            size = (folder / name).stat().st_size
            Artifact.objects.update_or_create(
                run_id=run_id, name=name, defaults={"fence": fence, "size": size, "step": step}
            )


def forget_rows(run_id: int, before: int) -> None:
    """Drop the rows of files of earlier claims; call inside a fenced transaction, before the files go."""
    Artifact.objects.filter(run_id=run_id, fence__lt=before).delete()


def path_of(artifact: Artifact) -> Path:
    """Where an artifact's file lies."""
    return attempt_folder(artifact.run.pid, artifact.fence) / artifact.name


def model_folder(run: Run) -> Path | None:
    """The folder with a run's design, weights and documents, as `models_core` reads them; None before there is one."""
    newest = run.artifacts.filter(name="best.safetensors").first() or run.artifacts.filter(name="run.json").first()
    return attempt_folder(run.pid, newest.fence) if newest else None


def remove(pid: str) -> None:
    """Delete all files of a run."""
    shutil.rmtree(run_folder(pid), ignore_errors=True)
