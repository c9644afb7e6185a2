"""Opening a model that was made elsewhere, with a real engine process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from models_core.compile import bind, build
from models_core.data import open_dataset, preprocess_for
from models_core.design import read
from models_core.export.onnx import export
from playground.accounts.models import User
from playground.designs import importing, samples
from playground.designs import services as designs
from playground.runs import artifacts, engine
from playground.runs.models import Kind, Run, State
from playground.web import limits
from tests.models_core.importing.graphs import file, node, values
from tests.playground.conftest import small_design

OCTETS, JSON = "application/octet-stream", "application/json"
PICTURES = ["n", 3, 8, 8]


def send(client: Client, data: bytes, filename: str = "net.onnx") -> Any:
    return client.post(f"/api/designs/import?filename={filename}", data, content_type=OCTETS)


def test_a_model_becomes_a_design_that_is_not_stored(client: Client, data_folder: Path) -> None:
    nodes = [node("Conv", "x w", "c"), node("Selu", "c", "s"), node("Flatten", "s")]
    answer = send(client, file(nodes, PICTURES, {"w": values(4, 3, 3, 3)}), "my%20net.onnx")
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert found["design"]["name"] == "my net"
    assert [one["block"] for one in found["design"]["nodes"]] == ["conv2d", "onnx.Selu", "flatten"]
    assert [(one["op"], one["node"]) for one in found["problems"]] == [("Selu", "selu")]
    assert found["weights"] == {"tensors": 1, "numbers": 4 * 3 * 3 * 3}
    assert client.get("/api/designs").json()["count"] == 0
    assert not (data_folder / "runs").exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "no ONNX file"), (b'{"format": 1}', "no ONNX file"), (file([node("Relu", "x")], [3]), "no dim of samples")],
)
def test_a_file_that_is_none_is_refused_in_words(client: Client, data: bytes, said: str, data_folder: Path) -> None:
    answer = send(client, data, "--out")
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "bad_file"
    assert said in error["message"]
    assert error["message"].startswith(("This is no ONNX file", "Input x (3)"))
    assert str(data_folder) not in error["message"]
    assert not list((data_folder / "incoming").iterdir())


def test_what_takes_too_long_or_too_much_is_ended(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = engine.Outcome(-9, 120.0, timed_out=True)
    monkeypatch.setattr(engine, "run_command", lambda *args, **kwargs: slow)
    assert "120 s" in send(client, b"x").json()["error"]["message"]
    full = engine.Outcome(1, 1.0, ["MemoryError"])
    monkeypatch.setattr(engine, "run_command", lambda *args, **kwargs: full)
    assert "of memory" in send(client, b"x").json()["error"]["message"]


def test_only_so_many_are_read_at_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(importing._places, "acquire", lambda timeout: False)
    answer = send(client, b"x")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "busy")


def test_it_needs_somebody_signed_in(db: None) -> None:
    assert send(Client(), b"x").status_code == 401


# -- weights that are kept ------------------------------------------------------------------------------------------

LAYERS = [node("Flatten", "x", "f"), node("Gemm", "f w b", "y", transB=1)]
LINEAR = file(LAYERS, ["n", 1, 8, 8], {"w": values(10, 64), "b": values(10)})


def saved(client: Client, data: bytes) -> str:
    """The design that a file becomes, saved; its id."""
    return client.post("/api/designs", {"design": send(client, data).json()["design"]}, content_type=JSON).json()["id"]


def keep(client: Client, design: str, data: bytes, number: int = 1) -> Any:
    address = f"/api/designs/{design}/versions/{number}/weights?filename=net.onnx"
    return client.post(address, data, content_type=OCTETS)


def test_weights_are_kept_as_a_run_that_samples_and_trainings_take(client: Client, stranger: Client) -> None:
    id = saved(client, LINEAR)
    answer = keep(client, id, LINEAR)
    assert answer.status_code == 201, answer.content
    run = client.get(f"/api/runs/{answer.json()['run']}").json()
    assert (run["kind"], run["state"], run["name"]) == ("import", "done", "Weights of net")
    assert (run["dataset"], run["task"], run["best_accuracy"], run["progress"]["step"]) == (None, "", None, None)
    assert run["design"]["version"] == 1
    counts = {"file": "net.onnx", "tensors": 2, "numbers": 650, "onnx": None, "metrics": {}}
    assert run["result"] == counts
    said = client.get(f"/api/runs/{run['id']}/metrics").json()["events"]
    assert said[0]["message"] == "650 weights in 2 tensors, read from net.onnx"
    files = {row["name"]: row for row in client.get(f"/api/runs/{run['id']}/artifacts").json()["items"]}
    assert set(files) == {"best.safetensors", "design.json", "run.json", "source.onnx"}
    assert b"".join(client.get(files["source.onnx"]["url"]).streaming_content) == LINEAR
    # What the file computes is what a sample at these weights gives.
    document = client.get(f"/api/designs/{id}").json()["design"]
    question = {"design": document, "dataset": "digits", "split": "test", "index": 3, "run": run["id"]}
    try:
        found = client.post("/api/sample", question, content_type=JSON).json()
    finally:
        samples.helper().close()
        samples.helper.cache_clear()
    assert found["weights"] == "trained"
    # A training begins with them; nobody else's does.
    body = {"design_id": id, "dataset": "digits", "recipe": "quick", "weights": {"run": run["id"]}}
    assert client.post("/api/runs", body, content_type=JSON).status_code == 201
    assert keep(stranger, id, LINEAR).status_code == 404
    assert client.get(f"/api/runs/{run['id']}/rerun").status_code == 405
    again = client.post(f"/api/runs/{run['id']}/rerun", {}, content_type=JSON)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "no_training")
    for act in ("resume", "cancel"):
        assert client.post(f"/api/runs/{run['id']}/{act}").status_code == 409
    # Nobody said how samples are prepared, so nothing of it is served.
    assert client.post("/api/demos", {"run": run["id"]}, content_type=JSON).json()["error"]["code"] == "no_model"
    assert client.delete(f"/api/runs/{run['id']}").status_code == 204


def test_a_model_that_was_exported_here_can_be_published_again(client: Client, tmp_path: Path) -> None:
    design = read(small_design())
    digits = open_dataset("digits", tmp_path)
    bound = bind(design, {"label": {"classes": 10}, "image": {"channels": 1}})
    export(build(bound).eval(), bound, tmp_path / "net.onnx", preprocess_for(digits, bound))
    data = (tmp_path / "net.onnx").read_bytes()
    run = client.get(f"/api/runs/{keep(client, saved(client, data), data).json()['run']}").json()
    assert run["result"]["onnx"] == "model.onnx"
    demo = client.post("/api/demos", {"run": run["id"]}, content_type=JSON)
    assert demo.status_code == 201, demo.content
    shown = client.get(f"/api/demos/{demo.json()['slug']}").json()
    assert (shown["title"], shown["dataset"], len(shown["labels"])) == ("small", "", 10)
    assert client.get(f"/api/demos/{demo.json()['slug']}/samples").json() == {"items": []}


def test_what_is_no_model_of_that_version_leaves_nothing(
    client: Client, user: User, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = saved(client, LINEAR)
    other = designs.create(user, small_design())
    odd = file([node("Selu", "x", "s"), node("Flatten", "s")], [2, 8])
    for design, data, said in (
        (other.pid, LINEAR, "The weights are not those of version 1: it is another network."),
        (id, odd, "It is no model yet"),
        (id, b"", "no ONNX file"),
    ):
        answer = keep(client, design, data)
        assert answer.status_code == 422, answer.content
        assert said in answer.json()["error"]["message"]
        assert str(data_folder) not in answer.json()["error"]["message"]
    renamed = send(client, LINEAR).json()["design"]
    renamed = json.loads(json.dumps(renamed).replace('"linear', '"head').replace('"block": "head', '"block": "linear'))
    version = client.post(f"/api/designs/{id}/versions", {"design": renamed}, content_type=JSON).json()["version"]
    assert "none of the weights fits" in keep(client, id, LINEAR, version).json()["error"]["message"]
    assert keep(client, id, LINEAR, 9).status_code == 404
    monkeypatch.setattr(limits, "JSON_BYTES", 100)
    assert "What the file says of its data" in keep(client, id, LINEAR).json()["error"]["message"]
    assert Run.objects.count() == 0
    assert not list((data_folder / "runs").iterdir())
    assert not list((data_folder / "incoming").iterdir())


@pytest.mark.usefixtures("built")
def test_an_import_among_the_runs(client: Client, user: User) -> None:
    version = designs.create(user, small_design()).versions.get()
    result = {"file": "net.onnx", "tensors": 4, "numbers": 5, "onnx": None, "metrics": {}}
    run = Run.objects.create(
        owner=user, kind=Kind.IMPORT, name="Weights of net", design_version=version, state=State.DONE
    )
    Run.objects.filter(pk=run.pk).update(result=result)
    assert [row["kind"] for row in client.get("/api/runs?kind=import").json()["items"]] == ["import"]
    for page in ("/", "/runs/", f"/runs/{run.pid}"):
        assert client.get(page).status_code == 200
    assert client.get("/runs/").content.count(b"Weights of net") >= 1
    assert not artifacts.run_folder(run.pid).exists()
