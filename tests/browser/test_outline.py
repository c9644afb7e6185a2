"""The outline: the design as a tree with columns, equal to the canvas, by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Api
from .editing import node, open_zoo, wires


def row(page: Page, key: str) -> Locator:
    return page.locator(f'.ed-outline-rows [data-key="{key}"]')


def cell(page: Page, key: str, column: str) -> Locator:
    return row(page, key).locator(f".ed-cell.{column}")


def open_outline(page: Page, zoo: str) -> None:
    open_zoo(page, zoo)
    page.keyboard.press("Shift+O")
    expect(page.get_by_role("treegrid", name="Nodes")).to_be_visible()
    expect(row(page, "input.image")).to_be_focused()


def keys(page: Page, *presses: str) -> None:
    for press in presses:
        page.keyboard.press(press)


def go_to(page: Page, key: str) -> None:
    row(page, key).focus()
    expect(row(page, key)).to_be_focused()


def add(page: Page, what: str) -> None:
    """In the search that is open: what is typed, and Enter."""
    quick = page.get_by_role("dialog", name="Add a block")
    expect(quick.get_by_role("option").first).to_be_visible()
    page.keyboard.type(what)
    page.keyboard.press("Enter")
    expect(quick).to_have_count(0)


def keys_in_sight(page: Page) -> list[str]:
    return page.locator(".ed-outline-rows > [data-key]").evaluate_all("rows => rows.map(row => row.dataset.key)")


def test_walk_unfold_and_jump(page: Page) -> None:
    open_outline(page, "resnet18")
    expect(cell(page, "conv1", "block")).to_have_text("Conv2d")
    expect(cell(page, "conv1", "settings")).to_contain_text("out channels 64 (=width)")
    expect(cell(page, "bn1", "inputs")).to_have_text("conv1")
    expect(cell(page, "conv1", "output")).to_have_text("64×112×112")
    expect(cell(page, "conv1", "params")).to_have_text("9.4 k")
    keys(page, "g")
    expect(row(page, "global_pool")).to_be_focused()
    go_to(page, "layer2")
    expect(row(page, "layer2")).to_have_attribute("aria-expanded", "false")
    keys(page, "ArrowRight")
    expect(row(page, "layer2")).to_have_attribute("aria-expanded", "true")
    expect(row(page, "layer2/conv1")).to_have_attribute("aria-level", "2")
    # Enter goes inside; what is selected there is what the inspector and the canvas show.
    keys(page, "Enter", "ArrowDown")
    expect(row(page, "layer2/conv1")).to_be_focused()
    expect(page.get_by_role("complementary", name="Inspector").get_by_label("Id", exact=True)).to_have_value("conv1")
    page.get_by_label("Repetition of layer2").select_option("1")
    expect(cell(page, "layer2/conv1", "params")).to_have_text("147 k")
    row(page, "layer2/conv1").focus()
    keys(page, "ArrowRight", "End")
    expect(cell(page, "layer2/conv1", "issues")).to_be_focused()
    keys(page, "Home", "ArrowLeft", "ArrowLeft")
    expect(row(page, "layer2")).to_be_focused()
    keys(page, "ArrowLeft", "End")
    expect(row(page, "output.logits")).to_be_focused()
    keys(page, "PageUp", "Home")
    expect(row(page, "input.image")).to_be_focused()
    go_to(page, "fc")
    keys(page, "Shift+O")
    expect(node(page, "fc")).to_be_visible()
    expect(page.locator(".react-flow__node.selected")).to_be_focused()


def test_sort_and_filter(page: Page) -> None:
    open_outline(page, "resnet18")
    page.get_by_role("button", name="Params").press("Enter")
    expect(page.get_by_role("columnheader", name="Params")).to_have_attribute("aria-sort", "descending")
    assert keys_in_sight(page)[:2] == ["layer4", "layer3"]
    page.get_by_role("button", name="Params").press("Enter")
    assert keys_in_sight(page)[-1] == "layer4"
    page.get_by_role("button", name="Params").press("Enter")
    assert keys_in_sight(page)[0] == "input.image"
    search = page.get_by_label("Filter nodes by name, block or setting")
    search.fill("downsample")
    assert "layer3/downsample" in keys_in_sight(page)
    assert "conv1" not in keys_in_sight(page)
    search.press("ArrowDown")
    expect(row(page, "layer1")).to_be_focused()
    search.fill("no such thing")
    expect(page.locator(".ed-outline")).to_contain_text("Nothing matches")


def test_add_rename_connect_and_delete(page: Page) -> None:
    open_outline(page, "lenet5")
    go_to(page, "conv1")
    keys(page, "Shift+A")
    add(page, "batch norm")
    expect(row(page, "batch_norm")).to_be_focused()
    order = keys_in_sight(page)
    assert order[order.index("conv1") + 1 :][:2] == ["batch_norm", "act1"]
    keys(page, "F2")
    page.keyboard.type("norm")
    keys(page, "Enter")
    expect(row(page, "norm")).to_be_focused()
    keys(page, "Shift+B")
    add(page, "dropout")
    expect(row(page, "dropout")).to_be_focused()
    expect(cell(page, "norm", "inputs")).to_have_text("dropout")
    # Deleting leaves the focus on what took its place; with Alt what was around it is joined.
    keys(page, "Alt+Delete")
    expect(row(page, "norm")).to_be_focused()
    expect(cell(page, "norm", "inputs")).to_have_text("conv1")
    keys(page, "Shift+C")
    dialog = page.get_by_role("dialog", name="Wires into norm")
    expect(dialog.get_by_role("combobox")).to_be_focused()
    expect(dialog.get_by_role("option", name="act1.out")).to_contain_text("close a loop")
    expect(dialog.get_by_role("option", name="act1.out")).to_have_attribute("aria-disabled", "true")
    page.keyboard.type("image")
    keys(page, "Enter")
    expect(dialog).to_have_count(0)
    expect(row(page, "norm")).to_be_focused()
    expect(cell(page, "norm", "inputs")).to_have_text("input.image")
    expect(cell(page, "norm", "output")).to_have_text("1×28×28")
    keys(page, "Control+z")
    expect(cell(page, "norm", "inputs")).to_have_text("conv1")
    keys(page, "Delete")
    expect(row(page, "norm")).to_have_count(0)
    expect(cell(page, "act1", "inputs")).to_have_text("")
    keys(page, "Control+z", "Control+z")


def test_branch_merge_and_order_of_inputs(page: Page) -> None:
    open_outline(page, "lenet5")
    go_to(page, "act1")
    keys(page, "Shift+A")
    add(page, "add")
    expect(cell(page, "add", "inputs")).to_have_text("act1")
    keys(page, "Shift+C")
    page.keyboard.type("conv1")
    keys(page, "Enter")
    expect(cell(page, "add", "inputs")).to_have_text("act1, conv1")
    keys(page, "Shift+C")
    connected = page.get_by_role("dialog").get_by_role("list", name="Connected")
    connected.get_by_role("button", name="Move conv1.out up").press("Enter")
    keys(page, "Escape")
    expect(cell(page, "add", "inputs")).to_have_text("conv1, act1")
    keys(page, "Shift+C")
    connected.get_by_role("listitem").filter(has_text="act1.out").get_by_role("button", name="Add a block here").press(
        "Enter"
    )
    add(page, "gelu")
    expect(cell(page, "gelu", "inputs")).to_have_text("act1")
    expect(cell(page, "add", "inputs")).to_have_text("conv1, gelu")


def test_several_rows_group_bypass_repeat_and_clipboard(page: Page) -> None:
    open_outline(page, "lenet5")
    go_to(page, "conv1")
    keys(page, "Shift+ArrowDown", "Shift+ArrowDown", "Control+g")
    expect(row(page, "group")).to_be_focused()
    expect(row(page, "group")).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_test_id("total-params")).to_contain_text("61.7 k")
    keys(page, "ArrowRight")
    expect(row(page, "group/conv1")).to_be_visible()
    keys(page, "Control+Shift+g")
    expect(row(page, "pool1")).to_be_focused()
    go_to(page, "act1")
    keys(page, "Control+b")
    expect(cell(page, "act1", "block")).to_contain_text("bypassed")
    keys(page, "Shift+R")
    page.keyboard.type("2")
    keys(page, "Enter")
    expect(cell(page, "act1", "block")).to_contain_text("×2")
    expect(row(page, "act1")).to_be_focused()
    keys(page, "Control+d")
    expect(row(page, "act5")).to_be_focused()
    keys(page, "Control+x")
    expect(row(page, "act5")).to_have_count(0)
    keys(page, "Control+v")
    expect(row(page, "act5")).to_be_focused()


def test_faults_and_their_remedies(page: Page) -> None:
    open_outline(page, "lenet5")
    go_to(page, "conv2")
    keys(page, "Enter", "Tab")
    inspector = page.get_by_role("complementary", name="Inspector")
    field = inspector.get_by_label("in channels", exact=True)
    field.fill("3")
    expect(cell(page, "conv2", "issues")).to_contain_text("in_channels")
    keys(page, "Escape")
    expect(row(page, "conv2")).to_be_focused()
    keys(page, "ArrowRight", "End", "Enter")
    expect(cell(page, "conv2", "issues")).to_have_text("")
    expect(cell(page, "conv2", "issues")).to_be_focused()


def test_a_thousand_rows_are_drawn_as_they_come_into_sight(page: Page, api: Api) -> None:
    nodes = [{"id": f"relu{at}", "block": "relu", "params": {}} for at in range(1000)]
    ends = ["input.image", *(f"relu{at}.out" for at in range(1000))]
    edges = [{"from": end, "to": f"relu{at}.x"} for at, end in enumerate(ends[:-1])]
    document = {
        "format": "blockyard.design",
        "version": 1,
        "name": "long",
        "inputs": [{"name": "image", "kind": "image", "dims": {"C": 1, "H": 8, "W": 8}}],
        "outputs": [{"name": "out"}],
        "nodes": nodes,
        "edges": [*edges, {"from": ends[-1], "to": "output.out"}],
    }
    design = api("POST", "/api/designs", {"design": document})["id"]
    page.goto(f"/designs/{design}")
    page.get_by_role("tab", name="Outline").click()
    grid = page.get_by_role("treegrid", name="Nodes")
    expect(grid).to_have_attribute("aria-rowcount", "1003")
    assert len(keys_in_sight(page)) < 80
    expect(row(page, "input.image")).to_be_focused()
    keys(page, "End", "ArrowUp")
    expect(row(page, "relu999")).to_be_focused()
    expect(row(page, "relu999")).to_have_attribute("aria-posinset", "1001")
    keys(page, "Delete")
    expect(row(page, "output.out")).to_be_focused()
    expect(cell(page, "output.out", "inputs")).to_have_text("")
    page.get_by_label("Filter nodes by name, block or setting").fill("relu500")
    keys(page, "Enter")
    expect(row(page, "relu500")).to_be_focused()


@pytest.mark.parametrize("press", ["Delete", "Enter", "ArrowDown"])
def test_keys_outside_of_the_rows_leave_them_alone(page: Page, press: str) -> None:
    open_outline(page, "lenet5")
    go_to(page, "conv1")
    page.get_by_role("columnheader", name="Params").get_by_role("button").focus()
    keys(page, press)
    expect(row(page, "conv1")).to_have_attribute("aria-selected", "true")
    keys(page, "Shift+O")
    expect(node(page, "conv1")).to_be_visible()
    assert "input.image→conv1.x" in wires(page)
