"""What every block that reads a sequence in order promises: no look ahead, and steps that equal the whole."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
import torch
from torch import nn

from models_core.registry import Entry

from .samples import BLOCKS, SIZES, inputs_of, make, tensors


def options(entry: Entry) -> dict[str, Any]:
    """The parameters that make it causal."""
    return {"causal": True} if any(param.name == "causal" for param in entry.params) else {}


CAUSAL = [entry for entry in BLOCKS if entry.traits.causal or options(entry)]
STEPPED = [entry for entry in BLOCKS if hasattr(entry.obj, "init_state")]

FIXED_LENGTH = {"s4"}
"""Whose export makes a kernel for the length it was traced with; designs have theirs fixed in any case."""


def redrawn(module: nn.Module) -> nn.Module:
    """With parameters at random, so that none that starts at zero hides a path."""
    torch.manual_seed(3)
    with torch.no_grad():
        for param in module.parameters():
            param.add_(torch.randn_like(param) * 0.2)
    return module


@pytest.mark.parametrize("entry", CAUSAL, ids=lambda entry: entry.id)
def test_no_future_token_leaks(entry: Entry) -> None:
    module = redrawn(make(entry.id, **options(entry)).eval())
    # M is the time of keys and values that come by ports of their own.
    at = {port.name: at for port in entry.inputs for at, dim in enumerate(port.dims.split()) if dim in ("L", "M")}
    args = inputs_of(entry)

    def answer(given: list[torch.Tensor | None]) -> torch.Tensor:
        (port, *_) = entry.outputs
        assert port.dims.split()[1] == "L"
        return tensors(module(*given))[0]

    before, seen = answer(args).detach(), 0.0
    for position in range(SIZES["L"]):
        later = [None if arg is None else arg.clone() for arg in args]
        for port, arg in zip(entry.inputs, later, strict=True):
            if arg is not None and port.name in at:
                first = min(position, arg.shape[at[port.name]])
                arg.narrow(at[port.name], first, arg.shape[at[port.name]] - first).add_(1)
        after = answer(later).detach()
        torch.testing.assert_close(after[:, :position], before[:, :position], rtol=1e-5, atol=1e-5)
        seen = max(seen, float((after - before)[:, position].abs().max()))
    assert seen > 1e-5, "no position sees itself"


@pytest.mark.parametrize("entry", STEPPED, ids=lambda entry: entry.id)
def test_steps_give_what_forward_gives(entry: Entry) -> None:
    module = redrawn(make(entry.id, **options(entry)).eval())
    x = torch.randn(3, 21, SIZES["D"])
    state, rows = module.init_state(3), []
    shapes = [part.shape for part in state]
    with torch.no_grad():
        for at in range(x.shape[1]):
            row, state = module.step(x[:, at], state)
            rows.append(row)
        whole = module(x)
    assert [part.shape for part in state] == shapes, "the state has grown"
    torch.testing.assert_close(torch.stack(rows, 1), whole, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "entry", [entry for entry in STEPPED if entry.id not in FIXED_LENGTH], ids=lambda entry: entry.id
)
@pytest.mark.filterwarnings("ignore")
def test_the_export_is_equal_at_three_lengths(entry: Entry, tmp_path: Path) -> None:
    module = make(entry.id, **options(entry)).eval()
    dims = {0: torch.export.Dim("batch", min=1, max=64), 1: torch.export.Dim("length", min=2, max=4096)}
    with contextlib.redirect_stdout(io.StringIO()):
        program = torch.onnx.export(
            module, (torch.randn(3, 6, SIZES["D"]),), dynamo=True, dynamic_shapes=(dims,), verbose=False
        )
    assert program is not None
    program.save(tmp_path / "block.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "block.onnx")
    for length in (4, 6, 13):
        x = torch.randn(2, length, SIZES["D"])
        (got,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
        torch.testing.assert_close(torch.tensor(got), module(x), rtol=1e-4, atol=1e-5)


def test_there_are_blocks_of_both_kinds() -> None:
    assert {"self_attention", "mamba"} <= {entry.id for entry in CAUSAL}
    assert {"mamba", "s4", "s5", "aaren"} <= {entry.id for entry in STEPPED}
