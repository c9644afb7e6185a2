from django.urls import path

from . import views

urlpatterns = [
    path("signin", views.signin, name="signin"),
    path("signin/<str:token>", views.signin_link, name="signin_link"),
    path("signout", views.signout, name="signout"),
    path("account/", views.account, name="account"),
]
