"""JSON from outside: what could not be stored or sent again is refused at the door, with the reason."""

from __future__ import annotations

import pytest
from django.test import Client

from playground.web.jsons import BadJson, loads

BAD = {
    b"": "EOF",
    b"{": "EOF",
    b"\xff": "expected value",
    b"NaN": "expected value",
    b"[Infinity]": "expected value",
    b"1e999": "too large",
    b'{"a": [-1e309]}': "too large",
    b"1" + b"0" * 400 + b".0": "too large",
    b"9" * 5000: "out of range",
    b'"\\ud800"': "hex escape",
    b'"a\\u0000b"': "zero byte",
    b'{"a\\u0000b": 1}': "zero byte",
    b"[" * 5000 + b"]" * 5000: "recursion limit",
    b'{"a":' * 300 + b"1" + b"}" * 300: "recursion limit",
}


@pytest.mark.parametrize(("text", "why"), BAD.items(), ids=range(len(BAD)))
def test_what_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(BadJson, match=why) as caught:
        loads(text, "options")
    assert caught.value.where == "options"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": [1, 2.5, null, "\xc3\xa4\\ud83d\\ude00"]}', {"a": [1, 2.5, None, "\u00e4\U0001f600"]}),
        (b"[1e308, 1e-400, 12345678901234567890]", [1e308, 0.0, 12345678901234567890]),
        (b'"\\\\u0000"', "\\u0000"),
    ],
)
def test_what_is_read(text: bytes, value: object) -> None:
    assert loads(text) == value


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_a_request_with_it_is_told(client: Client, text: bytes) -> None:
    if not text:
        return  # no body at all: a field is missing
    answer = client.post("/api/analyze", text, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"
    upload = client.post("/api/datasets", b"x", content_type="text/csv", QUERY_STRING="filename=a.csv&options=NaN")
    assert (upload.status_code, upload.json()["error"]["where"]) == (400, "options")
