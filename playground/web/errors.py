"""The one shape of an error: `{"error": {"code", "message", "where"}}` with the right status."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from . import jsons

logger = logging.getLogger(__name__)


class ErrorBody(Schema):
    code: str
    message: str
    where: str | None = None
    # What belongs to this kind of error: the figures of a limit, the current draft number, a design's issues.
    details: Any = None


class ErrorOut(Schema):
    error: ErrorBody


class ApiError(Exception):
    """A request that cannot be met, with what the caller is told: status, code, a sentence, and where it is wrong."""

    def __init__(self, status: int, code: str, message: str, where: str | None = None, details: Any = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.where, self.details = status, code, message, where, details


def body(code: str, message: str, where: str | None = None, details: Any = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message, "where": where}
    if details is not None:
        error["details"] = details
    return {"error": error}


def response(status: int, code: str, message: str, where: str | None = None, details: Any = None) -> HttpResponse:
    return HttpResponse(
        jsons.dumps(body(code, message, where, details)), status=status, content_type="application/json"
    )


CODES = {400: "bad_request", 401: "unauthenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"}
CODES |= {
    409: "conflict",
    413: "too_large",
    422: "invalid",
    429: "too_many_requests",
    500: "internal",
    507: "disk_full",
}
NOT_FOUND = "There is nothing here that you may see. Check the address."
SIGN_IN = "Sign in, or send a token: Authorization: Bearer TOKEN."


def _first_fault(error: ValidationError) -> tuple[str, str]:
    item = error.errors[0]
    return _where(item), str(item.get("msg", "is not valid"))


def _where(item: dict[str, Any]) -> str:
    """The field's path. It begins with where it was looked for (`query`), and for a body with its argument's name."""
    kind, *rest = map(str, item.get("loc", ()))
    return ".".join(rest[1:] if kind == "body" else rest) or kind


def install(api: NinjaAPI) -> None:
    """Give every error of `api` the one shape."""

    @api.exception_handler(ApiError)
    def api_error(request: HttpRequest, exc: ApiError) -> HttpResponse:
        return response(exc.status, exc.code, exc.message, exc.where, exc.details)

    @api.exception_handler(AuthenticationError)
    def unauthenticated(request: HttpRequest, exc: AuthenticationError) -> HttpResponse:
        answer = response(401, CODES[401], SIGN_IN)
        answer["WWW-Authenticate"] = 'Bearer realm="Blockyard"'
        return answer

    @api.exception_handler(jsons.BadJson)
    def bad_json(request: HttpRequest, exc: jsons.BadJson) -> HttpResponse:
        return response(400, CODES[400], str(exc), exc.where)

    @api.exception_handler(HttpError)
    def http_error(request: HttpRequest, exc: HttpError) -> HttpResponse:
        if isinstance(exc.__cause__, jsons.BadJson):  # ninja's own error says nothing of it
            return bad_json(request, exc.__cause__)
        return response(exc.status_code, CODES.get(exc.status_code, "error"), str(exc))

    @api.exception_handler(Http404)
    def not_found(request: HttpRequest, exc: Http404) -> HttpResponse:
        return response(404, CODES[404], NOT_FOUND, request.path)

    @api.exception_handler(PermissionDenied)
    def forbidden(request: HttpRequest, exc: PermissionDenied) -> HttpResponse:
        return response(403, CODES[403], str(exc) or "You may not do this.")

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, exc: ValidationError) -> HttpResponse:
        where, message = _first_fault(exc)
        faults = [{"where": _where(e), "message": e.get("msg")} for e in exc.errors[:50]]
        return response(422, CODES[422], f"{where}: {message}" if where else message, where, faults)

    @api.exception_handler(RequestDataTooBig)
    def too_large(request: HttpRequest, exc: RequestDataTooBig) -> HttpResponse:
        return response(413, CODES[413], "The request is larger than allowed here.")

    @api.exception_handler(SuspiciousOperation)
    @api.exception_handler(BadRequest)
    def bad_request(request: HttpRequest, exc: Exception) -> HttpResponse:
        return response(400, CODES[400], "The request is malformed.")

    @api.exception_handler(Exception)
    def internal(request: HttpRequest, exc: Exception) -> HttpResponse:
        logger.exception("%s %s failed", request.method, request.path, exc_info=exc)
        return response(500, CODES[500], "Something broke on our side; the server's log has the details.")
