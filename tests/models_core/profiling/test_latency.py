"""Latency: what is counted, not how fast it is."""

from __future__ import annotations

import math
import time

import torch

from models_core.compile import bind, build
from models_core.profiling import eager_latency, measure, node_costs, sample_inputs
from tests.models_core.training.runs import picture_design


def test_percentiles_are_of_the_calls_that_count() -> None:
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        time.sleep(0.03 if len(calls) in (1, 7) else 0.002)

    latency = measure(call, 4, "test", seconds=10, warmup=2, max_runs=20)
    assert latency.runs == 20
    assert len(calls) == 22
    assert 2 <= latency.p50_ms < 30
    assert latency.p50_ms <= latency.p95_ms
    assert latency.samples_per_s == 4000 / latency.p50_ms


def test_a_module_keeps_its_mode_and_its_random_numbers_matter_not() -> None:
    bound = bind(picture_design())
    module = build(bound)
    inputs = sample_inputs(bound, 2)
    assert torch.equal(inputs[0], sample_inputs(bound, 2)[0])
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    assert module.training
    latency = eager_latency(module, inputs, seconds=0.05)
    assert module.training
    assert (latency.batch, latency.backend) == (2, "eager")
    for name, tensor in module.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_every_node_is_timed_in_order_and_weighed() -> None:
    bound = bind(picture_design())
    costs = node_costs(build(bound), sample_inputs(bound, 3), seconds=0.05)
    assert list(costs) == [leaf.path for leaf in bound.leaves]
    assert all(cost.ms > 0 for cost in costs.values())
    for leaf in bound.leaves:
        assert leaf.figures is not None
        made = sum(3 * 4 * math.prod(spec.shape) for spec in leaf.figures.outputs)
        # What came in, as it is or in another shape, takes no memory.
        assert costs[leaf.path].bytes == (0 if leaf.entry.id in ("flatten", "dropout") else made), leaf.path
