"""Opening one connection to an encrypted database file: raw key, settings, and what the cipher says about itself."""

import hashlib
import hmac
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as driver

KEY_BYTES = 32
PLAIN_HEADER = b"SQLite format 3\x00"
BUSY_SECONDS = 10.0

# An untyped driver: its connections have the interface of sqlite3.Connection.
Raw = Any

# The driver asks Python how to bind each None and bool, unless it knows: a twentieth of an order's time to be written
# instead of most of it.
driver.register_adapter(type(None), lambda _: None)
driver.register_adapter(bool, int)

_SETTINGS = (
    "foreign_keys = ON",
    "synchronous = FULL",  # a finished action survives a power cut
    "temp_store = MEMORY",  # sorts and temporary tables would lie on the disk outside the cipher
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "cache_size = -16000",  # kB of decrypted pages per connection; decrypting is what costs
    "journal_size_limit = 67108864",
)
# macOS answers fsync before the disk has written; elsewhere the setting means nothing.
_MAC_SETTINGS = ("fullfsync = ON", "checkpoint_fullfsync = ON")


def connect(path: Path, key: bytes, *, create: bool = False) -> Raw:
    """A connection to ``path`` with autocommit left to the caller; driver errors pass through.

    ``key`` is 32 random bytes, given raw: a passphrase would cost a quarter of a second for each connection.
    Nothing is read yet, so a wrong key shows at the first statement.
    """
    if len(key) != KEY_BYTES:
        raise ValueError("the database key has 32 bytes")
    mode = "rwc" if create else "rw"
    raw = driver.connect(
        f"{path.as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        raw.execute("PRAGMA cipher_log_level = NONE")  # it would print to the terminal what the refusal says better
        raw.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        for setting in _SETTINGS + (_MAC_SETTINGS if sys.platform == "darwin" else ()):
            raw.execute(f"PRAGMA {setting}")
    except BaseException:
        raw.close()
        raise
    return raw


@contextmanager
def opened(path: Path, key: bytes) -> Iterator[Raw]:
    """A connection of one's own to an existing file, closed at the end."""
    with closing(connect(path, key)) as raw:
        yield raw


def values(raw: Raw, pragma: str) -> list[str]:
    """The first column of what ``PRAGMA pragma`` answers, as text."""
    return [str(row[0]) for row in raw.execute(f"PRAGMA {pragma}").fetchall()]


def is_plain(path: Path) -> bool:
    """Whether the file is an ordinary SQLite database that anybody can read."""
    with path.open("rb") as file:
        return file.read(len(PLAIN_HEADER)) == PLAIN_HEADER


def key_check(key: bytes) -> str:
    """A short fingerprint that tells a wrong key from a damaged first page; it says nothing about a random key."""
    return hmac.new(key, b"fixpoint database key check", hashlib.sha256).hexdigest()[:16]
