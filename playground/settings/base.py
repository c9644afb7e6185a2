"""What both modes share. Names written here in capitals are Django's unless they begin with BLOCKYARD_."""

from __future__ import annotations

import hashlib
from typing import Any

from django.urls import reverse_lazy

from playground.settings import env
from playground.settings.places import BASE_DIR, data_folder, redis_socket

BLOCKYARD_MODE = env.choice("BLOCKYARD_MODE", ("local", "server"), "local")
BLOCKYARD_DATA = data_folder()
BLOCKYARD_MAX_MEMORY = env.memory("BLOCKYARD_MAX_MEMORY", "80%")
# With less than this free below the data folder no run starts, and those that run pause (playground/ops/disk.py).
BLOCKYARD_MIN_FREE_DISK = env.size("BLOCKYARD_MIN_FREE_DISK", "500M")
# Seconds between two heartbeats of a run; the lease's other times are multiples of it (playground/runs/lease.py).
BLOCKYARD_BEAT_SECONDS = env.number("BLOCKYARD_BEAT_SECONDS", 5.0, least=0.05)
BLOCKYARD_RUN_SLOTS = env.integer("BLOCKYARD_RUN_SLOTS", 0, least=0, most=64)  # 0: as many as there are devices
# How long one look at a sample may take in the editor.
BLOCKYARD_SAMPLE_SECONDS = env.number("BLOCKYARD_SAMPLE_SECONDS", 30.0, least=1.0)
# How long reading a model made elsewhere may take, and keeping its weights once more as long.
BLOCKYARD_IMPORT_SECONDS = env.number("BLOCKYARD_IMPORT_SECONDS", 120.0, least=1.0)
# How long it may take to measure what each node of a design takes.
BLOCKYARD_PROFILE_SECONDS = env.number("BLOCKYARD_PROFILE_SECONDS", 60.0, least=1.0)
# How many runs may be compared at once.
BLOCKYARD_COMPARE_RUNS = env.integer("BLOCKYARD_COMPARE_RUNS", 50, least=2, most=200)
# What one profile may take: batch sizes, samples at once, forwards that count, and seconds for each measurement.
BLOCKYARD_PROFILE_BATCHES = env.integer("BLOCKYARD_PROFILE_BATCHES", 8, least=1)
BLOCKYARD_PROFILE_SAMPLES = env.integer("BLOCKYARD_PROFILE_SAMPLES", 4096, least=1)
BLOCKYARD_PROFILE_REPEATS = env.integer("BLOCKYARD_PROFILE_REPEATS", 1000, least=1)
BLOCKYARD_PROFILE_EACH_SECONDS = env.number("BLOCKYARD_PROFILE_EACH_SECONDS", 5.0, least=0.01)
# How long a web process goes by what it remembers of sessions, users and demos after another process has changed them.
BLOCKYARD_BRIEF_SECONDS = env.number("BLOCKYARD_BRIEF_SECONDS", 2.0, least=0.0)
# How often one person (of sign-ins one address) may ask for these (playground/web/rates.py).
BLOCKYARD_RATES = {
    "signin": env.rate("BLOCKYARD_RATE_SIGNIN", "20/minute"),
    "upload": env.rate("BLOCKYARD_RATE_UPLOAD", "120/minute"),
    "analyze": env.rate("BLOCKYARD_RATE_ANALYZE", "1200/minute"),
    "predict": env.rate("BLOCKYARD_RATE_PREDICT", "3000/minute"),
    "shared": env.rate("BLOCKYARD_RATE_SHARED", "120/minute"),
}
# How long what was deleted can be restored.
BLOCKYARD_TRASH_DAYS = env.integer("BLOCKYARD_TRASH_DAYS", 30, least=1, most=3650)
# Where the engine's fork server listens; `up` starts one on Linux. Empty: each command starts as a fresh process.
BLOCKYARD_FORKSERVER = env.text("BLOCKYARD_FORKSERVER", "")
# The engine's command; tests of the lease put a scripted one here.
BLOCKYARD_ENGINE = env.words("BLOCKYARD_ENGINE")
# Keeps installations (and tests) that share one Redis apart.
BLOCKYARD_REDIS_PREFIX = env.text("BLOCKYARD_REDIS_PREFIX", "blockyard")
REDIS_SCHEMES = ("redis", "rediss", "unix")
BLOCKYARD_REDIS_URL = env.url("BLOCKYARD_REDIS_URL", REDIS_SCHEMES, f"unix://{redis_socket(BLOCKYARD_DATA)}")
# Who may read /metrics: `Authorization: Bearer` with this; without it, this machine only.
BLOCKYARD_METRICS_TOKEN = env.token("BLOCKYARD_METRICS_TOKEN")
BLOCKYARD_LOG_FORMAT = env.choice(
    "BLOCKYARD_LOG_FORMAT", ("line", "json"), "json" if BLOCKYARD_MODE == "server" else "line"
)
BLOCKYARD_LOG_LEVEL = env.choice("BLOCKYARD_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
# Whose X-Forwarded-For and -Proto are believed (`serve web`): addresses or networks of the proxies in front.
BLOCKYARD_PROXIES = env.words("BLOCKYARD_PROXIES", ("127.0.0.1",))
# Whether each request is a line in the log.
BLOCKYARD_LOG_REQUESTS = env.boolean("BLOCKYARD_LOG_REQUESTS", BLOCKYARD_MODE == "server")

DEBUG = env.boolean("BLOCKYARD_DEBUG")
ROOT_URLCONF = "playground.urls"
ASGI_APPLICATION = "playground.asgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "/signin"
APPEND_SLASH = True

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    # Without discovery at start: the admin needs the engine, which no worker may load. urls.py discovers.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "playground.web",
    "playground.accounts",
    "playground.designs",
    "playground.datasets",
    "playground.runs",
    "playground.demos",
    "playground.papers",
    "playground.ops",
    "playground.trash",
    "playground.sharing",
]

MIDDLEWARE = [
    "playground.web.middleware.Headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "playground.web.middleware.NotBuiltPage",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "playground.ops.context.notices",
                "playground.runs.views.in_navigation",
            ],
        },
    },
]


def _never(request: Any) -> bool:
    """Every page's address begins with that of the home page, so that link would look chosen everywhere."""
    return False


UNFOLD = {
    "SITE_TITLE": "Blockyard administration",
    "SITE_HEADER": "Blockyard",
    "SITE_SUBHEADER": "Administration",
    "SITE_URL": "/",
    "SITE_SYMBOL": "widgets",
    "SHOW_HISTORY": True,
    "DASHBOARD_CALLBACK": "playground.ops.dashboard.add_figures",
    "SIDEBAR": {
        "navigation": [
            {"items": [{"title": "Overview", "icon": "monitoring", "link": reverse_lazy("admin:index")}]},
            {
                "title": "Work",
                "items": [
                    {"title": "Runs", "icon": "trending_up", "link": reverse_lazy("admin:runs_run_changelist")},
                    {"title": "Designs", "icon": "schema", "link": reverse_lazy("admin:designs_design_changelist")},
                    {
                        "title": "Data sets",
                        "icon": "database",
                        "link": reverse_lazy("admin:datasets_dataset_changelist"),
                    },
                    {"title": "Demos", "icon": "bolt", "link": reverse_lazy("admin:demos_demo_changelist")},
                ],
            },
            {
                "title": "House",
                "items": [
                    {
                        "title": "Announcements, maintenance",
                        "icon": "campaign",
                        "link": reverse_lazy("admin:ops_announcement_changelist"),
                    },
                ],
            },
            {
                "title": "People",
                "items": [
                    {"title": "Users", "icon": "person", "link": reverse_lazy("admin:accounts_user_changelist")},
                    {"title": "Groups", "icon": "group", "link": reverse_lazy("admin:auth_group_changelist")},
                    {"title": "API tokens", "icon": "key", "link": reverse_lazy("admin:accounts_apitoken_changelist")},
                ],
            },
            {"items": [{"title": "Back to Blockyard", "icon": "arrow_back", "link": "/", "active": _never}]},
        ],
    },
    "COLORS": {
        # The pages' blue, from light to dark.
        "primary": {
            "50": "#eff5ff",
            "100": "#dbe8fe",
            "200": "#bfd7fe",
            "300": "#93bbfd",
            "400": "#6094fa",
            "500": "#3b70f1",
            "600": "#2b59d9",
            "700": "#2247b8",
            "800": "#213d95",
            "900": "#203776",
            "950": "#172348",
        },
    },
}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

# Vite's files carry a hash in their names, so they are served as they are built: no collectstatic locally.
STATIC_URL = "/static/"
STATICFILES_DIRS = [("dist", folder) for folder in (BASE_DIR / "static" / "dist",) if folder.is_dir()]
WHITENOISE_USE_FINDERS = True
WHITENOISE_ROOT = None

# Cookies know no ports: two playgrounds on one machine would sign each other out under one name.
_tag = hashlib.sha256(str(BLOCKYARD_DATA).encode()).hexdigest()[:8]
SESSION_COOKIE_NAME = f"blockyard_session_{_tag}"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 30 * 24 * 3600
# Sessions are rows; a web process remembers them for a moment (playground/web/brief.py).
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_CACHE_ALIAS = "brief"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "brief": {
        "BACKEND": "playground.web.brief.Cache",
        "LOCATION": "brief",
        "OPTIONS": {"MAX_ENTRIES": 5000},
    },
}
AUTHENTICATION_BACKENDS = ["playground.accounts.backends.Backend"]
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "playground.web.views.csrf_failure"
# Bodies of uploads are streamed by the dataset API and never pass through request.body.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 2**20

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [BLOCKYARD_REDIS_URL], "prefix": f"{BLOCKYARD_REDIS_PREFIX}.channels"},
    },
}


def _broker(url: str) -> str:
    """The same Redis in kombu's spelling, which names unix sockets differently."""
    return url.replace("unix://", "redis+socket://", 1) if url.startswith("unix://") else url


CELERY_BROKER_URL = _broker(env.url("BLOCKYARD_BROKER_URL", (*REDIS_SCHEMES, "amqp", "amqps"), BLOCKYARD_REDIS_URL))
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "global_keyprefix": f"{BLOCKYARD_REDIS_PREFIX}.celery.",
        "socket_connect_timeout": 2,
        # A Redis that hangs must not hang a request; workers wait for messages in steps of a second.
        "socket_timeout": 5,
        "socket_keepalive": not BLOCKYARD_REDIS_URL.startswith("unix://"),
    }
    if "redis" in CELERY_BROKER_URL.split("://", 1)[0]
    else {}
)
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# Loaded by workers only: the sweep, and stopping in time.
CELERY_IMPORTS = ["playground.runs.worker"]
CELERY_TASK_DEFAULT_QUEUE = "io"
CELERY_TASK_ROUTES = {"playground.runs.tasks.wake": {"queue": "runs"}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"ids": {"()": "playground.ops.logs.Ids"}},
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {"()": "playground.ops.logs.Json"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": BLOCKYARD_LOG_FORMAT, "filters": ["ids"]},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"playground": {"level": BLOCKYARD_LOG_LEVEL}, "celery": {"level": "WARNING"}},
}
