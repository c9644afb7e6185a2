"""What an import gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from models_core.compile import bind, build
from models_core.design import Design
from models_core.model.fit import numbers

from ._drawing import Problem
from ._net import CannotImport, Weight

if TYPE_CHECKING:
    from models_core.model import Model


@dataclass(frozen=True)
class Imported:
    """A design, what was decided on the way, the operators that no block stands for, and the weights.

    `weights` has tensors by the names of `models_core.compile.build`; `run` what is known of how they were trained, as
    a run document has it.
    """

    design: Design
    notes: list[str]
    problems: list[Problem]
    weights: dict[str, Weight] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)

    def state_dict(self) -> dict[str, np.ndarray]:
        """The weights as arrays, read only now."""
        return {name: weight.load() for name, weight in self.weights.items()}

    def model(self) -> Model:
        """The design with its weights, in evaluation mode; raises CannotImport while an operator has no block."""
        from models_core.model import FileFault, Model
        from models_core.model.model import load_weights

        bound = bind(self.design)
        if self.problems or bound.errors:
            first = str((self.problems or bound.errors)[0])
            count = len(self.problems) or len(bound.errors)
            more = f" and {count - 1} more" if count > 1 else ""
            raise CannotImport(f"it is no model yet, because of {first}{more}; write the design alone and replace that")
        module = build(bound).eval()
        # Counts of batches are in no ONNX file, and nothing that is computed depends on them.
        counts = {name: value for name, value in module.state_dict().items() if name.endswith("num_batches_tracked")}
        held = {name: torch.from_numpy(np.array(value, copy=True)) for name, value in self.state_dict().items()}
        try:
            load_weights(module, {**counts, **held}, "the import")
        except FileFault as fault:
            raise CannotImport(f"the weights do not fit what was drawn: {fault}") from None
        return Model(bound, module, {"lineage": {"method": "import", "parents": []}, "notes": self.notes, **self.run})

    def to_json(self) -> dict[str, Any]:
        """The design, its notes and how many weights there are, as plain values."""
        shapes = {name: weight.shape for name, weight in self.weights.items()}
        return {
            "design": self.design.to_json(),
            "notes": self.notes,
            "problems": [vars(problem) | {"message": str(problem)} for problem in self.problems],
            "weights": {"tensors": len(shapes), "numbers": numbers(shapes)},
        }
