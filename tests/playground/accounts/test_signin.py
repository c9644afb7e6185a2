from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from playground.accounts import services
from playground.accounts.models import ApiToken, SignInLink, User


def path_of(link: str) -> str:
    return link.removeprefix("http://127.0.0.1:8000")


@pytest.fixture
def link(db: None) -> str:
    return services.one_time_link("http://127.0.0.1:8000/")


def test_a_link_signs_the_owner_in_once(link: str) -> None:
    client = Client()
    response = client.get(path_of(link))
    assert response.status_code == 302
    assert response["Location"] == "/"
    assert client.get("/api/users/me").json()["username"] == services.OWNER_NAME
    second = Client()
    assert second.get(path_of(link)).status_code == 401
    assert second.get("/api/users/me").status_code == 401
    # Who is in already is not bothered when the link is opened again.
    assert client.get(path_of(link))["Location"] == "/"


def test_the_token_is_stored_as_a_hash_only(link: str) -> None:
    token = link.rsplit("/", 1)[1]
    stored = SignInLink.objects.get()
    assert token not in str(vars(stored))
    assert len(stored.digest) == 64


def test_an_expired_link_signs_nobody_in(link: str) -> None:
    SignInLink.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert Client().get(path_of(link)).status_code == 401


def test_a_link_of_somebody_locked_out_signs_nobody_in(link: str) -> None:
    User.objects.update(is_active=False)
    assert Client().get(path_of(link)).status_code == 401


def test_head_does_not_use_a_link_up(link: str) -> None:
    assert Client().head(path_of(link)).status_code == 401
    assert Client().get(path_of(link)).status_code == 302


def test_the_owner_is_made_once_and_has_no_password(db: None) -> None:
    owner = services.local_owner()
    assert services.local_owner() == owner
    assert owner.is_superuser
    assert not owner.has_usable_password()


@pytest.mark.parametrize("path", ["/", "/designs/new", "/runs/", "/datasets/", "/demos/", "/account/", "/api/docs"])
def test_pages_lead_to_signin(path: str, db: None) -> None:
    response = Client().get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/signin?next=")


def test_loopback_is_not_a_permission(db: None) -> None:
    response = Client(REMOTE_ADDR="127.0.0.1").get("/api/users/me")
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "unauthenticated"


def test_another_host_name_is_refused(client: Client) -> None:
    assert client.get("/api/users/me", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    ("target", "expected"),
    [("/runs/", "/runs/"), ("https://evil.example/", "/"), ("//evil.example/", "/"), ("javascript:alert(1)", "/")],
)
def test_after_signing_in_one_stays_here(client: Client, target: str, expected: str) -> None:
    assert client.get("/signin", {"next": target})["Location"] == expected


def test_passwords_only_in_server_mode(user: User, settings: Any) -> None:
    form = {"username": "ada", "password": "a long enough password"}
    settings.BLOCKYARD_MODE = "local"
    assert Client().post("/signin", form)["Location"] == "/signin"
    settings.BLOCKYARD_MODE = "server"
    assert Client().post("/signin", {**form, "password": "wrong"}).status_code == 200
    assert Client().post("/signin", form)["Location"] == "/"


def test_signing_out(client: Client) -> None:
    assert client.get("/signout").status_code == 405
    client.post("/signout")
    assert client.get("/api/users/me").status_code == 401


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_a_token_signs_in_without_csrf(token: str) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/api/tokens", {"name": "two"}, content_type="application/json", headers=bearer(token))
    assert response.status_code == 201


def test_a_token_is_shown_once_and_stored_as_a_hash(client: Client) -> None:
    made = client.post("/api/tokens", {"name": "script"}, content_type="application/json").json()
    assert Client().get("/api/users/me", headers=bearer(made["token"])).json()["username"] == "ada"
    listed = client.get("/api/tokens").json()["items"]
    assert made["token"] not in str(listed)
    assert made["token"] not in str(vars(ApiToken.objects.get()))


def test_a_revoked_token_is_refused(client: Client, token: str) -> None:
    id = client.get("/api/tokens").json()["items"][0]["id"]
    assert client.delete(f"/api/tokens/{id}").status_code == 204
    assert Client().get("/api/users/me", headers=bearer(token)).status_code == 401


def test_an_expired_token_is_refused(user: User) -> None:
    _, token = services.create_token(user, "short", timedelta(seconds=-1))
    assert Client().get("/api/users/me", headers=bearer(token)).status_code == 401


def test_a_wrong_token_does_not_fall_back_to_the_session(client: Client) -> None:
    assert client.get("/api/users/me", headers=bearer("by_wrong")).status_code == 401


def test_a_token_of_another_cannot_be_revoked(stranger: Client, token: str) -> None:
    id = ApiToken.objects.get().pid
    assert stranger.delete(f"/api/tokens/{id}").status_code == 404
    assert ApiToken.objects.count() == 1
