"""What a scope's rows add up to, and the rows of some of its ranges: for devices that check theirs."""

import threading
from collections import OrderedDict
from collections.abc import Collection
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select, tuple_

from core.contract import sums
from core.contract.codec import join_lines
from core.contract.messages import PULL_PAGE_BYTES, Line, RangeEnd
from core.refusals import Refusal
from core.rows import BY_NAME
from hq.store.schema import feed_meta, feed_row, scope_counter

_encode = msgspec.json.Encoder().encode
_PIECE = 2_000
_ASKED_AT_ONCE = 100
_LAST = chr(0x10FFFF)
#: Sums that are remembered: the reference rows for every device, and the places that checked last.
_REMEMBERED = 256
#: Seconds that a device's question waits for another one's sum; then it is told to come again.
_PATIENCE_S = 5.0
#: So many wait at once, each with a thread and a connection; the others are told to come again at once.
_WAITING = 4


class Stand(NamedTuple):
    """Where a scope stands at HQ."""

    incarnation: str
    seq: int
    horizon: int


def stand_of(connection: Connection, scope: str) -> Stand:
    """Where the scope stands now."""
    incarnation = connection.execute(select(feed_meta.c.incarnation)).scalar_one()
    counted = select(scope_counter.c.seq, scope_counter.c.horizon).where(scope_counter.c.scope == scope)
    found = connection.execute(counted).first()
    return Stand(incarnation, found.seq if found else 0, found.horizon if found else 0)


def moved_since(connection: Connection, scope: str, seq: int, most: int) -> list[str] | None:
    """The keys of the rows that changed or left after ``seq``; None when they are more than ``most``."""
    newer = select(feed_row.c.entity, feed_row.c.row_id).where(feed_row.c.scope == scope, feed_row.c.seq > seq)
    found = connection.execute(newer.limit(most + 1)).all()
    return None if len(found) > most else [sums.key_text(*one) for one in found]


class Adder:
    """Adds scopes up: one at a time, so that many devices asking at once leave HQ its processors."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._known: OrderedDict[tuple[str, Stand, frozenset[str]], sums.Sums] = OrderedDict()
        self._adding = threading.Lock()
        self._places = threading.BoundedSemaphore(_WAITING)

    def add_up(self, connection: Connection, scope: str, stand: Stand, entities: Collection[str]) -> sums.Sums | None:
        """The sums of the rows of these kinds as ``connection`` sees them; None while HQ is busy with others."""
        key = (scope, stand, frozenset(entities))
        known = self._known.get(key)
        if known is not None:
            return known
        if not self._places.acquire(blocking=False):
            return None
        try:
            return self._added_in_turn(connection, key)
        finally:
            self._places.release()

    def _added_in_turn(self, connection: Connection, key: tuple[str, Stand, frozenset[str]]) -> sums.Sums | None:
        if not self._adding.acquire(timeout=_PATIENCE_S):
            return None
        try:
            if key not in self._known:
                self._known[key] = _added(connection, key[0], key[2])
            self._known.move_to_end(key)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
            return self._known[key]
        finally:
            self._adding.release()


def _added(connection: Connection, scope: str, entities: frozenset[str]) -> sums.Sums:
    columns = (feed_row.c.entity, feed_row.c.row_id, feed_row.c.payload)
    wanted = (feed_row.c.scope == scope, feed_row.c.deleted.is_(False))
    found = sums.Sums()
    for entity, row_id, payload in connection.execution_options(yield_per=_PIECE).execute(
        select(*columns).where(*wanted)
    ):
        if entity in entities:
            found.add(sums.key_text(entity, row_id), msgspec.json.decode(payload, type=BY_NAME[entity]))
    return found


class Asked(NamedTuple):
    """Which rows of a scope a device wants to see again: those of the ranges in ``mask``, from a key on."""

    scope: str
    incarnation: str
    seq: int
    mask: str
    after: str
    limit: int


def ranges_page(connection: Connection, asked: Asked) -> bytes:
    """JSON lines: the rows of these ranges that have not changed since the cursor, a ``RangeEnd`` last.

    Raises Refusal ``feed_changed`` when the cursor is none of this feed's.
    """
    stand = stand_of(connection, asked.scope)
    if asked.incarnation != stand.incarnation or not stand.horizon <= asked.seq <= stand.seq:
        raise Refusal("feed_changed")
    chosen, more = _chosen(connection, asked)
    lines, last = _lines(connection, asked.scope, [found for found in chosen.values() if found is not None])
    if last is not None:  # the page is full before all of them are in it
        chosen, more = {key: found for key, found in chosen.items() if key <= last}, True
    moved = tuple(key for key, found in chosen.items() if found is None)
    upto = max(chosen) if more else ""
    end = RangeEnd(upto=upto, more=more, incarnation=stand.incarnation, seq=asked.seq, moved=moved)
    return join_lines(map(_encode, (*lines, end)))


def _chosen(connection: Connection, asked: Asked) -> tuple[dict[str, tuple[str, str] | None], bool]:
    """The next keys in order, None for a row that moved since, and whether there are more.

    Kind by kind, and keys are put in order here: a database's own order of texts depends on its locale.
    """
    ranges = frozenset(sums.ranges_in(asked.mask))
    found: dict[str, tuple[str, str] | None] = {}
    for entity in sorted(BY_NAME, key=lambda name: sums.key_text(name, "")):
        if asked.after < sums.key_text(entity, _LAST):  # kinds that are done are not read again
            found |= _of_kind(connection, asked, entity, ranges)
        if len(found) > asked.limit:
            break
    kept = sorted(found)[: asked.limit]
    return {key: found[key] for key in kept}, len(found) > len(kept)


def _of_kind(
    connection: Connection, asked: Asked, entity: str, ranges: Collection[int]
) -> dict[str, tuple[str, str] | None]:
    columns = [feed_row.c[name] for name in ("row_id", "seq", "deleted")]
    where = (feed_row.c.scope == asked.scope, feed_row.c.entity == entity)
    found: dict[str, tuple[str, str] | None] = {}
    for row_id, seq, deleted in connection.execute(select(*columns).where(*where)):
        key = sums.key_text(entity, row_id)
        if key > asked.after and sums.range_of(key) in ranges and (seq > asked.seq or not deleted):
            found[key] = None if seq > asked.seq else (entity, row_id)
    return found


def _lines(connection: Connection, scope: str, keys: list[tuple[str, str]]) -> tuple[list[Line], str | None]:
    """The rows in the order of their keys, and the last row's key when the page was full before the end."""
    lines: list[Line] = []
    size = 0
    for begin in range(0, len(keys), _ASKED_AT_ONCE):
        some = keys[begin : begin + _ASKED_AT_ONCE]
        found = _some_lines(connection, scope, some)
        for key in some:
            lines.append(found[key])
            size += len(bytes(found[key].row or b""))
            if size >= PULL_PAGE_BYTES and key != keys[-1]:
                return lines, sums.key_text(*key)
    return lines, None


def _some_lines(connection: Connection, scope: str, keys: list[tuple[str, str]]) -> dict[tuple[str, str], Line]:
    columns = [feed_row.c[name] for name in ("seq", "entity", "row_id", "version", "payload")]
    some = tuple_(feed_row.c.entity, feed_row.c.row_id).in_(keys)
    return {
        (entity, row_id): Line(seq=seq, entity=entity, id=row_id, version=version, row=msgspec.Raw(payload.encode()))
        for seq, entity, row_id, version, payload in connection.execute(
            select(*columns).where(feed_row.c.scope == scope, some)
        )
    }
