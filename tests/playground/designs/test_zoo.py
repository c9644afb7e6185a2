from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from models_core import registry
from playground.designs import zoo


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo, "_known", {})


def test_the_gallery_does_not_wait_for_figures(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    monkeypatch.setattr(zoo, "_start", lambda: started.append(True))
    listed = client.get("/api/zoo?limit=200").json()
    assert listed["count"] == len(registry.all("design"))
    assert {item["params"] for item in listed["items"]} == {None}
    (mamba,) = (item for item in listed["items"] if item["id"] == "byte_mamba")
    assert [paper["id"] for paper in mamba["papers"]] == ["mamba"]
    assert started


def test_figures_are_worked_out_and_kept(client: Client, monkeypatch: pytest.MonkeyPatch, data_folder: Path) -> None:
    monkeypatch.setattr(zoo, "_start", lambda: None)
    detail = client.get("/api/zoo/lenet5").json()
    assert detail["params"] > 0
    assert detail["design"]["name"]
    assert len(list((data_folder / "cache" / "zoo").glob("*.json"))) == 1
    # Another process finds them on the disk.
    monkeypatch.setattr(zoo, "_known", {})
    monkeypatch.setattr(zoo, "_compute", lambda id: pytest.fail("worked out again"))
    assert zoo.figures("lenet5")["params"] == detail["params"]


def test_the_thread_works_out_all(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    small = [registry.get("design", "lenet5"), registry.get("design", "mlp")]
    monkeypatch.setattr(registry, "all", lambda kind: small)
    assert zoo.listing()[0]["params"] is None
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(item["params"] is None for item in zoo.listing()):
        time.sleep(0.05)
    assert all(item["params"] for item in zoo.listing())


def test_an_unknown_one_is_404(client: Client) -> None:
    for path in ("/api/zoo/nothing", "/api/zoo/nothing/picture.svg", "/designs/new?zoo=nothing"):
        assert client.get(path).status_code == 404


def test_pictures_are_cached_by_their_hash(client: Client) -> None:
    address = client.get("/api/zoo/lenet5").json()["picture"]
    response = client.get(address)
    assert response["Content-Type"] == "image/svg+xml"
    assert "immutable" in response["Cache-Control"]
    assert "sandbox" in response["Content-Security-Policy"]
