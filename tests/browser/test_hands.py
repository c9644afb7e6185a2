"""What hands know: each row of the editor's list of gestures and keys, done in a real Chromium."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from .editing import (
    drag,
    empty_spot,
    middle,
    node,
    node_ids,
    open_zoo,
    place,
    select,
    selected,
    still,
    to_canvas,
    view,
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
    grip = middle(node(page, "act1").locator("header"))
    drag(page, grip, (grip[0] + 203, grip[1] + 31))
    assert all(value % 8 == 0 for value in place(page, "act1"))


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
