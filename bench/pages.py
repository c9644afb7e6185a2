"""What a person sees of a page first, in Chromium on this machine: when something is there, and what then moves."""

from __future__ import annotations

import statistics

from playwright.sync_api import Page

from bench import Row, at_most
from bench._chromium import chromium
from bench._site import site

TURNS = 5
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: 'layout-shift', buffered: true });
"""
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


def run() -> list[Row]:
    """Each page some times, with the browser's cache as it is after the first; the slowest page is held to the bar."""
    with site() as running, chromium() as page:
        preset = running.get("/api/recipes")["presets"]["quick"]["recipe"]
        trained = running.train("lenet5", "digits", {**preset, "epochs": 1})
        running.wait(trained)
        design = running.get(f"/api/runs/{trained}")["design"]["id"]
        demo = running.post("/api/demos", {"run": trained})["slug"]
        for cookie in running.client.cookies.jar:
            page.context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "url": running.url}])
        page.add_init_script(SHIFTS)
        addresses = ["/", f"/designs/{design}", "/runs/", f"/runs/{trained}", f"/compare?runs={trained}", "/queue"]
        addresses += ["/datasets/", "/demos/", f"/d/{demo}", "/papers/", "/papers/mamba", "/account/", "/trash/"]
        painted, moved = {}, {}
        for address in addresses:
            found = [_look(page, running.url + address) for _ in range(TURNS)]
            painted[address] = statistics.median(first for first, _ in found)
            moved[address] = max(shift for _, shift in found)
    slowest, shakiest = max(painted, key=lambda at: painted[at]), max(moved, key=lambda at: moved[at])
    return [
        at_most(
            f"{len(addresses)} pages: first contentful paint, the slowest ({slowest})", painted[slowest] / 1000, 1, "s"
        ),
        at_most(f"{len(addresses)} pages: layout shift, the most ({shakiest})", moved[shakiest], 0.1, ""),
    ]


def _look(page: Page, address: str) -> tuple[float, float]:
    """Milliseconds to the first contentful paint, and the sum of layout shifts in the second after loading."""
    answer = page.goto(address, wait_until="load")
    if answer is None or answer.status != 200:
        raise RuntimeError(f"{address} answered {answer and answer.status}")
    page.wait_for_timeout(1000)
    first = page.evaluate(PAINT)
    if first is None:
        raise RuntimeError(f"nothing was painted at {address}")
    return float(first), float(page.evaluate("() => window.shifted"))
