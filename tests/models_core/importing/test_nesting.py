"""Nodes named by paths as groups, instances and repetitions."""

from __future__ import annotations

from typing import Any

from models_core.compile import bind
from models_core.importing._draw import assembled
from models_core.importing._nesting import Nested, nested


def made(paths: str, wires: str, titles: dict[str, str] | None = None, *, flat: bool = False) -> Nested:
    """Nodes of one block in running order, and wires such as `a>b.x`."""
    nodes: list[dict[str, Any]] = [{"id": path, "block": "relu"} for path in paths.split()]
    edges = []
    for wire in wires.split():
        source, _, target = wire.partition(">")
        into = target if target.startswith("output.") else f"{target}.x"
        edges.append({"from": source if source.startswith("input.") else f"{source}.out", "to": into})
    return nested(nodes, edges, titles or {}, flat=flat)


def wires(edges: list[dict[str, str]]) -> list[str]:
    return [f"{edge['from']}>{edge['to']}" for edge in edges]


def test_paths_become_groups_with_ports_for_what_crosses_their_border() -> None:
    found = made(
        "a.one a.two b", "input.x>a.one input.x>b a.one>a.two a.two>b a.two>output.y b>output.z", {"a": "Pair"}
    )
    assert found.nodes == [{"id": "a", "group": "Pair"}, {"id": "b", "block": "relu"}]
    assert wires(found.edges) == ["input.x>a.x", "input.x>b.x", "a.out>b.x", "a.out>output.y", "b.out>output.z"]
    assert wires(found.groups["Pair"]["edges"]) == ["input.x>one.x", "one.out>two.x", "two.out>output.out"]
    assert found.moved == {}


def test_equal_graphs_are_one_group_and_a_chain_of_them_is_repeated() -> None:
    chain = "input.x>s.0.a s.0.a>s.0.b s.0.b>s.1.a s.1.a>s.1.b s.1.b>t.0.a t.0.a>t.0.b t.0.b>output.y"
    found = made("s.0.a s.0.b s.1.a s.1.b t.0.a t.0.b", chain)
    assert found.nodes == [{"id": "s", "group": "s", "repeat": 2}, {"id": "t", "group": "t"}]
    assert found.groups["t"]["nodes"] == [{"id": "0", "group": "s"}]
    assert wires(found.edges) == ["input.x>s.x", "s.out>t.x", "t.out>output.y"]


def test_what_is_used_on_the_way_is_no_chain() -> None:
    found = made("s.0.a s.1.a", "input.x>s.0.a s.0.a>s.1.a s.0.a>output.y s.1.a>output.z")
    assert found.nodes == [{"id": "s", "group": "s_2"}]
    assert [node["id"] for node in found.groups["s_2"]["nodes"]] == ["0", "1"]
    assert [end["name"] for end in found.groups["s_2"]["outputs"]] == ["out", "out_2"]


def test_a_module_that_is_used_in_two_places_is_no_group() -> None:
    """As one node it would be fed by what it feeds."""
    found = made("a.one b a.two", "input.x>a.one a.one>b b>a.two a.two>output.y")
    assert [node["id"] for node in found.nodes] == ["a_one", "b", "a_two"]
    assert found.groups == {}
    assert found.moved == {"a.one": "a_one", "a.two": "a_two"}
    assert wires(found.edges) == ["input.x>a_one.x", "a_one.out>b.x", "b.out>a_two.x", "a_two.out>output.y"]


def test_flat_has_no_groups() -> None:
    found = made("a.b.c a.d a_d", "input.x>a.b.c a.b.c>a.d a.d>a_d a_d>output.y", flat=True)
    assert [node["id"] for node in found.nodes] == ["a_b_c", "a_d", "a_d_2"]
    assert found.groups == {}


def test_groups_that_would_feed_each_other_are_laid_flat() -> None:
    """Each could be a group by itself, but the two together would be a circle."""
    nodes = [{"id": id, "block": "relu"} for id in ("a.one", "b.one", "b.two", "a.two")]
    pairs = ["input.x>a.one.x", "a.one.out>b.one.x", "input.x>b.two.x", "b.two.out>a.two.x"]
    pairs += ["b.one.out>output.y", "a.two.out>output.z"]
    edges = [dict(zip(("from", "to"), pair.split(">"), strict=True)) for pair in pairs]
    given = [{"name": "x", "kind": "table", "dims": {"F": 3}}]
    design, moved = assembled("two", given, [{"name": "y"}, {"name": "z"}], nodes, edges)
    assert not bind(design).errors
    assert [node.id for node in design.nodes] == ["a_one", "b_one", "b_two", "a_two"]
    assert moved["b.two"] == "b_two"
