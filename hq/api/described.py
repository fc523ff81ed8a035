"""The OpenAPI document of routes that read and write msgspec messages themselves."""

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from core.contract import messages, rescue
from core.operations.operation import SignedOperation
from core.scan_evidence import OrderScans
from hq.api.desk_messages import (
    Allocate,
    AskedBack,
    CallBack,
    CorrectionList,
    CountedParts,
    Decided,
    Decision,
    Distrusted,
    Health,
    Imported,
    Moved,
    OptionalReason,
    OrderState,
    Question,
    Reason,
    SendParts,
    Terms,
    TermsNow,
    WaitingList,
    WaitingRequests,
)
from hq.dispatch.messages import IntakeReply, NewOrder
from hq.parts.planning import OpenRequests
from hq.settlement.desk import SettledMonth

_TYPES: tuple[type, ...] = (
    messages.EnrolRequest,
    messages.EnrolReply,
    messages.TokenRequest,
    messages.ChallengeReply,
    messages.TokenReply,
    messages.Hello,
    messages.HelloReply,
    messages.WaitReply,
    messages.Push,
    messages.PushReply,
    messages.Answer,
    messages.Line,
    messages.PageEnd,
    messages.ScopeSums,
    messages.SumsReply,
    messages.RangeEnd,
    messages.Mended,
    messages.SnapshotManifest,
    messages.Problem,
    rescue.SignedManifest,
    rescue.RescueBegun,
    rescue.RescuedOperations,
    rescue.RescueReply,
    SignedOperation,
    NewOrder,
    IntakeReply,
    Health,
    OrderState,
    OrderScans,
    CallBack,
    Moved,
    SettledMonth,
    Allocate,
    SendParts,
    CountedParts,
    Terms,
    TermsNow,
    OpenRequests,
    WaitingList,
    Reason,
    Distrusted,
    Imported,
    WaitingRequests,
    Decision,
    Decided,
    Question,
    AskedBack,
    messages.UnitAnswer,
    CorrectionList,
    OptionalReason,
)
_SCHEMES = {"device": {"type": "http", "scheme": "bearer"}, "system": {"type": "http", "scheme": "bearer"}}
Described = dict[str, Any]


def _reference(kind: type) -> Described:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def takes(kind: type, *, secured: bool = True) -> Described:
    """``openapi_extra`` of a route whose body is a message of ``kind``."""
    body = {"required": True, "content": {"application/json": {"schema": _reference(kind)}}}
    return {"requestBody": body} | needs_device(secured=secured)


def needs_device(*, secured: bool = True) -> Described:
    """``openapi_extra`` of a route for devices."""
    return {"security": [{"device": []}]} if secured else {}


def needs_key(body: type | None = None) -> Described:
    """``openapi_extra`` of a route for other systems; ``body`` is the message it takes."""
    return (takes(body, secured=False) if body else {}) | {"security": [{"system": []}]}


def gives(kind: type | tuple[type, ...] | None = None, media: str = "application/json", status: int = 200) -> Any:
    """``responses`` of a route that answers with ``kind`` (several: one per line), and Problems."""
    kinds = kind if isinstance(kind, tuple) else (kind,) if kind else ()
    problem = {"description": "refused", "content": {"application/json": {"schema": _reference(messages.Problem)}}}
    schema: Described = _reference(kinds[0]) if len(kinds) == 1 else {"anyOf": [_reference(one) for one in kinds]}
    content = {media: {"schema": schema if kinds else {"type": "string", "format": "binary"}}}
    good: Described = {"description": "done"} | ({} if status == 204 else {"content": content})
    return {status: good, "4XX": problem, "5XX": problem}


def install(app: FastAPI) -> None:
    """Have ``app.openapi()`` name the messages' schemas too."""

    def document() -> Described:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, routes=app.routes)
            _, schemas = msgspec.json.schema_components(_TYPES, ref_template="#/components/schemas/{name}")
            components = made.setdefault("components", {})
            components.setdefault("schemas", {}).update(schemas)
            components["securitySchemes"] = components.get("securitySchemes", {}) | _SCHEMES
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]
