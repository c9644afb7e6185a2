"""The socket of a run page: who gets in, what comes, in which order, and what a lost ring costs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings as django_settings
from django.contrib.sessions.backends.cached_db import SessionStore
from django.db import connections
from django.test import Client

from playground.accounts.models import ApiToken, User
from playground.accounts.services import create_token
from playground.runs import bell, consumers, feed, journal, services
from playground.runs.models import Run, State
from tests.conftest import World

HOST = "127.0.0.1:8000"
ORIGIN = f"http://{HOST}"


@pytest.fixture
def run(world: World, make_run: Callable[..., Run]) -> Run:
    run = make_run(state=State.RUNNING, fence=1)
    journal.append(run.pk, 1, [{"type": "log", "message": str(n)} for n in range(1, 4)])
    return run


@pytest.fixture
def cookie(run: Run) -> str:
    client = Client()
    client.force_login(run.owner)
    return f"{django_settings.SESSION_COOKIE_NAME}={client.cookies[django_settings.SESSION_COOKIE_NAME].value}"


class Socket(ApplicationCommunicator):
    """One socket, spoken to as a server does."""

    opened = False


@asynccontextmanager
async def socket(run: Run, after: Any = 0, path: str = "", **headers: str) -> AsyncIterator[Socket]:
    """A socket; `.opened` says whether the handshake was accepted."""
    from playground.asgi import application

    scope = {
        "type": "websocket",
        "scheme": "ws",
        "path": path or f"/ws/runs/{run.pid}/",
        "query_string": f"after={after}".encode(),
        "headers": [(name.encode(), value.encode()) for name, value in {"host": HOST, **headers}.items()],
        "subprotocols": [],
    }
    one = Socket(application, scope)
    await one.send_input({"type": "websocket.connect"})
    one.opened = (await one.receive_output(timeout=5))["type"] == "websocket.accept"
    try:
        yield one
    finally:
        await one.send_input({"type": "websocket.disconnect", "code": 1000})
        await one.wait(timeout=5)


async def text_of(one: Socket, timeout: float = 5) -> str:
    message = await one.receive_output(timeout=timeout)
    assert message["type"] == "websocket.send", message
    return message["text"]


async def batch(one: Socket, timeout: float = 5) -> dict[str, Any]:
    return json.loads(await text_of(one, timeout))


async def closed(one: Socket) -> int:
    return (await one.receive_output(timeout=5))["code"]


async def write(run: Run, *messages: str) -> None:
    def append() -> None:
        try:
            journal.append(run.pk, 1, [{"type": "log", "message": message} for message in messages])
        finally:
            connections.close_all()

    await sync_to_async(append, thread_sensitive=False)()


async def test_events_come_from_where_the_page_is(run: Run, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # With the poll a minute away only the doorbell can bring what is written later.
    monkeypatch.setattr(feed, "POLL_S", 60.0)
    async with socket(run, 1, cookie=cookie, origin=ORIGIN) as one:
        assert one.opened
        first = await batch(one)
        assert first["seq"] == 3
        assert [(event["seq"], event["message"]) for event in first["events"]] == [(2, "2"), (3, "3")]
        for seq in range(4, 24):
            # Rings before the feed has begun to listen are lost.
            await write(run, str(seq))
            if not await one.receive_nothing(timeout=0.5, interval=0.05):
                break
        second = await batch(one)
        assert [event["seq"] for event in second["events"]] == list(range(4, 4 + len(second["events"])))


async def test_a_lost_ring_costs_two_seconds(run: Run, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda pid: None)
    async with socket(run, 3, cookie=cookie, origin=ORIGIN) as one:
        await asyncio.sleep(0.3)
        await write(run, "4")
        assert [event["seq"] for event in (await batch(one))["events"]] == [4]


async def test_the_doorbell_is_heard_again_after_a_restart_of_redis(
    world: World, run: Run, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with socket(run, 3, cookie=cookie, origin=ORIGIN) as one:
        await write(run, "4")
        await batch(one)
        world.redis.kill()
        await write(run, "5")
        assert (await batch(one))["seq"] == 5
        await sync_to_async(world.redis.start, thread_sensitive=False)()
        monkeypatch.setattr(feed, "POLL_S", 60.0)
        for seq in range(6, 12):
            # The feed may still be in its last two-second wait; after that only rings wake it.
            await asyncio.sleep(0.7)
            await write(run, str(seq))
        seqs: list[int] = []
        while not seqs or seqs[-1] < 11:
            seqs += [event["seq"] for event in (await batch(one))["events"]]
        assert seqs == list(range(6, 12))


async def test_one_feed_serves_many(run: Run, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = 0
    real = journal.after

    def counted(*args: Any) -> Any:
        nonlocal reads
        reads += 1
        return real(*args)

    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(socket(run, 3, cookie=cookie, origin=ORIGIN)) for _ in range(3)]
        await asyncio.sleep(0.5)
        assert len(feed._feeds) == 1
        monkeypatch.setattr(journal, "after", counted)
        await write(run, "4")
        for each in sockets:
            assert (await batch(each))["seq"] == 4
        assert reads <= 3  # what the feed found, and that there is no more; perhaps a poll
    await asyncio.sleep(0.1)
    assert not feed._feeds


async def test_too_far_behind_is_a_reset(run: Run, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "TOO_FAR", 2)
    async with socket(run, 0, cookie=cookie, origin=ORIGIN) as one:
        assert await batch(one) == {"seq": 3, "events": [{"type": "reset", "seq": 3}]}
        await write(run, "4")
        assert [event["seq"] for event in (await batch(one))["events"]] == [4]


async def test_another_history_is_a_reset(run: Run, cookie: str) -> None:
    async with socket(run, 999, cookie=cookie, origin=ORIGIN) as one:
        assert await batch(one) == {"seq": 3, "events": [{"type": "reset", "seq": 3}]}


async def test_nonsense_for_a_number_starts_at_the_beginning(run: Run, cookie: str) -> None:
    async with socket(run, "-1;drop", cookie=cookie, origin=ORIGIN) as one:
        assert [event["seq"] for event in (await batch(one))["events"]] == [1, 2, 3]


async def test_a_slow_browser_gets_larger_batches_not_a_queue(
    run: Run, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one batch is being sent no other is made."""
    going = asyncio.Event()
    held: list[str] = []
    real = consumers.RunConsumer.send

    async def slow(self: Any, text_data: str | None = None, **rest: Any) -> None:
        held.append(text_data or "")
        await going.wait()
        await real(self, text_data=text_data, **rest)

    monkeypatch.setattr(consumers.RunConsumer, "send", slow)
    async with socket(run, 2, cookie=cookie, origin=ORIGIN) as one:
        while not held:
            await asyncio.sleep(0.01)
        for n in range(4, 10):
            await write(run, str(n))
            await asyncio.sleep(0.1)
        assert len(held) == 1
        going.set()
        first = [event["seq"] for event in (await batch(one))["events"]]
        # All that came meanwhile is one batch.
        assert first + [event["seq"] for event in (await batch(one))["events"]] == list(range(3, 10))
        assert len(held) == 2


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://127.0.0.1:8000",
        "http://127.0.0.1:9000",
        "http://localhost:8000",
        "http://[::1",
        "null",
        "",
    ],
)
async def test_other_origins_are_refused(run: Run, cookie: str, origin: str) -> None:
    async with socket(run, cookie=cookie, origin=origin) as one:
        assert one.opened is False


async def test_an_address_without_a_socket_is_refused(run: Run, cookie: str) -> None:
    async with socket(run, path="/ws/evil/", cookie=cookie, origin=ORIGIN) as one:
        assert one.opened is False


async def test_a_rebound_name_is_refused(run: Run, cookie: str) -> None:
    async with socket(run, cookie=cookie, host="evil.example", origin="http://evil.example") as one:
        assert one.opened is False


async def test_without_an_origin_only_with_a_token(run: Run, cookie: str) -> None:
    async with socket(run, cookie=cookie) as one:
        assert one.opened is False
    token = (await sync_to_async(create_token)(run.owner, "script"))[1]
    async with socket(run, authorization=f"Bearer {token}") as one:
        assert (await batch(one))["seq"] == 3
    # A wrong token does not fall back to the session.
    async with socket(run, cookie=cookie, authorization="Bearer by_wrong") as one:
        assert await closed(one) == consumers.NOT_SIGNED_IN


async def test_nobody_and_others_see_nothing(run: Run) -> None:
    async with socket(run, origin=ORIGIN) as one:
        assert await closed(one) == consumers.NOT_SIGNED_IN
    other = await sync_to_async(User.objects.create_user)("bob")
    token = (await sync_to_async(create_token)(other, "script"))[1]
    async with socket(run, authorization=f"Bearer {token}") as one:
        assert await closed(one) == consumers.NOT_FOUND
    missing = Run(pid="0000000000")
    async with socket(missing, authorization=f"Bearer {token}") as one:
        assert await closed(one) == consumers.NOT_FOUND


async def test_a_permission_that_ends_closes_the_socket(run: Run, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "RECHECK_S", 0.2)
    monkeypatch.setattr(feed, "POLL_S", 0.2)
    async with socket(run, 3, cookie=cookie, origin=ORIGIN) as one:
        await asyncio.sleep(0.3)
        await sync_to_async(User.objects.filter(pk=run.owner_id).update)(is_active=False)
        assert await closed(one) == consumers.NOT_FOUND


async def test_signing_out_and_revoking_close_the_socket(
    run: Run, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "RECHECK_S", 0.2)
    monkeypatch.setattr(feed, "POLL_S", 0.2)
    token = (await sync_to_async(create_token)(run.owner, "script"))[1]
    async with (
        socket(run, 3, cookie=cookie, origin=ORIGIN) as page,
        socket(run, 3, authorization=f"Bearer {token}") as script,
    ):
        await asyncio.sleep(0.5)
        assert await page.receive_nothing()
        assert await script.receive_nothing()
        await sync_to_async(ApiToken.objects.all().delete)()
        assert await closed(script) == consumers.NOT_SIGNED_IN
        key = cookie.partition("=")[2]
        await sync_to_async(SessionStore(key).delete)()
        assert await closed(page) == consumers.NOT_SIGNED_IN


async def test_a_deleted_run_closes_the_socket(run: Run, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "POLL_S", 0.2)
    async with socket(run, 3, cookie=cookie, origin=ORIGIN) as one:
        await asyncio.sleep(0.3)
        await sync_to_async(services.delete)(run)
        assert await closed(one) in (consumers.GONE, consumers.NOT_FOUND)


async def test_a_diverging_run_sends_json_that_browsers_read(run: Run, cookie: str) -> None:
    async with socket(run, 3, cookie=cookie, origin=ORIGIN) as one:
        event = {"type": "metrics", "step": 1, "values": {"train/loss": float("nan"), "lr": float("inf")}}

        def append() -> None:
            journal.append(run.pk, 1, [event])
            connections.close_all()

        await sync_to_async(append, thread_sensitive=False)()
        text = await text_of(one)
        (got,) = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))["events"]
        assert got["values"] == {"train/loss": None, "lr": None}
        assert got["nonfinite"] == ["train/loss", "lr"]
