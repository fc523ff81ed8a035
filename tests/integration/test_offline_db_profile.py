"""The profile's folder and log on a real disk, with a second process where it matters."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.files import write_atomically
from app.offline_db.log import FILE_BYTES, start_log, without_secrets
from app.offline_db.profile import Profile
from core.refusals import Refusal

HOLD = """
import sys
from pathlib import Path
from app.offline_db.profile import Profile
profile = Profile(Path(sys.argv[1]))
profile.lock_window("fixpoint-window")
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile(tmp_path / "p").create()


def test_the_folder_is_chosen_by_option_then_variable_then_system() -> None:
    assert Profile.chosen("/one", {"FIXPOINT_DATA": "/two"}).path == Path("/one")
    assert Profile.chosen(None, {"FIXPOINT_DATA": "/two"}).path == Path("/two")
    assert Profile.chosen(None, {}).path.name == "Fixpoint"


def test_folders_are_private_even_if_they_were_not(profile: Profile) -> None:
    profile.blobs.chmod(0o755)
    profile.create()
    for folder in (profile.path, profile.blobs, profile.backups, profile.log):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_place_that_cannot_be_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Refusal) as caught:
        Profile(tmp_path / "file" / "p").create()
    assert caught.value.code == "profile_unwritable"


def test_a_second_window_finds_the_first_and_the_lock_dies_with_its_process(profile: Profile) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(profile.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "locked\n"
    with pytest.raises(Refusal) as caught:
        profile.lock_window()
    assert caught.value.code == "window_open"
    assert caught.value.facts == {"process": holder.pid, "address": "fixpoint-window"}
    holder.kill()
    holder.communicate()
    profile.lock_window()
    profile.unlock_window()


def test_many_may_use_the_database_but_only_one_alone(profile: Profile) -> None:
    one, other, alone = profile.use_lock(), profile.use_lock(), profile.use_lock()
    assert one.take(shared=True)
    assert other.take(shared=True)
    assert not alone.take()
    one.release()
    other.release()
    assert alone.take()
    assert not one.take(shared=True)
    alone.release()


def test_space_is_asked_for(profile: Profile) -> None:
    profile.require_space(1)
    with pytest.raises(Refusal) as caught:
        profile.require_space(profile.free_bytes())
    assert caught.value.code == "disk_full"


def test_an_atomic_write_leaves_the_old_content_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys.json"
    write_atomically(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Refusal) as caught:
        write_atomically(path, b"new")
    assert caught.value.code == "disk_full"
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


# the log


@pytest.fixture
def log(profile: Profile) -> Iterator[logging.Logger]:
    before = logging.getLogger().level
    handler = start_log(profile)
    yield logging.getLogger("fixpoint.test")
    logging.getLogger().removeHandler(handler)
    logging.getLogger().setLevel(before)
    handler.close()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("PRAGMA key = \"x'" + "ab" * 32 + "'\"", "PRAGMA key = \"x'…'\""),
        ("Authorization: Bearer abc.DEF-123 next", "Authorization: …"),
        ("sent bearer abc.DEF-123, ok", "sent bearer …, ok"),
        ('{"password": "hunter2 x", "name": "w"}', '{"password": …, "name": "w"}'),
        ("token=abc123 next", "token=… next"),
        ("order 42 refused, code=disk_full", "order 42 refused, code=disk_full"),
    ],
)
def test_secrets_are_masked(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


def test_the_log_is_private_and_masks_arguments_and_tracebacks(profile: Profile, log: logging.Logger) -> None:
    key = "x'" + "cd" * 32 + "'"
    try:
        raise ValueError(f"bad statement {key}")
    except ValueError:
        log.exception("password=%s and %s", "hunter2", key)
    written = (profile.log / "window.log").read_text()
    assert "bad statement" in written
    assert "hunter2" not in written
    assert "cdcd" not in written
    assert (profile.log / "window.log").stat().st_mode & 0o077 == 0


def test_the_log_is_bounded(profile: Profile, log: logging.Logger) -> None:
    line = "x" * 200_000
    for _ in range(60):
        log.warning(line)
    files = list(profile.log.iterdir())
    assert len(files) == 5
    assert all(path.stat().st_size <= FILE_BYTES for path in files)
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
