from django.urls import path

from . import views

urlpatterns = [
    path("designs/new", views.new, name="design_new"),
    path("designs/<str:id>", views.editor, name="design"),
]
