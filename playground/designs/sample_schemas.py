"""What a sample on its way through a design is asked with and answered by."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from .schemas import Json


class SampleIn(Schema):
    """Which sample goes through; with `run` at the weights of its best or last checkpoint, else at fresh ones."""

    design: Json
    dataset: str
    split: Literal["train", "test"] = "train"
    index: Annotated[int, Field(ge=0)] = 0
    run: str | None = None
    checkpoint: Literal["best", "last"] = "best"
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class ActivationOut(Schema):
    """One value: figures over the finite numbers of the sample.

    `zeros` is a share; `nan` and `inf` are counts; `dead` of `channels` are zero for all samples that went along.
    `picture` is a PNG as a data URI, `caption` what it shows.
    """

    shape: list[int]
    dtype: str
    axes: list[str]
    mean: float | None
    std: float | None
    min: float | None
    max: float | None
    zeros: float
    nan: int
    inf: int
    channels: int | None
    dead: int | None
    picture: str | None
    caption: str


class SampledPorts(Schema):
    """Which of `values` each port of a node has."""

    inputs: dict[str, int]
    outputs: dict[str, int]


class MarkOut(Schema):
    """A remarkable node and why; `origin` where it begins there and has not come in."""

    path: str
    kind: Literal["nan", "inf", "exploding", "dead"]
    message: str
    origin: bool


class SampledInput(Schema):
    """What an input of the design sees of the sample."""

    image: str | None = None
    text: str | None = None


class SampledItem(Schema):
    """The sample: its picture (a data URI), text or row, and the class or value that is wanted."""

    index: int
    size: int
    image: str | None = None
    text: str | None = None
    row: Json | None = None
    label: str | None = None
    value: float | None = None
    inputs: dict[str, SampledInput]


class FieldOut(Schema):
    """What of the sample's image the middle of the last map, that of node `path`, depends on, as a picture (data URI).

    Half of it lies in a square of `half` pixels of the image's `height` × `width`.
    """

    path: str
    picture: str
    half: int
    height: int
    width: int


class SampleOut(Schema):
    """`samples` went through together, the chosen one and others by which dead channels are known."""

    values: list[ActivationOut]
    nodes: dict[str, SampledPorts]
    inputs: dict[str, int]
    outputs: dict[str, int]
    marks: list[MarkOut]
    sample: SampledItem
    answer: Json | None
    field: FieldOut | None
    samples: int
    weights: Literal["untrained", "trained"]
    seed: int | None
    seconds: float
    notes: list[str]


class SampleProgress(Schema):
    what: str | None = None
    done: int | None = None
    total: int | None = None
