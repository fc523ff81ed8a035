"""What is kept from whom: guessed passwords, sessions that end, and files, logs and copies that give nothing away."""

import base64
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from app import bootstrap
from app.offline_db.store import utc_now
from core.rows.people import Credential
from tests.integration.cli import kit
from tests.integration.cli.kit import At, Stations

STORY = kit.trade().story


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Moves the computer's clock."""

    def move(by: timedelta) -> None:
        monkeypatch.setattr(bootstrap, "utc_now", lambda: utc_now() + by)

    return move


def guess(at: At) -> kit.Ran:
    """A wrong password; each try is a start of the program of its own."""
    return at("login", "liwei", given="wrong\n")


# passwords and sessions


def test_the_wait_after_wrong_passwords_grows_and_outlives_restarts(at: At, later: Callable[[timedelta], None]) -> None:
    for _ in range(3):
        guess(at).refused("login_wrong")
    assert 0 < guess(at).refused("login_wait")["seconds"] <= 5
    at("login", "liwei", given=kit.PASSWORD + "\n").refused("login_wait")
    assert "秒" in at.sentence("login", "liwei", given="wrong\n", lang="zh_CN")
    later(timedelta(seconds=-3600))
    guess(at).refused("login_wait")  # a clock that is set back does not help
    later(timedelta(seconds=6))
    guess(at).refused("login_wrong")
    assert 5 < guess(at).refused("login_wait")["seconds"] <= 15
    later(timedelta(seconds=30))
    assert at("login", "liwei", given=kit.PASSWORD + "\n").code == 0
    guess(at).refused("login_wrong")  # counted anew


@pytest.mark.parametrize("given", ["", "\n", "wrong\n", kit.PASSWORD[:-1] + "\n", kit.PASSWORD + " \n"])
def test_a_wrong_password_and_an_unknown_name_are_told_alike(at: At, given: str) -> None:
    known, unknown = at("login", "liwei", given=given), at("login", "nobody", given=given)
    assert known.refused("login_wrong") == unknown.refused("login_wrong") == {}
    assert known.out == unknown.out
    at.act("add_note", text="x").refused("login_needed")


@pytest.mark.parametrize("by", [timedelta(hours=12), timedelta(days=400), timedelta(minutes=-11)])
def test_a_session_ends_after_twelve_hours_or_when_the_clock_goes_back(
    work: At, later: Callable[[timedelta], None], by: timedelta
) -> None:
    assert work.act("add_note", text="x").code == 0
    later(by)
    work.act("add_note", text="x").refused("login_needed")
    later(timedelta(hours=11, minutes=50))
    assert work.act("add_note", text="x").code == 0
    assert work.pending() == 2


def test_people_of_another_place_cannot_log_in(at: At) -> None:
    at("login", "wangfang", given=kit.PASSWORD + "\n").refused("login_wrong")


def test_a_person_who_left_can_neither_act_nor_log_in(work: At) -> None:
    work.put(msgspec.structs.replace(kit.who("liwei"), version=1, active=False))
    work.act("add_note", text="x").refused("person_inactive")
    work("login", "liwei", given=kit.PASSWORD + "\n").refused("login_wrong")
    assert work.pending() == 0


def test_a_person_who_lost_a_role_is_refused_at_once(work: At) -> None:
    person = kit.who("liwei")
    work.put(msgspec.structs.replace(person, version=1, roles=kit.who("wangfang").roles))
    work.act("identify_unit", serial=STORY.serial).refused("role_not_allowed")
    assert work.pending() == 0


def test_a_new_password_works_at_once_and_only_its_verifier_is_kept(work: At) -> None:
    new = "a new pass phrase 9"
    ran = work("act", "change_password", "--args", "-", given=f'{{"password":"{new}"}}')
    assert ran.code == 0 and new not in ran.out + ran.errors
    work("login", "liwei", given=kit.PASSWORD + "\n").refused("login_wrong")
    assert work("login", "liwei", given=new + "\n").code == 0
    station = work.open()
    with station.store.reading() as rows:
        credential = rows.get(Credential, kit.who("liwei").id)
    assert credential is not None and credential.verifier.startswith("$argon2id$")
    work.close()
    assert holders(work.folder, new) == []


@pytest.mark.parametrize("password", ["short", "x" * 257])
def test_a_password_has_a_length(work: At, password: str) -> None:
    work("act", "change_password", "--args", "-", given=f'{{"password":"{password}"}}').refused("password_length")
    assert work.pending() == 0


# files


def holders(folder: Path, *secrets: str) -> list[str]:
    """The files below ``folder`` in which one of the secrets can be read."""
    wanted = [secret.encode() for secret in secrets]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(secret in path.read_bytes() for secret in wanted)]


def worked(at: At, photo: Path) -> None:
    """Some of everything that leaves traces, refusals among it."""
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + b"not to be read" * 50)
    at("login", "liwei", given="a wrong one\n")
    at.act("add_note", text="客户电话 " + STORY.customer_phone)
    at.act("add_attachment", file=str(photo))
    at.act("identify_unit", serial=STORY.serial)
    at.act("judge_warranty")
    at("order", kit.NUMBER)
    at("orders", "--text", STORY.customer_phone)
    at("verdict", STORY.serial)
    at("enrol", "--hq", kit.NOBODY, "--code", "CODE-4711")
    at("sync")
    at("doctor")
    at("backup")
    at("restore")


def test_nothing_in_the_profile_can_be_read_without_its_keys(work: At, tmp_path: Path) -> None:
    worked(work, tmp_path / "photo.png")
    station = work.open()
    database_key = station.keys.database_key
    work.close()
    personal = (STORY.customer_phone, STORY.customer_name, STORY.customer_address[:12], "not to be read")
    secret = (kit.PASSWORD, kit.PASSPHRASE, "a wrong one", "CODE-4711", database_key.hex())
    encoded = base64.b64encode(database_key).decode().rstrip("=")
    assert holders(work.folder, *personal, *secret, encoded, database_key.hex().upper()) == []
    raw = [path for path in work.folder.rglob("*") if path.is_file() and database_key in path.read_bytes()]
    assert raw == []


def test_the_log_tells_of_work_without_naming_anybody(work: At, tmp_path: Path) -> None:
    worked(work, tmp_path / "photo.png")
    logged = "".join(path.read_text() for path in (work.folder / "log").glob("*.log*"))
    for told in (STORY.customer_phone, STORY.customer_name, STORY.serial, kit.PASSWORD, kit.PASSPHRASE, "CODE-4711"):
        assert told not in logged


def test_only_this_person_may_look_into_the_profile(work: At, tmp_path: Path) -> None:
    worked(work, tmp_path / "photo.png")
    assert work.folder.stat().st_mode & 0o077 == 0
    open_to_others = [
        str(path.relative_to(work.folder))
        for path in work.folder.rglob("*")
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    assert open_to_others == []


def test_a_copy_of_the_profile_is_of_no_use_without_the_passphrase(
    stations: Stations, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = stations(logged_in=True)
    monkeypatch.delenv("FIXPOINT_PASSPHRASE")
    for command in (("orders",), ("order", kit.NUMBER), ("act", "add_note"), ("backup",)):
        ran = at(*command)
        ran.refused("passphrase_needed")
        assert STORY.customer_name not in ran.out


def test_a_secret_is_in_no_answer(work: At) -> None:
    said = "".join(
        work(*command, given=kit.PASSWORD + "\n").out
        for command in (("login", "liwei"), ("doctor",), ("order", kit.NUMBER), ("orders",), ("sync",), ("backup",))
    )
    station = work.open()
    for secret in (kit.PASSWORD, kit.PASSPHRASE, station.keys.database_key.hex(), "$argon2"):
        assert secret not in said
