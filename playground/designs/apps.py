from django.apps import AppConfig


class DesignsConfig(AppConfig):
    name = "playground.designs"
    label = "designs"
    default_auto_field = "django.db.models.BigAutoField"
