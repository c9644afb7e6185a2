"""Cost while drawing: totals, a budget, the costliest nodes, colours, and latency."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from .conftest import Api, Guard
from .editing import field, node, open_zoo, saved, select, to_canvas, undo


def panel(page: Page, name: str) -> Locator:
    side = page.get_by_role("complementary", name=name)
    if not side.is_visible():
        page.get_by_role("navigation", name="Panels").get_by_role("button", name=name).click()
    return side


def test_a_budget_is_kept_with_the_design_and_exceeding_it_is_red(page: Page) -> None:
    open_zoo(page, "lenet5")
    params = page.get_by_test_id("total-params")
    params.click()
    cost = panel(page, "Cost")
    cost.get_by_label("Parameters", exact=True).fill("65 k")
    expect(params).to_contain_text("95 % of 65.0 k")
    expect(params).not_to_have_attribute("data-over", "true")
    select(page, "conv1")
    field(page, "out channels").fill("24")
    expect(params).to_have_attribute("data-over", "true")
    expect(params).to_contain_text("over 65.0 k")
    expect(cost).to_contain_text("over 65.0 k")
    saved(page)
    page.reload()
    expect(page.get_by_test_id("total-params")).to_have_attribute("data-over", "true")
    cost = panel(page, "Cost")
    cost.get_by_label("Parameters", exact=True).fill("much")
    expect(cost).to_contain_text("Write a limit such as")
    cost.get_by_label("Parameters", exact=True).fill("")
    expect(page.get_by_test_id("total-params")).not_to_have_attribute("data-over", "true")
    to_canvas(page)
    undo(page)
    expect(page.get_by_test_id("total-params")).to_have_attribute("data-over", "true")


def test_a_limit_is_no_change_of_the_network(page: Page, api: Api) -> None:
    open_zoo(page, "lenet5")
    # Once the machine's speed is known the analysis is asked for again, which is not what is looked at here.
    expect(page.get_by_test_id("total-latency")).to_contain_text("estimated", timeout=60_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/api/analyze") else None)
    cost = panel(page, "Cost")
    cost.get_by_label("MACs", exact=True).fill("1 M")
    saved(page)
    assert asked == []
    design = api("GET", f"/api/designs/{page.url.rsplit('/', 1)[1]}")
    assert (design["draft"]["design"] or design["design"])["budget"] == {"macs": 1e6}


def test_the_costliest_nodes_are_ranked_and_a_click_goes_there(page: Page) -> None:
    open_zoo(page, "resnet18")
    cost = panel(page, "Cost")
    first = cost.locator(".ed-ranking li").first
    expect(first).to_contain_text("layer")
    cost.get_by_role("button", name="Parameters", exact=True).click()
    expect(first).to_contain_text("layer4.conv2")
    expect(first).to_contain_text("×2")
    title = first.get_by_role("button").get_attribute("title") or ""
    assert title.startswith("4,718,592 parameters.")
    assert title.endswith("40 % of the design, in 2 repetitions.")
    first.get_by_role("button").click()
    expect(page.locator(".ed-crumbs")).to_contain_text("layer4")
    expect(node(page, "conv2")).to_have_attribute("data-selected", "true")


def test_colours_follow_the_figures(page: Page) -> None:
    open_zoo(page, "lenet5")
    cost = panel(page, "Cost")
    cost.get_by_role("button", name="Parameters", exact=True).click()
    cost.get_by_label("Colour the canvas by it").check()
    hot = node(page, "fc1")
    expect(hot).to_have_attribute("data-heat", "true")
    expect(hot.locator(".ed-mark")).to_have_text("78 % of parameters")
    expect(page.locator(".ed-overlay-bar")).to_contain_text("Parameters")
    select(page, "fc1")
    field(page, "out features").fill("12")
    expect(hot.locator(".ed-mark")).not_to_have_text("78 % of parameters")
    cost.get_by_role("button", name="MACs", exact=True).click()
    expect(page.locator(".ed-overlay-bar")).to_contain_text("MACs")
    expect(node(page, "conv2").locator(".ed-mark")).to_contain_text("of MACs")
    page.get_by_role("button", name="Hide MACs").click()
    expect(page.locator(".ed-mark")).to_have_count(0)
    expect(cost.get_by_label("Colour the canvas by it")).not_to_be_checked()


def test_figures_say_how_they_came_to_be(page: Page) -> None:
    open_zoo(page, "lenet5")
    for figure, words in {
        "params": "tied weights count once",
        "macs": "No operation was left out",
        "activations": "upper bound of what training keeps",
        "peak": "freed after its last use",
    }.items():
        total = page.get_by_test_id(f"total-{figure}")
        assert words in (total.get_attribute("title") or ""), figure
    assert "It is reached at" in (page.get_by_test_id("total-peak").get_attribute("title") or "")


def test_latency_is_estimated_then_measured_then_estimated_again(page: Page, api: Api) -> None:
    design = api.design("lenet5")
    page.goto(f"/designs/{design}")
    latency = page.get_by_test_id("total-latency")
    # The machine's speed is measured by a process of its own.
    expect(latency).to_contain_text("estimated", timeout=60_000)
    api.wait(api.run(design, epochs=1))
    page.reload()
    expect(latency).to_contain_text("measured")
    title = latency.get_attribute("title") or ""
    for words in ("cpu", "version 1", "has not changed since"):
        assert words in title
    select(page, "conv1")
    field(page, "out channels").fill("12")
    expect(latency).to_contain_text("estimated")
    assert "has changed since version 1" in (latency.get_attribute("title") or "")


def test_on_a_phone_the_totals_can_be_scrolled(page: Page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 780})
    page.goto("/designs/new?zoo=lenet5")
    expect(page.get_by_test_id("total-params")).to_contain_text("61.7 k")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390


def test_nodes_are_measured_and_the_canvas_shows_where_time_and_memory_go(page: Page, guard: Guard) -> None:
    open_zoo(page, "resnet20_cifar")
    measured = panel(page, "Cost").get_by_role("region", name="Measured")
    measured.get_by_label("Batch").fill("4")
    measured.get_by_role("button", name="Measure nodes").click()
    expect(measured.get_by_role("status")).to_contain_text("Measuring")
    expect(measured).to_contain_text("for a batch of 4", timeout=60_000)
    bar = page.locator(".ed-overlay-bar")
    expect(bar).to_contain_text("Time, measured")
    expect(node(page, "layer1").locator(".ed-mark")).to_contain_text("of time")
    expect(page.get_by_test_id("total-latency")).not_to_contain_text("measured")
    measured.get_by_role("button", name="Memory").click()
    expect(bar).to_contain_text("Memory, measured")
    # Three times four samples of 16 channels of 32 x 32 numbers, four bytes each.
    rows = measured.locator(".ed-ranking button")
    expect(rows.filter(has_text="layer1.conv1")).to_contain_text("768 KiB")
    select(page, "conv1")
    field(page, "out channels").fill("24")
    expect(measured).to_contain_text("has changed since")
    expect(bar).to_contain_text("before the last change")
    to_canvas(page)
    undo(page)
    expect(measured).not_to_contain_text("has changed since")
    expect(bar).not_to_contain_text("before the last change")
    measured.get_by_label("Batch").fill("1")
    measured.get_by_role("button", name="Measure again").click()
    expect(measured).to_contain_text("for one sample", timeout=60_000)
    expect(page.get_by_test_id("total-latency")).to_contain_text("measured")
    guard.allow("ERR_ABORTED|Failed to load")
    measured.get_by_role("button", name="Measure again").click()
    measured.get_by_role("button", name="Cancel").click()
    expect(measured.get_by_role("button", name="Measure again")).to_be_visible()
    expect(measured.get_by_role("alert")).to_have_count(0)
