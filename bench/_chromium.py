"""A real Chromium for benchmarks, and what a page can be asked about its own time."""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
from collections.abc import Iterator

from playwright.sync_api import Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")

# `record` and `stop` collect the times between frames; `text` and `presence` arm a measurement from the next key to the
# frame that shows an element's new text, or the element itself.
PROBE = """
window.bench = {
  frames: [],
  record() {
    this.frames = []; this.on = true;
    let last = performance.now();
    const tick = (now) => { this.frames.push(now - last); last = now; if (this.on) requestAnimationFrame(tick); };
    requestAnimationFrame((now) => { last = now; requestAnimationFrame(tick); });
  },
  stop() { this.on = false; return this.frames; },
  painted(done) {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    requestAnimationFrame(() => channel.port2.postMessage(0));
  },
  // From the next key to the frame in which `shows` gives something else than now.
  change(shows) {
    this.taken = null;
    const before = shows();
    window.addEventListener('keydown', (event) => {
      const watch = new MutationObserver(() => {
        if (shows() === before) return;
        watch.disconnect();
        this.painted(() => { this.taken = performance.now() - event.timeStamp; });
      });
      watch.observe(document.body, { subtree: true, childList: true, characterData: true });
    }, { once: true, capture: true });
  },
  text(selector) { this.change(() => document.querySelector(selector)?.textContent); },
  presence(selector) { this.change(() => !!document.querySelector(selector)); },
};
"""


@contextlib.contextmanager
def chromium() -> Iterator[Page]:
    """One page of 1360 × 850; raises RuntimeError when there is no Chromium."""
    named = os.environ.get("BLOCKYARD_CHROMIUM")
    path = shutil.which(named) if named else next((found for found in map(shutil.which, NAMES) if found), None)
    if path is None:
        raise RuntimeError(f"no Chromium: looked for {named or ', '.join(NAMES)} on PATH; set BLOCKYARD_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        page = browser.new_page(viewport={"width": 1360, "height": 850})
        page.add_init_script(PROBE)
        yield page
        browser.close()


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def taken(page: Page) -> float:
    """Milliseconds that the armed probe measured; raises RuntimeError when nothing was shown in 10 s."""
    for _ in range(500):
        found = page.evaluate("() => window.bench.taken")
        if found is not None:
            return float(found)
        page.wait_for_timeout(20)
    raise RuntimeError("the page did not show the change within 10 s")
