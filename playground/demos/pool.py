"""Models that are being served, by run: opened when first asked for, the least used ones closed."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

from playground.runs.models import Run
from playground.web.errors import ApiError

MAX_OPEN = 8


class Served:
    """One exported model with what is done before and after it."""

    def __init__(self, folder: Path) -> None:
        import json

        import onnxruntime

        from models_core.data import Preprocess
        from models_core.tasks._base import get_task

        run = json.loads((folder / "run.json").read_text())
        self.preprocess = Preprocess.model_validate(run["preprocess"])
        self.task: str = run["task"]
        self.widget: str = get_task(self.task).demo(self.preprocess)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, ["CPUExecutionProvider"])
        self.names = [given.name for given in self.session.get_inputs()]

    @property
    def labels(self) -> list[str]:
        return list(self.preprocess.target.names)

    @property
    def input(self) -> dict[str, Any]:
        """What the widget must know of the first input."""
        part = next(iter(self.preprocess.inputs.values()))
        if part.kind == "image":
            height, width, channels = part.stored
            return {"channels": channels, "height": height, "width": width}
        if part.kind == "tokens":
            return {"max_length": part.length}
        return {"fields": self.preprocess.form()}

    def predict(self, raw: Any, top: int) -> dict[str, Any]:
        from models_core.tasks import answer

        arrays = self.preprocess.apply_one(raw)
        feed = {name: arrays[name][None] for name in self.names}
        began = time.perf_counter()
        outputs = self.session.run(None, feed)
        latency = (time.perf_counter() - began) * 1000
        found = answer(outputs[0][0], self.preprocess.target, top)
        return {**found, "latency_ms": round(latency, 4)}

    def generate(self, prompt: str, length: int, temperature: float, seed: int) -> dict[str, Any]:
        from models_core.tasks import generate_bytes

        part = next(iter(self.preprocess.inputs.values()))
        n_calls, spent = 0, 0.0

        def run(ids: Any) -> Any:
            nonlocal n_calls, spent
            began = time.perf_counter()
            out = self.session.run(None, {self.names[0]: ids})[0]
            spent += time.perf_counter() - began
            n_calls += 1
            return out

        given = prompt.encode("utf-8", "replace")
        more = generate_bytes(run, given, length, length=part.shape[0], temperature=temperature, seed=seed)
        text = more.decode("utf-8", "replace")
        return {"text": text, "predictions": [], "latency_ms": round(spent * 1000 / max(1, n_calls), 4)}


_open: OrderedDict[tuple[str, int], Served] = OrderedDict()
_lock = threading.Lock()


def get(run: Run) -> Served:
    """The served model of a run; ApiError 409 when it left nothing that can be served."""
    key = (run.pid, run.fence)
    with _lock:
        served = _open.get(key)
        if served is not None:
            _open.move_to_end(key)
            return served
    # Opened outside the lock: one large model must not hold up the others. Twice at once costs a moment, no more.
    served = Served(_folder(run))
    with _lock:
        _open[key] = served
        while len(_open) > MAX_OPEN:
            _open.popitem(last=False)
    return served


def _folder(run: Run) -> Path:
    raise ApiError(409, "no_model", f"{run.name} left no exported model to serve.", "run")
