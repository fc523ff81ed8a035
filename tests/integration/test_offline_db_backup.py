"""Backups, restores and migrations of a real encrypted database, also when damaged or cut off in the middle."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.offline_db import backup, integrity, restoring
from app.offline_db.backup import Kind, back_up, back_up_when_due, list_backups, restore
from app.offline_db.engine import open_engine, reading, writing
from app.offline_db.migrate import FOLDER, revision_of, upgrade
from app.offline_db.profile import Profile
from core.refusals import Refusal
from tools.make_migration import write_next

KEY = bytes(range(32))
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile(tmp_path / "p").create()


@pytest.fixture
def engine(profile: Profile) -> Iterator[Engine]:
    engine = open_engine(profile, KEY)
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY, said TEXT NOT NULL)"))
    add(engine, "first")
    yield engine
    engine.dispose()


def add(engine: Engine, said: str) -> None:
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO note (said) VALUES (:said)"), {"said": said})


def notes(profile: Profile) -> list[str]:
    engine = open_engine(profile, KEY)
    with reading(engine) as connection:
        found = list(connection.execute(text("SELECT said FROM note ORDER BY id")).scalars())
    engine.dispose()
    return found


def refused(code: str, profile: Profile, which: str | None = None) -> None:
    with pytest.raises(Refusal) as caught:
        restore(profile, KEY, which, NOON)
    assert caught.value.code == code


def flip(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)


def test_a_backup_is_encrypted_private_whole_and_of_its_moment(profile: Profile, engine: Engine) -> None:
    made = back_up(engine, profile, NOON)
    add(engine, "second")
    assert made.kind is Kind.ASKED
    assert made.made_at == NOON
    assert made.path.stat().st_mode & 0o077 == 0
    assert b"first" not in made.path.read_bytes()
    assert integrity.check(made.path, KEY).whole
    assert [path.name for path in profile.backups.iterdir()] == [made.name]


def test_restore_brings_the_moment_back_and_keeps_what_was_there(profile: Profile, engine: Engine) -> None:
    back_up(engine, profile, NOON)
    add(engine, "second")
    engine.dispose()
    aside = restore(profile, KEY, None, NOON)
    assert notes(profile) == ["first"]
    shutil.rmtree(profile.path / "blobs")
    (aside / "fixpoint.db").replace(profile.database)
    assert notes(profile) == ["first", "second"]


def test_restore_chooses_by_name(profile: Profile, engine: Engine) -> None:
    one = back_up(engine, profile, NOON)
    add(engine, "second")
    back_up(engine, profile, NOON + timedelta(hours=1))
    add(engine, "third")
    engine.dispose()
    restore(profile, KEY, one.name, NOON)
    assert notes(profile) == ["first"]
    refused("backup_unknown", profile, "../fixpoint.db")


def test_a_log_left_by_a_killed_program_is_not_played_into_the_restored_file(profile: Profile, engine: Engine) -> None:
    back_up(engine, profile, NOON)
    add(engine, "second")
    log = profile.path / "fixpoint.db-wal"
    left = log.read_bytes()
    assert left
    engine.dispose()
    log.write_bytes(left)
    restore(profile, KEY, None, NOON)
    assert notes(profile) == ["first"]


def test_nobody_restores_under_an_open_window_or_command(profile: Profile, engine: Engine) -> None:
    back_up(engine, profile, NOON)
    refused("profile_in_use", profile)
    engine.dispose()
    other = Profile(profile.path)
    other.lock_window("here")
    refused("window_open", profile)
    other.unlock_window()
    restore(profile, KEY, None, NOON)
    assert notes(profile) == ["first"]


def test_the_window_itself_may_restore_and_stays_the_only_window(profile: Profile, engine: Engine) -> None:
    back_up(engine, profile, NOON)
    profile.lock_window()
    engine.dispose()
    restore(profile, KEY, None, NOON)
    with pytest.raises(Refusal):
        Profile(profile.path).lock_window()
    profile.unlock_window()


def test_the_daily_backup_removes_what_killed_programs_left(profile: Profile, engine: Engine) -> None:
    old, fresh = profile.blobs / ".photo.77.new", profile.path / ".keys.json.78.new"
    for path in (old, fresh):
        path.touch()
    os.utime(old, (0, 0))
    back_up_when_due(engine, profile, NOON)
    assert (old.exists(), fresh.exists()) == (False, True)


def test_nobody_opens_while_a_restore_is_under_way(profile: Profile, engine: Engine) -> None:
    engine.dispose()
    alone = profile.use_lock()
    assert alone.take()
    with pytest.raises(Refusal) as caught:
        open_engine(profile, KEY)
    assert caught.value.code == "profile_in_use"
    alone.release()
    assert notes(profile) == ["first"]


def test_a_damaged_backup_changes_nothing(profile: Profile, engine: Engine) -> None:
    made = back_up(engine, profile, NOON)
    add(engine, "second")
    engine.dispose()
    flip(made.path, 4096 + 9)
    refused("backup_damaged", profile)
    assert notes(profile) == ["first", "second"]


def test_a_damaged_database_says_which_backup_and_is_restored(profile: Profile, engine: Engine) -> None:
    made = back_up(engine, profile, NOON)
    engine.dispose()
    flip(profile.database, 50)
    with pytest.raises(Refusal) as caught:
        open_engine(profile, KEY)
    assert caught.value.code == "database_damaged"
    assert caught.value.facts == {"page": 1, "backup": made.name}
    restore(profile, KEY, None, NOON)
    assert notes(profile) == ["first"]


def test_a_vanished_database_is_restored(profile: Profile, engine: Engine) -> None:
    back_up(engine, profile, NOON)
    engine.dispose()
    profile.database.unlink()
    restore(profile, KEY, None, NOON)
    assert notes(profile) == ["first"]


@pytest.mark.parametrize("step", ["move_into_place", "finish"])
def test_a_restore_cut_off_leaves_the_old_or_the_new(
    profile: Profile, engine: Engine, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(engine, profile, NOON)
    add(engine, "second")
    engine.dispose()
    calls = []

    def cut(*given: object) -> None:
        calls.append(given)
        if step == "move_into_place" or len(calls) == 2:  # `finish` is called first to tidy up, then in earnest
            raise InterruptedError

    if step == "finish":
        monkeypatch.setattr(restoring, "finish", cut)
    else:
        monkeypatch.setattr(backup, "move_into_place", cut)
    with pytest.raises(InterruptedError):
        restore(profile, KEY, None, NOON)
    monkeypatch.undo()
    assert notes(profile) == (["first", "second"] if step == "move_into_place" else ["first"])


def test_no_backup_without_room(profile: Profile, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Profile, "free_bytes", lambda _: 1000)
    with pytest.raises(Refusal) as caught:
        back_up(engine, profile, NOON)
    assert caught.value.code == "disk_full"
    assert not list_backups(profile)


def test_the_automatic_backup_never_stands_in_the_way(
    profile: Profile, engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Profile, "free_bytes", lambda _: 1000)
    assert back_up_when_due(engine, profile, NOON) is None
    assert "no automatic backup: disk_full" in caplog.text


def test_three_replaced_databases_are_kept(profile: Profile, engine: Engine) -> None:
    back_up(engine, profile, NOON)
    engine.dispose()
    asides = []
    for day in range(5):
        asides.append(restore(profile, KEY, None, NOON + timedelta(days=day)))
        if day < 3:
            (profile.path / "carry-over").unlink()  # as an opening does once it has taken over what was not sent
    assert [aside.exists() for aside in asides] == [False, False, True, True, True]


def test_a_damaged_database_makes_no_backup_and_keeps_the_old_ones(profile: Profile, engine: Engine) -> None:
    good = back_up(engine, profile, NOON)
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO note (said) VALUES (:said)"), [{"said": "x" * 3000}] * 50)
    engine.dispose()
    flip(profile.database, 4096 * 20 + 7)
    again = open_engine(profile, KEY)
    with pytest.raises(Refusal) as caught:
        back_up(again, profile, NOON + timedelta(days=1))
    again.dispose()
    assert caught.value.code == "database_damaged"
    assert caught.value.facts["page"] == 21
    assert [path.name for path in profile.backups.iterdir()] == [good.name]


def test_automatic_backups_are_daily_and_kept_for_seven_days_and_four_weeks(profile: Profile, engine: Engine) -> None:
    asked = back_up(engine, profile, NOON)
    for day in range(40):
        assert back_up_when_due(engine, profile, NOON + timedelta(days=day))
        assert back_up_when_due(engine, profile, NOON + timedelta(days=day, hours=9)) is None
    kept = list_backups(profile)
    days = [(backup.made_at - NOON).days for backup in kept if backup.kind is Kind.AUTO]
    assert days[:7] == [39, 38, 37, 36, 35, 34, 33]
    assert len(days) == 9  # the newest of each of the last four weeks; two of them are among the seven days
    assert asked in kept


# migrations


FIRST = '''"""First."""
from alembic import op
revision = "0001"
down_revision = None
def upgrade():
    op.execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT)")
'''
SECOND = '''"""Second."""
import sqlalchemy as sa
from alembic import op
revision = "0002"
down_revision = "0001"
def upgrade():
    with op.batch_alter_table("customer") as table:
        table.add_column(sa.Column("phone", sa.String, nullable=False, server_default=""))
        table.alter_column("name", nullable=False, existing_type=sa.Text)
'''
BROKEN = SECOND + '    op.execute("INSERT INTO nowhere VALUES (1)")\n'


@pytest.fixture
def changes(tmp_path: Path) -> Path:
    folder = tmp_path / "100 % changes"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("0*.py", "__pycache__"))
    (folder / "versions" / "0001_first.py").write_text(FIRST)
    return folder


def customer_columns(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(customer)")]


def test_a_new_database_gets_the_schema_without_a_copy(profile: Profile, engine: Engine, changes: Path) -> None:
    assert upgrade(engine, profile, NOON, changes)
    assert revision_of(engine) == "0001"
    assert not upgrade(engine, profile, NOON, changes)
    assert list_backups(profile) == []


def test_the_database_is_copied_before_a_change(profile: Profile, engine: Engine, changes: Path) -> None:
    upgrade(engine, profile, NOON, changes)
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO customer (name) VALUES ('王')"))
    (changes / "versions" / "0002_second.py").write_text(SECOND)
    assert upgrade(engine, profile, NOON, changes)
    assert customer_columns(engine) == ["id", "name", "phone"]
    kept = list_backups(profile)
    assert [(one.kind, one.revision) for one in kept] == [(Kind.BEFORE, "0002")]
    engine.dispose()
    restore(profile, KEY, kept[0].name, NOON)
    again = open_engine(profile, KEY)
    assert customer_columns(again) == ["id", "name"]
    again.dispose()


def test_a_change_that_fails_leaves_nothing_half_done(profile: Profile, engine: Engine, changes: Path) -> None:
    upgrade(engine, profile, NOON, changes)
    (changes / "versions" / "0002_second.py").write_text(BROKEN)
    with pytest.raises(Exception, match="nowhere"):
        upgrade(engine, profile, NOON, changes)
    assert revision_of(engine) == "0001"
    assert customer_columns(engine) == ["id", "name"]
    with reading(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_database_of_a_newer_program_is_left_alone(profile: Profile, engine: Engine, changes: Path) -> None:
    upgrade(engine, profile, NOON, changes)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))
    with pytest.raises(Refusal) as caught:
        upgrade(engine, profile, NOON, changes)
    assert caught.value.code == "database_newer"
    assert list_backups(profile) == []


def test_the_next_change_is_written_from_the_models(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = {path.name for path in (folder / "versions").glob("0*.py")}
    write_next("Nothing at all", folder)
    (new,) = (path for path in (folder / "versions").glob("0*.py") if path.name not in before)
    assert new.name == f"{len(before) + 1:04d}_nothing_at_all.py"
    assert "    pass\n" in new.read_text()  # the shipped changes and the models agree
