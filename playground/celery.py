"""The Celery application. Its messages are wake-ups; what is to be done stands in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")

app = Celery("blockyard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
