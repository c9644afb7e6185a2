"""The frame every page has: theme, keyboard, narrow screens, the way in."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from .conftest import PAGES, ROOT, Guard, Site, new_context


@pytest.mark.parametrize("path", PAGES)
def test_page_opens_clean_and_fits_a_phone(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(path)
    expect(page.locator("h1")).to_be_visible()
    page.wait_for_load_state("networkidle")
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{path} scrolls sideways by {overflow} px on a phone"


def test_theme_follows_the_system_until_one_is_chosen(chromium: Browser, site: Site, guard: Guard) -> None:
    context = new_context(chromium, site, color_scheme="dark")
    page = context.new_page()
    guard.watch(page)
    background = "getComputedStyle(document.body).backgroundColor"
    page.goto("/runs/")
    dark = page.evaluate(background)
    page.get_by_role("button", name="Light").click()
    light = page.evaluate(background)
    assert light != dark
    page.reload()
    # Written by the server, so that the first paint is right already.
    assert 'data-theme="light"' in page.request.get("/runs/").text()
    assert page.evaluate(background) == light
    page.get_by_role("button", name="Same as the system").click()
    assert page.evaluate(background) == dark
    context.close()


def test_keyboard_reaches_the_content_first(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = page.evaluate("document.getElementById('main').contains(document.activeElement)")
    assert inside


def test_a_stranger_is_shown_how_to_sign_in(chromium: Browser, site: Site, guard: Guard) -> None:
    context = chromium.new_context(base_url=site.url)
    page = context.new_page()
    guard.watch(page)
    page.goto("/runs/")
    expect(page).to_have_url(re.compile(r"/signin\?next=/runs/"))
    expect(page.locator("h1")).to_contain_text("Sign in")
    guard.allow("401")
    page.goto(site.link)
    expect(page.locator("h1")).to_contain_text("does not work any more")
    context.close()


def test_the_command_on_the_sign_in_page_gives_a_link_that_works_once(
    chromium: Browser, site: Site, guard: Guard
) -> None:
    context = chromium.new_context(base_url=site.url)
    page = context.new_page()
    guard.watch(page)
    page.goto("/")
    assert page.locator("#signin-command").inner_text() == ".venv/bin/python manage.py signin"
    env = {**os.environ, "BLOCKYARD_DATA": str(site.data), "BLOCKYARD_MODE": "local"}
    command = [sys.executable, "manage.py", "signin"]
    link = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout.strip()
    assert link.startswith(site.url)
    page.goto(link)
    expect(page).to_have_url(f"{site.url}/")
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    context.close()


def test_gallery_searches_and_filters(page: Page) -> None:
    page.goto("/")
    tiles = page.locator("section[aria-labelledby=zoo] .tile")
    expect(page.get_by_role("link", name="Start with LeNet-5")).to_be_visible()
    page.get_by_role("button", name="I know my way").click()
    page.reload()
    expect(page.get_by_role("heading", name="Designs", exact=True)).to_be_visible()
    everything = tiles.count()
    assert everything >= 15
    expect(tiles.first.locator("svg.design-picture")).to_be_visible()
    page.get_by_role("searchbox").fill("residual he 50")
    expect(page.get_by_role("link", name=re.compile("^Open a copy of ResNet-50 Kaiming"))).to_be_visible()
    assert tiles.count() < everything
    page.get_by_role("searchbox").fill("no such thing")
    page.get_by_role("button", name="Show all").click()
    expect(tiles).to_have_count(everything)
    family = page.get_by_role("group", name="Family").get_by_role("button").nth(1)
    family.click()
    assert 0 < tiles.count() < everything
    # ResNet-50's published figures, once they have been worked out.
    family.page.get_by_role("button", name="All").click()
    card = page.locator(".tile", has=page.get_by_role("link", name=re.compile("^Open a copy of ResNet-50 Kaiming")))
    expect(card).to_contain_text("25.6 M", timeout=60_000)
    expect(card).to_contain_text("4.09 G")


def test_scripts_and_styles_travel_packed(page: Page) -> None:
    plain: list[str] = []

    def look(answer: Response) -> None:
        code = answer.request.resource_type in ("script", "stylesheet")
        packed = answer.headers.get("content-encoding") in ("gzip", "br")
        if code and not packed and int(answer.headers.get("content-length", 0)) > 2_000:
            plain.append(answer.url)

    page.on("response", look)
    page.goto("/designs/new")
    expect(page.locator(".ed-template").first).to_be_visible()
    assert plain == []
