"""What a run says, event by event: documentation of the API and of the socket, from which the browser's types are made.

Every event has `type`, `t` (Unix seconds) and, once stored, `seq`. A number that was NaN or infinite is null, and
`nonfinite` names it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from .schemas import RunState, Series, Verdict


class Base(Schema):
    # A newer engine may say more; a browser passes over what it does not know.
    model_config = ConfigDict(extra="allow")

    t: float | None = None
    seq: int | None = None
    nonfinite: list[str] | None = None


class StateEvent(Base):
    """The run was queued, claimed, lost or found again; `reason` in words."""

    type: Literal["state"]
    state: RunState
    reason: str = ""
    attempt: int | None = None


class StartEvent(Base):
    """An engine begins: what it will do and on what."""

    type: Literal["start"]
    total_steps: int | None = None
    total_epochs: float | None = None
    steps_per_epoch: int | None = None
    device: str
    threads: int | None = None
    params: int
    facts: dict[str, Any] = {}
    train_size: int | None = None
    test_size: int | None = None
    notes: list[str] = []


class LatencyEvent(Base):
    """The network's time for one batch, in ms, measured before training."""

    type: Literal["latency"]
    batch: int
    backend: str
    p50_ms: float
    p95_ms: float


class MetricsEvent(Base):
    """Values at a step, by the names of their series: `train/loss`, `test/accuracy`, `lr`, `samples_per_s`, ..."""

    type: Literal["metrics"]
    step: int
    epoch: float | None = None
    values: dict[str, float | None]


class NodesEvent(Base):
    """The nodes were looked at after this step; `/runs/{id}/nodes` has what was seen."""

    type: Literal["nodes"]
    step: int


class ProgressEvent(Base):
    """How far it is, and the seconds it will probably take yet."""

    type: Literal["progress"]
    step: int
    total_steps: int | None = None
    epoch: float | None = None
    eta_s: float | None = None


class LogEvent(Base):
    """A line for people."""

    type: Literal["log"]
    level: str
    message: str


class CheckpointEvent(Base):
    """A checkpoint is on the disk; `best` when it is the best so far by the task's metric."""

    type: Literal["checkpoint"]
    step: int
    epoch: float | None = None
    file: str
    best: bool
    metric: float | None = None


class RewindEvent(Base):
    """The run goes on from this step: points after it are measured again, and are to be dropped."""

    type: Literal["rewind"]
    step: int


class SetEvent(Base):
    """A setting was changed while the run went on; it holds from this step."""

    type: Literal["set"]
    step: int
    lr: float


class SampleEvent(Base):
    """Text that a language model wrote."""

    type: Literal["sample"]
    text: str
    step: int | None = None


class ResultEvent(Base):
    """The end's figures on the test data."""

    type: Literal["result"]
    metrics: dict[str, Any]
    seconds: float | None = None
    samples_per_s: float | None = None
    onnx: str | None = None


class CheckEvent(Base):
    """A check of a paper begins; `doc` is what it says."""

    type: Literal["check"]
    paper: str
    check: str
    level: str
    doc: str


class VerdictEvent(Base):
    """What a check found, in its words and figures, and on what machine."""

    type: Literal["verdict"]
    paper: str
    check: str
    level: str
    verdict: Verdict
    figure: str
    seeds: list[int] = []
    seconds: float
    measured: str
    machine: dict[str, Any] = {}
    versions: dict[str, str] = {}


class ProfileEvent(Base):
    """All is measured; the run's `result` has it."""

    type: Literal["profile"]


class ErrorEvent(Base):
    """Why it failed, and what to do about it."""

    type: Literal["error"]
    message: str
    remedy: str | None = None


class EndEvent(Base):
    """Nothing more will come, unless the run is resumed."""

    type: Literal["end"]
    state: RunState


class ResetEvent(Base):
    """On the socket only: too far behind; load a snapshot and go on from its number."""

    type: Literal["reset"]


Event = Annotated[
    StateEvent
    | StartEvent
    | LatencyEvent
    | MetricsEvent
    | NodesEvent
    | ProgressEvent
    | LogEvent
    | CheckpointEvent
    | RewindEvent
    | SetEvent
    | SampleEvent
    | ResultEvent
    | CheckEvent
    | VerdictEvent
    | ProfileEvent
    | ErrorEvent
    | EndEvent
    | ResetEvent,
    Field(discriminator="type"),
]


class MetricsOut(Schema):
    """`reset` says that `series` replaces what the caller has; otherwise `events` continue it after `after`."""

    seq: int
    reset: bool
    series: dict[str, Series] = {}
    events: list[Event] = []
