"""Weights that runs left, for another training to begin with: which there are, which fit, and the copy a run keeps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models_core.analysis import Report
from models_core.compile import build
from models_core.model import FileFault
from models_core.model.fit import Fit, fit, shapes_in, shapes_of
from playground.accounts.models import User
from playground.web.errors import ApiError

from . import artifacts
from .models import Artifact, Run
from .schemas import WeightsIn

CHECKPOINTS = ("best", "last")
# Of so many runs the weights are looked at, the newest first; so many are offered.
MOST_READ, MOST_OFFERED = 200, 50


@dataclass(frozen=True)
class Chosen:
    """Weights that a training is to begin with: the file, and what the run says of where it came from."""

    path: Path
    origin: dict[str, Any]


def file_of(user: User, id: str, checkpoint: str, where: str = "run") -> tuple[Run, Path]:
    """A run with the file of its best or last weights; ApiError 404 or 409 names `where` it was asked for."""
    run = Run.objects.visible_to(user).filter(pid=id).first()
    if run is None:
        raise ApiError(404, "not_found", "There is no such run.", where)
    artifact = run.artifacts.select_related("run").filter(name=f"{checkpoint}.safetensors").first()
    if artifact is None or not artifacts.path_of(artifact).is_file():
        text = f"{run.name} has no {checkpoint} weights yet; wait for its first checkpoint, or take untrained ones."
        if run.ended:
            text = f"{run.name} has no {checkpoint} weights; choose another run, or untrained ones."
        raise ApiError(409, "no_checkpoint", text, where)
    return run, artifacts.path_of(artifact)


def chosen(user: User, wanted: WeightsIn, report: Report) -> Chosen:
    """The weights that were asked for; ApiError 422 says what does not fit the design."""
    run, path = file_of(user, wanted.run, wanted.checkpoint, "weights")
    origin = {"run": run.pid, "name": run.name, "checkpoint": wanted.checkpoint, "strict": wanted.strict}
    return checked(Chosen(path, origin), report)


def again(run: Run, report: Report) -> Chosen | None:
    """The weights that a run began with, for another to begin with them; None where they were fresh."""
    if not run.weights:
        return None
    path = artifacts.begin_path(run)
    if not path.is_file():
        raise ApiError(409, "no_checkpoint", f"The weights that {run.name} began with are gone.", "weights")
    return checked(Chosen(path, run.weights), report)


def checked(given: Chosen, report: Report) -> Chosen:
    """The same, if it fits; ApiError 422 where it does not."""
    fault = compared(given.path, report).fault(given.origin["strict"])
    if fault:
        text = f"A training cannot begin with the weights of {given.origin['name']}: {fault}."
        raise ApiError(422, "does_not_fit", text, "weights")
    return given


def compared(path: Path, report: Report) -> Fit:
    """How a file's tensors go with those of a design without faults; ApiError 422 where it cannot be read."""
    try:
        return fit(shapes_of(build(report.bound, device="meta")), shapes_in(path))
    except FileFault as error:
        raise ApiError(422, "does_not_fit", f"The weights {error}.", "weights") from None


def offered(user: User, report: Report, design: str | None) -> list[dict[str, Any]]:
    """Runs whose weights fit a design, or most of them do; those of the design itself first, then the newest."""
    wanted = shapes_of(build(report.bound, device="meta"))
    files = [f"{checkpoint}.safetensors" for checkpoint in CHECKPOINTS]
    rows = Run.objects.visible_to(user).filter(pk__in=Artifact.objects.filter(name__in=files).values("run"))
    rows = rows.select_related("design_version__design").defer("design_version__document", "result")
    found = []
    for run in rows.prefetch_related("artifacts")[:MOST_READ]:
        there = {artifact.name: artifact for artifact in run.artifacts.all() if artifact.name in files}
        known = artifacts.attempt_folder(run.pid, next(iter(there.values())).fence)
        try:
            how = fit(wanted, shapes_in(known / next(iter(there))))
        except FileFault:
            continue
        if how.fault(strict=False) or 2 * len(how.fitting) < len(wanted):
            continue
        found.append(
            {
                "run": run.pid,
                "name": run.name,
                "kind": run.kind,
                "version": run.design_version.number,
                "own": run.design_version.design.pid == design,
                "checkpoints": [name for name in CHECKPOINTS if f"{name}.safetensors" in there],
                "best_accuracy": run.best_accuracy,
                "fits": how.fault() is None,
                "tensors": len(wanted),
                "fitting": len(how.fitting),
                "fresh": how.fresh[:10],
            }
        )
    # Sorting keeps the order of equals: the newest first.
    return sorted(found, key=lambda one: (not one["own"], not one["fits"]))[:MOST_OFFERED]
