"""Rescue files at HQ's door, on both databases: taken once, whoever is faster; nonsense is refused with its code."""

import hashlib
import threading
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from core.contract import codec
from core.contract.rescue import RescuedBlob, RescueManifest, RescueReply, signed_text
from core.ids import new_id
from core.operations.operation import SignedOperation, body_hash, encode
from core.rows.orders import Note
from core.rows.sync import ParkedOperation
from hq.books import prove
from hq.identity import device_of, grant_epoch, headquarters, revoke
from hq.store.schema import inbox
from tests.integration.device import NOW, TestDevice, in_base64
from tests.unit import world

PICTURE = b"\xff\xd8\xff" + bytes(5_000)


def signed_manifest(hq: Any, device: TestDevice, operations: list[SignedOperation], **fields: Any) -> dict[str, str]:
    """What the device signs about a file with these operations and one picture."""
    with hq.store.reading() as connection:
        hq_id = headquarters(connection).hq_id
    hashes = "".join(body_hash(one.body) for one in operations)
    values: dict[str, Any] = {
        "id": new_id(),
        "hq_id": hq_id,
        "device": device.id,
        "public_key": device.public_key,
        "place": device.place,
        "place_name": "x",
        "branch_id": device.branch,
        "made_at": NOW,
        "operations": len(operations),
        "unanswered": len(operations),
        "digest": hashlib.sha256(hashes.encode()).hexdigest(),
        "blobs": (RescuedBlob(sha256=hashlib.sha256(PICTURE).hexdigest(), bytes=len(PICTURE)),),
    }
    text = msgspec.json.encode(RescueManifest(**(values | fields))).decode()
    return {"text": text, "signature": in_base64(device.key.sign(signed_text(text)))}


def begin(hq: Any, device: TestDevice, by: TestDevice, operations: list[SignedOperation]) -> str:
    """The file's id at HQ."""
    answer = by.client.post("/v1/rescue", json=signed_manifest(hq, device, operations), headers=by.headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def hand_in(by: TestDevice, rescue_id: str, operations: list[Any]) -> Any:
    body = codec.encode({"operations": operations})
    return by.client.post(f"/v1/rescue/{rescue_id}/operations", content=body, headers=by.headers)


def reply_of(answer: Any) -> RescueReply:
    assert answer.status_code == 200, answer.text
    return codec.decode(answer.content, RescueReply)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_what_fits_the_chain_and_what_does_not(hq):
    device, branch = hq.device(), hq.device(world.BRANCH)
    fitting = [device.note("1"), device.note("2")]
    rescue_id = begin(hq, device, branch, fitting)
    assert reply_of(hand_in(branch, rescue_id, fitting)) == RescueReply(known=0, taken=2, outcomes={"applied": 2})
    later = [device.note("3"), device.note("4")]
    with hq.store.writing() as connection:
        grant_epoch(connection, device_of(connection, device.id), 2, "a clone", NOW)
    rescue_id = begin(hq, device, branch, later)
    assert reply_of(hand_in(branch, rescue_id, later)) == RescueReply(known=0, taken=2, outcomes={"applied": 2})
    assert reply_of(hand_in(branch, rescue_id, fitting + later)) == RescueReply(known=4, taken=0)
    with hq.store.reading() as connection:
        places = connection.execute(select(inbox.c.epoch, inbox.c.n).order_by(inbox.c.epoch, inbox.c.n)).all()
    assert [tuple(place) for place in places] == [(0, 1), (0, 2), (1, 1), (1, 2)]
    assert sorted(note.text for note in hq.rows(Note)) == ["1", "2", "3", "4"]
    assert prove(hq.store).ok


def test_the_device_and_a_helper_at_once_count_once(hq):
    device, branch = hq.device(), hq.device(world.BRANCH)
    batch = [device.note(str(number)) for number in range(6)]
    rescue_id = begin(hq, device, branch, batch)
    replies: list[Any] = []
    work = [lambda: replies.append(device.send(batch)), lambda: replies.append(hand_in(branch, rescue_id, batch))]
    threads = [threading.Thread(target=one) for one in work * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reply.status_code for reply in replies] == [200] * 4
    assert len(hq.rows(Note)) == 6
    assert device.hello().epoch == 1, "nothing forked"
    assert prove(hq.store).ok


def test_behind_a_parked_one_beside_the_chain_its_order_waits_and_the_rest_goes_on(hq):
    device, branch = hq.device(), hq.device(world.BRANCH)
    wrong = device.do("decide_approval", {"order_id": world.ORDER, "text": "no such thing"})
    behind = device.note("behind")
    with hq.store.writing() as connection:
        grant_epoch(connection, device_of(connection, device.id), 2, "a clone", NOW)
    rescue_id = begin(hq, device, branch, [wrong, behind])
    done = reply_of(hand_in(branch, rescue_id, [wrong, behind]))
    assert sum(done.outcomes.values()) == 2
    assert prove(hq.store).ok
    parked = {row.id: row.code for row in hq.rows(ParkedOperation, state="open")}
    assert set(parked.values()) <= {"arguments_invalid", "waits_behind"} and parked


def test_an_unreadable_but_signed_operation_is_kept_once(hq):
    device, branch = hq.device(), hq.device(world.BRANCH)
    whole = encode(device.make("add_note", {"order_id": world.ORDER, "text": "x"}))
    strange = device.signed(whole.replace('"add_note"', '"of a later version"'))
    rescue_id = begin(hq, device, branch, [strange])
    assert reply_of(hand_in(branch, rescue_id, [strange])).outcomes == {"parked": 1}
    assert reply_of(hand_in(branch, rescue_id, [strange])).known == 1
    assert [answer.outcome for answer in device.push(strange).answers] == ["parked"]
    assert len(hq.rows(ParkedOperation)) == 1
    assert prove(hq.store).ok


def test_what_comes_beside_and_then_from_the_device_is_parked_once(hq):
    """Signed, but no operation: it has no id to be known by, only its hash."""
    device, branch = hq.device(), hq.device(world.BRANCH)
    first = device.note("first")
    whole = encode(device.make("add_note", {"order_id": world.ORDER, "text": "x"}))
    strange = device.signed(whole.replace('"user":', '"nobody":'))
    rescue_id = begin(hq, device, branch, [strange])
    assert reply_of(hand_in(branch, rescue_id, [strange])).outcomes == {"parked": 1}
    answers = device.push(first, strange).answers
    assert [answer.outcome for answer in answers] == ["applied", "parked"]
    assert len(hq.rows(ParkedOperation)) == 1
    assert device.hello().received_n == 2
    assert prove(hq.store).ok


def test_photos_are_kept_as_the_devices_own(hq):
    device, branch = hq.device(), hq.device(world.BRANCH)
    rescue_id = begin(hq, device, branch, [])
    name = hashlib.sha256(PICTURE).hexdigest()
    path = f"/v1/rescue/{rescue_id}/blobs/"
    assert branch.client.head(path + name, headers=branch.headers).status_code == 404
    half = branch.client.patch(path + name, content=PICTURE[:2_000], headers=branch.headers | {"Upload-Offset": "0"})
    assert half.headers["upload-offset"] == "2000"
    wrong = branch.client.patch(path + name, content=PICTURE[:9], headers=branch.headers | {"Upload-Offset": "0"})
    assert code_of(wrong) == (409, "blob_offset_wrong")
    rest = branch.client.patch(path + name, content=PICTURE[2_000:], headers=branch.headers | {"Upload-Offset": "2000"})
    assert rest.headers["upload-complete"] == "?1"
    assert device.get(f"/v1/blobs/{name}").content == PICTURE
    assert branch.get(f"/v1/blobs/{name}").status_code == 404, "it only handed it in"
    other = branch.client.patch(path + "0" * 64, content=b"x", headers=branch.headers | {"Upload-Offset": "0"})
    assert code_of(other) == (404, "blob_unknown")


def test_who_may_not_is_refused(hq):
    device, branch, foreign = hq.device(), hq.device(world.BRANCH), hq.device(world.WAREHOUSE)
    batch = [device.note("1")]
    manifest = signed_manifest(hq, device, batch)
    answer = foreign.client.post("/v1/rescue", json=manifest, headers=foreign.headers)
    assert code_of(answer) == (403, "rescue_not_yours")
    rescue_id = begin(hq, device, branch, batch)
    assert code_of(hand_in(foreign, rescue_id, batch)) == (403, "rescue_not_yours")
    with hq.store.writing() as connection:
        revoke(connection, branch.id, NOW)
    assert code_of(hand_in(branch, rescue_id, batch)) == (403, "device_revoked")
    assert branch.client.post("/v1/rescue", json=manifest).status_code == 401
    assert hq.rows(Note) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"text": "{}"}, "rescue_damaged"),
        ({"text": "\ud800"}, "body_invalid"),
        ({"signature": "AAAA"}, "rescue_forged"),
        ({"signature": "\u0000"}, "rescue_forged"),
        ({"text": 5}, "body_invalid"),
    ],
)
def test_a_manifest_that_cannot_be_right(hq, changed, code):
    device = hq.device()
    manifest = signed_manifest(hq, device, []) | changed
    content = msgspec.json.encode(manifest) if changed.get("text") != "\ud800" else b'{"text": "\xed\xa0\x80"}'
    answer = device.client.post("/v1/rescue", content=content, headers=device.headers)
    assert (answer.status_code // 100, answer.json()["code"]) == (4, code)


def test_requests_that_cannot_be_right(hq):
    device, other = hq.device(), hq.device()
    mine = [device.note("1")]
    rescue_id = begin(hq, device, device, mine)
    assert code_of(hand_in(device, new_id(), mine)) == (404, "rescue_unknown")
    foreign = other.note("not the file's device's")
    assert code_of(hand_in(device, rescue_id, [*mine, foreign])) == (403, "signature_invalid")
    for bad in (5, {}, {"body": 5, "signature": ""}, {"body": "\x00", "signature": "x"}):
        assert hand_in(device, rescue_id, [bad]).status_code in (400, 403)
    assert code_of(hand_in(device, rescue_id, mine * 2_501)) == (400, "body_invalid")
    assert hq.rows(Note) == [], "all of a request or nothing"
    with hq.store.reading() as connection:
        assert connection.execute(select(inbox)).first() is None
    own = signed_manifest(hq, device, [])
    changed = signed_manifest(hq, device, [], id=msgspec.json.decode(own["text"])["id"], place_name="another")
    assert device.client.post("/v1/rescue", json=own, headers=device.headers).status_code == 200
    again = device.client.post("/v1/rescue", json=changed, headers=device.headers)
    assert code_of(again) == (403, "rescue_forged")
