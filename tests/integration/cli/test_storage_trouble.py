"""Keys, database, disk and process in trouble: what the command says, and that all work is there afterwards."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.pool import Pool

from app.bootstrap import open_station
from app.offline_db.profile import Profile
from app.offline_db.schema import operation
from core.operations.kernel import decode_operation
from core.operations.operation import GENESIS
from core.refusals import Refusal
from core.rows.orders import Note
from tests.integration.cli import kit
from tests.integration.cli.kit import At, Stations

ROOT = Path(__file__).resolve().parents[3]
PAGE = 4096


def note(at: At, text: str = "一") -> kit.Ran:
    """Write a remark."""
    return at.act("add_note", text=text)


# keys


@pytest.mark.parametrize(
    ("passphrase", "code"), [("another passphrase", "passphrase_wrong"), ("", "passphrase_needed")]
)
def test_a_passphrase_that_is_wrong_or_missing(
    work: At, monkeypatch: pytest.MonkeyPatch, passphrase: str, code: str
) -> None:
    note(work)
    monkeypatch.setenv("FIXPOINT_PASSPHRASE", passphrase)
    for command in (("orders",), ("sync",), ("backup",), ("restore",), ("login", "liwei")):
        work(*command).refused(code)
    doctor = work("doctor")
    assert (doctor.code, doctor.answer["code"], doctor.answer["ok"]) == (3, code, False)
    assert doctor.answer["key_store"] == "passphrase" and doctor.answer["registry"]["state"] == "complete"
    monkeypatch.setenv("FIXPOINT_PASSPHRASE", kit.PASSPHRASE)
    assert work.pending() == 1


def test_scanning_and_verdicts_go_on_with_the_shipped_rules_while_the_keys_are_locked(
    work: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIXPOINT_PASSPHRASE")
    found = work("verdict", kit.EXCHANGED)
    assert (found.code, found.answer["outcome"]) == (0, "needs_review"), "no registry can be asked"


def test_one_copy_of_the_keys_is_enough_and_none_is_never_replaced_by_new_ones(work: At) -> None:
    note(work)
    first, second = work.folder / "keys.json", work.folder / "keys.copy.json"
    kept = first.read_bytes()
    first.write_text("{}")
    assert work("orders").code == 0
    second.write_text("{}")
    work("orders").refused("key_damaged")
    first.unlink()
    second.unlink()
    for command in (("orders",), ("verdict", "X1"), ("act", "add_note"), ("login", "liwei")):
        work(*command).refused("key_record_missing")
    assert "密钥" in work.sentence("orders", lang="zh_CN")
    assert not first.exists() and not second.exists()
    first.write_bytes(kept)
    assert work.pending() == 1


def test_the_keys_of_another_profile_do_not_open_this_one(stations: Stations) -> None:
    mine, other = stations(logged_in=True), stations()
    note(mine)
    # a profile of its own, not a copy of the same template
    strange = other.folder.with_name("strange")
    Profile(strange).create()
    open_station(Profile(strange)).close()
    kept = {name: (mine.folder / name).read_bytes() for name in ("keys.json", "keys.copy.json")}
    for name in kept:
        shutil.copy(strange / name, mine.folder / name)
    mine("orders").refused("database_key_wrong")
    assert mine("doctor").answer["code"] == "database_key_wrong"
    for name, content in kept.items():
        (mine.folder / name).write_bytes(content)
    assert mine.pending() == 1


# the database


@pytest.mark.parametrize("page", [1, 2, 41])
def test_a_damaged_page_is_named_with_the_backup_that_mends_it(work: At, page: int) -> None:
    note(work)
    backup = work("backup").answer["backup"]
    damage(work, page)
    for command in (("orders",), ("act", "add_note", "--order", kit.NUMBER, "--args", '{"text":"x"}')):
        ran = work(*command)
        if ran.code != 0:  # a page that this command does not need keeps nobody from work
            assert ran.refused("database_damaged")["backup"] == backup
            assert backup in work.sentence(*command, lang="zh_CN")
    doctor = work("doctor")
    assert (doctor.code, doctor.answer["ok"], doctor.answer["code"]) == (3, False, "database_damaged")
    assert work("restore").code == 0
    assert work("doctor").code == 0
    assert work.pending() == 1


def damage(at: At, page: int) -> None:
    """Overwrite part of a page, as a failing disk does."""
    with (at.folder / "fixpoint.db").open("r+b") as file:
        file.seek((page - 1) * PAGE + 100)
        file.write(b"\xff" * 200)


def test_a_database_that_is_gone_or_was_never_ours(work: At) -> None:
    note(work)
    backup = work("backup").answer["backup"]
    database = work.folder / "fixpoint.db"
    database.unlink()
    assert work("orders").refused("database_missing")["backup"] == backup
    with sqlite3.connect(database) as plain:
        plain.execute("CREATE TABLE t (a)")
    plain.close()
    work("orders").refused("database_not_encrypted")
    database.write_bytes(os.urandom(3 * PAGE))
    assert work("orders").code == 3
    assert work("restore", backup).code == 0
    assert work.pending() == 1


def test_a_failed_opening_holds_nothing(work: At) -> None:
    """A refusal in this very process must not keep the restore from the file."""
    work("backup")
    damage(work, 2)
    with pytest.raises(Refusal):
        open_station(Profile(work.folder))
    assert work("restore").code == 0


def test_a_profile_that_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIXPOINT_PASSPHRASE", kit.PASSPHRASE)
    taken = tmp_path / "taken"
    taken.write_text("a file")
    for command in (("orders",), ("login", "x"), ("backup",), ("sync",)):
        At(taken)(*command).refused("profile_unwritable")
    assert At(taken)("doctor").answer["code"] == "profile_unwritable"
    assert taken.read_text() == "a file"
    At(tmp_path / "fresh")("restore").refused("backup_unknown")
    assert not (tmp_path / "fresh").exists()


# the disk


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Every connection's database can grow no more: SQLite's own way to run out of room."""

    def full(connection: Any, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(Pool, "checkout", full)
    yield
    event.remove(Pool, "checkout", full)


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_told_and_what_was_done_is_there(work: At) -> None:
    done, ran = 0, note(work, "长" * 3000)
    while ran.code == 0 and done < 200:
        done, ran = done + 1, note(work, "长" * 3000)
    assert str(work.folder) in ran.refused("disk_full")["folder"]
    said = work.sentence(
        "act", "add_note", "--order", kit.NUMBER, "--args", '{"text":"' + "长" * 3900 + '"}', lang="zh_CN"
    )
    assert "磁盘" in said
    station = work.open()
    assert station.store.pending() == done
    with station.store.reading() as rows:
        assert len(rows.find(Note, order_id=kit.ORDER)) == done
    assert work("doctor").answer["ok"]


def test_a_full_disk_while_a_photo_is_kept(work: At, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + b"x" * 5000)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("app.offline_db.blobs.os.fsync", full)
        work.act("add_attachment", file=str(photo)).refused("disk_full")
    assert work.pending() == 0
    assert work.act("add_attachment", file=str(photo)).code == 0


def test_no_room_for_a_backup(work: At, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Profile, "free_bytes", lambda self: 0)
    work("backup").refused("disk_full")
    assert list((work.folder / "backups").iterdir()) == []


# killed


def as_process(at: At, *arguments: str) -> subprocess.Popen[str]:
    """``fixpoint`` as a process of its own."""
    command = [sys.executable, "-m", "app", "--data", str(at.folder), "--json", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def chain(at: At) -> list[str]:
    """The ids of the operations, after looking at their numbers and hashes."""
    station = open_station(Profile(at.folder))
    with station.store.reading() as rows:
        stored = rows.connection.execute(select(operation).order_by(operation.c.n)).mappings().all()
        made = [decode_operation(found["body"]) for found in stored]
        assert [one.n for one in made] == list(range(1, len(made) + 1))
        assert [one.prev for one in made] == [GENESIS, *(found["hash"] for found in stored[:-1])][: len(made)]
        assert len(rows.find(Note, order_id=kit.ORDER)) == len(made)
    station.close()
    return [one.id for one in made]


@pytest.mark.slow
def test_a_command_killed_at_any_moment_is_done_or_not_done(work: At) -> None:
    waits = [0.35, 0.5, 0.6, 0.7, 0.8, 1.0, 1.3]
    told = []
    for number, wait in enumerate(waits):
        process = as_process(work, "act", "add_note", "--order", kit.NUMBER, "--args", f'{{"text":"{number}"}}')
        try:
            out, _ = process.communicate(timeout=wait)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
        told += [line for line in out.splitlines() if '"operation"' in line]
    made = chain(work)
    assert all(any(one in line for one in made) for line in told), "what was told is done is there"
    assert len(made) <= len(waits)
    assert note(work, "next").code == 0 and len(chain(work)) == len(made) + 1
    assert work("doctor").answer["ok"]


def test_the_exit_codes_of_a_process(work: At, tmp_path: Path) -> None:
    for arguments, code in [
        (("orders",), 0),
        (("orders", "--state", "flying"), 2),
        (("scan", str(tmp_path / "gone.png")), 3),
        (("sync",), 4),
    ]:
        process = as_process(work, *arguments)
        out, errors = process.communicate(timeout=60)
        assert process.returncode == code, (arguments, out, errors)
        assert "Traceback" not in errors
