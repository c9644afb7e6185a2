"""A run, what it said, its curves and its files. Writes of a running run go through `lease` and `journal`."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from playground.web.owned import Owned, OwnedQuerySet, new_pid, owned_indexes


class Kind(models.TextChoices):
    TRAIN = "train"
    # A check of what a paper says: an engine that measures, and ends with a verdict.
    CHECK = "check"
    # A model made elsewhere: its weights, kept. It is done when it is made.
    IMPORT = "import"
    # How long a design or a run's model takes, on each backend and batch, as a whole and per node.
    PROFILE = "profile"


# They measure time: nothing else runs on their machine meanwhile.
ALONE = (Kind.CHECK, Kind.PROFILE)


class State(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    # Its worker has not been heard of for a while; it goes on by itself, or is queued again.
    LOST = "lost"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


HELD = (State.RUNNING, State.LOST)
ACTIVE = (State.QUEUED, *HELD)
ENDED = (State.DONE, State.FAILED, State.CANCELLED)


class Desired(models.TextChoices):
    RUN = "run"
    CANCEL = "cancel"


class RunQuerySet(OwnedQuerySet):
    def active(self) -> RunQuerySet:
        """Queued, running or lost: not at an end."""
        return self.filter(state__in=ACTIVE)

    def verdicts(self) -> RunQuerySet:
        """Checks that came to a verdict. What they found is for everybody, whoever asked; the runs are not."""
        return self.filter(kind=Kind.CHECK, state=State.DONE, result__isnull=False, trashed__isnull=True)


class Run(Owned):
    """One training of one design version on one data set by one recipe; one check of a paper; one model from
    elsewhere; or one profile of a design version.

    Of a check, `recipe` says where data lies that it names, and `result` is what it found. Of a profile, `recipe` says
    what is measured, and with which facts of data. `weights` says which those are that a training begins with, or whose
    model is measured, null where they are fresh: `run`, its `name`, `checkpoint`, `strict`. The run has them in its own
    files.

    `fence` numbers the claims: whoever writes must hold the newest. `last_seq` counts the run's events and is the
    sequence number that browsers follow. `checkpoint` points at files below `runs/<pid>/`, written before it.
    """

    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.TRAIN)
    name = models.CharField(max_length=200)
    # Of all but a check.
    design_version = models.ForeignKey(
        "designs.DesignVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="runs"
    )
    # Of a check: the ids of both in the catalogue.
    paper = models.CharField(max_length=100, blank=True, default="")
    check_name = models.CharField(max_length=100, blank=True, default="")
    # Either an uploaded data set or the id of a built-in one.
    dataset = models.ForeignKey(
        "datasets.Dataset", null=True, blank=True, on_delete=models.PROTECT, related_name="runs"
    )
    builtin = models.CharField("built-in data", max_length=100, blank=True, default="")
    dataset_name = models.CharField(max_length=200, blank=True, default="")
    recipe = models.JSONField(default=dict)
    weights = models.JSONField("weights begun with", null=True, blank=True)

    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED, db_index=True)
    desired = models.CharField(max_length=16, choices=Desired.choices, default=Desired.RUN)
    queue = models.CharField(max_length=32, default="runs")
    priority = models.SmallIntegerField(default=0)
    queued = models.DateTimeField(auto_now_add=True)
    # The queue goes by it: when it was queued, unless its owner has put others of theirs before it or behind it. They
    # swap places, so that nobody else waits longer.
    place = models.DateTimeField(default=timezone.now)
    fence = models.PositiveIntegerField(default=0)
    beat = models.PositiveIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    # The number of the claim among all claims: whose turn was longest ago comes next.
    turn = models.PositiveBigIntegerField(default=0, db_index=True)
    worker = models.CharField(max_length=200, blank=True, default="")
    last_seq = models.PositiveBigIntegerField(default=0)
    checkpoint = models.JSONField(null=True, blank=True)

    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField("seconds of work", default=0.0)
    device = models.CharField(max_length=64, blank=True, default="")
    threads = models.PositiveSmallIntegerField(null=True, blank=True)
    progress = models.JSONField(default=dict, blank=True)
    metrics = models.JSONField("newest metrics", default=dict, blank=True)
    best_accuracy = models.FloatField(null=True, blank=True)
    latency = models.JSONField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)

    objects: Any = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-id"]
        indexes = [
            *owned_indexes("run"),
            models.Index(fields=["queue", "state", "-priority", "place"], name="run_next"),
            models.Index(fields=["kind", "paper", "check_name"], name="run_check"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to this run unless somebody asks."""
        return self.state in ENDED

    @property
    def resumable(self) -> bool:
        """Whether `resume` would go on with it."""
        return self.state in (State.FAILED, State.CANCELLED)


class RunEvent(models.Model):
    """What one flush wrote: the events `first_seq` to `last_seq` in order. Sequence numbers only grow."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="event_rows")
    first_seq = models.PositiveBigIntegerField()
    last_seq = models.PositiveBigIntegerField()
    body = models.JSONField()
    # Whether it holds more than measurements: those alone are in the chunks too, and old ones are dropped here.
    notable = models.BooleanField(default=True)

    class Meta:
        ordering = ["last_seq"]
        constraints = [models.UniqueConstraint(fields=["run", "last_seq"], name="runevent_seq")]
        indexes = [models.Index(fields=["run", "notable", "last_seq"], name="runevent_notable")]


class NodeState(models.Model):
    """What the newest look at a run's nodes saw, by node path; the looks before it are not kept."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="node_state")
    step = models.BigIntegerField()
    nodes = models.JSONField(default=dict)


class MetricChunk(models.Model):
    """Up to 1,024 consecutive points of one series, packed, with a summary of every 64.

    `steps` are int64 and `values` float64 in the machine's order of bytes (little-endian everywhere we run); a value
    that was NaN or infinite stays what it was. `summary` is a list of
    `[first_step, last_step, min, max, mean, finite points]`, one per 64 points.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chunks")
    series = models.CharField(max_length=100)
    number = models.PositiveIntegerField()
    count = models.PositiveSmallIntegerField(default=0)
    first_step = models.BigIntegerField()
    last_step = models.BigIntegerField()
    steps = models.BinaryField()
    values = models.BinaryField()
    summary = models.JSONField(default=list)

    class Meta:
        ordering = ["series", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "series", "number"], name="metricchunk_number")]


class Artifact(models.Model):
    """A file a run left behind, found by this row only: `runs/<run pid>/f<fence>/<name>`."""

    pid = models.CharField("id", max_length=16, unique=True, default=new_pid, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="artifacts")
    name = models.CharField(max_length=100)
    fence = models.PositiveIntegerField()
    size = models.BigIntegerField("bytes")
    step = models.BigIntegerField(null=True, blank=True)
    created = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="artifact_name")]

    def __str__(self) -> str:
        return self.name
