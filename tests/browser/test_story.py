"""The whole job in one go, as a person who has never been here does it: draw, break, train, watch, publish, try."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Api, Guard, Site
from tests.browser.editing import select

Stroke = Sequence[tuple[float, float]]
RING = [(0.5 + 0.2 * math.sin(turn / 24 * math.tau), 0.5 - 0.3 * math.cos(turn / 24 * math.tau)) for turn in range(25)]
SEVEN = [(0.3, 0.25), (0.5, 0.25), (0.7, 0.25), (0.6, 0.45), (0.5, 0.65), (0.42, 0.8)]
DIGITS: dict[str, list[Stroke]] = {"0": [RING], "7": [SEVEN]}


def draw(page: Page, strokes: list[Stroke]) -> None:
    """Strokes on the demo's canvas, in shares of its width and height."""
    box = page.get_by_role("img", name="Drawing area").bounding_box()
    assert box is not None
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=4)
        page.mouse.up()


def test_from_an_architecture_to_a_demo(page: Page, guard: Guard) -> None:
    expect.set_options(timeout=15_000)

    # Home: open LeNet-5.
    page.goto("/")
    page.get_by_role("link", name=re.compile("LeNet-5")).first.click()
    totals = page.get_by_role("group", name="Totals")
    expect(totals).to_contain_text("61.7 k")

    # Widen a layer: shapes and totals follow.
    conv = page.get_by_test_id("node-conv1")
    select(page, "conv1")
    inspector = page.get_by_role("complementary", name="Inspector")
    inspector.get_by_role("textbox", name="out channels", exact=True).fill("16")
    expect(conv).to_contain_text("16×28×28")
    expect(conv).to_contain_text("416")
    expect(totals).not_to_contain_text("61.7 k")

    # Break it: the node says in words what is wrong; undo mends it.
    select(page, "fc1")
    size = inspector.get_by_role("textbox", name="in features", exact=True)
    size.fill("300")
    expect(page.get_by_test_id("node-fc1")).to_contain_text("expects in_features 300, but gets 400")
    expect(totals).not_to_contain_text("Fits together")
    size.press("Escape")
    page.get_by_role("button", name=re.compile("^Undo")).first.click()
    expect(page.get_by_test_id("node-fc1")).not_to_contain_text("expects")
    expect(totals).to_contain_text("Fits together")
    expect(conv).to_contain_text("16×28×28")

    # Train on the digits with what is offered.
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile(r"/runs/[a-z0-9]+$"))

    # Watch: the accuracy moves and the page is never loaded again.
    loads: list[str] = []
    page.on("load", lambda: loads.append(page.url))
    curve = page.get_by_role("figure", name=re.compile("^Accuracy"))
    expect(curve).to_have_accessible_name(re.compile(r"train \d"), timeout=30_000)
    early = curve.get_attribute("aria-label")
    expect(page).to_have_title(re.compile("done"), timeout=90_000)
    assert curve.get_attribute("aria-label") != early
    assert not loads
    best = page.get_by_role("region", name="Result on test data").get_by_text(re.compile(r"^9[7-9]\.\d %$|^100\.0 %$"))
    expect(best.first).to_be_visible()
    run_url = page.url

    # Publish, draw, and be understood.
    page.get_by_role("button", name="Publish a demo").click()
    page.wait_for_url(re.compile("/d/"))
    answer = page.get_by_role("region", name="Answer")
    for digit, strokes in DIGITS.items():
        draw(page, strokes)
        expect(answer.get_by_role("paragraph").first).to_have_text(digit)
        expect(answer).to_contain_text(re.compile(r"\d ms on the server"))
        page.get_by_role("button", name="Clear").click()

    # The admin has the run.
    guard.allow(r"/admin/")
    page.goto("/admin/runs/run/")
    row = page.get_by_role("row", name=re.compile("LeNet-5 on Digits")).first
    expect(row).to_contain_text(re.compile("done", re.IGNORECASE))
    page.goto(run_url)
    expect(page.get_by_role("heading", name="LeNet-5 on Digits")).to_be_visible()


@pytest.mark.skipif(sys.platform != "linux", reason="the fork server needs Linux")
def test_a_training_is_asked_of_the_fork_server(api: Api, site: Site) -> None:
    """Without it everything works as well, only later: nothing else here would notice."""
    api.wait(api.run(api.design("mlp"), epochs=1))
    server = json.loads((site.data / "up.json").read_text())["children"]["engine"]
    pages = int(Path(f"/proc/{server}/statm").read_text().split()[1])
    assert pages * os.sysconf("SC_PAGE_SIZE") > 150 * 2**20  # PyTorch is loaded
    assert "error" not in (site.data / "logs" / "engine.log").read_text()
