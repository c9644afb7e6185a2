"""Real designs, spoilt at random: each still compiles, or is refused with a fault that says where and what."""

from __future__ import annotations

import copy
import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build, identify
from models_core.compile.code import source
from models_core.design import DesignError, read
from tests.models_core.zoo.small import COVERING

CASES = 5_000 if os.environ.get("BLOCKYARD_TEST_ALL") == "1" else 150
SECONDS = 2.0
"""Of the processor, for one design; what the machine does besides does not count."""
WHOLE = frozenset({"no_output", "too_large", "bad_tie", "bad_override"})
"""Faults of a design as a whole."""
GROWTH_BYTES = 600 * 2**20
"""By which the process may grow over all cases: caches fill up to their bounds."""

DOCUMENTS = [json.loads(json.dumps(entry.obj().to_json())) for entry in COVERING]
BLOCKS = [entry.id for entry in registry.all("block")]
ENDS: Counter[str] = Counter()
NASTY = st.one_of(
    st.sampled_from(
        [None, True, False, 0, 1, -1, 2, 3, 7, 2**31, 2**63, 10**30, 0.5, -1e308, 1e-320, "", " ", "input"]
    ),
    st.sampled_from(["output", "x.y", "..", "*", "ä😀", "\u202e", "a" * 5_000, [], {}, [[]], [1, 2], [0, 0], [-1, 5]]),
    st.sampled_from(["=", "=i", "=n", "=x", "=facts", "=facts.label.classes", "=1/0", "=9**9**9**9", "=2**64*2**64"]),
    st.sampled_from(["=[0]*99999999", "=min()", "='a'*9", "=(((((1)))))", "=__import__('os')", "=1 if x else", "=-1"]),
    st.sampled_from(BLOCKS),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False),
    st.text(max_size=8),
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in a document with each of its keys."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


def spoil(data: st.DataObject, document: dict[str, Any]) -> None:
    """One change: a value becomes another, is taken away, is doubled, or changes places with one of its kind."""
    # What a value is called decides how often it is met, not how many of it there are.
    kinds: dict[str, list[tuple[Any, Any]]] = {}
    for holder, key in places(document):
        kinds.setdefault(key if isinstance(key, str) else "item", []).append((holder, key))
    kind = data.draw(st.sampled_from(sorted(kinds)), "kind")
    holder, key = data.draw(st.sampled_from(kinds[kind]), "place")
    what = data.draw(st.sampled_from(["replace", "remove", "double", "swap", "deepen"]), "what")
    if what == "replace":
        holder[key] = data.draw(NASTY, "value")
    elif what == "remove":
        del holder[key]
    elif what == "double":
        twin = copy.deepcopy(holder[key])
        if isinstance(holder, list):
            holder.append(twin)
        else:
            holder[f"{key}2"] = twin
    elif what == "swap":
        other, there = data.draw(st.sampled_from(kinds[kind]), "other place")
        holder[key], other[there] = copy.deepcopy(other[there]), copy.deepcopy(holder[key])
    else:
        for _ in range(data.draw(st.sampled_from([1, 3, 40]), "depth")):
            holder[key] = [holder[key]] if data.draw(st.booleans()) else {"x": holder[key]}


def refused_or_built(document: dict[str, Any]) -> str:
    report, refused = None, None
    try:
        report = analyze(read(document))
    except DesignError as error:
        refused = error
    if report is None:
        assert refused is not None
        assert refused.issues
        assert all(issue.message and issue.code for issue in refused.issues)
        return "refused in reading"
    if report.errors:
        for issue in report.errors:
            assert issue.message
            assert issue.path or issue.at or issue.param or issue.code in WHOLE, issue
        try:
            build(report.bound, device="meta")
        except DesignError:
            return "refused in analysis"
        raise AssertionError("analysis finds faults, but it is built")
    build(report.bound, device="meta")
    assert identify(report.bound).hash
    assert source(report.bound)
    return "built"


@given(st.data())
@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=CASES < 5_000)
def mutated(data: st.DataObject) -> None:
    document = copy.deepcopy(data.draw(st.sampled_from(DOCUMENTS), "design"))
    for _ in range(data.draw(st.integers(1, 4), "changes")):
        spoil(data, document)
        if not isinstance(document, dict):
            break
    began = time.process_time()
    ENDS[refused_or_built(document)] += 1
    took = time.process_time() - began
    assert took < SECONDS, f"{took:.1f} s of the processor"


def test_a_spoilt_design_is_refused_or_built() -> None:
    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    mutated()
    assert len(ENDS) == 3, f"not all ends were met: {ENDS}"
    assert min(ENDS.values()) >= CASES / 30, f"too few of one end: {ENDS}"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit - before < GROWTH_BYTES
