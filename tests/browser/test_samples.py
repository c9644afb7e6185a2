"""What the editor shows of a sample on its way through, and of a run on its nodes, in a real Chromium."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from models_core.design import Builder

from .conftest import Api, Guard
from .editing import field, node, open_zoo, still

COLD = 100_000
"""The first sample starts an engine process, which imports torch."""


def send(page: Page, data: str = "Digits") -> None:
    """Open the panel and send the first test sample through."""
    page.get_by_role("button", name="Sample", exact=True).click()
    page.get_by_label("Data", exact=True).last.select_option(label=data)
    expect(bar(page)).to_contain_text(f"Sample 0 of {data}", timeout=COLD)


def bar(page: Page) -> Any:
    return page.locator(".ed-overlay-bar")


def wire(page: Page, name: str) -> Any:
    return page.locator(f".react-flow__edge[data-id='{name}']")


def nan_design() -> dict[str, Any]:
    """A norm without epsilon over values that are all equal, inside a group: nothing divided by nothing."""
    b = Builder("breaks", task="image_classification")
    b.facts(image={"channels": 1}, label={"classes": 10})
    unit = b.group("unit")
    y = unit.add("same", "constant", unit.input("x"), shape=[8])
    unit.output("out", unit.add("norm", "layer_norm", y, eps=0))
    x = b.input("image", "image", C="=facts.image.channels", H=8, W=8)
    x = b.add_group("bad", "unit", x)
    b.output("logits", b.add("head", "linear", x, out_features="=facts.label.classes"))
    return b.build().to_json()


def test_a_sample_shows_a_picture_and_figures_on_every_wire(page: Page) -> None:
    open_zoo(page, "lenet5")
    send(page)
    panel = page.get_by_role("complementary", name="Sample")
    expect(panel.get_by_role("img", name=re.compile("The sample, labelled"))).to_be_visible()
    expect(panel).to_contain_text("No NaN")
    expect(panel).to_contain_text("Untrained, the network says")
    expect(panel.get_by_role("img", name=re.compile("Half of what the middle of pool2 depends on"))).to_be_visible()
    edge = wire(page, "conv1.out→act1.x")
    picture = edge.locator("image").get_attribute("href")
    assert picture
    assert picture.startswith("data:image/png;base64,")
    edge.locator("image").hover(force=True)
    card = page.locator(".ed-wire-card")
    expect(card).to_contain_text("6 maps of 28×28")
    expect(card).to_contain_text(re.compile(r"Mean\s*-?\d"))
    expect(card).to_contain_text("of 6, 0 %")
    # The same beside a wire that is selected, for those who do not point.
    edge.locator("image").click(force=True)
    expect(page.get_by_role("complementary", name="Inspector")).to_contain_text("Standard deviation")
    panel.get_by_role("button", name="Next sample").click()
    expect(bar(page)).to_contain_text("Sample 1 of Digits")
    expect(edge.locator("image")).not_to_have_attribute("href", picture)
    # A change of the design sends it through again.
    panel.get_by_label("Seed").fill("7")
    expect(bar(page)).to_contain_text("seed 7")
    # The outline tells the same in words.
    page.get_by_role("tab", name="Outline").click()
    row = page.locator('.ed-outline-rows [data-key="conv1"] .ed-cell.mark')
    expect(row).to_contain_text(re.compile(r"Mean -?\d.* · Standard deviation \d"))
    expect(row).to_contain_text("0 of 6, 0 %")
    expect(row.locator("img")).to_have_attribute("src", re.compile("^data:image/png"))
    page.get_by_role("tab", name="Graph").click()
    page.get_by_role("button", name="Hide Sample 1 of Digits").click()
    expect(edge.locator("image")).to_have_count(0)


def test_nan_is_marked_where_it_begins_also_inside_a_group(page: Page, api: Api) -> None:
    made = api("POST", "/api/designs", {"design": nan_design()})
    page.goto(f"/designs/{made['id']}")
    expect(node(page, "bad")).to_be_visible()
    send(page)
    expect(node(page, "bad")).to_contain_text("Inside, norm: NaN in 32 of 32 samples begins here")
    expect(node(page, "head")).to_contain_text("it comes in from bad.norm")
    still(page)
    expect(wire(page, "bad.out→head.x")).to_contain_text("NaN")
    panel = page.get_by_role("complementary", name="Sample")
    panel.get_by_role("button", name="bad.norm").click()
    expect(node(page, "norm").locator(".ed-mark[data-tone='bad']")).to_contain_text(
        "everything that comes in is finite"
    )
    expect(wire(page, "norm.out→output.out")).to_contain_text("NaN")


def test_a_design_with_faults_and_weights_of_another_say_why(page: Page, api: Api, guard: Guard) -> None:
    guard.allow("status of 422")
    design = api.design("lenet5")
    api.wait(api.run(design, epochs=1))
    page.goto(f"/designs/{design}")
    expect(node(page, "conv1")).to_be_visible()
    send(page)
    panel = page.get_by_role("complementary", name="Sample")
    panel.get_by_label("Weights").select_option(label="best checkpoint")
    expect(bar(page)).to_contain_text("trained weights")
    expect(panel).to_contain_text("The network says")
    node(page, "fc2").locator("header").click()
    field(page, "out features").fill("30")
    expect(panel.get_by_role("alert")).to_contain_text("train it again")
    expect(bar(page)).to_have_count(0)
    node(page, "fc2").locator("header").click()
    page.keyboard.press("Delete")
    expect(panel.get_by_role("alert")).to_contain_text("mend", timeout=30_000)


def test_a_run_shows_on_the_nodes_while_it_learns(page: Page, api: Api) -> None:
    design = api.design("lenet5")
    run = api.run(design, epochs=2000, watch_seconds=0.3)
    page.goto(f"/designs/{design}")
    expect(node(page, "conv1")).to_be_visible()
    page.get_by_role("button", name="Runs", exact=True).click()
    api.wait(run, "running")
    page.get_by_role("button", name=re.compile("on the nodes")).click(timeout=COLD)
    expect(bar(page)).to_contain_text(re.compile(r"step [\d,]+"), timeout=COLD)
    expect(node(page, "conv1")).to_contain_text(re.compile(r"gradient [\d.]+ · weight [\d.]+ · update [\d.e-]+"))
    expect(node(page, "act1")).to_contain_text("% dead")
    assert node(page, "conv1").get_attribute("data-heat") == "true"
    first = bar(page).locator("strong").inner_text()
    expect(bar(page).locator("strong")).not_to_have_text(first, timeout=30_000)
    page.get_by_role("button", name="Dead", exact=True).click()
    expect(bar(page)).to_contain_text("coloured by dead")
    api("POST", f"/api/runs/{run}/cancel")
