"""Groups, variables and the search space as people handle them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from .editing import enter, field, node, open_zoo, select, to_canvas, undo, wires
from .test_cost import panel

PARAMS = "total-params"


def crumbs(page: Page) -> Locator:
    return page.locator(".ed-crumbs")


def inspector(page: Page) -> Locator:
    return page.locator(".ed-inspector")


def test_a_definition_says_what_it_is_and_leads_to_its_instances(page: Page) -> None:
    open_zoo(page, "resnet18")
    expect(node(page, "layer2").locator(".ed-badge.instance")).to_have_text("1 of 4")
    enter(page, "layer2")
    expect(crumbs(page)).to_contain_text("definition of 4 instances")
    expect(inspector(page)).to_contain_text("a change here changes all of them")
    instances = page.get_by_role("region", name="Instances")
    expect(instances.get_by_role("listitem")).to_have_count(4)
    instances.get_by_role("button", name="layer3").click()
    expect(crumbs(page)).to_have_count(0)
    expect(node(page, "layer3")).to_have_attribute("data-selected", "true")
    inspector(page).get_by_role("button", name="Make unique").click()
    expect(node(page, "layer3").locator(".ed-badge.instance")).to_have_count(0)
    expect(node(page, "layer2").locator(".ed-badge.instance")).to_have_text("1 of 3")


def test_a_groups_own_totals_of_one_repetition_and_of_all(page: Page) -> None:
    open_zoo(page, "resnet18")
    enter(page, "layer1")
    one, every = page.get_by_test_id("group-sum"), page.get_by_test_id("group-sum-all")
    expect(one).to_contain_text("74.0 k params")
    expect(every).to_contain_text("×2: 148 k params")
    assert "every tensor" in (one.get_attribute("title") or "").lower()
    expect(inspector(page)).to_contain_text("one repetition of 2")


def test_the_repeat_is_changed_on_the_node(page: Page) -> None:
    open_zoo(page, "resnet18")
    expect(page.get_by_test_id(PARAMS)).to_contain_text("11.7 M")
    page.get_by_role("button", name="Repeat of layer1: 2").click()
    entry = page.get_by_label("Repeat of layer1", exact=True)
    entry.fill("3")
    entry.press("Enter")
    expect(page.get_by_test_id(PARAMS)).to_contain_text("11.8 M")
    page.get_by_role("button", name="Repeat of layer1: 3").click()
    entry.fill("many")
    entry.press("Enter")
    expect(page.get_by_text("many is not a number")).to_be_visible()
    to_canvas(page)
    undo(page)
    expect(page.get_by_role("button", name="Repeat of layer1: 2")).to_be_visible()


def test_ports_are_named_and_put_in_order(page: Page) -> None:
    open_zoo(page, "lenet5")
    select(page, "conv1", "act1")
    page.keyboard.press("Control+g")
    enter(page, "group")
    ports = page.get_by_role("region", name="Ports")
    ports.get_by_label("Name of input x").fill("picture")
    ports.get_by_label("Name of input x").press("Enter")
    expect(page.get_by_test_id("node-input.picture")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(crumbs(page)).to_have_count(0)
    assert "input.image→group.picture" in wires(page)


def test_a_param_inside_becomes_the_groups(page: Page) -> None:
    open_zoo(page, "lenet5")
    select(page, "conv1", "act1")
    page.keyboard.press("Control+g")
    enter(page, "group")
    select(page, "conv1")
    inspector(page).get_by_label("Make kernel size a group parameter").click()
    expect(field(page, "kernel size")).to_have_value("=kernel_size")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    select(page, "group")
    field(page, "kernel_size").fill("3")
    expect(node(page, "group")).to_contain_text("6×30×30")


@pytest.mark.parametrize(("zoo", "group"), [("resnet18", "layer2"), ("mobilenetv2_100", "stage2"), ("vit", "blocks")])
def test_ungrouping_and_grouping_again_lose_nothing(
    page: Page, newest_hash: Callable[[], str], zoo: str, group: str
) -> None:
    open_zoo(page, zoo)
    before = newest_hash()
    titles = node(page, group).inner_text()
    held = sorted(wires(page))
    select(page, group)
    page.keyboard.press("Control+Shift+g")
    expect(node(page, group)).to_have_count(0)
    expect(page.locator(".ed-node[data-selected]").first).to_be_visible()
    assert newest_hash() == before
    page.keyboard.press("Control+g")
    expect(node(page, group)).to_be_visible()
    assert newest_hash() == before
    expect(node(page, group)).to_have_text(titles, use_inner_text=True)
    assert sorted(wires(page)) == held


def test_a_repeat_is_unrolled_into_instances(page: Page, newest_hash: Callable[[], str]) -> None:
    open_zoo(page, "resnet18")
    before = newest_hash()
    select(page, "layer3")
    inspector(page).get_by_role("button", name="Unroll").click()
    expect(node(page, "layer3_0")).to_be_visible()
    expect(node(page, "layer3_1")).to_be_visible()
    assert newest_hash() == before
    # The menus offer it where there is a repeat, and only there.
    select(page, "layer3_0")
    node(page, "layer3_0").locator("header").click(button="right")
    expect(page.get_by_role("menuitem", name="Ungroup")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Unroll")).to_have_count(0)
    page.keyboard.press("Escape")
    select(page, "layer2")
    node(page, "layer2").locator("header").click(button="right")
    page.get_by_role("menuitem", name="Unroll").click()
    expect(node(page, "layer2_1")).to_be_visible()
    assert newest_hash() == before


def test_one_click_makes_a_variable_and_expressions_go_anywhere(page: Page) -> None:
    open_zoo(page, "lenet5")
    select(page, "conv1")
    inspector(page).get_by_label("Make kernel size a variable").click()
    row = panel(page, "Variables and data").locator('[data-variable="kernel_size"]')
    expect(row).to_contain_text("used by 1 node")
    field(page, "padding").fill("=kernel_size//2")
    select(page, "conv2")
    field(page, "kernel size").fill("=kernel_size")
    expect(row).to_contain_text("used by 2 nodes")
    row.get_by_label("Value of kernel_size").fill("3")
    expect(node(page, "conv1")).to_contain_text("6×28×28")
    expect(node(page, "conv2")).to_contain_text("16×12×12")


def test_a_slider_moves_the_whole_picture_as_one_step(page: Page) -> None:
    open_zoo(page, "lenet5")
    row = panel(page, "Variables and data").locator('[data-variable="width"]')
    slider = row.get_by_role("slider")
    box = slider.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] / 2)
    page.mouse.down()
    seen = set()
    for part in (0.3, 0.5, 0.8):
        page.mouse.move(box["x"] + box["width"] * part, box["y"] + box["height"] / 2, steps=6)
        # The figures follow while it is held.
        expect(node(page, "conv1")).to_contain_text(f"{slider.input_value()}×28×28")
        seen.add(page.get_by_test_id(PARAMS).inner_text())
    page.mouse.up()
    assert len(seen) == 3
    to_canvas(page)
    undo(page)
    expect(slider).to_have_value("6")
    expect(node(page, "conv1")).to_contain_text("6×28×28")


def test_a_repeat_becomes_a_variable(page: Page) -> None:
    open_zoo(page, "lenet5")
    select(page, "act1")
    field(page, "Repeat").fill("2")
    inspector(page).get_by_label("Make repeat a variable").click()
    panel(page, "Variables and data").get_by_label("Value of depth", exact=True).fill("4")
    expect(page.get_by_role("button", name="Repeat of act1: 4")).to_be_visible()


def test_the_search_space_is_seen_on_the_canvas(page: Page) -> None:
    open_zoo(page, "lenet5")
    space = page.get_by_test_id("total-space")
    expect(space).to_contain_text("8.29e9")
    badge = node(page, "act1").locator(".ed-badge.varies")
    expect(badge).to_have_attribute("title", "May vary: activation")
    select(page, "conv2")
    badge = node(page, "conv2").locator(".ed-badge.varies")
    expect(badge).to_have_attribute("title", "May vary: width2")
    inspector(page).get_by_label("Make kernel size a variable").click()
    side = panel(page, "Variables and data")
    row = side.locator('[data-variable="kernel_size"]')
    row.get_by_label("More about kernel_size").click()
    row.get_by_label("Domain").select_option("int")
    expect(row).to_contain_text("1 to 20")
    expect(badge).to_have_attribute("title", "May vary: width2, kernel_size")
    # 20 times as many.
    expect(space).to_contain_text("1.66e11")
    expect(side.get_by_role("region", name="Search space")).to_contain_text("×20")
    row.hover()
    expect(node(page, "conv2")).to_have_attribute("data-lit", "true")
    expect(node(page, "act1")).not_to_have_attribute("data-lit", "true")
    row.get_by_role("button", name="conv2 / kernel_size").click()
    expect(node(page, "conv2")).to_have_attribute("data-selected", "true")


def test_alternatives_are_part_of_the_space(page: Page) -> None:
    open_zoo(page, "mlp")
    first = page.locator(".ed-node").first
    first.locator("header").click()
    before = page.get_by_test_id("total-space").inner_text()
    inspector(page).get_by_role("button", name="Offer alternatives").click()
    inspector(page).get_by_label("Add an alternative").select_option("identity")
    expect(first.locator(".ed-badge.varies")).to_have_count(1)
    assert "a choice" in (first.locator(".ed-badge.varies").get_attribute("title") or "")
    expect(page.get_by_test_id("total-space")).not_to_have_text(before)
