from django.urls import path

from . import views

urlpatterns = [path("trash/", views.listing, name="trash")]
