"""What the admin pages of owned rows share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.utils import model_ngettext
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin

from .errors import ApiError


def remove_selected(page: Any, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    """Django's action with its question, but only what went is said to be gone."""
    if not request.POST.get("post"):
        return delete_selected(page, request, queryset)
    done = page.remove_all(request, queryset)
    if done:
        messages.success(request, f"{done} {model_ngettext(page.opts, done)} deleted{page.along}.")
    return None


def page_link(address: str) -> str:
    """A link from a row to its page on the site, in the look of the administration's own links."""
    return format_html('<a href="{}" class="text-primary-600 dark:text-primary-500">Open</a>', address)


class ServiceDelete:
    """Rows are deleted through their service, which knows what else goes and what keeps them."""

    opts: Any
    # What goes with a row, as the end of a sentence.
    along = ""

    def remove(self, row: Any) -> None:
        row.delete()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)  # type: ignore[misc]  # the page's, which this is mixed into
        if "delete_selected" in actions:
            words = f"Delete{self.along}"
            actions["delete_selected"] = (remove_selected, "delete_selected", words)
        return actions

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        request.refused = not self.remove_all(request, [obj])  # type: ignore[attr-defined]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.remove_all(request, queryset)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        if getattr(request, "refused", False):
            # Why was said already; "deleted successfully" would be untrue.
            return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))
        return super().response_delete(request, obj_display, obj_id)  # type: ignore[misc]

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
