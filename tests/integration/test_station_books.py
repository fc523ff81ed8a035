"""The station's own books: right after any work, and every planted damage is found and named."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from app.offline_db import books
from app.offline_db.blob_queue import QueuedBlob
from app.offline_db.blobs import BlobStore
from app.offline_db.engine import writing
from app.offline_db.schema import ROW_TABLES, blob_queue, cursor, operation, shadow, stock_total, touched
from app.offline_db.store import Store
from app.offline_db.sync_store import SyncStore
from app.security.device_key import DeviceKey, verify
from core.contract.messages import Answer, Outcome
from core.findings import Findings
from core.rows.orders import Note, WorkOrder
from tests.integration import station_kit as kit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with kit.filled_store(tmp_path) as store:
        yield store


@pytest.fixture
def blobs(store: Store, tmp_path: Path) -> BlobStore:
    """Three operations of which the first is answered, and a photo on its way."""
    blobs = BlobStore(tmp_path / "blobs", kit.KEY)
    ref = blobs.put(b"photo" * 30_000)
    photo = {"kind": "photo", "sha256": ref.sha256, "bytes": ref.size, "media_type": "image/jpeg"}
    accepted = store.record("accept_order", {"order_id": kit.ORDER}, kit.WANG).operation
    store.record("add_note", {"order_id": kit.ORDER, "text": "x"}, kit.WANG)
    queued = [QueuedBlob(*ref, "photo", kit.ORDER)]
    store.record("add_attachment", {"order_id": kit.ORDER} | photo, kit.WANG, blobs=queued)
    SyncStore(store).answered([Answer(id=accepted.id, n=accepted.n, outcome=Outcome.APPLIED, seq={kit.SCOPE: 999})])
    return blobs


def proved(store: Store, blobs: BlobStore) -> Findings:
    key = DeviceKey(kit.KEY).public_bytes
    with store.reading() as rows:
        return books.prove(rows.connection, functools.partial(verify, key), blobs)


def test_books_are_right_after_work(store: Store, blobs: BlobStore) -> None:
    found = proved(store, blobs)
    assert found.problems == []
    assert (found.counts["operations"], found.counts["blobs"]) == (3, 1)
    assert found.counts["rows"] > 5


def change(statement: object) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(statement)  # type: ignore[call-overload]


def of(n: int) -> object:
    return operation.c.n == n


def move_another_answer_here(connection: Connection) -> None:
    answer = connection.execute(select(operation.c.answer).where(of(1))).scalar_one()
    connection.execute(update(operation).where(of(1)).values(answer=answer | {"id": kit.named("another")}))


def lose_one_in_the_middle(connection: Connection) -> None:
    connection.execute(delete(operation).where(of(3)))


_ORDERS, _NOTES = ROW_TABLES[WorkOrder], ROW_TABLES[Note]
_NOBODYS = {"entity": "work_order", "row_id": kit.named("nobody's"), "version": 3, "payload": None}
DAMAGE: dict[str, tuple[str, Callable[[Connection], object]]] = {
    "a body changed": ("operations", change(update(operation).where(of(2)).values(body=operation.c.body + " "))),
    "a hash changed": ("operations", change(update(operation).where(of(2)).values(hash="0" * 64))),
    "a signature changed": ("operations", change(update(operation).where(of(3)).values(signature="AAAA"))),
    "another number": ("operations", change(update(operation).where(of(2)).values(n=7))),
    "the last one lost": ("operations", lose_one_in_the_middle),
    "another's answer": ("operations", move_another_answer_here),
    "done without an answer": ("operations", change(update(operation).where(of(2)).values(settled=True))),
    "an answer lost": ("operations", change(update(operation).where(of(1)).values(answer=None))),
    "HQ's image lost": ("effects", change(delete(shadow).where(shadow.c.entity == "work_order"))),
    "HQ's image broken": ("effects", change(update(shadow).where(shadow.c.payload.is_not(None)).values(payload=b"{"))),
    "an image of nothing": ("effects", change(insert(shadow).values(_NOBODYS))),
    "an effect of nobody": (
        "effects",
        change(insert(touched).values(operation_id=kit.named("gone"), entity="work_order", row_id=kit.ORDER)),
    ),
    "a row unreadable": ("rows", change(update(_ORDERS).values(state="nowhere"))),
    "a row from nowhere": ("rows", change(update(_NOTES).values(id=kit.named("nowhere")))),
    "a cursor of another feed": ("cursors", change(update(cursor).values(incarnation="another"))),
    "stock that no line tells of": (
        "totals",
        change(insert(stock_total).values(location="station:x", part_id="P1", condition="new", quantity=3)),
    ),
    "a photo's size": ("blobs", change(update(blob_queue).values(bytes=7))),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found(store: Store, blobs: BlobStore, name: str) -> None:
    check, plant = DAMAGE[name]
    with writing(store.engine) as connection:
        plant(connection)
    found = proved(store, blobs)
    assert check in {problem.check for problem in found.problems}, found.problems


@pytest.mark.parametrize("how", ["gone", "changed"])
def test_a_photo_that_waits_is_read_to_its_end(store: Store, blobs: BlobStore, tmp_path: Path, how: str) -> None:
    (name,) = blobs.all()
    path = next((tmp_path / "blobs").glob(f"*/{name}"))
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    (problem,) = proved(store, blobs).problems
    assert (problem.check, problem.where) == ("blobs", name)
