"""State down: every change once, in commit order, in each scope that sees it, and nothing after it left."""

import threading

import msgspec
import pytest
from sqlalchemy.exc import OperationalError

from core.contract.messages import place_scope
from core.ids import new_id
from core.rows.orders import Note, WorkOrder
from core.rows.people import Place
from core.warranty import RegisteredUnit
from hq.feed import load_registry, prune, work
from hq.identity import new_incarnation
from rowstore.registry_format import Change
from tests.integration.device import NOW, seed
from tests.unit import world

STATION, BRANCH = place_scope(world.STATION), place_scope(world.BRANCH)


def a_note(text: str, station_id: str = world.STATION) -> Note:
    return Note(
        id=new_id(),
        branch_id=world.BRANCH,
        station_id=station_id,
        order_id=world.ORDER,
        text=text,
        made_by=world.LEAD,
        made_at=NOW,
    )


def put(store, *rows, branch=world.BRANCH):
    with work(store) as doing:
        for row in rows:
            doing.rows(branch).put(row)
    return doing.seqs


def test_a_page_ends_with_the_next_cursor_and_pages_join(hq):
    device = hq.device()
    all_at_once = device.everything()
    assert device.everything(limit=2) == all_at_once
    assert {entity for entity, _ in all_at_once} >= {"work_order", "person", "order_unit", "stock_move"}
    lines, end = device.pull(limit=1)
    assert (len(lines), end.more, end.cursor) == (1, True, lines[0].seq)


def test_nothing_new_is_answered_without_a_body(hq):
    device = hq.device()
    _, end = device.pull(limit=1000)
    assert device.get("/v1/pull", scope=STATION, after=end.cursor).status_code == 204


def test_a_row_changed_often_comes_once_in_its_newest_version(hq):
    device = hq.device()
    _, end = device.pull(limit=1000)
    for number in range(3):
        order = hq.rows(WorkOrder, id=world.ORDER)[0]
        put(hq.store, msgspec.structs.replace(order, reminders=number + 1))
    (line,), _ = device.pull(after=end.cursor)
    assert (line.version, msgspec.json.decode(line.row)["reminders"]) == (4, 3)


def test_a_row_that_leaves_a_scope_leaves_a_tombstone_with_its_version(hq):
    first, second = hq.device(), hq.device(world.OTHER_STATION)
    order = hq.rows(WorkOrder, id=world.ORDER)[0]
    put(hq.store, msgspec.structs.replace(order, station_id=world.OTHER_STATION))
    gone, arrived = (device.everything()["work_order", world.ORDER] for device in (first, second))
    assert (gone.row, gone.version) == (None, 2)
    assert (arrived.row is not None, arrived.version) == (True, 2)
    put(hq.store, hq.rows(WorkOrder, id=world.ORDER)[0], msgspec.structs.replace(order, version=2))
    back = first.everything()["work_order", world.ORDER]
    assert (back.row is not None, back.version) == (True, 3)


def test_writing_what_is_there_already_moves_nothing(hq):
    assert put(hq.store, hq.rows(WorkOrder, id=world.ORDER)[0]) == {}


def test_what_fails_moves_nothing(hq):
    device = hq.device()
    before = device.everything()

    def fail() -> None:
        with work(hq.store) as doing:
            doing.rows(world.BRANCH).put(a_note("never"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert device.everything() == before


def test_a_trial_that_fails_takes_back_only_itself(hq):

    def fail(doing) -> None:
        with doing.trial(world.BRANCH) as rows:
            rows.put(a_note("goes"))
            raise ZeroDivisionError

    with work(hq.store) as doing:
        doing.rows(world.BRANCH).put(a_note("stays"))
        with pytest.raises(ZeroDivisionError):
            fail(doing)
    assert [note.text for note in hq.rows(Note)] == ["stays"]


def test_other_places_scopes_are_refused(hq):
    device = hq.device()
    for scope in (BRANCH, place_scope(world.OTHER_STATION), "place/", "everything"):
        assert device.get("/v1/pull", scope=scope).json()["code"] == "scope_not_yours"


def test_the_branch_sees_what_its_stations_do(hq):
    put(hq.store, a_note("of the station"), a_note("of the other", world.OTHER_STATION))
    seen = hq.device(world.BRANCH).everything()
    assert sum(entity == "note" for entity, _ in seen) == 2
    assert sum(entity == "note" for entity, _ in hq.device().everything()) == 1


def test_a_cursor_of_another_incarnation_begins_anew(hq):
    device = hq.device()
    incarnation = device.hello().incarnation
    assert device.get("/v1/pull", scope=STATION, incarnation=incarnation).status_code == 200
    new_incarnation(hq.store, NOW)
    gone = device.get("/v1/pull", scope=STATION, after=1, incarnation=incarnation)
    assert (gone.status_code, gone.json()["code"]) == (410, "feed_changed")
    assert device.hello().incarnation != incarnation


def test_a_cursor_ahead_of_hq_or_older_than_its_tombstones_begins_anew(hq):
    device = hq.device()
    assert device.get("/v1/pull", scope=STATION, after=10**6).status_code == 410
    order = hq.rows(WorkOrder, id=world.ORDER)[0]
    seq = put(hq.store, msgspec.structs.replace(order, station_id=world.OTHER_STATION))[STATION]
    with hq.store.writing() as connection:
        assert prune(connection, STATION, seq + 1) == 0
        assert prune(connection, STATION, seq) == 1
    assert device.get("/v1/pull", scope=STATION, after=seq - 1).status_code == 410
    assert device.get("/v1/pull", scope=STATION, after=seq).status_code == 204
    assert ("work_order", world.ORDER) not in device.everything()


def test_readers_never_skip_a_row_while_writers_commit(hq):
    """Two writers and a reader at once: whatever order commits take, a cursor never passes an unseen row."""
    device = hq.device()
    _, end = device.pull(limit=1000)
    done = threading.Event()
    seen: list[str] = []

    def write(station: str) -> None:
        for number in range(15):
            put(hq.store, a_note(str(number), station), branch=world.BRANCH)

    def read() -> None:
        cursor, last_round = end.cursor, False
        branch = hq.device(world.BRANCH)
        while True:
            lines, page = branch.pull(BRANCH, cursor, limit=3)
            seen.extend(line.id for line in lines if line.entity == "note")
            cursor = page.cursor if page else cursor
            if not lines and last_round:
                return
            last_round = done.is_set()

    writers = [threading.Thread(target=write, args=(place,)) for place in (world.STATION, world.OTHER_STATION)]
    reader = threading.Thread(target=read)
    for thread in (*writers, reader):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert sorted(seen) == sorted(note.id for note in hq.rows(Note))


@pytest.mark.postgres
@pytest.mark.parametrize("hq_database", ["postgresql"], indirect=True)
def test_no_number_of_a_scope_is_given_while_an_earlier_one_is_uncommitted(hq_store):
    """The counter's row lock, between branches that share a scope: a bare sequence would commit out of order."""
    seed(hq_store)

    def rename(place_id: str, branch: str, doing) -> None:
        doing.connection.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
        rows = doing.rows(branch)
        rows.put(msgspec.structs.replace(rows.get(Place, place_id), name=f"new {branch}"))

    def second_writer() -> dict[str, int]:
        with work(hq_store) as doing:
            rename(world.OTHER_STATION, world.OTHER_BRANCH, doing)
        return doing.seqs

    with work(hq_store) as first:
        rename(world.STATION, world.BRANCH, first)
        first.stamp()
        with pytest.raises(OperationalError, match="LockNotAvailable 55P03"):
            second_writer()
    assert second_writer()["reference"] == first.seqs["reference"] + 1


def test_a_changed_reference_row_reaches_every_place(hq):
    devices = [hq.device(), hq.device(world.WAREHOUSE)]
    with work(hq.store) as doing:
        rows = doing.reference()
        rows.put(msgspec.structs.replace(rows.get(Place, world.STATION), name="改名的网点"))
    for device in devices:
        line = device.everything("reference")["place", world.STATION]
        assert (line.version, msgspec.json.decode(line.row)["name"]) == (2, "改名的网点")
    assert hq.rows(Place, id=world.STATION)[0].version == 2


def test_changed_units_of_the_registry_come_as_packed_changes(hq):
    device = hq.device()
    _, end = device.pull("registry")
    unit = RegisteredUnit(model="M", serial="S-2")
    with work(hq.store) as doing:
        load_registry(doing, [unit, world.registered()])
    lines, newer = device.pull("registry", end.cursor)
    assert [line.entity for line in lines] == ["registry_unit"] * 2
    changes = [msgspec.json.decode(line.row, type=Change) for line in lines]
    assert [entry.model for change in changes for entry in change.entries] == ["M", world.MODEL]
    assert "S-2" not in str(changes)
    with work(hq.store) as doing:
        load_registry(doing, [unit], deleted=True)
    (line,), _ = device.pull("registry", newer.cursor)
    assert msgspec.json.decode(line.row, type=Change).entries == ()


def test_hello_tells_where_every_scope_stands(hq):
    device = hq.device()
    reply = device.hello()
    stands = {state.scope: state.seq for state in reply.scopes}
    assert set(stands) == {STATION, "reference", "registry"}
    for scope, seq in stands.items():
        _, end = device.pull(scope, limit=1000)
        assert (end.cursor, end.more) == (seq, False)
    assert (reply.epoch, reply.received_n, reply.snapshots) == (1, 0, ("registry",))


def test_hello_of_a_restored_backup_grants_a_new_epoch_at_once(hq):
    device = hq.device()
    device.push(device.note("1"), device.note("2"))
    reply = device.hello(last_n=1)
    assert (reply.epoch, reply.received_n, reply.received_hash) == (2, 2, device.chain.last)
    assert device.hello(epoch=2).epoch == 2


def test_hello_of_an_epoch_that_a_restored_hq_forgot_grants_a_later_one(hq):
    assert hq.device().hello(epoch=5).epoch == 6


def test_hello_measures_the_device_s_clock(hq):
    from sqlalchemy import select

    from hq.store.schema import device as table

    device = hq.device()
    device.hello(clock=NOW, app_version="0.1")
    with hq.store.reading() as connection:
        found = connection.execute(select(table).where(table.c.id == device.id)).mappings().one()
    assert found["app_version"] == "0.1"
    assert abs(found["clock_offset"] - (NOW - found["last_seen"]).total_seconds()) <= 2
