"""The real site for a benchmark: `manage.py up` with a data folder of its own, and a signed-in client."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
START_S, RUN_S = 60, 180


class Site:
    """A running site and a client with its owner's cookie."""

    def __init__(self, url: str, client: httpx.Client, data: Path) -> None:
        self.url = url
        self.client = client
        self.data = data

    def get(self, path: str) -> Any:
        return self.client.get(path).raise_for_status().json()

    def post(self, path: str, body: Any) -> Any:
        return self.client.post(path, json=body, headers=self.writing).raise_for_status().json()

    @property
    def writing(self) -> dict[str, str]:
        """What a request that changes something has to bring."""
        return {"X-CSRFToken": self.client.cookies.get("csrftoken", ""), "Referer": self.url}

    @property
    def cookies(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.client.cookies.jar)

    def train(self, zoo: str, dataset: str, recipe: dict[str, Any]) -> str:
        """Start a run of a zoo design as its page would; the run's id."""
        design = self.get(f"/api/zoo/{zoo}")["design"]
        stored = self.post("/api/designs", {"design": design, "name": zoo})
        return self.post("/api/runs", {"design_id": stored["id"], "dataset": dataset, "recipe": recipe})["id"]

    def wait(self, run: str) -> dict[str, Any]:
        """The run when it has ended; raises RuntimeError when it did not end well."""
        until = time.monotonic() + RUN_S
        while time.monotonic() < until:
            found = self.get(f"/api/runs/{run}")
            if found["state"] in ("done", "failed", "cancelled"):
                if found["state"] != "done":
                    raise RuntimeError(f"the run ended as {found['state']}: {found['error']}")
                return found
            time.sleep(0.1)
        raise RuntimeError(f"the run did not end in {RUN_S} s")


@contextlib.contextmanager
def site(**settings: str) -> Iterator[Site]:
    """Start everything with these settings, sign in, and stop everything at the end."""
    with tempfile.TemporaryDirectory(prefix="blockyard-bench-") as folder:
        environment = {**os.environ, "BLOCKYARD_DATA": folder, "BLOCKYARD_PORT": "0", **settings}
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            ready = _ready(Path(folder, "up.json"), process)
            with httpx.Client(base_url=ready["url"], follow_redirects=True, timeout=60) as client:
                client.get(ready["link"]).raise_for_status()
                client.get("/").raise_for_status()
                yield Site(ready["url"], client, Path(folder))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _ready(file: Path, process: subprocess.Popen[str]) -> dict[str, Any]:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the site did not start: {process.stderr.read() if process.stderr else ''}")
        with contextlib.suppress(OSError, ValueError):
            return json.loads(file.read_text())
        time.sleep(0.05)
    raise RuntimeError(f"the site did not start in {START_S} s")
