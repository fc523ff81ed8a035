"""Where keys may be kept, how they are made once and found again, and that nothing of them is ever in the clear."""

import base64
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keyring.backends.fail
import keyring.backends.null
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.backends import SecretService
from keyring.backends.chainer import ChainerBackend
from keyring.errors import KeyringLocked, PasswordSetError

from app.file_lock import FileLock
from app.security import backends, wrapped_keys
from app.security.device_key import DeviceKey, verify
from app.security.key_store import KeyStore, Ways, forget_keys, recorded_store
from core.refusals import Refusal

CHEAP = wrapped_keys.Cost(memory_kib=64, time=1, lanes=1)
PHRASE = "four words nobody says"


class Memory(KeyringBackend):
    """A key store in memory, accepted by the tests under its own name."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.failure: Exception | None = None

    def get_password(self, service: str, username: str) -> str | None:
        if self.failure:
            raise self.failure
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.failure:
            raise self.failure
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.failure:
            raise self.failure
        del self.kept[service, username]


class Forgetful(Memory):
    """Says yes to everything and keeps nothing, like keyring's null backend."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return


class PlaintextKeyring(Memory):
    """Like the one of keyrings.alt: base64 in a file, chosen silently."""

    __module__ = "keyrings.alt.file"
    priority = 0.5


ACCEPTED = {(Memory.__module__, "Memory"): "Memory", (Memory.__module__, "Forgetful"): "Forgetful"}


def ways(
    found: KeyringBackend | None = None, phrase: str | None = None, ask: Callable[[], str | None] | None = None
) -> Ways:
    environ = {"FIXPOINT_PASSPHRASE": phrase} if phrase else {}
    return Ways(environ, ask, found or keyring.backends.fail.Keyring(), ACCEPTED, CHEAP)


def refused(code: str, folder: Path, how: Ways, *, database_exists: bool = False) -> Refusal:
    with pytest.raises(Refusal) as caught:
        KeyStore.open(folder, how, database_exists=database_exists)
    assert caught.value.code == code
    return caught.value


def files(folder: Path) -> list[str]:
    """What a failed attempt has left, besides the empty lock."""
    return [path.name for path in folder.iterdir() if path.name != "making.lock"]


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    record = json.loads((folder / "keys.json").read_text())
    change(record)
    (folder / "keys.json").write_text(json.dumps(record))


# which stores are accepted


def test_only_the_operating_systems_own_stores_are_accepted() -> None:
    assert set(backends.ACCEPTED.values()) == {
        "SecretService", "KWallet", "Windows Credential Manager", "macOS Keychain",
    }  # fmt: skip
    assert backends.store_name(SecretService.Keyring()) == "SecretService"
    for backend in (keyring.backends.fail.Keyring(), keyring.backends.null.Keyring(), PlaintextKeyring(), Memory()):
        assert backends.accepted_backends(backend) == {}


def test_a_subclass_or_a_namesake_is_not_accepted() -> None:
    class Keyring(SecretService.Keyring):
        pass

    assert backends.store_name(Keyring()) is None
    Keyring.__module__ = "keyrings.alt.Keyring"
    assert backends.store_name(Keyring()) is None


def test_a_chain_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    members: list[KeyringBackend] = [PlaintextKeyring(), Memory()]
    monkeypatch.setattr(ChainerBackend, "backends", members)
    assert backends.accepted_backends(ChainerBackend(), ACCEPTED) == {"Memory": members[1]}
    monkeypatch.setattr(ChainerBackend, "backends", members[:1])
    assert backends.accepted_backends(ChainerBackend(), ACCEPTED) == {}


# kept by a key store


def test_keys_are_made_once_and_found_again(tmp_path: Path) -> None:
    memory = Memory()
    made = KeyStore.open(tmp_path, ways(memory))
    found = KeyStore.open(tmp_path, ways(memory), database_exists=True)
    assert made.store == found.store == recorded_store(tmp_path) == "Memory"
    assert made.database_key == found.database_key
    assert len(made.database_key) == 32
    assert made.device_key.public_bytes == found.device_key.public_bytes
    assert len(memory.kept) == 1


def test_two_profiles_share_a_key_store_but_no_key(tmp_path: Path) -> None:
    memory = Memory()
    keys = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        keys.append(KeyStore.open(tmp_path / name, ways(memory)).database_key)
    assert keys[0] != keys[1]
    assert len(memory.kept) == 2


def test_the_record_beside_the_database_holds_no_key(tmp_path: Path) -> None:
    memory = Memory()
    store = KeyStore.open(tmp_path, ways(memory))
    written = (tmp_path / "keys.json").read_bytes()
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
    for secret in (store.database_key, base64.b64decode(next(iter(memory.kept.values())))):
        for shown in (secret, secret.hex().encode(), base64.b64encode(secret), base64.b64encode(secret)[:20]):
            assert shown not in written
    assert store.database_key.hex() not in repr(store)


def test_a_plaintext_store_is_not_used_even_if_it_is_all_there_is(tmp_path: Path) -> None:
    plain = PlaintextKeyring()
    refused("passphrase_needed", tmp_path, ways(plain))
    assert plain.kept == {}
    assert files(tmp_path) == []


def test_a_store_that_keeps_nothing_is_noticed_before_anything_is_recorded(tmp_path: Path) -> None:
    refused("key_store_failed", tmp_path, ways(Forgetful()))
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("failure", "code"), [(KeyringLocked("locked"), "key_store_locked"), (PasswordSetError("no"), "key_store_failed")]
)
def test_a_store_that_fails_is_named_and_makes_no_new_key(tmp_path: Path, failure: Exception, code: str) -> None:
    memory = Memory()
    before = KeyStore.open(tmp_path, ways(memory)).database_key
    memory.failure = failure
    assert refused(code, tmp_path, ways(memory)).facts == {"store": "Memory"}
    memory.failure = None
    assert KeyStore.open(tmp_path, ways(memory)).database_key == before
    (tmp_path / "new").mkdir()
    memory.failure = failure
    refused(code, tmp_path / "new", ways(memory))
    assert files(tmp_path / "new") == []


def test_keys_are_forgotten_in_their_store_and_in_the_folder(tmp_path: Path) -> None:
    memory = Memory()
    KeyStore.open(tmp_path, ways(memory))
    (tmp_path / "other").mkdir()
    KeyStore.open(tmp_path / "other", ways(memory))
    forget_keys(tmp_path, ways(memory))
    assert len(memory.kept) == 1, "the other profile's stay"
    assert files(tmp_path) == ["other"]
    forget_keys(tmp_path, ways(memory))  # again is safe
    refused("key_record_missing", tmp_path, ways(memory), database_exists=True)


@pytest.mark.parametrize(
    ("failure", "code"), [(KeyringLocked("locked"), "key_store_locked"), (PasswordSetError("no"), "key_store_failed")]
)
def test_keys_that_cannot_be_removed_stay_as_they_are(tmp_path: Path, failure: Exception, code: str) -> None:
    memory = Memory()
    before = KeyStore.open(tmp_path, ways(memory)).database_key
    memory.failure = failure
    with pytest.raises(Refusal) as caught:
        forget_keys(tmp_path, ways(memory))
    assert caught.value.code == code
    memory.failure = None
    with pytest.raises(Refusal) as caught:
        forget_keys(tmp_path, ways())
    assert caught.value.code == "key_store_changed"
    assert KeyStore.open(tmp_path, ways(memory)).database_key == before


def test_wrapped_keys_are_forgotten_without_their_passphrase(tmp_path: Path) -> None:
    KeyStore.open(tmp_path, ways(phrase="correct horse"))
    forget_keys(tmp_path, ways())
    assert files(tmp_path) == []


def test_a_changed_store_is_refused_and_says_both_names(tmp_path: Path) -> None:
    KeyStore.open(tmp_path, ways(Memory()))
    assert refused("key_store_changed", tmp_path, ways(Forgetful())).facts == {
        "recorded": "Memory",
        "found": "Forgetful",
    }
    assert refused("key_store_changed", tmp_path, ways(phrase=PHRASE)).facts["recorded"] == "Memory"


def test_missing_or_other_keys_are_refused(tmp_path: Path) -> None:
    memory = Memory()
    KeyStore.open(tmp_path, ways(memory))
    (entry,) = memory.kept
    for text, code in (
        (base64.b64encode(bytes(64)).decode(), "key_damaged"),
        ("?", "key_damaged"),
        ("", "key_damaged"),
    ):
        memory.kept[entry] = text
        refused(code, tmp_path, ways(memory))
    memory.kept.clear()
    refused("key_missing", tmp_path, ways(memory))
    assert memory.kept == {}


def test_a_database_without_its_record_never_gets_new_keys(tmp_path: Path) -> None:
    memory = Memory()
    refused("key_record_missing", tmp_path, ways(memory), database_exists=True)
    assert memory.kept == {}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"store": 5}', b'{"format": 2, "store": "x", "profile": "", "check": ""}']
)
def test_a_broken_record_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keys.json").write_bytes(content)
    refused("key_damaged", tmp_path, ways(Memory()))


@pytest.mark.parametrize("content", [b"", b"junk", None])
def test_a_damaged_or_deleted_record_is_replaced_by_its_copy(tmp_path: Path, content: bytes | None) -> None:
    made = KeyStore.open(tmp_path, ways(phrase=PHRASE))
    if content is None:
        (tmp_path / "keys.json").unlink()
    else:
        (tmp_path / "keys.json").write_bytes(content)
    assert KeyStore.open(tmp_path, ways(phrase=PHRASE), database_exists=True).database_key == made.database_key


def test_a_backend_that_cannot_be_loaded_is_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> KeyringBackend:
        raise ModuleNotFoundError("no.such.Backend")

    monkeypatch.setattr(keyring, "get_keyring", broken)
    refused("passphrase_needed", tmp_path, Ways({}, None, None, ACCEPTED, CHEAP))


def test_two_processes_never_make_two_sets_of_keys(tmp_path: Path) -> None:
    other = FileLock(tmp_path / "making.lock")
    assert other.take()
    refused("profile_in_use", tmp_path, ways(phrase=PHRASE))
    other.release()
    assert KeyStore.open(tmp_path, ways(phrase=PHRASE)).store == "passphrase"


# wrapped by a passphrase


def test_without_a_store_a_passphrase_wraps_the_keys(tmp_path: Path) -> None:
    made = KeyStore.open(tmp_path, ways(phrase=PHRASE))
    assert made.store == recorded_store(tmp_path) == "passphrase"
    again = KeyStore.open(tmp_path, ways(ask=lambda: PHRASE))
    assert again.database_key == made.database_key
    written = (tmp_path / "keys.json").read_bytes()
    for secret in (made.database_key, PHRASE.encode()):
        assert secret not in written
        assert base64.b64encode(secret)[:16] not in written


def test_a_given_passphrase_is_used_even_where_there_is_a_store(tmp_path: Path) -> None:
    memory = Memory()
    assert KeyStore.open(tmp_path, ways(memory, phrase=PHRASE)).store == "passphrase"
    assert memory.kept == {}


def test_wrong_missing_and_short_passphrases(tmp_path: Path) -> None:
    refused("passphrase_too_short", tmp_path, ways(phrase="seven77"))
    KeyStore.open(tmp_path, ways(phrase=PHRASE))
    refused("passphrase_wrong", tmp_path, ways(phrase=PHRASE + "!"))
    refused("passphrase_needed", tmp_path, ways())
    refused("passphrase_needed", tmp_path, ways(ask=lambda: None))


def test_a_passphrase_can_be_changed_without_changing_the_keys(tmp_path: Path) -> None:
    store = KeyStore.open(tmp_path, ways(phrase=PHRASE))
    store.change_passphrase("another phrase", CHEAP)
    refused("passphrase_wrong", tmp_path, ways(phrase=PHRASE))
    assert KeyStore.open(tmp_path, ways(phrase="another phrase")).database_key == store.database_key


def test_keys_in_a_key_store_have_no_passphrase_to_change(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not kept by a passphrase"):
        KeyStore.open(tmp_path, ways(Memory())).change_passphrase("another phrase")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("memory_kib", 2**31, "key_damaged"),  # would take all memory
        ("time", 10**6, "key_damaged"),
        ("lanes", 0, "key_damaged"),
        ("salt", "AAAA", "key_damaged"),
        ("nonce", "", "key_damaged"),
        ("sealed", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "passphrase_wrong"),
    ],
)
def test_a_changed_wrapping_opens_nothing(tmp_path: Path, field: str, value: object, code: str) -> None:
    KeyStore.open(tmp_path, ways(phrase=PHRASE))
    rewrite(tmp_path, lambda record: record["wrapped"].update({field: value}))
    refused(code, tmp_path, ways(phrase=PHRASE))


def test_the_wrapping_belongs_to_one_profile(tmp_path: Path) -> None:
    KeyStore.open(tmp_path, ways(phrase=PHRASE))
    rewrite(tmp_path, lambda record: record.update(profile="0" * 16))
    refused("passphrase_wrong", tmp_path, ways(phrase=PHRASE))


def test_the_default_cost_is_what_a_counter_pc_can_bear() -> None:
    assert wrapped_keys.DEFAULT_COST == (64 * 1024, 3, 4)


# the device's key


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_a_signature_fits_its_message_and_key_only(seed: bytes, message: bytes) -> None:
    key = DeviceKey(seed)
    signature = key.sign(message)
    assert len(signature) == 64
    assert verify(key.public_bytes, message, signature)
    assert not verify(key.public_bytes, message + b".", signature)
    assert not verify(key.public_bytes, message, signature[:-1])
    assert not verify(
        DeviceKey(seed[::-1] if seed != seed[::-1] else bytes(31) + b"x").public_bytes, message, signature
    )


@given(st.binary(max_size=40), st.binary(max_size=70))
def test_malformed_keys_and_signatures_fit_nothing(public: bytes, signature: bytes) -> None:
    assert not verify(public, b"message", signature)


def test_the_seed_shows_nowhere_and_does_not_leave_the_process() -> None:
    key = DeviceKey(bytes(range(32)))
    assert bytes(range(32)).hex() not in repr(key)
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(ValueError, match="32 bytes"):
        DeviceKey(b"short")
