"""A group's server: PostgreSQL, its own Redis (or RabbitMQ as broker), TLS in front. Nothing secret has a default."""

from __future__ import annotations

from playground.settings import env

SECRET_KEY = env.secret("BLOCKYARD_SECRET_KEY")
ALLOWED_HOSTS = env.words("BLOCKYARD_HOSTS")
if not ALLOWED_HOSTS:
    raise env.EnvError("BLOCKYARD_HOSTS is not set; name the hosts this site answers to, for example play.example.org.")
if "*" in ALLOWED_HOSTS:
    raise env.EnvError("BLOCKYARD_HOSTS must not hold *; the Host check protects from DNS rebinding.")
env.text("BLOCKYARD_REDIS_URL")

DATABASES = {"default": env.database("BLOCKYARD_DATABASE_URL")}

CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.boolean("BLOCKYARD_SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = 30 * 24 * 3600
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
