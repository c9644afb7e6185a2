"""The loop: steps, events, evaluations, checkpoints, changes, stopping and resuming.

It alone owns the device, the events and the checkpoints; what a step does is the method's affair. Where it is in the
data follows from the step alone, and every random number from the seed and the states kept in a checkpoint: so a
resumed run is bit for bit the run that was never stopped (a budget in seconds excepted, since time does not repeat).
"""

from __future__ import annotations

import math
import time
from bisect import bisect_right
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models_core.methods import StepReport
from models_core.methods._base import Batch
from models_core.model import BEST, LAST
from models_core.model.model import write_weights

from . import device as devices
from .checkpoint import write_state
from .control import Control
from .evaluate import Interrupted, evaluate, figures
from .events import Emitter
from .faults import Diverged, translate
from .recipe import Change
from .setup import Setup, callbacks, evaluating
from .update import schedule_of
from .watch import Watch

METRIC_STEPS = 10
METRIC_SECONDS = 0.25
METRIC_SECONDS_MOST = 2.0
"""A metric row comes after ten steps, not before a quarter of a second, and not much later than two."""


class Loop:
    """One training, from its first or any later step to its end."""

    def __init__(self, setup: Setup, folder: Path, emit: Emitter, control: Control) -> None:
        recipe = setup.plan.recipe
        self.setup = setup
        self.recipe = recipe
        self.folder = folder
        self.emit = emit
        self.control = control
        self.schedule = schedule_of(recipe)
        self.changes: list[Change] = list(recipe.changes)
        self.callbacks = callbacks(recipe)
        for callback in self.callbacks:
            callback.begin(setup.trained, setup.bound)
        self.watch = None
        if recipe.watch_seconds is not None:
            # A compiled network does not stop to show what flows inside.
            self.watch = Watch(setup.module, setup.bound, recipe.watch_seconds, outputs=not recipe.compile)
        self.step = 0
        self.samples = 0
        self.seconds = 0.0
        """Time spent in steps; evaluations and checkpoints not counted."""
        self.spent = 0.0
        """Time spent altogether, by which a budget in seconds goes."""
        self.evaluated = 0
        self.best: dict[str, Any] | None = None
        self.best_result: dict[str, Any] | None = None
        self.ended_early: str | None = None
        self._pending: list[StepReport] = []
        self._window_began: float | None = None
        self._window_seconds = 0.0
        self._progress_at = 0.0
        self._checkpointed = (-1, -1)
        self._checkpoint_at = 0.0
        self._resumed_at = 0.0
        self._evaluation_began = 0.0
        self._evaluation_seconds = 0.0

    # -- where we are ----------------------------------------------------------------------------------------------

    @property
    def total_steps(self) -> int:
        """Steps of the whole training; with a budget in seconds alone, as many as the pace so far promises."""
        by_epochs = self.recipe.epochs * self.setup.steps_per_epoch if self.recipe.epochs is not None else None
        if self.recipe.seconds is None:
            assert by_epochs is not None
            return by_epochs
        spent = self._spent()
        pace = max(self.step, 1) / spent if self.step and spent > 0 else 1.0
        by_seconds = max(self.step + 1, math.ceil(pace * self.recipe.seconds))
        return by_seconds if by_epochs is None else min(by_epochs, by_seconds)

    @property
    def epoch(self) -> int:
        """Epochs that are complete."""
        return self.step // self.setup.steps_per_epoch

    def base_lr(self, step: int) -> float:
        """The learning rate before the schedule: the recipe's, or what it was changed to last."""
        at = bisect_right([change.step for change in self.changes], step)
        return self.changes[at - 1].lr if at else self.setup.update.base_lr

    def lr(self) -> float:
        """The learning rate of the step to come."""
        return self.base_lr(self.step) * self.schedule(self.step, self._total)

    def _spent(self) -> float:
        return self.spent + (time.perf_counter() - self._resumed_at if self._resumed_at else 0.0)

    def _finished(self) -> bool:
        if self.ended_early is not None:
            return True
        if self.recipe.seconds is not None and self.step and self._spent() >= self.recipe.seconds:
            return True
        return self.recipe.epochs is not None and self.step >= self.recipe.epochs * self.setup.steps_per_epoch

    # -- running ---------------------------------------------------------------------------------------------------

    def run(self) -> bool:
        """Train to the end; False where it was stopped before, with a checkpoint from which it can go on."""
        self._resumed_at = self._checkpoint_at = time.perf_counter()
        self._total = self.total_steps
        self.setup.trained.train()
        try:
            while True:
                if self._evaluation_due() and not self._evaluate():
                    break
                if self._finished() or self.control.stopping:
                    break
                self._epoch()
        except (RuntimeError, ValueError) as error:
            fault = translate(error, self.recipe.batch_size)
            if fault is None:
                raise
            raise fault from error
        self._read_notes()
        finished = self._finished() and not self._evaluation_due()
        self.checkpoint()
        return finished

    def _epoch(self) -> None:
        """Steps until the epoch or the training ends, or it is told to stop."""
        setup, control = self.setup, self.control
        per_epoch = setup.steps_per_epoch
        self._open_window()
        for batch in setup.batches(self.epoch, self.step % per_epoch):
            if not control.rates.empty():
                self._take_rates()
            if self.recipe.seconds is not None:
                self._total = self.total_steps
            setup.update.set_lr(self.lr())
            for callback in self.callbacks:
                callback.before_step(self.step, self._total)
            report = self._step(batch)
            self.step += 1
            self.samples += report.samples
            self._pending.append(report)
            now = time.perf_counter()
            if self._row_due(now):
                self._flush()
                self._progress()
                self._read_notes()
            # At the end of an epoch the checkpoint comes after the evaluation, so that it is not repeated.
            if self._checkpoint_due(now) and not self._evaluation_due():
                self._close_window()
                self.checkpoint()
                self._open_window()
            if control.stopping or (self.recipe.seconds is not None and self._finished()):
                break
        self._close_window()
        if self._finished():
            self._flush()

    def _step(self, batch: Batch) -> StepReport:
        """One step of the method, and now and then what it looked like at each node."""
        method = self.setup.method
        if self.watch is None or not self.watch.due():
            return method.step({"train": batch})
        with self.watch.looking(self.setup.update):
            report = method.step({"train": batch})
        self.emit("nodes", step=self.step + 1, nodes=self.watch.read())
        return report

    def _take_rates(self) -> None:
        """Learning rates set from outside: each is written down with its step before it takes effect."""
        while not self.control.rates.empty():
            change = Change(step=self.step, lr=self.control.rates.get())
            # Stable, so that of two at one step the later one counts; a resumed run may hold changes still to come.
            self.changes = sorted([*self.changes, change], key=lambda one: one.step)
            self.on_change()
            self.emit("set", step=self.step, lr=change.lr)
            self.emit("log", level="info", message=f"learning rate set to {change.lr:g} from step {self.step:,} on")

    def on_change(self) -> None:
        """Called when `changes` has grown; the session keeps them on disk."""

    def _read_notes(self) -> None:
        while not self.control.notes.empty():
            self.emit("log", level="warning", message=self.control.notes.get())

    # -- metrics ---------------------------------------------------------------------------------------------------

    def _open_window(self) -> None:
        """From here on time counts as time of steps."""
        self._window_began = time.perf_counter()

    def _close_window(self) -> None:
        """What comes now (an evaluation, a checkpoint) is no time of steps. Its row may go on with later steps."""
        if self._window_began is not None:
            self._window_seconds += time.perf_counter() - self._window_began
            self._window_began = None

    def _row_due(self, now: float) -> bool:
        age = self._window_seconds + (now - self._window_began if self._window_began is not None else 0.0)
        return (len(self._pending) >= METRIC_STEPS and age >= METRIC_SECONDS) or age >= METRIC_SECONDS_MOST

    def _flush(self) -> None:
        """Read the losses of the steps since the last row and send them as one."""
        if not self._pending:
            return
        reports, self._pending = self._pending, []
        values = _means(reports)  # waits for the device, so the time is taken after it
        was_open = self._window_began is not None
        self._close_window()
        seconds, self._window_seconds = max(self._window_seconds, 1e-9), 0.0
        if was_open:
            self._open_window()
        self.seconds += seconds
        samples = sum(report.samples for report in reports)
        lr = self.base_lr(self.step - 1) * self.schedule(self.step - 1, self._total)
        values |= {"lr": lr, "samples_per_s": round(samples / seconds, 2)}
        self.emit("metrics", step=self.step, epoch=self.epoch, values=values)
        if not math.isfinite(values["train/loss"]) and self.recipe.on_divergence == "stop":
            last = reports[-1].losses
            if not math.isfinite(float(next(iter(last.values())))):
                raise Diverged(self.step, lr)

    def _progress(self) -> None:
        now = time.perf_counter()
        if now - self._progress_at < METRIC_SECONDS and not self._finished():
            return
        self._progress_at = now
        total = max(self._total, self.step)
        self.emit("progress", step=self.step, total_steps=total, epoch=self.epoch, eta_s=round(self._eta(), 1))

    def _eta(self) -> float:
        """Seconds of steps and evaluations that are left, at the pace so far."""
        left = max(self._total, self.step) - self.step
        eta = left * self.seconds / max(1, self.step)
        if self.recipe.seconds is not None:
            return min(eta, max(0.0, self.recipe.seconds - self._spent()))
        every = self.recipe.eval_every_epochs * self.setup.steps_per_epoch
        return eta + math.ceil(left / every) * self._evaluation_seconds

    # -- evaluation ------------------------------------------------------------------------------------------------

    def _evaluation_due(self) -> bool:
        if self.step == 0 or self.evaluated == self.step:
            return False
        per_epoch = self.setup.steps_per_epoch
        return self._finished() or (
            self.step % per_epoch == 0 and (self.step // per_epoch) % self.recipe.eval_every_epochs == 0
        )

    def _evaluate(self) -> bool:
        """Judge the network on the test split; False where that was interrupted."""
        setup, task = self.setup, self.setup.plan.task
        began = self._evaluation_began = time.perf_counter()
        for callback in self.callbacks:
            callback.before_evaluation()
        with devices.untouched_rng(setup.device), evaluating(setup):
            try:
                result = evaluate(
                    setup.module,
                    setup.test,
                    setup.plan.preprocess,
                    task,
                    batch_size=max(self.recipe.batch_size, 64),
                    device=setup.device,
                    channels_last=setup.channels_last,
                    autocast=setup.update.autocast,
                    stopping=lambda: self.control.stopping,
                    progress=self._evaluating,
                )
            except Interrupted:
                return False
            self.evaluated = self.step
            metric = result.get(task.metric)
            better = metric is not None and task.better(metric, self.best["value"] if self.best else None)
            if better:
                self.best = {"step": self.step, "epoch": self.epoch, "metric": task.metric, "value": metric}
                self.best_result = result
                write_weights(self.folder / BEST, setup.module)
            values = {f"test/{name}": value for name, value in figures(result).items()}
            self.emit("metrics", step=self.step, epoch=self.epoch, values=values)
            self.on_evaluation()
        self._evaluation_seconds = time.perf_counter() - began
        for callback in self.callbacks:
            reason = callback.after_evaluation(self.step, self.epoch, result, better)
            if reason and not self._finished():
                self.ended_early = reason
                self.emit("log", level="info", message=f"ended after epoch {self.epoch:,}: {reason}")
        self._progress()
        now = time.perf_counter()
        # An epoch of a tenth of a second needs no checkpoint of its own.
        if better or now - self._checkpoint_at >= 1.0 or self.recipe.checkpoint_steps is not None:
            self.checkpoint()
        return True

    def _evaluating(self, done: int, total: int) -> None:
        """Say how far a long evaluation is, about once a second."""
        now = time.perf_counter()
        if now - self._progress_at < 1.0 or done >= total:
            return
        self._progress_at = now
        left = (now - self._evaluation_began) / done * (total - done)
        fields = {"step": self.step, "total_steps": max(self._total, self.step), "epoch": self.epoch}
        self.emit("progress", **fields, eta_s=round(self._eta() + left, 1), tested=done, test_size=total)

    def on_evaluation(self) -> None:
        """Called after each evaluation while the network has the weights that were judged."""

    # -- checkpoints -----------------------------------------------------------------------------------------------

    def _checkpoint_due(self, now: float) -> bool:
        steps = self.recipe.checkpoint_steps
        if steps is not None and self.step - max(0, self._checkpointed[0]) >= steps:
            return True
        return now - self._checkpoint_at >= self.recipe.checkpoint_seconds

    def checkpoint(self) -> None:
        """Write the state and the last weights, whole or not at all."""
        self._flush()
        if self._checkpointed == (self.step, self.evaluated):
            return
        write_state(self.folder, self.state())
        with evaluating(self.setup):
            write_weights(self.folder / LAST, self.setup.module)
        is_best = self.best is not None and self.best["step"] == self.step
        self.emit(
            "checkpoint",
            step=self.step,
            epoch=self.epoch,
            file=LAST,
            best=is_best,
            metric=self.best["value"] if self.best is not None else None,
        )
        self._checkpointed = (self.step, self.evaluated)
        self._checkpoint_at = time.perf_counter()

    def state(self) -> dict[str, Any]:
        """All that a resumed run needs, a tree of plain values and tensors."""
        setup = self.setup
        return {
            "step": self.step,
            "samples": self.samples,
            "seconds": self.seconds,
            "spent": self._spent(),
            "evaluated": self.evaluated,
            "best": self.best,
            "ended_early": self.ended_early,
            "module": dict(setup.trained.state_dict()),
            "update": setup.update.state(),
            "method": setup.method.state(),
            "callbacks": [callback.state() for callback in self.callbacks],
            "rng": devices.rng_state(setup.device),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up where that state was written."""
        setup = self.setup
        setup.trained.load_state_dict(state["module"])
        setup.update.load_state(state["update"])
        setup.method.load_state(state["method"])
        for callback, kept in zip(self.callbacks, state["callbacks"], strict=True):
            callback.load_state(kept)
        self.step = int(state["step"])
        self.samples = int(state["samples"])
        self.seconds = float(state["seconds"])
        self.spent = float(state["spent"])
        self.evaluated = int(state["evaluated"])
        self.best = state["best"]
        self.ended_early = state["ended_early"]
        self._checkpointed = (self.step, self.evaluated)
        devices.set_rng_state(state["rng"], setup.device)


def _means(reports: list[StepReport]) -> dict[str, float]:
    """Means over steps of every loss and figure, read from the device in one go."""
    names: list[str] = []
    columns: list[Tensor] = []
    for kind in ("losses", "figures"):
        for name in getattr(reports[0], kind):
            names.append(f"train/{name}")
            columns.append(torch.stack([getattr(report, kind)[name].float() for report in reports]))
    means = torch.stack(columns).mean(dim=1).tolist()
    return dict(zip(names, means, strict=True))
