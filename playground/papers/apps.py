from django.apps import AppConfig


class PapersConfig(AppConfig):
    name = "playground.papers"
    label = "papers"
