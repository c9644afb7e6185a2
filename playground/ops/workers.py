"""Which worker nodes live: each says so in Redis at every look of its sweep; who falls silent is forgotten."""

from __future__ import annotations

import contextlib
import json
import logging
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

TIMEOUT_S = 2.0


@dataclass(frozen=True)
class Worker:
    """A worker node as it last described itself."""

    name: str
    queues: list[str]
    slots: int
    free: int
    # Names of its accelerators, as CUDA_VISIBLE_DEVICES has them; none is a processor.
    devices: list[str] = field(default_factory=list)
    # Its machine's load: `machine.Machine` as a dictionary.
    machine: dict[str, Any] = field(default_factory=dict)


@lru_cache
def _store(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)


def store() -> redis.Redis:
    """The site's Redis, for what may be lost."""
    return _store(settings.BLOCKYARD_REDIS_URL)


def _key(name: str) -> str:
    return f"{settings.BLOCKYARD_REDIS_PREFIX}.worker.{name}"


def note(worker: Worker) -> None:
    """Say that this node lives; without Redis nobody hears it, and that is all."""
    seconds = max(15, round(4 * settings.BLOCKYARD_BEAT_SECONDS))
    try:
        store().set(_key(worker.name), json.dumps(asdict(worker)), ex=seconds)
    except redis.RedisError as error:
        logger.debug("this worker could not be noted: %s", error)


def forget(name: str) -> None:
    """This node ends."""
    with contextlib.suppress(redis.RedisError):
        store().delete(_key(name))


def alive() -> list[Worker]:
    """The nodes heard of lately. Raises redis.RedisError where Redis does not answer."""
    keys = list(store().scan_iter(f"{_key('')}*", count=1000))
    found = store().mget(keys) if keys else []
    workers = [Worker(**json.loads(value)) for value in found if value is not None]
    return sorted(workers, key=lambda worker: worker.name)
