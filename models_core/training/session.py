"""A training run from its documents to its folder: what `train` and `resume` do."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from models_core.data import Dataset
from models_core.design import Design
from models_core.model import BEST, DESIGN, LAST, ONNX, RUN, STATE, read_json, read_tensors, write_json
from models_core.model.model import document, load_weights, write_weights
from models_core.profiling import eager_latency, sample_inputs
from models_core.tasks import generate

from . import device as devices
from .checkpoint import read_state, take_over
from .control import Control
from .doubts import doubts
from .evaluate import evaluate
from .events import Emitter, MetricsFile, clean
from .faults import TrainingFault
from .loop import Loop
from .recipe import Change, Recipe
from .setup import Plan, Setup, plan

METRICS = "metrics.jsonl"
SAMPLE_PROMPT = b"\n"
SAMPLE_SECONDS = 1.5


@dataclass(frozen=True)
class Source:
    """How the data of a run is opened again: its name or path, and the options it was opened with."""

    data: str
    options: dict[str, Any] = field(default_factory=dict)
    name: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {"source": self.data, "options": self.options, "name": self.name}


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `state` is done or cancelled; the rest is what `result` says."""

    state: str
    metrics: dict[str, Any]
    seconds: float
    samples_per_s: float
    step: int


def train(
    design: Design,
    dataset: Dataset,
    recipe: Recipe,
    folder: str | Path,
    *,
    source: Source,
    variables: Mapping[str, Any] | None = None,
    emit: Emitter | None = None,
    control: Control | None = None,
    resume: str | Path | None = None,
    weights: Path | None = None,
    strict: bool = True,
    onnx: bool = True,
) -> Outcome:
    """Train a design on a data set as the recipe says, into `folder`.

    `resume` is the folder of an earlier attempt (it may be the same one): training goes on from its checkpoint, if it
    has one. `weights` is a safetensors file to begin with instead of fresh weights; `strict` false lets what does not
    fit in it begin fresh. With `onnx` the best weights are exported too. Raises what `plan` raises, FileFault for
    weights that do not fit, and TrainingFault (Diverged among them) where training cannot go on.
    """
    emit = emit or Emitter()
    control = control or Control()
    folder = Path(folder)
    began = time.time()
    earlier = Path(resume) if resume is not None else None
    state = read_state(earlier) if earlier is not None else None
    kept: dict[str, Any] = {}
    if state is not None and earlier is not None:
        kept = read_json(earlier / RUN)
        recipe = _continued(recipe, kept, variables)
    devices.keep_freed_memory()
    agreed = plan(design, dataset, recipe, variables)
    threads = set_threads(agreed)
    if kept:
        _check_same(agreed, kept)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingFault(f"{folder} cannot be made: {error.strerror}", "choose another folder") from None
    with devices.determinism(recipe.deterministic, agreed.device), devices.without_denormals():
        setup = Setup(agreed, weights=weights if state is None else None, strict=strict)
        session = _Session(setup, folder, emit, control, source, threads, began)
        if weights is not None:
            # By content: where the file lay says nothing on another machine.
            with weights.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            session.document["lineage"]["parents"] = [{"weights": weights.name, "sha256": digest}]
        session.onnx = onnx
        session.begin(kept, state, earlier)
        try:
            return session.run()
        except BaseException as error:
            session.failed(error)
            raise
        finally:
            session.metrics.close()


def set_threads(agreed: Plan) -> int:
    """Use the recipe's number of CPU threads, or as many as the work can use; how many there are now."""
    macs = agreed.report.total["macs"] * agreed.recipe.batch_size
    return devices.set_threads(agreed.recipe.threads or devices.fitting_threads(macs))


def _continued(recipe: Recipe, kept: Mapping[str, Any], variables: Mapping[str, Any] | None) -> Recipe:
    """The recipe of a run that goes on: the changes made while it ran replay, and it keeps its number of threads."""
    changes = [Change.model_validate(change) for change in kept.get("changes", [])]
    update: dict[str, Any] = {"changes": changes or recipe.changes}
    if recipe.threads is None:
        update["threads"] = kept["threads"]
    return recipe.model_copy(update=update)


def _check_same(agreed: Plan, kept: Mapping[str, Any]) -> None:
    """Refuse to go on with another design, other data or another recipe than the run began with."""
    now = document(agreed.bound)
    if now["design_hash"] != kept["design_hash"]:
        raise TrainingFault("the checkpoint is of another design", "train that design into a new folder")
    if agreed.dataset.version != kept["data"]["version"]:
        raise TrainingFault("the data is not what this run began with", "train into a new folder")
    mine, theirs = agreed.recipe.to_json(), kept["recipe"]
    free = {"changes", "threads", "device", "checkpoint_seconds", "checkpoint_steps", "watch_seconds", "reversible"}
    other = sorted(name for name in mine if name not in free and mine[name] != theirs.get(name))
    if other:
        raise TrainingFault(
            f"the run began with another {other[0].replace('_', ' ')}",
            "resume with the same recipe, or train into a new folder",
        )


class _Session:
    def __init__(
        self,
        setup: Setup,
        folder: Path,
        emit: Emitter,
        control: Control,
        source: Source,
        threads: int,
        began: float,
    ) -> None:
        self.setup = setup
        self.folder = folder
        self.emit = emit
        self.control = control
        self.began = began
        self.loop = Loop(setup, folder, emit, control)
        self.loop.on_change = self._save_changes  # type: ignore[method-assign]
        self.loop.on_evaluation = self._sample  # type: ignore[method-assign]
        self.metrics = MetricsFile(folder / METRICS)
        self.latency_ms = 0.0
        self.onnx = True
        agreed = setup.plan
        dataset = agreed.dataset
        self.document: dict[str, Any] = {
            **document(setup.bound),
            "task": agreed.task.id,
            "data": {**source.to_json(), "title": dataset.name, "kind": dataset.kind, "version": dataset.version},
            "preprocess": agreed.preprocess.model_dump(mode="json"),
            "recipe": agreed.recipe.to_json(),
            "changes": [change.model_dump() for change in agreed.recipe.changes],
            "threads": threads,
            "device": devices.describe(setup.device),
            "need": agreed.need.to_json(),
            "notes": setup.notes,
            "torch": torch.__version__,
            "lineage": {"method": agreed.recipe.method, "parents": []},
            "state": "running",
            "started": round(began, 3),
        }

    # -- beginning -------------------------------------------------------------------------------------------------

    def begin(self, kept: Mapping[str, Any], state: dict[str, Any] | None, earlier: Path | None) -> None:
        """Write the folder's documents, say what is going to happen, and take up an earlier attempt's checkpoint."""
        setup, loop = self.setup, self.loop
        if kept:
            self.document |= {name: kept[name] for name in ("started", "lineage")}
        write_json(self.folder / DESIGN, setup.plan.design.to_json())
        if state is not None and earlier is not None:
            loop.load_state(state)
            if earlier.resolve() != self.folder.resolve():
                take_over(earlier, self.folder, (STATE, BEST, LAST))
            self.metrics.rewind(loop.step, loop.evaluated, earlier / METRICS)
        else:
            for name in (STATE, BEST, LAST, ONNX):
                (self.folder / name).unlink(missing_ok=True)
            self.metrics.rewind(0, 0)
        self.save()
        self.emit.sinks.append(self.metrics)
        recipe = setup.plan.recipe
        self.emit(
            "start",
            total_steps=loop.total_steps,
            total_epochs=recipe.epochs,
            steps_per_epoch=setup.steps_per_epoch,
            device=devices.describe(setup.device),
            threads=self.document["threads"],
            params=setup.plan.report.total["params"],
            facts=setup.bound.facts,
            train_size=len(setup.train),
            test_size=len(setup.test),
            notes=setup.notes,
        )
        for note in setup.notes:
            self.emit("log", level="info", message=note)
        if state is not None:
            self.emit("rewind", step=loop.step, evaluated=loop.evaluated)
            self.emit("log", level="info", message=f"going on from step {loop.step:,}")
            if kept.get("device", "").split(":")[0].split(" ")[0] != setup.device.type:
                text = f"began on {kept.get('device')}, goes on on {setup.device}: results differ slightly"
                self.emit("log", level="warning", message=text)
        with devices.untouched_rng(setup.device):
            inputs = sample_inputs(setup.bound, 1, setup.device)
            if state is None:
                for text in doubts(setup.module, inputs):
                    self.emit("log", level="warning", message=text)
            latency = eager_latency(setup.module, inputs, seconds=0.2, warmup=2, max_runs=50)
        self.latency_ms = latency.p50_ms
        figures = latency.to_json()
        self.document["latency"] = figures
        self.emit("latency", **figures)

    # -- running ---------------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        loop = self.loop
        finished = loop.run()
        rate = round(loop.samples / loop.seconds, 2) if loop.seconds else 0.0
        if not finished:
            self.emit("log", level="info", message=f"{self.control.reason}; a checkpoint is kept")
            self._close("cancelled", samples_per_s=rate)
            self.emit("end", state="cancelled")
            metrics = {} if loop.best is None else {loop.best["metric"]: loop.best["value"]}
            return Outcome("cancelled", metrics, loop.seconds, rate, loop.step)
        result = self._final_result()
        onnx = self._export() if self.onnx else None
        seconds = round(loop.spent + time.perf_counter() - loop._resumed_at, 3)
        closing = {
            "metrics": clean(result),
            "best": clean(loop.best),
            "seconds": seconds,
            "samples_per_s": rate,
            "peak_memory_bytes": devices.peak_memory(self.setup.device),
            "onnx": onnx,
        }
        self._close("done", **closing)
        self.emit("result", **{**closing, "metrics": result, "best": loop.best})
        self.emit("end", state="done")
        return Outcome("done", result, seconds, rate, loop.step)

    def _final_result(self) -> dict[str, Any]:
        """The evaluation of the best checkpoint, whose weights the network has afterwards."""
        setup, loop = self.setup, self.loop
        setup.module.eval()
        if loop.best is None:
            # No evaluation gave a number: the last weights are all there is.
            self.emit("log", level="warning", message="no evaluation gave a number, so the last weights count as best")
            write_weights(self.folder / BEST, setup.module)
        tensors, _ = read_tensors(self.folder / BEST)
        load_weights(setup.module, tensors, BEST)
        if loop.best_result is not None:
            return loop.best_result
        plan = setup.plan
        return evaluate(
            setup.module,
            setup.test,
            plan.preprocess,
            plan.task,
            batch_size=max(plan.recipe.batch_size, 64),
            device=setup.device,
            channels_last=setup.channels_last,
            autocast=setup.update.autocast,
        )

    def _export(self) -> str | None:
        """The best weights as ONNX; where that cannot be done the log says why, and the run is none the worse."""
        setup = self.setup
        try:
            from models_core.export.onnx import export

            done = export(setup.module, setup.bound, self.folder / ONNX, setup.plan.preprocess)
        except Exception as error:
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            self.emit("log", level="warning", message=f"the model could not be exported to ONNX: {first}")
            (self.folder / ONNX).unlink(missing_ok=True)
            return None
        self.emit("log", level="info", message=f"exported to ONNX in {done.seconds:.1f} s")
        return ONNX

    def _sample(self) -> None:
        """Text that a language model writes now; a look, not a measurement."""
        if self.setup.plan.task.id != "byte_lm":
            return
        n = max(20, min(200, int(1000 * SAMPLE_SECONDS / max(self.latency_ms, 0.01))))
        length = next(given.spec.shape[0] for given in self.setup.bound.inputs if given.spec)
        with contextlib.suppress(ValueError):
            text = generate(self.setup.module, SAMPLE_PROMPT, n, length=length)
            self.emit("sample", step=self.loop.step, text=text.decode("utf-8", "replace").strip("\n"))

    # -- the document ----------------------------------------------------------------------------------------------

    def save(self) -> None:
        write_json(self.folder / RUN, clean(self.document))

    def _save_changes(self) -> None:
        # On disk before it takes effect: a run killed right after replays it.
        self.document["changes"] = [change.model_dump() for change in self.loop.changes]
        self.save()

    def _close(self, state: str, **fields: Any) -> None:
        self.document |= {"state": state, "finished": round(time.time(), 3), "step": self.loop.step, **fields}
        self.save()

    def failed(self, error: BaseException) -> None:
        with contextlib.suppress(OSError):
            self._close("failed", error=str(error) or type(error).__name__)
