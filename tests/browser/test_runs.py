"""Runs and demos on the page, with the real worker: live curves, cancel and resume, failure, result, drawing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Api, Guard


def test_run_is_watched_live_cancelled_and_resumed(page: Page, api: Api) -> None:
    run = api.run(api.design("lenet5"), epochs=400)
    page.goto(f"/runs/{run}")
    bar = page.get_by_role("progressbar", name="Progress", exact=True)
    expect(page).to_have_title(re.compile(r"^● \d+ % training"), timeout=60_000)
    first = int(bar.get_attribute("aria-valuenow") or 0)
    expect(page.locator(".chart", has_text="Accuracy").locator("canvas")).to_be_visible()
    expect(page.locator(".run-facts")).to_contain_text(re.compile(r"\d ms"))
    page.wait_for_function("(first) => +document.querySelector('[role=progressbar]').ariaValueNow > first", arg=first)
    # Home shows the same run moving, also without a reload.
    other = page.context.new_page()
    other.goto("/")
    expect(other.locator(".running-card")).to_contain_text(re.compile(r"epoch \d+ of 400"))
    before = other.locator(".running-card").inner_text()
    other.wait_for_function("(text) => document.querySelector('.running-card')?.innerText !== text", arg=before)
    other.close()

    page.get_by_role("button", name="Cancel").click()
    expect(page).to_have_title(re.compile("^cancelled"), timeout=30_000)
    expect(page.locator(".toast")).to_contain_text("is cancelled")
    steps = page.evaluate("document.querySelector('[role=progressbar]').ariaValueNow")
    page.get_by_role("button", name="Resume").click()
    expect(page).to_have_title(re.compile(r"^● \d+ % training"), timeout=60_000)
    expect(page.get_by_role("log")).to_contain_text("from its checkpoint")
    page.wait_for_function("(steps) => +document.querySelector('[role=progressbar]').ariaValueNow > +steps", arg=steps)
    page.get_by_role("button", name="Cancel").click()
    expect(page).to_have_title(re.compile("^cancelled"), timeout=30_000)


def test_run_reconnects_and_misses_nothing(page: Page, api: Api, guard: Guard) -> None:
    guard.allow("WebSocket|ERR_INTERNET_DISCONNECTED|Failed to load resource")
    run = api.run(api.design("lenet5"), epochs=60)
    page.goto(f"/runs/{run}")
    expect(page).to_have_title(re.compile("training"), timeout=60_000)
    page.context.set_offline(True)
    page.wait_for_timeout(2500)
    page.context.set_offline(False)
    expect(page).to_have_title(re.compile("^✓ done"), timeout=90_000)
    # The page's own curve has as many test points as the run had epochs: none is missing, none is double.
    expect(page.locator(".chart", has_text="Accuracy").locator(".chart-key", has_text="test")).to_contain_text("%")
    series = api("GET", f"/api/runs/{run}/metrics")["series"]["test/accuracy"]
    assert len(series["steps"]) == len(set(series["steps"])) == 60


def test_result_demo_and_rerun(page: Page, api: Api) -> None:
    run = api.run(api.design("lenet5"), epochs=25)
    page.goto(f"/runs/{run}")
    expect(page).to_have_title(re.compile("^✓ done"), timeout=90_000)
    expect(page.locator(".toast.ok")).to_contain_text("Best test accuracy")
    row = api("GET", f"/api/runs/{run}")
    assert row["best_accuracy"] >= 0.95

    matrix = page.get_by_role("img", name=re.compile("Confusion matrix of 10 classes"))
    matrix.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".confusion-say")).to_contain_text("recognised")
    expect(page.locator(".per-class .bar")).to_have_count(10)
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("model.onnx")).click()
    assert download.value.suggested_filename.endswith("model.onnx")

    page.get_by_role("button", name="Run again").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("epochs", exact=True)).to_have_value("25")
    expect(dialog.get_by_label("Data set", exact=True)).to_have_value("digits")
    dialog.get_by_label("epochs", exact=True).fill("0")
    expect(dialog.get_by_role("alert")).to_contain_text("at least 1")
    dialog.get_by_label("epochs", exact=True).fill("1")
    expect(dialog.locator(".train-estimate")).to_contain_text(re.compile("Memory"), timeout=60_000)
    dialog.get_by_role("button", name="Start again").click()
    page.wait_for_url(lambda url: "/runs/" in url and run not in url)
    again = page.url.rsplit("/", 1)[1]
    assert api.wait(again)["recipe"]["epochs"] == 1

    page.goto(f"/runs/{run}")
    page.get_by_role("button", name="Publish a demo").click()
    page.wait_for_url("**/d/*")
    _draw(page, [(0.4, 0.3), (0.52, 0.18), (0.52, 0.82)])
    answer = page.locator("[data-answer]")
    expect(answer).to_have_attribute("data-answer", "1")
    expect(page.locator(".demo-time")).to_contain_text("ms network")
    page.get_by_role("button", name="Clear").click()
    expect(answer).to_have_count(0)
    page.locator(".samples-grid button").nth(3).click()
    expect(answer).to_be_visible()
    expect(answer.locator(".badge")).to_be_visible()
    page.get_by_role("button", name="Python").click()
    expect(page.locator("pre.code")).to_contain_text("urlopen")


def _draw(page: Page, points: list[tuple[float, float]]) -> None:
    box = page.locator(".drawpad canvas").bounding_box()
    assert box is not None
    place = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*place[0])
    page.mouse.down()
    for x, y in place[1:]:
        page.mouse.move(x, y, steps=8)
    page.mouse.up()


def test_diverging_run_says_why_and_what_to_do(page: Page, api: Api) -> None:
    recipe = {"optimizer": {"id": "sgd", "lr": 100.0}, "schedule": {"id": "constant"}, "clip": None, "epochs": 30}
    run = api.run(api.design("mlp"), **recipe)
    page.goto(f"/runs/{run}")
    expect(page).to_have_title(re.compile("^✗ failed"), timeout=60_000)
    error = api("GET", f"/api/runs/{run}")["error"]
    assert error["remedy"]
    note = page.locator(".note.bad").first
    expect(note).to_contain_text(re.compile(re.escape(error["message"]), re.I))
    expect(note).to_contain_text(re.compile(re.escape(error["remedy"]), re.I))
    # A loss that is no number is a mark and a word, not a gap or a zero.
    expect(page.locator(".chart", has_text="Loss").locator(".chart-key").first).to_contain_text("NaN")
    # A window made narrow takes the charts along.
    page.set_viewport_size({"width": 390, "height": 800})
    page.locator(".chart canvas").first.scroll_into_view_if_needed()
    expect(page.locator(".chart canvas").first).to_be_in_viewport(ratio=0.99)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0


@pytest.mark.parametrize("classes", [2, 100])
def test_confusion_matrix_scales(page: Page, api: Api, guard: Guard, classes: int) -> None:
    run = api.run(api.design("lenet5"), epochs=1)
    api.wait(run)
    row = api("GET", f"/api/runs/{run}")
    names = [f"class {n:03}" for n in range(classes)]
    matrix = [[50 if a == b else 3 if b == (a + 1) % classes else 0 for b in range(classes)] for a in range(classes)]
    per_class = [{"name": name, "accuracy": 50 / 53, "support": 53} for name in names]
    row["result"]["metrics"] |= {"confusion": matrix, "per_class": per_class}
    page.route(f"**/api/runs/{run}", lambda route: route.fulfill(json=row))
    page.goto(f"/runs/{run}")
    picture = page.get_by_role("img", name=re.compile(f"Confusion matrix of {classes} classes"))
    expect(picture).to_be_visible()
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box is not None
    picture.hover(position={"x": box["width"] * 1.5 / classes, "y": box["height"] * 0.5 / classes})
    expect(page.locator(".confusion-say")).to_have_text(re.compile(r"True class 000, taken for class 001: 3 of 53"))
    expect(page.locator(".per-class .bar")).to_have_count(classes)
