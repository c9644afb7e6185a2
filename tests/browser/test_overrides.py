"""One instance or repetition that differs: set in the inspector, seen, taken back."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from models_core.design import Builder

from .axe import COLOURS, faults
from .conftest import Api
from .editing import enter, field, node, open_zoo, select, still, to_canvas, undo
from .test_groups import PARAMS, crumbs, inspector


def open_nested(page: Page, api: Api) -> None:
    """Two instances of a stage with units inside, alone and repeated, where some places differ."""
    b = Builder("nested", task="image_classification")
    unit = b.group("unit", kernel=3)
    conv = unit.add("conv", "conv2d", unit.input("x"), out_channels=4, kernel_size="=kernel", padding="=kernel // 2")
    unit.output("out", unit.add("act", "relu", conv))
    stage = b.group("stage")
    sub = stage.add_group("sub", "unit", stage.input("x"))
    stage.output("out", stage.add_group("units", "unit", sub, repeat=2))
    one = b.add_group("one", "stage", b.input("image", "image", C=4, H=8, W=8))
    b.output("out", b.add_group("two", "stage", one))
    b.override("one.sub", params={"kernel": 5})
    b.override("one.sub.act", block="gelu")
    b.override("one.units.*.act", block="silu")
    b.override("one.units.1.conv", bypass=True)
    b.override("two.sub", params={"kernel": 1})
    made = api("POST", "/api/designs", {"design": b.build().to_json()})
    page.goto(f"/designs/{made['id']}")
    expect(node(page, "two")).to_be_visible()
    expect(page.get_by_test_id(PARAMS)).not_to_contain_text("–")
    still(page)


def only_here(page: Page) -> Locator:
    return page.get_by_role("region", name="Only here")


def put(page: Page, what: str) -> None:
    """In the search for what may stand here: what is typed, and Enter."""
    only_here(page).get_by_role("button", name="Another block only here…").click()
    finder = page.get_by_role("dialog", name="only here")
    expect(finder.get_by_role("option").first).to_be_visible()
    page.keyboard.type(what)
    page.keyboard.press("Enter")
    expect(finder).to_have_count(0)


def test_a_value_is_set_only_here_and_taken_back(page: Page) -> None:
    open_zoo(page, "resnet18")
    total = page.get_by_test_id("total-params")
    before = total.inner_text()
    enter(page, "layer2")
    select(page, "conv1")
    kernel = page.locator("[data-param='kernel_size']")
    kernel.hover()
    kernel.get_by_role("button", name="only here").click()
    expect(kernel).to_contain_text("only here")
    field(page, "padding").fill("2")
    undo(page)
    expect(total).to_have_text(before)
    inspector(page).get_by_role("button", name="Bypass only here").click()
    expect(node(page, "conv1")).to_contain_text("only here")
    expect(node(page, "conv1")).to_contain_text("bypassed")
    expect(page.get_by_role("region", name="Only here")).to_contain_text("bypassed")
    page.get_by_role("region", name="Only here").get_by_role("button", name="Take back").click()
    expect(node(page, "conv1").locator(".ed-badge.only")).to_have_count(0)
    expect(total).to_have_text(before)


def test_the_design_lists_what_differs_and_leads_there(page: Page) -> None:
    open_zoo(page, "resnet18")
    enter(page, "layer2")
    select(page, "conv2")
    inspector(page).get_by_role("button", name="Bypass only here").click()
    for _ in range(2):
        to_canvas(page)
        page.keyboard.press("Escape")
    to_canvas(page)
    differs = page.get_by_role("region", name="Instances that differ")
    expect(differs).to_contain_text("layer2.0.conv2")
    expect(differs).to_contain_text("bypassed")
    differs.get_by_role("button", name="layer2.0.conv2").first.click()
    expect(node(page, "conv2")).to_have_attribute("data-selected", "true")
    undo(page)
    expect(page.get_by_role("region", name="Only here")).not_to_contain_text("Take back")


def test_another_block_stands_at_one_instance_alone(page: Page, newest_hash: Callable[[], str]) -> None:
    open_zoo(page, "resnet18")
    before = newest_hash()
    enter(page, "layer2")
    select(page, "act1")
    put(page, "gelu")
    expect(only_here(page)).to_contain_text("gelu in its place")
    expect(node(page, "act1")).to_contain_text("only here")
    assert newest_hash() != before
    here = only_here(page).locator("[data-param='approximate']")
    here.get_by_role("combobox").select_option("tanh")
    expect(only_here(page)).to_contain_text("approximate tanh")
    page.emulate_media(reduced_motion="reduce")
    assert not faults(page, ".ed-inspector")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert not faults(page, ".ed-inspector", COLOURS)
    crumbs(page).get_by_role("combobox").select_option("1")
    expect(node(page, "act1")).not_to_contain_text("only here")
    crumbs(page).get_by_role("combobox").select_option("0")
    only_here(page).get_by_role("button", name="Take back").first.click()
    expect(node(page, "act1")).not_to_contain_text("only here")
    expect(only_here(page)).not_to_contain_text("gelu")
    assert newest_hash() == before


def test_only_what_has_the_ports_is_offered(page: Page) -> None:
    open_zoo(page, "resnet18")
    enter(page, "layer2")
    select(page, "add")
    only_here(page).get_by_role("button", name="Another block only here…").click()
    finder = page.get_by_role("dialog", name="only here")
    page.keyboard.type("relu")
    expect(finder.get_by_role("option", name="ReLU", exact=True)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(finder).to_have_count(0)
    expect(node(page, "add")).to_be_visible()


def test_a_nested_group_has_params_only_here(page: Page, api: Api) -> None:
    open_nested(page, api)
    total = page.get_by_test_id(PARAMS)
    before = total.inner_text()
    enter(page, "one")
    select(page, "units")
    kernel = inspector(page).locator("[data-param='kernel']")
    kernel.hover()
    kernel.get_by_role("button", name="Set kernel only here").click()
    kernel.get_by_role("textbox").fill("5")
    expect(total).not_to_have_text(before)
    expect(only_here(page)).to_contain_text("kernel 5")
    page.locator(".ed-crumbs").get_by_role("button", name="nested").click()
    enter(page, "two")
    select(page, "units")
    expect(kernel).not_to_contain_text("only here")
    select(page, "sub")
    expect(kernel).to_contain_text("only here")
    kernel.get_by_role("button", name="Take kernel back").click()
    expect(kernel).not_to_contain_text("only here")


def test_a_repetition_has_params_of_its_own(page: Page, api: Api) -> None:
    open_nested(page, api)
    total = page.get_by_test_id(PARAMS)
    before = total.inner_text()
    enter(page, "two")
    enter(page, "units")
    crumbs(page).get_by_role("combobox").select_option("1")
    kernel = only_here(page).locator("[data-param='kernel']")
    kernel.get_by_role("textbox").fill("7")
    expect(kernel).to_contain_text("only here")
    expect(total).not_to_have_text(before)
    changed = total.inner_text()
    crumbs(page).get_by_role("combobox").select_option("0")
    expect(kernel).not_to_contain_text("only here")
    to_canvas(page)
    page.keyboard.press("Escape")
    expect(node(page, "units")).to_contain_text("only here")
    expect(node(page, "units").locator(".ed-badge.only")).to_have_attribute(
        "title", "Only here: repetition 2: kernel 7"
    )
    undo(page)
    expect(total).to_have_text(before)
    page.keyboard.press("Control+y")
    expect(total).to_have_text(changed)
    enter(page, "units")
    crumbs(page).get_by_role("combobox").select_option("1")
    kernel.get_by_role("button", name="Take kernel back").click()
    expect(total).to_have_text(before)
    put(page, "gelu")
    expect(inspector(page)).to_contain_text(
        "Something else stands at two.units.1: what is drawn here is not used there."
    )
    expect(total).not_to_have_text(before)


def test_what_differs_inside_goes_into_the_definition_that_is_made_unique(
    page: Page, api: Api, newest_hash: Callable[[], str]
) -> None:
    open_nested(page, api)
    differs = page.get_by_role("region", name="Instances that differ")
    expect(differs.get_by_role("listitem")).to_have_count(5)
    total = page.get_by_test_id(PARAMS)
    before, hash = total.inner_text(), newest_hash()
    select(page, "one")
    inspector(page).get_by_role("button", name="Make unique").click()
    expect(page.get_by_text("What differs at one.units.1.conv is not common to all of stage2")).to_be_visible()
    to_canvas(page)
    expect(differs.get_by_role("listitem")).to_have_count(2)
    expect(differs).to_contain_text("one.units.1.conv")
    expect(differs).to_contain_text("two.sub")
    expect(total).to_have_text(before)
    assert newest_hash() == hash
    enter(page, "one")
    expect(node(page, "sub")).to_contain_text("kernel 5")
    to_canvas(page)
    page.keyboard.press("Escape")
    to_canvas(page)
    undo(page)
    expect(differs.get_by_role("listitem")).to_have_count(5)
    expect(total).to_have_text(before)
    assert newest_hash() == hash
