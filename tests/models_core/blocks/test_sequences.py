"""What every block that reads a sequence in order promises: no look ahead, and steps that equal the whole."""

from __future__ import annotations

from typing import Any

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
    at = {port.name: port.dims.split().index("L") for port in entry.inputs if "L" in port.dims.split()}
    (out_port,) = entry.outputs
    outs = out_port.dims.split().index("L")
    args = inputs_of(entry)
    before = tensors(module(*args))[0]
    for position in range(SIZES["L"]):
        later = [None if arg is None else arg.clone() for arg in args]
        for port, arg in zip(entry.inputs, later, strict=True):
            if arg is not None and port.name in at:
                arg.narrow(at[port.name], position, SIZES["L"] - position).add_(1)
        after = tensors(module(*later))[0]
        past = before.narrow(outs, 0, position), after.narrow(outs, 0, position)
        torch.testing.assert_close(past[1], past[0], rtol=1e-5, atol=1e-5)
        now = (after - before).select(outs, position).abs().max()
        assert now > 1e-5, f"position {position} does not see itself"


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


def test_there_are_blocks_of_both_kinds() -> None:
    assert {"self_attention"} <= {entry.id for entry in CAUSAL}
