"""Fifty signed-in people who look at lists and a run's page, each every two seconds, for five minutes."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time

import httpx

from bench import Row, at_most
from bench._chromium import p95
from bench._site import ROOT, site

PEOPLE, EVERY_S, SECONDS = 50, 2.0, 300
# Run by a process of its own, with the site's settings: gives each person designs, runs with curves, and a session.
FILL = """
import json, sys
import django
django.setup()
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from playground.accounts.models import User
from playground.designs.models import Design, DesignVersion
from playground.runs.models import MetricChunk, Run, RunEvent

pattern = Run.objects.get(pid=sys.argv[1])
document = pattern.design_version.document
people = []
for n in range(int(sys.argv[2])):
    user = User.objects.create_user(f"person{n}")
    made = Design.objects.bulk_create(Design(owner=user, name=f"net {at}") for at in range(100))
    versions = DesignVersion.objects.bulk_create(
        DesignVersion(design=one, number=1, document=document, hash=pattern.design_version.hash) for one in made
    )
    same = {field.name: getattr(pattern, field.name) for field in Run._meta.concrete_fields}
    for name in ("id", "pid", "owner", "created", "updated", "design_version", "name"):
        same.pop(name, None)
    runs = Run.objects.bulk_create(
        Run(owner=user, name=f"run {at}", design_version=version, **same) for at, version in enumerate(versions)
    )
    for table in (RunEvent, MetricChunk):
        copies = list(table.objects.filter(run=pattern))
        for copy in copies:
            copy.pk, copy.run = None, runs[0]
        table.objects.bulk_create(copies)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    people.append({"cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}", "run": runs[0].pid})
print(json.dumps(people))
"""


def run() -> list[Row]:
    """One web process; every request is timed until its last byte."""
    with site() as running:
        preset = running.get("/api/recipes?dataset=digits")["presets"]["quick"]["recipe"]
        trained = running.train("lenet5", "digits", preset)
        running.wait(trained)
        environment = {
            **os.environ,
            "BLOCKYARD_DATA": str(running.data),
            "DJANGO_SETTINGS_MODULE": "playground.settings",
        }
        command = [sys.executable, "-c", FILL, trained, str(PEOPLE)]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
        taken, failed = asyncio.run(_crowd(running.url, json.loads(done.stdout.splitlines()[-1])))
    told = f"{PEOPLE} people, a request every {EVERY_S:g} s each, {SECONDS} s"
    return [
        at_most(f"{told}: p95 of {len(taken):,}", p95(taken) * 1000, 250, "ms"),
        at_most(f"{told}: requests that failed", failed, 0, "requests"),
    ]


async def _crowd(url: str, people: list[dict[str, str]]) -> tuple[list[float], int]:
    taken: list[float] = []
    failed = 0

    async def person(number: int, cookie: str, run: str) -> None:
        nonlocal failed
        chance = random.Random(number)
        addresses = ["/", "/runs/", "/datasets/", "/demos/", f"/runs/{run}", "/queue", "/papers/"]
        addresses += ["/api/designs", "/api/runs?q=net", "/api/runs", f"/api/runs/{run}", f"/api/runs/{run}/metrics"]
        async with httpx.AsyncClient(base_url=url, headers={"Cookie": cookie}, timeout=30) as client:
            await asyncio.sleep(chance.uniform(0, EVERY_S))
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                began = time.perf_counter()
                try:
                    answer = await client.get(chance.choice(addresses))
                    failed += answer.status_code != 200
                except httpx.HTTPError:
                    failed += 1
                seconds = time.perf_counter() - began
                taken.append(seconds)
                await asyncio.sleep(max(0.0, EVERY_S - seconds))

    await asyncio.gather(*(person(at, one["cookie"], one["run"]) for at, one in enumerate(people)))
    return taken, failed
