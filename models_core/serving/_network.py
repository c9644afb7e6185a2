"""An exported network opened in onnxruntime, with what its file says of itself."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from pydantic import ValidationError

from models_core.data import Preprocess
from models_core.export import check

MODEL, RUN = "model.onnx", "run.json"


class CannotServe(ValueError):
    """A model cannot be served; the message says why."""


class Network:
    """An ONNX file of ours in an onnxruntime session; safe to be run from several threads at once."""

    def __init__(self, data: bytes, preprocess: Mapping[str, Any] | None = None, threads: int = 1) -> None:
        try:
            model = check.read_model(data)
            own = check.note(model, "blockyard.preprocess")
            self.task: str = check.note(model, "blockyard.task") or ""
            self.hash: str = check.note(model, "blockyard.hash") or ""
        except check.UnsafeModel as error:
            raise CannotServe(str(error)) from error
        document = preprocess if preprocess is not None else own
        if document is None:
            raise CannotServe("the model does not say how its inputs are prepared; export it from a finished run")
        try:
            self.preprocess = Preprocess.model_validate(document)
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(str(part) for part in fault["loc"])
            raise CannotServe(f"what is known of its inputs is damaged: {where}: {fault['msg']}") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Threads that spin while they wait would take the cores of everything else that runs here.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self.session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises classes of its own
            raise CannotServe(f"onnxruntime does not open the model: {str(error)[:200]}") from error
        self.bytes = len(data)
        self.inputs = [given.name for given in self.session.get_inputs()]
        self.outputs = [given.name for given in self.session.get_outputs()]
        missing = [name for name in self.inputs if name not in self.preprocess.inputs]
        if missing:
            raise CannotServe(f"nothing is known of how input {missing[0]} is prepared; train the design again")

    def run(self, feed: Mapping[str, np.ndarray]) -> tuple[list[np.ndarray], float]:
        """The outputs for arrays with a batch dim, and the milliseconds the network took."""
        given = {name: feed[name] for name in self.inputs}
        began = time.perf_counter()
        outputs = self.session.run(None, given)
        return outputs, (time.perf_counter() - began) * 1000

    @cached_property
    def first(self) -> Any:
        """The part of the preprocessing that makes the first input."""
        return self.preprocess.inputs[self.inputs[0]]


@dataclass(frozen=True)
class Found:
    """A model's file and its preprocessing where a run has it beside the file."""

    path: Path
    preprocess: dict[str, Any] | None

    @classmethod
    def at(cls, place: str | Path) -> Found:
        """The model in a run's folder, in a bundle's folder, or an ONNX file itself; raises CannotServe."""
        place = Path(place)
        path = place / MODEL if place.is_dir() else place
        if not path.is_file():
            raise CannotServe(f"there is no {path.name} in {path.parent.name or path.parent}; export the run first")
        run = path.with_name(RUN)
        preprocess = None
        if run.is_file():
            try:
                preprocess = json.loads(run.read_text(encoding="utf-8")).get("preprocess")
            except (ValueError, AttributeError):
                raise CannotServe(f"{run.name} beside the model is damaged") from None
        return cls(path, preprocess)

    def open(self, threads: int) -> Network:
        size = self.path.stat().st_size
        if size > check.max_bytes():
            raise CannotServe(f"the model has {size:,} bytes; at most {check.max_bytes():,} are opened")
        return Network(self.path.read_bytes(), self.preprocess, threads)
