from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from playground.accounts.models import User
from playground.demos.models import Demo
from playground.runs import artifacts
from playground.runs.models import Run

JSON = "application/json"


def publish(client: Client, run: Run, title: str = "") -> Any:
    return client.post("/api/demos", {"run": run.pid, "title": title}, content_type=JSON)


def predict(client: Client, slug: str, **body: Any) -> Any:
    return client.post(f"/api/demos/{slug}/predict", body, content_type=JSON)


@pytest.fixture
def slug(client: Client, finished: Any) -> str:
    return publish(client, finished("digits")).json()["slug"]


def png(size: tuple[int, int], mode: str = "L") -> str:
    buffer = io.BytesIO()
    Image.new(mode, size, 255).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def test_publishing_gives_a_page(client: Client, finished: Any) -> None:
    response = publish(client, finished("digits"), "  My \n digits ")
    assert response.status_code == 201
    slug = response.json()["slug"]
    detail = client.get(f"/api/demos/{slug}").json()
    assert (detail["title"], detail["widget"], detail["task"]) == ("My digits", "draw", "image_classification")
    assert detail["input"]["height"] == detail["input"]["width"] == 8
    assert detail["labels"] == list("0123456789")
    assert detail["metrics"] == {"accuracy": 0.9}


def test_publishing_twice_gives_the_same(client: Client, finished: Any) -> None:
    run = finished("digits")
    assert publish(client, run).json() == publish(client, run).json()
    assert Demo.objects.count() == 1


@pytest.mark.parametrize(("state", "status"), [("queued", 409), ("running", 409), ("lost", 409), ("cancelled", 201)])
def test_only_what_has_ended_is_published(client: Client, finished: Any, state: str, status: int) -> None:
    run = finished("digits")
    Run.objects.update(state=state)
    assert publish(client, run).status_code == status


def test_a_run_without_an_exported_model_is_refused_with_the_reason(client: Client, finished: Any) -> None:
    run = finished("digits")
    run.artifacts.filter(name="model.onnx").delete()
    response = publish(client, run)
    assert response.status_code == 409
    assert "exported model" in response.json()["error"]["message"]
    assert Demo.objects.count() == 0


def test_a_damaged_model_is_refused(client: Client, finished: Any) -> None:
    run = finished("digits")
    (artifacts.attempt_folder(run.pid, 1) / "model.onnx").write_bytes(b"not a model")
    assert publish(client, run).status_code == 409


def test_test_data_is_mostly_answered_right(client: Client, slug: str) -> None:
    items = client.get(f"/api/demos/{slug}/samples?n=20").json()["items"]
    assert len(items) == 20
    answers = [predict(client, slug, image=item["image"]).json() for item in items]
    right = sum(item["label"] == answer["predictions"][0]["label"] for item, answer in zip(items, answers, strict=True))
    assert right >= 16
    first = answers[0]
    assert sum(item["probability"] for item in first["predictions"]) == pytest.approx(1, abs=1e-6)
    assert 0 < first["latency_ms"] <= first["total_ms"]


def test_base64_with_and_without_its_head(client: Client, slug: str) -> None:
    item = client.get(f"/api/demos/{slug}/samples?n=1").json()["items"][0]
    plain = predict(client, slug, image=item["image"].partition(",")[2]).json()
    assert plain["predictions"] == predict(client, slug, image=item["image"]).json()["predictions"]


def test_only_so_many_answers_as_asked_for(client: Client, slug: str) -> None:
    item = client.get(f"/api/demos/{slug}/samples?n=1").json()["items"][0]
    assert len(predict(client, slug, image=item["image"], top=3).json()["predictions"]) == 3


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "seven"},
        {"image": "%%%"},
        {"image": ""},
        {"image": "data:image/png,xyz"},
        {"image": base64.b64encode(b"no picture").decode()},
        {"image": png((12_000, 12_000), "1")},
        {"image": png((8, 8)), "top": 0},
    ],
    ids=["nothing", "another field", "no base64", "empty", "no base64 uri", "no picture", "a bomb", "top"],
)
def test_bad_input_is_refused_in_words(client: Client, slug: str, body: dict[str, Any]) -> None:
    response = predict(client, slug, **body)
    assert response.status_code == 422, response.content
    assert len(response.json()["error"]["message"]) > 10


def test_a_table(client: Client, finished: Any) -> None:
    slug = publish(client, finished("rows")).json()["slug"]
    detail = client.get(f"/api/demos/{slug}").json()
    assert detail["widget"] == "form"
    assert [field["name"] for field in detail["input"]["fields"]] == ["width", "colour"]
    assert detail["input"]["fields"][1]["values"] == ["blue", "red"]
    answer = predict(client, slug, row={"width": 9, "colour": "red"}).json()
    assert {item["label"] for item in answer["predictions"]} == {"small", "large"}
    refused = predict(client, slug, row={"width": 9, "colour": "green"})
    assert refused.status_code == 422
    assert "colour" in refused.json()["error"]["message"].lower()


def test_text_goes_on(client: Client, finished: Any) -> None:
    slug = publish(client, finished("text")).json()["slug"]
    assert client.get(f"/api/demos/{slug}").json()["widget"] == "generate"
    answer = predict(client, slug, prompt="the quick", length=12, temperature=0).json()
    assert answer["predictions"] == []
    assert len(answer["text"].encode()) >= 12
    again = predict(client, slug, prompt="the quick", length=12, temperature=0).json()
    assert again["text"] == answer["text"]
    assert predict(client, slug, prompt="x", length=10_000).status_code == 422


def test_a_resumed_run_is_served_anew(client: Client, finished: Any) -> None:
    run = finished("digits")
    slug = publish(client, run).json()["slug"]
    item = client.get(f"/api/demos/{slug}/samples?n=1").json()["items"][0]
    assert predict(client, slug, image=item["image"]).status_code == 200
    # Another attempt, which left nothing to serve.
    Run.objects.filter(pk=run.pk).update(fence=2)
    run.artifacts.all().delete()
    assert predict(client, slug, image=item["image"]).status_code == 409


def test_deleting_a_demo_keeps_its_run(client: Client, slug: str) -> None:
    assert client.delete(f"/api/demos/{slug}").status_code == 204
    assert client.get(f"/api/demos/{slug}").status_code == 404
    assert Run.objects.count() == 1


def test_a_prediction_takes_few_queries(client: Client, slug: str, django_assert_num_queries: Any) -> None:
    item = client.get(f"/api/demos/{slug}/samples?n=1").json()["items"][0]
    predict(client, slug, image=item["image"])
    # Session, user, demo with its run.
    with django_assert_num_queries(3):
        predict(client, slug, image=item["image"])


def test_the_list_takes_a_fixed_number_of_queries(
    client: Client, user: User, finished: Any, django_assert_num_queries: Any
) -> None:
    run = finished("digits")
    for title in ("one", "two", "three"):
        Demo.objects.create(owner=user, run=run, title=title)
    # Session, user, count, keys, page.
    with django_assert_num_queries(5):
        found = client.get("/api/demos").json()
    assert [item["title"] for item in found["items"]] == ["three", "two", "one"]


def test_whoever_has_a_link_may_ask_and_is_answered_as_its_owner(client: Client, slug: str) -> None:
    made = client.post("/api/links", {"kind": "demo", "id": slug}, content_type=JSON)
    token = made.json()["url"].rsplit("/", 1)[1]
    image = client.get(f"/api/demos/{slug}/samples?n=1").json()["items"][0]["image"]
    answer = Client().post(f"/api/shared/{token}/predict", {"image": image}, content_type=JSON)
    assert answer.status_code == 200
    assert answer.json()["predictions"] == predict(client, slug, image=image).json()["predictions"]
