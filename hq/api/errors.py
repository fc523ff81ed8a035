"""The server's last door: a refusal becomes its HTTP status and a Problem, a defect a logged 500."""

import logging
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

import resources
from core.contract import codec
from core.contract.messages import Problem
from core.ids import new_id
from core.refusals import Kind, Refusal
from hq.inbox.messages import harmless

_log = logging.getLogger(__name__)
STATUS = {
    Kind.INVALID: 400,
    Kind.SIGNED_OUT: 401,
    Kind.FORBIDDEN: 403,
    Kind.UNKNOWN: 404,
    Kind.CONFLICT: 409,
    Kind.GONE: 410,
    Kind.TOO_LARGE: 413,
    Kind.TOO_MANY: 429,
    Kind.DAMAGED: 500,
    Kind.UNREACHABLE: 503,
}
_JSON = "application/json"


def language_of(request: Request) -> str:
    """The first language of Accept-Language, or English."""
    return request.headers.get("accept-language", "en").split(",")[0].split(";")[0].strip() or "en"


def refuse(request: Request, refusal: Refusal) -> Response:
    """The answer to a refused request."""
    sentence = harmless(resources.sentence(refusal, language_of(request)))
    problem = Problem(code=refusal.code, facts=harmless(refusal.facts), sentence=sentence)
    headers = {"Retry-After": str(refusal.facts.get("seconds", 1))} if refusal.kind is Kind.TOO_MANY else {}
    if refusal.kind is Kind.SIGNED_OUT:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(codec.encode(problem), STATUS[refusal.kind], headers, _JSON)


async def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return refuse(request, error)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problem = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
    return refuse(request, Refusal("request_invalid", problem=problem))


async def _on_http(request: Request, error: Exception) -> Response:
    """Unknown paths and methods keep their own status."""
    assert isinstance(error, HTTPException)
    answer = refuse(request, Refusal("request_invalid", problem=str(error.detail)))
    answer.status_code = error.status_code
    answer.headers.update(error.headers or {})
    return answer


async def _on_busy(request: Request, error: Exception) -> Response:
    _log.warning("database: %s", type(error).__name__)
    return refuse(request, Refusal("hq_busy"))


async def _on_defect(request: Request, error: Exception) -> Response:
    incident = new_id()
    _log.error("incident %s at %s %s", incident, request.method, request.url.path, exc_info=error)
    return refuse(request, Refusal("hq_error", incident=incident))


def install(app: FastAPI) -> None:
    """Have ``app`` answer every error with a Problem."""
    handlers: dict[Any, Any] = {
        Refusal: _on_refusal,
        RequestValidationError: _on_invalid,
        HTTPException: _on_http,
        OperationalError: _on_busy,
        PoolTimeout: _on_busy,
        Exception: _on_defect,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
