"""The pointer in the editor: each of its gestures, done in a real Chromium."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Locator, Page, expect

from .conftest import Site, new_context
from .editing import (
    drag,
    empty_spot,
    enter,
    field,
    fit,
    middle,
    node,
    node_ids,
    open_zoo,
    place,
    port,
    select,
    selected,
    still,
    to_canvas,
    view,
    wire,
    wires,
    zoom,
)


def settings(page: Page, **values: str) -> None:
    """Change how mouse and canvas behave, as a person does: in the dialog under `?`."""
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard and mouse")
    for label, value in values.items():
        dialog.get_by_label({"drag": "Drag on the empty canvas", "wheel": "Wheel, two fingers"}[label]).select_option(
            value
        )
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_drag_on_empty_canvas_moves_the_view_or_selects_a_box(page: Page) -> None:
    open_zoo(page, "lenet5")
    x, y = empty_spot(page)
    before = view(page)
    drag(page, (x, y), (x + 40, y - 40))
    assert view(page) != before
    assert not selected(page)
    settings(page, drag="select")
    still(page)
    before = view(page)
    left, top = middle(node(page, "conv1"))
    drag(page, (left - 170, top - 70), (left + 150, top + 60))
    assert view(page) == before
    assert "conv1" in selected(page)
    page.reload()
    expect(node(page, "conv1")).to_be_visible()
    still(page)
    left, top = middle(node(page, "conv1"))
    drag(page, (left - 170, top - 70), (left + 150, top + 60))
    assert "conv1" in selected(page)
    before = view(page)
    page.keyboard.down("Space")
    drag(page, (left - 170, top - 70), (left - 100, top - 20))
    page.keyboard.up("Space")
    assert view(page) != before
    before = view(page)
    drag(page, (left - 100, top - 70), (left - 60, top - 20), button="middle")
    assert view(page) != before


def test_shift_drag_selects_a_box_and_ctrl_click_adds(page: Page) -> None:
    open_zoo(page, "lenet5")
    left, top = middle(node(page, "conv1"))
    page.keyboard.down("Shift")
    drag(page, (left - 170, top - 70), (left + 150, top + 60))
    page.keyboard.up("Shift")
    assert "conv1" in selected(page)
    assert "fc1" not in selected(page)
    select(page, "conv1")
    node(page, "pool1").locator("header").click(modifiers=["Control"])
    assert selected(page) == ["conv1", "pool1"]
    page.keyboard.press("Control+a")
    assert len(selected(page)) == len(node_ids(page)) + 2


def test_the_wheel_zooms_at_the_cursor_or_moves_the_view(page: Page) -> None:
    open_zoo(page, "lenet5")
    settings(page, wheel="zoom")
    still(page)
    close = zoom(page)
    page.mouse.move(*middle(node(page, "conv1")))
    before = middle(node(page, "conv1"))
    page.mouse.wheel(0, -200)
    still(page)
    after = middle(node(page, "conv1"))
    assert zoom(page) > close
    assert abs(after[0] - before[0]) < 3
    assert abs(after[1] - before[1]) < 3
    settings(page, wheel="pan")
    still(page)
    close, before = zoom(page), middle(node(page, "conv1"))
    page.mouse.move(*empty_spot(page))
    page.mouse.wheel(0, 60)
    still(page)
    assert zoom(page) == close
    assert middle(node(page, "conv1"))[1] < before[1]
    # Pinching reaches the page as a wheel with Ctrl.
    page.keyboard.down("Control")
    page.mouse.wheel(0, -60)
    page.keyboard.up("Control")
    still(page)
    assert zoom(page) > close


def test_alt_lets_a_dragged_node_off_the_grid(page: Page) -> None:
    open_zoo(page, "lenet5")
    page.keyboard.press("?")
    page.get_by_label("Alignment guides").uncheck()
    page.keyboard.press("Escape")
    x, y = middle(node(page, "act1").locator(".ed-title"))
    drag(page, (x, y), (x + 203, y + 31))
    assert all(value % 8 == 0 for value in place(page, "act1"))
    x, y = middle(node(page, "act1").locator(".ed-title"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y)
    page.keyboard.down("Alt")
    page.mouse.move(x + 31, y + 21, steps=5)
    page.mouse.up()
    page.keyboard.up("Alt")
    assert any(value % 8 for value in place(page, "act1"))


def menu_item(page: Page, name: str) -> Locator:
    return page.get_by_role("menu", name="What can be done here").get_by_role("menuitem", name=name)


def between(page: Page, source: str, target: str) -> tuple[float, float]:
    """A point on the wire from one node's output to the next one's input."""
    (left, top), (right, low) = middle(port(page, source, "outputs")), middle(port(page, target, "inputs"))
    return (left + right) / 2, (top + low) / 2


def test_right_click_offers_what_can_be_done_there(page: Page) -> None:
    open_zoo(page, "lenet5")
    node(page, "act1").locator("header").click(button="right")
    assert selected(page) == ["act1"]
    expect(menu_item(page, "Duplicate")).to_contain_text("Ctrl+D")
    page.keyboard.press("b")
    expect(menu_item(page, "Bypass")).to_be_focused()
    page.keyboard.press("Enter")
    expect(node(page, "act1")).to_contain_text("bypassed")

    page.mouse.click(*between(page, "conv1", "act1"), button="right")
    menu_item(page, "Insert a block").click()
    quick = page.get_by_role("dialog", name="Add a block")
    quick.get_by_role("combobox").fill("batch norm")
    page.keyboard.press("Enter")
    expect(wire(page, "conv1.out→batch_norm.x")).to_have_count(1)
    expect(wire(page, "batch_norm.out→act1.x")).to_have_count(1)
    expect(wire(page, "conv1.out→act1.x")).to_have_count(0)
    to_canvas(page)
    page.keyboard.press("Control+z")
    expect(node(page, "batch_norm")).to_have_count(0)

    page.mouse.click(*empty_spot(page), button="right")
    menu_item(page, "Select all").click()
    assert "fc1" in selected(page)
    node(page, "conv1").locator("header").click(button="right")
    expect(menu_item(page, "Align left edges")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)


def test_a_long_press_opens_the_menu_and_two_taps_connect(chromium: Browser, site: Site) -> None:
    context = new_context(chromium, site, has_touch=True, viewport={"width": 820, "height": 1000})
    page = context.new_page()
    open_zoo(page, "lenet5")
    fit(page)
    touch = context.new_cdp_session(page)
    x, y = middle(node(page, "act1").locator(".ed-title"))
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    expect(menu_item(page, "Duplicate")).to_be_visible()
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    menu_item(page, "Delete and reconnect").tap()
    expect(node(page, "act1")).to_have_count(0)

    page.touchscreen.tap(*between(page, "conv1", "pool1"))
    page.keyboard.press("Delete")
    expect(wire(page, "conv1.out→pool1.x")).to_have_count(0)
    port(page, "conv1", "outputs").tap()
    expect(port(page, "pool1", "inputs")).to_have_attribute("data-fits", "yes")
    port(page, "pool1", "inputs").tap()
    expect(wire(page, "conv1.out→pool1.x")).to_have_count(1)
    context.close()


def test_a_wire_being_drawn_shows_what_fits_and_esc_lets_go(page: Page) -> None:
    open_zoo(page, "lenet5")
    fit(page)
    before = wires(page)
    page.mouse.move(*middle(port(page, "conv2", "outputs")))
    page.mouse.down()
    end = middle(port(page, "fc1", "inputs"))
    page.mouse.move(end[0] - 60, end[1] - 30, steps=6)
    # What does not fit dims, and says why.
    dimmed = port(page, "conv1", "inputs")
    expect(dimmed).to_have_attribute("data-fits", "no")
    expect(dimmed).to_have_attribute("title", re.compile("loop"))
    expect(port(page, "pool2", "inputs")).to_have_attribute("data-fits", "yes")
    page.mouse.move(*middle(port(page, "pool2", "inputs")), steps=6)
    page.keyboard.press("Escape")
    expect(page.locator(".ed-handle[data-fits]")).to_have_count(0)
    page.mouse.up()
    expect(page.locator(".react-flow__connection")).to_have_count(0)
    assert wires(page) == before
    expect(page.get_by_role("dialog")).to_have_count(0)

    # A port pressed, then another; Esc forgets the first.
    port(page, "conv1", "outputs").click()
    expect(dimmed).to_have_attribute("data-fits", "no")
    page.keyboard.press("Escape")
    expect(page.locator(".ed-handle[data-fits]")).to_have_count(0)
    port(page, "conv1", "outputs").click()
    port(page, "pool1", "inputs").click()
    # One link into an input: the new one takes the place of the old.
    expect(wire(page, "conv1.out→pool1.x")).to_have_count(1)
    expect(wire(page, "act1.out→pool1.x")).to_have_count(0)
    # Many out of an output.
    expect(wire(page, "conv1.out→act1.x")).to_have_count(1)
    # A port pressed, then the canvas: what fits there?
    port(page, "conv1", "outputs").click()
    page.mouse.click(*empty_spot(page))
    expect(page.get_by_role("dialog", name="Add a block")).to_be_visible()


def test_a_wires_end_is_dragged_to_another_port_or_cut(page: Page) -> None:
    open_zoo(page, "lenet5")
    fit(page)
    x, y = middle(port(page, "act1", "inputs"))
    grip = (x, y - 15 * zoom(page))
    drag(page, grip, middle(port(page, "pool1", "inputs")))
    expect(wire(page, "conv1.out→pool1.x")).to_have_count(1)
    expect(wire(page, "conv1.out→act1.x")).to_have_count(0)
    page.keyboard.down("Alt")
    page.mouse.click(*between(page, "pool1", "conv2"))
    page.keyboard.up("Alt")
    expect(wire(page, "pool1.out→conv2.x")).to_have_count(0)


def test_a_muted_branch_is_left_out(page: Page) -> None:
    open_zoo(page, "resnet18")
    enter(page, "layer1")
    expect(node(page, "downsample")).to_be_visible()
    before = page.get_by_test_id("total-macs").text_content()
    select(page, "conv2")
    page.keyboard.press("Control+m")
    expect(node(page, "conv2")).to_contain_text("muted")
    expect(node(page, "bn2")).to_contain_text("left out")
    expect(page.get_by_test_id("total-macs")).not_to_have_text(before or "")
    expect(page.locator(".ed-issue")).to_have_count(0)
    page.keyboard.press("Control+m")
    expect(page.get_by_test_id("total-macs")).to_have_text(before or "")
    page.keyboard.press("Control+b")
    expect(node(page, "conv2")).to_contain_text("bypassed")


def test_alt_drag_clones(page: Page) -> None:
    open_zoo(page, "lenet5")
    count, before = len(node_ids(page)), place(page, "pool1")
    x, y = middle(node(page, "pool1").locator(".ed-title"))
    page.keyboard.down("Alt")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 100, y + 20, steps=6)
    expect(page.locator(".ed-ghost")).to_have_count(1)
    page.mouse.move(x + 210, y + 40, steps=6)
    page.mouse.up()
    page.keyboard.up("Alt")
    expect(page.locator(".ed-node")).to_have_count(count + 1)
    expect(page.locator(".ed-ghost")).to_have_count(0)
    assert selected(page) == ["pool3"]
    assert place(page, "pool1") == before
    assert place(page, "pool3")[0] > before[0] + 150
    # It keeps what feeds it, and is one step to undo.
    expect(wire(page, "act1.out→pool3.x")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(page.locator(".ed-node")).to_have_count(count)


def test_guides_show_and_hold_what_is_in_line(page: Page) -> None:
    open_zoo(page, "lenet5")
    page.keyboard.press("?")
    page.get_by_label("Snap to the grid").uncheck()
    page.keyboard.press("Escape")
    x, y = middle(node(page, "act1").locator(".ed-title"))
    line = place(page, "conv1")[0]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 1, y + 1)
    page.mouse.move(x + 270, y + 26, steps=6)
    expect(page.locator('.ed-guide[data-axis="x"]')).to_have_count(0)
    # Within reach of its neighbours' edges it is held there.
    page.mouse.move(x + 4, y + 3, steps=6)
    expect(page.locator('.ed-guide[data-axis="x"]').first).to_be_attached()
    page.mouse.up()
    expect(page.locator(".ed-guide")).to_have_count(0)
    assert place(page, "act1")[0] == line


def test_lining_up_and_spreading(page: Page) -> None:
    open_zoo(page, "lenet5")
    for id, by in [("act1", 90), ("pool1", -75)]:
        x, y = middle(node(page, id).locator(".ed-title"))
        drag(page, (x, y), (x + by, y + 12))

    def do(query: str) -> None:
        page.keyboard.press("Control+k")
        page.get_by_role("dialog", name="Commands").get_by_role("combobox").fill(query)
        page.keyboard.press("Enter")

    select(page, "conv1", "act1", "pool1")
    do("align left edges")
    left = {id: place(page, id)[0] for id in ("conv1", "act1", "pool1")}
    assert len(set(left.values())) == 1
    do("spread evenly downwards")
    tops = [place(page, id)[1] for id in ("conv1", "act1", "pool1")]
    heights = [
        page.locator(f'.react-flow__node[data-id="{id}"]').evaluate("one => one.offsetHeight")
        for id in ("conv1", "act1", "pool1")
    ]
    gaps = [tops[1] - tops[0] - heights[0], tops[2] - tops[1] - heights[1]]
    assert abs(gaps[0] - gaps[1]) <= 1
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert place(page, "act1")[0] != left["act1"]


def test_tidying_leaves_what_a_hand_has_placed(page: Page) -> None:
    open_zoo(page, "lenet5")
    x, y = middle(node(page, "act1").locator(".ed-title"))
    drag(page, (x, y), (x + 230, y + 20))
    by_hand = place(page, "act1")
    to_canvas(page)
    page.keyboard.press("Shift+l")
    expect(page.locator('[aria-live="polite"]').filter(has_text="Done: tidy up")).to_have_count(1)
    assert place(page, "act1") == by_hand
    page.mouse.click(*empty_spot(page), button="right")
    menu_item(page, "Tidy all").click()
    expect(page.locator('[aria-live="polite"]').filter(has_text="Done: tidy all")).to_have_count(1)
    assert place(page, "act1") != by_hand


def test_errors_show_on_the_minimap(page: Page) -> None:
    open_zoo(page, "lenet5")
    spot = page.locator('.react-flow__minimap-node[style*="--bad-fill"], .react-flow__minimap-node[fill*="--bad-fill"]')
    expect(spot).to_have_count(0)
    select(page, "conv2")
    field(page, "in channels").fill("3")
    expect(node(page, "conv2").locator(".ed-issue")).to_be_visible()
    expect(spot).to_have_count(1)
