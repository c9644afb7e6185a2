from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from playground.accounts.models import User
from playground.designs import services
from playground.designs.models import Design, DesignVersion
from playground.runs.models import Run
from playground.web.errors import ApiError
from tests.playground.conftest import small_design

JSON = "application/json"


def create(client: Client, document: dict[str, Any], **more: Any) -> dict[str, Any]:
    response = client.post("/api/designs", {"design": document, **more}, content_type=JSON)
    assert response.status_code == 201, response.content
    return response.json()


def put_draft(client: Client, id: str, document: dict[str, Any], base: int) -> Any:
    return client.put(f"/api/designs/{id}/draft", {"design": document, "base": base}, content_type=JSON)


def save(client: Client, id: str, document: dict[str, Any], name: str = "") -> dict[str, Any]:
    response = client.post(f"/api/designs/{id}/versions", {"design": document, "name": name}, content_type=JSON)
    assert response.status_code == 201, response.content
    return response.json()


def test_a_new_design_has_version_one(client: Client, document: dict[str, Any]) -> None:
    made = create(client, document, zoo="lenet5")
    assert (made["name"], made["version"]) == ("small", 1)
    detail = client.get(f"/api/designs/{made['id']}").json()
    assert detail["design"] == document
    assert detail["draft"] == {"number": made["draft_number"], "design": None}
    assert detail["zoo"] == "lenet5"
    [row] = client.get("/api/designs").json()["items"]
    # 8 x 8 pixels to 4, and 4 to 10, with biases.
    assert row["params"] == 64 * 4 + 4 + 4 * 10 + 10
    assert row["macs"] == 64 * 4 + 4 * 10


def test_drafts_count_up_and_refuse_the_late(client: Client, document: dict[str, Any]) -> None:
    made = create(client, document)
    id, base = made["id"], made["draft_number"]
    first = put_draft(client, id, small_design(width=5), base)
    assert first.json() == {"number": base + 1}
    # A second tab that still has the old number.
    late = put_draft(client, id, small_design(width=6), base)
    assert late.status_code == 409
    details = late.json()["error"]["details"]
    assert details["number"] == base + 1
    assert details["draft"] == small_design(width=5)
    assert client.get(f"/api/designs/{id}").json()["draft"]["design"] == small_design(width=5)


def test_saving_a_version_takes_the_draft_away_and_outdates_other_tabs(
    client: Client, document: dict[str, Any]
) -> None:
    made = create(client, document)
    number = put_draft(client, made["id"], small_design(width=5), made["draft_number"]).json()["number"]
    saved = save(client, made["id"], small_design(width=5))
    assert saved["version"] == 2
    assert client.get(f"/api/designs/{made['id']}").json()["draft"] == {"number": saved["draft_number"], "design": None}
    assert put_draft(client, made["id"], small_design(width=6), number).status_code == 409


def test_a_version_does_not_replace_a_newer_draft(client: Client, document: dict[str, Any]) -> None:
    made = create(client, document)
    base = made["draft_number"]
    number = put_draft(client, made["id"], small_design(width=5), base).json()["number"]
    body = {"design": small_design(width=6), "name": "late", "base": base}
    late = client.post(f"/api/designs/{made['id']}/versions", body, content_type=JSON)
    assert late.status_code == 409
    assert late.json()["error"]["details"] == {"number": number, "draft": small_design(width=5)}
    saved = client.post(f"/api/designs/{made['id']}/versions", {**body, "base": number}, content_type=JSON)
    assert saved.status_code == 201


def test_saving_the_same_again_gives_the_same_version(client: Client, document: dict[str, Any]) -> None:
    made = create(client, document)
    assert save(client, made["id"], document)["version"] == 1
    named = save(client, made["id"], document, "start")
    assert (named["version"], named["name"]) == (1, "start")
    assert DesignVersion.objects.count() == 1


def test_versions_keep_their_documents(client: Client, document: dict[str, Any]) -> None:
    made = create(client, document)
    save(client, made["id"], small_design(width=9), "wider")
    listed = client.get(f"/api/designs/{made['id']}/versions").json()
    assert [(row["version"], row["name"]) for row in listed["items"]] == [(2, "wider"), (1, "")]
    assert listed["items"][0]["hash"] != listed["items"][1]["hash"]
    old = client.get(f"/api/designs/{made['id']}/versions/1").json()
    assert old["design"] == document
    assert client.get(f"/api/designs/{made['id']}/versions/9").status_code == 404


def test_equal_networks_have_equal_hashes_whatever_they_are_called(client: Client, document: dict[str, Any]) -> None:
    one = create(client, document)
    text = __import__("json").dumps(document).replace('"hidden', '"renamed')
    two = create(client, __import__("json").loads(text))
    assert one["hash"] == two["hash"] != ""


def test_a_design_with_faults_can_be_kept_but_has_no_hash(client: Client, document: dict[str, Any]) -> None:
    document["edges"] = document["edges"][:-2]
    assert create(client, document)["hash"] == ""


def test_a_document_that_is_none_is_refused_with_every_issue(client: Client, document: dict[str, Any]) -> None:
    document["nodes"][0]["colour"] = "red"
    document["nodes"][1]["id"] = "not an id"
    response = client.post("/api/designs", {"design": document}, content_type=JSON)
    assert response.status_code == 422
    assert len(response.json()["error"]["details"]) == 2
    assert Design.objects.count() == 0


def test_renaming_keeps_the_draft_in_step(client: Client, document: dict[str, Any]) -> None:
    made = create(client, document)
    number = put_draft(client, made["id"], small_design(width=5), made["draft_number"]).json()["number"]
    response = client.patch(f"/api/designs/{made['id']}", {"name": "  New \n name "}, content_type=JSON)
    detail = response.json()
    assert detail["name"] == "New name"
    assert detail["draft"]["design"]["name"] == "New name"
    # The open editor is not outdated by it.
    assert put_draft(client, made["id"], {**small_design(width=7), "name": "New name"}, number).status_code == 200


def test_a_copy_is_a_design_of_its_own(client: Client, document: dict[str, Any]) -> None:
    made = create(client, document)
    client.patch(f"/api/designs/{made['id']}", {"tags": ["b", "A"], "note": "why"}, content_type=JSON)
    put_draft(client, made["id"], small_design(width=9), made["draft_number"])
    copied = client.post(f"/api/designs/{made['id']}/duplicate", {}, content_type=JSON).json()
    assert copied["name"] == "small (copy)"
    detail = client.get(f"/api/designs/{copied['id']}").json()
    # What the editor would open, the draft, is its first version.
    assert detail["version"] == 1
    assert detail["design"]["nodes"][1]["params"]["out_features"] == 9
    assert (detail["tags"], detail["note"]) == (["b", "a"], "why")
    first = client.post(f"/api/designs/{made['id']}/duplicate", {"version": 1, "name": "old"}, content_type=JSON).json()
    assert first["name"] == "old"
    assert first["hash"] == made["hash"]
    missing = client.post(f"/api/designs/{made['id']}/duplicate", {"version": 7}, content_type=JSON)
    assert missing.status_code == 404


def test_what_is_trained_is_the_version_that_says_the_same(user: User, document: dict[str, Any]) -> None:
    design = services.create(user, document)
    moved = {**document, "nodes": [{**node, "position": {"x": 5, "y": 6}} for node in document["nodes"]]}
    assert services.version_to_train(design, user, document=moved).number == 1
    wider = services.version_to_train(design, user, document=small_design(width=8))
    assert wider.number == 2
    assert services.version_to_train(design, user, number=1).number == 1
    assert services.version_to_train(design, user).number == 2
    with pytest.raises(ApiError, match="no version 7"):
        services.version_to_train(design, user, number=7)


def test_the_draft_is_trained_when_nothing_else_is_said(user: User, document: dict[str, Any]) -> None:
    design = services.create(user, document)
    services.save_draft(design, small_design(width=8), design.draft_number)
    design.refresh_from_db()
    version = services.version_to_train(design, user)
    assert version.number == 2
    assert version.document == small_design(width=8)


def analyse(client: Client, document: dict[str, Any], **more: Any) -> dict[str, Any]:
    response = client.post("/api/analyze", {"design": document, **more}, content_type=JSON)
    assert response.status_code == 200, response.content
    return response.json()


def test_analysis_follows_the_facts_of_the_data(client: Client, document: dict[str, Any]) -> None:
    found = analyse(client, document, dataset="digits", batch=4)
    assert found["errors"] == []
    assert found["outputs"]["logits"]["shape"] == [10]
    assert found["nodes"]["hidden"]["resolved"]["in_features"] == 64
    assert "names" not in found["facts"]["label"]
    two = analyse(client, document, facts={"label": {"classes": 2}})
    assert two["outputs"]["logits"]["shape"] == [2]


def test_analysis_says_where_the_output_does_not_fit_the_data(client: Client, document: dict[str, Any]) -> None:
    document["nodes"][-1]["params"]["out_features"] = 7
    assert analyse(client, document)["errors"] == []
    [issue] = analyse(client, document, dataset="digits")["errors"]
    assert issue["path"] == "output"
    assert "10" in issue["message"]


def test_analysis_collects_faults(client: Client, document: dict[str, Any]) -> None:
    document["nodes"][1]["params"] = {"in_features": 3, "out_features": 4}
    errors = analyse(client, document)["errors"]
    assert errors[0]["path"] == "hidden"
    assert errors[0]["message"]


def test_code_is_python_and_highlighted(client: Client, document: dict[str, Any]) -> None:
    made = create(client, document)
    found = client.get(f"/api/designs/{made['id']}/code").json()
    compile(found["python"], "generated", "exec")
    assert "nn.Linear" in found["python"]
    assert '<span class="k">class</span>' in found["html"]
    lines = found["python"].splitlines()
    assert len(found["html"].splitlines()) == len(lines)
    about = {}
    for span in found["spans"]:
        about.setdefault(span["path"], []).append(lines[span["start"] - 1].strip())
        assert span["start"] <= span["end"] <= len(lines)
    assert about["hidden"] == ["self.hidden = nn.Linear(64, 4)", "x = self.hidden(x)"]
    assert about["head"] == ["self.head = nn.Linear(4, 10)", "return self.head(x)"]
    same = client.post("/api/code", {"design": document}, content_type=JSON).json()
    assert same == found


def test_code_of_a_broken_design_is_refused_with_its_issues(client: Client, document: dict[str, Any]) -> None:
    document["nodes"][1]["params"] = {"in_features": 3, "out_features": 4}
    response = client.post("/api/code", {"design": document}, content_type=JSON)
    assert response.status_code == 422
    assert response.json()["error"]["details"][0]["path"] == "hidden"


def test_lists_take_a_fixed_number_of_queries(
    client: Client, user: User, django_assert_num_queries: Any, document: dict[str, Any]
) -> None:
    def fill(count: int) -> None:
        for _ in range(count):
            design = services.create(user, document)
            version = design.versions.get()
            Run.objects.create(owner=user, name="r", design_version=version, builtin="digits")

    fill(1)
    # Session, user, count, keys, page.
    with django_assert_num_queries(5):
        client.get("/api/designs")
    fill(5)
    with django_assert_num_queries(5):
        assert len(client.get("/api/designs").json()["items"]) == 6
    pid = Design.objects.first().pid
    with django_assert_num_queries(5):
        client.get(f"/api/designs/{pid}/versions")


def test_search_by_name(client: Client) -> None:
    create(client, small_design("wide net"))
    create(client, small_design("deep net"))
    assert [row["name"] for row in client.get("/api/designs?q=WIDE").json()["items"]] == ["wide net"]


def test_zero_bytes_are_refused(client: Client, document: dict[str, Any]) -> None:
    document["description"] = "a\0b"
    response = client.post("/api/designs", {"design": document}, content_type=JSON)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "bad_request")
    assert not Design.objects.exists()
