"""A bound design: the flat network of leaves, and the tree of graphs it was unfolded from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models_core.design.generate import Made
from models_core.design.issues import Issue, Place
from models_core.design.schema import Design, Graph, Group, Tie
from models_core.ports import Role
from models_core.registry import Entry

from .measure import Figures, Spec


@dataclass(frozen=True, slots=True)
class Value:
    """What flows along an edge: output `port` of leaf `node` (or input -1 - node of the design), and its spec.

    The spec is None downstream of a fault.
    """

    node: int
    port: int
    spec: Spec | None


Arg = Value | tuple[Value, ...] | None


@dataclass(slots=True)
class BoundNode:
    """A leaf of the expanded design: one block with all its parameters, what it is fed and what it costs."""

    index: int
    path: str
    at: Place
    entry: Entry
    params: dict[str, Any]
    args: tuple[Arg, ...]
    figures: Figures | None
    bypassed: bool = False
    live: bool = False
    training: bool = False
    """Not live, but needed where the network is trained: it leads to a loss or to an auxiliary output alone."""
    written: str = ""
    """Its parameters as a hash takes them, once they are complete."""
    fed: tuple[Value, ...] = field(init=False, repr=False, compare=False)
    """Everything this node is fed, port by port."""

    def __post_init__(self) -> None:
        self.fed = tuple(
            value for arg in self.args if arg is not None for value in (arg if isinstance(arg, tuple) else (arg,))
        )


@dataclass(slots=True)
class Item:
    """A node of a graph after binding: a leaf, or one scope per repetition of a group."""

    id: str
    path: str
    at: Place
    inputs: dict[str, tuple[Value, ...]]
    outputs: dict[str, Value]
    leaves: list[BoundNode] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    group: str | None = None
    generator: str | None = None
    repeat: int | None = None
    bypassed: bool = False
    all: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    """Outputs that give several values: those of every repetition."""
    muted: bool = False
    """Left out: muted, or fed only by what is."""


@dataclass(frozen=True, slots=True)
class Home:
    """What the nodes of a graph may name: the groups of the design, or those that a generator made with them.

    `names` is what every expression there may use.
    """

    groups: Mapping[str, Group]
    names: dict[str, Any]
    keys: Mapping[str, str] | None = None

    def key(self, group: str) -> str:
        """What a group is called in a bound design: by its name, or a made one by the key of its content."""
        return self.keys[group] if self.keys is not None else group

    def of_made(self, made: Made) -> Home:
        """The home of what a generator made that was named here."""
        return Home(made.groups, {"facts": self.names["facts"]}, made.keys)


@dataclass(slots=True)
class Scope:
    """A graph opened: the design itself, or one instance of a group with its parameters' values.

    `group` is the group's name, or the key of one that a generator made; `graph` is its definition. An input that
    carries several values has its first in `inputs`, the others in `more`.
    """

    path: str
    group: str | None
    graph: Graph
    home: Home
    params: dict[str, Any]
    inputs: dict[str, Value]
    outputs: dict[str, Value] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    more: dict[str, tuple[Value, ...]] = field(default_factory=dict)

    def given(self, name: str) -> tuple[Value, ...]:
        """All values of an input."""
        return (self.inputs[name], *self.more.get(name, ()))


@dataclass(slots=True)
class BoundInput:
    """An input of the design with its dims known."""

    name: str
    kind: str
    spec: Spec | None


@dataclass(slots=True)
class Bound:
    """A design with every expression resolved: its leaves in running order, its scopes as a tree, its faults."""

    design: Design
    facts: dict[str, dict[str, Any]]
    variables: dict[str, Any]
    inputs: list[BoundInput]
    nodes: list[BoundNode]
    outputs: dict[str, Value]
    root: Scope
    issues: list[Issue]
    ties: list[Tie] = field(default_factory=list)
    """Between single parameters, each to one that is tied to no other."""
    auxiliary: dict[str, tuple[Value, float]] = field(default_factory=dict)
    """Outputs that only training asks for, and what their loss counts."""

    @property
    def errors(self) -> list[Issue]:
        """The faults that keep the design from being built."""
        return [issue for issue in self.issues if issue.severity == "error"]

    @property
    def leaves(self) -> list[BoundNode]:
        """The nodes that become modules: live, not bypassed."""
        return [node for node in self.nodes if node.live and not node.bypassed]

    @property
    def trained(self) -> list[BoundNode]:
        """The leaves, and those that only training needs."""
        return [node for node in self.nodes if (node.live or node.training) and not node.bypassed]

    @property
    def live_ties(self) -> list[Tie]:
        """The ties between leaves."""
        spare = tuple(f"{node.path}." for node in self.nodes if node.training)
        return [tie for tie in self.ties if not (tie.param.startswith(spare) or tie.to.startswith(spare))]

    @property
    def collected(self) -> dict[str, Collected]:
        """What training takes besides the outputs, by `path.port` or `output.NAME`: a tensor each."""
        found = {
            f"{leaf.path}.{port.name}": Collected(Value(leaf.index, at, None), port.role)
            for leaf in self.trained
            for at, port in enumerate(leaf.entry.outputs)
            if port.role != "data"
        }
        outputs = {
            f"output.{name}": Collected(value, "data", weight) for name, (value, weight) in self.auxiliary.items()
        }
        return found | outputs


@dataclass(frozen=True, slots=True)
class Collected:
    """A value that training takes: a loss, a metric or an aux as its port says, data where it is an output itself."""

    value: Value
    role: Role
    weight: float = 1.0


UNKNOWN = Value(-1_000_000, 0, None)
"""What flows where nothing is connected, or where it cannot be known."""

ABSENT = Value(-1_000_001, 0, None)
"""What flows out of a muted node, and out of what only muted nodes feed: nothing, on purpose."""
