from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from playground.accounts.models import User
from playground.designs.models import Design, DesignVersion
from playground.runs.models import Run, State


@pytest.fixture
def make_run() -> Callable[..., Run]:
    """Makes a run with its owner, design and version; nothing is started."""

    def make(name: str = "run", owner: str = "ada", state: State = State.QUEUED, **fields: Any) -> Run:
        user, _ = User.objects.get_or_create(username=owner)
        design, _ = Design.objects.get_or_create(owner=user, name="small")
        version, _ = DesignVersion.objects.get_or_create(
            design=design, number=1, defaults={"document": {}, "hash": "0"}
        )
        fields = {"builtin": "digits", "dataset_name": "digits", "recipe": {}, **fields}
        return Run.objects.create(owner=user, name=name, design_version=version, state=state, **fields)

    return make
