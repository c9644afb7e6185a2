"""A bound Design with weights and what is known of their making."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, fx, nn

from models_core.compile import Bound, bind, build
from models_core.design import Design, DesignError
from models_core.design import read as read_design

from ._files import FileFault, read_json, read_tensors, unshared, write_json, write_tensors
from .fit import TIED

if TYPE_CHECKING:
    from models_core.data import Preprocess

DESIGN, RUN, ONNX = "design.json", "run.json", "model.onnx"
BEST, LAST, STATE = "best.safetensors", "last.safetensors", "state.safetensors"
FORMAT = "blockyard.run"
VERSION = 1


@dataclass
class Model:
    """A bound Design, the module built of it, and the run document that tells how its weights came about."""

    bound: Bound
    module: fx.GraphModule
    run: dict[str, Any] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def design(self) -> Design:
        return self.bound.design

    @property
    def task(self) -> str | None:
        """The id of the task it was trained for."""
        task: str | None = self.run.get("task", self.design.task)
        return task

    @cached_property
    def preprocess(self) -> Preprocess | None:
        """What is done to a sample before the module sees it; None for a model that was never trained."""
        from models_core.data import Preprocess

        document = self.run.get("preprocess")
        return None if document is None else Preprocess.model_validate(document)

    @classmethod
    def read(cls, folder: str | Path, weights: str = "best") -> Model:
        """The model of a run's folder with its `best` or `last` weights, in evaluation mode on the CPU.

        Raises FileFault where a file is missing, damaged, or does not fit the design.
        """
        folder = Path(folder)
        if weights not in ("best", "last"):
            raise FileFault(f"there are no {weights!r} weights; there are best and last")
        if not folder.is_dir():
            raise FileFault(f"there is no folder {folder}; name one that a training wrote")
        run = read_json(folder / RUN)
        if not isinstance(run, dict) or run.get("format") != FORMAT:
            raise FileFault(f"{folder / RUN} is no run's document; name a folder that a training wrote")
        if run.get("version") != VERSION:
            raise FileFault(
                f"{folder / RUN} has version {run.get('version')!r}, this reads {VERSION}; update Blockyard"
            )
        try:
            bound = bind(read_design(read_json(folder / DESIGN)), run.get("facts"), run.get("variables"))
            module = build(bound)
        except DesignError as error:
            raise FileFault(f"{folder / DESIGN} cannot be built: {error}") from error
        tensors, _ = read_tensors(folder / (BEST if weights == "best" else LAST))
        load_weights(module, tensors, f"{folder.name}/{weights}.safetensors")
        module.eval()
        return cls(bound, module, run, folder)

    def write(self, folder: str | Path) -> None:
        """Write design, run document and these weights, as best and as last, into a folder."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / DESIGN, self.design.to_json())
        for name in (BEST, LAST):
            write_weights(folder / name, self.module)
        write_json(folder / RUN, {**document(self.bound), **self.run})
        self.folder = folder


def document(bound: Bound) -> dict[str, Any]:
    """The beginning of a run document: which design, bound to which facts and variables."""
    from models_core.compile import identify

    return {
        "format": FORMAT,
        "version": VERSION,
        "name": bound.design.name,
        "design_hash": identify(bound).hash,
        "facts": bound.facts,
        "variables": bound.variables,
        "inputs": {
            given.name: {"kind": given.kind, "shape": list(given.spec.shape) if given.spec else None}
            for given in bound.inputs
        },
        "outputs": {
            name: {"shape": list(value.spec.shape) if value.spec else None} for name, value in bound.outputs.items()
        },
    }


def write_weights(path: Path, module: nn.Module, tensors: Mapping[str, Tensor] | None = None) -> None:
    """Write a module's weights (or `tensors` in their place) as safetensors; tied ones once."""
    kept, same = unshared(module.state_dict())
    if tensors is not None:
        kept = {name: tensors[name] for name in kept}
    write_tensors(path, kept, {"format": "pt", **{f"{TIED}{name}": to for name, to in same.items()}})


def load_weights(module: nn.Module, tensors: Mapping[str, Tensor], what: str) -> None:
    """Put weights into a module; raises FileFault naming the first that does not fit."""
    kept, _ = unshared(module.state_dict())
    for name, tensor in kept.items():
        if name not in tensors:
            raise FileFault(f"{what} lacks {name}; the design was changed after the training, so train it again")
        if tensors[name].shape != tensor.shape:
            have, want = tuple(tensors[name].shape), tuple(tensor.shape)
            raise FileFault(f"{what}: {name} is {have}, but the design wants {want}; train it again")
    module.load_state_dict({name: tensors[name] for name in kept}, strict=False)
