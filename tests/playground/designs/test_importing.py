"""Opening a model that was made elsewhere, with a real engine process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from playground.designs import importing
from playground.runs import engine
from tests.models_core.importing.graphs import file, node, values

OCTETS = "application/octet-stream"
PICTURES = ["n", 3, 8, 8]


def send(client: Client, data: bytes, filename: str = "net.onnx") -> Any:
    return client.post(f"/api/designs/import?filename={filename}", data, content_type=OCTETS)


def test_a_model_becomes_a_design_that_is_not_stored(client: Client) -> None:
    nodes = [node("Conv", "x w", "c"), node("Selu", "c", "s"), node("Flatten", "s")]
    answer = send(client, file(nodes, PICTURES, {"w": values(4, 3, 3, 3)}), "my%20net.onnx")
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert found["design"]["name"] == "my net"
    assert [one["block"] for one in found["design"]["nodes"]] == ["conv2d", "onnx.Selu", "flatten"]
    assert [(one["op"], one["node"]) for one in found["problems"]] == [("Selu", "selu")]
    assert client.get("/api/designs").json()["count"] == 0


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
