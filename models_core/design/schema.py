"""The Design document: what people draw, as data.

Reading one checks its form alone. Whether its graph makes sense (names that exist, shapes that fit) is for
`models_core.compile.bind`, which collects every fault with its place.
"""

from __future__ import annotations

import json
import keyword
from typing import Annotated, Any, Literal, TypeVar

import pydantic
from pydantic import ConfigDict, Field
from torch import nn

from models_core.limits import LIMITS

from .issues import DesignError, Issue

FORMAT = "blockyard.design"
VERSION: Literal[4] = 4

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,64}$")]
RESERVED = frozenset(keyword.kwlist) | frozenset(dir(nn.Module()))
"""Ids that a node cannot have, because it becomes an attribute of a torch module."""
Text = Annotated[str, Field(max_length=LIMITS.text_chars)]
Expression = Annotated[str, Field(pattern=r"^=", max_length=LIMITS.expression_chars)]
T = TypeVar("T")
Few = Annotated[T, Field(max_length=LIMITS.list_items)]
"""A list or mapping of what people write by hand."""
Params = Few[dict[Annotated[str, Field(max_length=64)], Any]]


class _Part(pydantic.BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True, serialize_by_alias=True, allow_inf_nan=False)


class Position(_Part):
    """Where a node lies on the canvas, in pixels; no part of the meaning. What a hand has placed is `pinned`."""

    x: float
    y: float
    pinned: bool = False


class Alternative(_Part):
    """One thing a choice node can be."""

    block: str | None = None
    group: str | None = None
    generator: str | None = None
    params: Params = Field(default_factory=dict)


class Node(_Part):
    """One block, one instance of a group, what a generator makes, or a choice between several.

    A repeated node is a chain by its first input and its first output. Its input port `history` carries in each
    repetition all that came before: the chain's input, then what every earlier repetition gave, at the output of the
    same name where there is one, else at the first. An output of that name gives all of these outside, too.
    A bypassed node hands on what it gets; a muted one gives nothing, and what only it feeds is left out with it.
    """

    id: Id
    block: str | None = None
    group: str | None = None
    generator: str | None = None
    choice: Few[dict[Id, Alternative]] | None = None
    pick: Text | None = None
    params: Params = Field(default_factory=dict)
    repeat: int | Expression | None = None
    history: Id | None = None
    bypass: bool | Expression = False
    mute: bool | Expression = False
    position: Position | None = None
    label: Text | None = None

    @pydantic.model_validator(mode="after")
    def _one_of(self) -> Node:
        if sum(part is not None for part in (self.block, self.group, self.generator, self.choice)) != 1:
            raise ValueError("a node has exactly one of block, group, generator, choice")
        if self.id in ("input", "output"):
            raise ValueError("the ids input and output belong to the graph's own ends; choose another")
        if self.id in RESERVED:
            raise ValueError(f"the id {self.id} means something else to Python or PyTorch; choose another")
        return self


class Edge(_Part):
    """A wire from `node.port` to `node.port`; `input.NAME` and `output.NAME` are the graph's own ends."""

    from_: Annotated[str, Field(alias="from", pattern=r"^[A-Za-z0-9_]+\.[A-Za-z0-9_]+$")]
    to: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+\.[A-Za-z0-9_]+$")]

    @property
    def source(self) -> tuple[str, str]:
        node, _, port = self.from_.partition(".")
        return node, port

    @property
    def target(self) -> tuple[str, str]:
        node, _, port = self.to.partition(".")
        return node, port


class End(_Part):
    """A named port of a graph: an input of a group, or an output."""

    name: Id
    doc: Text | None = None
    position: Position | None = None


class Input(End):
    """An input of a design: its kind says which dims it has."""

    kind: str
    dims: dict[str, int | Expression] = Field(default_factory=dict)


class Output(End):
    """An output of a design. One with a weight is auxiliary: it is there for training alone, where the objective is
    taken of it too and counts so much (nothing at 0)."""

    weight: Annotated[float, Field(ge=0)] | Expression | None = None


class IntDomain(_Part):
    """Whole numbers from min to max."""

    type: Literal["int"]
    min: int
    max: int
    step: Annotated[int, Field(ge=1)] = 1


class FloatDomain(_Part):
    """Numbers from min to max."""

    type: Literal["float"]
    min: float
    max: float


class ChoiceDomain(_Part):
    """One of the listed values."""

    type: Literal["choice"]
    values: Annotated[Few[list[Any]], Field(min_length=1)]


Domain = Annotated[IntDomain | FloatDomain | ChoiceDomain, Field(discriminator="type")]


class Variable(_Part):
    """A named value of a design, and where it may vary, its domain; `when` says under which condition it matters."""

    value: Any
    doc: Text | None = None
    domain: Domain | None = None
    when: Expression | None = None


class GroupParam(_Part):
    """A parameter of a group and its default."""

    default: Any = None
    doc: Text | None = None


class Graph(_Part):
    """Nodes and the edges between them."""

    nodes: Annotated[list[Node], Field(max_length=LIMITS.nodes)] = Field(default_factory=list)
    edges: Annotated[list[Edge], Field(max_length=LIMITS.nodes * 4)] = Field(default_factory=list)
    outputs: Few[list[End]] = Field(default_factory=list)


class Group(Graph):
    """A sub-graph with parameters and ports, of which a design may hold many instances."""

    doc: Text | None = None
    params: Few[dict[Id, GroupParam]] = Field(default_factory=dict)
    inputs: Few[list[End]] = Field(default_factory=list)


class Tie(_Part):
    """Two parameters that are one: `param` is replaced by `to`; both are paths such as `head.weight`.

    A path may also end at a node: then all parameters inside are tied, each to its like. `*` stands for any one part of
    a path: `blocks.*.attn` to `blocks.0.attn`.
    """

    param: Text
    to: Text


class Override(_Part):
    """What is different at one instance: the node at a path such as `layer1.0.conv`, through groups and repetitions.

    `*` stands for any one part of a path. `params` are set besides those that the node has; with another block, group
    or generator in its place they are all there are, and its ports bear the same names. What is not named stays as it
    is. Where two overrides meet, the later one holds.
    """

    at: Annotated[str, Field(pattern=r"^([A-Za-z0-9_]+|\*)(\.([A-Za-z0-9_]+|\*))*$", max_length=LIMITS.text_chars)]
    params: Params = Field(default_factory=dict)
    bypass: bool | Expression | None = None
    mute: bool | Expression | None = None
    block: str | None = None
    group: str | None = None
    generator: str | None = None

    @property
    def replaces(self) -> bool:
        """Whether something else stands in the node's place."""
        return any(part is not None for part in (self.block, self.group, self.generator))

    @pydantic.model_validator(mode="after")
    def _one_of(self) -> Override:
        if sum(part is not None for part in (self.block, self.group, self.generator)) > 1:
            raise ValueError("an override puts at most one of block, group, generator in a node's place")
        if not (self.params or self.replaces or self.bypass is not None or self.mute is not None):
            raise ValueError(
                "an override changes nothing; give params, bypass, mute, or what stands in the node's place"
            )
        return self


Limit = Annotated[float, Field(gt=0)]


class Budget(_Part):
    """What the design may cost, by its author's will; no part of the meaning, exceeding it is shown, not refused."""

    params: Limit | None = None
    macs: Limit | None = None
    peak_activation_bytes: Limit | None = None
    latency_ms: Limit | None = None


class Ungrouped(_Part):
    """What an ungrouped node was, so that grouping its insides again gives the same back; no part of the meaning.

    `ids` has for each repetition the node that each node of the definition became. `definition` is kept where no
    other node stands for the group any more.
    """

    graph: Id | None = None
    node: Node
    ids: Annotated[list[dict[Id, Id]], Field(max_length=LIMITS.repeat)]
    definition: Group | None = None


class Design(Graph):
    """A neural network as a graph of blocks, without weights."""

    format: Literal["blockyard.design"] = "blockyard.design"
    version: Literal[4] = VERSION
    name: Text = "untitled"
    description: Text | None = None
    task: str | None = None
    inputs: Few[list[Input]] = Field(default_factory=list)
    outputs: Few[list[Output]] = Field(default_factory=list)  # type: ignore[assignment]  # the same, knowing more
    facts: Few[dict[Id, Few[dict[Id, Any]]]] = Field(default_factory=dict)
    variables: Annotated[dict[Id, Variable], Field(max_length=LIMITS.variables)] = Field(default_factory=dict)
    groups: Few[dict[Id, Group]] = Field(default_factory=dict)
    ties: Few[list[Tie]] = Field(default_factory=list)
    overrides: Few[list[Override]] = Field(default_factory=list)
    budget: Budget | None = None
    ungrouped: Few[list[Ungrouped]] = Field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The document as plain values; what holds its default is left out."""
        return {"format": FORMAT, "version": VERSION, **self.model_dump(mode="json", exclude_defaults=True)}


def read(document: str | bytes | dict[str, Any]) -> Design:
    """Read a Design from JSON text or from its plain values.

    Raises DesignError with every fault of form: no JSON, another format, an unknown version, wrong types.
    """
    from .migrations import migrate

    if isinstance(document, str | bytes):
        if len(document) > LIMITS.document_bytes:
            raise DesignError([Issue("", "too_large", f"a design may have {LIMITS.document_bytes:,} bytes of JSON")])
        try:
            document = json.loads(document)
        except (ValueError, RecursionError) as error:
            raise DesignError([Issue("", "no_json", f"this is not JSON: {error}")]) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        text = f'this is no Blockyard design: a design has "format": "{FORMAT}"'
        raise DesignError([Issue("", "foreign", text)])
    try:
        return Design.model_validate(migrate(document))
    except pydantic.ValidationError as error:
        raise DesignError([_issue(item) for item in error.errors()[:100]]) from None
    except RecursionError:
        raise DesignError([Issue("", "too_deep", "the document is nested too deeply")]) from None


def _issue(item: Any) -> Issue:
    where = ".".join(str(part) for part in item["loc"])
    return Issue(where, "bad_form", item["msg"].removeprefix("Value error, "))
