"""The keyboard in the editor: keys of one's own, the command palette, search, walking, undo, in a real Chromium."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .editing import (
    empty_spot,
    enter,
    field,
    fit,
    node,
    node_ids,
    open_zoo,
    place,
    select,
    selected,
    still,
    to_canvas,
    wire,
    wires,
    zoom,
)


def test_keys_are_found_changed_and_given_back(page: Page) -> None:
    open_zoo(page, "lenet5")
    count = len(node_ids(page))
    to_canvas(page)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard and mouse")
    dialog.get_by_label("Search actions and keys").fill("duplicate")
    row = dialog.locator('[data-action="duplicate"]')
    expect(row).to_contain_text("Ctrl")
    row.get_by_role("button", name="Change").click()
    page.keyboard.press("u")
    expect(row.locator("kbd")).to_have_text(["U"])
    page.keyboard.press("Escape")
    select(page, "act1")
    page.keyboard.press("u")
    expect(page.locator(".ed-node")).to_have_count(count + 1)
    page.keyboard.press("Control+d")
    expect(page.locator(".ed-node")).to_have_count(count + 1)

    # It holds on the next visit; a key that is taken says whose it is.
    page.reload()
    expect(node(page, "conv1")).to_be_visible()
    to_canvas(page)
    page.keyboard.press("?")
    dialog.get_by_label("Search actions and keys").fill("select all")
    all_row = dialog.locator('[data-action="all"]')
    all_row.get_by_role("button", name="Change").click()
    page.keyboard.press("u")
    expect(all_row.get_by_role("alert")).to_contain_text("Duplicate")
    all_row.get_by_role("button", name="Take it").click()
    expect(all_row.locator("kbd")).to_have_text(["U"])
    dialog.get_by_label("Search actions and keys").fill("duplicate")
    expect(row.locator("kbd")).to_have_count(0)
    dialog.get_by_role("button", name="Give all keys back").click()
    expect(row.locator("kbd")).to_have_text(["Ctrl", "D"])


def test_the_command_palette_does_and_goes_anywhere(page: Page) -> None:
    open_zoo(page, "resnet18")
    to_canvas(page)
    palette = page.get_by_role("dialog", name="Commands")

    def command(query: str) -> None:
        page.keyboard.press("Control+k")
        expect(palette).to_be_visible()
        palette.get_by_role("combobox").fill(query)
        expect(palette.get_by_role("option").first).to_be_visible()

    command("select all")
    expect(palette.get_by_role("option").first).to_contain_text("Ctrl")
    page.keyboard.press("Enter")
    expect(palette).to_have_count(0)
    assert len(selected(page)) > len(node_ids(page))
    # Letters in order are enough, and what cannot be done now is not offered.
    command("svaver")
    expect(palette.get_by_role("option").first).to_contain_text("Save a version")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    command("group")
    expect(palette.get_by_role("option").filter(has_text="Ungroup")).to_have_count(0)
    page.keyboard.press("Escape")
    command("versions")
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Versions")).to_be_visible()
    command("basic group")
    page.keyboard.press("Enter")
    expect(page.locator(".ed-crumbs")).to_contain_text("layer1")
    command("layer4")
    page.keyboard.press("Enter")
    expect(page.locator(".ed-crumbs")).to_have_count(0)
    assert selected(page) == ["layer4"]
    command("width")
    palette.get_by_role("option").filter(has_text="Variable").first.click()
    expect(page.locator('[data-variable="width"] input').first).to_be_focused()


def test_a_node_is_found_at_any_depth(page: Page) -> None:
    open_zoo(page, "resnet18")
    to_canvas(page)
    page.keyboard.press("Control+f")
    finder = page.get_by_role("dialog", name="Find a node")
    finder.get_by_role("combobox").fill("kernel_size=7")
    expect(finder.get_by_role("option")).to_have_count(1)
    finder.get_by_role("combobox").fill("batch bn2")
    expect(finder.get_by_role("option").first).to_contain_text("in layer1")
    page.keyboard.press("Enter")
    expect(page.locator(".ed-crumbs")).to_contain_text("layer1")
    assert selected(page) == ["bn2"]
    expect(node(page, "bn2")).to_be_in_viewport()


def test_delete_and_reconnect(page: Page) -> None:
    open_zoo(page, "lenet5")
    for id, keys, joined in [
        ("act1", "Control+Alt+x", "conv1.out→pool1.x"),
        ("act2", "Alt+Delete", "conv2.out→pool2.x"),
    ]:
        select(page, id)
        page.keyboard.press(keys)
        expect(node(page, id)).to_have_count(0)
        expect(wire(page, joined)).to_have_count(1)
    select(page, "act3")
    page.keyboard.press("Backspace")
    expect(node(page, "act3")).to_have_count(0)
    expect(wire(page, "fc1.out→fc2.x")).to_have_count(0)


def test_paste_keeps_the_inputs_when_asked(page: Page) -> None:
    open_zoo(page, "lenet5")
    select(page, "pool1")
    page.keyboard.press("Control+c")
    to_canvas(page)
    page.keyboard.press("Control+v")
    expect(node(page, "pool3")).to_be_visible()
    assert not [id for id in wires(page) if "pool3" in id]
    page.keyboard.press("Control+Shift+v")
    expect(wire(page, "act1.out→pool4.x")).to_have_count(1)
    page.keyboard.press("Control+x")
    expect(node(page, "pool4")).to_have_count(0)
    page.keyboard.press("Control+v")
    expect(node(page, "pool4")).to_be_visible()


def test_the_keyboard_walks_nudges_and_opens(page: Page) -> None:
    open_zoo(page, "resnet18")
    said = page.locator('.ed > [aria-live="polite"]')
    node(page, "conv1").locator(".ed-title").click()
    page.keyboard.press("Tab")
    assert selected(page) == ["bn1"]
    expect(page.locator('.react-flow__node[data-id="bn1"]')).to_be_focused()
    expect(said).to_contain_text("bn1; feeds act1")
    page.keyboard.press("Shift+Tab")
    assert selected(page) == ["conv1"]
    page.keyboard.press("Control+ArrowDown")
    page.keyboard.press("Control+ArrowDown")
    assert selected(page) == ["act1"]
    page.keyboard.press("Control+ArrowUp")
    assert selected(page) == ["bn1"]
    before = place(page, "bn1")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert place(page, "bn1") == (before[0] + 8, before[1] + 40)
    # A burst of nudges is one step.
    page.keyboard.press("Control+z")
    expect(said).to_contain_text("Undone: move")
    assert place(page, "bn1") == before
    page.keyboard.press("Enter")
    expect(page.locator(".ed-inspector :focus")).to_have_count(1)
    node(page, "layer1").locator(".ed-title").click()
    page.keyboard.press("Enter")
    expect(page.locator(".ed-crumbs")).to_contain_text("layer1")
    expect(said).to_contain_text("layer1")


def test_undo_goes_to_the_graph_it_changes(page: Page) -> None:
    open_zoo(page, "resnet18")
    enter(page, "layer1")
    expect(node(page, "conv2")).to_be_visible()
    select(page, "conv2")
    page.keyboard.press("Control+b")
    expect(node(page, "conv2")).to_contain_text("bypassed")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(".ed-crumbs")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.locator(".ed-crumbs")).to_contain_text("layer1")
    expect(node(page, "conv2")).not_to_contain_text("bypassed")
    page.locator(".ed-crumbs").get_by_role("button", name="ResNet-18").click()
    page.keyboard.press("Control+y")
    expect(page.locator(".ed-crumbs")).to_contain_text("layer1")
    expect(node(page, "conv2")).to_contain_text("bypassed")


def test_everything_can_be_undone(page: Page) -> None:
    open_zoo(page, "lenet5")
    undo = page.get_by_role("button", name="Undo", exact=True)
    select(page, "conv1")
    field(page, "kernel size").fill("3")
    page.get_by_label("Make out channels a variable").or_(
        page.get_by_label("Make kernel size a variable")
    ).first.click()
    page.get_by_label("width, from", exact=False).first.fill("20")
    expect(node(page, "conv1")).to_contain_text("20×")
    select(page, "fc1", "act3")
    page.keyboard.press("Control+g")
    expect(node(page, "group")).to_be_visible()
    steps = 0
    while undo.is_enabled():
        undo.click()
        steps += 1
        assert steps < 12
    assert steps >= 4
    expect(node(page, "conv1")).to_contain_text("6×28×28")
    expect(page.locator('.react-flow__edge[data-id="fc1.out→act3.x"]')).to_have_count(1)


def test_search_and_add_by_name_tag_and_paper(page: Page) -> None:
    open_zoo(page, "lenet5")
    to_canvas(page)
    quick = page.get_by_role("dialog", name="Add a block")
    page.mouse.dblclick(*empty_spot(page))
    expect(quick).to_be_visible()
    for query, found in [("cnv2", "Conv2d"), ("squeeze-and-excitation", "Squeeze"), ("Vaswani", "attention")]:
        quick.get_by_role("combobox").fill(query)
        expect(quick.get_by_role("option").filter(has_text=re.compile(found, re.I)).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(quick).to_have_count(0)
    for keys in ("Shift+A", "Tab"):
        page.mouse.click(*empty_spot(page))
        page.locator("body").evaluate("() => document.activeElement?.blur()")
        page.keyboard.press(keys)
        expect(quick).to_be_visible()
        page.keyboard.press("Escape")
        expect(quick).to_have_count(0)


def test_zoom_fit_and_focus(page: Page) -> None:
    open_zoo(page, "lenet5")
    close = zoom(page)
    to_canvas(page)
    page.keyboard.press("Control+=")
    still(page)
    assert zoom(page) > close
    page.keyboard.press("Control+-")
    still(page)
    assert abs(zoom(page) - close) < 0.02
    fit(page)
    expect(node(page, "fc3")).to_be_in_viewport()
    select(page, "fc3")
    page.keyboard.press("f")
    still(page)
    assert zoom(page) == 1
    page.keyboard.press("Control+0")
    still(page)
    select(page, "conv1", "act1")
    page.keyboard.press(".")
    still(page)
    expect(node(page, "conv1")).to_be_in_viewport()
    expect(node(page, "fc3")).not_to_be_in_viewport()


def test_save_and_train_have_their_keys(page: Page) -> None:
    open_zoo(page, "lenet5")
    select(page, "conv1")
    for keys, title in [("Control+s", "Save a version"), ("Control+Enter", "Train")]:
        page.keyboard.press(keys)
        expect(page.get_by_role("dialog", name=re.compile(title))).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_no_key_fires_in_a_text_field(page: Page) -> None:
    open_zoo(page, "lenet5")
    count, steps = len(node_ids(page)), page.get_by_role("button", name="Undo", exact=True)
    select(page, "conv1")
    box = page.get_by_label("Search blocks")
    box.fill("conv")
    for keys in (
        "Backspace",
        "f",
        ".",
        "?",
        "u",
        "Shift+A",
        "Control+m",
        "Control+k",
        "Control+f",
        "Control+g",
        "Delete",
    ):
        box.press(keys)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(node(page, "conv1")).not_to_contain_text("muted")
    expect(steps).to_be_disabled()
    assert len(node_ids(page)) == count
