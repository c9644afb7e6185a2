from django.templatetags.static import static
from django.urls import path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from . import views

lazy_icon = lazy(static, str)("dist/favicon.svg")

urlpatterns = [
    path("", views.home, name="home"),
    # Where a page names no icon, as the admin's do, browsers ask for it here.
    path("favicon.ico", RedirectView.as_view(url=lazy_icon)),
]
