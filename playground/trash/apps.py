from django.apps import AppConfig


class TrashConfig(AppConfig):
    name = "playground.trash"
    label = "trash"
