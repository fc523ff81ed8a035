"""A station goes back to an older backup: what it had not sent comes along, once, and reaches HQ."""

import functools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.offline_db import books
from app.offline_db.backup import back_up, restore
from app.offline_db.carrying import carry_over, mark, marked
from app.security.device_key import verify
from core.rows.orders import Note
from hq.books import prove
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, now, with_sample
from tests.integration.test_sync_hq import hq_has, photo


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    with with_sample(tmp_path / "hq") as hq:
        yield hq


@pytest.fixture
def restored(hq: Hq, tmp_path: Path) -> Iterator[Device]:
    """Backed up with one note unsent; then one more was sent, and a third with a photo was not."""
    device = Device(tmp_path / "device", hq)
    device.syncer.sync_once()
    device.act("add_note", text="before")
    back_up(device.store.engine, device.profile, now())
    device.act("add_note", text="sent")
    device.syncer.sync_once()
    device.act("add_note", text="not sent")
    photo(device, b"not sent either" * 1000)
    device.close()
    restore(device.profile, kit.KEY, None, now())
    again = Device(device.profile.path, hq)
    yield again
    again.close()


def texts(device: Device) -> list[str]:
    with device.store.reading() as rows:
        return sorted(note.text for note in rows.find(Note))


def test_what_was_not_sent_is_there_at_once_and_reaches_hq_once(hq: Hq, restored: Device) -> None:
    assert texts(restored) == ["before"]
    assert carry_over(restored.profile, restored.store, kit.KEY) == 2
    assert (texts(restored), restored.store.pending()) == (["before", "not sent"], 3)
    assert carry_over(restored.profile, restored.store, kit.KEY) == 0, "nothing is marked any more"
    is_signed = functools.partial(verify, restored.key.public_bytes)
    with restored.store.reading() as rows:
        assert books.prove(rows.connection, is_signed, restored.blobs).problems == []
    assert restored.syncer.sync_once().pending == 0
    assert texts(restored) == ["before", "not sent", "sent"]
    assert restored.sync_store.counts().blobs == 0
    (sha,) = restored.blobs.all()
    assert hq_has(restored, sha)
    assert prove(hq.store).ok


def test_a_cut_repeats_it_harmlessly(restored: Device) -> None:
    (aside,) = marked(restored.profile)
    carry_over(restored.profile, restored.store, kit.KEY)
    mark(restored.profile, restored.profile.backups / aside)  # the mark was still there: the power went
    assert carry_over(restored.profile, restored.store, kit.KEY) == 0
    assert restored.store.pending() == 3


def test_a_replaced_database_that_can_not_be_read_keeps_nobody_from_work(restored: Device) -> None:
    (aside,) = marked(restored.profile)
    (restored.profile.backups / aside / restored.profile.database.name).write_bytes(b"\x00" * 8192)
    assert carry_over(restored.profile, restored.store, kit.KEY) == 0
    assert marked(restored.profile) == []
    assert texts(restored) == ["before"]


def test_two_restores_in_a_row_carry_the_work_of_both(hq: Hq, restored: Device) -> None:
    first = marked(restored.profile)
    restored.close()
    restore(restored.profile, kit.KEY, None, now() + timedelta(minutes=1))  # before anything was opened
    assert marked(restored.profile)[:1] == first
    assert len(marked(restored.profile)) == 2
    again = Device(restored.profile.path, hq)
    assert carry_over(again.profile, again.store, kit.KEY) == 2
    assert texts(again) == ["before", "not sent"]
    again.close()
