"""The editor in real Chromium: opening, typing, dragging and undoing in designs of 50, 200 and 1,000 nodes."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Response

from bench import Row, at_most
from bench._chromium import chromium, p95, taken
from bench._dense import dense
from bench._site import ROOT, Site, site

SIZES = (50, 200, 1000)
# The bar is set for 200 nodes; at 1,000 the figure is there to be watched.
TYPED_MS = {50: 150, 200: 150, 1000: 1000}
KEYS, STEPS, UNDONE = 24, 90, 16
TOTAL = '[data-testid="total-params"] strong'


def run() -> list[Row]:
    """Each size in a fresh load of the page; the yardstick for dragging in the same browser."""
    rows: list[Row] = []
    with site() as running, chromium() as page:
        signed_in(page, running)
        weights: list[int] = []
        page.on("response", lambda answer: weights.append(_weight(answer)))
        frames = 0.0
        for size in SIZES:
            document = dense(size)
            made = running.post("/api/designs", {"design": document, "name": document["name"]})
            weights.clear()
            opened = opening(page, f"{running.url}/designs/{made['id']}", size)
            if size == SIZES[0]:
                rows.append(
                    at_most("editor: JavaScript until it can be used, compressed", sum(weights) / 1000, 450, "kB")
                )
            typed = p95(typing(page))
            rows.append(at_most(f"editor, {size} nodes: key to new totals, p95", typed, TYPED_MS[size], "ms"))
            undone = p95(undoing(page))
            frames = p95(dragging(page, ".react-flow__node-block"))
            if size == SIZES[-1]:
                rows.append(at_most(f"editor, {size} nodes: opened until it answers", opened, 2, "s"))
                rows.append(at_most(f"editor, {size} nodes: undo, p95", undone, 100, "ms"))
            rows.append(at_most(f"editor, {size} nodes: frame while dragging, p95", frames, 33, "ms"))
        with plain(SIZES[-1]) as address:
            page.goto(address)
            page.locator(".react-flow__node").first.wait_for()
            page.wait_for_timeout(1500)
            yardstick = p95(dragging(page, ".react-flow__node"))
        rows.append(at_most(f"plain @xyflow/react, {SIZES[-1]} nodes: frame while dragging, p95", yardstick, 1e9, "ms"))
        rows.append(at_most("editor / plain @xyflow/react, frame while dragging", frames / yardstick, 1.3, "x"))
    return rows


def signed_in(page: Page, running: Site) -> None:
    page.context.add_cookies(
        [{"name": one.name, "value": one.value or "", "url": running.url} for one in running.client.cookies.jar]
    )


def opening(page: Page, address: str, size: int) -> float:
    """Seconds until the totals are there and a node that is pressed is selected."""
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(f"{TOTAL}:not(:text-is('–'))").wait_for()
    first = page.locator(".react-flow__node-block").first
    # The graph is first drawn, then brought into view.
    while (box := first.bounding_box()) is None or not 0 < box["y"] + box["height"] / 2 < 900:
        page.wait_for_timeout(5)
    first.click(force=True)
    page.locator(".react-flow__node-block.selected").first.wait_for()
    return time.perf_counter() - began


def whole(page: Page) -> None:
    """Bring the whole graph into view."""
    fit = page.locator(".react-flow__controls-fitview")
    if fit.count():
        fit.click()
        page.wait_for_timeout(800)


def typing(page: Page) -> list[float]:
    """Milliseconds from each of several keystrokes in a param until the totals are new."""
    whole(page)
    page.locator('.react-flow__node[data-id="conv0b"]').click(force=True)
    field = page.locator('.ed-inspector [data-param="out_channels"] input')
    with page.expect_response("**/api/analyze"):
        field.fill("2")
    page.wait_for_timeout(1500)
    times = []
    for number in range(KEYS):
        page.evaluate(f"() => window.bench.text('{TOTAL}')")
        page.keyboard.press("Backspace" if number % 2 else str(3 + number // 2 % 6))
        times.append(taken(page))
        page.wait_for_timeout(200)
    page.keyboard.press("Escape")
    return times


def undoing(page: Page) -> list[float]:
    """Milliseconds from Ctrl+Z to the frame in which a deleted node is back."""
    whole(page)
    times = []
    for number in range(UNDONE):
        victim = f'.react-flow__node[data-id="relu{number % 4}a"]'
        page.locator(victim).click(force=True)
        page.keyboard.press("Delete")
        page.locator(victim).wait_for(state="detached")
        page.wait_for_timeout(1500)
        page.evaluate("(selector) => window.bench.presence(selector)", victim)
        page.keyboard.press("Control+z")
        times.append(taken(page))
        page.wait_for_timeout(1500)
    return times


def dragging(page: Page, selector: str) -> list[float]:
    """Milliseconds between frames while one node is dragged around."""
    whole(page)
    node = page.locator(selector).nth(3).bounding_box()
    if node is None:
        raise RuntimeError("the node to drag is not in sight")
    x, y = node["x"] + node["width"] / 2, node["y"] + node["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 6, y + 6)
    page.evaluate("() => window.bench.record()")
    for step in range(STEPS):
        page.mouse.move(x + 3 * (step % 30), y + 2 * (step % 45))
    frames: list[float] = page.evaluate("() => window.bench.stop()")
    page.mouse.up()
    return frames[1:]


@contextlib.contextmanager
def plain(size: int) -> Iterator[str]:
    """A page with the same graph in @xyflow/react as it comes; gives its address."""
    with tempfile.TemporaryDirectory(prefix="blockyard-bench-") as folder:
        build = [
            sys.executable,
            "scripts/prepare.py",
            "npm",
            "exec",
            "--",
            "vite",
            "build",
            "-c",
            "bench/vite.config.ts",
        ]
        subprocess.run(
            [*build, "--outDir", folder, "--logLevel", "error"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
        Path(folder, "graph.json").write_text(json.dumps(_plain_graph(dense(size))))
        handler = functools.partial(_Quiet, directory=folder)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}/"
            server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing: the benchmark prints figures alone."""


def _plain_graph(document: dict[str, Any]) -> dict[str, Any]:
    nodes = [
        {"id": node["id"], "data": {"label": node["id"]}, "position": node["position"]} for node in document["nodes"]
    ]
    known = {node["id"] for node in nodes}
    ends = {(edge["from"].partition(".")[0], edge["to"].partition(".")[0]) for edge in document["edges"]}
    inner = sorted(pair for pair in ends if known.issuperset(pair))
    return {"nodes": nodes, "edges": [{"id": f"{a}-{b}", "source": a, "target": b} for a, b in inner]}


def _weight(answer: Response) -> int:
    """Bytes of a script as they came over the line."""
    if answer.request.resource_type != "script":
        return 0
    return int(answer.headers.get("content-length", 0))
