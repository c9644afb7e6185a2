"""The scans against loops written out, forwards, backwards and exported."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from models_core.ops.scan import complex_scan, linear_scan, softmax_join, softmax_scan, softmax_state, softmax_step

LENGTHS = (1, 2, 15, 16, 17, 33, 255, 256, 300, 4500)


def loop(gates: Tensor, terms: Tensor, initial: Tensor | None = None) -> Tensor:
    state = torch.zeros_like(terms[:, 0]) if initial is None else initial
    rows = []
    for at in range(terms.shape[1]):
        state = gates[:, at] * state + terms[:, at]
        rows.append(state)
    return torch.stack(rows, 1)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("kind", ["random", "ones", "zeros", "shared", "complex"])
def test_linear_scan_is_the_loop(length: int, kind: str) -> None:
    torch.manual_seed(length)
    dtype = torch.complex128 if kind == "complex" else torch.float64
    terms = torch.randn(2, length, 3, 2, dtype=dtype)
    gates = torch.rand(2, length, 3, 1 if kind == "shared" else 2, dtype=dtype)
    if kind == "complex":
        gates = torch.polar(torch.ones(2, length, 3, 2, dtype=torch.float64), gates.real * 7)
    if kind in ("ones", "zeros"):
        gates = torch.full_like(gates, float(kind == "ones"))
    torch.testing.assert_close(linear_scan(gates, terms), loop(gates, terms))
    initial = torch.randn(2, 3, 2, dtype=dtype)
    torch.testing.assert_close(linear_scan(gates, terms, initial), loop(gates, terms, initial))


@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128])
@pytest.mark.parametrize("length", [1, 5, 40])
def test_gradients(length: int, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    gates = torch.rand(1, length, 1, 2, dtype=dtype, requires_grad=True)
    terms = torch.randn(2, length, 2, 2, dtype=dtype, requires_grad=True)
    initial = torch.randn(2, 2, 2, dtype=dtype, requires_grad=True)
    weights = torch.randn(2, length, 2, 2, dtype=dtype)
    given = (gates, terms, initial)
    ours = torch.autograd.grad((linear_scan(*given) * weights).sum().abs(), given)
    theirs = torch.autograd.grad((loop(*given) * weights).sum().abs(), given)
    for one, two in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, two)
    if length == 5:
        assert torch.autograd.gradgradcheck(linear_scan, given)


def test_gates_may_be_the_same_at_all_times() -> None:
    gates, terms = torch.rand(1, 1, 3, dtype=torch.float64), torch.randn(2, 50, 3, dtype=torch.float64)
    gates.requires_grad_()
    torch.testing.assert_close(linear_scan(gates, terms), loop(gates.expand(2, 50, 3), terms))
    (ours,) = torch.autograd.grad(linear_scan(gates, terms).square().sum(), gates)
    (theirs,) = torch.autograd.grad(loop(gates.expand(2, 50, 3), terms).square().sum(), gates)
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("size", [1.0, 1000.0])
def test_softmax_scan_is_softmax_of_every_prefix(size: float) -> None:
    torch.manual_seed(0)
    scores = (torch.randn(2, 50, 3) * size).requires_grad_()
    values = torch.randn(2, 50, 3, 4, requires_grad=True)
    prefixes = [
        (scores[:, : end + 1].softmax(1).unsqueeze(-1) * values[:, : end + 1]).sum(1) for end in range(scores.shape[1])
    ]
    ours, theirs = softmax_scan(scores, values), torch.stack(prefixes, 1)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
    for one, two in zip(
        *(torch.autograd.grad(y.square().sum(), (scores, values)) for y in (ours, theirs)), strict=True
    ):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-4)
    state, rows = softmax_state(scores[:, 0], values[:, 0]), []
    for at in range(50):
        row, state = softmax_step(scores[:, at], values[:, at], state)
        rows.append(row)
    torch.testing.assert_close(torch.stack(rows, 1), theirs, rtol=1e-5, atol=1e-5)


def test_softmax_parts_join_in_any_grouping() -> None:
    torch.manual_seed(0)
    parts = [(torch.randn(2) * 100, torch.randn(2, 3), torch.rand(2)) for _ in range(3)]
    left = softmax_join(softmax_join(parts[0], parts[1]), parts[2])
    right = softmax_join(parts[0], softmax_join(parts[1], parts[2]))
    for one, two in zip(left, right, strict=True):
        torch.testing.assert_close(one, two)


class Linear(nn.Module):
    def forward(self, gates: Tensor, terms: Tensor) -> Tensor:
        return linear_scan(gates, terms)


class Complex(nn.Module):
    def forward(self, gates: Tensor, terms: Tensor) -> Tensor:
        real, imag = complex_scan((gates.cos(), gates.sin()), (terms, -terms))
        return torch.stack((real, imag), -1)


class Softmax(nn.Module):
    def forward(self, scores: Tensor, values: Tensor) -> Tensor:
        return softmax_scan(scores[..., 0], values)


@pytest.mark.parametrize("module", [Linear(), Complex(), Softmax()], ids=lambda module: type(module).__name__)
@pytest.mark.filterwarnings("ignore")
def test_the_export_is_equal_at_three_lengths(module: nn.Module, tmp_path: Path) -> None:
    """Batch and length stay open; gates are at 1 for the linear one, on the unit circle for the complex one."""
    batch, length = torch.export.Dim("batch", min=1, max=64), torch.export.Dim("length", min=1, max=4096)
    shape = {0: batch, 1: length}
    given = torch.ones(3, 10, 4, 1), torch.randn(3, 10, 4, 5)
    with contextlib.redirect_stdout(io.StringIO()):
        program = torch.onnx.export(module, given, dynamo=True, dynamic_shapes=(shape, shape), verbose=False)
    assert program is not None
    program.save(tmp_path / "scan.onnx")
    assert [node.op_type for node in program.model_proto.graph.node].count("Scan") == 1
    session = onnxruntime.InferenceSession(tmp_path / "scan.onnx")
    names = [given.name for given in session.get_inputs()]
    for size in (1, 7, 10, 25):
        given = torch.ones(2, size, 4, 1), torch.randn(2, size, 4, 5)
        if isinstance(module, Softmax):
            given = torch.randn(2, size, 4, 1) * 1000, given[1]
        got = session.run(None, {name: part.numpy() for name, part in zip(names, given, strict=True)})[0]
        torch.testing.assert_close(torch.tensor(got), module(*given), rtol=1e-5, atol=1e-5)
