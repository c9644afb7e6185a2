"""What the designs API takes and gives; the browser's types are generated from these."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from playground.web.labels import Labels, LabelsIn

Json = dict[str, Any]
# What something was and what it is now; null where it is not there.
Pair = Annotated[list[Any], Field(min_length=2, max_length=2)]
Batch = Annotated[int, Field(ge=1, le=65_536)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Filename = Annotated[str, Field(min_length=1, max_length=300)]


class Total(Schema):
    params: int
    trainable_params: int
    # Those that one position uses: of experts, the picked ones.
    active_params: int = 0
    macs: int
    weight_bytes: int
    activation_bytes: int
    # The most that one inference holds at once.
    peak_activation_bytes: int


class TensorInfo(Schema):
    shape: list[int] | None
    dtype: str | None


class PlaceOut(Schema):
    group: str | None
    node: str


class FixOut(Schema):
    at: PlaceOut
    path: str
    params: Json
    label: str = ""


class IssueOut(Schema):
    path: str
    port: str | None = None
    param: str | None = None
    at: PlaceOut | None = None
    code: str
    severity: str = "error"
    message: str
    remedy: str = ""
    fix: FixOut | None = None


class PartOut(Schema):
    """`family` is that of the registered block it is, or empty."""

    id: str
    title: str
    family: str


class InsideOut(Schema):
    parts: list[PartOut]
    edges: list[dict[str, str]]


class PaperRef(Schema):
    """A paper of the catalogue; its page is `/papers/{id}`."""

    id: str
    title: str


class BlockHelp(Schema):
    formula: list[str]
    inside: InsideOut | None
    papers: list[PaperRef]


class GenerateIn(Schema):
    generator: str
    params: Json = {}


class GenerateOut(Schema):
    """`key` names the group that stands for the whole; in `groups` nodes name other groups by their keys."""

    key: str
    groups: dict[str, Json]


class TransformIn(Schema):
    """`transform` is one of the registry's, `params` are what its form takes."""

    design: Json
    transform: str
    params: Json = {}
    dataset: str | None = None


class TransformOut(Schema):
    """The design that was made, which is not stored, and what the one given and this one cost."""

    design: Json
    before: Total
    after: Total


class AnalyzeIn(Schema):
    design: Json
    dataset: str | None = None
    facts: dict[str, Json] | None = None
    variables: Json | None = None
    batch: Batch = 1


class CompareIn(Schema):
    """Two documents; the data set's facts hold for both."""

    before: Json
    after: Json
    dataset: str | None = None


class Difference(Schema):
    """What one graph has and the other has not; a change is `{part: [before, after]}`, params as `params.NAME`."""

    class Nodes(Schema):
        added: list[str]
        removed: list[str]
        changed: dict[str, dict[str, Pair]]

    class Edges(Schema):
        added: list[list[str]]
        removed: list[list[str]]

    nodes: Nodes | None = None
    edges: Edges | None = None
    ends: dict[str, Pair] | None = None


class GroupDifference(Difference):
    state: Literal["added", "removed", "changed"]
    params: dict[str, Pair] | None = None


class DesignDifference(Difference):
    groups: dict[str, GroupDifference] = {}
    variables: dict[str, Pair] = {}
    facts: dict[str, Pair] = {}
    ties: Pair | None = None
    # By the path that is named: what differs there from the definition.
    overrides: dict[str, Pair] = {}


class CompareOut(Schema):
    """The difference, and what each of the two costs; figures of a design with faults are what could be counted."""

    changes: DesignDifference
    before: Total
    after: Total


class NodeReport(Schema):
    """A leaf has `block`, a group `group`; `repeat` is set where a node stands for a chain.

    What a generator made has its `generator`, and for a group the key of its content.
    """

    block: str | None = None
    group: str | None = None
    generator: str | None = None
    repeat: int | None = None
    inputs: dict[str, TensorInfo | list[TensorInfo]] = {}
    outputs: dict[str, TensorInfo] = {}
    resolved: Json = {}
    params: int = 0
    trainable_params: int = 0
    active_params: int = 0
    macs: int = 0
    weight_bytes: int = 0
    activation_bytes: int = 0
    receptive_field: list[float] | str | None = None
    bypassed: bool = False
    muted: bool = False
    live: bool = True
    # Not live, but needed where the network is trained.
    training: bool = False


class DimensionOut(Schema):
    """Something that may vary: a variable with a domain, or (then with a place) a choice node."""

    name: str
    # How many values; null where it is continuous.
    count: int | None
    at: PlaceOut | None
    used: bool
    # It matters under some settings only.
    conditional: bool


class SpaceOut(Schema):
    """The search space. `size` counts different settings without the continuous ones: digits, or 1.234e+56."""

    size: str
    # False: the size is a bound from above.
    exact: bool
    dimensions: list[DimensionOut]


class AnalyzeOut(Schema):
    hash: str | None
    batch: int
    total: Total
    # One forward of one sample on this machine, estimated; null until the machine's rates are known.
    latency_ms: float | None
    # The node that runs when most memory is held.
    peak_at: str | None
    inputs: dict[str, Json]
    outputs: dict[str, TensorInfo]
    facts: dict[str, Json]
    variables: Json
    space: SpaceOut | None
    nodes: dict[str, NodeReport]
    uncounted: list[dict[str, str]]
    errors: list[IssueOut]
    notes: list[str]
    measured_ms: float


class RatesOut(Schema):
    """A machine's speed in one forward, as measured on small networks."""

    macs_per_s: float
    bytes_per_s: float
    operation_s: float
    device: str
    threads: int


class MeasuredRun(Schema):
    id: str
    name: str
    url: str


class LatencyOut(Schema):
    """What a run measured before it trained: one forward of a batch. `hash` is the version's on the data asked for."""

    p50_ms: float
    p95_ms: float
    batch: int
    backend: str
    device: str
    threads: int | None
    measured: datetime
    version: int
    hash: str | None
    run: MeasuredRun


class LatencyList(Schema):
    items: list[LatencyOut]


class CodeIn(Schema):
    design: Json
    dataset: str | None = None


class CodeSpan(Schema):
    """Lines of the file that are about a node, counted from 1: where it is made, or where it runs."""

    path: str
    start: int
    end: int


class CodeOut(Schema):
    python: str
    html: str
    spans: list[CodeSpan]


class ProfileIn(Schema):
    """A design, the data whose facts it follows, and how many samples go through at once."""

    design: Json
    dataset: str | None = None
    batch: Annotated[int, Field(ge=1, le=4096)] = 1


class NodeCostOut(Schema):
    """Median milliseconds of one node, and the bytes of its outputs that are not its inputs in another shape."""

    ms: float
    bytes: int


class ProfileOut(Schema):
    """Repeated forwards of one batch, whole and node by node, by the node's path.

    `busy`: so many trainings ran on this installation meanwhile, which makes times longer.
    """

    batch: int
    p50_ms: float
    p95_ms: float
    samples_per_s: float
    runs: int
    nodes: dict[str, NodeCostOut]
    device: str
    threads: int
    busy: int


class ZooOut(Schema):
    id: str
    title: str
    family: str
    help: str
    task: str | None
    source: Json | None
    papers: list[PaperRef]
    tags: list[str]
    variables: list[str]
    params: int | None
    macs: int | None
    hash: str | None
    picture: str


class ZooDetail(ZooOut):
    design: Json


class DesignIn(Schema):
    design: Json
    name: Name | None = None
    zoo: str = ""


class DesignCreated(Schema):
    id: str
    name: str
    version: int
    hash: str
    draft_number: int


class DesignRow(Labels):
    id: str
    name: str
    version: int | None
    hash: str
    params: int | None
    macs: int | None
    zoo: str
    runs: int
    has_draft: bool
    created: datetime
    updated: datetime
    url: str
    picture: str


class DraftOut(Schema):
    number: int
    design: Json | None


class DesignDetail(Labels):
    id: str
    name: str
    zoo: str
    version: int | None
    hash: str
    design: Json
    draft: DraftOut
    created: datetime
    updated: datetime
    url: str


class ImportProblem(Schema):
    """An operator that no block stands for; `node` is the design's node in its place."""

    op: str
    name: str
    reason: str
    node: str
    message: str


class WeightCount(Schema):
    tensors: int
    numbers: int


class ImportOut(Schema):
    """The design is not stored yet; the weights can be kept once it is, if `problems` is empty."""

    design: Json
    notes: list[str]
    problems: list[ImportProblem]
    weights: WeightCount


class WeightsKept(Schema):
    """The run that holds a model's weights."""

    run: str
    name: str
    url: str


class DesignChange(LabelsIn):
    name: Name | None = None


class DuplicateIn(Schema):
    """Without a version, what the editor would open is copied; without a name, the design's own and "copy"."""

    version: int | None = None
    name: Annotated[str, Field(max_length=200)] = ""


class DraftIn(Schema):
    design: Json
    base: Annotated[int, Field(ge=0)]


class DraftSaved(Schema):
    number: int


class VersionIn(Schema):
    design: Json
    name: Annotated[str, Field(max_length=200)] = ""
    base: Annotated[int | None, Field(description="The number of the draft this may replace; any, if left out.")] = None


class VersionSaved(Schema):
    version: int
    hash: str
    name: str
    draft_number: int


class VersionRow(Schema):
    version: int
    name: str
    hash: str
    params: int | None
    macs: int | None
    author: str | None
    runs: int
    created: datetime


class VersionDetail(VersionRow):
    design: Json
