"""The Celery application. Its messages are wake-ups; what is to be done stands in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
# Django's checks load all addresses and with them the engine; a worker must not load torch.
os.environ.setdefault("CELERY_SKIP_CHECKS", "true")

app = Celery("blockyard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
