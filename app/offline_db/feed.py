"""HQ's feed coming in: pages of rows with their cursor in one transaction, and scopes read again from the beginning."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, bindparam, delete, exists, insert, or_, select, true, update
from sqlalchemy.dialects.sqlite import insert as upsert

from app.offline_db import outbox
from app.offline_db.images import Image, local_row, shadows_of
from app.offline_db.outbox import Key
from app.offline_db.rebase import Rebase
from app.offline_db.schema import ROW_TABLES, cursor, operation, seen, setting, shadow
from core.contract.messages import REFERENCE_SCOPE, PageEnd
from core.refusals import Refusal
from core.rows import BY_NAME, REFERENCE_KINDS, TRADE_KINDS, is_visible_to, name_of
from core.rows.kinds import VISIBLE_BY
from core.rows.sync import ParkedOperation
from rowstore.rows import Registry

#: The setting that remembers a scope's last self-check; a scope that is read anew has none.
CHECKED = "self_check "
_PARKED = name_of(ParkedOperation)
_ASKED_AT_ONCE = 500
#: Rows of an HQ that did not tell the outcome yet.
_OUTCOMES = {"open": "parked", "withdrawn": "withdrawn", "resolved": "resolved"}


def follow(connection: Connection, scopes: Collection[str]) -> None:
    """Have a cursor for each scope this device may pull, and wait for none to be read that it may pull no more.

    Of one that comes to others its rows may be here from before: it is read like a scope that is begun anew.
    """
    known = cursors(connection)
    waiting = or_(cursor.c.refilling, cursor.c.incarnation == "")
    connection.execute(delete(cursor).where(waiting, cursor.c.scope.not_in(scopes)))
    for scope in [scope for scope in scopes if scope not in known]:
        if known:
            restart(connection, scope)
        else:
            values = {"scope": scope, "seq": 0, "incarnation": "", "refilling": False, "base": 0}
            connection.execute(insert(cursor).values(values))


# Built once: they are asked for each transaction of a pull.
_CURSORS = select(cursor.c.scope, cursor.c.seq)
_CURSOR = select(cursor.c.seq, cursor.c.incarnation, cursor.c.refilling).where(cursor.c.scope == bindparam("of"))
_REFILLING = select(exists().where(cursor.c.refilling))


def cursors(connection: Connection) -> dict[str, int]:
    """How far each scope has been read."""
    return {found.scope: found.seq for found in connection.execute(_CURSORS)}


def base(connection: Connection, scope: str) -> int:
    """Where HQ stood when the scope's reading from the beginning began: it needs no tombstones from before."""
    return connection.execute(select(cursor.c.base).where(cursor.c.scope == scope)).scalar_one_or_none() or 0


def restart(connection: Connection, scope: str) -> None:
    """Read the scope again from the beginning; rows stay until the end has shown which are gone.

    Scopes that are being read again begin once more too: what an earlier reading has shown proves nothing now (HQ may
    have been restored a second time meanwhile).
    """
    connection.execute(delete(seen))
    values = {"seq": 0, "incarnation": "", "refilling": True, "base": 0}
    connection.execute(update(cursor).where(cursor.c.refilling).values(values))
    connection.execute(delete(setting).where(setting.c.name == CHECKED + scope))
    statement = upsert(cursor).values(scope=scope, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[cursor.c.scope], set_=values))


def apply_page(
    connection: Connection,
    scope: str,
    after: int,
    page: dict[Key, Image],
    end: PageEnd,
    registry: Registry | None,
    *,
    keep: Sequence[Key] = (),
) -> set[Key]:
    """Write a page's images and its cursor; returns the rows that may look different.

    ``keep`` are rows of the page that could not be read: HQ has them, so they stay as they are here.
    A page that does not continue the cursor (another process was faster) changes nothing. Raises Refusal
    ``hq_unexpected`` for a page that can't be right.
    """
    at = connection.execute(_CURSOR, {"of": scope}).one()
    if at.seq != after or at.incarnation not in ("", end.incarnation):
        return set()
    if end.cursor < after:
        raise Refusal("hq_unexpected", problem="a cursor that goes back")
    refilled = at.refilling and not end.more
    moved = {"seq": end.cursor, "incarnation": end.incarnation, "refilling": at.refilling and end.more}
    if after == 0:
        moved["base"] = end.seq or end.cursor
    connection.execute(update(cursor).where(cursor.c.scope == scope).values(moved))
    rebase = Rebase(connection, registry)
    shown = list(page.values())
    if at.refilling:
        page = _seen_first(connection, page, rebase)
        _note_seen(connection, keep)
        rebase.apply(_oldest(connection, keep), force=True)
    if refilled:
        rebase.apply(_not_seen(connection, scope), force=True)
    rebase.apply(page, settled=settled_now(connection))
    follow_parked(connection, shown)
    return rebase.changed


def settled_now(connection: Connection, ids: Collection[str] | None = None) -> list[str]:
    """The operations that leave the replay now (of ``ids``, or any); none while a scope is incomplete."""
    return [] if _refilling(connection) else outbox.newly_settled(connection, cursors(connection), ids)


def _refilling(connection: Connection) -> bool:
    return connection.execute(_REFILLING).scalar_one()


def _seen_first(connection: Connection, page: Mapping[Key, Image], rebase: Rebase) -> dict[Key, Image]:
    """Take the rows this reading shows for the first time, whatever version was here; returns the rest of the page.

    A restored HQ counts its versions from an earlier point, so the versions of two readings can't be compared. A
    tombstone tells no more than that the row left this scope: another one may have shown it already. What nobody shows
    is gone at the end of the reading.
    """
    known = _seen_of(connection, page)
    fresh = {key: image for key, image in page.items() if image.row is not None and key not in known}
    rest = {key: image for key, image in page.items() if key not in fresh}
    _note_seen(connection, list(fresh))
    rebase.apply(fresh, force=True)
    return rest


def _oldest(connection: Connection, keys: Sequence[Key]) -> dict[Key, Image]:
    """HQ's images of these rows as they are here, with the lowest of versions: what can be read later is newer.

    The one here may be of an HQ before it was restored.
    """
    below = shadows_of(connection, keys)
    rows = {key: below[key].row if key in below else local_row(connection, key) for key in keys}
    return {
        key: Image(key, 0, None) if row is None else Image(key, 1, msgspec.structs.replace(row, version=1))
        for key, row in rows.items()
    }


def _seen_of(connection: Connection, keys: Iterable[Key]) -> set[Key]:
    """Those of ``keys`` that this reading has shown already; asked together, within the write lock."""
    found: set[Key] = set()
    wanted: dict[str, list[str]] = {}
    for entity, row_id in keys:
        wanted.setdefault(entity, []).append(row_id)
    for entity, ids in wanted.items():
        for begin in range(0, len(ids), _ASKED_AT_ONCE):
            some = seen.c.row_id.in_(ids[begin : begin + _ASKED_AT_ONCE])
            found |= {
                (entity, row_id)
                for row_id in connection.scalars(select(seen.c.row_id).where(seen.c.entity == entity, some))
            }
    return found


def _note_seen(connection: Connection, keys: Sequence[Key]) -> None:
    values = [{"entity": entity, "row_id": row_id} for entity, row_id in keys]
    if values:
        connection.execute(insert(seen).prefix_with("OR IGNORE"), values)


def _not_seen(connection: Connection, scope: str) -> dict[Key, Image]:
    """Tombstones for the scope's rows that HQ does not have any more.

    They bear no version: what is here may be of an HQ before it was restored, and whatever HQ makes of the row from now
    on is newer.
    """
    gone: dict[Key, Image] = {}
    for kind in REFERENCE_KINDS if scope == REFERENCE_SCOPE else TRADE_KINDS:
        table, entity = ROW_TABLES[kind], name_of(kind)
        still = exists().where(seen.c.entity == entity, seen.c.row_id == table.c.id)
        visible = [table.c[name] == scope.partition("/")[2] for name in VISIBLE_BY.get(kind, ())] or [true()]
        statement = select(table.c.id).where(table.c.version > 0, or_(*visible), ~still)
        for row_id in connection.scalars(statement):
            gone[entity, row_id] = Image((entity, row_id), 0, None)
    return gone | _not_seen_below(connection, scope)


def _not_seen_below(connection: Connection, scope: str) -> dict[Key, Image]:
    """The same for rows that carry local effects: a replay may have made the row anew, HQ's image lies below it.

    A tombstone that lies there already is one of these too: its version may be of an HQ before it was restored.
    """
    gone: dict[Key, Image] = {}
    still = exists().where(seen.c.entity == shadow.c.entity, seen.c.row_id == shadow.c.row_id)
    for found in connection.execute(select(shadow).where(shadow.c.version > 0, ~still)):
        kind = BY_NAME[found.entity]
        row = None if found.payload is None else msgspec.json.decode(found.payload, type=kind)
        is_of_scope = (kind in REFERENCE_KINDS) == (scope == REFERENCE_SCOPE)
        if is_of_scope and (row is None or is_visible_to(row, scope.partition("/")[2])):
            gone[found.entity, found.row_id] = Image((found.entity, found.row_id), 0, None)
    return gone


def follow_parked(connection: Connection, images: Iterable[Image]) -> None:
    """What became at HQ of operations of this device that had to wait."""
    for row in [image.row for image in images if image.key[0] == _PARKED]:
        if isinstance(row, ParkedOperation) and (outcome := row.outcome or _OUTCOMES.get(row.state)):
            own = (operation.c.id == row.id) & (operation.c.state == "answered")
            connection.execute(update(operation).where(own).values(outcome=outcome))
