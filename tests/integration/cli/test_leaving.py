"""Rescue files and wiping by the command line, at a station and at HQ: nothing unsent is lost without a word."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.offline_db.blob_queue import QueuedBlob
from app.offline_db.profile import Profile
from app.security.key_store import KeyStore, Ways
from app.security.wrapped_keys import Cost as KeyCost
from core.rows.sync import ParkedOperation
from hq.cli.main import main as hq_main
from rowstore import rescue_format
from rowstore.rescue_format import Cost
from tests.integration import station_kit
from tests.integration.cli import kit
from tests.integration.cli.kit import At, Stations
from tests.integration.hq_kit import Hq, with_sample

SECRET = "a rescue passphrase"
PHOTO = b"\xff\xd8\xff" + bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescue_format, "COST", Cost(memory_kib=64, time=1, lanes=1))
    monkeypatch.delenv("FIXPOINT_RESCUE_PASSPHRASE", raising=False)


@pytest.fixture
def secret(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "secret").write_text(SECRET + "\n", "utf-8")
    return "--passphrase-file", str(tmp_path / "secret")


def with_photo(at: At) -> At:
    """Unsent: a note, and a photo with its operation."""
    assert at.act("add_note", text="x").code == 0
    station = at.open()
    sha256 = station.blobs.put(PHOTO).sha256
    args = {"order_id": kit.ORDER, "kind": "photo", "sha256": sha256, "bytes": len(PHOTO), "media_type": "image/jpeg"}
    queued = [QueuedBlob(sha256, len(PHOTO), "photo", kit.ORDER, "image/jpeg")]
    station.store.record("add_attachment", args, kit.who("liwei").id, blobs=queued)
    at.close()
    return at


# a station's commands


def test_exporting_says_what_the_file_holds(work: At, tmp_path: Path, secret: tuple[str, str]) -> None:
    with_photo(work)
    file = tmp_path / "out.fixrescue"
    answer = work("rescue", "export", str(file), *secret).answer
    assert answer.items() >= {"operations": 2, "unanswered": 2, "photos": 1, "missing": 0}.items()
    assert answer["bytes"] == file.stat().st_size and answer["file"] == str(file)
    work("rescue", "export", str(file), *secret).refused("file_exists")
    work("rescue", "export", str(tmp_path / "y")).refused("rescue_passphrase_needed")
    work("rescue", "export", str(tmp_path / "y"), "--passphrase-file", "none").refused("file_missing")
    assert work("rescue", "dance", "x").code == 2


def test_the_passphrase_by_the_variable_or_a_prompt(work: At, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIXPOINT_RESCUE_PASSPHRASE", "short")
    assert work("rescue", "export", str(tmp_path / "a")).refused("passphrase_too_short") == {"least": 8}
    monkeypatch.setenv("FIXPOINT_RESCUE_PASSPHRASE", SECRET)
    assert work("rescue", "export", str(tmp_path / "a")).code == 0
    monkeypatch.delenv("FIXPOINT_RESCUE_PASSPHRASE")
    typed = iter([SECRET, SECRET + "x", SECRET, SECRET])
    monkeypatch.setattr("app.cli.rescue.somebody_is_there", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    work("rescue", "export", str(tmp_path / "b")).refused("rescue_passphrases_differ")
    assert not (tmp_path / "b").exists()
    assert work("rescue", "export", str(tmp_path / "b")).code == 0


def test_wiping_is_refused_while_work_is_unsent(work: At) -> None:
    with_photo(work)
    facts = work("wipe", "--yes").refused("work_unsent")
    assert facts == {"operations": 2, "photos": 1}
    assert "2 步操作" in work.sentence("wipe", "--yes", lang="zh_CN")
    assert work.pending() == 2


def test_wiping_writes_the_rescue_file_first_and_works_without_hq(
    work: At, tmp_path: Path, secret: tuple[str, str]
) -> None:
    with_photo(work)
    file = tmp_path / "out"
    work("wipe", "--rescue", str(file), *secret).refused("wipe_unconfirmed")
    assert not file.exists() and work.pending() == 2
    answer = work("wipe", "--rescue", str(file), *secret, "--yes").answer
    assert answer["rescue"].items() >= {"operations": 2, "photos": 1}.items()
    assert not work.folder.exists()
    opened = rescue_format.RescueFile(file, SECRET)
    opened.prove()
    assert (opened.manifest.operations, len(opened.manifest.blobs)) == (2, 1)
    assert work("wipe", "--yes").answer["removed"] == 0


def test_a_rescue_file_inside_the_profile_would_go_with_it(work: At, secret: tuple[str, str]) -> None:
    with_photo(work)
    work("wipe", "--rescue", str(work.folder / "out"), *secret, "--yes").refused("rescue_inside_profile")
    assert work.pending() == 2


def test_a_profile_with_nothing_unsent_goes_and_leaves_what_is_not_its_own(at: At) -> None:
    (at.folder / "holiday.jpg").write_bytes(b"mine")
    assert at("wipe", "--yes").answer["rescue"] is None
    assert [path.name for path in at.folder.iterdir()] == ["holiday.jpg"]


def test_a_person_at_a_terminal_types_yes(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.rescue.somebody_is_there", lambda: True)
    typed = iter(["no", "yes"])
    monkeypatch.setattr("app.cli.rescue._typed", lambda question: next(typed))
    at("wipe").refused("wipe_unconfirmed")
    assert at.folder.exists()
    assert at("wipe").code == 0
    assert not at.folder.exists()


def test_an_open_window_or_command_is_in_the_way(at: At) -> None:
    station = at.open()
    at("wipe", "--yes").refused("profile_in_use")
    station.profile.lock_window()
    at("wipe", "--yes").refused("window_open")
    station.profile.unlock_window()
    at.close()
    assert at("wipe", "--yes").code == 0


def test_work_done_while_the_person_was_asked_is_noticed(
    work: At, tmp_path: Path, secret: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the file and the removal another command records a note: it would be lost."""
    from app.cli import rescue

    real = rescue.wiping.wipe

    def later(*given: object) -> int:
        assert work.act("add_note", text="in between").code == 0
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(rescue.wiping, "wipe", later)
    facts = work("wipe", "--rescue", str(tmp_path / "out"), *secret, "--yes").refused("work_unsent")
    assert facts == {"operations": 1, "photos": 0}
    assert work.pending() == 1


def test_a_cut_wipe_is_finished_by_the_next(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(folder: Path) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("app.offline_db.wiping._remove", cut)
        assert at("wipe", "--yes").code == 130
    assert not (at.folder / "keys.json").exists(), "nobody can read what is left"
    assert at("wipe", "--yes").code == 0
    assert not at.folder.exists()


def test_logging_out_destroys_nothing_and_tells_what_is_unsent(work: At) -> None:
    with_photo(work)
    assert work("logout").answer["unsent"] == {"operations": 2, "photos": 1, "photo_bytes": len(PHOTO)}
    said = kit.command("--data", str(work.folder), "--lang", "zh_CN", "logout").out
    assert "2 步操作" in said
    assert work.pending() == 2


def test_what_became_of_an_operation_is_told_without_hq(work: At) -> None:
    done = work.act("add_note", text="x").answer
    found = work("op", done["operation"] if "operation" in done else done["id"]).answer
    assert (found["outcome"], found["action"], found["order_id"]) == ("pending", "add_note", kit.ORDER)
    work("op", "01900000-0000-7000-8000-0000000000ff").refused("hq_unreachable", 4)
    work("op", "nonsense").refused("operation_unknown")


# through a real HQ


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    with with_sample(tmp_path / "hq") as hq:
        yield hq


def enrolled(folder: Path, hq: Hq, place: str = station_kit.STATION) -> At:
    """A profile enrolled by the command."""
    profile = Profile(folder).create()
    KeyStore.open(profile.path, Ways(environ={"FIXPOINT_PASSPHRASE": kit.PASSPHRASE}, cost=KeyCost(1024, 1, 1)))
    at = At(folder)
    assert at("enrol", "--hq", hq.url, "--code", hq.code(place)).code == 0
    return at


def test_another_machine_and_hq_take_the_file_in(
    hq: Hq, stations: Stations, tmp_path: Path, secret: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    lost = enrolled(tmp_path / "lost", hq)
    done = lost.open().store.record("accept_order", {"order_id": station_kit.ORDER}, station_kit.WANG).operation.id
    lost.close()
    file = str(tmp_path / "out")
    assert lost("wipe", "--rescue", file, *secret, "--yes").code == 0
    branch = enrolled(tmp_path / "branch", hq, station_kit.BRANCH)
    ran = branch("rescue", "import", file, *secret)
    assert ran.answer.items() >= {"known": 0, "taken": 1, "photos": 0, "outcomes": {"applied": 1}}.items()
    assert "1 of 1 steps" in ran.errors
    again = branch("rescue", "import", file, *secret)
    assert again.answer.items() >= {"known": 1, "taken": 0, "outcomes": {}}.items()
    assert branch("op", done).answer["outcome"] == "applied"
    hq.off()
    branch("rescue", "import", file, *secret).refused("hq_unreachable", 4)
    given = ["--data", str(hq.folder), "--json"]
    assert hq_main([*given, "rescue", file, *secret]) == 0
    assert json.loads(capsys.readouterr().out).items() >= {"known": 1, "taken": 0}.items()
    assert hq_main([*given, "check"]) == 0
    capsys.readouterr()
    assert hq_main([*given, "rescue", file]) == 3
    assert json.loads(capsys.readouterr().out)["code"] == "rescue_passphrase_needed"
    hq.on()


def test_hq_takes_a_file_with_photos_by_itself(
    hq: Hq, stations: Stations, tmp_path: Path, secret: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    lost = enrolled(tmp_path / "lost", hq)
    station = lost.open()
    sha256 = station.blobs.put(PHOTO).sha256
    args = {"order_id": station_kit.ORDER, "kind": "photo", "sha256": sha256, "bytes": len(PHOTO)}
    queued = [QueuedBlob(sha256, len(PHOTO), "photo", station_kit.ORDER, "image/jpeg")]
    station.store.record("add_attachment", args | {"media_type": "image/jpeg"}, station_kit.WANG, blobs=queued)
    lost.close()
    file = str(tmp_path / "out")
    assert lost("rescue", "export", file, *secret).code == 0
    os.environ["FIXPOINT_RESCUE_PASSPHRASE"] = "something else"
    given = ["--data", str(hq.folder), "--json"]
    try:
        assert hq_main([*given, "rescue", file]) == 3
        assert json.loads(capsys.readouterr().out)["code"] == "rescue_passphrase_wrong"
    finally:
        del os.environ["FIXPOINT_RESCUE_PASSPHRASE"]
    assert hq_main([*given, "rescue", file, *secret]) == 0
    assert json.loads(capsys.readouterr().out).items() >= {"taken": 1, "photos": 1}.items()
    assert (hq.folder / "blobs" / sha256[:2] / sha256).read_bytes() == PHOTO
    assert lost("sync").answer["pending"] == 0


def test_hqs_commands_for_what_waits(
    hq: Hq, stations: Stations, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = enrolled(tmp_path / "lost", hq)
    record = lost.open().store.record
    ids = [
        record("accept_order", {"order_id": station_kit.ORDER}, station_kit.WANG).operation.id,
        record("add_note", {"order_id": station_kit.ORDER, "text": "x"}, station_kit.WANG).operation.id,
    ]
    lost.close()

    def said(*arguments: str, code: int = 0, lang: str = "en") -> dict[str, object]:
        assert hq_main(["--data", str(hq.folder), "--json", "--lang", lang, *arguments]) == code
        found: dict[str, object] = json.loads(capsys.readouterr().out)
        return found

    assert said("waiting") == {"count": 0, "waiting": []}
    assert said("deactivate-person", "王")["active"] is False
    assert said("deactivate-person", "nobody", code=3)["code"] == "login_unknown"
    assert lost("sync").answer["parked"] == 2
    found = said("waiting", "--branch", "分部")
    assert found["count"] == 2
    assert hq_main(["--data", str(hq.folder), "--lang", "zh_CN", "waiting"]) == 0
    text = capsys.readouterr().out
    assert ids[0] in text and "王" in text and "接单" in text
    assert said("withdraw", ids[0], "--reason", " ", code=3)["code"] == "reason_missing"
    assert said("withdraw", ids[0], "--reason", "a slip")["outcome"] == "withdrawn"
    refused = said("release", ids[1], ids[0], code=3)
    assert refused["code"] == "operation_not_parked"
    assert refused["facts"] == {"operation": ids[0], "released": [ids[1]]}
    assert said("waiting")["count"] == 0
    known = said("revoke-device", str(said_device(hq)))
    assert said("revoke-device", str(known["id"])) == known
    assert lost("sync").code == 0, "it is told, and may still hand in"
    assert said("revoke-device", "none", code=3)["code"] == "device_named_wrong"
    assert said("check")["ok"]


def said_device(hq: Hq) -> str:
    from sqlalchemy import select

    from hq.store.schema import device

    with hq.store.reading() as connection:
        return str(connection.execute(select(device.c.id)).scalar_one())


def test_the_next_person_lists_and_mends_what_is_parked(work: At) -> None:
    parked = ParkedOperation(
        id="01900000-0000-7000-8000-0000000000aa",
        branch_id=kit.trade().story.branch_id,
        place_id=kit.where("liwei").id,
        device_id="gone",
        n=7,
        action="add_note",
        person_id=kit.who("wangfang").id,
        made_at=kit.NOW,
        code="role_not_allowed",
        facts={"action": "add_note"},
        touches=(f"work_order/{kit.ORDER}",),
        args={"order_id": kit.ORDER, "text": "old"},
    )
    work.put(parked)
    (line,) = work("parked").answer["parked"]
    assert (line["id"], line["code"], line["order_number"]) == (parked.id, "role_not_allowed", kit.NUMBER)
    assert {one["name"]: one["may_change"] for one in line["details"]} == {"order_id": False, "text": True}
    work("redo", parked.id, "--args", "[]").refused("arguments_invalid")
    work("redo", parked.id, "--args", '{"texts": "x"}').refused("arguments_invalid")
    done = work("redo", parked.id, "--args", '{"text": "new"}').answer
    assert (done["action"], done["withdrawn"]) == ("add_note", parked.id)
    assert work.pending() == 2
    assert work("parked").answer == {"parked": [], "conflicts": []}
    work("redo", parked.id).refused("operation_not_parked")
