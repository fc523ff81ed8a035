"""Secrets that people and systems carry: made at random, kept only as hashes."""

import hashlib
import secrets

#: Letters and digits that nobody confuses when reading a code aloud.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def spoken(groups: int = 3, size: int = 4) -> str:
    """A code to be read aloud or typed, e.g. ``7KQ2-M9XA-33TD`` (5 bits a character)."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(size)) for _ in range(groups))


def fingerprint(secret: str) -> str:
    """Under which a secret is kept: SHA-256 is enough, because each has at least 60 random bits."""
    return hashlib.sha256(secret.strip().upper().encode("utf-8", "replace")).hexdigest()
