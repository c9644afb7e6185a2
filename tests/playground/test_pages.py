"""The pages as the server sends them: the data their islands begin with, and how many queries they take."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from models_core import registry
from playground.accounts.models import User
from playground.datasets.models import Dataset
from playground.demos.models import Demo
from playground.designs import services as designs
from playground.runs.models import Run
from tests.playground.conftest import small_design

pytestmark = pytest.mark.usefixtures("built")


@pytest.fixture
def run(user: User) -> Run:
    version = designs.create(user, small_design()).versions.get()
    return Run.objects.create(
        owner=user, name="</script><b>r", design_version=version, builtin="digits", state="running"
    )


def page_data(html: str) -> Any:
    match = re.search(r'<script id="page-data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert match, "no page data"
    return json.loads(match[1])


def get(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_the_home_page_shows_zoo_designs_and_what_is_running(client: Client, run: Run) -> None:
    html = get(client, "/")
    assert html.count("picture.svg?v=") >= len(registry.all("design"))
    data = page_data(html)
    assert [item["id"] for item in data["running"]] == [run.pid]
    assert '"name": "small"' in html
    assert "</script><b>" not in html


def test_the_home_page_takes_a_fixed_number_of_queries(
    client: Client, user: User, run: Run, django_assert_num_queries: Any
) -> None:
    # Session, user, designs (count, keys, rows), running runs, how many the navigation shows, announcements.
    with django_assert_num_queries(8):
        get(client, "/")
    for _ in range(3):
        version = designs.create(user, small_design()).versions.get()
        data = Dataset.objects.create(owner=user, name="d", filename="d.csv")
        Run.objects.create(owner=user, name="r", design_version=version, dataset=data, state="queued")
    with django_assert_num_queries(8):
        get(client, "/")


def test_the_editor_gets_its_design(client: Client, user: User) -> None:
    design = designs.create(user, small_design())
    data = page_data(get(client, f"/designs/{design.pid}"))
    assert data["design"]["design"]["nodes"]
    assert data["design"]["draft"]["number"] == 1


def test_the_editor_on_a_zoo_design(client: Client) -> None:
    assert page_data(get(client, "/designs/new?zoo=lenet5")) == {"design": None, "zoo": "lenet5"}


@pytest.mark.parametrize(
    "path", ["/runs/", "/queue", "/compare", "/datasets/", "/demos/", "/account/", "/designs/new", "/api/docs"]
)
def test_pages_without_rows(client: Client, path: str) -> None:
    get(client, path)


@pytest.mark.parametrize("path", ["/runs/", "/demos/", "/datasets/"])
def test_list_pages_take_a_fixed_number_of_queries(
    client: Client, user: User, path: str, django_assert_num_queries: Any
) -> None:
    for _ in range(4):
        version = designs.create(user, small_design()).versions.get()
        data = Dataset.objects.create(owner=user, name="d", filename="d.csv")
        made = Run.objects.create(owner=user, name="r", design_version=version, dataset=data, state="done")
        Demo.objects.create(owner=user, run=made, title="t")
    # Session, user, count, keys, rows, how many the navigation shows, announcements.
    with django_assert_num_queries(7):
        get(client, path)


def test_the_page_of_a_run_and_of_data(client: Client, run: Run) -> None:
    assert page_data(get(client, f"/runs/{run.pid}"))["run"]["id"] == run.pid
    assert page_data(get(client, "/datasets/digits"))["dataset"]["train_size"] == 1437


def test_a_demo_whose_model_is_gone_says_so(client: Client, user: User, run: Run) -> None:
    demo = Demo.objects.create(owner=user, run=run, title="gone")
    response = client.get(f"/d/{demo.pid}")
    assert response.status_code == 409
    assert "no exported model" in response.content.decode()


def test_pages_have_no_inline_script(client: Client, run: Run) -> None:
    for path in ("/", "/designs/new", f"/runs/{run.pid}", "/datasets/", "/demos/", "/account/", "/nothing"):
        html = client.get(path).content.decode()
        for tag in re.findall(r"<script[^>]*>", html):
            assert "src=" in tag or "application/json" in tag, (path, tag)
        assert not re.search(r"\son\w+=", html), path


def test_pages_ask_nobody_else(client: Client, run: Run) -> None:
    for path in ("/", "/designs/new", f"/runs/{run.pid}", "/datasets/", "/account/"):
        html = client.get(path).content.decode()
        for address in re.findall(r'(?:src|href)="([^"]+)"', html):
            assert address.startswith(("/", "#")), (path, address)
            assert not address.startswith("//")


def test_new_tokens_are_shown_once_on_the_account_page(client: Client) -> None:
    html = client.post("/account/", {"name": "script"}).content.decode()
    token = re.search(r"by_[\w-]{40,}", html)
    assert token
    assert token[0] not in get(client, "/account/")
    from playground.accounts.models import ApiToken

    client.post("/account/", {"revoke": ApiToken.objects.get().pid})
    assert ApiToken.objects.count() == 0
