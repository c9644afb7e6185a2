"""Two versions, or two designs, as one picture."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from .editing import field, open_zoo, saved, select


def test_a_version_and_the_draft_as_one_picture(page: Page) -> None:
    open_zoo(page, "lenet5")
    select(page, "conv1")
    field(page, "kernel size").fill("3")
    saved(page)
    page.keyboard.press("Control+s")
    page.get_by_label("Name, if it should have one").fill("three")
    page.get_by_role("dialog").get_by_role("button", name="Save version").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    field(page, "kernel size").fill("7")
    select(page, "pool1")
    page.keyboard.press("Alt+Delete")
    page.get_by_label("Versions").click()
    page.get_by_role("listitem").filter(has_text="three").get_by_role("button", name="Compare").click()
    comparison = page.get_by_role("region", name="Comparison")
    expect(comparison).to_contain_text("three")
    expect(comparison.get_by_test_id("fate-conv1")).to_contain_text("kernel size 3 → 7")
    expect(comparison.get_by_test_id("fate-pool1")).to_have_attribute("data-fate", "removed")
    expect(comparison.locator(".ed-before-after")).to_contain_text("Parameters")
    comparison.get_by_role("button", name="pool1").click()
    page.keyboard.press("Escape")
    expect(comparison).to_have_count(0)
    expect(page.get_by_test_id("node-conv1")).to_be_visible()


def test_another_design_is_held_against_this_one(page: Page) -> None:
    open_zoo(page, "resnet18")
    page.get_by_label("Versions").click()
    page.get_by_label("Compare with another design").select_option(label="ResNet-34")
    comparison = page.get_by_role("region", name="Comparison")
    expect(comparison.locator(".ed-before-after")).to_contain_text("21.8 M → 11.7 M")
    comparison.get_by_role("button", name="Close the comparison").click()
    expect(comparison).to_have_count(0)
