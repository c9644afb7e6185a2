"""Typed readers of environment variables: each names the variable, the value it had and what would be right."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import limits
from django.core.exceptions import ImproperlyConfigured

from models_core.environment import BadSetting, machine_memory, memory_amount

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


class EnvError(ImproperlyConfigured):
    """A setting in the environment that cannot be used; the message names it and what it should be."""


# Every name that was asked for: a variable that nobody asks for is a typing error (playground/ops/checks.py).
asked: set[str] = set()


def _raw(name: str) -> str | None:
    """The variable's text, or None where it is unset or empty (an empty line in a .env file means "not set").

    `NAME_FILE` names a file that holds it instead, as Docker hands out secrets.
    """
    asked.add(name)
    value = os.environ.get(name, "").strip()
    path = os.environ.get(f"{name}_FILE", "").strip()
    if value or not path:
        return value or None
    try:
        return Path(path).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise EnvError(f"{name}_FILE={path} cannot be read: {reason}.") from None


def text(name: str, default: str | None = None) -> str:
    """A string; without a default the variable must be set."""
    value = _raw(name) or default
    if value is None:
        raise EnvError(f"{name} is not set; this mode needs it.")
    return value


def optional(name: str) -> str | None:
    """A string, or None where the variable is not set."""
    return _raw(name)


def integer(name: str, default: int, *, least: int | None = None, most: int | None = None) -> int:
    """A whole number within bounds."""
    value = _raw(name)
    if value is None:
        return default
    try:
        number = int(value)
    except ValueError:
        raise EnvError(f"{name}={value!r} is not a whole number.") from None
    if (least is not None and number < least) or (most is not None and number > most):
        bounds = f"from {least} to {most}" if most is not None else f"{least} or more"
        raise EnvError(f"{name}={value} is out of range; it must be {bounds}.")
    return number


def number(name: str, default: float, *, least: float) -> float:
    """A number not below `least`."""
    value = _raw(name)
    if value is None:
        return default
    try:
        result = float(value)
    except ValueError:
        raise EnvError(f"{name}={value!r} is not a number.") from None
    if not least <= result < float("inf"):
        raise EnvError(f"{name}={value} is out of range; it must be {least} or more.")
    return result


def boolean(name: str, default: bool = False) -> bool:
    """1/true/yes/on or 0/false/no/off."""
    value = _raw(name)
    if value is None:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise EnvError(f"{name}={value!r} is neither yes nor no; write 1 or 0.")


def choice(name: str, values: tuple[str, ...], default: str) -> str:
    """One of the given words."""
    value = _raw(name) or default
    if value not in values:
        raise EnvError(f"{name}={value!r} is unknown; it must be one of {', '.join(values)}.")
    return value


def folder(name: str, default: Path) -> Path:
    """An absolute path; a relative one is taken from the working directory."""
    return Path(_raw(name) or default).expanduser().absolute()


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A list of words separated by commas or spaces."""
    value = _raw(name)
    return list(default) if value is None else [word for word in re.split(r"[,\s]+", value) if word]


def memory(name: str, default: str) -> int:
    """Bytes: `6G`, `512M`, a plain number of bytes, or a share of the machine's memory such as `80%`."""
    value = _raw(name) or default
    try:
        result = memory_amount(name, value, machine_memory())
    except BadSetting as error:
        raise EnvError(f"{error}.") from None
    if result < 64 * 2**20:
        raise EnvError(f"{name}={value} is less than 64M, with which nothing can be trained.")
    return result


def rate(name: str, default: str) -> str:
    """How often something may happen: `30/minute`, `5 per second`; `off` is as often as one likes, and gives ""."""
    value = _raw(name) or default
    if value.lower() == "off":
        return ""
    try:
        limits.parse(value)
    except ValueError:
        raise EnvError(f"{name}={value!r} is no rate; write for example {default}, or off.") from None
    return value


def size(name: str, default: str) -> int:
    """Bytes on a disk: `2G`, `500M`, or a plain number of bytes; 0 is fine."""
    value = _raw(name) or default
    try:
        if "%" in value:
            raise BadSetting(f"{name}={value!r} must be an amount such as 2G or 500M, not a share")
        return memory_amount(name, value, 0)
    except BadSetting as error:
        raise EnvError(f"{error}.") from None


# What secrets look like in examples.
PLACEHOLDERS = ("django-insecure", "change-me", "changeme", "change_me", "secret-key", "your-secret", "example")


def secret(name: str) -> str:
    """A secret that has no default: at least 50 characters, and not a placeholder."""
    value = text(name)
    how = "make one with: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
    if any(word in value.lower() for word in PLACEHOLDERS):
        raise EnvError(f"{name} is the text of an example, which everybody knows; {how}")
    if len(value) < 50 or len(set(value)) < 8:
        raise EnvError(f"{name} is too weak; it must have at least 50 random characters: {how}")
    return value


def token(name: str) -> str | None:
    """A secret that may be missing; a short one is refused."""
    value = _raw(name)
    if value is not None and len(value) < 20:
        raise EnvError(f"{name} is too short to be a secret; give it at least 20 random characters.")
    return value


def url(name: str, schemes: tuple[str, ...], default: str | None = None) -> str:
    """The address of a service, by one of the given schemes. Its text is not repeated: it may hold a password."""
    value = text(name, default)
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        raise EnvError(f"{name} is not an address; a port must be a number, and [ ] are for IPv6.") from None
    if parts.scheme not in schemes or not (parts.netloc or parts.path.strip("/")):
        raise EnvError(f"{name} must be an address that begins with {' or '.join(f'{item}://' for item in schemes)}.")
    return value


def hosts(name: str) -> list[str]:
    """The host names a site answers to; at least one, each named, without scheme or port."""
    values = words(name)
    if not values:
        raise EnvError(f"{name} is not set; name the hosts this site answers to, for example play.example.org.")
    for value in values:
        if "*" in value:
            raise EnvError(f"{name} must not hold *; the Host check protects from DNS rebinding.")
        if "/" in value or (":" in value and not value.startswith("[")):
            raise EnvError(f"{name}={value!r} is not a host name; write it without scheme, port or path.")
    return values


def database(name: str) -> dict[str, object]:
    """Django's settings for a `postgres://user:password@host:port/name` address."""
    value = text(name)
    url = urlsplit(value)
    try:
        port = url.port
    except ValueError:
        raise EnvError(f"{name} has a port that is not a number.") from None
    if url.scheme not in ("postgres", "postgresql") or not url.path.strip("/"):
        raise EnvError(f"{name} must look like postgres://user:password@host:5432/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(port or 5432),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
