"""What the papers API takes and gives; the browser's types are generated from these."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from playground.runs.schemas import Verdict

Level = Literal["exact", "small", "study"]
Status = Literal["confirmed", "not-confirmed", "inconclusive", "unmeasured", "identities"]


class Standing(Schema):
    """The result a paper's status stands on: that of the heaviest check that has one."""

    name: str
    level: Level
    verdict: Verdict
    figure: str
    stale: bool = Field(description="Whether the code it rests on has changed since.")


class PaperRow(Schema):
    id: str
    title: str
    authors: str
    year: int
    publication: str = Field(description="Where the paper is published; empty where that is not known.")
    family: str
    tags: list[str]
    doc: str = Field(description="What it is here, in a sentence or two.")
    claim: str = Field(description="What the paper says.")
    entries: list[str] = Field(description="What there is of it here, as `kind/id`.")
    kinds: list[str]
    status: Status
    stale: bool
    check: Standing | None
    url: str


class Finding(Schema):
    """What one check found, when, and on what."""

    verdict: Verdict
    figure: str
    values: dict[str, Any] = {}
    seeds: list[int] = []
    seconds: float
    measured: str = Field(description="Date and time, UTC.")
    machine: dict[str, Any] = {}
    versions: dict[str, str] = {}
    stale: bool


class CheckOut(Schema):
    name: str
    level: Level
    doc: str = Field(description="What it says.")
    minutes: float = Field(description="How long it takes, roughly; 0 for an exact one, which takes seconds.")
    data: list[str] = Field(description="Data sets it needs that are not built in.")
    result: Finding | None = Field(description="The project's own; exact checks have none, they run with every test.")
    here: Finding | None = Field(description="The newest on this site.")


class PaperDetail(PaperRow):
    notes: str = Field(description="What remains uncertain, or differs from the paper.")
    checks: list[CheckOut]


class CheckIn(Schema):
    data: dict[str, str] = Field({}, description="An id of your data sets for each name that the check needs.")


class CheckStarted(Schema):
    id: str = Field(description="Of the run: `/runs/{id}` has its state, `/runs/{id}/cancel` stops it.")
    url: str
