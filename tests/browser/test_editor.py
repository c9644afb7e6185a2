"""The editor by hand: mouse, keys and forms in a real Chromium against the real site."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect

from bench._dense import dense

from .conftest import Api, Guard
from .editing import (
    drag,
    enter,
    field,
    fit,
    middle,
    node,
    node_ids,
    open_zoo,
    port,
    saved,
    select,
    still,
    to_canvas,
    undo,
    view,
    wire,
    wires,
)

PARAMS = "total-params"


def test_widen_break_mend_undo(page: Page) -> None:
    open_zoo(page, "lenet5")
    expect(page.get_by_test_id(PARAMS)).to_contain_text("61.7 k")
    expect(node(page, "conv1")).to_contain_text("6×28×28")
    select(page, "conv1")
    field(page, "out channels").fill("12")
    expect(page.get_by_test_id(PARAMS)).to_contain_text("64.3 k")
    expect(node(page, "conv1")).to_contain_text("12×28×28")

    select(page, "conv2")
    expect(field(page, "in channels")).to_have_attribute("placeholder", "follows input (12)")
    field(page, "in channels").fill("3")
    fault = node(page, "conv2").locator(".ed-issue")
    expect(fault).to_contain_text("in_channels")
    expect(fault).to_contain_text("12")
    expect(node(page, "conv1")).to_contain_text("12×28×28")
    fault.get_by_role("button").click()
    expect(fault).to_have_count(0)
    expect(page.get_by_test_id(PARAMS)).to_contain_text("64.3 k")

    to_canvas(page)
    undo(page)
    expect(fault).to_be_visible()
    undo(page)
    expect(fault).to_have_count(0)
    # Two digits typed are one step.
    undo(page)
    expect(page.get_by_test_id(PARAMS)).to_contain_text("61.7 k")
    page.keyboard.press("Control+Shift+z")
    expect(page.get_by_test_id(PARAMS)).to_contain_text("64.3 k")


def test_group_enter_ungroup(page: Page) -> None:
    open_zoo(page, "lenet5")
    before = node_ids(page)
    wired = sorted(wires(page))
    select(page, "conv1", "act1", "pool1")
    page.keyboard.press("Control+g")
    group = node(page, "group")
    expect(group).to_contain_text("6×14×14")
    expect(page.get_by_test_id(PARAMS)).to_contain_text("61.7 k")
    enter(page, "group")
    expect(page.locator(".ed-crumbs")).to_contain_text("group")
    expect(node(page, "conv1")).to_contain_text("6×28×28")
    expect(page.get_by_test_id("node-output.out")).to_contain_text("6×14×14")
    page.keyboard.press("Escape")
    expect(page.locator(".ed-crumbs")).to_have_count(0)
    page.keyboard.press("Control+Shift+g")
    expect(node(page, "pool1")).to_be_visible()
    assert sorted(node_ids(page)) == sorted(before)
    expect(page.locator(".react-flow__edge")).to_have_count(len(wired))
    assert sorted(wires(page)) == wired


def test_inside_a_repeated_group(page: Page) -> None:
    open_zoo(page, "resnet18")
    enter(page, "layer2")
    expect(node(page, "conv1")).to_contain_text("74 k")
    page.locator(".react-flow__controls-zoomin").click()
    still(page)
    before = view(page)
    page.get_by_label("Repetition of layer2").select_option("1")
    expect(node(page, "conv1")).to_contain_text("147 k")
    still(page)
    assert view(page) == before
    out = page.locator(".ed-crumbs").get_by_role("button", name="Close")
    expect(out).to_be_in_viewport(ratio=1)
    enter(page, "downsample")
    expect(page.locator(".ed-crumbs")).to_contain_text("downsample")
    page.locator(".ed-crumbs").get_by_role("button", name="ResNet-18").click()
    expect(node(page, "layer2")).to_be_visible()


def test_copy_paste_duplicate_delete(page: Page) -> None:
    open_zoo(page, "lenet5")
    count = len(node_ids(page))
    select(page, "fc1", "act3")
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    expect(page.locator(".ed-node")).to_have_count(count + 2)
    expect(page.locator('.react-flow__edge[data-id^="fc4.out→act"]')).to_have_count(1)
    page.keyboard.press("Control+d")
    expect(page.locator(".ed-node")).to_have_count(count + 4)
    page.keyboard.press("Delete")
    expect(page.locator(".ed-node")).to_have_count(count + 2)
    select(page, "act1")
    page.keyboard.press("Alt+Delete")
    expect(node(page, "act1")).to_have_count(0)
    expect(wire(page, "conv1.out→pool1.x")).to_have_count(1)


def test_clipboard_works_across_tabs(page: Page, context: BrowserContext, guard: Guard) -> None:
    open_zoo(page, "resnet18")
    select(page, "layer1")
    page.keyboard.press("Control+c")
    other = context.new_page()
    guard.watch(other)
    open_zoo(other, "lenet5")
    to_canvas(other)
    other.keyboard.press("Control+v")
    expect(node(other, "layer1")).to_be_visible()
    enter(other, "layer1")
    expect(node(other, "downsample")).to_be_visible()


def test_draft_survives_and_versions_come_back(page: Page) -> None:
    open_zoo(page, "lenet5")
    select(page, "conv1")
    field(page, "out channels").fill("9")
    saved(page)
    page.keyboard.press("Control+s")
    page.get_by_label("Name, if it should have one").fill("nine")
    page.get_by_role("dialog").get_by_role("button", name="Save version").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    field(page, "out channels").fill("10")
    saved(page)
    page.reload()
    expect(node(page, "conv1")).to_contain_text("10×28×28")
    page.get_by_label("Versions").click()
    page.get_by_role("listitem").filter(has_text="nine").get_by_role("button", name="Restore").click()
    expect(node(page, "conv1")).to_contain_text("9×28×28")
    to_canvas(page)
    undo(page)
    expect(node(page, "conv1")).to_contain_text("10×28×28")


def test_looking_at_a_zoo_design_stores_nothing(page: Page, api: Api) -> None:
    before = api("GET", "/api/designs")["count"]
    open_zoo(page, "lenet5")
    select(page, "conv1")
    page.get_by_role("tab", name="Code").click()
    expect(page.locator(".ed-code-text")).to_contain_text("class")
    assert api("GET", "/api/designs")["count"] == before


def test_build_from_empty(page: Page) -> None:
    page.goto("/designs/new")
    expect(page.locator(".ed-template").first).to_be_visible()
    search = page.get_by_label("Search blocks")
    canvas = page.locator(".ed-canvas")
    search.fill("input image")
    page.locator('[data-choice="input:image"]').drag_to(canvas, target_position={"x": 400, "y": 110})
    expect(page.get_by_test_id("node-input.image")).to_be_visible()
    expect(page.locator(".ed-empty")).to_have_count(0)

    # A wire dropped on nothing asks what should be there, and offers only what fits.
    end = page.get_by_test_id("node-input.image").locator(".ed-handle")
    box = canvas.bounding_box()
    assert box
    drag(page, middle(end), (box["x"] + 400, box["y"] + 260))
    quick = page.get_by_role("dialog", name="Add a block")
    expect(quick.get_by_role("option").nth(5)).to_be_visible()
    quick.get_by_role("combobox").fill("embedding")
    expect(quick).to_contain_text("Nothing matches")
    quick.get_by_role("combobox").fill("conv2d")
    page.keyboard.press("Enter")
    expect(node(page, "conv2d").locator(".ed-issue")).to_contain_text("out_channels")
    field(page, "out channels").fill("8")
    for word in ("relu", "flatten", "linear", "output"):
        search.fill(word)
        search.press("Enter")
        if word == "linear":
            field(page, "out features").fill("=facts.label.classes")
    expect(page.locator(".react-flow__edge")).to_have_count(5)
    assert wires(page) == [
        "input.image→conv2d.x",
        "conv2d.out→relu.x",
        "relu.out→flatten.x",
        "flatten.out→linear.x",
        "linear.out→output.out",
    ]
    page.get_by_label("Data set", exact=True).select_option("digits")
    expect(node(page, "conv2d")).to_contain_text("8×8×8")
    expect(page.get_by_test_id(PARAMS)).to_contain_text("5,210")

    to_canvas(page)
    fit(page)
    drag(page, middle(port(page, "flatten", "outputs")), middle(port(page, "conv2d", "inputs")))
    expect(page.locator(".toast")).to_contain_text("loop")
    to_canvas(page)
    (left, top), (right, low) = middle(port(page, "conv2d", "outputs")), middle(port(page, "relu", "inputs"))
    page.keyboard.down("Alt")
    page.mouse.click((left + right) / 2, (top + low) / 2)
    page.keyboard.up("Alt")
    expect(page.locator('[data-id="conv2d.out→relu.x"]')).to_have_count(0)
    drag(page, middle(port(page, "conv2d", "outputs")), middle(port(page, "relu", "inputs")))
    expect(page.locator('[data-id="conv2d.out→relu.x"]')).to_have_count(1)


def test_node_dropped_on_a_wire_is_put_into_it(page: Page) -> None:
    open_zoo(page, "lenet5")
    search = page.get_by_label("Search blocks")
    search.fill("batch norm")
    page.locator('[data-choice="block:batch_norm"]').drag_to(
        page.locator(".ed-canvas"), target_position={"x": 130, "y": 200}
    )
    aim = middle(wire(page, "conv1.out→act1.x"))
    grip = middle(node(page, "batch_norm").locator("header"))
    centre = middle(node(page, "batch_norm"))
    drag(page, grip, (aim[0] + grip[0] - centre[0], aim[1] + grip[1] - centre[1]))
    expect(page.locator('[data-id="conv1.out→batch_norm.x"]')).to_have_count(1)
    expect(wire(page, "batch_norm.out→act1.x")).to_have_count(1)
    expect(wire(page, "conv1.out→act1.x")).to_have_count(0)


def test_variable_moves_the_whole_picture(page: Page) -> None:
    open_zoo(page, "lenet5")
    page.get_by_label("Variables and data").click()
    page.get_by_label("width, from", exact=False).first.fill("20")
    expect(node(page, "conv1")).to_contain_text("20×28×28")
    select(page, "conv1")
    page.get_by_label("Make kernel size a variable").click()
    expect(field(page, "kernel size")).to_have_value("=kernel_size")
    page.get_by_label("Name of variable kernel_size").fill("kernel")
    page.get_by_label("Name of variable kernel_size").press("Enter")
    expect(field(page, "kernel size")).to_have_value("=kernel")
    page.get_by_label("Value of kernel", exact=True).fill("3")
    expect(node(page, "conv1")).to_contain_text("20×30×30")


def test_data_set_gives_facts_and_says_what_it_does_to_samples(page: Page) -> None:
    open_zoo(page, "lenet5")
    page.get_by_label("Data set", exact=True).select_option("digits")
    expect(page.locator(".ed-totals")).to_contain_text("resized from 8×8 to 28×28")
    page.get_by_label("Variables and data").click()
    expect(page.get_by_label("Facts of the data")).to_contain_text("label.classes10")


def test_keys_leave_text_fields_alone(page: Page) -> None:
    open_zoo(page, "lenet5")
    count = len(node_ids(page))
    select(page, "conv1")
    box = page.get_by_label("Search blocks")
    box.fill("conv")
    box.press("Backspace")
    box.press("?")
    box.press("Control+a")
    box.press("Delete")
    expect(box).to_have_value("")
    assert len(node_ids(page)) == count
    expect(page.get_by_role("dialog")).to_have_count(0)
    to_canvas(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Make a group of the selection")


def test_file_out_and_in(page: Page, tmp_path: Path) -> None:
    open_zoo(page, "lenet5")
    page.get_by_label("More", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Download as JSON").click()
    document = json.loads(Path(download.value.path()).read_text())
    assert document["format"] == "blockyard.design"
    document["nodes"] = document["nodes"][:1]
    document["edges"] = document["edges"][:1]

    def upload(text: str) -> None:
        path = tmp_path / "design.json"
        path.write_text(text)
        page.get_by_label("More", exact=True).click()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("menuitem", name="Open a file").click()
        chooser.value.set_files(path)

    count = len(node_ids(page))
    upload('{"format": "onnx"}')
    expect(page.locator(".toast").last).to_contain_text("not a Blockyard design")
    assert len(node_ids(page)) == count
    upload(json.dumps(document))
    expect(page.locator(".ed-node")).to_have_count(1)
    to_canvas(page)
    undo(page)
    expect(page.locator(".ed-node")).to_have_count(count)


def test_server_away_keeps_the_draft(page: Page, api: Api, guard: Guard) -> None:
    guard.allow("ERR_FAILED|Failed to load")
    design = api.design("lenet5")
    page.goto(f"/designs/{design}")
    expect(node(page, "conv1")).to_contain_text("6×28×28")
    away = re.compile(r"/api/(analyze|designs/\w+/draft)")
    page.route(away, lambda route: route.abort())
    select(page, "conv1")
    field(page, "out channels").fill("13")
    expect(page.locator(".ed-totals")).to_contain_text("server is away")
    expect(page.get_by_test_id(PARAMS)).to_contain_text("61.7 k")
    expect(page.locator(".ed-save")).to_contain_text("Offline")
    page.reload()
    page.unroute(away)
    expect(field_after_select(page)).to_have_value("13")
    expect(node(page, "conv1")).to_contain_text("13×28×28")
    saved(page)


def field_after_select(page: Page) -> Locator:
    select(page, "conv1")
    return field(page, "out channels")


def test_train_goes_to_the_run(page: Page, api: Api) -> None:
    open_zoo(page, "lenet5")
    page.get_by_label("Data set", exact=True).select_option("digits")
    to_canvas(page)
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Quick look").click()
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile(r"/runs/\w+"))
    run = api("GET", "/api/runs")["items"][0]
    page.goto(f"/designs/{run['design']['id']}")
    page.get_by_label("Runs", exact=True).click()
    expect(page.locator(f'a[href="{run["url"]}"]')).to_be_visible()


def test_tidy_and_turn(page: Page) -> None:
    open_zoo(page, "resnet18")
    enter(page, "layer1")
    expect(node(page, "conv1")).to_be_visible()
    page.get_by_label("Lay out from left to right").click()
    expect(page.get_by_label("Lay out from top to bottom")).to_be_visible()
    page.wait_for_function(
        """() => {
            const at = (id) => document.querySelector(`[data-testid="node-${id}"]`).getBoundingClientRect();
            return at("bn1").left > at("conv1").right && at("act1").left > at("bn1").right;
        }"""
    )
    page.get_by_label("Lay out from top to bottom").click()
    page.wait_for_function(
        """() => {
            const at = (id) => document.querySelector(`[data-testid="node-${id}"]`).getBoundingClientRect();
            return at("bn1").top > at("conv1").bottom;
        }"""
    )


def test_inputs_are_connected_from_a_list(page: Page) -> None:
    open_zoo(page, "lenet5")
    select(page, "conv2")
    page.get_by_label("Cut the wire from pool1.out").click()
    expect(page.locator('[data-id="pool1.out→conv2.x"]')).to_have_count(0)
    source = page.get_by_label("Connect x to")
    # What comes after the node would close a loop, and is not offered.
    expect(source.locator("option", has_text="fc1.out")).to_have_count(0)
    source.select_option("pool1.out")
    expect(page.locator('[data-id="pool1.out→conv2.x"]')).to_have_count(1)


def test_a_broken_document_opens_and_says_what_is_wrong(page: Page, tmp_path: Path) -> None:
    document = {
        "format": "blockyard.design",
        "version": 1,
        "name": "broken",
        "inputs": [{"name": "image", "kind": "image", "dims": {"C": 1, "H": 28, "W": 28}}],
        "outputs": [{"name": "logits"}],
        "nodes": [
            {"id": "odd", "block": "conv99"},
            {"id": "one", "block": "relu"},
            {"id": "two", "block": "relu"},
            {"id": "lost", "group": "missing"},
        ],
        "edges": [
            {"from": "input.image", "to": "odd.x"},
            {"from": "one.out", "to": "two.x"},
            {"from": "two.out", "to": "one.x"},
            {"from": "ghost.out", "to": "lost.x"},
        ],
    }
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(document))
    page.goto("/designs/new")
    expect(page.locator(".ed-template").first).to_be_visible()
    page.get_by_label("More", exact=True).click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("menuitem", name="Open a file").click()
    chooser.value.set_files(path)
    expect(node(page, "odd").locator(".ed-issue")).to_contain_text("conv99")
    expect(node(page, "one").locator(".ed-issue")).to_contain_text("circle")
    expect(node(page, "lost").locator(".ed-issue")).to_be_visible()
    select(page, "lost")
    page.get_by_label("Cut the wire from ghost.out").click()
    expect(node(page, "lost").locator(".ed-issue")).not_to_contain_text("ghost")


def test_a_large_graph_opens_from_afar_and_draws_no_wire_by_itself(page: Page, api: Api) -> None:
    id = api("POST", "/api/designs", {"design": dense(320), "name": "dense"})["id"]
    page.add_init_script("""window.wires = 0; new MutationObserver((all) => { for (const { addedNodes } of all)
        for (const one of addedNodes) window.wires += one.querySelectorAll?.('.react-flow__edge').length ?? 0;
    }).observe(document, { subtree: true, childList: true })""")
    page.goto(f"/designs/{id}")
    expect(page.locator(".ed-far-wires path").first).to_be_attached()
    expect(page.locator(".react-flow__node-block").nth(300)).to_be_attached()
    assert page.evaluate("window.wires + document.querySelectorAll('.react-flow__edge').length") == 0
