"""Clients that ask as fast as they are answered: plain HTTP/1.1 over kept connections, as cheap as Python can be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from urllib.parse import urlsplit


def per_second(url: str, body: bytes, headers: Mapping[str, str], *, clients: int, seconds: float) -> float:
    """Answers a second while `clients` ask one request after another; raises RuntimeError at one that is not 200."""
    return asyncio.run(_run(url, body, headers, clients, seconds))


async def _run(url: str, body: bytes, headers: Mapping[str, str], clients: int, seconds: float) -> float:
    at = urlsplit(url)
    lines = [f"POST {at.path} HTTP/1.1", f"Host: {at.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode() + body
    until = time.perf_counter() + seconds
    began = time.perf_counter()
    counts = await asyncio.gather(*(_client(at.hostname or "", at.port or 80, request, until) for _ in range(clients)))
    return sum(counts) / (time.perf_counter() - began)


async def _client(host: str, port: int, request: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    count = 0
    while time.perf_counter() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status, length = head.split(b" ", 2)[1], _length(head)
        content = await reader.readexactly(length)
        if status != b"200":
            raise RuntimeError(f"{host}:{port} answered {status.decode()}: {content[:200].decode(errors='replace')}")
        count += 1
    writer.close()
    return count


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise RuntimeError(f"an answer without a length: {head.decode(errors='replace')}")
