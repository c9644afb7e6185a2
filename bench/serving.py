"""A demo's answers a second against the same model behind a minimal FastAPI app and behind Gradio, in turn."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench import Row, at_least
from bench._load import per_second
from bench._site import START_S, site

CLIENTS, SECONDS, TURNS = 32, 8.0, 3
INSTALL = (
    "a virtual environment with: pip install fastapi==0.165.0 gradio==6.31.0 onnxruntime pillow 'uvicorn[standard]'"
)
CALL = "/gradio_api/call/predict"
JSON = {"Content-Type": "application/json"}


def run() -> list[Row]:
    """Each server is one process; all take one picture as a data URI, and have one thread for the network."""
    peers = os.environ.get("BENCH_PEERS")
    if not peers:
        return [
            Row("demo's answers a second / others'", "not measured", f"BENCH_PEERS names the Python of {INSTALL}", None)
        ]
    with site(BLOCKYARD_RATE_PREDICT="off") as running, tempfile.TemporaryDirectory() as folder:
        preset = running.get("/api/recipes")["presets"]["quick"]["recipe"]
        trained = running.train("lenet5", "digits", {**preset, "epochs": 1})
        running.wait(trained)
        slug = running.post("/api/demos", {"run": trained})["slug"]
        image = running.get(f"/api/demos/{slug}/samples?n=1")["items"][0]["image"]
        model = Path(folder, "model.onnx")
        model.write_bytes(running.client.get(f"/api/runs/{trained}/artifacts/model.onnx").raise_for_status().content)
        with peer(peers, "fastapi", model) as fast, peer(peers, "gradio", model) as radio:
            asked = {
                "ours": (
                    f"{running.url}/api/demos/{slug}/predict",
                    {"image": image},
                    {**running.writing, "Cookie": running.cookies},
                ),
                "fastapi": (f"{fast}/predict", {"image": image}, {}),
                # As its documentation asks for an answer by HTTP; and the shorter way that it has besides.
                "gradio": (f"{radio}{CALL}", {"data": [image]}, {}),
                "gradio, unqueued": (f"{radio}/gradio_api/run/predict", {"data": [image]}, {}),
            }
            found: dict[str, list[float]] = {name: [] for name in asked}
            for turn in range(TURNS + 1):
                for name, (url, body, headers) in asked.items():
                    content = json.dumps(body).encode()
                    seconds = SECONDS if turn else 2.0
                    given = {**headers, **JSON}
                    follow = CALL if url.endswith(CALL) else ""
                    rate = per_second(url, content, given, clients=CLIENTS, seconds=seconds, follow=follow)
                    if turn:
                        found[name].append(rate)
    ours, fastapi, gradio, short = (statistics.median(found[name]) for name in asked)
    told = f"demo, LeNet-5, {CLIENTS} clients: {ours:.0f} answers a second"
    return [
        at_least(f"{told} / a minimal FastAPI app ({fastapi:.0f})", ours / fastapi, 0.8, "x"),
        at_least(f"{told} / Gradio ({gradio:.0f})", ours / gradio, 8, "x"),
        Row(f"{told} / Gradio without its queue ({short:.0f})", f"{ours / short:.3g} x", "no bar", None),
    ]


@contextlib.contextmanager
def peer(python: str, name: str, model: Path) -> Iterator[str]:
    """One of the others on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [python, str(Path(__file__).with_name("_peers.py")), name, str(model), str(port)]
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(url)
                break
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(30)
