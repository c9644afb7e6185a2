"""Help on blocks and groups: from the palette, from the inspector, by F1."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from .axe import faults
from .conftest import Guard, Site, new_context
from .editing import node, open_zoo, select


def test_f1_on_a_node_tells_what_its_block_is(page: Page) -> None:
    open_zoo(page, "lenet5")
    select(page, "conv1")
    page.keyboard.press("F1")
    help = page.get_by_role("dialog", name="Conv2d")
    expect(help).to_contain_text("Slides a learned kernel over an image.")
    expect(help.locator("math")).to_be_visible()
    # Its ports, with the sizes where the node stands, its parameters, its paper.
    expect(help.get_by_role("row", name="out out N D H W 6×28×28")).to_be_visible()
    expect(help.get_by_role("row", name="dilation 1 Distance between the positions")).to_be_visible()
    link = help.get_by_role("link", name="Gradient-Based Learning Applied to Document Recognition")
    expect(link).to_have_attribute("rel", "noreferrer noopener")
    expect(help).to_contain_text("Yann LeCun")
    page.keyboard.press("Escape")
    expect(help).to_be_hidden()
    expect(node(page, "conv1")).to_have_attribute("data-selected", "true")


def test_f1_also_answers_while_typing_in_the_inspector(page: Page) -> None:
    open_zoo(page, "lenet5")
    select(page, "fc1")
    page.get_by_role("textbox", name="out features", exact=True).press("F1")
    expect(page.get_by_role("dialog", name="Linear")).to_be_visible()


def test_the_palette_shows_what_is_inside_a_block_and_adds_it(page: Page) -> None:
    page.goto("/designs/new")
    page.get_by_label("Search blocks").fill("glu")
    choice = page.get_by_role("button", name="GLU MLP", exact=False).first
    choice.hover()
    page.get_by_role("button", name="Help on GLU MLP").click()
    help = page.get_by_role("dialog", name="GLU MLP")
    expect(help.get_by_role("img", name="What is inside")).to_have_accessible_name(
        "What is inside: x, Linear, SiLU, ×, Linear, out"
    )
    help.get_by_role("button", name="Add").click()
    expect(node(page, "glu_mlp")).to_be_visible()
    # By keyboard: the entry that has the focus.
    choice.focus()
    page.keyboard.press("F1")
    expect(help).to_be_visible()


def test_a_group_is_helped_by_its_definition(page: Page) -> None:
    open_zoo(page, "resnet18")
    select(page, "layer1")
    page.get_by_role("complementary", name="Inspector").get_by_role("button", name="Help on basic").click()
    help = page.get_by_role("dialog", name="Group basic")
    expect(help).to_contain_text("with a shortcut around them")
    expect(help.get_by_role("img", name="What is inside")).to_have_accessible_name(
        "What is inside: x, Conv2d, Batch norm, ReLU, Conv2d, Batch norm, project, Add, ReLU, out"
    )
    expect(help.get_by_role("row", name="out out N ... 64×56×56")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1360), ("dark", 1360), ("light", 390)])
def test_help_is_accessible_and_fits(chromium: Browser, site: Site, guard: Guard, scheme: str, width: int) -> None:
    context = new_context(
        chromium, site, color_scheme=scheme, reduced_motion="reduce", viewport={"width": width, "height": 800}
    )
    page = context.new_page()
    guard.watch(page)
    open_zoo(page, "vit_tiny_patch16_224")
    page.keyboard.press("/")
    page.get_by_label("Search blocks").fill("cross attention")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("F1")
    help = page.get_by_role("dialog", name="Cross attention")
    expect(help.locator("math")).to_have_count(3)
    assert faults(page) == []
    box = help.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    context.close()
