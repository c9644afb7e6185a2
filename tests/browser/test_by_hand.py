"""ResNet-18 from an empty canvas with mouse and keyboard: blocks, wires, groups with parameters, repeats."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from .editing import drag, field, fit, middle, node, port, selected, still, wire


def only(page: Page) -> str:
    """The one node that is selected."""
    (id,) = selected(page)
    return id


def search(page: Page, what: str) -> None:
    quick = page.get_by_role("dialog", name="Add a block")
    expect(quick.get_by_role("option").first).to_be_visible()
    page.keyboard.type(what)
    page.keyboard.press("Enter")
    expect(quick).to_have_count(0)
    still(page)


def press(page: Page, id: str, *, twice: bool = False) -> None:
    """Click a node, from wherever it is seen."""
    place = middle(node(page, id))
    page.mouse.dblclick(*place) if twice else page.mouse.click(*place)


def after(page: Page, id: str, what: str, **settings: str) -> str:
    press(page, id)
    page.keyboard.press("Alt+Shift+A")
    search(page, what)
    put(page, **settings)
    return only(page)


def put(page: Page, **settings: str) -> None:
    for name, value in settings.items():
        write(page, field(page, name.replace("_", " ")), value)


def write(page: Page, where: Locator, value: str) -> None:
    where.fill(value)
    page.keyboard.press("Enter")


def rename(page: Page, id: str) -> None:
    write(page, field(page, "Id"), id)


def grouped(page: Page, ids: list[str], name: str) -> str:
    for at, id in enumerate(ids):
        page.keyboard.down("Control") if at else None
        press(page, id)
    page.keyboard.up("Control")
    page.keyboard.press("Control+g")
    write(page, field(page, "Name of the group"), name)
    return only(page)


def parameter(page: Page, name: str, default: str) -> None:
    """Of the group that is open: nothing is selected."""
    page.keyboard.press("Escape") if selected(page) else None
    inspector = page.locator(".ed-inspector")
    inspector.get_by_role("button", name="Parameter", exact=True).click()
    write(page, inspector.locator('input[value="param"]'), name)
    write(page, inspector.get_by_label(f"Default of {name}"), default)


def test_resnet18_by_hand(page: Page) -> None:
    page.goto("/designs/new")
    # The blocks are fetched.
    expect(page.locator('[data-choice="block:conv2d"]')).to_be_visible()
    expect(page.get_by_role("button", name="Start from blocks")).to_be_visible()
    page.locator(".ed-canvas").dblclick(position={"x": 350, "y": 60})
    search(page, "image input")
    put(page, C="3", H="224", W="224")
    drag(page, *(lambda x, y: ((x, y), (x, y + 110)))(*middle(port(page, "input.image", "outputs"))))
    search(page, "conv2d")
    put(page, out_channels="64", kernel_size="7", stride="2", padding="3")
    field(page, "bias").click()
    at = after(page, "conv2d", "batch norm")
    at = after(page, at, "relu")
    stem = after(page, at, "max pool", kernel_size="3", stride="2", padding="1")

    # The unit is drawn after the stem and made a group; its end, which feeds nothing yet, is the group's output.
    fit(page)
    conv1 = after(page, stem, "conv2d", out_channels="64", kernel_size="3", padding="1")
    field(page, "bias").click()
    at = after(page, conv1, "batch norm")
    at = after(page, at, "relu")
    conv2 = after(page, at, "conv2d", out_channels="64", kernel_size="3", padding="1")
    field(page, "bias").click()
    norm2 = after(page, conv2, "batch norm")
    add = after(page, norm2, "add")
    last = after(page, add, "relu")
    fit(page)
    inside = [conv1, *(f"{name}2" for name in ("batch_norm", "relu")), conv2, norm2, add, last]
    unit = grouped(page, inside, "basic")
    expect(node(page, unit)).to_contain_text("7 nodes inside")
    press(page, unit, twice=True)
    expect(page.get_by_test_id("node-output.out")).to_be_visible()
    fit(page)
    for name, default in {"width": "64", "stride": "1", "changes": "false"}.items():
        parameter(page, name, default)
    press(page, conv1)
    put(page, out_channels="=width", stride="=stride")
    press(page, conv2)
    put(page, out_channels="=width")

    # A shortcut with a convolution that is left out where nothing changes.
    x, y = middle(port(page, "input.x", "outputs"))
    drag(page, (x, y), (x + 260, y + 130))
    search(page, "conv2d")
    short = only(page)
    put(page, out_channels="=width", kernel_size="1", stride="=stride")
    field(page, "bias").click()
    project = grouped(page, [short, after(page, short, "batch norm")], "project")
    rename(page, "downsample")
    assert project != "downsample"
    page.locator(".react-flow__controls-fitview").click()
    still(page)
    drag(page, middle(port(page, "downsample", "outputs")), middle(port(page, add, "inputs")))
    expect(wire(page, f"downsample.out→{add}.xs")).to_have_count(1)
    press(page, "downsample")
    page.get_by_role("button", name="Write an expression for bypass").click()
    expect(field(page, "Bypass")).to_be_focused()
    page.keyboard.type("=not changes")
    page.get_by_role("button", name="Close", exact=True).click()

    fit(page)
    press(page, unit)
    rename(page, "layer1")
    put(page, Repeat="2")
    for stage in (2, 3, 4):
        after(page, f"layer{stage - 1}", "basic")
        rename(page, f"layer{stage}")
        put(page, width=str(32 * 2**stage), stride="=2 if i == 0 else 1", changes="=i == 0", Repeat="2")
    at = after(page, "layer4", "global avg")
    at = after(page, at, "linear", out_features="1000")
    press(page, at)
    page.keyboard.press("Alt+Shift+A")
    search(page, "output")
    expect(page.locator(".ed-totals")).to_contain_text("Fits together")
    expect(page.get_by_test_id("total-params")).to_have_attribute("title", re.compile("^11,689,512 parameters"))
