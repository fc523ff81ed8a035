"""What was given to a parked operation: from this device's own outbox, or as HQ shows it to the whole place."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from app.offline_db.schema import ROW_TABLES, operation
from core.operations.kernel import decode_operation
from core.refusals import Refusal
from core.rows.sync import ParkedOperation

_PARKED = ROW_TABLES[ParkedOperation]


class Given(NamedTuple):
    """The action, its arguments (JSON builtins; None: not known here) and the revisions it was judged by."""

    action: str
    args: dict[str, Any] | None
    versions: Mapping[str, str]


def given_to(connection: Connection, parked_id: str) -> Given:
    """What was given to a parked operation that is still open; raises Refusal ``operation_not_parked``."""
    columns = (_PARKED.c.action, _PARKED.c.args)
    shown = connection.execute(select(*columns).where(_PARKED.c.id == parked_id, _PARKED.c.state == "open")).first()
    if shown is None:
        raise Refusal("operation_not_parked")
    body = connection.execute(select(operation.c.body).where(operation.c.id == parked_id)).scalar_one_or_none()
    if body is None:
        return Given(shown.action, shown.args, {})
    own = decode_operation(body)
    return Given(own.action, msgspec.json.decode(own.args), own.versions)
