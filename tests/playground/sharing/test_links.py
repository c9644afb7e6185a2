"""What somebody with a link can see, and that it is nothing else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from playground.accounts.models import User
from playground.demos.models import Demo
from playground.designs import services as designs
from playground.designs.models import Design
from playground.runs.models import Artifact, Run
from playground.sharing.models import Link
from playground.trash import services as trash
from tests.playground.conftest import small_design

JSON = "application/json"
SECRETS = ("secret note", "secrettag", "/home/ada/", "secret draft")


@pytest.fixture
def world(user: User, built: None) -> dict[str, Any]:
    """A design, a run and a demo with what their owner keeps to herself."""
    design = designs.create(user, small_design())
    version = design.versions.get()
    Design.objects.update(note="secret note", tags=",secrettag,", draft={**small_design(), "name": "secret draft"})
    run = Run.objects.create(
        owner=user,
        name="training",
        design_version=version,
        builtin="digits",
        state="failed",
        note="secret note",
        tags=",secrettag,",
        error={"message": "no file /home/ada/x", "remedy": ""},
        result={"metrics": {"accuracy": 0.5}, "onnx": "/home/ada/model.onnx"},
    )
    Artifact.objects.create(run=run, name="run.json", fence=0, size=2)
    demo = Demo.objects.create(owner=user, run=run, title="shown", note="secret note")
    return {"design": design, "run": run, "demo": demo}


def make(client: Client, kind: str, row: Any, **more: Any) -> str:
    made = client.post("/api/links", {"kind": kind, "id": row.pid, **more}, content_type=JSON)
    assert made.status_code == 201, made.content
    return made.json()["url"].rsplit("/", 1)[1]


@pytest.mark.parametrize("kind", ["design", "run"])
def test_anybody_with_the_link_sees_it_and_nothing_its_owner_keeps(
    client: Client, world: dict[str, Any], kind: str
) -> None:
    token = make(client, kind, world[kind])
    assert not Link.objects.filter(digest=token).exists()
    visitor = Client()
    page = visitor.get(f"/s/{token}")
    assert page.status_code == 200
    assert (page["X-Robots-Tag"], page["Referrer-Policy"]) == ("noindex, nofollow", "no-referrer")
    assert "no-store" in page["Cache-Control"]
    answer = visitor.get(f"/api/shared/{token}")
    assert answer.json()["name"] == str(world[kind])
    for text in (page.content.decode(), answer.content.decode()):
        assert not [secret for secret in SECRETS if secret in text]
        # No id that leads further.
        assert not [row.pid for row in world.values() if row.pid in text]
    assert client.get(f"/api/links/{kind}/{world[kind].pid}").json()["items"][0]["seen"] is not None


def test_a_link_opens_nothing_else(client: Client, world: dict[str, Any], stranger: Client) -> None:
    token = make(client, "run", world["run"])
    visitor = Client()
    visitor.get(f"/s/{token}")
    run, design, demo = (world[kind].pid for kind in ("run", "design", "demo"))
    addresses = [f"/api/runs/{run}", f"/api/runs/{run}/metrics", f"/api/runs/{run}/artifacts/run.json"]
    addresses += [f"/api/designs/{design}", f"/api/demos/{demo}", "/api/runs", "/api/registry"]
    for address in addresses:
        assert visitor.get(address).status_code == 401, address
        assert visitor.get(address, headers={"Authorization": f"Bearer {token}"}).status_code == 401, address
        if world["run"].pid in address or design in address:
            assert stranger.get(address).status_code == 404, address
    # Of a run there is nothing to ask or to change.
    assert visitor.post(f"/api/shared/{token}/predict", {"text": "x"}, content_type=JSON).status_code == 404
    for method in ("put", "patch", "delete", "post"):
        assert getattr(visitor, method)(f"/api/shared/{token}", {}, content_type=JSON).status_code in (404, 405)
        assert getattr(visitor, method)(f"/s/{token}", {}, content_type=JSON).status_code in (403, 405)
    # Nor does it make its visitor somebody.
    assert "sessionid" not in visitor.cookies
    assert visitor.get("/runs/").status_code == 302


def test_a_link_ends(client: Client, world: dict[str, Any], user: User) -> None:
    visitor = Client()

    def works(token: str) -> bool:
        codes = {visitor.get(f"/s/{token}").status_code, visitor.get(f"/api/shared/{token}").status_code}
        assert len(codes) == 1
        return codes == {200}

    token = make(client, "design", world["design"], days=1)
    assert works(token)
    Link.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert not works(token)
    Link.objects.update(expires=None)
    trash.put(world["design"])
    assert not works(token)
    trash.restore(world["design"])
    assert works(token)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert not works(token)
    User.objects.filter(pk=user.pk).update(is_active=True)
    id = client.get(f"/api/links/design/{world['design'].pid}").json()["items"][0]["id"]
    assert client.delete(f"/api/links/{id}").status_code == 204
    assert not works(token)
    assert not works("made-up")


def test_a_demo_in_the_trash_with_its_run_is_not_shown(client: Client, world: dict[str, Any]) -> None:
    token = make(client, "demo", world["demo"])
    # The run left no model, which the page says without more.
    assert Client().get(f"/s/{token}").status_code == 409
    trash.put(world["run"])
    assert Client().get(f"/s/{token}").status_code == 404
    assert Client().post(f"/api/shared/{token}/predict", {"text": "x"}, content_type=JSON).status_code == 404


def test_links_are_their_owners(client: Client, stranger: Client, world: dict[str, Any]) -> None:
    make(client, "run", world["run"])
    pid = world["run"].pid
    assert stranger.get(f"/api/links/run/{pid}").status_code == 404
    assert stranger.post("/api/links", {"kind": "run", "id": pid}, content_type=JSON).status_code == 404
    assert stranger.delete(f"/api/links/{Link.objects.get().pid}").status_code == 404
    assert Link.objects.count() == 1


def test_a_shared_design_can_be_copied_by_who_is_signed_in(
    client: Client, stranger: Client, world: dict[str, Any], other: User
) -> None:
    token = make(client, "design", world["design"])
    body = json.dumps({"token": token})
    assert Client().post("/api/links/copy", body, content_type=JSON).status_code == 401
    made = stranger.post("/api/links/copy", body, content_type=JSON).json()
    copied = Design.objects.get(pid=made["id"])
    assert (copied.owner, copied.note, copied.tags) == (other, "", "")
    assert copied.versions.get().document["nodes"] == small_design()["nodes"]
    # A link to something else is no design.
    run = make(client, "run", world["run"])
    assert stranger.post("/api/links/copy", {"token": run}, content_type=JSON).status_code == 404
