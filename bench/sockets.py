"""Eight runs that say something ten times a second, and fifty browsers that listen: how late, and whether all."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from websockets.asyncio.client import connect

from bench import Row, at_most
from bench._chromium import p95
from bench._site import Site, site
from bench._ticking import SECONDS, TICKS

RUNS, SOCKETS = 8, 50


def run() -> list[Row]:
    """On the real site; only the engines are ones that train nothing, for eight trainings would have no room here."""
    engine = f"{sys.executable} {Path(__file__).with_name('_ticking.py')}"
    with site(BLOCKYARD_ENGINE=engine, BLOCKYARD_RUN_SLOTS=str(RUNS)) as running:
        preset = running.get("/api/recipes?dataset=digits")["presets"]["quick"]["recipe"]
        runs = [running.train("mlp", "digits", preset) for _ in range(RUNS)]
        heard = asyncio.run(_all(running, runs))
    delays = [delay for found, _ in heard for delay in found]
    lost = sum(RUNS and max(0, TICKS * SECONDS - len(found)) + gaps for found, gaps in heard)
    told = f"{RUNS} runs with {TICKS} events/s each, {SOCKETS} sockets"
    return [
        at_most(f"{told}: engine to browser, p95 of {len(delays):,}", p95(delays) * 1000, 400, "ms"),
        at_most(f"{told}: events that were lost", lost, 0, "events"),
    ]


async def _all(running: Site, runs: list[str]) -> list[tuple[list[float], int]]:
    return await asyncio.gather(*(_listen(running, runs[at % len(runs)]) for at in range(SOCKETS)))


async def _listen(running: Site, run: str) -> tuple[list[float], int]:
    """Seconds from each event's own time stamp to its arrival, and how many sequence numbers were left out."""
    address = running.url.replace("http", "ws", 1) + f"/ws/runs/{run}/?after=0"
    headers = {"Cookie": running.cookies}
    delays: list[float] = []
    gaps = seq = 0
    async with (
        asyncio.timeout(4 * SECONDS),
        connect(address, additional_headers=headers, origin=running.url, max_size=None) as socket,  # type: ignore[arg-type]  # a plain text is an origin
    ):
        async for message in socket:
            now, body = time.time(), json.loads(message)
            events = body["events"]
            gaps += max(0, body["seq"] - seq - len(events))
            seq = body["seq"]
            delays += [now - event["t"] for event in events if event["type"] == "metrics"]
            if any(event["type"] == "end" for event in events):
                return delays, gaps
    return delays, gaps
