from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import AsyncRequestFactory, RequestFactory

from playground.web.files import CHUNK_BYTES, file_response, parse_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-3", (0, 4)),
        ("bytes=4-", (4, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=2-99", (2, 10)),
        ("bytes=0-0", (0, 1)),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=0-1,4-5", None),
        ("items=0-1", None),
    ],
)
def test_ranges(header: str, expected: tuple[int, int] | None) -> None:
    assert parse_range(header, 10) == expected


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_ranges_outside_the_file(header: str) -> None:
    with pytest.raises(ValueError, match="range"):
        parse_range(header, 10)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "f"
    path.write_bytes(bytes(range(256)) * 4096)
    return path


def get(path: Path, **headers: str) -> Any:
    return file_response(RequestFactory().get("/", headers=headers), path, "weights.bin")


def test_whole_file(path: Path) -> None:
    response = get(path)
    assert response.status_code == 200
    assert response["Content-Length"] == str(path.stat().st_size)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == "attachment; filename*=UTF-8''weights.bin"
    assert b"".join(response.streaming_content) == path.read_bytes()


def test_part(path: Path) -> None:
    response = get(path, range="bytes=1000-1999")
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes 1000-1999/{path.stat().st_size}"
    assert response["Content-Length"] == "1000"
    assert b"".join(response.streaming_content) == path.read_bytes()[1000:2000]


def test_part_outside(path: Path) -> None:
    response = get(path, range="bytes=99999999-")
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{path.stat().st_size}"


def test_a_file_that_changed_in_between_is_sent_whole(path: Path) -> None:
    etag = get(path)["ETag"]
    assert get(path, **{"range": "bytes=0-9", "if-range": etag}).status_code == 206
    assert get(path, **{"range": "bytes=0-9", "if-range": '"other"'}).status_code == 200
    assert get(path, **{"if-none-match": etag}).status_code == 304


def test_the_async_form_reads_in_chunks(path: Path) -> None:
    request = AsyncRequestFactory().get("/", headers={"range": f"bytes=5-{CHUNK_BYTES + 104}"})
    response = file_response(request, path, "weights.bin")

    async def collect() -> list[bytes]:
        return [chunk async for chunk in response]

    chunks = asyncio.run(collect())
    assert [len(chunk) for chunk in chunks] == [CHUNK_BYTES, 100]
    assert b"".join(chunks) == path.read_bytes()[5 : CHUNK_BYTES + 105]


def test_missing_file() -> None:
    with pytest.raises(FileNotFoundError):
        file_response(SimpleNamespace(headers={}, method="GET"), Path("/nowhere/at/all"), "x")  # type: ignore[arg-type]
