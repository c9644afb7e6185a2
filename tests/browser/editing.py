"""Hands on the editor: finding nodes, ports and wires on a page, and dragging them."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


def open_zoo(page: Page, name: str) -> None:
    page.goto(f"/designs/new?zoo={name}")
    expect(page.locator(".ed-node").first).to_be_visible()
    expect(page.get_by_test_id("total-params")).not_to_contain_text("–")
    still(page)


def node(page: Page, id: str) -> Locator:
    return page.get_by_test_id(f"node-{id}")


def select(page: Page, *ids: str) -> None:
    for at, id in enumerate(ids):
        in_sight(page, id)
        node(page, id).locator("header").click(modifiers=["Control"] if at else [])


def in_sight(page: Page, id: str) -> None:
    """Show the whole graph where a node lies outside of the view: a canvas is not scrolled as a page is.

    The view moves for a moment after a file is opened or a group entered, away from under a click.
    """
    still(page)
    if not _is_seen(page, id):
        page.locator(".react-flow__controls-fitview").click()
        still(page)


def _is_seen(page: Page, id: str) -> bool:
    here, room = node(page, id).bounding_box(), page.locator(".ed-canvas").bounding_box()
    assert room
    sides = (("x", "width"), ("y", "height"))
    return bool(here) and all(
        room[at] <= here[at] and here[at] + here[size] <= room[at] + room[size] for at, size in sides
    )


def selected(page: Page) -> list[str]:
    return sorted(
        page.locator(".ed-node[data-selected], .ed-end[data-selected]").evaluate_all(
            "nodes => nodes.map(node => node.dataset.testid.slice(5))"
        )
    )


def field(page: Page, name: str) -> Locator:
    return page.locator(".ed-inspector").get_by_label(name, exact=True)


def to_canvas(page: Page) -> None:
    """Leave text fields, so that keys mean the canvas."""
    page.locator(".react-flow__pane").click(position={"x": 12, "y": 300})


def middle(item: Locator) -> tuple[float, float]:
    box = item.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, start: tuple[float, float], end: tuple[float, float], button: str = "left") -> None:
    page.mouse.move(*start)
    page.mouse.down(button=button)  # type: ignore[arg-type]
    page.mouse.move(start[0] + 5, start[1] + 5)
    page.mouse.move(*end, steps=12)
    page.mouse.up(button=button)  # type: ignore[arg-type]


def view(page: Page) -> str:
    """The canvas's transform: where one looks, and how close."""
    return str(page.locator(".react-flow__viewport").evaluate("one => one.style.transform"))


def zoom(page: Page) -> float:
    found = re.search(r"scale\(([\d.]+)\)", view(page))
    assert found
    return float(found[1])


def still(page: Page) -> None:
    """Wait until the view has come to rest: by frames, for a busy machine draws few of them in any time."""
    page.evaluate(
        """() => new Promise((rest) => {
            let last = "", same = 0;
            const look = () => {
                const now = document.querySelector(".react-flow__viewport")?.style.transform ?? "";
                same = now === last ? same + 1 : 0;
                last = now;
                same < 10 ? requestAnimationFrame(look) : rest();
            };
            look();
            setTimeout(rest, 5000);
        })"""
    )


def enter(page: Page, id: str) -> None:
    """Open a group by a double click; on a view that moves its two clicks may meet different things."""
    still(page)
    node(page, id).dblclick()


def fit(page: Page) -> None:
    page.keyboard.press("Control+0")
    still(page)


def port(page: Page, id: str, side: str) -> Locator:
    return node(page, id).locator(f'.ed-port[data-side="{side}"] .ed-handle').first


def wires(page: Page) -> list[str]:
    return page.locator(".react-flow__edge").evaluate_all("edges => edges.map(edge => edge.dataset.id)")


def wire(page: Page, id: str) -> Locator:
    return page.locator(f'.react-flow__edge[data-id="{id}"]')


def node_ids(page: Page) -> list[str]:
    return page.locator(".ed-node").evaluate_all("nodes => nodes.map(node => node.dataset.testid.slice(5))")


def place(page: Page, id: str) -> tuple[float, float]:
    """Where a node lies in the graph."""
    found = page.locator(f'.react-flow__node[data-id="{id}"]').evaluate("one => one.style.transform")
    x, y = re.findall(r"-?[\d.]+", found)[:2]
    return float(x), float(y)


def empty_spot(page: Page) -> tuple[float, float]:
    """A point of the canvas with nothing on it."""
    x, y = page.locator(".ed-canvas").evaluate(
        """canvas => {
            const box = canvas.getBoundingClientRect();
            for (let y = box.bottom - 140; y > box.top + 60; y -= 20)
                for (let x = box.left + 140; x < box.right - 260; x += 20)
                    if ([[0, 0], [60, 60], [-60, -60]].every(([dx, dy]) =>
                        document.elementFromPoint(x + dx, y + dy)?.classList.contains("react-flow__pane")))
                        return [x, y];
            throw new Error("the canvas is full");
        }"""
    )
    return float(x), float(y)


def saved(page: Page) -> None:
    """Wait until the site has the draft."""
    page.wait_for_url(re.compile(r"/designs/(?!new)\w+$"))
    expect(page.locator(".ed-save")).to_have_text("Draft saved")


def undo(page: Page, times: int = 1) -> None:
    for _ in range(times):
        page.keyboard.press("Control+z")
