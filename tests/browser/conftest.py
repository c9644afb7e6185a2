"""A real `manage.py up` on an empty data folder and a real Chromium; every page is watched for what must not happen."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    Response,
    expect,
    sync_playwright,
)

ROOT = Path(__file__).resolve().parents[2]
# What every signed-in person can open, for tests of what all pages have in common.
PAGES = ["/", "/runs/", "/datasets/", "/datasets/digits", "/papers/", "/papers/mamba", "/demos/", "/account/"]
PAGES += ["/queue", "/compare", "/api/docs"]
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S = 90.0
# How long a page may take is not what these tests are about; a busy machine takes long for everything.
expect.set_options(timeout=20_000)
# Faults of the page's own rules reach the console as errors only in some browsers; this says them in all.
WATCH = """document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI || 'inline'} in ${event.sourceFile}`));"""


def _missing(reason: str) -> None:
    """Skip, or fail where a browser is required."""
    if os.environ.get("BLOCKYARD_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{reason} (BLOCKYARD_REQUIRE_BROWSER=1 makes this a failure)", pytrace=False)
    pytest.skip(reason)


def find_chromium(playwright: Playwright) -> str | None:
    """The browser to use: the one that is named, the machine's, or Playwright's own."""
    named = os.environ.get("BLOCKYARD_CHROMIUM")
    if named:
        return shutil.which(named)
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    own = playwright.chromium.executable_path
    return found or (own if Path(own).is_file() else None)


# The scope is the package: while Playwright's synchronous interface is open its event loop counts as running, and no
# asyncio test elsewhere could run.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            where = os.environ.get("BLOCKYARD_CHROMIUM") or ", ".join(NAMES)
            _missing(f"no Chromium: looked for {where} on PATH and for Playwright's own; set BLOCKYARD_CHROMIUM")
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Site:
    """A running Blockyard, spoken to over HTTP only."""

    url: str
    link: str
    data: Path
    process: subprocess.Popen[bytes]
    log: Path
    state: dict[str, Any] | None = field(default=None, repr=False)


@pytest.fixture(scope="package")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """`manage.py up` with a temporary data folder on a free port, stopped as Ctrl-C stops it."""
    if not (ROOT / "static" / "dist" / ".vite" / "manifest.json").is_file():
        _missing("the browser code has not been built; run `npm ci && npm run build` in static/")
    data = tmp_path_factory.mktemp("site")
    log = data / "up.log"
    env = {
        **os.environ,
        "BLOCKYARD_DATA": str(data),
        "BLOCKYARD_PORT": "0",
        "BLOCKYARD_MODE": "local",
        # The story's bar is for two cores; more threads than cores only make runs wait for each other.
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
        # The first sample starts a process; on a busy machine that alone may take longer than people would wait.
        "BLOCKYARD_SAMPLE_SECONDS": "90",
    }
    with log.open("wb") as out:
        command = [sys.executable, "manage.py", "up", "--no-browser"]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT)
    try:
        note = _wait_for_note(data / "up.json", process, log)
        yield Site(note["url"], note["link"], data, process, log)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_note(path: Path, process: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"manage.py up ended with status {process.returncode}:\n{log.read_text()[-3000:]}")
        with contextlib.suppress(FileNotFoundError, ValueError):
            return json.loads(path.read_text())
        time.sleep(0.1)
    pytest.fail(f"manage.py up did not start within {START_S:.0f} s:\n{log.read_text()[-3000:]}")


@dataclass
class Guard:
    """What went wrong on a page. A test that provokes something says so with `allow`."""

    site: str
    faults: list[str] = field(default_factory=list)
    allowed: list[re.Pattern[str]] = field(default_factory=list)

    def allow(self, pattern: str) -> None:
        """Faults that match are part of the test."""
        self.allowed.append(re.compile(pattern))

    def watch(self, page: Page) -> None:
        page.add_init_script(WATCH)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"error on {page.url}: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = (message.location or {}).get("url", "")
            self.faults.append(f"console: {message.text} {where}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        home = urlsplit(self.site)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != home.netloc:
            self.faults.append(f"foreign request: {request.url}")

    def check(self) -> None:
        left = [fault for fault in self.faults if not any(pattern.search(fault) for pattern in self.allowed)]
        assert not left, "\n".join(left)


def new_context(chromium: Browser, site: Site, **options: Any) -> BrowserContext:
    """A signed-in browser profile; the one-time link is used by the first and the cookie shared with the rest."""
    options = {"base_url": site.url, "viewport": {"width": 1360, "height": 900}, **options}
    if site.state is None:
        first = chromium.new_context(**options)
        page = first.new_page()
        # The server loads what its first page needs meanwhile; on a busy machine that takes long.
        page.set_default_timeout(START_S * 1_000)
        page.goto(site.link)
        page.wait_for_url(f"{site.url}/")
        site.state = first.storage_state()
        first.close()
    context = chromium.new_context(storage_state=site.state, **options)
    context.set_default_timeout(15_000)
    return context


@pytest.fixture(scope="package")
def profile(chromium: Browser, site: Site) -> Iterator[Page]:
    """An empty page that stays open in a profile for many tests: a new profile compiles every script anew."""
    page = new_context(chromium, site).new_page()
    yield page
    page.context.close()


@pytest.fixture
def context(profile: Page, site: Site) -> Iterator[BrowserContext]:
    """A signed-in profile with nothing kept from the test before but what the browser has fetched."""
    yield profile.context
    for page in profile.context.pages:
        if page is not profile:
            page.close()
    profile.context.set_offline(False)
    profile.context.clear_permissions()
    storage = profile.context.new_cdp_session(profile)
    kinds = "local_storage,indexeddb,cache_storage,service_workers"
    storage.send("Storage.clearDataForOrigin", {"origin": site.url, "storageTypes": kinds})
    storage.detach()


@pytest.fixture
def guard(site: Site) -> Iterator[Guard]:
    guard = Guard(site.url)
    yield guard
    guard.check()


@pytest.fixture
def page(context: BrowserContext, guard: Guard, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A signed-in page. Afterwards: no console error, no breach of the content policy, no foreign request."""
    page = context.new_page()
    guard.watch(page)
    yield page
    shots = os.environ.get("BLOCKYARD_SCREENSHOTS")
    if shots and not page.is_closed():
        Path(shots).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(shots) / f"{request.node.name}.png"), full_page=True)


@pytest.fixture
def newest_hash(page: Page) -> Callable[[], str]:
    """The hash of the design in the newest answer: equal networks have equal ones, whatever nodes are called."""
    answers: list[Any] = []

    def keep(response: Response) -> None:
        if response.url.endswith("/api/analyze"):
            answers.append(response)

    page.on("response", keep)

    def newest() -> str:
        expect(page.locator(".ed-totals")).not_to_have_attribute("data-busy", "true")
        answer = answers[-1].json()
        assert answer["errors"] == []
        return answer["hash"]

    return newest


class Api:
    """The site's API as the signed-in browser calls it: with its cookies and its CSRF token."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        token = next((c["value"] for c in self.context.cookies() if c["name"] == "csrftoken"), "")
        headers = {"X-CSRFToken": token, "Referer": self._base()}
        options: dict[str, Any] = {"method": method, "headers": headers}
        if body is not None:
            options["data"] = body
        answer = self.context.request.fetch(path, **options)
        assert answer.ok, f"{method} {path}: {answer.status} {answer.text()[:500]}"
        return answer.json() if answer.status != 204 else None

    def _base(self) -> str:
        pages = self.context.pages
        return pages[0].url if pages and pages[0].url.startswith("http") else "http://127.0.0.1/"

    def design(self, zoo: str) -> str:
        """A stored copy of a zoo design; its id."""
        document = self("GET", f"/api/zoo/{zoo}")["design"]
        return self("POST", "/api/designs", {"design": document, "zoo": zoo})["id"]

    def run(self, design: str, dataset: str = "digits", **recipe: Any) -> str:
        """Start a run with the standard recipe and changes; its id."""
        preset = self("GET", "/api/recipes")["presets"]["standard"]["recipe"]
        body = {"design_id": design, "dataset": dataset, "recipe": {**preset, **recipe}}
        return self("POST", "/api/runs", body)["id"]

    def wait(self, run: str, *states: str, timeout: float = 90.0) -> dict[str, Any]:
        """The run once it is in one of the states (at an end, when none are given)."""
        wanted = states or ("done", "failed", "cancelled")
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            row = self("GET", f"/api/runs/{run}")
            if row["state"] in wanted:
                return row
            time.sleep(0.2)
        pytest.fail(f"run {run} is still {row['state']} after {timeout:.0f} s, not {' or '.join(wanted)}")


@pytest.fixture
def api(context: BrowserContext, page: Page) -> Api:
    page.goto("/")
    return Api(context)
