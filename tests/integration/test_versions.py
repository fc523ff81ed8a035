"""Stations and HQ of different versions: older and newer operations, rows that one of them does not know, updates."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from app.offline_db import outbox, page_lines, unread
from app.offline_db.images import Image
from app.offline_db.schema import operation, setting, shadow
from app.offline_db.schema import unread as unread_table
from core.contract.messages import Outcome
from core.operations import schemas
from core.operations.operation import GENESIS, SCHEMA, Operation, SignedOperation, body_hash, encode
from core.refusals import Refusal
from core.rows.orders import Note, OrderUnit, ScanEvent, WorkOrder
from core.rows.sync import ParkedOperation
from core.work_order import State
from hq.inbox import rejudge
from hq.store.schema import device as device_table
from hq.store.schema import feed_row, inbox
from tests.integration import station_kit as kit
from tests.integration.device import TestDevice
from tests.integration.hq_kit import Device, Hq, with_sample
from tests.unit import world

# operations


def as_json(made: Operation) -> dict[str, Any]:
    """The operation as the object that is sent."""
    found: dict[str, Any] = msgspec.json.decode(encode(made))
    return found


def of_schema(device: TestDevice, schema: int, text: str, **renamed: str) -> SignedOperation:
    """A note as schema ``schema`` wrote it: up to 2 the text was called ``remark``."""
    name = "remark" if schema <= 2 else "text"
    made = device.make("add_note", {"order_id": world.ORDER, name: text} | renamed)
    return device.signed(msgspec.json.encode(as_json(made) | {"schema": schema}).decode())


def remark_to_text(operation: dict[str, Any]) -> dict[str, Any]:
    """Schema 2 → 3: a note's remark is called its text."""
    args = dict(operation["args"])
    if operation["action"] == "add_note":
        args["text"] = args.pop("remark")
    return operation | {"args": args}


@pytest.fixture
def hq_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """HQ of another schema, with the converters it then has."""

    def at(newest: int) -> None:
        monkeypatch.setattr(schemas, "NEWEST", newest)
        monkeypatch.setattr(schemas, "CONVERTERS", {2: remark_to_text})

    return at


def kept(hq: Any) -> list[Any]:
    with hq.store.reading() as connection:
        return list(connection.execute(select(inbox).order_by(inbox.c.n)).mappings())


def test_a_device_three_schemas_behind_is_understood_and_its_words_stay_as_they_were(hq, hq_at) -> None:
    hq_at(5)
    device = hq.device()
    sent = [of_schema(device, schema, f"schema {schema}") for schema in (2, 3, 4, 5)]
    assert [answer.outcome for answer in device.push(*sent).answers] == [Outcome.APPLIED] * 4
    assert {note.text for note in hq.rows(Note)} == {f"schema {schema}" for schema in (2, 3, 4, 5)}
    for one, found in zip(sent, kept(hq), strict=True):
        assert bytes(found["body"]).decode() == one.body, "what was signed is what is kept"
        assert (found["hash"], found["signature"]) == (body_hash(one.body), one.signature)
    assert device.push(*sent).answers == device.push(*sent).answers


def test_what_is_too_old_or_newer_is_stored_and_parked_with_its_reason(hq, hq_at) -> None:
    hq_at(5)
    device = hq.device()
    answers = device.push(of_schema(device, 1, "old"), of_schema(device, 6, "new"), of_schema(device, 5, "ok")).answers
    assert [(answer.outcome, answer.code) for answer in answers] == [
        (Outcome.PARKED, "schema_too_old"),
        (Outcome.PARKED, "schema_newer"),
        (Outcome.APPLIED, None),
    ]
    assert answers[1].facts == {"schema": 6, "newest": 5}
    assert len(kept(hq)) == 3
    assert {parked.code for parked in hq.rows(ParkedOperation)} == {"schema_too_old", "schema_newer"}


def test_what_a_newer_device_did_is_judged_in_order_after_hq_was_updated(hq, hq_at) -> None:
    device = hq.device()
    start = device.make("start_work", {"order_id": world.ORDER})
    ends = device.make("finish_repair", {"order_id": world.ORDER})
    sent = []
    for made in (start, ends):  # the second follows on the first
        body = as_json(made) | {"n": device.chain.n + 1, "prev": device.chain.last, "schema": SCHEMA + 1}
        sent.append(device.signed(msgspec.json.encode(body | {"moon": "full"}).decode()))
    assert {answer.code for answer in device.push(*sent).answers} == {"schema_newer"}
    assert rejudge(hq.store) == 0, "not before the update"
    hq_at(SCHEMA + 1)
    schemas.CONVERTERS.clear()
    assert rejudge(hq.store) == 2
    assert [found["answer"]["code"] for found in kept(hq)] == ["operation_invalid"] * 2, "the moon is still unknown"


def test_newer_moves_are_made_in_their_order_once_hq_knows_them(hq, hq_at) -> None:
    device = hq.device()
    sent = []
    for action in ("start_work", "finish_repair", "start_work"):
        made = as_json(device.make(action, {"order_id": world.ORDER})) | {"schema": SCHEMA + 1}
        sent.append(device.signed(msgspec.json.encode(made).decode()))
    device.push(*sent)
    hq_at(SCHEMA + 1)
    assert rejudge(hq.store) == 3
    (order,) = (one for one in hq.rows(WorkOrder) if one.id == world.ORDER)
    assert order.state is State.REPAIRED
    outcomes = [(found["outcome"], found["answer"]["code"]) for found in kept(hq)]
    assert outcomes == [("applied", None), ("applied", None), ("parked", "move_not_allowed")]
    shown = {parked.id: parked for parked in hq.rows(ParkedOperation)}
    assert sorted(parked.state for parked in shown.values()) == ["open", "resolved", "resolved"]
    (waiting,) = (parked for parked in shown.values() if parked.state == "open")
    assert (waiting.code, waiting.person_id) == ("move_not_allowed", world.TECHNICIAN)
    assert rejudge(hq.store) == 0
    behind = device.one(device.do("wait_for_parts", {"order_id": world.ORDER}))
    assert behind.code == "waits_behind", "it holds back what comes after it on its order"


def test_a_body_that_is_not_of_its_schema_is_parked_and_no_defect(hq, hq_at) -> None:
    hq_at(5)
    device = hq.device()
    strange = as_json(device.make("add_note", {"order_id": world.ORDER, "text": "?"})) | {"schema": 2}
    answer = device.one(device.signed(msgspec.json.encode(strange).decode()))
    assert (answer.outcome, answer.code) == (Outcome.PARKED, "operation_invalid")


def test_a_device_that_is_too_old_still_sends_but_receives_nothing(hq, hq_at) -> None:
    device = hq.device()
    assert device.hello().least_schema == 1
    hq_at(5)
    reply = device.hello(schema=1)
    assert reply.least_schema == 2
    for path in ("/v1/pull", "/v1/snapshot/registry"):
        refused = device.get(path, scope=f"place/{world.STATION}")
        assert (refused.status_code, refused.json()["code"]) == (409, "update_needed")
    assert device.one(of_schema(device, 2, "still sent")).outcome is Outcome.APPLIED
    assert device.upload(b"a photo").status_code in (201, 204)
    device.hello(schema=5)
    assert device.pull()[0]
    with hq.store.reading() as connection:
        assert connection.execute(select(device_table.c.schema)).scalars().all() == [5]


# rows, at a real station


@pytest.fixture
def headquarters(tmp_path: Path) -> Iterator[Hq]:
    with with_sample(tmp_path / "hq") as hq:
        yield hq


@pytest.fixture
def station(tmp_path: Path, headquarters: Hq) -> Iterator[Device]:
    device = Device(tmp_path / "device", headquarters)
    unread.read_again_after_update(device.store.engine)
    yield device
    device.close()


def order_at(device: Device) -> WorkOrder:
    found = device.row(WorkOrder, kit.ORDER)
    assert isinstance(found, WorkOrder)
    return found


def test_a_station_that_is_too_old_sends_its_work_and_is_told_to_update(
    headquarters: Hq, station: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.syncer.sync_once()
    station.act("accept_order")
    headquarters.put(kit.order(version=1, customer_phone="139"))
    monkeypatch.setattr(schemas, "SPAN", -1)  # HQ takes the next schema at least
    with pytest.raises(Refusal) as caught:
        station.syncer.sync_once()
    assert (caught.value.code, caught.value.facts) == ("update_needed", {"schema": SCHEMA, "least": SCHEMA + 1})
    assert station.store.pending() == 0, "what was done here was sent"
    assert order_at(station).customer_phone == "13800000000"
    monkeypatch.undo()
    station.syncer.sync_once()
    assert order_at(station).customer_phone == "139"


def older(monkeypatch: pytest.MonkeyPatch, station: Device) -> None:
    """The station's program is one that knows neither notes nor the column ``reminders``."""
    read_line, known = page_lines.read_line, page_lines.BY_NAME

    def without(line: Any) -> Image | None:
        image = read_line(line)
        if image is None or not isinstance(image.row, WorkOrder):
            return image
        return Image(image.key, image.version, msgspec.structs.replace(image.row, reminders=0))

    monkeypatch.setattr(page_lines, "_read_together", lambda entity, lines: None)
    monkeypatch.setattr(page_lines, "read_line", without)
    monkeypatch.setattr(page_lines, "BY_NAME", {name: kind for name, kind in known.items() if name != "note"})
    with station.store.engine.begin() as connection:
        was = {"rows": "0/older", "version": "0.1"}
        connection.execute(update(setting).where(setting.c.name == unread.PROGRAM).values(value=was))


def test_columns_and_kinds_that_an_older_program_left_out_come_with_its_update(
    headquarters: Hq, station: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    older(monkeypatch, station)
    note = Note(
        id=kit.named("note"), branch_id=kit.BRANCH, station_id=kit.STATION, order_id=kit.ORDER, text="新", made_by="x",
        made_at=kit.NOW,
    )  # fmt: skip
    headquarters.add([note])
    headquarters.put(kit.order(version=1, reminders=3))
    station.syncer.sync_once()
    assert (order_at(station).reminders, station.row(Note, note.id)) == (0, None)
    assert headquarters.get(WorkOrder, kit.ORDER).reminders == 3, "nothing an older station does touches it"  # type: ignore[union-attr]
    station.act("accept_order")
    monkeypatch.undo()
    scopes = unread.read_again_after_update(station.store.engine)
    assert scopes == tuple(sorted(station.sync_store.cursors()))
    assert order_at(station).state is State.ACCEPTED, "local work stays where it is meanwhile"
    station.act("start_work")
    station.syncer.sync_once()
    mine = order_at(station)
    assert (mine.reminders, mine.state) == (3, State.IN_PROGRESS)
    assert mine == headquarters.get(WorkOrder, kit.ORDER)
    assert station.row(Note, note.id) is not None
    with station.store.reading() as rows:
        assert rows.connection.execute(select(shadow)).all() == []
    assert unread.read_again_after_update(station.store.engine) == ()


def newer_value(headquarters: Hq) -> None:
    """HQ's order has a state that this program has never heard of."""
    headquarters.put(kit.order(version=1, customer_phone="139"))
    key = (feed_row.c.entity == "work_order", feed_row.c.row_id == kit.ORDER)
    with headquarters.store.writing() as connection:
        payload = connection.execute(select(feed_row.c.payload).where(*key).limit(1)).scalar_one()
        values = {"payload": payload.replace('"offered_station"', '"teleported"')}
        connection.execute(update(feed_row).where(*key).values(values))


def test_one_row_that_can_not_be_read_keeps_nothing_else_from_coming(headquarters: Hq, station: Device) -> None:
    station.syncer.sync_once()
    newer_value(headquarters)
    headquarters.put(kit.unit(model="KT55"))
    station.syncer.sync_once()
    assert station.row(OrderUnit, kit.UNIT).model == "KT55"  # type: ignore[union-attr]
    assert order_at(station).customer_phone == "13800000000", "the row stays as it could be read last"
    assert station.store.unread() == 1
    with station.store.reading() as rows:
        (found,) = rows.connection.execute(select(unread_table)).mappings()
    assert (found["entity"], found["row_id"], found["scope"]) == ("work_order", kit.ORDER, kit.SCOPE)
    assert "teleported" in found["problem"]
    assert station.syncer.sync_once().pulled == 0, "the cursor has gone on"


def test_a_row_that_could_not_be_read_comes_with_the_update(headquarters: Hq, station: Device) -> None:
    station.syncer.sync_once()
    newer_value(headquarters)
    station.syncer.sync_once()
    with station.store.engine.begin() as connection:
        was = unread.program() | {"version": "0.1"}
        connection.execute(update(setting).where(setting.c.name == unread.PROGRAM).values(value=was))
    assert unread.read_again_after_update(station.store.engine) == (kit.SCOPE,)
    station.syncer.sync_once()
    assert station.store.unread() == 1, "the new program does not know it either: it stays, and is not taken for gone"
    assert order_at(station).customer_phone == "13800000000"
    headquarters.put(kit.order(version=1, customer_phone="139", reminders=1))  # a value that is known here again
    station.syncer.sync_once()
    assert station.store.unread() == 0
    assert order_at(station).customer_phone == "139"


def test_work_of_the_program_before_gets_a_new_number_without_being_rewritten(
    headquarters: Hq, station: Device, hq_at: Any
) -> None:
    """What waits when the program is updated stays of its own schema, and is understood at both ends."""
    station.syncer.sync_once()
    made = station.act("add_note", text="?")
    old = json_of(station)
    old["args"]["remark"] = old["args"].pop("text")
    with station.store.engine.begin() as connection:
        connection.execute(update(operation).values(body=msgspec.json.encode(old | {"schema": 2}).decode()))
    hq_at(5)
    with station.store.engine.begin() as connection:
        outbox.number_anew(connection, station.key, 1, 0, GENESIS)
    assert json_of(station) == old | {"schema": 2}
    assert station.syncer.sync_once().pushed == 1
    with station.store.reading() as rows:
        (note,) = rows.find(Note)
    assert (note.text, kit.stored(station.store)[0]["id"]) == ("?", made)
    assert headquarters.get(Note, note.id) == note


def json_of(station: Device) -> dict[str, Any]:
    """The station's only operation as it is stored."""
    found: dict[str, Any] = msgspec.json.decode(kit.stored(station.store)[0]["body"])
    return found


# evidence of a scan


def test_a_scan_keeps_how_it_was_read_and_one_of_an_older_station_says_nothing_of_it(hq):
    """On both databases; what HQ sends down is read by stations that know the columns and by those that do not."""
    device = hq.device()
    how = {"engine": "zbar/deskewed", "agreed": 3, "disputed": True, "doubtful": True, "page": 2}
    code = {"format": "QRCode", "text": "模", "raw": "xKM="}
    args = {"order_id": world.ORDER, "unit_id": world.UNIT, "model": world.MODEL, "serial": world.SERIAL,
            "source": "picture"}  # fmt: skip
    older = as_json(device.make("identify_unit", args | {"codes": [code]})) | {"schema": 2}
    assert device.one(device.signed(msgspec.json.encode(older).decode())).outcome is Outcome.APPLIED
    newer = device.do("identify_unit", args | {"codes": [code | how], "read_ms": 412})
    answer = device.one(newer)
    assert answer.outcome is Outcome.APPLIED
    scans = {scan.read_ms: msgspec.to_builtins(scan.codes[0]) for scan in hq.rows(ScanEvent)}
    assert {name: scans[412][name] for name in how} == how
    assert [scans[None][name] for name in how] == ["", 1, False, False, 0]
    lines, _ = device.pull()
    sent = [msgspec.json.decode(line.row) for line in lines if line.entity == "scan_event" and line.row]
    assert {row["read_ms"] for row in sent} == {None, 412}
