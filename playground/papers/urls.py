from django.urls import path

from . import views

urlpatterns = [
    path("papers/", views.listing, name="papers"),
    path("papers/<slug:id>", views.detail, name="paper"),
]
