"""The code beside the graph: each lights up what the other is about."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from .axe import faults
from .conftest import Guard
from .editing import enter, field, node, open_zoo, select, selected


def open_code(page: Page) -> None:
    page.get_by_role("tab", name="Code").click()
    expect(page.locator(".ed-line").first).to_be_visible()


def line(page: Page, text: str) -> Locator:
    return page.locator(".ed-line", has_text=text)


def lit_lines(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".ed-line[data-lit] code").all_inner_texts()]


def lit_nodes(page: Page) -> list[str]:
    return sorted(
        page.locator(".react-flow__node[data-lit]").evaluate_all("nodes => nodes.map((node) => node.dataset.id)")
    )


def test_a_line_lights_its_node_and_a_node_its_lines(page: Page) -> None:
    open_zoo(page, "resnet18")
    open_code(page)
    line(page, "self.maxpool = ").hover()
    expect(page.locator('.react-flow__node[data-id="maxpool"][data-lit]')).to_be_visible()
    assert lit_nodes(page) == ["maxpool"]
    # A line inside a group's class is about every instance of it.
    line(page, "class BasicWithDownsample").scroll_into_view_if_needed()
    line(page, "self.conv2 = nn.Conv2d(width, width, kernel_size=3, padding=1, bias=False)").last.hover()
    expect(page.locator(".react-flow__node[data-lit]").first).to_be_attached()
    assert set(lit_nodes(page)) <= {"layer1", "layer2", "layer3", "layer4"}
    node(page, "conv1").hover()
    expect(page.locator(".ed-line[data-lit]")).to_have_count(2)
    assert lit_lines(page) == [
        "self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)",
        "x = self.conv1(image)",
    ]
    assert lit_nodes(page) == []
    select(page, "bn1")
    page.get_by_role("tab", name="Code").hover()
    expect(page.locator(".ed-line[data-lit]")).to_have_count(2)
    assert lit_lines(page) == ["self.bn1 = nn.BatchNorm2d(64)", "x = self.bn1(x)"]
    # Inside a group its own class is what one sees.
    enter(page, "layer1")
    expect(node(page, "act2")).to_be_visible()
    node(page, "act2").hover()
    expect(page.locator(".ed-line[data-lit]").last).to_contain_text("return self.act2(y)")


def test_the_code_is_walked_by_keyboard_and_leads_to_the_graph(page: Page) -> None:
    open_zoo(page, "lenet5")
    open_code(page)
    # One stop of the walk with Tab, arrows from line to line.
    assert page.locator('.ed-line button[tabindex="0"]').count() == 1
    page.locator('.ed-line button[tabindex="0"]').focus()
    assert lit_nodes(page) == ["conv1"]
    page.keyboard.press("ArrowDown")
    expect(page.locator('.react-flow__node[data-id="act1"][data-lit]')).to_be_attached()
    page.keyboard.press("Enter")
    assert selected(page) == ["act1"]
    border = page.get_by_role("separator", name="Width of the code")
    before = page.locator(".ed-code").bounding_box()
    border.focus()
    page.keyboard.press("ArrowLeft")
    after = page.locator(".ed-code").bounding_box()
    assert before
    assert after
    assert after["width"] > before["width"]
    assert faults(page, ".ed-code") == []


def test_the_code_follows_the_draft_without_a_version(page: Page) -> None:
    page.set_viewport_size({"width": 1700, "height": 900})
    open_zoo(page, "lenet5")
    open_code(page)
    select(page, "conv1")
    field(page, "out channels").fill("11")
    expect(line(page, "self.conv1 = nn.Conv2d(1, 11, kernel_size=5")).to_be_visible()
    with page.expect_download() as download:
        page.locator(".ed-code").get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "LeNet_5.py"
    text = Path(download.value.path()).read_text()
    ast.parse(text)
    assert "nn.Conv2d(1, 11, kernel_size=5" in text
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".ed-code").get_by_role("button", name="Copy").click()
    expect(page.locator(".toast").last).to_contain_text("Code copied")
    assert page.evaluate("navigator.clipboard.readText()") == text


def test_a_design_without_code_keeps_that_of_before_and_says_why(page: Page, guard: Guard) -> None:
    guard.allow("422")
    page.set_viewport_size({"width": 1700, "height": 900})
    open_zoo(page, "lenet5")
    open_code(page)
    select(page, "conv1")
    field(page, "kernel size").fill("500")
    expect(page.locator(".ed-code .note")).to_contain_text("There is no code yet")
    expect(line(page, "self.conv1 = ")).to_be_visible()
    page.locator(".ed-code-text").click(position={"x": 300, "y": 10})
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(".ed-code")).to_have_count(0)
    expect(node(page, "conv1")).to_have_attribute("data-broken", re.compile("error"))


def test_on_a_phone_the_code_has_the_page_to_itself(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/designs/new?zoo=lenet5")
    open_code(page)
    expect(page.locator(".ed-canvas")).to_have_count(0)
    expect(page.get_by_role("separator")).to_have_count(0)
    page.get_by_role("tab", name="Graph").click()
    expect(node(page, "conv1")).to_be_visible()
