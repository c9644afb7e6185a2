"""The catalogue: searched with scripts and without; a paper's design, and a check to its verdict."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Guard, Site, new_context
from .editing import node


@pytest.fixture(autouse=True)
def made(page: Page) -> None:
    """The catalogue as the server keeps it from its first visitor on."""
    page.request.get("/papers/", timeout=60_000)


def test_search_follows_the_typing_and_filters_count(page: Page) -> None:
    page.goto("/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Papers").click()
    found, count = page.locator(".paper-list > li"), page.get_by_role("status")
    everything = found.count()
    assert everything > 50
    page.get_by_label("Search", exact=True).fill("state space")
    expect(count).to_contain_text(f"of {everything} papers")
    some = found.count()
    assert 1 < some < everything
    # The choices say what they would leave.
    family = page.get_by_label("Family")
    word = family.locator("option", has_text="State space").inner_text()
    family.select_option(label=word)
    left = int(re.findall(r"\((\d+)\)", word)[0])
    expect(found).to_have_count(left)
    expect(page).to_have_url(re.compile(r"/papers/\?q=state\+space&family=state_space$"))
    page.reload()
    expect(found).to_have_count(left)
    page.get_by_label("Search", exact=True).fill("no such thing")
    expect(page.get_by_text("No paper has all of this")).to_be_visible()
    page.get_by_role("link", name="Show all").first.click()
    expect(found).to_have_count(everything)


def test_without_scripts_it_is_a_form(chromium: Browser, site: Site, guard: Guard) -> None:
    context = new_context(chromium, site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/papers/")
    page.get_by_label("Search", exact=True).fill("selective copying")
    page.get_by_label("Kind").select_option("block")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Mamba").click()
    expect(page.get_by_role("heading", name="The paper says")).to_be_visible()
    expect(page.get_by_text("confirmed").first).to_be_visible()
    context.close()


def test_a_paper_leads_to_its_design(page: Page) -> None:
    page.goto("/papers/mamba")
    expect(page.locator("#design-byte_mamba svg.design-picture").first).to_be_visible()
    page.get_by_role("link", name=re.compile("^Open in the editor.*Byte-level Mamba")).click()
    expect(node(page, "embed")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name=re.compile("^Train this.*Byte-level Mamba")).click()
    expect(page.get_by_role("dialog")).to_contain_text("Train")


def test_a_check_is_cancelled_and_another_comes_to_its_verdict(page: Page) -> None:
    page.goto("/papers/mamba")
    long, quick = page.locator("#selective_copying"), page.locator("#scan_is_the_recurrence")
    long.get_by_role("button", name="Run it here").click()
    expect(long.get_by_text("Running")).to_be_visible()
    expect(long.get_by_role("progressbar")).to_be_visible()
    # It goes on without the page, and the page finds it again.
    page.reload()
    long.get_by_role("button", name="Cancel").click()
    expect(long.get_by_text("Cancelled")).to_be_visible()
    quick.get_by_role("button", name="Run it here").click()
    expect(quick.get_by_text("On this site")).to_be_visible(timeout=60_000)
    expect(quick.locator(".finding")).to_contain_text("confirmed")
    expect(quick.locator(".finding")).to_contain_text("gradient: apart by")
    expect(quick.get_by_role("button", name="Run it again here")).to_be_visible()
    page.goto("/runs/")
    row = page.get_by_role("row", name=re.compile("^Mamba: scan is the recurrence"))
    expect(row).to_contain_text("Done")
    row.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/papers/mamba#scan_is_the_recurrence$"))
