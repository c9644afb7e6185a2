"""The prediction of latency: what it adds up, with rates given by hand."""

from __future__ import annotations

import pytest
import torch

from models_core.analysis import predict_ms
from models_core.compile import bind
from models_core.design import Builder
from models_core.profiling import Rates, measure_rates

RATES = Rates(macs_per_s=1e6, bytes_per_s=1e7, operation_s=1e-3, device="cpu", threads=1)


def _linear() -> Builder:
    b = Builder("one")
    x = b.input("row", "table", F=100)
    b.output("out", b.add("fc", "linear", x, out_features=50, bias=False))
    return b


def test_the_parts_of_a_prediction_by_hand() -> None:
    macs, weights, given, made = 100 * 50, 4 * 100 * 50, 4 * 100, 4 * 50
    one = macs / 1e6 + (weights + given + made) / 1e7 + 1e-3
    assert predict_ms(bind(_linear().build()), RATES) == pytest.approx(1000 * one)
    eight = 8 * macs / 1e6 + (weights + 8 * (given + made)) / 1e7 + 1e-3
    assert predict_ms(bind(_linear().build()), RATES, batch=8) == pytest.approx(1000 * eight)


def test_a_view_takes_no_time_and_what_is_bypassed_does_not_run() -> None:
    b = Builder("free")
    x = b.input("image", "image", C=1, H=4, W=4)
    x = b.add("flat", "flatten", x)
    b.output("out", b.add("act", "relu", x, bypass=True))
    assert predict_ms(bind(b.build()), RATES) == 0


def test_rates_are_measured() -> None:
    rates = measure_rates(torch.device("cpu"), seconds=0.01)
    assert min(rates.macs_per_s, rates.bytes_per_s, rates.operation_s) > 0
    assert (rates.device, rates.threads) == ("cpu", torch.get_num_threads())
    assert Rates(**rates.to_json()) == rates
