"""The first five minutes: an empty canvas, the tour by a person's own hands, a trained net at its end."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from .axe import faults
from .conftest import Guard, Site, new_context
from .editing import field, node


@pytest.fixture(autouse=True)
def patience() -> None:
    # The first answers of a site that has just started take a while.
    expect.set_options(timeout=15_000)


def card(page: Page) -> Locator:
    return page.get_by_role("region", name="Tour")


def at(page: Page, station: str) -> Locator:
    """The card, once it is at a station."""
    expect(card(page)).to_have_attribute("data-station", station)
    return card(page)


def take(page: Page) -> None:
    """From an empty canvas to the station after the template."""
    page.goto("/designs/new")
    page.get_by_role("button", name="Take the tour").click()
    at(page, "open")
    page.get_by_role("button", name=re.compile("^LeNet-5")).click()
    at(page, "look")


def test_the_tour_ends_with_a_trained_net(page: Page) -> None:
    take(page)
    totals = page.get_by_role("group", name="Totals")
    expect(totals).to_contain_text("61.7 k")

    # It waits for what it asks for, and shows where.
    expect(card(page)).to_contain_text("Click the layer conv1.")
    ring = page.locator(".tour-ring").bounding_box()
    layer = node(page, "conv1").bounding_box()
    assert ring
    assert layer
    assert ring["x"] < layer["x"] < layer["x"] + layer["width"] < ring["x"] + ring["width"]
    node(page, "conv1").locator("header").click()

    at(page, "change")
    field(page, "out channels").fill("12")
    at(page, "break")
    expect(node(page, "conv1")).to_contain_text("12×28×28")

    node(page, "conv2").locator("header").click()
    field(page, "in channels").fill("3")
    at(page, "mend")
    expect(node(page, "conv2")).to_contain_text("expects in_channels 3, but gets 12")
    node(page, "conv2").get_by_role("button", name="Let in_channels follow the input").click()

    at(page, "data")
    expect(totals).to_contain_text("Fits together")
    page.get_by_label("Data set").select_option("digits")
    at(page, "train")
    page.get_by_role("button", name="Train", exact=True).click()

    # The card goes into the dialog, where it can be used.
    dialog = page.get_by_role("dialog", name=re.compile("^Train"))
    expect(dialog.get_by_role("region", name="Tour")).to_have_attribute("data-station", "start")
    dialog.get_by_role("button", name="Start training").click()

    page.wait_for_url(re.compile(r"/runs/[a-z0-9]+$"))
    at(page, "watch")
    expect(card(page)).to_have_attribute("data-station", "trained", timeout=120_000)
    expect(card(page)).to_contain_text(re.compile(r"Best test accuracy: 9\d\.\d %"))
    expect(page.get_by_role("button", name="Publish a demo")).to_be_visible()
    page.get_by_role("button", name="Finish").click()
    expect(card(page)).to_be_hidden()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(card(page)).to_be_hidden()


def test_it_is_left_resumed_and_begun_again(page: Page) -> None:
    take(page)
    page.get_by_role("button", name="Leave the tour").click()
    expect(card(page)).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/designs/[a-z0-9]{6,}$"))
    page.reload()
    expect(node(page, "conv1")).to_be_visible()
    expect(card(page)).to_be_hidden()

    page.get_by_role("button", name="Help", exact=True).click()
    page.get_by_role("menuitem", name="Take the tour, or go on with it").click()
    at(page, "look")
    # It survives another load of the page.
    page.reload()
    at(page, "look")

    page.get_by_role("button", name="Help", exact=True).click()
    page.get_by_role("menuitem", name="Take the tour from its beginning").click()
    page.wait_for_url(re.compile("/designs/new$"))
    at(page, "open")


def test_the_home_page_leads_to_it(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Take the tour").click()
    at(page, "open")
    # A shut dialog brings it back to the station before.
    for station in ("open", "look", "change", "break", "mend", "data", "train"):
        at(page, station).get_by_role("button", name="Do it for me").click()
    dialog = page.get_by_role("dialog", name=re.compile("^Train"))
    expect(dialog.get_by_role("region", name="Tour")).to_have_attribute("data-station", "start")
    page.keyboard.press("Escape")
    at(page, "train")


def test_it_can_be_taken_by_keyboard(page: Page) -> None:
    page.goto("/designs/new?tour=1")
    at(page, "open")
    for station in ("open", "look", "change"):
        at(page, station)
        page.keyboard.press("F6")
        expect(card(page).get_by_role("button", name="Do it for me")).to_be_focused()
        page.keyboard.press("Enter")
    at(page, "break")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1360), ("dark", 390)])
def test_every_station_is_accessible(chromium: Browser, site: Site, guard: Guard, scheme: str, width: int) -> None:
    context = new_context(
        chromium, site, color_scheme=scheme, reduced_motion="reduce", viewport={"width": width, "height": 800}
    )
    page = context.new_page()
    guard.watch(page)
    page.goto("/designs/new")
    expect(page.get_by_role("list", name="Templates").get_by_role("button").first).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Take the tour").click()
    for station in ("open", "look", "change", "break", "mend", "data", "train"):
        at(page, station)
        assert faults(page, ".tour-card") == [], station
        box = card(page).bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        card(page).get_by_role("button", name="Do it for me").click()
    at(page, "start")
    assert faults(page, "dialog") == []
    context.close()


def test_an_empty_canvas_also_begins_with_a_block(page: Page) -> None:
    page.goto("/designs/new")
    page.get_by_role("button", name="Start from blocks").click()
    quick = page.get_by_role("dialog", name="Add a block")
    expect(quick.get_by_role("option", name=re.compile("Conv2d"))).to_be_visible()
    quick.get_by_role("combobox").fill("conv2d")
    page.keyboard.press("Enter")
    expect(node(page, "conv2d")).to_be_visible()
