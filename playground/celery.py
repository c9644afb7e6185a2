"""The Celery application. Its messages are wake-ups; what is to be done stands in the database."""

import os

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
# Django's checks load all addresses and with them the engine; a worker must not load torch.
os.environ.setdefault("CELERY_SKIP_CHECKS", "true")

app = Celery("blockyard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def _logging_is_djangos(**_: object) -> None:
    """With a listener here Celery leaves the handlers alone that LOGGING has set."""
