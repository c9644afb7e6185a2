"""From the click to a trained LeNet-5, and from the engine's metric to the browser's socket."""

from __future__ import annotations

import json
import statistics
import threading
import time

from websockets.sync.client import connect

from bench import Row, at_least, at_most
from bench._site import Site, site

# A network so small that the recipe's steps come faster than ten a second, for about half a minute.
FAST = {"epochs": None, "seconds": 25, "batch_size": 16, "eval_every_epochs": 1}


def run() -> list[Row]:
    """Measured on the real site: web server, worker, engine, Redis and database."""
    with site() as running:
        preset = running.get("/api/recipes?dataset=digits")["presets"]["quick"]["recipe"]
        began = time.perf_counter()
        lenet = running.wait(running.train("lenet5", "digits", preset))
        seconds = time.perf_counter() - began
        delays = _delays(running, running.train("mlp", "digits", {**preset, **FAST}))
    accuracy = lenet["result"]["metrics"]["accuracy"] * 100
    return [
        at_least("LeNet-5 on digits: test accuracy", accuracy, 97, "%"),
        at_most("LeNet-5 on digits: from the click to the end of the run", seconds, 30, "s"),
        at_most(f"engine's event to the browser, p95 of {len(delays)}", _p95(delays) * 1000, 400, "ms"),
    ]


def _delays(running: Site, run: str) -> list[float]:
    """Seconds from an event's own time stamp, given by the engine, until the socket has it."""
    address = running.url.replace("http", "ws", 1) + f"/ws/runs/{run}/?after=0"
    headers = {"Cookie": running.cookies}
    delays: list[float] = []
    with connect(address, additional_headers=headers, origin=running.url, max_size=None) as socket:  # type: ignore[arg-type]  # a plain text is an origin
        stop = threading.Timer(60, socket.close)
        stop.start()
        for message in socket:
            now = time.time()
            events = json.loads(message)["events"]
            delays += [now - event["t"] for event in events if event["type"] == "metrics"]
            if any(event["type"] == "end" for event in events):
                break
        stop.cancel()
    return delays


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
