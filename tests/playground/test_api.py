"""What holds for every operation of the API, whichever they are: walked from the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from playground.accounts.models import ApiToken, User
from playground.api import api
from playground.datasets.models import Dataset
from playground.demos.models import Demo
from playground.designs import services as designs
from playground.runs.models import Artifact, Run
from playground.sharing.models import Link
from tests.playground.conftest import small_design

OPEN = frozenset(
    {
        "registry",
        "rates",
        "block_help",
        "analyze",
        "compare",
        "code",
        "zoo_list",
        "zoo_get",
        "zoo_picture",
        "paper_list",
        "paper_get",
        "paper_check",
        "recipe_form",
        "me",
        "profile",
        "profile_form",
        "generate",
        "transform",
        "sample_progress",
        "design_tags",
        "run_tags",
        "dataset_tags",
        "demo_tags",
        "trash_empty",
        # A link's token is the permission; tests/playground/sharing has that.
        "link_copy",
    }
)
"""Operations that show the same to everyone, or to each themselves."""
# They pass over what is not one's own; tests/playground/runs/test_compare.py and test_queue.py have that.
CHOSEN = {"run_compare", "run_curves", "run_queue"}
LISTS = {"design_list", "dataset_list", "run_list", "demo_list", "token_list", "trash_list"}


# Behind a link nobody signs in; tests/playground/sharing/test_links.py has what it opens, and that it is nothing else.
BY_LINK = {"shared_get", "shared_predict"}


def operations() -> list[tuple[str, str, str]]:
    """Every operation as id, method and path."""
    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    found = [(op["operationId"], method.upper(), path) for path, ops in paths.items() for method, op in ops.items()]
    return [operation for operation in found if operation[0] not in BY_LINK]


OPERATIONS = operations()
IDS = [id for id, _, _ in OPERATIONS]


@pytest.fixture
def world(user: User) -> dict[str, str]:
    """One of everything, owned by ada; what to put into the paths."""
    design = designs.create(user, small_design())
    version = design.versions.get()
    dataset = Dataset.objects.create(owner=user, name="own", filename="own.csv", state="ready", size=9, received=9)
    run = Run.objects.create(owner=user, name="run", design_version=version, builtin="digits", state="done")
    Artifact.objects.create(run=run, name="run.json", fence=0, size=2)
    demo = Demo.objects.create(owner=user, run=run, title="demo")
    link = Link.objects.create(owner=user, digest="d", hint="h", run=run)
    away = Run.objects.create(owner=user, name="away", builtin="digits", state="done", trashed=timezone.now())
    token = ApiToken.objects.create(user=user, name="t", digest="d", hint="h")
    return {
        "design": design.pid,
        "dataset": dataset.pid,
        "run": run.pid,
        "demo": demo.pid,
        "token": token.pid,
        "trash": away.pid,
        "link": link.pid,
    }


def fill(path: str, world: dict[str, str]) -> str:
    """A path with ada's own ids."""
    kinds = {"designs": "design", "datasets": "dataset", "runs": "run", "tokens": "token", "trash": "trash"}
    kinds["links"] = "run" if "{kind}" in path else "link"
    path = path.replace("{kind}", "run")
    parts = path.strip("/").split("/")
    if path.startswith("/api/registry/"):
        path = path.replace("{id}", "relu")
    if "{id}" in parts:
        path = path.replace("{id}", world.get(kinds.get(parts[1], ""), "lenet5"))
    return path.replace("{slug}", world["demo"]).replace("{number}", "1").replace("{name}", "run.json")


def body_of(id: str, world: dict[str, str]) -> dict[str, Any] | None:
    document = small_design()
    bodies: dict[str, dict[str, Any]] = {
        "analyze": {"design": document},
        "code": {"design": document},
        "design_create": {"design": document},
        "design_change": {"name": "new"},
        "design_draft": {"design": document, "base": 1},
        "version_create": {"design": document},
        "upload_begin": {"filename": "a.csv", "size": 5},
        "dataset_change": {"name": "new"},
        "run_start": {"design_id": world["design"], "dataset": "digits", "recipe": "quick"},
        "run_estimate": {"design_id": world["design"], "dataset": "digits", "recipe": "quick"},
        "run_rerun": {},
        "profile_start": {"design_id": world["design"]},
        "run_move": {"before": None},
        "run_priority": {"priority": 1},
        "run_weights": {"design_id": world["design"], "dataset": world["dataset"]},
        "sample": {"design": document, "dataset": "digits", "run": world["run"]},
        "demo_publish": {"run": world["run"]},
        "link_create": {"kind": "run", "id": world["run"]},
        "demo_predict": {"text": "x"},
        "token_create": {"name": "new"},
    }
    return bodies.get(id)


def call(client: Client, id: str, method: str, path: str, world: dict[str, str], **extra: Any) -> Any:
    path = fill(path, world)
    if id == "upload_part":
        path += "?offset=0"
    if id == "version_weights":
        path += "?filename=a.onnx"
    if id == "dataset_upload":
        return client.generic("POST", path + "?filename=a.csv", b"a,label\n1,x\n", "text/csv", **extra)
    return client.generic(method, path, json.dumps(body_of(id, world) or {}), "application/json", **extra)


@pytest.mark.parametrize(("id", "method", "path"), OPERATIONS, ids=IDS)
def test_without_signing_in_everything_is_401(id: str, method: str, path: str, world: dict[str, str]) -> None:
    response = call(Client(enforce_csrf_checks=True), id, method, path, world)
    assert response.status_code == 401
    assert set(response.json()["error"]) >= {"code", "message", "where"}
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("id", "method", "path"), OPERATIONS, ids=IDS)
def test_a_session_needs_a_csrf_token_to_write(
    id: str, method: str, path: str, world: dict[str, str], user: User
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    response = call(client, id, method, path, world)
    if method == "GET":
        assert response.status_code != 403
    else:
        assert response.status_code == 403
        assert response.json()["error"]["code"] == "csrf"


OWNED = [operation for operation in OPERATIONS if operation[0] not in OPEN | CHOSEN | LISTS]


def names_an_object(id: str, path: str) -> bool:
    return "{" in path or id in (
        "run_start",
        "run_estimate",
        "run_weights",
        "profile_start",
        "sample",
        "demo_publish",
        "link_create",
    )


@pytest.mark.parametrize(
    ("id", "method", "path"), [op for op in OWNED if names_an_object(op[0], op[2])], ids=lambda value: str(value)
)
def test_anothers_object_is_404(
    id: str, method: str, path: str, world: dict[str, str], stranger: Client, django_assert_max_num_queries: Any
) -> None:
    before = [model.objects.count() for model in (Run, Dataset, Demo, ApiToken)]
    response = call(stranger, id, method, path, world)
    assert response.status_code == 404, response.content
    assert response.json()["error"]["code"] == "not_found"
    assert [model.objects.count() for model in (Run, Dataset, Demo, ApiToken)] == before


@pytest.mark.parametrize(
    ("id", "method", "path"), [op for op in OWNED if names_an_object(op[0], op[2])], ids=lambda value: str(value)
)
def test_ones_own_object_is_found(id: str, method: str, path: str, world: dict[str, str], client: Client) -> None:
    """The other half of the test above: it is not a wrong address that gives 404 there."""
    if id in ("run_estimate",):
        pytest.skip("starts an engine process; tested on its own")
    response = call(client, id, method, path, world)
    error = response.json()["error"] if response.status_code == 404 else None
    # The world's files do not exist on disk: only a download may miss them.
    assert response.status_code != 404 or id == "artifact_get", error
    assert response.status_code < 500


@pytest.mark.parametrize("id", sorted(LISTS))
def test_lists_show_ones_own_only(id: str, world: dict[str, str], stranger: Client, client: Client) -> None:
    path = next(path for operation, _, path in OPERATIONS if operation == id)
    own = client.get(path).json()
    others = stranger.get(path).json()
    key = "slug" if id == "demo_list" else "id"
    mine = {item[key] for item in own["items"]} & set(world.values())
    assert mine
    assert not mine & {item[key] for item in others["items"]}
    assert own["count"] == others["count"] + 1


def test_every_operation_is_of_one_of_the_kinds_above() -> None:
    loose = {id for id, _, path in OWNED if not names_an_object(id, path)}
    assert loose == {"design_create", "design_import", "upload_begin", "dataset_upload", "token_create"}


def test_anothers_data_is_404_in_bodies_too(world: dict[str, str], stranger: Client, other: User) -> None:
    mine = designs.create(other, small_design())
    for path, body in (
        ("/api/analyze", {"design": small_design(), "dataset": world["dataset"]}),
        ("/api/code", {"design": small_design(), "dataset": world["dataset"]}),
        ("/api/sample", {"design": small_design(), "dataset": world["dataset"]}),
        ("/api/profile", {"design": small_design(), "dataset": world["dataset"]}),
        ("/api/runs", {"design_id": mine.pid, "dataset": world["dataset"], "recipe": "quick"}),
        ("/api/runs/profile", {"design_id": mine.pid, "dataset": world["dataset"]}),
        ("/api/runs/profile", {"run": world["run"]}),
        ("/api/runs/estimate", {"design": small_design(), "dataset": world["dataset"], "recipe": "quick"}),
        ("/api/runs/weights", {"design": small_design(), "dataset": world["dataset"]}),
        (
            "/api/runs",
            {"design_id": mine.pid, "dataset": "digits", "recipe": "quick", "weights": {"run": world["run"]}},
        ),
    ):
        response = stranger.post(path, body, content_type="application/json")
        assert response.status_code == 404, path


PAGES = ["/designs/{design}", "/datasets/{dataset}", "/runs/{run}", "/d/{demo}"]


@pytest.mark.parametrize("page", PAGES)
def test_anothers_page_is_404(page: str, world: dict[str, str], stranger: Client) -> None:
    assert stranger.get(page.format(**world)).status_code == 404


# -- errors and limits --------------------------------------------------------------------------------------------


def error(response: Any) -> dict[str, Any]:
    assert response["Content-Type"] == "application/json"
    return response.json()["error"]


def test_an_address_that_is_not_there(client: Client) -> None:
    assert error(client.get("/api/nothing"))["code"] == "not_found"


def test_a_method_that_is_not_there(client: Client) -> None:
    response = client.put("/api/zoo")
    assert response.status_code == 405
    assert error(response)["code"] == "method_not_allowed"


def test_a_body_that_is_no_json(client: Client) -> None:
    response = client.generic("POST", "/api/analyze", b"{", "application/json")
    assert response.status_code == 400
    assert error(response)["code"] == "bad_request"


def test_a_body_of_the_wrong_type_says_where(client: Client) -> None:
    response = client.post("/api/analyze", {"design": {}, "batch": 0}, content_type="application/json")
    assert response.status_code == 422
    assert (error(response)["where"], error(response)["message"].split(":")[0]) == ("batch", "batch")


def test_a_fault_of_ours_has_the_shape_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("playground.designs.code.registry_json", broken)
    response = client.get("/api/registry")
    assert response.status_code == 500
    assert "secret detail" not in response.content.decode()
    assert error(response)["code"] == "internal"


@pytest.mark.parametrize("query", ["limit=0", "limit=1000", "offset=-1", "limit=x"])
def test_pages_have_limits(client: Client, query: str) -> None:
    assert client.get(f"/api/designs?{query}").status_code == 422


def test_pages_follow_each_other(client: Client, user: User) -> None:
    for index in range(5):
        designs.create(user, small_design(f"d{index}"))
    first = client.get("/api/designs?limit=2").json()
    second = client.get(f"/api/designs?limit=2&offset={first['next']}").json()
    last = client.get(f"/api/designs?limit=2&offset={second['next']}").json()
    names = [item["name"] for part in (first, second, last) for item in part["items"]]
    assert names == ["d4", "d3", "d2", "d1", "d0"]
    assert (first["count"], last["next"]) == (5, None)


def test_too_many_nodes_are_refused(client: Client) -> None:
    document = small_design()
    document["nodes"] = [{"id": f"n{index}", "block": "relu"} for index in range(5001)]
    response = client.post("/api/analyze", {"design": document}, content_type="application/json")
    assert response.status_code == 422
    assert error(response)["code"] == "bad_design"


# -- headers and documentation ------------------------------------------------------------------------------------


def test_every_answer_has_the_headers(client: Client) -> None:
    for path in ("/signin", "/api/users/me", "/api/nothing", "/nothing"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe-eval" not in headers["Content-Security-Policy"]


def test_the_policy_is_looser_under_admin_only(admin_client: Client) -> None:
    assert "unsafe-eval" in admin_client.get("/admin/").headers["Content-Security-Policy"]


def test_the_documentation_has_every_call(client: Client) -> None:
    html = client.get("/api/docs").content.decode()
    for path, methods in api.get_openapi_schema(path_prefix="/api/")["paths"].items():
        for call in methods.values():
            assert f'id="{call["operationId"]}"' in html
        assert f"<code>{path}</code>" in html
    assert "curl -H &quot;Authorization: Bearer $TOKEN&quot; http://testserver/api/registry/block/ID/help" in html
    assert "{&quot;design&quot;: {}}" in html
    assert "from 1 to 4,096" in html


def test_the_documentation_wants_a_session(db: None) -> None:
    assert Client().get("/api/openapi.json").status_code == 302


def test_openapi_command_prints_the_document(capsys: Any, run_command: Callable[..., None]) -> None:
    run_command("openapi")
    document = json.loads(capsys.readouterr().out)
    assert document["paths"]["/api/runs/{id}/metrics"]["get"]["operationId"] == "run_metrics"


@pytest.fixture
def run_command() -> Callable[..., None]:
    from django.core.management import call_command

    return call_command
