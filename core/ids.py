"""Identifiers of rows and operations: UUIDv7 strings, new ones and ones derived from an operation."""

import hashlib

import uuid_utils


def new_id() -> str:
    """A fresh UUIDv7 string.

    The one function of core that reads the clock; actions and desks call it, a replay never does
    (it derives its ids, so that both ends make the same rows).
    """
    return str(uuid_utils.uuid7())


def derive(source: str, label: str) -> str:
    """The UUIDv7 that belongs to ``label`` within ``source`` (a UUIDv7 string): same inputs, same id.

    Keeps the source's 48 bits of time, so derived rows sort beside their operation.
    """
    digest = hashlib.sha256(f"{source}/{label}".encode()).digest()
    raw = bytearray(bytes.fromhex(source.replace("-", ""))[:6] + digest[:10])
    raw[6] = 0x70 | (raw[6] & 0x0F)
    raw[8] = 0x80 | (raw[8] & 0x3F)
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
