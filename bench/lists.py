"""Lists with 10,000 designs and 10,000 runs: how long a filtered page takes to answer, in one process without HTTP."""

from __future__ import annotations

import os
import statistics
import tempfile
import time

from bench import Row, at_most

N = 10_000
TIMES = 5
QUERIES = {
    "designs": ("", "q=wide+3", "tag=thesis", "q=nothing+like+it", "sort=name&offset=5000"),
    "runs": ("", "q=wide+3", "tag=thesis&state=done", "kind=train&state=failed", "sort=name&offset=5000"),
}


def run() -> list[Row]:
    """Each query some times on a database of its own; the slowest query's median is held to the bar."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"BLOCKYARD_DATA": folder, "DJANGO_SETTINGS_MODULE": "playground.settings"}
        import django

        django.setup()
        from django.core.management import call_command
        from django.test import Client

        call_command("migrate", verbosity=0)
        client = Client(headers={"host": "localhost"})
        client.force_login(_filled())
        rows = []
        for name, queries in QUERIES.items():
            took = {query: _median(client, f"/api/{name}?{query}") for query in queries}
            slowest = max(took, key=lambda query: took[query])
            what = f"a page of {N:,} {name}, the slowest of {len(took)} filters ({slowest or 'none'})"
            rows.append(at_most(what, took[slowest], 200, "ms"))
        return rows


def _median(client: object, address: str) -> float:
    took = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        answer = client.get(address)  # type: ignore[attr-defined]
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.content
    return statistics.median(took[1:])


def _filled() -> object:
    from playground.accounts.models import User
    from playground.designs.models import Design, DesignVersion
    from playground.runs.models import Run

    user = User.objects.create_user("bench")
    tags = ("", ",wide,", ",thesis,wide,", ",ablation,")
    made = Design.objects.bulk_create(
        Design(owner=user, name=f"wide net {n}", tags=tags[n % 4], note="what it is for " * (n % 5)) for n in range(N)
    )
    # As large as LeNet-5's.
    document = {"nodes": [{"id": f"n{k}", "block": "conv2d", "params": {"out_channels": k}} for k in range(40)]}
    versions = DesignVersion.objects.bulk_create(
        DesignVersion(design=design, number=1, hash=f"{design.pk:064}", document=document) for design in made
    )
    result = {"metrics": {"confusion": [[1] * 30] * 30}}
    states = ("done", "done", "failed", "cancelled")
    Run.objects.bulk_create(
        Run(
            owner=user,
            name=f"wide run {n}",
            design_version=version,
            builtin="digits",
            dataset_name="Digits",
            state=states[n % 4],
            tags=tags[n % 3],
            result=result,
            recipe={"epochs": n},
        )
        for n, version in enumerate(versions)
    )
    return user
