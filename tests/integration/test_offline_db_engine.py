"""The encrypted database on a real disk: nothing readable in its files, damage named, writers in turn."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.file_lock import FileLock
from app.offline_db import cipher, doctor, integrity
from app.offline_db.engine import answer, open_engine, reading, writing
from app.offline_db.profile import Profile
from app.offline_db.registry_file import Registry
from core.refusals import Refusal

KEY = bytes(range(32))
SECRET = "王小明 13800138000 浦东新区"


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile(tmp_path / "资料").create()


@pytest.fixture
def engine(profile: Profile) -> Iterator[Engine]:
    engine = open_engine(profile, KEY)
    yield engine
    engine.dispose()


def fill(engine: Engine, rows: int = 500) -> None:
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"))
        connection.execute(text("INSERT INTO customer (name) VALUES (:name)"), [{"name": SECRET * 5}] * rows)


def count(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(text("SELECT count(*) FROM customer")).scalar_one()


def refused(code: str, profile: Profile, key: bytes = KEY) -> Refusal:
    with pytest.raises(Refusal) as caught:
        open_engine(profile, key)
    assert caught.value.code == code
    return caught.value


def flip(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)


def test_nothing_readable_is_on_the_disk_while_open_or_closed(profile: Profile, engine: Engine) -> None:
    fill(engine)
    names = {path.name for path in profile.path.iterdir()}
    assert "fixpoint.db-wal" in names
    for closed in (False, True):
        if closed:
            engine.dispose()
        for path in profile.path.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert SECRET.encode() not in content, path
                assert b"customer" not in content, path
                assert KEY.hex().encode() not in content, path
                assert not content.startswith(b"SQLite format 3"), path


def test_files_are_private(profile: Profile, engine: Engine) -> None:
    fill(engine)
    assert profile.path.stat().st_mode & 0o077 == 0
    for path in (profile.database, profile.key_check, *profile.path.glob("fixpoint.db-*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_settings_that_durability_rests_on(engine: Engine) -> None:
    with reading(engine) as connection:
        said = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "temp_store", "cipher_status")
        }
    assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "temp_store": 2, "cipher_status": "1"}


def test_what_was_written_is_there_after_opening_again(profile: Profile, engine: Engine) -> None:
    fill(engine)
    engine.dispose()
    again = open_engine(profile, KEY)
    assert count(again) == 500
    again.dispose()


def test_an_exception_rolls_the_whole_transaction_back(engine: Engine) -> None:
    fill(engine)

    def delete_and_fail() -> None:
        with writing(engine) as connection:
            connection.execute(text("DELETE FROM customer"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        delete_and_fail()
    assert count(engine) == 500


def test_the_key_is_in_no_text(engine: Engine) -> None:
    fill(engine)
    with pytest.raises(Exception, match="no such table") as caught, reading(engine) as connection:
        connection.execute(text("SELECT :secret FROM nowhere"), {"secret": SECRET})
    for shown in (repr(engine), str(engine.url), repr(engine.pool), str(caught.value), repr(caught.value)):
        assert KEY.hex() not in shown
        assert SECRET not in shown


def test_another_key_is_refused_as_such(profile: Profile, engine: Engine) -> None:
    fill(engine)
    engine.dispose()
    refused("database_key_wrong", profile, bytes(32))


def test_a_database_is_begun_by_one_process_only(profile: Profile) -> None:
    other = FileLock(profile.path / "making.lock")
    assert other.take()
    refused("profile_in_use", profile)
    other.release()
    open_engine(profile, KEY).dispose()


def test_a_plain_database_is_refused(profile: Profile) -> None:
    profile.database.write_bytes(b"SQLite format 3\x00" + bytes(4080))
    refused("database_not_encrypted", profile)


def test_a_database_that_vanished_is_not_replaced_by_an_empty_one(profile: Profile, engine: Engine) -> None:
    fill(engine)
    engine.dispose()
    profile.database.unlink()
    refused("database_missing", profile)
    assert not profile.database.exists()


def test_one_flipped_byte_names_its_page(profile: Profile, engine: Engine) -> None:
    fill(engine)
    engine.dispose()
    flip(profile.database, 4096 * 10 + 77)
    assert integrity.check(profile.database, KEY).pages == (11,)
    damaged = open_engine(profile, KEY)
    with pytest.raises(Refusal) as caught, reading(damaged) as connection:
        connection.execute(text("SELECT sum(length(name)) FROM customer")).all()
    damaged.dispose()
    assert caught.value.code == "database_damaged"
    assert caught.value.facts["page"] == 11


def test_a_short_question_that_meets_damage_is_refused_like_any_other(profile: Profile, engine: Engine) -> None:
    fill(engine)
    engine.dispose()
    flip(profile.database, 4096 * 10 + 77)
    damaged = open_engine(profile, KEY)
    with pytest.raises(Refusal) as caught:
        answer(damaged, "SELECT sum(length(name)) FROM customer")
    assert answer(damaged, "SELECT 1, NULL") == [(1, None)]
    damaged.dispose()
    assert (caught.value.code, caught.value.facts["page"]) == ("database_damaged", 11)


@pytest.mark.parametrize("offset", [3, 100, 4000])
def test_a_damaged_first_page_is_not_taken_for_a_wrong_key(profile: Profile, engine: Engine, offset: int) -> None:
    fill(engine)
    engine.dispose()
    flip(profile.database, offset)
    assert refused("database_damaged", profile).facts["page"] == 1


def test_a_truncated_file_is_damage(profile: Profile, engine: Engine) -> None:
    fill(engine)
    engine.dispose()
    profile.database.write_bytes(profile.database.read_bytes()[: 4096 * 20 + 5])
    assert not integrity.check(profile.database, KEY).whole


def test_an_unwritable_place_is_refused(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "p").create()
    profile.database.mkdir()
    (profile.database / "x").touch()
    with pytest.raises(Refusal) as caught:
        open_engine(profile, KEY)
    assert caught.value.code == "profile_unwritable"


def test_a_full_disk_is_refused_and_loses_nothing(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def write_much() -> None:
        with writing(engine) as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")  # SQLite's own way to run out of room
            connection.execute(text("INSERT INTO customer (name) VALUES (:name)"), [{"name": "x" * 3000}] * 50)

    with pytest.raises(Refusal) as caught:
        write_much()
    assert caught.value.code == "disk_full"
    assert count(engine) == 500


def test_a_reader_sees_one_state_while_another_writes(engine: Engine) -> None:
    fill(engine, 10)
    with reading(engine) as reader:
        first = reader.execute(text("SELECT count(*) FROM customer")).scalar_one()
        with writing(engine) as writer:
            writer.execute(text("DELETE FROM customer"))
        assert reader.execute(text("SELECT count(*) FROM customer")).scalar_one() == first == 10
    assert count(engine) == 0


def test_writers_take_turns_and_none_is_lost(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE counter (value INTEGER)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))

    def add() -> None:
        for _ in range(20):
            with writing(engine) as connection:
                value = connection.execute(text("SELECT value FROM counter")).scalar_one()
                connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as connection:
        assert connection.execute(text("SELECT value FROM counter")).scalar_one() == 120


def test_foreign_keys_are_kept(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE b (a INTEGER REFERENCES a (id))"))
    with pytest.raises(Exception, match="FOREIGN KEY"), writing(engine) as connection:
        connection.execute(text("INSERT INTO b VALUES (7)"))


def test_a_writer_that_waits_too_long_is_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cipher, "BUSY_SECONDS", 0.05)

    def write_twice_at_once() -> None:
        with writing(engine), writing(engine):
            pass

    with pytest.raises(Refusal) as caught:
        write_twice_at_once()
    assert caught.value.code == "database_busy"


KILLED = """
import os, sys
from pathlib import Path
from sqlalchemy import text
from app.offline_db.engine import open_engine, writing
from app.offline_db.profile import Profile
engine = open_engine(Profile(Path(sys.argv[1])), bytes(range(32)))
number = 0
while True:
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO pair VALUES (:n, 'left')"), {"n": number})
        connection.execute(text("INSERT INTO pair VALUES (:n, 'right')"), {"n": number})
    print(number, flush=True)
    number += 1
"""


@pytest.mark.parametrize("after", [1, 40, 400])
def test_a_program_killed_while_writing_loses_nothing_it_confirmed(
    profile: Profile, engine: Engine, after: int
) -> None:
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE pair (n INTEGER, side TEXT)"))
    engine.dispose()
    writer = subprocess.Popen([sys.executable, "-c", KILLED, str(profile.path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    for _ in range(after):
        writer.stdout.readline()
    writer.kill()
    rest, _ = writer.communicate()
    confirmed = after + len(rest.splitlines())
    again = open_engine(profile, KEY)
    with reading(again) as connection:
        pairs = connection.execute(text("SELECT n, count(*) FROM pair GROUP BY n ORDER BY n")).all()
    again.dispose()
    assert len(pairs) in {confirmed, confirmed + 1}  # the last one may have been written and not yet said
    assert [tuple(pair) for pair in pairs] == [(number, 2) for number in range(len(pairs))]
    assert integrity.check(profile.database, KEY).whole


def test_the_storage_report_tells_what_is_there(profile: Profile, engine: Engine) -> None:
    fill(engine)
    report = doctor.examine(profile, engine, KEY, Registry(profile.registry), date(2026, 11, 21))
    assert report.whole
    assert report.cipher.startswith("4.")
    assert report.cipher_settings["cipher_use_hmac"] == "1"
    assert (report.journal, report.registry, report.newest_backup) == ("wal", "missing", None)
    assert KEY.hex() not in repr(report)
    engine.dispose()
    flip(profile.database, 4096 * 7 + 1)
    damaged = open_engine(profile, KEY)
    report = doctor.examine(profile, damaged, KEY, Registry(profile.registry), date(2026, 11, 21))
    damaged.dispose()
    assert (report.whole, report.damaged_pages) == (False, [8])
