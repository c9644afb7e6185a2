"""What the demos API takes and gives; the browser's types are generated from these."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from playground.datasets.schemas import Sample
from playground.web import limits
from playground.web.labels import Labels, LabelsIn

Json = dict[str, Any]
Widget = Literal["draw", "image", "text", "form", "generate"]


class DemoIn(Schema):
    run: str
    title: Annotated[str, Field(max_length=200)] = ""


class DemoCreated(Schema):
    slug: str
    url: str


class RunRef(Schema):
    id: str
    name: str
    url: str


class DemoChange(LabelsIn):
    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class DemoRow(Labels):
    slug: str
    title: str
    run: RunRef
    design: str
    dataset: str
    created: datetime
    owner: str
    url: str


class DemoInput(Schema):
    """What the model takes, for the widget: a picture's size, the longest text, the columns of a form."""

    channels: int | None = None
    height: int | None = None
    width: int | None = None
    max_length: int | None = None
    fields: list[Json] = []


class DemoDetail(DemoRow):
    task: str
    widget: Widget
    input: DemoInput
    labels: list[str]
    metrics: Json
    predict_url: str


class PredictIn(Schema):
    """One of `image` (a data URI or base64 of an encoded picture), `text`, `row` (values by column), `prompt`."""

    image: Annotated[str, Field(max_length=limits.PREDICT_BYTES)] | None = None
    text: Annotated[str, Field(max_length=100_000)] | None = None
    row: Json | None = None
    prompt: Annotated[str, Field(max_length=2_000)] | None = None
    # For generated text: how many bytes to add, how freely, and which of the possible continuations.
    length: Annotated[int, Field(ge=1, le=512)] = 128
    temperature: Annotated[float, Field(ge=0, le=5)] = 0.8
    seed: Annotated[int, Field(ge=0, le=2**31)] = 0
    top: Annotated[int, Field(ge=1, le=1000)] = 10


class Prediction(Schema):
    label: str
    probability: float | None = None
    value: float | None = None


class PredictOut(Schema):
    """`latency_ms` is the network's own time for this one sample in onnxruntime, without decoding and transport."""

    predictions: list[Prediction] = []
    latency_ms: float
    # The whole time on the server, from the parsed request to the answer.
    total_ms: float
    value: float | None = None
    text: str | None = None


class Samples(Schema):
    items: list[Sample]
