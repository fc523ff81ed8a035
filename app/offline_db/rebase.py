"""Local effects on HQ's rows: taken off, HQ's newer images put under them, and the remaining operations replayed."""

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import Connection

from app.offline_db import images, outbox
from app.offline_db.images import Image
from app.offline_db.outbox import Key, Stored
from app.offline_db.schema import ROW_TABLES
from core.merge import merge_all
from core.operations import action_named
from core.operations.kernel import decode_args, decode_operation, perform
from core.operations.operation import Operation
from core.owners import side_of
from core.refusals import Refusal
from core.rows import BY_NAME
from core.rows.people import Credential
from rowstore.rows import Registry, SqlRows


class Rebase:
    """One rebase inside the caller's transaction; ``changed`` tells the rows that may look different afterwards."""

    def __init__(self, connection: Connection, registry: Registry | None = None) -> None:
        """Work through ``connection``; replays look units up in ``registry``."""
        self._connection = connection
        self._registry = registry
        self.changed: set[Key] = set()

    def apply(self, page: Mapping[Key, Image], *, settled: Collection[str] = (), force: bool = False) -> None:
        """Write HQ's images; local effects on such rows are replayed on the new image.

        The operations in ``settled`` leave the replay: HQ's rows tell what became of them. ``force`` takes an image
        whatever its version (HQ was restored).
        """
        below = images.shadowed(self._connection, page)
        free = [image for key, image in page.items() if key not in below] if below else page.values()
        images.write(self._connection, free, force=force)
        self.changed.update(page)
        if below or settled:
            self._replay_on({key: page[key] for key in below}, set(settled), set(), force=force)

    def replay_again(self, ids: Collection[str]) -> None:
        """Put operations that HQ has lost back into the replay."""
        if ids:
            self._replay_on({}, set(), set(ids), force=False)

    def _replay_on(self, page: Mapping[Key, Image], settled: set[str], again: set[str], *, force: bool) -> None:
        touches = outbox.keys_of(self._connection)
        affected = _closure(outbox.unsettled(self._connection), touches, set(page), settled | again)
        keys = set(page).union(*(touches.get(found.id, set()) for found in affected))
        self._take_off(keys, page, force=force)
        outbox.settle(self._connection, settled)
        for found in affected:
            if found.id not in settled:
                self._replay(found)
        self._drop_shadows(keys)
        self.changed |= keys

    def _take_off(self, keys: set[Key], page: Mapping[Key, Image], *, force: bool) -> None:
        """Make the rows HQ's own again, with the newer images of ``page``; these are their shadows from now on."""
        below = images.shadows_of(self._connection, keys)
        newer = {key: image for key, image in page.items() if key in below and (force or _is_newer(image, below[key]))}
        images.put_shadows(self._connection, newer.values())
        images.write(self._connection, (below | newer).values(), force=True)

    def _replay(self, found: Stored) -> None:
        """Replay one operation; when it is refused its effect stays off and HQ's answer decides."""
        try:
            with self._connection.begin_nested():
                rows = replayed(self._connection, self._registry, found.body)
        except Refusal as refusal:
            outbox.mark_doubtful(self._connection, found.id, refusal.code)
            self._stay_at(found)
            return
        outbox.mark_doubtful(self._connection, found.id, None)
        note_effect(self._connection, found.id, rows)
        self.changed |= {images.key_of(after) for _, after in rows.changes}

    def _stay_at(self, found: Stored) -> None:
        """Bind a refused operation to its rows all the same: it is tried again when one of them gets a newer image."""
        touches = msgspec.json.decode(found.body, type=Operation).touches  # it may be one that the rules refuse to read
        keys = [(touch.entity, touch.id) for touch in touches if touch.entity in BY_NAME]
        images.cast_shadows(self._connection, {key: images.local_row(self._connection, key) for key in keys})
        outbox.touch(self._connection, found.id, keys)

    def _drop_shadows(self, keys: set[Key]) -> None:
        """Rows on which no operation's effect lies any more are HQ's alone."""
        still: set[Key] = set().union(*outbox.keys_of(self._connection).values())
        images.drop_shadows(self._connection, keys - still)


def replayed(connection: Connection, registry: Registry | None, body: str) -> SqlRows:
    """Perform the operation on the local rows; raises the Refusal of a move that is not possible any more."""
    operation = decode_operation(body)
    action = action_named(operation.action)
    rows = SqlRows(connection, ROW_TABLES, registry)
    perform(action, decode_args(action, operation.args), operation, rows)
    _merge(rows, operation)
    return rows


def _merge(rows: SqlRows, operation: Operation) -> None:
    """Show what HQ will make of it: what others wrote since the person looked is not overwritten."""
    side = side_of(operation.place, operation.branch_id)
    for change, merged in merge_all(rows.changes, operation.base, side):
        if merged.row != change.after and not isinstance(merged.row, Credential):
            rows.put(merged.row)


def note_effect(connection: Connection, operation_id: str, rows: SqlRows) -> None:
    """Keep HQ's image of every row the operation changed, and that its effect lies on them."""
    before = {images.key_of(change.after): change.before for change in rows.changes}
    images.cast_shadows(connection, before)
    outbox.touch(connection, operation_id, before)


def _is_newer(image: Image, than: Image) -> bool:
    """A tombstone counts only above the version: at the same one the row has moved to another scope of the device."""
    return image.version > than.version or (image.version == than.version and image.row is not None)


def _closure(operations: list[Stored], touches: Mapping[str, set[Key]], keys: set[Key], ids: set[str]) -> list[Stored]:
    """The operations to be taken off: those in ``ids`` or on ``keys``, and all that share a row or order with them."""
    reached, orders, joined = set(keys), set[str](), set[str]()
    grown = True
    while grown:
        grown = False
        for found in operations:
            mine = touches.get(found.id, set())
            hit = found.id in ids or found.order_id in orders or not mine.isdisjoint(reached)
            if hit and found.id not in joined:
                grown = True
                joined.add(found.id)
                reached |= mine
                orders |= {found.order_id} if found.order_id else set()
    return [found for found in operations if found.id in joined]
