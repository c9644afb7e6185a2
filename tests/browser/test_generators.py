"""Generators in the editor: added like blocks, looked into, turned into groups."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from .axe import COLOURS, faults
from .editing import enter, field, node, open_zoo, select, to_canvas, undo
from .test_groups import crumbs, inspector
from .test_outline import cell, go_to, keys, open_outline, row


def test_a_generator_opens_read_only_and_becomes_a_group(page: Page) -> None:
    open_zoo(page, "dla34")
    select(page, "level3")
    expect(inspector(page)).to_contain_text("A tree of residual units")
    before = page.get_by_test_id("total-params").inner_text()
    enter(page, "level3")
    expect(crumbs(page)).to_contain_text("made by aggregation_tree, read-only")
    expect(inspector(page)).to_contain_text("it is read-only")
    enter(page, "tree1")
    select(page, "unit1")
    expect(field(page, "Id")).to_be_disabled()
    page.keyboard.press("Delete")
    expect(page.get_by_text("Turn it into a group to edit it")).to_be_visible()
    expect(node(page, "unit1")).to_be_visible()
    for _ in range(3):
        to_canvas(page)
        page.keyboard.press("Escape")
    expect(crumbs(page)).to_have_count(0)
    select(page, "level3")
    inspector(page).get_by_role("button", name="Turn into a group").click()
    expect(inspector(page)).to_contain_text("Name of the group")
    expect(page.get_by_test_id("total-params")).to_have_text(before)
    enter(page, "level3")
    expect(crumbs(page)).not_to_contain_text("read-only")
    to_canvas(page)
    page.keyboard.press("Escape")
    undo(page)
    select(page, "level3")
    expect(inspector(page).get_by_role("button", name="Turn into a group")).to_be_visible()


def test_its_form_changes_what_is_inside(page: Page) -> None:
    open_zoo(page, "dla34")
    select(page, "level3")
    total = page.get_by_test_id("total-params")
    before = total.inner_text()
    field(page, "levels").fill("1")
    expect(total).not_to_have_text(before)
    enter(page, "level3")
    expect(node(page, "unit2")).to_be_visible()


def test_the_outline_shows_what_it_makes_by_keyboard_alone(page: Page) -> None:
    open_outline(page, "dla34")
    keys(page, "Control+End")
    for _ in range(20):
        if row(page, "level3").evaluate("one => one === document.activeElement"):
            break
        keys(page, "ArrowUp")
    expect(row(page, "level3")).to_be_focused()
    expect(row(page, "level3")).to_have_attribute("aria-expanded", "false")
    keys(page, "ArrowRight")
    expect(row(page, "level3")).to_have_attribute("aria-expanded", "true")
    keys(page, "ArrowDown", "ArrowDown", "ArrowDown")
    expect(row(page, "level3/tree1")).to_be_focused()
    keys(page, "ArrowRight", "u")
    expect(row(page, "level3/tree1/unit1")).to_be_focused()
    expect(cell(page, "level3/tree1/unit1", "block")).to_have_attribute("aria-readonly", "true")
    expect(cell(page, "level3/tree1/unit1", "params")).not_to_be_empty()
    expect(crumbs(page)).to_contain_text("made by aggregation_tree, read-only")
    assert not faults(page, ".ed-outline")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert not faults(page, ".ed-outline", COLOURS)
    keys(page, "Delete")
    expect(page.get_by_text("Turn it into a group to edit it")).to_be_visible()
    expect(row(page, "level3/tree1/unit1")).to_be_focused()
    keys(page, "ArrowLeft", "ArrowLeft", "ArrowLeft")
    expect(row(page, "level3")).to_be_focused()
    keys(page, "ArrowLeft")
    expect(row(page, "level3/tree1")).to_have_count(0)
    keys(page, "Enter")
    expect(row(page, "level3/input.x")).to_be_focused()


def test_the_outline_follows_the_form_of_what_it_shows(page: Page) -> None:
    open_outline(page, "dla34")
    go_to(page, "level3")
    keys(page, "ArrowRight")
    expect(row(page, "level3/tree1")).to_be_visible()
    field(page, "levels").fill("1")
    expect(row(page, "level3/unit1")).to_be_visible()
    expect(row(page, "level3/tree1")).to_have_count(0)
