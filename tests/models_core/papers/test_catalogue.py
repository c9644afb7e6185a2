"""Every paper of the catalogue: what it declares is there, and its exact checks hold."""

from __future__ import annotations

import pytest

from models_core import registry
from models_core.papers import Check, stored
from models_core.registry import Entry

PAPERS = registry.all("paper")
CHECKS = [(paper, one) for paper in PAPERS for one in paper.obj.checks(paper.id)]
EXACT = [(paper, one) for paper, one in CHECKS if one.level == "exact"]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.id)
def test_a_card_is_whole(paper: Entry) -> None:
    assert paper.source is not None
    assert paper.source.url.startswith("https://")
    assert paper.family
    assert paper.obj.entries, "it is present as nothing"
    for name in paper.obj.entries:
        kind, _, id = name.partition("/")
        assert registry.find(kind, id), f"there is no {name}"
    levels = {one.level for one in paper.obj.checks(paper.id)}
    assert "exact" in levels
    assert not paper.obj.empirical or levels & {"small", "study"}, "its claim is empirical, and nothing measures it"


@pytest.mark.parametrize(("paper", "check"), EXACT, ids=lambda one: one.name if isinstance(one, Check) else one.id)
def test_exact_checks_hold(paper: Entry, check: Check) -> None:
    outcome = check.run()
    assert outcome.confirmed is True, outcome.figure


@pytest.mark.parametrize(
    ("paper", "check"),
    [(paper, one) for paper, one in CHECKS if one.level == "small"],
    ids=lambda one: one.name if isinstance(one, Check) else one.id,
)
def test_small_checks_were_run(paper: Entry, check: Check) -> None:
    found = stored(paper, check)
    assert found, f"run `python -m models_core papers check {paper.id} --level small` and keep its result"
    result, _ = found
    assert result.verdict in ("confirmed", "not confirmed", "inconclusive")
    assert result.figure
    assert result.seeds
    assert result.versions.keys() >= {"python", "torch"}
    assert result.machine["cpu"]
