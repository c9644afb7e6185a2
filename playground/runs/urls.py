from django.urls import path

from . import views

urlpatterns = [
    path("runs/", views.listing, name="runs"),
    path("queue", views.queue, name="queue"),
    path("compare", views.compare, name="compare"),
    path("runs/<str:id>", views.detail, name="run"),
]
