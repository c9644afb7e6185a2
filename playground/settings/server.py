"""A group's server: PostgreSQL, its own Redis (or RabbitMQ as broker), TLS in front. Nothing secret has a default."""

from __future__ import annotations

from playground.settings import env

if env.boolean("BLOCKYARD_DEBUG"):
    raise env.EnvError(
        "BLOCKYARD_DEBUG shows code and settings to everybody who meets an error; a server runs without."
    )
SECRET_KEY = env.secret("BLOCKYARD_SECRET_KEY")
ALLOWED_HOSTS = env.hosts("BLOCKYARD_HOSTS")
env.text("BLOCKYARD_REDIS_URL")

DATABASES = {"default": env.database("BLOCKYARD_DATABASE_URL")}

CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS]
# Whether a request came by TLS is what a proxy of BLOCKYARD_PROXIES says; the server puts it into the ASGI scope.
SECURE_SSL_REDIRECT = env.boolean("BLOCKYARD_SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = 30 * 24 * 3600
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# Health is asked for inside the house, where there is no TLS (playground/ops/doors.py answers before Django does).
SILENCED_SYSTEM_CHECKS = [
    # Whether other names below ours may still be reached without TLS is not for us to say.
    "security.W005",
    "security.W021",
    # Our content security policy says frame-ancestors, which browsers heed first.
    "security.W002",
]
