"""The guard in front of every endpoint: sizes, security headers, errors without traces.

`guarded` makes the aiohttp application that all routes are added to.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from ops.limits import tracked
from ops.metrics import Metrics

BODY_LIMIT = 64 * 1024
"""Bytes of an ordinary request's body."""
UPLOAD_LIMIT = 5 * 1024 * 1024
"""Bytes of an upload's body, files and activity together."""
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Sent with every response, unless its handler set its own value."""

log = structlog.get_logger("ops.guard")


def guarded(metrics: Metrics, upload_suffix: str = "/upload") -> web.Application:
    """An application whose handlers may be as careless as they like about size, headers and errors.

    Bodies are at most `BODY_LIMIT`; paths that end in ``upload_suffix`` take `UPLOAD_LIMIT`, must say their length and
    must check who asks before they read. A handler's own JSON in an HTTP error is kept.
    """
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[_answered(metrics, upload_suffix), tracked])
    app.on_response_prepare.append(_prepared)
    return app


def _answered(metrics: Metrics, upload_suffix: str) -> Middleware:
    @web.middleware
    async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if _is_upload(request, upload_suffix):
                request = request.clone(client_max_size=UPLOAD_LIMIT)
            response = _refusal(request) or await handler(request)
        except web.HTTPException as error:
            response = _from_http_error(error)
        except Exception as error:  # noqa: BLE001 - the last line of defence
            response = problem(HTTPStatus.BAD_REQUEST) if _gone(request, error) else _unexpected(request, error)
        metrics.response(request, response.status)
        return response

    return answered


def problem(status: HTTPStatus, message: str = "", **more: str) -> web.Response:
    """An error as JSON: ``{"error": {"code", "message", …}}``, the form of Direct Line."""
    code = status.phrase.title().replace(" ", "").replace("-", "")
    return web.json_response({"error": {"code": code, "message": message or status.phrase, **more}}, status=status)


def _gone(request: web.Request, error: Exception) -> bool:
    """The client went away or broke off its body: nobody is there to read more than a status.

    A `ConnectionError` alone does not say so: the database's connection breaks in the same words.
    """
    left = request.transport is None or request.transport.is_closing()
    return isinstance(error, web.RequestPayloadError) or (left and isinstance(error, ConnectionError))


def _is_upload(request: web.Request, upload_suffix: str) -> bool:
    return request.method == hdrs.METH_POST and request.path.endswith(upload_suffix)


def _refusal(request: web.Request) -> web.Response | None:
    """What can be said from the head alone, before anyone reads the body."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body without compression.")
    limit = request.client_max_size
    if limit > BODY_LIMIT and request.content_length is None:
        return problem(HTTPStatus.LENGTH_REQUIRED)
    if (request.content_length or 0) > limit:
        return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"At most {limit // 1024} kB.")
    return None


def _from_http_error(error: web.HTTPException) -> web.StreamResponse:
    if error.status < HTTPStatus.BAD_REQUEST or error.content_type == "application/json":
        # aiohttp deprecates returning the exception itself.
        return web.Response(status=error.status, headers=error.headers, body=error.body)
    response = problem(HTTPStatus(error.status))
    for name in (hdrs.ALLOW, hdrs.RETRY_AFTER, hdrs.WWW_AUTHENTICATE):
        if name in error.headers:
            response.headers[name] = error.headers[name]
    return response


def _unexpected(request: web.Request, error: Exception) -> web.Response:
    error_id = secrets.token_hex(8)
    resource = request.match_info.route.resource
    log.error(
        "request failed",
        error_id=error_id,
        method=request.method,
        route=resource.canonical if resource else None,
        exc_info=error,
    )
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side.", id=error_id)


async def _prepared(_request: web.Request, response: web.StreamResponse) -> None:
    add_headers(response)


def add_headers(response: web.StreamResponse) -> None:
    """`HEADERS`, unless it has its own; JSON is not stored; who serves is nobody's business."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.content_type == "application/json":
        response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    response.headers.popall(hdrs.SERVER, None)
