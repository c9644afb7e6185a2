"""Clients that ask as fast as they are answered: plain HTTP/1.1 over kept connections, as cheap as Python can be.

An answer is either the one to a POST, or, where a `follow` is given, the stream that its event's id leads to.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from urllib.parse import urlsplit


def per_second(
    url: str, body: bytes, headers: Mapping[str, str], *, clients: int, seconds: float, follow: str = ""
) -> float:
    """Answers a second while `clients` ask one request after another; raises RuntimeError at one that is not 200.

    With `follow`, an answer's `event_id` is looked up at `follow/EVENT_ID`, and that is waited for.
    """
    return asyncio.run(_run(url, body, headers, clients, seconds, follow))


async def _run(url: str, body: bytes, headers: Mapping[str, str], clients: int, seconds: float, follow: str) -> float:
    at = urlsplit(url)
    lines = [f"POST {at.path} HTTP/1.1", f"Host: {at.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode() + body
    began = time.perf_counter()
    until = began + seconds
    host, port = at.hostname or "", at.port or 80
    counts = await asyncio.gather(*(_client(host, port, request, until, follow) for _ in range(clients)))
    return sum(counts) / (time.perf_counter() - began)


async def _client(host: str, port: int, request: bytes, until: float, follow: str) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    count = 0
    while time.perf_counter() < until:
        writer.write(request)
        content = await _answer(reader)
        if follow:
            path = f"{follow}/{json.loads(content)['event_id']}"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            content = await _answer(reader)
            if b"event: complete" not in content:
                raise RuntimeError(f"{path} ended as {content[:200].decode(errors='replace')}")
        count += 1
    writer.close()
    return count


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """The body of an answer, in one piece or in chunks; raises RuntimeError where it is not 200."""
    head = await reader.readuntil(b"\r\n\r\n")
    said = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
    content = b""
    if b"content-length" in said:
        content = await reader.readexactly(int(said[b"content-length"]))
    else:
        while size := int(await reader.readuntil(b"\r\n"), 16):
            content += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    if head.split(b" ", 2)[1] != b"200":
        raise RuntimeError(f"{head.splitlines()[0].decode()}: {content[:200].decode(errors='replace')}")
    return content
