"""Every block as ONNX with a dynamic batch, run by onnxruntime, against PyTorch.

What the designs of `export/test_onnx.py` hold is exported with them; BLOCKYARD_TEST_ALL=1 asks for each alone as well.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from models_core.registry import Entry
from tests.models_core.zoo.small import ALL, COVERING, bound_of

from .samples import BLOCKS, inputs_of, make, tensors

Session = onnxruntime.InferenceSession
IN_DESIGNS = set() if ALL else {node.entry.id for entry in COVERING for node in bound_of(entry).leaves}
CASES = [(entry, False) for entry in BLOCKS if entry.id not in IN_DESIGNS] + [
    (entry, True) for entry in BLOCKS if any(port.optional for port in entry.inputs)
]


def to_onnx(module: nn.Module, args: list[Tensor | None], path: Path, *, variadic: bool) -> Session:
    batch = torch.export.Dim("batch", min=1, max=4096)
    dims = tuple(None if arg is None else {0: batch} for arg in args)
    with contextlib.redirect_stdout(io.StringIO()):
        program = torch.onnx.export(
            module, tuple(args), dynamo=True, dynamic_shapes=(dims,) if variadic else dims, verbose=False
        )
    assert program is not None
    program.save(path)
    return Session(path)


def run(session: Session, args: list[Tensor | None]) -> list[Tensor]:
    given = [arg.numpy() for arg in args if arg is not None]
    names = [port.name for port in session.get_inputs()]
    return [torch.tensor(out) for out in session.run(None, dict(zip(names, given, strict=True)))]


@pytest.mark.parametrize(
    ("entry", "optional"), CASES, ids=[e.id + (" masked" if optional else "") for e, optional in CASES]
)
@pytest.mark.filterwarnings("ignore")
def test_onnx_gives_the_same(entry: Entry, optional: bool, tmp_path: Path) -> None:
    if entry.traits.no_export:
        pytest.skip(entry.traits.no_export)
    module = make(entry.id).eval()
    variadic = any(port.variadic for port in entry.inputs)
    session = to_onnx(module, inputs_of(entry, 3, optional=optional), tmp_path / "block.onnx", variadic=variadic)
    for batch in (1, 7):
        args = inputs_of(entry, batch, optional=optional, seed=1)
        for got, want in zip(run(session, args), tensors(module(*args)), strict=True):
            torch.testing.assert_close(got, want.detach(), rtol=1e-4, atol=1e-5)
