"""One design in two tabs: neither overwrites the other silently; closing a tab or a lost network loses nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from .conftest import Api, Guard
from .editing import field, node, saved, select, to_canvas, undo


@pytest.fixture
def design(api: Api) -> str:
    return api.design("lenet5")


@pytest.fixture
def other(context: BrowserContext, guard: Guard, design: str) -> Page:
    """A second tab with the design open."""
    guard.allow("409")
    page = context.new_page()
    guard.watch(page)
    page.goto(f"/designs/{design}")
    expect(node(page, "conv1")).to_be_visible()
    return page


def widen(page: Page, channels: int) -> None:
    select(page, "conv1")
    field(page, "out channels").fill(str(channels))
    expect(node(page, "conv1")).to_contain_text(f"{channels}×28×28")


def width(document: dict[str, Any]) -> int:
    return next(item for item in document["nodes"] if item["id"] == "conv1")["params"]["out_channels"]


def conflict(page: Page, other: Page, design: str) -> None:
    """The first tab stores 7 channels; the other has 11, and is told."""
    page.goto(f"/designs/{design}")
    widen(page, 7)
    saved(page)
    widen(other, 11)
    expect(other.get_by_role("alert")).to_contain_text("Changed elsewhere")


def test_the_later_tab_can_take_what_is_stored(page: Page, other: Page, design: str) -> None:
    conflict(page, other, design)
    other.get_by_role("button", name="Take theirs").click()
    expect(node(other, "conv1")).to_contain_text("7×28×28")
    to_canvas(other)
    undo(other)
    expect(node(other, "conv1")).to_contain_text("11×28×28")
    saved(other)


def test_the_later_tab_can_keep_its_own_and_the_other_becomes_a_version(
    page: Page, other: Page, design: str, api: Api
) -> None:
    conflict(page, other, design)
    other.get_by_role("button", name="Keep mine").click()
    expect(other.get_by_role("alert")).to_have_count(0)
    saved(other)
    detail = api("GET", f"/api/designs/{design}")
    assert (width(detail["draft"]["design"]), width(detail["design"])) == (11, 7)
    assert api("GET", f"/api/designs/{design}/versions")["items"][0]["name"] == "Draft that was replaced"


def test_the_later_tab_can_become_a_design_of_its_own(page: Page, other: Page, design: str, api: Api) -> None:
    conflict(page, other, design)
    other.get_by_role("button", name="Mine as a copy").click()
    other.wait_for_url(lambda url: "/designs/" in url and design not in url)
    expect(node(other, "conv1")).to_contain_text("11×28×28")
    assert width(api("GET", f"/api/designs/{design}")["draft"]["design"]) == 7


def test_what_a_closed_tab_could_not_store_overwrites_nothing(
    page: Page, other: Page, design: str, api: Api, context: BrowserContext
) -> None:
    conflict(page, other, design)
    other.close()
    widen(page, 8)
    saved(page)
    again = context.new_page()
    again.goto(f"/designs/{design}")
    expect(again.get_by_role("alert")).to_contain_text("Changed elsewhere")
    expect(node(again, "conv1")).to_contain_text("11×28×28")
    assert width(api("GET", f"/api/designs/{design}")["draft"]["design"]) == 8
    again.get_by_role("button", name="Take theirs").click()
    expect(node(again, "conv1")).to_contain_text("8×28×28")


def test_a_tab_without_work_of_its_own_follows_when_it_is_looked_at(page: Page, other: Page, design: str) -> None:
    page.goto(f"/designs/{design}")
    widen(page, 9)
    saved(page)
    other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(node(other, "conv1")).to_contain_text("9×28×28")
    widen(other, 10)
    saved(other)
    expect(other.get_by_role("alert")).to_have_count(0)


def test_a_tab_closed_right_after_a_change_loses_nothing(page: Page, design: str, context: BrowserContext) -> None:
    page.goto(f"/designs/{design}")
    select(page, "conv1")
    field(page, "out channels").fill("12")
    page.close(run_before_unload=True)
    again = context.new_page()
    again.goto(f"/designs/{design}")
    expect(node(again, "conv1")).to_contain_text("12×28×28")
    expect(again.get_by_role("alert")).to_have_count(0)


def test_work_without_a_network_is_kept_and_sent_later(page: Page, design: str, api: Api, guard: Guard) -> None:
    guard.allow("ERR_INTERNET_DISCONNECTED|Failed to load")
    page.goto(f"/designs/{design}")
    select(page, "conv1")
    page.context.set_offline(True)
    field(page, "out channels").fill("13")
    expect(page.locator(".ed-save")).to_contain_text("Offline")
    page.context.set_offline(False)
    saved(page)
    assert width(api("GET", f"/api/designs/{design}")["draft"]["design"]) == 13


def test_a_link_to_a_version_says_when_the_draft_is_another(page: Page, design: str) -> None:
    page.goto(f"/designs/{design}?version=1")
    widen(page, 14)
    expect(page.locator(".toast")).to_have_count(0)
    expect(page.locator(".ed-save")).to_have_text("Draft saved")
    page.reload()
    message = page.locator(".toast", has_text="not version 1")
    message.get_by_role("button", name=re.compile("Bring back")).click()
    expect(node(page, "conv1")).to_contain_text("6×28×28")
    expect(message).to_have_count(0)
