from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "playground.ops"
    label = "ops"

    def ready(self) -> None:
        from . import checks  # noqa: F401 - registers them
