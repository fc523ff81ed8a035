"""The doors: enrolment, tokens, errors, waiting, snapshots and blobs."""

import hashlib
import threading
from datetime import UTC, datetime, timedelta

import pytest
import zstandard

from core.contract import codec
from core.contract.messages import SnapshotManifest, WaitReply, place_scope
from core.ids import new_id
from core.operations.operation import encode
from core.refusals import Refusal
from hq.feed import work
from hq.identity import TOKEN_SECONDS, Tokens, check_api_key, issue_api_key
from rowstore.registry_format import RegistryReader
from tests.integration.device import TestDevice, enrol_code
from tests.integration.hq_world import headquarters
from tests.unit import world

STATION = place_scope(world.STATION)
PHOTO = bytes(range(256)) * 40


def now() -> datetime:
    return datetime.now(UTC)


def test_a_code_enrols_one_device_of_its_place(hq):
    code = enrol_code(hq.store, world.STATION, now())
    reply = TestDevice(hq.client).enrol(code.lower()).json()
    assert (reply["place"], reply["branch_id"], reply["epoch"]) == (world.STATION, world.BRANCH, 1)
    again = TestDevice(hq.client).enrol(code)
    assert (again.status_code, again.json()["code"]) == (403, "enrol_code_wrong")


def test_a_code_lives_fifteen_minutes(hq):
    old = enrol_code(hq.store, world.STATION, now() - timedelta(minutes=16))
    assert TestDevice(hq.client).enrol(old).json()["code"] == "enrol_code_wrong"


def test_two_devices_with_one_code_at_once_become_one(hq):
    code = enrol_code(hq.store, world.STATION, now())
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(TestDevice(hq.client).enrol(code).status_code)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 403, 403, 403]


@pytest.mark.parametrize("key", ["x" * 44, "A" * 40])
def test_a_key_that_is_none_enrols_nothing_and_uses_no_code_up(hq, key):
    code = enrol_code(hq.store, world.STATION, now())
    answer = hq.client.post("/v1/enrol", json={"code": code, "public_key": key})
    assert answer.json()["code"] == "public_key_wrong"
    assert TestDevice(hq.client).enrol(code).status_code == 200


def test_a_code_is_made_for_a_known_place_only(hq):
    with pytest.raises(Refusal, match="place_unknown"):
        enrol_code(hq.store, new_id(), now())


def test_a_token_needs_the_device_s_own_signature_of_its_own_challenge(hq):
    device, other = hq.device(), hq.device()
    challenge = hq.client.post("/v1/token", json={"device": device.id}).json()["challenge"]
    for signer, text in ((other, challenge), (device, "another text")):
        proof = {"device": device.id, "challenge": challenge, "signature": signer.sign(text)}
        assert hq.client.post("/v1/token", json=proof).json()["code"] == "challenge_wrong"
    stolen = {"device": other.id, "challenge": challenge, "signature": other.sign(challenge)}
    assert hq.client.post("/v1/token", json=stolen).status_code == 401
    unknown = {"device": new_id(), "challenge": challenge, "signature": device.sign(challenge)}
    assert hq.client.post("/v1/token", json=unknown).status_code == 401


def test_tokens_and_challenges_expire_and_are_not_interchangeable():
    tokens = Tokens(b"secret")
    token, challenge = tokens.token("d", 1000.0), tokens.challenge("d", 1000.0)
    assert tokens.device_id(token, 1000.0 + TOKEN_SECONDS - 1) == "d"
    wrong = [(token, 1000.0 + TOKEN_SECONDS), (challenge, 1000.0), (token + "x", 1000.0), ("", 1000.0), ("..", 1000.0)]
    for text, at in wrong:
        with pytest.raises(Refusal, match="token_wrong"):
            tokens.device_id(text, at)
    with pytest.raises(Refusal, match="token_wrong"):
        Tokens(b"another secret").device_id(token, 1000.0)
    tokens.check_challenge(challenge, "d", 1059.0)
    for text, device, at in ((challenge, "d", 1060.0), (challenge, "e", 1000.0), (token, "d", 1000.0)):
        with pytest.raises(Refusal, match="challenge_wrong"):
            tokens.check_challenge(text, device, at)


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eA=="}])
@pytest.mark.parametrize("path", ["/v1/pull?scope=reference", "/v1/wait?cursor=reference@0", "/v1/snapshot/registry"])
def test_without_a_token_nothing_is_shown(hq, header, path):
    answer = hq.client.get(path, headers=header)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_wrong")


def test_a_problem_speaks_the_asked_language(hq):
    said = [
        hq.client.get("/v1/pull?scope=reference", headers={"Accept-Language": language}).json()["sentence"]
        for language in ("en", "zh-CN,zh;q=0.9")
    ]
    assert said[0].startswith("The device’s access has expired")
    assert "凭证" in said[1]


def test_unknown_paths_and_wrong_parameters_are_problems_too(hq):
    device = hq.device()
    assert hq.client.get("/v1/nowhere").status_code == 404
    wrong = device.get("/v1/pull", scope="reference", after=-1)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "request_invalid")
    for cursor in ("reference", "reference@x", "reference@" + "9" * 30):
        assert device.get("/v1/wait", cursor=cursor).status_code == 400


def test_a_device_is_told_which_authority_to_pin(hq_store, tmp_path):
    with headquarters(hq_store, tmp_path, ca_pem="the authority") as hq:
        reply = TestDevice(hq.client).enrol(enrol_code(hq.store, world.STATION, now())).json()
    assert reply["ca_pem"] == "the authority"


def test_too_many_enrolments_from_one_address_wait(hq_store, tmp_path):
    with headquarters(hq_store, tmp_path, enrolments_per_minute=3) as hq:
        codes = [TestDevice(hq.client).enrol("WRONG-CODE").status_code for _ in range(4)]
    assert codes == [403, 403, 403, 429]


def test_the_document_names_every_message(hq):
    document = hq.client.get("/openapi.json").json()
    body = document["paths"]["/v1/push"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/Push"}
    assert {"Push", "SignedOperation", "Hello", "Line", "Problem"} <= set(document["components"]["schemas"])


def test_health_asks_the_database(hq):
    assert hq.client.get("/v1/health").json()["status"] == "ok"


def test_wait_returns_at_once_when_a_scope_has_moved_already(hq):
    device = hq.device()
    answer = device.get("/v1/wait", cursor=[f"{STATION}@0", "reference@999999"])
    assert [state.scope for state in codec.decode(answer.content, WaitReply).scopes] == [STATION]


def test_wait_wakes_on_a_change_and_ends_without_one(hq):
    device, colleague = hq.device(), hq.device()
    _, end = device.pull(limit=1000)
    assert device.get("/v1/wait", cursor=f"{STATION}@{end.cursor}", seconds=0).status_code == 204
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(device.get("/v1/wait", cursor=f"{STATION}@{end.cursor}", seconds=20))
    )
    waiting.start()
    colleague.push(colleague.note("wakes the other"))
    waiting.join(timeout=15)
    (state,) = codec.decode(answers[0].content, WaitReply).scopes
    assert (state.scope, state.seq > end.cursor) == (STATION, True)


def test_wait_sees_what_another_process_commits(hq_store, hq_database, tmp_path):
    from hq.store import Store

    with headquarters(hq_store, tmp_path, poll_seconds=0.02) as hq:
        device = hq.device()
        _, end = device.pull(limit=1000)
        answers = []
        waiting = threading.Thread(
            target=lambda: answers.append(device.get("/v1/wait", cursor=f"{STATION}@{end.cursor}", seconds=20))
        )
        waiting.start()
        elsewhere = Store.open(hq_database)
        with work(elsewhere) as doing:
            doing.rows(world.BRANCH).put(world.an_order(id=new_id(), number="SZ-9"))
        elsewhere.close()
        waiting.join(timeout=15)
        assert answers[0].status_code == 200


def test_the_registry_comes_as_a_file_that_can_be_continued(hq, tmp_path):
    device = hq.device()
    manifest = codec.decode(device.get("/v1/snapshot/registry").content, SnapshotManifest)
    path = f"/v1/snapshot/registry/{manifest.generation}"
    begin = hq.client.get(path, headers=device.headers | {"Range": "bytes=0-99"})
    rest = hq.client.get(path, headers=device.headers | {"Range": "bytes=100-"})
    assert (begin.status_code, rest.status_code) == (206, 206)
    packed = begin.content + rest.content
    assert (len(packed), hashlib.sha256(packed).hexdigest()) == (manifest.packed_bytes, manifest.packed_sha256)
    plain = zstandard.ZstdDecompressor().decompress(packed, max_output_size=manifest.bytes)
    assert hashlib.sha256(plain).hexdigest() == manifest.sha256
    (tmp_path / "registry").write_bytes(plain)
    reader = RegistryReader(tmp_path / "registry")
    assert [unit.model for unit in reader.units_of(world.SERIAL)] == [world.MODEL]
    assert (reader.about().at_seq, reader.about().incarnation) == (manifest.at_seq, device.hello().incarnation)
    reader.close()
    assert codec.decode(device.get("/v1/snapshot/registry").content, SnapshotManifest) == manifest
    assert device.get("/v1/snapshot/registry/other").json()["code"] == "snapshot_missing"
    assert device.get("/v1/snapshot/reference").status_code == 404


def test_a_newer_registry_file_is_made_when_the_delta_is_long_or_the_feed_another(hq, monkeypatch):
    from hq.feed import load_registry, snapshots
    from hq.identity import new_incarnation

    device = hq.device()

    def manifest() -> SnapshotManifest:
        return codec.decode(device.get("/v1/snapshot/registry").content, SnapshotManifest)

    first = manifest()
    with work(hq.store) as doing:
        load_registry(doing, [world.registered(serial=f"S{number}") for number in range(3)])
    assert manifest() == first
    monkeypatch.setattr(snapshots, "_DELTA_ROWS", 2)
    assert manifest() == first, "nobody waits for the newer file"
    hq.client.app.state.doors.snapshots.settle()
    second = manifest()
    assert (second.rows, second.at_seq) == (4, first.at_seq + 3)
    assert device.get(f"/v1/snapshot/registry/{first.generation}").status_code == 200
    new_incarnation(hq.store, now())
    assert manifest().generation != second.generation
    assert device.get(f"/v1/snapshot/registry/{first.generation}").status_code == 404


def test_the_keys_of_hq_do_not_show_in_a_log(hq):
    from hq.identity import headquarters as who

    with hq.store.reading() as connection:
        found = who(connection)
    assert found.private_key not in repr(found)
    assert found.private_key not in repr(hq.client.app.state.doors)


def test_a_photo_arrives_in_pieces_and_goes_on_where_it_stopped(hq):
    device = hq.device()
    name = hashlib.sha256(PHOTO).hexdigest()
    assert hq.client.head(f"/v1/blobs/{name}", headers=device.headers).status_code == 404
    assert device.upload(PHOTO[:5000], total=len(PHOTO), name=name).headers["Upload-Offset"] == "5000"
    assert hq.client.head(f"/v1/blobs/{name}", headers=device.headers).headers["Upload-Offset"] == "5000"
    again = device.upload(PHOTO[:5000], total=len(PHOTO), name=name)
    assert (again.status_code, again.json()["facts"]) == (409, {"offset": 5000})
    assert device.get(f"/v1/blobs/{name}").status_code == 404
    last = device.upload(PHOTO[5000:], offset=5000, total=len(PHOTO), name=name)
    assert (last.status_code, last.headers["Upload-Complete"]) == (204, "?1")
    assert device.get(f"/v1/blobs/{name}").content == PHOTO
    part = hq.client.get(f"/v1/blobs/{name}", headers=device.headers | {"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, PHOTO[10:20])


def test_a_photo_that_arrives_changed_is_thrown_away_and_can_be_sent_again(hq):
    device = hq.device()
    name = hashlib.sha256(PHOTO).hexdigest()
    assert device.upload(PHOTO[:-1] + b"!", name=name).json()["code"] == "blob_hash_wrong"
    assert hq.client.head(f"/v1/blobs/{name}", headers=device.headers).headers["Upload-Offset"] == "0"
    assert device.upload(PHOTO).headers["Upload-Complete"] == "?1"


@pytest.mark.parametrize(("size", "total"), [(10, 2**30), (10, 5), (5 * 2**20, 5 * 2**20)])
def test_a_photo_that_is_too_large_is_refused(hq, size, total):
    answer = hq.device().upload(b"x" * size, total=total, name="0" * 64)
    assert answer.status_code == 413


def test_only_who_sees_the_row_that_names_a_photo_sees_the_photo(hq):
    sender, colleague, stranger = hq.device(), hq.device(), hq.device(world.OTHER_STATION)
    name = hashlib.sha256(PHOTO).hexdigest()
    sender.upload(PHOTO)
    path = f"/v1/blobs/{name}"
    assert colleague.get(path).status_code == 404
    assert stranger.upload(PHOTO[-10:], offset=len(PHOTO) - 10, total=len(PHOTO), name=name).status_code == 409
    assert stranger.get(path).status_code == 404
    args = {"order_id": world.ORDER, "kind": "photo", "sha256": name, "bytes": len(PHOTO), "media_type": "image/jpeg"}
    sender.push(sender.do("add_attachment", args))
    assert colleague.get(path).content == PHOTO
    assert hq.device(world.BRANCH).get(path).content == PHOTO
    assert stranger.get(path).json()["code"] == "blob_unknown"


def test_keys_of_other_systems_carry_rights(hq_store):
    hq_store.upgrade()
    with hq_store.writing() as connection:
        key = issue_api_key(connection, "call centre", ["intake"], now())
        assert check_api_key(connection, key, "intake") == "call centre"
        for wrong, right, code in ((key, "desk", "right_missing"), ("nonsense", "intake", "api_key_wrong")):
            with pytest.raises(Refusal, match=code):
                check_api_key(connection, wrong, right)


def test_an_operation_of_another_branch_is_not_told(hq):
    device, far = hq.device(), hq.device(world.OTHER_BRANCH)
    answer = device.one(device.note())
    assert far.get(f"/v1/ops/{answer.id}").json()["code"] == "operation_unknown"
    assert encode(device.make("add_note", {})) != ""
