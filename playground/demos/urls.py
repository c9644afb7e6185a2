from django.urls import path

from . import views

urlpatterns = [
    path("demos/", views.listing, name="demos"),
    path("d/<str:slug>", views.detail, name="demo"),
]
