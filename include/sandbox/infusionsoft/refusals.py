"""What Infusionsoft says when it refuses: one exception, and the envelopes in which it reaches the client."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


class Refusal(Exception):
    """An answer that is not the one asked for: its HTTP status, its body and its headers."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers


def not_signed_in(words: str, code: str) -> Refusal:
    """The gateway's 401: it looks at the key before it looks at the path."""
    return Refusal(401, {"fault": {"faultstring": words, "detail": {"errorcode": code}}})


def bad_request(words: str, resource: str) -> Refusal:
    """REST v2's 400; `resource` is the parameter or property that is wrong."""
    return _v2(HTTPStatus.BAD_REQUEST, words, resource)


def not_found(resource: str, id: str) -> Refusal:
    """REST v2's 404 for a record."""
    return _v2(HTTPStatus.NOT_FOUND, f"{resource} {id} was not found", resource)


def no_such_path(path: str) -> Refusal:
    """A 404 for a path: REST v1's envelope under `/v1`, else REST v2's."""
    words = f"No resource at {path}"
    if "/rest/v1" in path:
        return Refusal(404, {"message": words})
    return _v2(HTTPStatus.NOT_FOUND, words, "path")


def method_not_allowed(method: str) -> Refusal:
    """REST v2's 405."""
    return _v2(HTTPStatus.METHOD_NOT_ALLOWED, f"Request method '{method}' is not supported", "method")


def oauth_refused(error: str, words: str, status: int = 400) -> Refusal:
    """A refusal to sign in, as OAuth 2 shapes it."""
    return Refusal(status, {"error": error, "error_description": words}, {"Cache-Control": "no-store"})


def _v2(status: HTTPStatus, words: str, resource: str) -> Refusal:
    details = [{"domain": "sandbox", "resource": resource}]
    return Refusal(status.value, {"code": status.value, "message": words, "status": status.name, "details": details})
