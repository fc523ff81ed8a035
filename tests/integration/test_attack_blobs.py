"""Photos that are none of a device's business: naming, guessing and beginning them gains nothing and fills no disk."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from core.rows.orders import Quotation
from hq.feed import blobs as feed_blobs
from rowstore.rows import insert_rows
from tests.integration.device import TestDevice
from tests.integration.hq_world import Headquarters, headquarters
from tests.integration.templates import hq_store
from tests.unit import world

PHOTO = bytes(range(256)) * 40
NAME = hashlib.sha256(PHOTO).hexdigest()
PATH = f"/v1/blobs/{NAME}"
FOREIGN_ORDER = world.an_id("order of the other station")


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Headquarters]:
    store = hq_store(tmp_path / "hq.db")
    foreign = world.an_order(id=FOREIGN_ORDER, number="SZ-2", station_id=world.OTHER_STATION, technician_id=None)
    with headquarters(store, tmp_path / "data", foreign) as reached:
        yield reached
    store.close()


def attach(device: TestDevice, order: str, **fields: object) -> None:
    args = {"order_id": order, "kind": "photo", "sha256": NAME, "bytes": len(PHOTO), "media_type": "image/jpeg"}
    device.one(device.do("add_attachment", args, **fields))


def offset(device: TestDevice) -> tuple[str, str]:
    answer = device.client.head(PATH, headers=device.headers)
    return answer.headers["Upload-Offset"], answer.headers["Upload-Complete"]


def test_naming_a_foreign_photo_in_an_own_row_does_not_show_it(hq: Headquarters) -> None:
    owner, thief = hq.device(), hq.device(world.OTHER_STATION)
    owner.upload(PHOTO)
    attach(owner, world.ORDER)
    attach(thief, FOREIGN_ORDER, user=world.an_id("nobody"))
    with hq.store.writing() as connection:  # as if somebody of that station had named it
        (row,) = hq.rows(feed_blobs.Attachment)
        named = {"id": world.an_id("named"), "order_id": FOREIGN_ORDER, "station_id": world.OTHER_STATION}
        insert_rows(connection, hq.store.tables, [msgspec.structs.replace(row, **named)])
    assert thief.get(PATH).json()["code"] == "blob_unknown"
    assert hq.device().get(PATH).content == PHOTO
    assert hq.device(world.BRANCH).get(PATH).content == PHOTO


def test_who_really_has_the_same_photo_sends_it_again_and_sees_it(hq: Headquarters) -> None:
    owner, other = hq.device(), hq.device(world.OTHER_STATION)
    owner.upload(PHOTO)
    assert offset(owner) == (str(len(PHOTO)), "?1")
    assert offset(other) == ("0", "?0")
    assert other.upload(PHOTO[:5000], total=len(PHOTO), name=NAME).headers["Upload-Offset"] == "5000"
    assert offset(other) == ("5000", "?0")
    last = other.upload(PHOTO[5000:], offset=5000, total=len(PHOTO), name=NAME)
    assert (last.status_code, last.headers["Upload-Complete"]) == (204, "?1")
    assert other.get(PATH).content == PHOTO


@pytest.mark.parametrize(
    ("piece", "at"), [(PHOTO[-1:], len(PHOTO) - 1), (b"", 0), (b"", len(PHOTO)), (PHOTO[:-1] + b"!", 0)]
)
def test_an_end_or_nothing_of_a_photo_proves_nothing(hq: Headquarters, piece: bytes, at: int) -> None:
    owner, thief = hq.device(), hq.device(world.OTHER_STATION)
    owner.upload(PHOTO)
    assert thief.upload(piece, offset=at, total=len(PHOTO), name=NAME).json()["code"] == "blob_offset_wrong"
    assert thief.get(PATH).json()["code"] == "blob_unknown"


@pytest.mark.parametrize("begun", [b"", b"x"])
def test_beginning_a_photo_before_its_owner_does_not_show_it(hq: Headquarters, begun: bytes) -> None:
    thief, owner = hq.device(world.OTHER_STATION), hq.device()
    thief.upload(begun, total=len(PHOTO) + 1, name=NAME)
    assert owner.upload(PHOTO).headers["Upload-Complete"] == "?1"
    assert thief.get(PATH).json()["code"] == "blob_unknown"


def test_a_device_fills_no_disk_with_beginnings(hq: Headquarters) -> None:
    device = hq.device()
    most = feed_blobs.MOST_UNFINISHED
    for number in range(most + 10):
        begun = device.upload(b"x" * 100, total=1_000, name=hashlib.sha256(str(number).encode()).hexdigest())
        assert begun.status_code == 204
    kept = [file for file in (hq.data_dir / "blobs").rglob("*") if file.is_file()]
    assert len(kept) == most
    assert device.upload(PHOTO).headers["Upload-Complete"] == "?1"


@pytest.mark.parametrize("name", ["..%2f..%2fhq.db", "../../hq.db", "A" * 64, "0" * 63, "0" * 65, "%00" * 64, "x" * 64])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH"])
def test_a_name_that_is_no_hash_reaches_no_file(hq: Headquarters, name: str, method: str) -> None:
    device = hq.device()
    headers = device.headers | {"Upload-Offset": "0", "Upload-Length": "1"}
    answer = device.client.request(method, f"/v1/blobs/{name}", headers=headers)
    assert answer.status_code in (400, 404)


@pytest.mark.parametrize("changes", [{"Upload-Offset": "-1"}, {"Upload-Length": "x"}, {"Upload-Offset": "9" * 30}])
def test_an_offset_that_is_none_is_refused(hq: Headquarters, changes: dict[str, str]) -> None:
    device = hq.device()
    headers = device.headers | {"Upload-Offset": "0", "Upload-Length": "10"} | changes
    assert device.client.patch(PATH, content=b"x", headers=headers).status_code == 400


def test_a_page_is_never_shown_as_one(hq: Headquarters) -> None:
    device = hq.device()
    headers = {"Upload-Offset": "0", "Upload-Length": str(len(PHOTO)), "Upload-Type": "text/html"}
    device.client.patch(PATH, content=PHOTO, headers=device.headers | headers)
    answer = device.get(PATH)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == "attachment"


def test_naming_the_branch_s_photo_in_an_own_row_does_not_show_it(hq: Headquarters) -> None:
    branch, thief = hq.device(world.BRANCH), hq.device()
    branch.upload(PHOTO)
    attach(thief, world.ORDER)
    (named,) = hq.rows(feed_blobs.Attachment)
    assert (named.sha256, named.added_by) == (NAME, world.TECHNICIAN)
    assert thief.get(PATH).json()["code"] == "blob_unknown"
    with hq.store.writing() as connection:  # the branch shows it to the station
        of_branch = {"id": world.an_id("of the branch"), "added_by": world.MANAGER}
        insert_rows(connection, hq.store.tables, [msgspec.structs.replace(named, **of_branch)])
    assert thief.get(PATH).content == PHOTO


def test_nor_does_a_signature_that_the_station_says_it_has(hq: Headquarters) -> None:
    branch, thief = hq.device(world.BRANCH), hq.device()
    branch.upload(PHOTO)
    with hq.store.writing() as connection:
        signed = Quotation(
            id=world.an_id("quotation"), branch_id=world.BRANCH, station_id=world.STATION, order_id=world.ORDER,
            lines=(), total_fen=0, price_list="x", signed_by="王", signature_sha256=NAME, signed_at=world.NOW,
        )  # fmt: skip
        insert_rows(connection, hq.store.tables, [signed])
    assert thief.get(PATH).json()["code"] == "blob_unknown"
    thief.upload(PHOTO)
    assert hq.device().get(PATH).content == PHOTO
