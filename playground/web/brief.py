"""What a web process remembers for a moment: sessions and their users. What was predicted is in demos/quick.py.

A page that asks the same thing many times a second would otherwise spend most of its time on the same few rows. A
process forgets at once what it changes itself; what another process changed it may go by for BLOCKYARD_BRIEF_SECONDS.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache

NAME = "brief"


class Cache(LocMemCache):
    """Django's cache in memory, in which nothing lives longer than BLOCKYARD_BRIEF_SECONDS."""

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> float | None:
        longest = settings.BLOCKYARD_BRIEF_SECONDS
        return super().get_backend_timeout(longest if timeout in (DEFAULT_TIMEOUT, None) else min(timeout, longest))


cache = caches[NAME]
