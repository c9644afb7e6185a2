"""What the admin pages of owned rows share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from .errors import ApiError


class ServiceDelete:
    """Rows are deleted through their service, which knows what else goes and what keeps them."""

    opts: Any

    def remove(self, row: Any) -> None:
        row.delete()

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self.remove_all(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.remove_all(request, queryset)

    def remove_all(self, request: HttpRequest, rows: Iterable[Model]) -> int:
        """Remove each row through `remove`; what is refused is said and stays. How many went."""
        done = 0
        for row in rows:
            try:
                self.remove(row)
                done += 1
            except ApiError as error:
                messages.error(request, error.message)
        return done

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The confirmation page names the rows only: what depends on them is the service's to allow or refuse."""
        names = [str(obj) for obj in objs]
        return names, {self.opts.verbose_name_plural: len(names)}, set(), []


class OwnedAdmin(ServiceDelete, ModelAdmin):
    """The page of a table whose rows people own and make elsewhere."""

    list_select_related: Any = ("owner",)
    list_per_page = 50
    list_fullwidth = True
    date_hierarchy = "created"

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Made on the pages, where they get their files.
        return False
