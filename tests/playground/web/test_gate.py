"""The gate with Django behind it, spoken to in ASGI messages: what is refused before how much of a body was read."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.test import Client

from playground.accounts.services import create_token
from playground.datasets.models import Dataset
from playground.web import limits
from playground.web.gate import gate
from playground.web.handler import Handler

pytestmark = pytest.mark.django_db(transaction=True)

CSV = b"text,label\n" + b"".join(b"a film number %d,%d\n" % (n, n % 2) for n in range(200))


class Exchange:
    """One request: what was sent back, and how many parts of the body were asked for, before that and in all."""

    def __init__(self) -> None:
        self.read = self.read_first = 0
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""

    @property
    def error(self) -> dict[str, Any]:
        return json.loads(self.body)["error"]


async def ask(
    method: str,
    path: str,
    parts: list[bytes],
    headers: dict[str, str] | None = None,
    announce: int | None = -1,
    hang_up_after: int | None = None,
    app: Any = None,
) -> Exchange:
    exchange = Exchange()
    sent = {"host": "127.0.0.1:8000", **(headers or {})}
    if announce == -1:
        announce = sum(map(len, parts))
    if announce is None:
        sent["transfer-encoding"] = "chunked"
    else:
        sent["content-length"] = str(announce)
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 8000),
    }
    done = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if hang_up_after is not None and exchange.read >= hang_up_after:
            return {"type": "http.disconnect"}
        if exchange.read < len(parts):
            exchange.read += 1
            more = exchange.read < len(parts)
            return {"type": "http.request", "body": parts[exchange.read - 1], "more_body": more}
        if not parts and exchange.read == 0:
            exchange.read = 1
            return {"type": "http.request", "body": b"", "more_body": False}
        await done.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            exchange.status, exchange.read_first = message["status"], exchange.read
            exchange.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            exchange.body += message.get("body", b"")
            if not message.get("more_body"):
                done.set()

    await gate(app or Handler())(scope, receive, send)
    return exchange


def run(*args: Any, **extra: Any) -> Exchange:
    return asyncio.run(ask(*args, **extra))


@pytest.fixture
def auth(user: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {create_token(user, 'gate')[1]}"}


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.datasets.tasks.ring", lambda: None)


def left_behind(data_folder: Path) -> list[Path]:
    return list((data_folder / "incoming").glob("*"))


def test_an_upload_without_signing_in_is_refused_unread(data_folder: Path) -> None:
    answer = run("POST", "/api/datasets?filename=a.csv", [CSV] * 100)
    assert (answer.status, answer.read_first) == (401, 0)
    assert answer.headers["connection"] == "close"
    assert left_behind(data_folder) == []


def test_the_rest_of_a_refused_body_is_taken_off_the_wire_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    # A client that sends all before it looks would otherwise be told nothing but that the connection broke.
    answer = run("POST", "/api/datasets?filename=a.csv", [CSV, CSV, CSV])
    assert (answer.status, answer.read_first, answer.read) == (401, 0, 3)
    monkeypatch.setattr("playground.web.gate.SPILL_BYTES", len(CSV))
    assert run("POST", "/api/datasets?filename=a.csv", [CSV, CSV, CSV]).read == 2


def test_an_upload_with_a_wrong_token_is_refused_unread() -> None:
    answer = run("POST", "/api/datasets?filename=a.csv", [CSV], {"authorization": "Bearer by_wrong"})
    assert (answer.status, answer.read_first) == (401, 0)


def test_an_upload_over_the_limit_is_refused_unread(auth: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_MAX_UPLOAD", "1000")
    answer = run("POST", "/api/datasets?filename=a.csv", [CSV], auth)
    assert (answer.status, answer.read_first) == (413, 0)
    assert "1,000" in answer.error["message"]


def test_a_model_over_its_own_limit_is_refused_unread(auth: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_MAX_IMPORT", "500")
    answer = run("POST", "/api/designs/import?filename=net.onnx", [CSV], auth)
    assert (answer.status, answer.read_first) == (413, 0)
    assert "500" in answer.error["message"]


def test_an_upload_that_does_not_say_its_length_is_cut_off(
    auth: dict[str, str], monkeypatch: pytest.MonkeyPatch, data_folder: Path
) -> None:
    monkeypatch.setenv("BLOCKYARD_MAX_UPLOAD", "10000")
    answer = run("POST", "/api/datasets?filename=a.csv", [b"x" * 6000] * 50, auth, announce=None)
    assert (answer.status, answer.read_first) == (413, 2)
    assert left_behind(data_folder) == []


def test_an_upload_becomes_a_file_of_the_data_set(auth: dict[str, str], data_folder: Path) -> None:
    answer = run("POST", "/api/datasets?filename=films.csv&name=Films", [CSV[:700], CSV[700:]], auth)
    assert answer.status == 201, answer.body
    row = Dataset.objects.get()
    assert (row.name, row.state, row.size) == ("Films", "checking", len(CSV))
    assert (data_folder / "datasets" / row.pid / "data.csv").read_bytes() == CSV
    assert left_behind(data_folder) == []


def test_an_upload_of_an_unknown_kind_leaves_nothing(auth: dict[str, str], data_folder: Path) -> None:
    answer = run("POST", "/api/datasets?filename=a.exe", [CSV], auth)
    assert answer.status == 422
    assert ".zip" in answer.error["message"]
    assert left_behind(data_folder) == []
    assert Dataset.objects.count() == 0


def test_hanging_up_leaves_nothing(auth: dict[str, str], data_folder: Path) -> None:
    answer = run("POST", "/api/datasets?filename=a.csv", [CSV] * 5, auth, hang_up_after=2)
    assert answer.status == 0
    assert left_behind(data_folder) == []
    assert Dataset.objects.count() == 0


def test_a_session_opens_the_gate_and_csrf_is_still_asked_for(user: Any, data_folder: Path) -> None:
    client = Client()
    client.force_login(user)
    cookie = f"{django_settings.SESSION_COOKIE_NAME}={client.cookies[django_settings.SESSION_COOKIE_NAME].value}"
    answer = run("POST", "/api/datasets?filename=a.csv", [CSV], {"cookie": cookie})
    assert (answer.status, answer.error["code"]) == (403, "csrf")
    assert left_behind(data_folder) == []
    token = "a" * 32
    answer = run(
        "POST",
        "/api/datasets?filename=a.csv",
        [CSV],
        {"cookie": f"{cookie}; csrftoken={token}", "x-csrftoken": token},
    )
    assert answer.status == 201


def test_large_documents_need_signing_in_first() -> None:
    large = b'{"design": {"x": "' + b"y" * limits.ANONYMOUS_BYTES + b'"}}'
    answer = run("POST", "/api/analyze", [large])
    assert (answer.status, answer.read_first) == (401, 0)


def test_documents_over_the_limit(auth: dict[str, str]) -> None:
    answer = run("POST", "/api/analyze", [b"x"], auth, announce=limits.JSON_BYTES + 1)
    assert (answer.status, answer.read_first) == (413, 0)


def test_a_document_in_chunks_arrives_whole(auth: dict[str, str]) -> None:
    text = json.dumps({"name": "a token"}).encode()
    headers = {**auth, "content-type": "application/json"}
    answer = run("POST", "/api/tokens", [text[:5], text[5:]], headers, announce=None)
    assert answer.status == 201


def test_pages_pass(data_folder: Path) -> None:
    assert run("GET", "/signin", []).status == 200


def test_parts(auth: dict[str, str], data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = json.dumps({"filename": "films.csv", "size": len(CSV)}).encode()
    made = run("POST", "/api/datasets/uploads", [begun], {**auth, "content-type": "application/json"})
    id = json.loads(made.body)["id"]
    first = run("PUT", f"/api/datasets/uploads/{id}?offset=0", [CSV[:1000]], auth)
    assert json.loads(first.body)["received"] == 1000
    again = run("PUT", f"/api/datasets/uploads/{id}?offset=0", [CSV[:1000]], auth)
    assert (again.status, again.error["details"]) == (409, {"received": 1000})
    over = run("PUT", f"/api/datasets/uploads/{id}?offset=1000", [CSV[1000:] + b"more"], auth)
    assert over.status == 413
    answer = json.loads(run("GET", f"/api/datasets/uploads/{id}", [], auth).body)
    assert answer["received"] == 1000
    last = run("PUT", f"/api/datasets/uploads/{id}?offset=1000", [CSV[1000:]], auth)
    assert json.loads(last.body)["state"] == "checking"
    assert (data_folder / "datasets" / id / "data.csv").read_bytes() == CSV
    assert left_behind(data_folder) == []


def test_a_part_may_not_be_too_large(auth: dict[str, str]) -> None:
    answer = run("PUT", "/api/datasets/uploads/x?offset=0", [b""], auth, announce=limits.PART_BYTES + 1)
    assert (answer.status, answer.read_first) == (413, 0)


async def test_the_permission_is_asked_of_the_database_of_this_request(auth: dict[str, str]) -> None:
    from playground.accounts.models import ApiToken

    await sync_to_async(ApiToken.objects.all().delete)()
    answer = await ask("POST", "/api/datasets?filename=a.csv", [CSV], auth)
    assert (answer.status, answer.read_first) == (401, 0)


@pytest.mark.parametrize("announce", [5, None])
def test_a_body_where_none_belongs_is_refused(auth: dict[str, str], announce: int | None) -> None:
    answer = run("GET", "/signin", [b"12345"], auth, announce=announce)
    assert (answer.status, answer.read_first) == (413, 0 if announce else 1)


def test_what_a_killed_process_left_is_cleared_away(auth: dict[str, str], data_folder: Path) -> None:
    old, new = (data_folder / "incoming" / name for name in ("body-old", "body-new"))
    old.parent.mkdir(exist_ok=True)
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (1, 1))
    assert run("POST", "/api/datasets?filename=a.csv", [CSV], auth).status == 201
    assert (old.exists(), new.exists()) == (False, True)
