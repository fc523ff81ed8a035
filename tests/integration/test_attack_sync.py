"""People who attack the exchange: a dishonest station, a stolen computer, a man in the middle; none gains by it."""

import hashlib
import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import IntegrityError

from app.sync.client import HqClient
from app.sync.transport import Reply, Request
from core.contract import codec, sums
from core.contract.messages import ChallengeReply, Line, Outcome, RangeEnd, place_scope
from core.contract.rescue import RescueReply
from core.ids import new_id
from core.refusals import Refusal
from core.roles import Role
from core.rows.orders import Note, WorkOrder
from core.rows.people import Person
from core.rows.sync import Conflict, ParkedOperation
from hq.api.limits import AtOnce
from hq.books import prove
from hq.feed import Work, thorough, work
from hq.feed import sums as feed_sums
from hq.inbox import parking, release
from hq.inbox.distrust import deactivate
from hq.store import Store
from hq.store.schema import blocked, device_epoch, rescue
from hq.store.schema import device as device_table
from tests.integration.device import TestDevice
from tests.integration.hq_world import Headquarters, headquarters
from tests.integration.templates import hq_store
from tests.integration.test_hq_rescue import begin, hand_in, reply_of, signed_manifest
from tests.unit import world

PHOTO = b"\xff\xd8\xff" + bytes(range(256)) * 40
NAME = hashlib.sha256(PHOTO).hexdigest()


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Headquarters]:
    store = hq_store(tmp_path / "hq.db")
    with headquarters(store, tmp_path / "data") as reached:
        yield reached
    store.close()


def count(hq: Headquarters, table: Any) -> int:
    with hq.store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


# A man in the middle


class _Middle:
    """Says it is HQ, and gives the device something to sign that is no challenge."""

    def __init__(self, text: str) -> None:
        self.text = text

    def send(self, request: Request) -> Reply:
        return Reply(200, {}, codec.encode(ChallengeReply(challenge=self.text)))

    def close(self) -> None:
        pass


class _Signer:
    def __init__(self) -> None:
        self.signed: list[bytes] = []

    def sign(self, message: bytes, /) -> bytes:
        self.signed.append(message)
        return b"x" * 64


@pytest.mark.parametrize(
    "text", ['{"id":"…","action":"add_note"}', "fixpoint rescue 1\n{}", "{}", "", "a b", "x" * 201]
)
def test_a_device_signs_no_operation_as_a_challenge(text: str) -> None:
    signer = _Signer()
    client = HqClient(_Middle(text), signer, new_id(), "hq", steady=lambda: 0.0)
    with pytest.raises(Refusal, match="hq_unexpected"):
        client.send("GET", "/v1/pull")
    assert signer.signed == []


# Photos of others


@pytest.mark.parametrize("thief_sends", ["begin", "end"])
def test_a_byte_of_a_photo_under_way_does_not_show_all_of_it(hq: Headquarters, thief_sends: str) -> None:
    owner, thief = hq.device(), hq.device(world.OTHER_STATION)
    half = len(PHOTO) // 2
    if thief_sends == "begin":
        thief.upload(PHOTO[:1], total=len(PHOTO), name=NAME)
    else:
        owner.upload(PHOTO[:-1], total=len(PHOTO), name=NAME)
        thief.upload(PHOTO[-1:], offset=len(PHOTO) - 1, total=len(PHOTO), name=NAME)
    upload_whole(owner, half)
    assert thief.get(f"/v1/blobs/{NAME}").json()["code"] == "blob_unknown"
    assert owner.get(f"/v1/blobs/{NAME}").content == PHOTO


def upload_whole(device: TestDevice, piece: int) -> None:
    """As a station does it: ask how far it is, then send piece by piece from there."""
    said = device.client.head(f"/v1/blobs/{NAME}", headers=device.headers)
    at = int(said.headers.get("Upload-Offset", 0))
    while at < len(PHOTO):
        answer = device.upload(PHOTO[at : at + piece], offset=at, total=len(PHOTO), name=NAME)
        assert answer.status_code == 204, answer.text
        at = int(answer.headers["Upload-Offset"])


def test_a_device_fills_no_disk_with_photos_that_nobody_names(tmp_path: Path) -> None:
    store = hq_store(tmp_path / "small.db")
    with headquarters(store, tmp_path / "data", blob_bytes_a_day=30_000) as hq:
        device, other = hq.device(), hq.device()
        answers = [device.upload(bytes([number]) * 10_000) for number in range(5)]
        assert [answer.status_code for answer in answers] == [204] * 3 + [429] * 2
        assert other.upload(PHOTO).status_code == 204
    store.close()


# Work of others


def test_nobody_takes_another_s_operation_away_by_sending_its_id_first(hq: Headquarters) -> None:
    owner, thief = hq.device(), hq.device()
    theirs = owner.make("add_note", {"order_id": world.ORDER, "text": "the owner’s"})
    assert thief.one(thief.note("instead", id=theirs.id)).outcome is Outcome.APPLIED
    late = owner.note("the owner’s", id=theirs.id)
    answer = owner.one(late)
    assert (answer.id, answer.outcome, answer.code) == (theirs.id, Outcome.PARKED, "operation_invalid")
    assert owner.one(late) == answer
    assert [note.text for note in hq.rows(Note)] == ["instead"]
    (waiting,) = hq.rows(ParkedOperation, state="open")
    assert waiting.args == {"order_id": world.ORDER, "text": "the owner’s"}
    release(hq.store, world.BRANCH, waiting.id, "HQ")
    assert [note.text for note in hq.rows(Note)] == ["the owner’s"]
    assert owner.one(late).outcome is Outcome.RESOLVED
    assert prove(hq.store).ok


def test_nor_does_a_rescue_file_pass_over_it(hq: Headquarters) -> None:
    owner, thief = hq.device(), hq.device()
    theirs = owner.note("the owner’s")
    thief.push(thief.note("instead", id=msgspec.json.decode(theirs.body)["id"]))
    rescue_id = begin(hq, owner, thief, [theirs])
    assert reply_of(hand_in(thief, rescue_id, [theirs])) == RescueReply(known=0, taken=1, outcomes={"parked": 1})
    assert reply_of(hand_in(thief, rescue_id, [theirs])) == RescueReply(known=1, taken=0)
    assert owner.one(theirs).outcome is Outcome.PARKED
    assert [row.args for row in hq.rows(ParkedOperation)] == [{"order_id": world.ORDER, "text": "the owner’s"}]
    assert prove(hq.store).ok


def test_a_helper_who_hands_the_end_in_before_the_beginning_destroys_nothing(hq: Headquarters) -> None:
    owner, helper = hq.device(), hq.device()
    steps = [owner.do(action, {"order_id": world.ORDER}) for action in ("start_work", "wait_for_parts", "resume_work")]
    rescue_id = begin(hq, owner, helper, steps)
    assert reply_of(hand_in(helper, rescue_id, steps[2:])).outcomes == {"parked": 1}
    assert [answer.outcome.value for answer in owner.push(*steps).answers] == ["applied", "applied", "parked"]
    (waiting,) = hq.rows(ParkedOperation, state="open")
    release(hq.store, world.BRANCH, waiting.id, "HQ")
    again = owner.push(*steps).answers
    assert [(answer.outcome.value, answer.n) for answer in again] == [("applied", 1), ("applied", 2), ("resolved", 3)]
    assert hq.rows(WorkOrder, id=world.ORDER)[0].state == "in_progress"
    assert prove(hq.store).ok


def test_an_operation_under_another_s_id_tells_nothing_of_theirs(hq: Headquarters) -> None:
    owner, thief = hq.device(), hq.device(world.OTHER_STATION)
    parked = owner.one(owner.do("decide_approval", {"order_id": world.ORDER, "secret": "s"}))
    assert parked.outcome is Outcome.PARKED
    answer = thief.one(thief.note("mine", id=parked.id, user=world.an_id("nobody")))
    assert (answer.code, answer.facts) == ("operation_invalid", {"problem": "the id of another device's operation"})


# HQ's tables and locks


def test_a_push_locks_no_branch_that_is_none_of_its_business(hq: Headquarters, monkeypatch: pytest.MonkeyPatch) -> None:
    locked: set[str] = set()
    was = Work.lock
    monkeypatch.setattr(Work, "lock", lambda self, *ids: locked.update(ids) or was(self, *ids))
    device = hq.device()
    answers = device.push(*(device.note(order_id=new_id(), branch_id=new_id()) for _ in range(20))).answers
    assert {answer.code for answer in answers} == {"not_your_place"}
    assert locked <= {world.BRANCH, "reference"}


def test_saying_hello_with_another_past_again_and_again_fills_no_table(hq: Headquarters) -> None:
    device = hq.device()
    for epoch in range(1, 61):
        assert device.hello(epoch=epoch, last_hash="a" * 64).epoch == epoch + 1
    assert count(hq, device_epoch) <= 32


def test_rescue_files_that_nobody_sends_fill_no_table(hq: Headquarters) -> None:
    device = hq.device()
    for _ in range(40):
        answer = device.client.post("/v1/rescue", json=signed_manifest(hq, device, []), headers=device.headers)
        assert answer.status_code == 200
    assert count(hq, rescue) <= 32


def test_devices_that_ask_for_sums_hold_few_threads_and_connections(
    hq: Headquarters, monkeypatch: pytest.MonkeyPatch
) -> None:
    adder, stand, begun, go_on = (
        feed_sums.Adder(),
        feed_sums.Stand("i", 1, 0),
        threading.Semaphore(0),
        threading.Event(),
    )
    found: list[object] = []
    places = feed_sums._WAITING

    def added(connection: object, scope: str, entities: object) -> sums.Sums:
        begun.release()
        assert go_on.wait(30)
        return sums.Sums()

    monkeypatch.setattr(feed_sums, "_added", added)
    with hq.store.reading() as connection:

        def ask(number: int) -> None:
            found.append(adder.add_up(connection, "reference", stand, {str(number)}))

        first = threading.Thread(target=ask, args=(0,))
        first.start()
        assert begun.acquire(timeout=30)
        for _ in range(places - 1):
            assert adder._places.acquire(blocking=False)
        ask(1)
        assert found == [None], "all places are taken: told to come again at once"
        go_on.set()
        first.join()
        ask(0)
    assert isinstance(found[1], sums.Sums) and found[2] is found[1]


# People who have left


def test_letting_through_does_not_lend_a_role(hq: Headquarters) -> None:
    device = hq.device()
    with work(hq.store) as doing:
        technician = doing.rows(world.BRANCH).get(Person, world.TECHNICIAN)
        assert technician is not None and Role.BRANCH_MANAGER not in technician.roles
        login = technician.login
    deactivate(hq.store, login)
    args = {"order_id": world.ORDER, "reason": "x"}
    answer = device.one(device.do("cancel_order", args))
    assert answer.outcome is Outcome.QUARANTINED
    with pytest.raises(Refusal, match="role_not_allowed"):
        release(hq.store, world.BRANCH, answer.id, "HQ")


def test_a_withdrawal_that_waited_lets_go_of_what_it_withdraws(hq: Headquarters) -> None:
    device = hq.device()
    wrong = device.one(device.do("decide_approval", {"order_id": world.ORDER, "text": "no such thing"}))
    with work(hq.store) as doing:
        technician = doing.rows(world.BRANCH).get(Person, world.TECHNICIAN)
        assert technician is not None
        doing.rows(world.BRANCH).put(msgspec.structs.replace(technician, active=False))
    waits = device.one(device.do("withdraw_operation", {"operation_id": wrong.id}))
    assert waits.outcome is Outcome.QUARANTINED
    release(hq.store, world.BRANCH, waits.id, "HQ")
    assert device.get(f"/v1/ops/{wrong.id}").json()["outcome"] == "withdrawn"
    assert count(hq, blocked) == 0


# Invented pasts


@pytest.mark.parametrize("seen", ["accepted", "in_progress", "cancelled", "no state"])
@pytest.mark.parametrize("action", ["start_work", "complete_order", "decline_order"])
def test_a_station_that_never_saw_an_order_opens_no_conflict_about_it(hq: Headquarters, action: str, seen: str) -> None:
    stranger = hq.device(world.OTHER_STATION)
    with work(hq.store) as doing:
        home = doing.rows(world.BRANCH).get(Person, world.TECHNICIAN)
        assert home is not None
        other = {"id": world.an_id("stranger"), "login": "stranger", "place_id": world.OTHER_STATION, "version": 0}
        doing.rows(world.BRANCH).put(msgspec.structs.replace(home, **other))
    (before,) = hq.rows(WorkOrder, id=world.ORDER)
    args = {"start_work": {}, "complete_order": {"result": "x"}, "decline_order": {"reason": "too_far"}}[action]
    made = stranger.do(
        action,
        {"order_id": world.ORDER, **args},
        user=world.an_id("stranger"),
        base={f"work_order/{world.ORDER}": {"state": seen, "station_id": world.OTHER_STATION}},
        schema=1,
    )
    answer = stranger.one(made)
    assert (answer.outcome, answer.code) == (Outcome.PARKED, "not_your_place")
    assert hq.rows(WorkOrder, id=world.ORDER) == [before]
    assert hq.rows(Conflict) == []
    assert all(line.entity != "work_order" for line in stranger.everything().values())


# Too much of it


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Headquarters]:
    store = hq_store(tmp_path / "small.db")
    with headquarters(store, tmp_path / "data", push_bytes_a_day=20_000) as reached:
        yield reached
    store.close()


def test_a_device_fills_no_inbox_with_what_waits(small: Headquarters) -> None:
    device, other = small.device(), small.device()
    made = [device.note("x" * 6_000, order_id=new_id(), user=world.an_id("nobody")) for _ in range(4)]
    answers = [device.send([one]) for one in made]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert (answers[2].json()["code"], answers[2].headers["Retry-After"]) == ("too_many_requests", "3600")
    assert device.hello().received_n == 2, "what was not taken is still the device's to send"
    assert other.one(other.note()).outcome is Outcome.APPLIED


def test_nor_by_way_of_a_rescue_file(small: Headquarters) -> None:
    owner, helper = small.device(), small.device()
    made = [owner.note("x" * 6_000) for _ in range(4)]
    rescue_id = begin(small, owner, helper, made)
    assert [hand_in(helper, rescue_id, [one]).status_code for one in made] == [200, 200, 429, 429]


def test_only_so_much_of_a_revoked_device_waits(hq: Headquarters, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parking, "MOST_OF_REVOKED", 3)
    device = hq.device()
    revoke(hq, device.id)
    made = [device.note() for _ in range(4)]
    answers = [device.one(one) for one in made[:3]]
    assert [answer.outcome for answer in answers] == [Outcome.QUARANTINED, Outcome.PARKED, Outcome.PARKED]
    refused = device.send(made[3:])
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert device.push(*made[:3]).answers == tuple(answers), "what is here is answered again"
    release(hq.store, world.BRANCH, answers[0].id, "HQ")
    assert device.one(made[3]).outcome is Outcome.PARKED


def revoke(hq: Headquarters, device_id: str) -> None:
    with hq.store.writing() as connection:
        connection.execute(
            update(device_table).where(device_table.c.id == device_id).values(revoked_at=datetime.now(UTC))
        )


def test_rows_of_ranges_come_in_pages_of_bytes_too(hq: Headquarters, monkeypatch: pytest.MonkeyPatch) -> None:
    device = hq.device()
    device.push(*(device.note("x" * 500) for _ in range(30)))
    scope = place_scope(device.place)
    with hq.store.reading() as connection:
        stand = feed_sums.stand_of(connection, scope)
        whole = range_pages(connection, scope, stand)
        monkeypatch.setattr(feed_sums, "PULL_PAGE_BYTES", 3_000)
        pages = range_pages(connection, scope, stand)
    assert len(whole) == 1 < len(pages)
    assert [row for page in pages for row in page] == whole[0] == sorted(set(whole[0]))
    assert len(whole[0]) > 30
    assert max(map(len, pages)) <= 20, "small rows of people and orders; six notes"
    assert all(pages)


def range_pages(connection: Connection, scope: str, stand: feed_sums.Stand) -> list[list[str]]:
    """The keys of all rows of a scope, page by page as a device asks for them."""
    pages: list[list[str]] = []
    after, more = "", True
    while more:
        asked = feed_sums.Asked(scope, stand.incarnation, stand.seq, "f" * 64, after, 1_000)
        *lines, last = codec.split_lines(feed_sums.ranges_page(connection, asked))
        end = codec.decode(last, RangeEnd)
        pages.append([sums.key_text(line.entity, line.id) for line in (codec.decode(one, Line) for one in lines)])
        assert not more or not end.more or end.upto == pages[-1][-1] > after
        after, more = end.upto, end.more
    return pages


def test_one_device_does_not_hold_all_threads(hq: Headquarters) -> None:
    limit = AtOnce(2)
    with limit.one("a"), limit.one("b"), limit.one("a"):
        with pytest.raises(Refusal, match="too_many_requests"), limit.one("a"):
            pass
        with limit.one("b"):
            pass
    with limit.one("a"), limit.one("a"):
        pass
    device, other = hq.device(), hq.device()
    at_once = hq.client.app.state.doors.at_once  # type: ignore[attr-defined]
    with ExitStack() as under_way:
        for _ in range(8):
            under_way.enter_context(at_once.one(device.id))
        asked = {"scope": place_scope(device.place), "seq": 0, "incarnation": "x", "ranges": "f" * 64}
        for path, query in (("/v1/check/rows", asked), ("/v1/pull", {"scope": asked["scope"]})):
            refused = device.get(path, **query)
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert other.get("/v1/pull", scope=asked["scope"]).status_code == 200
    assert device.get("/v1/pull", scope=asked["scope"]).status_code == 200


# What a log tells


def test_an_error_of_the_database_tells_no_row(hq_store: Store, caplog: pytest.LogCaptureFixture) -> None:
    broken = text("INSERT INTO device (id, name) VALUES ('x', :name)").bindparams(name="王小明 13800138000")

    def do(doing: Work) -> None:
        doing.beside.execute(broken)

    with pytest.raises(IntegrityError) as caught:
        thorough(hq_store, do)
    logging.getLogger("x").error("with its traceback", exc_info=caught.value)
    kind = "IntegrityError" if hq_store.is_sqlite else "NotNullViolation 23502"
    assert "Failing row" not in caplog.text and "13800138000" not in caplog.text
    assert f"a batch is taken again, operation by operation: {kind}" in caplog.text
