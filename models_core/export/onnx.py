"""ONNX: the file a model is served from, compared with PyTorch before it is kept."""

from __future__ import annotations

import contextlib
import copy
import json
import logging
import os
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from models_core.compile import Bound, identify

from . import check

if TYPE_CHECKING:
    from models_core.data import Preprocess

OPSET = 20
"""The first with an operator for GELU; onnxruntime has read it since 1.17."""

SCOPES = "pkg.torch.onnx.name_scopes"
"""What an operator notes of the modules it was traced in, by which an import finds them again."""
BATCHES = (1, 2, 5)
TRACED_BATCH = 3
RELATIVE_TOLERANCE = 1e-4
"""Largest difference from PyTorch, as a part of the largest output: some hundred roundings of float32."""


class ExportError(ValueError):
    """A model cannot be exported; the message says what stands in the way."""


@dataclass(frozen=True)
class Exported:
    """What was written, and how far its outputs are from PyTorch's, as a part of the largest output."""

    path: Path
    bytes: int
    nodes: int
    opset: int
    max_error: float
    tolerance: float
    batches: tuple[int, ...]
    seconds: float


def export(
    module: nn.Module,
    bound: Bound,
    path: str | Path,
    preprocess: Preprocess | None = None,
    *,
    notes: Mapping[str, Any] | None = None,
    opset: int = OPSET,
) -> Exported:
    """Write the module of a bound design as one ONNX file with a batch of any size.

    Inputs and outputs have the design's names; the file's metadata hold design, hash, labels and preprocessing. It is
    kept only if onnxruntime gives PyTorch's outputs at batch 1, 2 and 5. Raises ExportError otherwise, for blocks that
    say they cannot be exported, and for more weights than one file can hold.
    """
    began = time.perf_counter()
    for leaf in bound.leaves:
        if leaf.entry.traits.no_export:
            raise ExportError(f"{leaf.path} cannot be exported: {leaf.entry.traits.no_export}")
    size = sum(tensor.numel() * tensor.element_size() for tensor in module.state_dict().values())
    if size > check.max_bytes() * 0.95:
        raise ExportError(f"the weights have {size:,} bytes; one ONNX file holds {check.max_bytes():,}")
    plain = copy.deepcopy(module).to("cpu", torch.float32).eval()
    plain.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]  # missing from torch's own stub
    model = translate(plain, bound, opset)
    _describe(model, bound, preprocess, notes or {})
    try:
        check.check_model(model)
    except check.UnsafeModel as error:
        raise ExportError(f"the export is not as it should be: {error}") from error
    data = model.SerializeToString()
    worst = _compare(plain, bound, data)
    path = Path(path)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    nodes = len(model.graph.node)
    seconds = time.perf_counter() - began
    return Exported(path, len(data), nodes, opset, worst, RELATIVE_TOLERANCE, BATCHES, seconds)


def translate(module: nn.Module, bound: Bound, opset: int = OPSET) -> onnx.ModelProto:
    """The ONNX graph of a bound design's module, which is in evaluation mode on the CPU; raises ExportError.

    Weights have their names in the module, but for those of recurrent layers; `weights_in` knows them.
    """
    names = [given.name for given in bound.inputs]
    outputs = [name if name not in names else f"{name}_out" for name in bound.outputs]
    model = lowered(module, example_inputs(bound, TRACED_BATCH), opset, names, outputs)
    _forget(model)
    return model


def weights_in(model: onnx.ModelProto, module: nn.Module) -> dict[str, Tensor]:
    """What a graph that `translate` made holds, by the names of the module where these are others than the graph's."""
    from . import _recurrent

    arrays = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    tensors = {name: torch.from_numpy(array.copy()) for name, array in arrays.items() if array.dtype.kind in "fiub"}
    return tensors | _recurrent.restored(module, tensors)


def lowered(
    module: nn.Module,
    inputs: Sequence[Tensor],
    opset: int = OPSET,
    names: Sequence[str] = (),
    outputs: Sequence[str] = (),
    *,
    any_batch: bool = True,
) -> onnx.ModelProto:
    """The ONNX graph of any module, with what torch notes of where each operator is from.

    What the module holds stays as it is: nothing is folded into it (onnxruntime does that as it opens the file), so
    that a weight can be found again by its name. Raises ExportError.
    """
    from . import _recurrent

    traced = copy.deepcopy(module) if any(isinstance(part, nn.RNNBase) for part in module.modules()) else module
    if traced is not module:
        _recurrent.replace(traced)
    batch = torch.export.Dim("batch", min=1, max=2**20)
    try:
        with _quiet(), torch.no_grad():
            program = torch.onnx.export(
                traced,
                tuple(inputs),
                dynamo=True,
                optimize=False,
                opset_version=opset,
                dynamic_shapes=tuple({0: batch} for _ in inputs) if any_batch else None,
                custom_translation_table=_recurrent.TRANSLATIONS,
                external_data=False,
                verbose=False,
            )
            assert program is not None
            graph = program.model.graph
            held = {name for name, _ in traced.state_dict().items()}
            fixed = [value for name, value in graph.initializers.items() if name in held]
            given = len(graph.inputs)
            # An initializer that a caller may replace is left alone by every pass.
            graph.inputs.extend(fixed)
            program.optimize()
            del graph.inputs[given:]
            # Only now: what gives two outputs, or is an input as well, has been given a value of its own for each.
            for value, name in [*zip(graph.inputs, names, strict=False), *zip(graph.outputs, outputs, strict=False)]:
                value.name = name
    except Exception as error:  # torch.onnx raises many kinds; the first line says which operator
        raise ExportError(f"torch.onnx cannot export this: {_first_line(error)}") from error
    return program.model_proto


def _forget(model: onnx.ModelProto) -> None:
    """Take out what the exporter noted of this machine: source paths in every node. Modules' names stay."""
    del model.metadata_props[:]
    model.doc_string = ""
    model.graph.doc_string = ""
    model.graph.name = "network"
    model.producer_name = "Blockyard"
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        scopes = [entry.value for entry in part.metadata_props if entry.key == SCOPES]
        del part.metadata_props[:]
        part.doc_string = ""
        for value in scopes:
            part.metadata_props.add(key=SCOPES, value=value)
    del model.graph.metadata_props[:]


def _describe(model: onnx.ModelProto, bound: Bound, preprocess: Preprocess | None, notes: Mapping[str, Any]) -> None:
    """Put in what the file is."""
    facts: dict[str, Any] = {
        "blockyard.design": bound.design.to_json(),
        "blockyard.hash": identify(bound).hash,
        "blockyard.facts": bound.facts,
        "blockyard.variables": bound.variables,
        "blockyard.task": bound.design.task,
        **{f"blockyard.{key}": value for key, value in notes.items()},
    }
    if preprocess is not None:
        facts["blockyard.preprocess"] = preprocess.model_dump(mode="json")
        facts["blockyard.labels"] = list(preprocess.target.names)
    onnx.helper.set_model_props(
        model,
        {check.FORMAT_KEY: check.FORMAT, **{key: json.dumps(value, sort_keys=True) for key, value in facts.items()}},
    )


def example_inputs(bound: Bound, batch: int, seed: int = 0) -> list[Tensor]:
    """Random inputs of a design: normal numbers, and token ids that every embedding fed by them knows."""
    generator = torch.Generator().manual_seed(seed)
    made = []
    for index, given in enumerate(bound.inputs):
        assert given.spec is not None
        shape = (batch, *given.spec.shape)
        if given.spec.dtype.is_floating_point:
            made.append(torch.randn(shape, generator=generator, dtype=given.spec.dtype))
            continue
        sizes = [
            leaf.params["num_embeddings"]
            for leaf in bound.leaves
            if "num_embeddings" in leaf.params and any(value.node == -1 - index for value in leaf.fed)
        ]
        made.append(torch.randint(0, min(sizes, default=2), shape, generator=generator, dtype=given.spec.dtype))
    return made


def _compare(module: nn.Module, bound: Bound, data: bytes) -> float:
    """The largest relative difference between PyTorch's and onnxruntime's outputs; raises ExportError if too large."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes of its own
        raise ExportError(f"onnxruntime does not open the export: {_first_line(error)}") from error
    # An input that nothing depends on may be gone.
    known = {given.name for given in session.get_inputs()}
    worst = 0.0
    for batch in BATCHES:
        inputs = example_inputs(bound, batch, seed=batch)
        with torch.inference_mode():
            expected = module(*inputs)
        feed = {
            given.name: tensor.numpy()
            for given, tensor in zip(bound.inputs, inputs, strict=True)
            if given.name in known
        }
        outputs = session.run(None, feed)
        expected = expected if isinstance(expected, tuple) else (expected,)
        for name, want, have in zip(bound.outputs, expected, outputs, strict=True):
            apart = difference(want.numpy(), have)
            if not apart <= RELATIVE_TOLERANCE:
                raise ExportError(
                    f"output {name} differs from PyTorch by {apart:.1e} of its largest value at batch {batch}; "
                    f"{RELATIVE_TOLERANCE:.0e} is allowed"
                )
            worst = max(worst, apart)
    return worst


def difference(want: np.ndarray, have: np.ndarray) -> float:
    """How far two arrays are apart, as a part of the largest value; infinite where shapes, NaN or infinities differ."""
    if want.shape != have.shape or want.dtype != have.dtype:
        return float("inf")
    if want.dtype.kind != "f":
        return 0.0 if np.array_equal(want, have) else float("inf")
    finite = np.isfinite(want)
    if not np.array_equal(want[~finite], have[~finite], equal_nan=True):
        return float("inf")
    want, have = want[finite].astype(np.float64), have[finite].astype(np.float64)
    if not want.size:
        return 0.0
    # Outputs that are all but zero are compared as they stand.
    return float(np.abs(want - have).max() / max(np.abs(want).max(), 1e-3))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's remarks on packages that are not installed and on its own deprecations."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _first_line(error: Exception) -> str:
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    return (lines[0] if lines else type(cause).__name__)[:300]
