from django.urls import path

from . import views

urlpatterns = [
    path("datasets/", views.listing, name="datasets"),
    path("datasets/<str:id>", views.detail, name="dataset"),
]
