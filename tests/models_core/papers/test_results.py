"""What a kept result rests on: it is stale once that has changed, and not before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models_core import registry
from models_core.papers import _results, fingerprint


@pytest.fixture(autouse=True)
def _afresh() -> Iterator[None]:
    _results._fingerprint.cache_clear()
    yield
    _results._fingerprint.cache_clear()


@pytest.mark.parametrize(
    ("module", "stale"),
    [
        ("models_core.papers.res2net", True),
        ("models_core.generators.res2_bottleneck", True),
        # Stands in what the generator makes, and nowhere in the design's own document.
        (registry.get("block", "split").obj.__module__, True),
        ("models_core.papers._variants", False),
        ("models_core.papers.mamba", False),
        (registry.get("block", "lstm").obj.__module__, False),
    ],
)
def test_a_result_rests_on_its_own_code_alone(monkeypatch: pytest.MonkeyPatch, module: str, stale: bool) -> None:
    before, read = fingerprint(registry.get("paper", "res2net")), _results._source
    monkeypatch.setattr(_results, "_source", lambda name: read(name) + "# changed\n" * (name == module))
    _results._fingerprint.cache_clear()
    assert (fingerprint(registry.get("paper", "res2net")) != before) is stale


def test_imports_are_found_wherever_they_stand() -> None:
    source = """
from models_core.ops import scan
def f():
    from models_core.ops import fft_conv
try:
    from models_core.ops import routing
except ImportError:
    with open("x"):
        from models_core.ops import padding
else:
    class C:
        def g(self):
            if 1:
                return 2
            elif 3:
                import models_core.ops.dims
match f:
    case 1:
        from models_core.ops import masks
"""
    found = set(_results._imported("models_core.papers.made_up", source))
    assert found == {f"models_core.ops.{name}" for name in "scan fft_conv routing padding dims masks".split()}
