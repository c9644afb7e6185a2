"""Every write and every rule of data sets: uploads, checks, options, deletion; and what built-in data says."""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.shortcuts import get_object_or_404
from django.utils import timezone

from models_core.data import DataError
from playground.accounts.models import User
from playground.web import labels, limits
from playground.web.errors import ApiError
from playground.web.gate import incoming_folder
from playground.web.text import one_line

from . import files, tasks
from .models import Dataset

if TYPE_CHECKING:
    from models_core.registry import Entry

    from .schemas import ChangeIn

# The engine is imported where it is used: io workers load this module, and must not load torch.
logger = logging.getLogger(__name__)

STALE_UPLOAD = timedelta(days=2)
# What `open_dataset` is told by us and never by a user's options.
RESERVED_OPTIONS = frozenset({"name_or_path", "cache", "name", "progress", "limits", "download"})
State = Dataset.State


@dataclass(frozen=True)
class Source:
    """Data to train on, as the engine takes it: a built-in name or a path, with options, and what is known of it."""

    id: str
    name: str
    location: str
    options: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    task: str = ""
    version: str = ""
    row: Dataset | None = None


# -- built-in data ------------------------------------------------------------------------------------------------


def builtin_entries() -> list[Entry]:
    """The data sets that come with the engine; readers of files are entries too, but not data."""
    from models_core import registry

    return [entry for entry in registry.all("dataset") if entry.family != "file"]


def builtin_entry(id: str) -> Entry | None:
    from models_core import registry

    entry = registry.find("dataset", id)
    return entry if entry is not None and entry.family != "file" else None


@lru_cache(maxsize=32)
def _opened(id: str) -> Any:
    from models_core.data import open_dataset

    return open_dataset(id, files.cache_root(), download=False)


def open_builtin(id: str) -> Any | None:
    """A built-in data set, or None while it has not been downloaded."""
    try:
        return _opened(id)
    except DataError as error:
        logger.info("built-in data set %s cannot be opened yet: %s", id, error)
        return None


def builtin_facts(id: str) -> dict[str, Any]:
    opened = open_builtin(id)
    if opened is not None:
        return opened.facts()
    entry = builtin_entry(id)
    return dict(getattr(entry.obj, "known_facts", None) or {}) if entry else {}


# -- finding ------------------------------------------------------------------------------------------------------


def find(user: User, id: str) -> Dataset:
    """One's own data set by its id; 404 for anything else."""
    return get_object_or_404(Dataset.objects.visible_to(user), pid=id)


def source(user: User, id: str) -> Source:
    """What an id stands for, ready to be trained on; ApiError when there is none, or it is not ready."""
    entry = builtin_entry(id)
    if entry is not None:
        opened = open_builtin(id)
        task = opened.task if opened else entry.obj.known_task
        return Source(id, entry.title, id, {}, builtin_facts(id), task, opened.version if opened else "")
    row = Dataset.objects.visible_to(user).filter(pid=id).first()
    if row is None:
        raise ApiError(404, "not_found", "There is no such data set.", "dataset")
    if row.state != State.READY:
        reason = f": {row.reason}" if row.reason else "; wait until it has been checked"
        raise ApiError(409, "not_ready", f"The data set {row.name} is {row.state}{reason}.", "dataset")
    path = str(files.data_path(row))
    return Source(row.pid, row.name, path, dict(row.options), row.facts, row.task, row.version, row)


def facts_of(user: User, id: str) -> dict[str, Any]:
    """The facts of a data set by field, as designs bind to them."""
    if builtin_entry(id) is not None:
        return builtin_facts(id)
    return source(user, id).facts


def open_ready(user: User, id: str) -> Any:
    """A data set opened for looking at samples. Only prepared forms: nothing of a user's file is parsed here."""
    if builtin_entry(id) is not None:
        opened = open_builtin(id)
        if opened is None:
            raise ApiError(
                409, "not_downloaded", "This data set is downloaded when it is first trained on; then it is shown here."
            )
        return opened
    row = source(user, id).row
    assert row is not None
    content, version = str(row.report.get("content") or ""), row.version
    if not (files.cache_root() / f"{content[:16]}-{version[:16]}" / "meta.json").is_file():
        raise ApiError(409, "not_prepared", f"The prepared form of {row.name} is gone; have it checked again.", "id")
    return _opened_row(row.pid, version)


@lru_cache(maxsize=16)
def _opened_row(pid: str, version: str) -> Any:
    row = Dataset.objects.get(pid=pid)
    options = {"kind": row.report.get("reader"), **row.options}
    from models_core.data import open_dataset

    try:
        return open_dataset(files.data_path(row), files.cache_root(), name=row.filename, **options)
    except DataError as error:
        raise ApiError(409, "not_prepared", f"{row.name} cannot be opened: {error}", "id") from None


# -- uploading ----------------------------------------------------------------------------------------------------


def begin_upload(
    user: User, filename: str, size: int, name: str = "", options: dict[str, Any] | None = None
) -> Dataset:
    """A data set that is about to arrive, after everything that can be refused beforehand has been."""
    _check_options(options or {})
    filename = one_line(filename.replace("\\", "/").rpartition("/")[2], 255)
    if not files.suffix_of(filename):
        kinds = ", ".join(files.SUFFIXES)
        raise ApiError(
            422, "bad_file", f"{filename or 'The file'} is of no kind that is read here: {kinds}.", "filename"
        )
    limit = limits.upload_bytes()
    if size > limit:
        raise ApiError(
            413, "too_large", f"{filename} has {size:,} bytes; at most {limit:,} are allowed.", "size", {"limit": limit}
        )
    if size == 0:
        raise ApiError(422, "empty", f"{filename} is empty.", "size")
    # Once as received and once more as prepared arrays, roughly.
    free = files.free_bytes()
    if size * 2 > free:
        raise ApiError(413, "disk_full", f"The disk has room for {max(0, free // 2):,} bytes; {filename} has {size:,}.")
    forget_stale(user)
    title = one_line(name) or one_line(Path(filename).stem) or "data"
    return Dataset.objects.create(owner=user, name=title, filename=filename, size=size, options=options or {})


def _check_options(options: dict[str, Any]) -> None:
    for name in options:
        if name in RESERVED_OPTIONS:
            raise ApiError(422, "invalid", f"{name} is no option of a reader.", f"options.{name}")


def receive_part(dataset: Dataset, offset: int, chunks: Iterable[bytes]) -> Dataset:
    """Write one part at `offset`, which must be where the last one ended; the last part starts the check."""
    if dataset.state != State.UPLOADING:
        raise ApiError(409, "complete", "This upload is complete already.", "offset")
    if offset != dataset.received:
        raise ApiError(
            409,
            "wrong_offset",
            f"{dataset.received:,} bytes have arrived; go on from there.",
            "offset",
            {"received": dataset.received},
        )
    room = min(limits.PART_BYTES, dataset.size - offset)
    try:
        written = files.write_at(dataset, offset, chunks, room)
    except ValueError:
        raise ApiError(413, "too_large", f"This part may have at most {room:,} bytes.") from None
    if written == 0:
        raise ApiError(422, "empty", "The part is empty.")
    moved = Dataset.objects.filter(pk=dataset.pk, received=offset, state=State.UPLOADING)
    if not moved.update(received=offset + written, updated=timezone.now()):
        raise ApiError(409, "wrong_offset", "Another request has written this part.", "offset")
    dataset.refresh_from_db()
    if dataset.received == dataset.size:
        complete(dataset)
    return dataset


def receive_whole(dataset: Dataset, body: Path) -> Dataset:
    """Take a file that has arrived whole."""
    files.take(dataset, body)
    dataset.received = dataset.size
    dataset.save(update_fields=["received", "updated"])
    complete(dataset)
    return dataset


def complete(dataset: Dataset) -> None:
    files.finish(dataset)
    request_check(dataset)


def forget_stale(user: User) -> None:
    """Remove one's uploads that stopped arriving long ago, and bodies that a killed process left behind."""
    old = Dataset.objects.filter(owner=user, state=State.UPLOADING, updated__lt=timezone.now() - STALE_UPLOAD)
    for dataset in old:
        _remove(dataset)
    for path in incoming_folder().iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > STALE_UPLOAD.total_seconds():
                path.unlink()


# -- checking -----------------------------------------------------------------------------------------------------


def request_check(dataset: Dataset) -> None:
    """Ask the io worker to read and prepare the file; a check under way is overtaken."""
    with transaction.atomic():
        Dataset.objects.filter(pk=dataset.pk).update(
            state=State.CHECKING,
            reason="",
            progress={},
            check_fence=F("check_fence") + 1,
            check_taken=False,
            updated=timezone.now(),
        )
        transaction.on_commit(tasks.ring)
    dataset.refresh_from_db()


def change(dataset: Dataset, given: ChangeIn) -> Dataset:
    """Rename, tag, note, or read the file again with other options (which columns, how much is kept for testing)."""
    columns = labels.write(dataset, given)
    if given.name is not None:
        dataset.name = one_line(given.name) or dataset.name
        columns += ["name", "updated"]
    dataset.save(update_fields=columns)
    options = given.options
    if options is not None and (options != dataset.options or dataset.state == State.REFUSED):
        if dataset.state == State.UPLOADING:
            raise ApiError(409, "not_ready", "The file is still arriving.", "options")
        _check_options(options)
        _not_in_use(dataset, "read differently")
        dataset.options = options
        dataset.save(update_fields=["options", "updated"])
        request_check(dataset)
    return dataset


def claim_check() -> Dataset | None:
    """The next data set to check, claimed under a new fence number; None when there is none."""
    waiting = Dataset.objects.filter(state=State.CHECKING, check_taken=False).order_by("updated", "pk")
    for dataset in waiting[:10]:
        taken = Dataset.objects.filter(pk=dataset.pk, check_fence=dataset.check_fence, check_taken=False)
        if taken.update(check_taken=True, check_fence=dataset.check_fence + 1, check_beat=0):
            dataset.refresh_from_db()
            return dataset
    return None


def _holding(dataset: Dataset) -> Any:
    return Dataset.objects.filter(pk=dataset.pk, check_fence=dataset.check_fence, state=State.CHECKING)


def beat(dataset: Dataset, progress: dict[str, Any]) -> bool:
    """Say that the check goes on and how far it is; False when it has been taken over or is no longer wanted."""
    return bool(_holding(dataset).update(check_beat=F("check_beat") + 1, progress=progress))


def accept(dataset: Dataset, report: dict[str, Any]) -> bool:
    """The check found good data: keep what it says and make the data set ready."""
    return bool(
        _holding(dataset).update(
            state=State.READY,
            reason="",
            kind=str(report.get("kind", ""))[:32],
            task=str(report.get("task", ""))[:64],
            version=str(report.get("version", ""))[:64],
            facts=report.get("facts", {}),
            report={key: report.get(key) for key in ("counts", "columns", "notes", "options", "reader", "content")},
            progress={},
            updated=timezone.now(),
        )
    )


def refuse(dataset: Dataset, reason: str, known: dict[str, Any] | None = None) -> bool:
    """The check found that this cannot be trained on; the file stays, so that other options can be tried.

    `known` is what was found before it failed, such as the columns to choose from.
    """
    values = {"reason": reason[:2000], "report": known or {}, "progress": {}, "updated": timezone.now()}
    return bool(_holding(dataset).update(state=State.REFUSED, **values))


def free_lost_checks(seen: dict[int, tuple[tuple[int, int], float]], now: float, patience: float) -> int:
    """Give up checks whose beat has not moved for `patience` seconds of the caller's clock; how many.

    `seen` is the caller's memory between calls: what it saw of each check, and when it first saw it.
    """
    freed = 0
    current = Dataset.objects.filter(state=State.CHECKING, check_taken=True).values_list(
        "pk", "check_fence", "check_beat"
    )
    rows = {pk: (fence, count) for pk, fence, count in current}
    for pk in list(seen):
        if pk not in rows:
            del seen[pk]
    for pk, state in rows.items():
        if pk not in seen or seen[pk][0] != state:
            seen[pk] = (state, now)
        elif now - seen[pk][1] > patience:
            freed += Dataset.objects.filter(pk=pk, check_fence=state[0], check_taken=True, check_beat=state[1]).update(
                check_taken=False, check_fence=F("check_fence") + 1
            )
    return freed


# -- deleting -----------------------------------------------------------------------------------------------------


def _not_in_use(dataset: Dataset, what: str) -> None:
    from playground.runs.models import Run

    active = Run.objects.filter(dataset=dataset, state__in=["queued", "running"]).count()
    if active:
        runs = "a run is" if active == 1 else f"{active} runs are"
        raise ApiError(409, "in_use", f"{dataset.name} cannot be {what} now: {runs} training on it.", "id")


def delete(dataset: Dataset) -> None:
    """Delete a data set, its file and its prepared form; refused while runs that name it exist."""
    from playground.runs.models import Run

    count = Run.objects.filter(dataset=dataset).count()
    if count:
        runs = "one run was" if count == 1 else f"{count} runs were"
        raise ApiError(
            409, "in_use", f"{dataset.name} cannot be deleted: {runs} trained on it. Delete those first.", "id"
        )
    _remove(dataset)


def _remove(dataset: Dataset) -> None:
    pid = dataset.pid
    content = str(dataset.report.get("content") or "")
    dataset.delete()
    # Two people may have uploaded the same file; its prepared form is shared and goes with the last of them.
    if content and not Dataset.objects.filter(report__content=content).exists():
        for entry in files.cache_root().glob(f"{content[:16]}-*"):
            shutil.rmtree(entry, ignore_errors=True)
    files.remove(pid)
