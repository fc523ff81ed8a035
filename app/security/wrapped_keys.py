"""Secrets wrapped by a person's passphrase: argon2id makes the key, AES-GCM seals; nothing else is ever written."""

import os
import unicodedata
from typing import NamedTuple

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.refusals import Refusal

LEAST_PASSPHRASE = 8
_SALT_BYTES = 16
_NONCE_BYTES = 12


class Cost(NamedTuple):
    """How dear one guess is; RFC 9106's second recommendation by default (a quarter of a second here)."""

    memory_kib: int = 64 * 1024
    time: int = 3
    lanes: int = 4


DEFAULT_COST = Cost()
# Bounds for what a file may ask for: a damaged or planted record must not take all memory or hang the start.
_MOST = Cost(memory_kib=1024 * 1024, time=20, lanes=16)


class Wrapped(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sealed secrets with all that is needed, besides the passphrase, to open them."""

    memory_kib: int
    time: int
    lanes: int
    salt: bytes
    nonce: bytes
    sealed: bytes


def wrap(secrets: bytes, passphrase: str, context: bytes, cost: Cost = DEFAULT_COST) -> Wrapped:
    """``secrets`` sealed under ``passphrase``; ``context`` binds them to one profile.

    Refuses a passphrase of fewer than 8 characters with ``passphrase_too_short``.
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise Refusal("passphrase_too_short", least=LEAST_PASSPHRASE)
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    sealed = AESGCM(_stretch(passphrase, salt, cost)).encrypt(nonce, secrets, context)
    return Wrapped(memory_kib=cost.memory_kib, time=cost.time, lanes=cost.lanes, salt=salt, nonce=nonce, sealed=sealed)


def unwrap(wrapped: Wrapped, passphrase: str, context: bytes) -> bytes:
    """The secrets; refuses with ``passphrase_wrong`` (a changed record can't be told from it: both break the seal)."""
    cost = Cost(wrapped.memory_kib, wrapped.time, wrapped.lanes)
    if not all(0 < given <= most for given, most in zip(cost, _MOST, strict=True)):
        raise Refusal("key_damaged", file="keys.json")
    if len(wrapped.salt) != _SALT_BYTES or len(wrapped.nonce) != _NONCE_BYTES:
        raise Refusal("key_damaged", file="keys.json")
    try:
        return AESGCM(_stretch(passphrase, wrapped.salt, cost)).decrypt(wrapped.nonce, wrapped.sealed, context)
    except InvalidTag:
        raise Refusal("passphrase_wrong") from None


def _stretch(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    # one spelling for what looks the same: an accent may be typed as one character or as two
    text = unicodedata.normalize("NFC", passphrase).encode()
    return hash_secret_raw(text, salt, cost.time, cost.memory_kib, cost.lanes, 32, Type.ID)
