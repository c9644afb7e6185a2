from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from playground.web.admin import ServiceDelete

from . import services
from .models import ApiToken, User

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    pass


@admin.register(User)
class UserAdmin(ServiceDelete, DjangoUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "is_active", "is_staff", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser")
    readonly_fields = ("pid", "last_login", "date_joined")

    def remove(self, row: Any) -> None:
        services.delete_user(row)


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):
    """Tokens can be seen and revoked here; made only by their owner, who alone sees their text."""

    list_display = ("name", "hint", "user", "created", "last_used", "expires")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    fields = readonly_fields = ("pid", "user", "name", "hint", "created", "last_used", "expires")

    def has_add_permission(self, request: object) -> bool:
        return False
