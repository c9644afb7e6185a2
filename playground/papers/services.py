"""Checking a paper on this site: finding the data, queueing the run, and what such runs have found."""

from __future__ import annotations

import re
from typing import Any

from models_core import papers
from playground.accounts.models import User
from playground.datasets import services as datasets
from playground.datasets.models import Dataset
from playground.runs import services as runs
from playground.runs.models import ENDED, Kind, Run, State
from playground.web.errors import ApiError

from . import catalogue

MAX_FINDINGS = 200


def start(user: User, id: str, name: str, data: dict[str, str]) -> Run:
    """Queue a check of a paper. ApiError 404 for none of that name, 422 where data is missing that it needs."""
    entry = catalogue.find(id)
    check = next((one for one in entry.obj.checks(id) if one.name == name), None)
    if check is None:
        raise ApiError(404, "not_found", f"{entry.title} has no check {name!r}.", "name")
    places = {need: place(user, need, data.get(need, "")) for need in check.data}
    paper = (entry.source.title if entry.source else entry.title).partition(":")[0]
    title = f"{paper}: {name.replace('_', ' ')}"
    return runs.start_check(user, id, name, {need: pid for need, pid in places.items() if pid}, title)


def place(user: User, need: str, chosen: str = "") -> str:
    """The id of the data set of one's own that stands for what a check needs; empty where it is built in.

    Without a choice it is found by its name. ApiError 422 where there is none.
    """
    ready = Dataset.objects.visible_to(user).filter(state=Dataset.State.READY)
    if chosen:
        if not ready.filter(pid=chosen).exists():
            raise ApiError(422, "no_data", f"{chosen!r} is none of your data sets that are ready.", f"data.{need}")
        return chosen
    if datasets.builtin_entry(need) and datasets.open_builtin(need):
        return ""
    for row in ready:
        if _plain(need) in (_plain(row.name), _plain(row.filename.partition(".")[0])):
            return row.pid
    text = f"This check needs the data set {need}. Upload it under Data with that name, or choose one of yours."
    raise ApiError(422, "no_data", text, f"data.{need}")


def found_here(id: str) -> dict[str, dict[str, Any]]:
    """The newest result of each check of a paper on this site, whoever asked for it."""
    code = papers.fingerprint(catalogue.find(id))
    rows = Run.objects.verdicts().filter(paper=id).order_by("-finished").values_list("check_name", "result")
    newest: dict[str, dict[str, Any]] = {}
    for name, result in rows[:MAX_FINDINGS]:
        newest.setdefault(name, {**result, "stale": result.get("code") != code})
    return newest


def under_way(user: User, id: str) -> dict[str, Run]:
    """One's newest run of each check of a paper, where it has not come to a verdict."""
    newest: dict[str, Run] = {}
    for run in Run.objects.visible_to(user).filter(kind=Kind.CHECK, paper=id)[:MAX_FINDINGS]:
        newest.setdefault(run.check_name, run)
    return {name: run for name, run in newest.items() if run.state not in ENDED or run.state == State.FAILED}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
