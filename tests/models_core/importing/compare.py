"""Whether an imported design with the file's weights does what onnxruntime does with the file."""

from __future__ import annotations

import numpy as np
import onnxruntime
import torch

from models_core.compile import bind, build
from models_core.export.onnx import difference, example_inputs
from models_core.importing import Imported, import_onnx

TOLERANCE = 1e-4


def imported(data: bytes) -> Imported:
    """The design drawn from a file's operators."""
    return import_onnx(data, "net", redraw=True)


def distance(data: bytes, found: Imported, batch: int = 3) -> float:
    """How far the design's outputs are from onnxruntime's, as a part of the largest."""
    bound = bind(found.design)
    assert not bound.errors, bound.errors
    module = build(bound).eval()
    weights = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in found.state_dict().items()}
    kept = {name for name in module.state_dict() if not name.endswith("num_batches_tracked")}
    assert set(weights) == kept
    module.load_state_dict(weights, strict=False)
    session = onnxruntime.InferenceSession(data)
    fixed = session.get_inputs()[0].shape[0]
    inputs = example_inputs(bound, fixed if isinstance(fixed, int) else batch, seed=5)
    feed = {
        given.name: _as_file(tensor, given.shape) for given, tensor in zip(session.get_inputs(), inputs, strict=True)
    }
    with torch.inference_mode():
        have = module(*inputs)
    have = have if isinstance(have, tuple) else (have,)
    want = session.run(None, feed)
    return max(difference(one, other.numpy()) for one, other in zip(want, have, strict=True))


def _as_file(tensor: torch.Tensor, shape: list[int | str]) -> np.ndarray:
    """An input as the file wants it: channels last, or with more dims than a row of numbers has."""
    array = tensor.numpy()
    if array.ndim == len(shape) == 4 and shape[3] == array.shape[1] != shape[1]:
        return array.transpose(0, 2, 3, 1)
    return array.reshape(array.shape[0], *shape[1:]) if array.ndim != len(shape) else array
