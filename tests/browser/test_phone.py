"""Phone and tablet: looking, small edits and watching a run, with fingers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from .axe import faults
from .conftest import Api, Guard, Site, new_context
from .editing import field, node, open_zoo, port, saved, still, view, wire

PHONE = {"width": 390, "height": 844}
TABLET = {"width": 820, "height": 1180}
# Smaller, and a finger misses it (WCAG 2.2's 24 px is the least that is allowed).
FINGER = 34

Device = Callable[[dict[str, int]], Page]


@pytest.fixture
def device(chromium: Browser, site: Site, guard: Guard) -> Iterator[Device]:
    """A page on a screen for fingers, of the size given."""
    contexts: list[BrowserContext] = []

    def opened(viewport: dict[str, int]) -> Page:
        context = new_context(
            chromium, site, has_touch=True, is_mobile=True, viewport=viewport, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        guard.watch(page)
        return page

    yield opened
    for context in contexts:
        context.close()


def box(item: Locator) -> dict[str, float]:
    found = item.bounding_box()
    assert found
    return dict(found)


def small(page: Page) -> list[str]:
    """Buttons of the bars a finger would miss, or that lie outside of the screen."""
    return page.locator(".ed-toolbar button, .ed-rail button").evaluate_all(
        """(buttons, least) => buttons
            .filter((one) => one.offsetParent)
            .map((one) => [one.getAttribute("aria-label") || one.textContent, one.getBoundingClientRect()])
            .filter(([, box]) => box.width < least || box.height < least || box.left < 0 || box.right > innerWidth)
            .map(([name, box]) => `${name} ${box.width} x ${box.height}`)""",
        FINGER,
    )


def test_a_small_edit_on_a_phone(device: Device) -> None:
    page = device(PHONE)
    open_zoo(page, "lenet5")
    expect(page.get_by_role("complementary")).to_have_count(0)
    assert small(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    before = page.get_by_test_id("total-params").inner_text()
    canvas = box(page.locator(".ed-canvas"))

    # A panel lies below the canvas, which stays in sight.
    page.get_by_role("button", name="Blocks", exact=True).tap()
    panel = box(page.get_by_role("complementary", name="Blocks"))
    above = box(page.locator(".ed-canvas"))
    assert 250 < above["height"] < canvas["height"]
    assert above["y"] + above["height"] <= panel["y"] + 1
    assert panel["width"] == PHONE["width"]

    # One sheet at a time, the one opened last, and what is selected stays in sight above it.
    page.get_by_role("button", name="Close the panel").tap()
    page.locator(".react-flow__controls-fitview").tap()
    still(page)
    node(page, "fc3").tap()
    page.get_by_role("button", name="Inspector", exact=True).tap()
    still(page)
    here, room = box(node(page, "fc3")), box(page.locator(".ed-canvas"))
    assert room["y"] <= here["y"]
    assert here["y"] + here["height"] <= room["y"] + room["height"]
    page.get_by_role("button", name="Variables and data").tap()
    expect(page.locator(".ed-inspector")).to_have_count(0)
    page.get_by_label("Data set", exact=True).select_option("digits")
    expect(page.get_by_label("Facts of the data")).to_contain_text("label.classes")

    page.get_by_role("button", name="Inspector", exact=True).tap()
    expect(page.get_by_role("complementary", name="Variables and data")).to_have_count(0)
    node(page, "fc2").tap()
    field(page, "out features").fill("20")
    expect(page.get_by_test_id("total-params")).not_to_have_text(before)
    assert faults(page) == []
    page.get_by_role("button", name="Undo").tap()
    expect(field(page, "out features")).to_have_value("=hidden2")
    saved(page)


def test_two_fingers_zoom_and_one_pans(device: Device) -> None:
    page = device(PHONE)
    open_zoo(page, "lenet5")
    before = view(page)
    touch = page.context.new_cdp_session(page)

    def points(*at: tuple[float, float]) -> list[dict[str, float]]:
        return [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(at)]

    def send(kind: str, *at: tuple[float, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points(*at)})

    send("touchStart", (30, 600))
    for step in range(1, 6):
        send("touchMove", (30 + 12 * step, 600))
    send("touchEnd")
    still(page)
    panned = view(page)
    assert panned != before
    assert panned.split("scale")[1] == before.split("scale")[1]

    send("touchStart", (40, 560), (40, 640))
    for step in range(1, 6):
        send("touchMove", (40, 560 - 8 * step), (40, 640 + 8 * step))
    send("touchEnd")
    still(page)
    assert view(page).split("scale")[1] != panned.split("scale")[1]


def test_a_wire_by_two_taps_and_a_block_from_the_palette(device: Device) -> None:
    page = device(TABLET)
    open_zoo(page, "lenet5")
    assert small(page) == []
    page.locator(".react-flow__controls-fitview").tap()
    still(page)
    stage = box(page.locator(".ed-canvas"))
    page.get_by_role("button", name="Blocks", exact=True).tap()
    # A tablet has its panels over the canvas, which keeps its size.
    assert box(page.locator(".ed-canvas")) == stage
    page.get_by_role("button", name="Close the panel").tap()
    port(page, "conv1", "outputs").tap()
    port(page, "pool1", "inputs").tap()
    expect(wire(page, "conv1.out→pool1.x")).to_have_count(1)
    saved(page)


def test_a_run_is_watched_on_a_phone(device: Device, api: Api) -> None:
    run = api.run(api.design("lenet5"), epochs=30)
    page = device(PHONE)
    page.goto(f"/runs/{run}")
    expect(page).to_have_title(re.compile("training"), timeout=60_000)
    expect(page).to_have_title(re.compile("^✓ done"), timeout=90_000)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert faults(page) == []
