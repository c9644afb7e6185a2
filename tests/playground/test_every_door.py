"""What holds at every address, whichever they are: walked from the URL patterns, so that a new door is tested by
existing. What only the API has is in test_api.py."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, get_resolver

from playground.accounts.models import User
from playground.accounts.services import create_token
from playground.web import limits
from playground.web.gate import gate
from tests.playground import test_api

pytestmark = [pytest.mark.usefixtures("built", "world"), pytest.mark.django_db]

# One of everything, owned by ada.
world = test_api.world
WRITES = ("POST", "PUT", "PATCH", "DELETE")
# Where nobody needs to be signed in: to sign in or out, and the icon.
OPEN = {"/signin", "/favicon.ico", "/admin/login/", "/admin/logout/"}


def patterns(resolver: Any = None, before: str = "") -> Iterator[str]:
    """Every route as it is written, from the root."""
    for one in (resolver or get_resolver()).url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield route
        else:
            yield from patterns(one, route)


def address(route: str, world: dict[str, str]) -> str:
    """An address that the route answers, with ada's own ids."""
    kinds = {"runs": "run", "datasets": "dataset", "designs": "design", "d": "demo", "demos": "demo", "tokens": "token"}
    first = route.removeprefix("api/").split("/")[0]
    route = re.sub(r"\(\?P<app_label>(\w+)[^)]*\)", r"\1", route)
    route = re.sub(r"\(\?P<\w+>[^)]*\)", "x", route)
    own = {"number": "1", "name": "run.json", "token": "x", "object_id": "1", "content_type_id": "1"}
    given = lambda match: own.get(match[2], world.get(kinds.get(first, ""), "x"))  # noqa: E731 - the two lines above
    return "/" + re.sub(r"<(\w+:)?(\w+)>", given, route).replace("^", "").replace("$", "").replace("\\Z", "")


@pytest.fixture
def addresses(world: dict[str, str]) -> list[str]:
    found = sorted({address(route, world) for route in patterns()})
    assert len(found) > 100
    assert not [one for one in found if set("<>()?") & set(one)]
    return found


@pytest.fixture
def owner(user: User) -> User:
    """Ada may do everything, so that nothing but the rule under test stops her."""
    user.is_staff = user.is_superuser = True
    user.save()
    return user


@pytest.fixture
def strict(owner: User) -> Client:
    """Ada's browser, with the CSRF token asked for as from a real one, and no token in it."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=True)
    client.force_login(owner)
    return client


def is_signin(response: Any) -> bool:
    return response.status_code == 302 and urlsplit(response["Location"]).path in ("/signin", "/admin/login/")


def test_nobody_gets_in_without_signing_in(addresses: list[str]) -> None:
    assert set(addresses) >= OPEN
    nobody = Client()
    answers = {path: nobody.get(path) for path in addresses}
    inside = {path for path, answer in answers.items() if answer.status_code < 400 and not is_signin(answer)}
    assert inside <= OPEN


def rows() -> dict[str, int]:
    # A session is renewed by reading it.
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def test_whatever_writes_wants_a_csrf_token(addresses: list[str], strict: Client) -> None:
    before, open_ones = rows(), []
    for path in addresses:
        for method in WRITES:
            status = strict.generic(method, path, b"", "application/x-www-form-urlencoded").status_code
            # Behind a link no cookie is looked at; this one leads nowhere.
            by_link = path.startswith("/api/shared/") and status == 404
            if status not in (403, 405) and not by_link:
                open_ones.append((method, path, status))
    assert open_ones == []
    assert rows() == before


# -- what a page carries ------------------------------------------------------------------------------------------


# What no browser shows as a page.
DATA = ("application/json", "application/octet-stream", "text/csv")


class Tags(HTMLParser):
    """What in a page could run or load something."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.inline.append("script")
        for name, value in attrs:
            text = (value or "").strip().lower()
            if name.startswith("on") or name == "srcdoc" or text.startswith(("javascript:", "data:text")):
                self.inline.append(f"{tag} {name}={value}")
            if name in ("src", "action", "formaction", "poster", "data") or (name == "href" and tag != "a"):
                self.loads.append(value or "")


def tags(html: str) -> Tags:
    found = Tags()
    found.feed(html)
    return found


def policy(response: Any) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";"))
    return {name: rest for name, _, rest in parts}


def test_tags_are_found() -> None:
    html = '<script>1</script><a href="javascript:x">a</a><img src="//evil.example" onload=x><script src="/x"></script>'
    found = tags(html)
    assert (len(found.inline), found.loads) == (3, ["//evil.example", "/x"])


def test_no_page_has_a_script_of_its_own_or_loads_from_elsewhere(addresses: list[str], strict: Client) -> None:
    pages = 0
    for path in [*addresses, "/nothing", "/api/nothing"]:
        response = strict.get(path)
        assert response["X-Content-Type-Options"] == "nosniff", path
        assert response["Referrer-Policy"] == "same-origin", path
        assert response["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert response["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert "camera=()" in response["Permissions-Policy"], path
        said = policy(response)
        if path.startswith("/admin/"):
            assert said["frame-ancestors"] == "'self'", path
            continue
        if response["Content-Type"].startswith("image/svg+xml"):
            # Opened by itself it is a document.
            assert said["default-src"] == "'none'", path
            assert "sandbox" in said, path
            continue
        scripts = said.get("script-src", said["default-src"])
        assert scripts == "'self'", path
        assert (said["object-src"], said["base-uri"], said["form-action"]) == ("'none'", "'self'", "'self'"), path
        assert said["frame-ancestors"] == "'none'", path
        if not response["Content-Type"].startswith("text/html"):
            assert response["Content-Type"].startswith(DATA), path
            continue
        found = tags(response.content.decode())
        assert found.inline == [], path
        assert all(re.match(r"/(?!/)|#|$|data:,$", one) for one in found.loads), (path, found.loads)
        pages += 1
    assert pages > 10


EVIL = ("//evil.example/", "https://evil.example/", "/\\evil.example/", "https:evil.example")


def test_nobody_is_sent_away(addresses: list[str], strict: Client) -> None:
    """No address in the query string leads a browser to another site, signed in or not."""
    for client in (strict, Client()):
        for path in addresses:
            for evil in () if path.startswith("/api/") else EVIL if "sign" in path or "log" in path else EVIL[:1]:
                sent = client.get(path, dict.fromkeys(("next", "url", "return", "to"), evil)).get("Location", "/")
                assert not urlsplit(sent.replace("\\", "/")).netloc, (path, sent)
                assert not urlsplit(sent).scheme, (path, sent)


# -- questions that reach further than they may --------------------------------------------------------------------


SECRETS = ("owner__password", "user__password", "password", "user__digest", "owner__apitokens__digest", "pk", "owner")


def plain(response: Any) -> tuple[int, str]:
    """An answer without what differs each time."""
    text = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, re.sub(r'(csrf[-\w]*"[^>]*(value|content)=")[^"]*|"seconds":[\d.]+', "", text.decode())


def test_the_query_string_reaches_no_other_field(addresses: list[str], strict: Client, owner: User) -> None:
    """Asking whether the password's hash begins with something is answered as if nothing had been asked."""
    lookups = {f"{name}__startswith": owner.password[:8] for name in SECRETS} | {"pk": "-1", "owner": "-1"}
    asked = [path for path in addresses if not path.startswith("/admin/") and path not in ("/api/sample/progress",)]
    for path in asked:
        if path == "/api/rates":  # measured anew until it is known
            continue
        assert plain(strict.get(path)) == plain(strict.get(path, lookups)), path


def test_lists_of_the_administration_do_not_tell_passwords(strict: Client, owner: User) -> None:
    for model in admin.site._registry:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert strict.get(path).status_code == 200, path
        for name in ("password", "owner__password", "user__password", "run__owner__password"):
            answers = {
                strict.get(path, {f"{name}__startswith": begin}).status_code for begin in (owner.password[:8], "!")
            }
            assert answers <= {400, 302}, (path, name, answers)


# -- bodies ---------------------------------------------------------------------------------------------------------


async def knock(method: str, path: str, length: int, headers: dict[str, str]) -> tuple[int, int]:
    """A request that announces so many bytes, at the gate: its status, and how often a part of the body was asked for
    before that. Behind the gate stands nobody: what passes is 0."""
    answered: list[int] = []
    reads = [0, 0]

    async def receive() -> Any:
        reads[1 if answered else 0] += 1
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        answered.extend([message["status"]] if message["type"] == "http.response.start" else [])

    async def nobody(scope: Any, receive: Any, send: Any) -> None:
        answered.append(0)

    sent = {"content-length": str(length), **headers}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 5000),
    }
    await gate(nobody)(scope, receive, send)
    return answered[0], reads[0]


@pytest.mark.django_db(transaction=True)
def test_every_body_has_a_limit(addresses: list[str], user: User, settings: Any) -> None:
    settings.BLOCKYARD_RATES = dict.fromkeys(settings.BLOCKYARD_RATES, "")
    known = {"authorization": f"Bearer {create_token(user, 'test')[1]}"}
    largest = max(limits.upload_bytes(), limits.import_bytes())

    async def all_of_them() -> None:
        for path in addresses:
            for method in ("GET", *WRITES):
                rule = limits.rule_for(method, path)
                limit = rule.limit() if callable(rule.limit) else rule.limit
                assert limit <= (largest if rule.to_file else limits.PREDICT_BYTES), (method, path)
                assert await knock(method, path, limit + 1, known) == (413, 0), (method, path)
                if rule.by_link:
                    assert limit <= limits.SHARED_BYTES, (method, path)
                elif limit > limits.ANONYMOUS_BYTES:
                    assert await knock(method, path, limits.ANONYMOUS_BYTES + 1, {}) == (401, 0), (method, path)

    asyncio.run(all_of_them())


# -- how often ------------------------------------------------------------------------------------------------------


def test_every_form_with_a_password_is_counted(addresses: list[str], settings: Any) -> None:
    """Guessing is as slow at one door as at the other."""
    settings.BLOCKYARD_MODE = "server"
    nobody, forms = Client(), set()
    for path in addresses:
        if not path.startswith("/api/") and (answer := nobody.get(path)).status_code == 200 and not answer.streaming:
            forms |= {path} if 'type="password"' in answer.content.decode() else set()
    assert {"/signin", "/admin/login/"} <= forms
    assert {limits.rule_for("POST", path).rate for path in forms} == {"signin"}


@pytest.mark.parametrize("path", ["analyze", "compare", "transform", "code", "generate"])
def test_whatever_analyses_in_the_web_process_is_counted(path: str) -> None:
    assert limits.rule_for("POST", f"/api/{path}").rate == "analyze"
