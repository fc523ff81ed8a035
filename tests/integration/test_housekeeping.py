"""HQ's housekeeping: old tombstones go, and no device loses or doubles a row by it."""

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select, update

from core.refusals import Refusal
from core.rows.orders import Note, WorkOrder
from core.work_order import State
from hq.cli.main import main
from hq.feed import housekeeping
from hq.feed.blobs import Blobs
from hq.feed.housekeeping import tidy, tidy_daily
from hq.store import Store
from hq.store.schema import blob, enrol_code, feed_row, scope_counter, scope_mark
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, Reply, Request, now, with_sample

ORDERS = [kit.named(f"order {n}") for n in range(30)]
ELSEWHERE = kit.named("elsewhere")
LATER = timedelta(days=91)


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    with with_sample(tmp_path / "hq") as hq:
        hq.add([kit.order(one) for one in ORDERS])
        yield hq


@pytest.fixture
def device(hq: Hq, tmp_path: Path) -> Iterator[Device]:
    device = Device(tmp_path / "device", hq)
    device.syncer.sync_once()
    yield device
    device.close()


def blobs_of(hq: Hq) -> Blobs:
    return Blobs(hq.store, hq.folder / "blobs")


def tombstones(store: Store) -> int:
    with store.reading() as connection:
        return connection.execute(select(func.count()).where(feed_row.c.deleted)).scalar_one()


def take_away(hq: Hq, *ids: str) -> None:
    for one in ids:
        order = hq.get(WorkOrder, one)
        assert isinstance(order, WorkOrder)
        hq.put(msgspec.structs.replace(order, station_id=ELSEWHERE))


def held(device: Device) -> list[str]:
    with device.store.reading() as rows:
        return sorted(order.id for order in rows.find(WorkOrder))


def test_tombstones_go_after_ninety_days_and_not_before(hq: Hq, device: Device) -> None:
    take_away(hq, *ORDERS[:3])
    assert tidy(hq.store, blobs_of(hq), now()).marked >= 2
    take_away(hq, ORDERS[3])
    assert tidy(hq.store, blobs_of(hq), now() + timedelta(days=89)).tombstones == 0
    before = tombstones(hq.store)
    assert tidy(hq.store, blobs_of(hq), now() + LATER).tombstones == 3
    assert tombstones(hq.store) == before - 3 == 1
    assert tidy(hq.store, blobs_of(hq), now() + LATER).tombstones == 0, "again is safe"


def test_a_device_that_was_away_reads_anew_and_nothing_vanishes_or_doubles(hq: Hq, device: Device) -> None:
    device.store.record("accept_order", {"order_id": ORDERS[5]}, kit.WANG)
    device.store.record("add_note", {"order_id": ORDERS[0], "text": "made while away"}, kit.WANG)
    take_away(hq, *ORDERS[:3])
    tidy(hq.store, blobs_of(hq), now())
    hq.add([kit.order(kit.named("new"))])
    tidy(hq.store, blobs_of(hq), now() + LATER)
    device.wire.sent.clear()
    assert device.syncer.sync_once().pending == 0
    statuses = [request.path for request in device.wire.sent if request.path.startswith("/v1/pull?scope=place")]
    assert any("after=0" in path for path in statuses), "read anew"
    assert held(device) == sorted([*ORDERS[3:], kit.ORDER, kit.named("new")])
    accepted = device.row(WorkOrder, ORDERS[5])
    assert isinstance(accepted, WorkOrder)
    assert accepted.state is State.ACCEPTED
    assert accepted == hq.get(WorkOrder, ORDERS[5])
    with device.store.reading() as rows:
        assert rows.find(Note) == []  # of an order that left: HQ has it, this place does not see it any more
    with hq.store.reading() as connection:
        from hq.store.schema import inbox

        assert connection.execute(select(func.count()).select_from(inbox)).scalar_one() == 2


def test_a_first_reading_in_many_pages_goes_on_below_the_horizon_after_a_cut(
    hq: Hq, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.sync import pull

    name = next(one for one in ("PULL_ROWS", "DEFAULT_PULL_ROWS") if hasattr(pull, one))
    monkeypatch.setattr(pull, name, 7)
    take_away(hq, *ORDERS[:3])
    for one in ORDERS[3:10]:
        hq.put(kit.order(one, version=1, customer_phone="139"))
    tidy(hq.store, blobs_of(hq), now())
    assert tidy(hq.store, blobs_of(hq), now() + LATER).tombstones == 3
    late = Device(tmp_path / "late", hq, seed=2)
    asked: list[str] = []

    def cut(request: Request) -> Reply | None:
        if request.path.startswith("/v1/pull?scope=place"):
            asked.append(request.path)
            if len(asked) == 3:
                raise Refusal("hq_unreachable")
        return None

    late.wire.before = cut
    with pytest.raises(Refusal):
        late.syncer.sync_once()
    late.syncer.sync_once()
    assert sum("after=0" in path for path in asked) == 1, "it goes on where it was cut"
    assert held(late) == sorted([*ORDERS[3:], kit.ORDER])
    late.close()


def test_a_device_that_began_before_the_tombstones_went_begins_anew(
    hq: Hq, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.sync import pull

    name = next(one for one in ("PULL_ROWS", "DEFAULT_PULL_ROWS") if hasattr(pull, one))
    monkeypatch.setattr(pull, name, 7)
    late = Device(tmp_path / "late", hq, seed=2)
    asked: list[str] = []

    def cut(request: Request) -> Reply | None:
        if request.path.startswith("/v1/pull?scope=place"):
            asked.append(request.path)
            if len(asked) == 3:
                raise Refusal("hq_unreachable")
        return None

    late.wire.before = cut
    with pytest.raises(Refusal):
        late.syncer.sync_once()
    seen = held(late)
    assert seen
    take_away(hq, *[one for one in ORDERS if one in seen][:2])
    tidy(hq.store, blobs_of(hq), now())
    tidy(hq.store, blobs_of(hq), now() + LATER)
    late.syncer.sync_once()
    assert sum("after=0" in path for path in asked) == 2
    gone = [one for one in ORDERS if one in seen][:2]
    assert held(late) == sorted({*ORDERS, kit.ORDER} - set(gone))
    late.close()


def test_of_several_workers_one_tidies_up_and_once_a_day(hq_store: Store, tmp_path: Path) -> None:
    from hq.feed import load, work

    with work(hq_store) as doing:
        load(doing, kit.reference())
    others = [Store(hq_store.engine) for _ in range(3)]
    blobs, today = Blobs(hq_store, tmp_path / "blobs"), now()
    done: list[bool] = []
    threads = [
        threading.Thread(target=lambda one=one: done.append(tidy_daily(one, blobs, today).done))
        for one in (hq_store, *(others if not hq_store.is_sqlite else others[:0]))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done.count(True) == 1
    assert not tidy_daily(hq_store, blobs, today).done
    assert tidy_daily(hq_store, blobs, today + timedelta(days=1)).done
    with hq_store.reading() as connection:
        days = connection.execute(select(scope_mark.c.day).where(scope_mark.c.scope == "reference")).scalars().all()
    assert sorted(days) == [today.date(), (today + timedelta(days=1)).date()]


def test_marks_of_a_quiet_scope_do_not_pile_up(hq: Hq) -> None:
    for day in range(0, 200, 10):
        tidy(hq.store, blobs_of(hq), now() + timedelta(days=day))
    with hq.store.reading() as connection:
        counted = connection.execute(
            select(func.count()).select_from(scope_mark).where(scope_mark.c.scope == kit.SCOPE)
        ).scalar_one()
        registry = connection.execute(
            select(scope_counter.c.horizon).where(scope_counter.c.scope == "registry")
        ).first()
    assert counted <= 10
    assert registry is None or registry.horizon == 0


def test_unfinished_uploads_and_old_codes_go(hq: Hq, device: Device) -> None:
    blobs, device_id = blobs_of(hq), device.sync_store.identity().id
    old, whole = b"x" * 20, b"whole"
    import hashlib

    name, done = hashlib.sha256(old).hexdigest(), hashlib.sha256(whole).hexdigest()
    given = {"media_type": "image/jpeg", "device_id": device_id, "now": now()}
    blobs.append(name, old[:5], offset=0, total=20, **given)
    blobs.append(done, whole, offset=0, total=5, **given)
    hq.code()
    found = tidy(hq.store, blobs, now() + LATER)
    assert (found.uploads, found.enrol_codes) == (1, 2)
    assert not (hq.folder / "blobs" / name[:2] / name).exists()
    with hq.store.reading() as connection:
        assert connection.execute(select(blob.c.sha256)).scalars().all() == [done]
        assert connection.execute(select(func.count()).select_from(enrol_code)).scalar_one() == 0
    assert blobs.append(name, old, offset=0, total=20, **given).complete


def test_the_command_and_a_cut_run(hq: Hq, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    take_away(hq, ORDERS[0])
    long_ago = (now() - LATER).date()
    with hq.store.writing() as connection:
        seq = connection.execute(select(scope_counter.c.seq).where(scope_counter.c.scope == kit.SCOPE)).scalar_one()
        connection.execute(scope_mark.insert().values(scope=kit.SCOPE, day=long_ago, seq=seq))
    assert main(["--data", str(hq.folder), "housekeeping"]) == 0
    assert "1 old tombstones" in capsys.readouterr().out
    assert isinstance(long_ago, date)
    monkeypatch.setattr(housekeeping, "tidy", lambda *given: (_ for _ in ()).throw(ZeroDivisionError))
    with pytest.raises(ZeroDivisionError):
        tidy_daily(hq.store, blobs_of(hq), now())
    assert not tidy_daily(hq.store, blobs_of(hq), now()).done, "tomorrow’s run makes up for it"


def test_an_hq_restored_to_long_ago_goes_on_with_what_the_device_still_has(hq: Hq, device: Device) -> None:
    """HQ lost operations which the device dropped 90 days after their answers: the rest goes on in a new epoch."""
    from app.offline_db.engine import writing
    from app.offline_db.schema import operation
    from hq.identity import new_incarnation
    from hq.store.schema import device as devices
    from hq.store.schema import inbox

    for n in range(6):
        device.act("add_note", text=f"note {n}")
    device.syncer.sync_once()
    with writing(device.store.engine) as connection:
        connection.execute(update(operation).where(operation.c.n <= 4).values(answered_at=now() - LATER))
    device.sync_store.finished(now() + timedelta(minutes=5))
    assert [one["n"] for one in kit.stored(device.store)] == [5, 6]
    with hq.store.writing() as connection:  # as a backup from before the third note
        second = connection.execute(select(inbox.c.hash).where(inbox.c.n == 2)).scalar_one()
        connection.execute(inbox.delete().where(inbox.c.n > 2))
        connection.execute(update(devices).values(last_n=2, last_hash=second))
    new_incarnation(hq.store, now())
    device.act("add_note", text="after")
    report = device.syncer.sync_once()
    assert report.pending == 0
    state = device.sync_store.identity()
    assert (state.epoch, state.last_n) == (2, 5)
    with hq.store.reading() as connection:
        assert connection.execute(select(inbox.c.n).order_by(inbox.c.n)).scalars().all() == [1, 2, 3, 4, 5]
    device.act("add_note", text="and on")
    assert device.syncer.sync_once().pending == 0


def test_a_device_of_which_nothing_is_kept_goes_on_too(hq: Hq, device: Device) -> None:
    from app.offline_db.engine import writing
    from app.offline_db.schema import operation
    from hq.store.schema import device as devices
    from hq.store.schema import inbox

    device.act("add_note", text="old")
    device.syncer.sync_once()
    with writing(device.store.engine) as connection:
        connection.execute(operation.delete())
    with hq.store.writing() as connection:
        connection.execute(inbox.delete())
        connection.execute(update(devices).values(last_n=0, last_hash="0" * 64))
    device.act("add_note", text="new")
    assert device.syncer.sync_once().pending == 0
    assert device.sync_store.identity().epoch == 2
