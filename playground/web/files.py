"""Files as responses: an async iterator in chunks, with Range, so that a download never sits in memory."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date, parse_http_date_safe

CHUNK_BYTES = 256 * 1024
_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")


def parse_range(value: str, size: int) -> tuple[int, int] | None:
    """The (start, stop) of a Range header over `size` bytes; None for what is to be ignored.

    Raises ValueError for a range outside the file (416). Several ranges at once are ignored, as the RFC allows.
    """
    match = _RANGE.match(value.replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        length = int(last)
        if length == 0 or size == 0:
            raise ValueError("empty range")
        return max(0, size - length), size
    start = int(first)
    stop = min(size, int(last) + 1) if last else size
    if start >= size:
        raise ValueError("range starts after the end")
    return (start, stop) if start < stop else None


def file_response(
    request: HttpRequest, path: Path, filename: str, content_type: str = "application/octet-stream"
) -> HttpResponseBase:
    """`path` as a download named `filename`, whole or the range asked for. FileNotFoundError if it is gone."""
    fd = os.open(path, os.O_RDONLY)
    stat = os.fstat(fd)
    size, etag = stat.st_size, f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    start, stop, status = 0, size, 200
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": http_date(stat.st_mtime),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename)}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
    }
    if request.headers.get("If-None-Match") == etag:
        os.close(fd)
        return HttpResponse(status=304, headers=headers)
    if "Range" in request.headers and _still_same(request.headers.get("If-Range"), etag, stat.st_mtime):
        try:
            wanted = parse_range(request.headers["Range"], size)
        except ValueError:
            os.close(fd)
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
        if wanted:
            start, stop = wanted
            status = 206
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["Content-Length"] = str(stop - start)
    if request.method == "HEAD":
        os.close(fd)
        return HttpResponse(status=status, headers=headers, content_type=content_type)
    is_asgi = hasattr(request, "scope")
    chunks = _later(fd, start, stop) if is_asgi else _now(fd, start, stop)
    return StreamingHttpResponse(chunks, status=status, headers=headers, content_type=content_type)


def _still_same(condition: str | None, etag: str, modified: float) -> bool:
    if condition is None:
        return True
    return condition == etag or parse_http_date_safe(condition) == int(modified)


async def _later(fd: int, start: int, stop: int) -> AsyncIterator[bytes]:
    try:
        while start < stop:
            chunk = await asyncio.to_thread(os.pread, fd, min(CHUNK_BYTES, stop - start), start)
            if not chunk:
                return
            start += len(chunk)
            yield chunk
    finally:
        os.close(fd)


def _now(fd: int, start: int, stop: int) -> Iterator[bytes]:
    try:
        while start < stop:
            chunk = os.pread(fd, min(CHUNK_BYTES, stop - start), start)
            if not chunk:
                return
            start += len(chunk)
            yield chunk
    finally:
        os.close(fd)
