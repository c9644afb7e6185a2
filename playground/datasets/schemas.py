"""What the datasets API takes and gives; the browser's types are generated from these."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from playground.web.labels import Find, Labels, LabelsIn

Json = dict[str, Any]
Filename = Annotated[str, Field(min_length=1, max_length=255)]
Title = Annotated[str, Field(max_length=200)]


class Progress(Schema):
    """How far the upload or the check is: bytes, or files and rows of the total."""

    done: int = 0
    total: int = 0
    text: str = ""


class DatasetRow(Labels):
    id: str
    name: str
    builtin: bool
    state: str
    reason: str
    kind: str
    task: str
    size: int
    received: int
    progress: Progress | None
    train_size: int | None
    test_size: int | None
    classes: int | None
    created: datetime | None
    runs: int
    url: str


class DatasetDetail(DatasetRow):
    filename: str
    version: str
    help: str
    facts: dict[str, Json]
    counts: dict[str, dict[str, int]]
    columns: list[Json]
    notes: list[str]
    options: Json
    # A form for `options`: the reader's parameters as a JSON schema.
    options_schema: Json | None


class UploadIn(Schema):
    filename: Filename
    size: Annotated[int, Field(ge=0)]
    name: Title = ""
    options: Json = {}


class UploadOut(Schema):
    id: str
    state: str
    size: int
    received: int
    part_bytes: int


class ChangeIn(LabelsIn):
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    options: Json | None = None


class DatasetFind(Find):
    """Of one state."""

    state: Literal["uploading", "checking", "ready", "refused"] | None = None


class Sample(Schema):
    index: int | None = None
    image: str | None = None
    text: str | None = None
    row: Json | None = None
    label: str | None = None
    value: float | None = None


class Preview(Schema):
    split: str
    items: list[Sample]
