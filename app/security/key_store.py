"""The keys of a profile, made once: in the operating system's key store or wrapped by a passphrase, never bare."""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
from keyring.backend import KeyringBackend
from keyring.errors import InitError, KeyringError, KeyringLocked

from app.file_lock import alone
from app.files import write_atomically
from app.security import backends
from app.security.device_key import DeviceKey
from app.security.wrapped_keys import DEFAULT_COST, Cost, Wrapped, unwrap, wrap
from core.refusals import Refusal

RECORD = "keys.json"
_COPY = "keys.copy.json"  # losing the record would lose everything: it is written twice
PASSPHRASE_FILE = "passphrase"  # noqa: S105  a store's name: keys.json itself holds the wrapped keys
PASSPHRASE_VARIABLE = "FIXPOINT_PASSPHRASE"  # noqa: S105  the name of a variable
_SERVICE = "Fixpoint"
_KEY_BYTES = 32
_MOST_RECORD_BYTES = 64 * 1024


class Ways(NamedTuple):
    """How keys may be reached: what the command line, the window and the tests each fill in differently."""

    environ: Mapping[str, str] = os.environ
    ask: Callable[[], str | None] | None = None  # a prompt for the passphrase; None: nobody can be asked
    found: KeyringBackend | None = None  # what keyring chose; None: ask keyring
    accepted: backends.Accepted = backends.ACCEPTED
    cost: Cost = DEFAULT_COST


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``keys.json``: where the keys are, a check that they are the right ones, and the keys if wrapped here."""

    format: int = 1
    store: str
    profile: str  # random; names this profile's entry in the key store
    check: str
    wrapped: Wrapped | None = None


class KeyStore:
    """The two keys of one profile, opened; ``repr`` shows only where they are kept."""

    def __init__(self, store: str, keys: bytes, folder: Path, profile: str) -> None:
        """Use :meth:`open`; ``keys`` is the database key and the device's seed, 32 bytes each."""
        self.store = store
        self._keys = keys
        self._folder = folder
        self._profile = profile

    @classmethod
    def open(cls, folder: Path, ways: Ways | None = None, *, database_exists: bool = False) -> "KeyStore":
        """The keys of the profile in ``folder``, made at the first call.

        A new profile's keys go to the operating system's key store; where there is none that is accepted, or where
        FIXPOINT_PASSPHRASE is set (a profile used by scheduled commands, which have no desktop session), they are
        wrapped into ``keys.json``. Refuses, and never makes new keys, when they can't be had: ``passphrase_needed``,
        ``passphrase_wrong``, ``key_store_locked``, ``key_store_changed``, ``key_store_failed``, ``key_missing``,
        ``key_damaged``, ``key_record_missing`` when ``database_exists`` but nothing says where its key is, and
        ``profile_in_use`` while another process makes them.
        """
        ways = ways or Ways()
        record = _read(folder)
        if record is not None:
            return _reopened(folder, record, ways)
        if database_exists:
            raise Refusal("key_record_missing", file=str(folder / RECORD))
        with alone(folder / "making.lock", folder):
            record = _read(folder)  # another process may have made the keys since
            return _reopened(folder, record, ways) if record else _made(folder, ways)

    @property
    def database_key(self) -> bytes:
        """The 32 raw bytes that encrypt the database; the keys of photos are derived from it."""
        return self._keys[:_KEY_BYTES]

    @property
    def device_key(self) -> DeviceKey:
        """The key that signs this device's operations."""
        return DeviceKey(self._keys[_KEY_BYTES:])

    def change_passphrase(self, passphrase: str, cost: Cost = DEFAULT_COST) -> None:
        """Wrap the same keys under another passphrase; only for keys that are kept by passphrase (``ValueError``)."""
        if self.store != PASSPHRASE_FILE:
            raise ValueError("these keys are not kept by a passphrase")
        _write(self._folder, _wrapped_record(self._profile, self._keys, passphrase, cost))

    def __repr__(self) -> str:
        """Where the keys are kept, not what they are."""
        return f"KeyStore({self.store!r})"


def recorded_store(folder: Path) -> str | None:
    """Where the keys of the profile in ``folder`` are kept, without opening them; None when there are none yet."""
    record = _read(folder)
    return record.store if record else None


def forget_keys(folder: Path, ways: Ways | None = None) -> None:
    """Remove the profile's keys from their store and from ``folder``: nobody opens its database again.

    Refuses with ``key_store_locked``, ``key_store_changed`` or ``key_store_failed``; then they are still there.
    """
    ways = ways or Ways()
    record = _read(folder)
    if record is not None and record.store != PASSPHRASE_FILE:
        backend = backends.accepted_backends(ways.found, ways.accepted).get(record.store)
        if backend is None:
            raise Refusal("key_store_changed", recorded=record.store, found="—")
        _delete(record, backend)
    for name in (RECORD, _COPY):
        (folder / name).unlink(missing_ok=True)


def _delete(record: _Record, backend: KeyringBackend) -> None:
    try:
        if backend.get_password(_SERVICE, record.profile) is not None:
            backend.delete_password(_SERVICE, record.profile)
    except (KeyringLocked, InitError) as error:
        raise Refusal("key_store_locked", store=record.store) from error
    except KeyringError as error:
        raise Refusal("key_store_failed", store=record.store) from error


def _made(folder: Path, ways: Ways) -> KeyStore:
    keys, profile = os.urandom(2 * _KEY_BYTES), os.urandom(8).hex()
    offered = {} if ways.environ.get(PASSPHRASE_VARIABLE) else backends.accepted_backends(ways.found, ways.accepted)
    if not offered:
        record = _wrapped_record(profile, keys, _passphrase(ways), ways.cost)
    else:
        name, backend = next(iter(offered.items()))
        _put(name, backend, profile, keys)
        record = _Record(store=name, profile=profile, check=_check(keys))
    _write(folder, record)  # last: a crash before this leaves an entry that nothing uses, never a record without keys
    return KeyStore(record.store, keys, folder, profile)


def _reopened(folder: Path, record: _Record, ways: Ways) -> KeyStore:
    if record.store == PASSPHRASE_FILE:
        if record.wrapped is None:
            raise Refusal("key_damaged", file=RECORD)
        keys = unwrap(record.wrapped, _passphrase(ways), record.profile.encode())
    else:
        keys = _get(record, backends.accepted_backends(ways.found, ways.accepted))
    if len(keys) != 2 * _KEY_BYTES or not hmac.compare_digest(_check(keys), record.check):
        raise Refusal("key_damaged", file=RECORD)
    return KeyStore(record.store, keys, folder, record.profile)


def _passphrase(ways: Ways) -> str:
    given = ways.environ.get(PASSPHRASE_VARIABLE) or (ways.ask() if ways.ask else None)
    if not given:
        raise Refusal("passphrase_needed")
    return given


def _put(name: str, backend: KeyringBackend, profile: str, keys: bytes) -> None:
    """Store and read back: a store that forgets at once must not become the only holder of a key."""
    text = base64.b64encode(keys).decode()
    try:
        backend.set_password(_SERVICE, profile, text)
        kept = backend.get_password(_SERVICE, profile)
    except (KeyringLocked, InitError) as error:
        raise Refusal("key_store_locked", store=name) from error
    except KeyringError as error:
        raise Refusal("key_store_failed", store=name) from error
    if kept != text:
        raise Refusal("key_store_failed", store=name)


def _get(record: _Record, offered: dict[str, KeyringBackend]) -> bytes:
    backend = offered.get(record.store)
    if backend is None:
        raise Refusal("key_store_changed", recorded=record.store, found=", ".join(offered) or "—")
    try:
        text = backend.get_password(_SERVICE, record.profile)
    except (KeyringLocked, InitError) as error:
        raise Refusal("key_store_locked", store=record.store) from error
    except KeyringError as error:
        raise Refusal("key_store_failed", store=record.store) from error
    if text is None:
        raise Refusal("key_missing", store=record.store)
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Refusal("key_damaged", file=record.store) from None


def _wrapped_record(profile: str, keys: bytes, passphrase: str, cost: Cost) -> _Record:
    wrapped = wrap(keys, passphrase, profile.encode(), cost)
    return _Record(store=PASSPHRASE_FILE, profile=profile, check=_check(keys), wrapped=wrapped)


def _check(keys: bytes) -> str:
    """Tells these keys from others; gives nothing away, since 64 random bytes can't be guessed from it."""
    return hashlib.blake2b(keys, digest_size=8, person=b"fixpoint keys").hexdigest()


def _write(folder: Path, record: _Record) -> None:
    for name in (RECORD, _COPY):
        write_atomically(folder / name, msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")


def _read(folder: Path) -> _Record | None:
    """The record or, when it is damaged or gone, its copy; None when neither was ever written."""
    paths = [folder / name for name in (RECORD, _COPY) if (folder / name).exists()]
    for path in paths:
        with suppress(msgspec.DecodeError), path.open("rb") as file:  # broken JSON and wrong fields alike
            record = msgspec.json.decode(file.read(_MOST_RECORD_BYTES), type=_Record)
            if record.format == 1:
                return record
    if paths:
        raise Refusal("key_damaged", file=str(paths[0]))
    return None
