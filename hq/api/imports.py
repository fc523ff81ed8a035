"""Administration over the API: a file is proved as a whole before a row of it is written."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from core.refusals import Refusal
from hq.api.described import gives, needs_key
from hq.api.desk_messages import Imported
from hq.api.doors import body_of, doors, now, other_system, reply
from hq.imports import KINDS, import_bytes

router = APIRouter(prefix="/v1", tags=["administration"])
ADMINISTER = "administer"
#: A larger file (the registry) goes in by `fixpoint-hq import` at the server.
MOST_BYTES = 64 * 1024**2
_FILE = {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


@router.post("/imports/{kind}", openapi_extra=needs_key() | {"requestBody": _FILE}, responses=gives(Imported))
async def import_rows(
    kind: Annotated[str, Path(max_length=40)],
    request: Request,
    _system: Annotated[str, Depends(other_system(ADMINISTER))],
    name: Annotated[str, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")] = "file",
    dry_run: bool = False,
) -> Response:
    """Import a CSV, XLSX or JSON file, the body; ``import_invalid`` names every row that is wrong."""
    if kind not in KINDS:
        raise Refusal("import_kind_unknown", kind=kind, kinds=", ".join(KINDS))
    data = await body_of(request, MOST_BYTES)
    store, moment = doors(request).store, now(request)
    rows = await run_in_threadpool(import_bytes, store, kind, name, data, moment, dry_run=dry_run)
    return reply(Imported(kind=kind, rows=rows, imported=0 if dry_run else rows))
