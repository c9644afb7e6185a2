"""What the runs API takes and gives; the browser's types are generated from these."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from playground.web.labels import Find, Labels, LabelsIn

Json = dict[str, Any]
RunKind = Literal["train", "check", "import", "profile"]
Backend = Literal["eager", "onnxruntime"]
Checkpoint = Literal["best", "last"]
Verdict = Literal["confirmed", "not confirmed", "inconclusive"]
RunState = Literal["queued", "running", "lost", "done", "failed", "cancelled"]


class DesignRef(Schema):
    """`url` is null while the design is in the trash."""

    id: str
    name: str
    version: int
    url: str | None


class DatasetRef(Schema):
    """`url` is null while the data set is in the trash."""

    id: str
    name: str
    url: str | None


class CheckRef(Schema):
    paper: str
    name: str


class RunProgress(Schema):
    step: int | None = None
    total_steps: int | None = None
    epoch: float | None = None
    total_epochs: float | None = None
    eta_s: float | None = None


class Fault(Schema):
    """Why a run failed, and what to do about it."""

    message: str
    remedy: str = ""


class RunRow(Labels):
    id: str
    kind: RunKind
    name: str
    state: RunState
    # What was asked for: `cancel` while a running run is being stopped.
    desired: str
    # Of all but a check.
    design: DesignRef | None
    # Of a training.
    dataset: DatasetRef | None
    task: str
    # Of a check.
    check: CheckRef | None
    progress: RunProgress
    metrics: Json
    best_accuracy: float | None
    device: str
    error: Fault | None
    created: datetime
    started: datetime | None
    finished: datetime | None
    seconds: float
    owner: str
    last_seq: int
    url: str


class RunChange(LabelsIn):
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class RunFind(Find):
    """Of one state or kind, of one design, of one data set."""

    state: RunState | None = None
    kind: RunKind | None = None
    design: str | None = None
    dataset: str | None = None


class WeightsIn(Schema):
    """Weights of a run to begin with. With `strict` false, tensors that do not fit the design begin fresh."""

    run: str
    checkpoint: Checkpoint = "best"
    strict: bool = True


class WeightsRef(WeightsIn):
    """Where a training's first weights come from; `url` is null where that run is gone."""

    name: str
    url: str | None


class RunDetail(RunRow):
    # What it began with; null for fresh weights.
    weights: WeightsRef | None
    recipe: Json
    result: Json | None
    latency: Json | None
    threads: int | None
    attempt: int
    resumable: bool
    # Runs before it in the queue, while it waits.
    ahead: int | None
    demos: list[str]


class Measure(Schema):
    """The figure by which the run's task compares, on test data, and which way is better."""

    name: str
    value: float | None
    better: Literal["max", "min"]
    # Of the best checkpoint, after the end; else what is known so far.
    final: bool


class Costs(Schema):
    """What a network costs on the run's data: one sample, batch 1.

    `memory_bytes` is its weights and the most that one inference holds beside them.
    """

    params: int
    macs: int
    weight_bytes: int
    memory_bytes: int


class ComparedRun(RunRow):
    measure: Measure | None
    # Null where the design has faults on that data.
    costs: Costs | None
    latency: Json | None
    threads: int | None
    # With every default filled in.
    recipe: Json
    # The curves it has.
    series: list[str]


class ComparedRuns(Schema):
    items: list[ComparedRun]
    # Ids that were asked for and are no trainings of yours (any more).
    missing: list[str]


class Series(Schema):
    """One curve, thinned out on the server where it is long: the mean of some points, with their least and greatest."""

    steps: list[int]
    values: list[float | None]
    low: list[float | None] | None = None
    high: list[float | None] | None = None


class ComparedCurve(Schema):
    run: str
    # The run's last sequence number when it was read.
    seq: int
    # The series that was asked for and `samples_per_s`, where the run has them.
    series: dict[str, Series]


class ComparedCurves(Schema):
    items: list[ComparedCurve]


class Reason(Schema):
    """Why a run waits, as a word and in a sentence, and what helps."""

    code: Literal[
        "maintenance",
        "no_disk",
        "no_redis",
        "no_worker",
        "measuring",
        "starting",
        "needs_idle",
        "behind_measuring",
        "behind",
        "busy",
    ]
    message: str
    remedy: str = ""


class QueueRow(RunRow):
    # From 1, among everybody's; null while it runs.
    place: int | None
    # Since when it waits; null while it runs.
    queued: datetime | None
    priority: int
    reason: Reason | None
    # Seconds until it will probably start; null where nobody knows how long what comes before it takes.
    starts_s: float | None


class QueueOut(Schema):
    """Your runs that run or wait, in the order in which they are taken, and what works on them."""

    items: list[QueueRow]
    # Everybody's.
    waiting: int
    slots: int
    busy: int
    # Null where Redis does not answer.
    workers: int | None


class MoveIn(Schema):
    # Another waiting run of yours; null puts it behind all of them.
    before: str | None


class PriorityIn(Schema):
    priority: Annotated[int, Field(ge=-100, le=100)]


class RunIn(Schema):
    design_id: str
    # The version to train; without it `design` (which is saved first), else the draft, else the newest version.
    version: int | None = None
    design: Json | None = None
    dataset: str
    recipe: Json | str = "standard"
    name: Annotated[str, Field(max_length=200)] = ""
    weights: WeightsIn | None = None


class WeightsFor(Schema):
    """A design, stored or sent, and the data it is to be trained on."""

    design_id: str | None = None
    version: int | None = None
    design: Json | None = None
    dataset: str


class WeightsRow(Schema):
    """A run whose weights fit, or most of whose do; `fresh` names the first tensors that would begin fresh."""

    run: str
    name: str
    kind: RunKind
    # Of its design.
    version: int
    # Whether that is the design itself that was asked about.
    own: bool
    checkpoints: list[Checkpoint]
    best_accuracy: float | None
    fits: bool
    tensors: int
    fitting: int
    fresh: list[str]


class WeightsList(Schema):
    items: list[WeightsRow]


class EstimateIn(Schema):
    design_id: str | None = None
    version: int | None = None
    design: Json | None = None
    dataset: str
    recipe: Json | str = "standard"


class EstimateOut(Schema):
    """What training would take. `memory_bytes` is an estimate for the whole process; time is measured."""

    memory_bytes: int
    limit_bytes: int
    fits: bool
    seconds_per_epoch: float | None = None
    seconds: float | None = None
    samples_per_s: float | None = None
    steps_per_epoch: int | None = None
    device: str | None = None
    notes: list[str] = []


class RerunIn(Schema):
    """What is to differ from the run that is repeated; anything left out stays."""

    version: int | None = None
    design: Json | None = None
    dataset: str | None = None
    recipe: Json | str | None = None
    name: Annotated[str, Field(max_length=200)] = ""
    # Null begins with fresh ones; left out, with those that the run began with.
    weights: WeightsIn | None = None


class ProfileRunIn(Schema):
    """What to measure: a design (stored, by version or sent) bound to a data set's facts, or the model of a run.

    Each backend at each batch, up to `repeats` times after `warmup` that do not count. Without `threads` as many as
    the work can use; `auto` is a GPU where there is one, for PyTorch; onnxruntime computes on the CPU.
    """

    design_id: str | None = None
    version: int | None = None
    design: Json | None = None
    dataset: str | None = None
    run: str | None = None
    batches: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)] = [1, 8]
    backends: Annotated[list[Backend], Field(min_length=1)] = ["eager", "onnxruntime"]
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    repeats: Annotated[int, Field(ge=1)] = 200
    warmup: Annotated[int, Field(ge=1, le=100)] = 3
    device: Literal["auto", "cpu"] = "auto"
    name: Annotated[str, Field(max_length=200)] = ""


class ProfileForm(Schema):
    """The most that a profile may take: how many batch sizes, samples at once, forwards that count, seconds for each
    measurement, and the threads there are."""

    most_batches: int
    most_samples: int
    most_repeats: int
    seconds: float
    threads: int


class RunCreated(Schema):
    id: str
    version: int
    url: str


class NodeFigures(Schema):
    """One node in one training step.

    Norms of its gradients (before clipping) and weights, what the step changed over what there was, and the share of
    units that were zero for the whole batch. What was no number is null, and named.
    """

    gradient: float | None = None
    weight: float | None = None
    update: float | None = None
    dead: float | None = None
    nonfinite: list[str] = []


class NodesOut(Schema):
    """The newest look, by node path; `step` is null before the first."""

    step: int | None
    nodes: dict[str, NodeFigures]


class ArtifactRow(Schema):
    name: str
    size: int
    step: int | None
    created: datetime
    url: str


class ArtifactList(Schema):
    items: list[ArtifactRow]
