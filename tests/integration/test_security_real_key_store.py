"""Keys in a real Secret Service (gnome-keyring on a bus of its own): kept, locked, emptied, out of reach."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = ("dbus-run-session", "gnome-keyring-daemon")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"Debian packages gnome-keyring and dbus are needed: {MISSING}")

OPEN = """
import hashlib, json, sys
from pathlib import Path
from app.security.key_store import KeyStore
from core.refusals import Refusal
try:
    store = KeyStore.open(Path(sys.argv[1]))
    said = {"store": store.store, "key": hashlib.sha256(store.database_key).hexdigest()}
except Refusal as refusal:
    said = {"code": refusal.code, "facts": refusal.facts}
print(json.dumps(said))
"""
# the daemon is told its password on its standard input and goes on in the background; the bus ends it at the end
UNLOCKED = "printf 'tests\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("home", "profile", "run"):
        (tmp_path / name).mkdir(mode=0o700)
    return tmp_path


def opened(home: Path, before: str | None, **environ: str) -> dict[str, object]:
    """What opening the keys says in a desktop session that began with ``before``; None: no session at all."""
    python = [sys.executable, "-c", OPEN, str(home / "profile")]
    session = ["dbus-run-session", "--", "sh", "-c", f'{before}exec "$@"', "sh"] if before is not None else []
    clean = {"PATH": os.environ["PATH"], "HOME": str(home / "home"), "XDG_RUNTIME_DIR": str(home / "run")}
    done = subprocess.run(session + python, capture_output=True, text=True, env=clean | environ, timeout=40, check=True)
    said: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return said


def test_keys_are_kept_by_the_secret_service_from_session_to_session(home: Path) -> None:
    first = opened(home, UNLOCKED)
    assert first["store"] == "SecretService"
    assert opened(home, UNLOCKED) == first
    record = json.loads((home / "profile" / "keys.json").read_text())
    assert record["store"] == "SecretService"
    assert record["wrapped"] is None


def test_without_a_session_the_keys_are_out_of_reach_but_not_made_anew(home: Path) -> None:
    first = opened(home, UNLOCKED)
    assert opened(home, None) == {"code": "key_store_changed", "facts": {"recorded": "SecretService", "found": "—"}}
    assert opened(home, None, FIXPOINT_PASSPHRASE="a passphrase")["code"] == "key_store_changed"
    assert opened(home, UNLOCKED) == first


def test_a_key_store_that_stays_locked_is_named(home: Path) -> None:
    opened(home, UNLOCKED)
    said = opened(home, "gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1; ")
    assert said["code"] in {"key_store_locked", "key_store_changed"}
    assert "SecretService" in str(said["facts"])


def test_an_emptied_key_store_is_told(home: Path) -> None:
    opened(home, UNLOCKED)
    shutil.rmtree(home / "home" / ".local")
    assert opened(home, UNLOCKED) == {"code": "key_missing", "facts": {"store": "SecretService"}}


def test_without_a_session_a_passphrase_is_asked_for_and_enough(home: Path) -> None:
    assert opened(home, None) == {"code": "passphrase_needed", "facts": {}}
    first = opened(home, None, FIXPOINT_PASSPHRASE="a passphrase")
    assert first["store"] == "passphrase"
    assert opened(home, None, FIXPOINT_PASSPHRASE="a passphrase") == first
    assert opened(home, None, FIXPOINT_PASSPHRASE="another one")["code"] == "passphrase_wrong"
    assert opened(home, UNLOCKED, FIXPOINT_PASSPHRASE="a passphrase") == first


@pytest.mark.parametrize("backend", ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring"])
def test_a_backend_forced_by_the_environment_is_not_trusted(home: Path, backend: str) -> None:
    assert opened(home, UNLOCKED, PYTHON_KEYRING_BACKEND=backend)["code"] == "passphrase_needed"
    assert not (home / "profile" / "keys.json").exists()
