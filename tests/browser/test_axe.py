"""Every page and what opens on it, looked at by axe-core; in dark its colours alone: nothing that hinders anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .axe import COLOURS, faults
from .conftest import PAGES, Api, Guard, Site, new_context
from .editing import enter, field, fit, node, open_zoo, select

DIALOGS = {
    "Shift+A": "search and add",
    "Control+k": "commands",
    "Control+f": "find a node",
    "?": "keys",
    "Control+s": "save",
    "Control+Enter": "train",
    "Shift+C": "wires",
}


@pytest.fixture(params=["light", "dark"])
def context(chromium: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A signed-in browser that wants this scheme, and no motion."""
    context = new_context(chromium, site, color_scheme=request.param, reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def look(page: Page) -> Iterator[Callable[..., None]]:
    """Look at what is shown now, or at what a selector finds; what was found is told at the end, all at once."""
    found: list[str] = []
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    rules = COLOURS if dark else None
    yield lambda what, within=None: found.extend(f"{what}: {fault}" for fault in faults(page, within, rules))
    assert not found, "\n".join(found)


def test_pages(page: Page, look: Callable[..., None]) -> None:
    for path in PAGES:
        page.goto(path)
        expect(page.locator("h1")).to_be_visible()
        page.wait_for_load_state("networkidle")
        look(path)


def test_run_and_demo(page: Page, api: Api, look: Callable[..., None]) -> None:
    run = api.run(api.design("lenet5"), epochs=1)
    page.goto(f"/runs/{run}")
    expect(page.locator("h1")).to_be_visible()
    look("a run that waits or works")
    api.wait(run)
    expect(page.get_by_role("button", name="Publish a demo")).to_be_visible()
    look("a run that is done")
    page.get_by_role("button", name="Publish a demo").click()
    page.wait_for_url("**/d/*")
    expect(page.get_by_role("img", name="Drawing area")).to_be_visible()
    look("a demo")


def test_editor(page: Page, look: Callable[..., None]) -> None:
    page.goto("/designs/new")
    expect(page.locator(".ed-template").first).to_be_visible()
    look("empty design")
    open_zoo(page, "resnet18")
    look("graph")
    select(page, "layer2")
    look("a group is selected")
    enter(page, "layer2")
    expect(node(page, "bn1")).to_be_visible()
    look("inside a group")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(node(page, "layer2")).to_be_visible()
    fit(page)
    select(page, "conv1")
    field(page, "in channels").fill("7")
    expect(node(page, "conv1").locator(".ed-issue")).to_be_visible()
    look("a fault on a node")
    field(page, "in channels").fill("")
    expect(page.locator(".ed-issue")).to_have_count(0)
    for key, what in DIALOGS.items():
        select(page, "conv1")
        page.keyboard.press(key)
        expect(page.get_by_role("dialog").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        look(what, "[role=dialog], dialog[open]")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Shift+O")
    expect(page.locator(".ed-outline-row").nth(3)).to_be_visible()
    look("outline")
    page.get_by_role("tab", name="Code").click()
    expect(page.locator(".ed-code-text")).to_be_visible()
    look("code")
    page.get_by_role("tab", name="Graph").click()
    page.get_by_role("button", name="More", exact=True).click()
    look("menu")
    page.keyboard.press("Escape")
    panels = page.get_by_role("navigation", name="Panels").locator("[aria-pressed]")
    for at in range(panels.count()):
        panels.nth(at).click()
        page.wait_for_load_state("networkidle")
        look(f"panel {panels.nth(at).get_attribute('aria-label')}", ".ed-side, .ed-inspector, .ed-rail")


def test_two_tabs_in_conflict(
    page: Page, api: Api, context: BrowserContext, guard: Guard, look: Callable[..., None]
) -> None:
    guard.allow("409")
    design = api.design("lenet5")
    page.goto(f"/designs/{design}")
    expect(node(page, "conv1")).to_be_visible()
    other = context.new_page()
    other.goto(f"/designs/{design}")
    select(other, "conv1")
    field(other, "out channels").fill("7")
    expect(other.locator(".ed-save")).to_have_text("Draft saved")
    select(page, "conv1")
    field(page, "out channels").fill("11")
    expect(page.get_by_role("alert")).to_contain_text("Changed elsewhere")
    look("conflict")
