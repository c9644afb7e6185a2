"""The trash: what goes in, comes back, or is deleted for good, and what that takes along.

Workers load this for the sweep, so nothing here may load the engine.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Literal, cast

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Value
from django.shortcuts import get_object_or_404
from django.utils import timezone

from playground.accounts.models import User
from playground.datasets import services as datasets
from playground.datasets.models import Dataset
from playground.demos.models import Demo
from playground.designs.models import Design
from playground.runs import services as runs
from playground.runs.models import Run
from playground.web.errors import ApiError
from playground.web.owned import Owned

logger = logging.getLogger(__name__)

Kind = Literal["demo", "run", "dataset", "design"]
# In the order in which one may need another to go first.
MODELS: dict[Kind, type[Owned]] = {"demo": Demo, "run": Run, "dataset": Dataset, "design": Design}
# How long emptying may take in one request, in seconds; the page asks again until nothing is left.
EMPTY_SECONDS = 2.0
BATCH = 100


def put(row: Owned) -> None:
    """Put a row into the trash, where no list, page or address finds it. A run that has not ended is cancelled."""
    if isinstance(row, Run) and not row.ended:
        try:
            runs.cancel(row)
        except ApiError as error:
            if error.code != "ended":  # it may have come to its end just now
                raise
    row.trashed = timezone.now()
    row.save(update_fields=["trashed"])


def find(user: User, kind: Kind, id: str) -> Owned:
    """A row of one's own in the trash; 404 for anything else."""
    return cast(Owned, get_object_or_404(MODELS[kind].objects.in_trash_of(user), pid=id))


def restore(row: Owned) -> None:
    """Take a row out of the trash; a run's demos come back with it. ApiError 409 for a demo whose run is in there."""
    if isinstance(row, Demo) and row.run.trashed:
        raise ApiError(
            409, "run_in_trash", f"{row.run.name}, which this demo shows, is in the trash; restore it first."
        )
    row.trashed = None
    row.save(update_fields=["trashed"])


def delete(row: Owned) -> None:
    """Delete a row for good with its files; ApiError 409 for a design or data set that runs still need."""
    if isinstance(row, Run):
        runs.delete(row)
    elif isinstance(row, Dataset):
        datasets.delete(row)
    elif isinstance(row, Design):
        _delete_design(row)
    else:
        row.delete()


def _delete_design(design: Design) -> None:
    of_it = Run.objects.filter(design_version__design=design)
    count = of_it.count()
    if count:
        away = of_it.filter(trashed__isnull=False).count()
        what = "one run is" if count == 1 else f"{count} runs are"
        where = "" if not away else " (in the trash)" if away == count else f" ({away} in the trash)"
        text = f"{design.name} cannot be deleted: {what} of it{where}. Delete those first."
        raise ApiError(409, "in_use", text, "id")
    design.delete()


def listed(user: User, kind: Kind | None = None) -> QuerySet:
    """`(kind, key, when)` of all that is in a user's trash, the last put in first."""
    parts = [
        model.objects.in_trash_of(user).order_by().annotate(what=Value(name)).values_list("what", "pk", "trashed")
        for name, model in MODELS.items()
        if kind in (None, name)
    ]
    return parts[0].union(*parts[1:], all=True).order_by("-trashed", "-pk")


def rows(keys: list[tuple[Kind, int, Any]]) -> list[tuple[Kind, Any]]:
    """The rows of a part of that list, in its order, with the number of runs that need each and of demos along."""
    found: dict[tuple[Kind, int], Any] = {}
    for kind in {kind for kind, _, _ in keys}:
        wanted = MODELS[kind].objects.filter(pk__in=[pk for of, pk, _ in keys if of == kind])
        for row in _with_counts(kind, wanted):
            found[kind, row.pk] = row
    return [(kind, found[kind, pk]) for kind, pk, _ in keys if (kind, pk) in found]


def _with_counts(kind: Kind, wanted: QuerySet) -> QuerySet:
    if kind == "design":
        return wanted.defer("draft").annotate(n_runs=Count("versions__runs"))
    if kind == "dataset":
        return wanted.defer("report").annotate(n_runs=Count("runs"))
    if kind == "run":
        return wanted.defer("result").annotate(n_demos=Count("demos", filter=Q(demos__trashed__isnull=True)))
    return wanted


def empty(user: User) -> tuple[int, int]:
    """Delete for good what can be, for some seconds: how many went, and how many are still to go."""
    until = time.monotonic() + EMPTY_SECONDS
    done = 0
    for row in _deletable(lambda model: model.objects.in_trash_of(user)):
        if time.monotonic() > until:
            break
        done += _try(row)
    left = sum(part.count() for part in _free(lambda model: model.objects.in_trash_of(user)))
    return done, left


def sweep() -> int:
    """Delete for good what has been in the trash for BLOCKYARD_TRASH_DAYS; how many. What runs need stays with them."""
    before = timezone.now() - timedelta(days=settings.BLOCKYARD_TRASH_DAYS)
    return sum(_try(row) for row in _deletable(lambda model: model.objects.filter(trashed__lt=before)))


def _free(of: Any) -> Iterator[QuerySet]:
    """Of each kind the rows that nothing needs any more, looked up when the kinds before have gone."""
    yield of(Demo)
    yield of(Run)
    yield of(Dataset).filter(runs__isnull=True)
    yield of(Design).filter(versions__runs__isnull=True).distinct()


def _deletable(of: Any) -> Iterator[Owned]:
    for part in _free(of):
        yield from part.order_by("trashed", "pk")[:BATCH]


def _try(row: Owned) -> bool:
    with contextlib.suppress(ApiError):  # a run of it has come meanwhile
        delete(row)
        return True
    return False
