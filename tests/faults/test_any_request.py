"""Requests that nobody wrote by hand, to a real web process: no fault of ours, no answer but what the API promises."""

from __future__ import annotations

import os
import socket
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks

from playground.accounts.models import User
from playground.accounts.services import create_token
from playground.api import api
from playground.designs import services as designs
from tests.conftest import World, wait_for
from tests.playground.conftest import small_design

CASES = 5_000 if os.environ.get("BLOCKYARD_TEST_ALL") == "1" else 400
"""Over all operations, half of them signed in."""
CHECKS = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
)


@pytest.fixture
def site(world: World) -> str:
    """A web process without workers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    rates = {f"BLOCKYARD_RATE_{name}": "off" for name in ("SIGNIN", "UPLOAD", "ANALYZE", "PREDICT")}
    options = ("--host", "127.0.0.1", "--port", str(port), "--lifespan", "off", "--log-level", "warning")
    world.spawn("-m", "uvicorn", "playground.asgi:application", *options, **rates)

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/signin").status_code == 200
        except httpx.TransportError:
            return False

    wait_for(answers, 60)
    return f"http://127.0.0.1:{port}"


def known(user: User) -> dict[str, list[str]]:
    """Names that stand for something, for the parameters of paths."""
    design = designs.create(user, small_design())
    return {"id": [design.pid, "digits", "lenet5", "relu", "mamba"], "number": ["1"], "name": ["counts", "model.onnx"]}


def test_the_api_keeps_its_word(site: str, world: World) -> None:
    user = User.objects.create_user("ada", password="a long enough password")
    names = known(user)
    token = {"Authorization": f"Bearer {create_token(user, 'any')[1]}"}
    schema = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/"))
    operations = [one.ok() for one in schema.get_all_operations()]
    assert len(operations) > 60
    each = max(1, CASES // (2 * len(operations)))
    found: dict[int, int] = {}

    def ask(case: Any, data: st.DataObject, headers: dict[str, str]) -> None:
        for name in case.path_parameters or {}:
            if data.draw(st.booleans(), "a name that is known"):
                case.path_parameters[name] = data.draw(st.sampled_from(names.get(name, ["x"])), name)
        response = case.call(base_url=site, headers=headers, timeout=60)
        found[response.status_code] = found.get(response.status_code, 0) + 1
        case.validate_response(response, checks=CHECKS)
        if not headers:
            assert response.status_code >= 400, "answered without signing in"

    limits = settings(max_examples=each, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    for operation in operations:
        for headers in (token, {}):
            cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in GenerationMode])
            limits(given(cases, st.data(), st.just(headers))(ask))()
    print(found)
    assert found[200] > len(operations) / 4, "hardly anything was answered"
