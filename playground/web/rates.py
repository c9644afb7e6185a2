"""How often something may be asked for, by what it is; the gate looks here before it reads a body.

Counted per token or session, of sign-ins and of whoever has neither per address. In local mode the one web process
counts for itself; on a server all of them count together in Redis.
"""

from __future__ import annotations

import hashlib
import logging
import math
import time
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.conf import settings
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter

logger = logging.getLogger(__name__)

SIGN_IN, SHARED = "signin", "shared"
NOUNS = {
    SIGN_IN: "sign-ins",
    "upload": "uploads",
    "analyze": "analyses",
    "predict": "predictions",
    SHARED: "predictions by link",
}


def message(kind: str, seconds: int) -> str:
    """What one who asks too often is told."""
    limit = settings.BLOCKYARD_RATES[kind]
    return f"Too many {NOUNS[kind]}: {limit} are allowed here. Try again in {seconds} s."


async def wait(kind: str, headers: dict[str, str], address: str) -> int:
    """Count one; 0 where it is within the limit, else the seconds until it would be."""
    if not settings.BLOCKYARD_RATES[kind]:
        return 0
    limit = _parsed(settings.BLOCKYARD_RATES[kind])
    # Of these, who somebody says to be is made up at will.
    who = address if kind in (SIGN_IN, SHARED) else _who(headers) or address
    limiter = _limiter()
    try:
        if await limiter.hit(limit, kind, who):
            return 0
        reset, _ = await limiter.get_window_stats(limit, kind, who)
    except Exception:
        # Without Redis much else stands still, but what can be answered is.
        logger.exception("the rate of %s cannot be counted", NOUNS[kind])
        return 0
    return max(1, math.ceil(reset - time.time()))


def _who(headers: dict[str, str]) -> str | None:
    """What stands for the token or the session; neither is kept anywhere as it is."""
    secret = headers.get("authorization", "")
    if not secret:
        try:
            morsel: Any = SimpleCookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
        except CookieError:
            return None
        secret = morsel.value if morsel else ""
    return hashlib.sha256(secret.encode()).hexdigest()[:32] if secret else None


@lru_cache(maxsize=64)
def _parsed(text: str) -> RateLimitItem:
    return parse(text)


@lru_cache(maxsize=1)
def _limiter() -> FixedWindowRateLimiter:
    storage: Storage
    if settings.BLOCKYARD_MODE == "server":
        url, prefix = f"async+{settings.BLOCKYARD_REDIS_URL}", f"{settings.BLOCKYARD_REDIS_PREFIX}.rates"
        storage = RedisStorage(url, implementation="redispy", key_prefix=prefix)
    else:
        storage = MemoryStorage()
    return FixedWindowRateLimiter(storage)
