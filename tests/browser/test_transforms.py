"""Transforms in the editor: a form from the registry, what it changes in figures, one step to undo."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from .axe import COLOURS, faults
from .conftest import Guard
from .editing import node, open_zoo, to_canvas, undo


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Transform the design")


def change(page: Page) -> Locator:
    return dialog(page).get_by_role("region", name="What it changes")


def open_transforms(page: Page) -> None:
    to_canvas(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("transform")
    page.keyboard.press("Enter")
    expect(dialog(page)).to_be_visible()


def test_a_transform_is_looked_at_applied_and_undone(page: Page, guard: Guard) -> None:
    guard.allow("422")
    open_zoo(page, "edgenext_xx_small")
    macs = page.get_by_test_id("total-macs")
    before = macs.inner_text()
    open_transforms(page)
    told = page.request.get("/api/registry?kind=transform").json()["transform"]
    expect(dialog(page).get_by_role("radio")).to_have_count(len(told))
    expect(dialog(page)).to_contain_text(told[0]["help"])
    expect(change(page)).to_contain_text("Parameters")
    assert not faults(page, "dialog[open]")
    dialog(page).get_by_label("nodes", exact=True).fill("stage9")
    expect(change(page)).to_contain_text("stage9: there is no repeated node of that id")
    expect(dialog(page).get_by_role("button", name="Apply")).to_be_disabled()
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert not faults(page, "dialog[open]", COLOURS)
    dialog(page).get_by_label("nodes", exact=True).fill("stage1")
    expect(change(page)).to_contain_text("→")
    dialog(page).get_by_role("button", name="Apply").click()
    expect(dialog(page)).to_have_count(0)
    expect(node(page, "stage1")).to_contain_text("filter_parallel")
    expect(node(page, "stage2")).not_to_contain_text("filter_parallel")
    to_canvas(page)
    undo(page)
    expect(node(page, "stage1")).not_to_contain_text("filter_parallel")
    expect(macs).to_have_text(before)
    page.keyboard.press("Control+y")
    expect(node(page, "stage1")).to_contain_text("filter_parallel")


def test_what_cannot_be_transformed_says_why(page: Page, guard: Guard) -> None:
    guard.allow("422")
    open_zoo(page, "lenet5")
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Transform…").click()
    expect(change(page)).to_contain_text("LeNet-5 repeats nothing; put the unit of a residual stack in a group")
    expect(dialog(page).get_by_role("button", name="Apply")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
