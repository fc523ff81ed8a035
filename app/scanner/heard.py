"""What a hand scanner brought, with the evidence of how: shown by the test bench, kept with a claim."""

from __future__ import annotations

import base64
from typing import Literal, NamedTuple

from app.scanner.frame import unframed
from app.scanner.wedge import Input, WedgeSettings
from app.scanner.wedge_text import WedgeText, read_keys
from core.refusals import Refusal


class Heard(NamedTuple):
    """One row of keys, or one record of a serial port.

    `rule` names why it counts as `kind`; `mended` what was put right in the text. `raw` is all that came, prefix,
    suffix and AIM identifier with it. `median_ms` is the time between keys; 0 where there are no keys. `gs_unproven`:
    this scanner was never seen to send the group separator.
    """

    kind: Literal["scan", "typing", "refused"]
    source: str  # wedge | serial
    text: str
    raw: bytes
    symbology_id: str = ""
    format: str = ""
    device: str = ""
    keys: int = 0
    median_ms: float = 0.0
    span_ms: float = 0.0
    rule: str = ""
    mended: tuple[str, ...] = ()
    refusal: Refusal | None = None
    gs_unproven: bool = False


class ScannedText(str):
    """A scan's text that remembers how it came; for whoever needs no evidence it is only a text."""

    __slots__ = ("heard",)
    heard: Heard

    @classmethod
    def of(cls, heard: Heard) -> ScannedText:
        """The text of what was heard."""
        made = cls(heard.text)
        made.heard = heard
        return made


class Evidence(NamedTuple):
    """What is kept of a scan beside its text, in the words of a claim; `raw` is base64, None: as the text."""

    text: str
    format: str = ""
    symbology_id: str = ""
    raw: str | None = None
    gs_unproven: bool = False


def evidence_of(text: str) -> Evidence:
    """The evidence that came with a text; only the text itself when it was typed or came from elsewhere."""
    if not isinstance(text, ScannedText):
        return Evidence(text)
    heard = text.heard
    return Evidence(
        str(text), heard.format, heard.symbology_id, base64.b64encode(heard.raw).decode(), heard.gs_unproven
    )


def device_of(text: str) -> str:
    """The device that read the text; empty when it is not known."""
    return text.heard.device if isinstance(text, ScannedText) else ""


def heard_keys(row: Input, settings: WedgeSettings) -> Heard:
    """What a row of keys was, with its text or the reason why there is none."""
    shape = {"keys": len(row.strokes), "median_ms": row.rhythm.median_ms, "span_ms": row.span_ms, "rule": row.rule}
    if row.kind != "scan":
        refusal = Refusal(row.rule) if row.kind == "refused" else None
        return Heard(row.kind, "wedge", row.text, row.text.encode(), refusal=refusal, **shape)  # type: ignore[arg-type]
    try:
        found: WedgeText = read_keys(row.strokes, settings)
    except Refusal as refusal:
        shape["rule"] = refusal.code
        return Heard("refused", "wedge", row.text, row.text.encode(), refusal=refusal, **shape)  # type: ignore[arg-type]
    return Heard(
        "scan", "wedge", found.text, found.raw.encode(), found.symbology_id, found.format,
        mended=found.mended, gs_unproven=not settings.gs, **shape,  # type: ignore[arg-type]
    )  # fmt: skip


def heard_record(record: str, device: str) -> Heard:
    """A serial port's record, its AIM identifier taken off."""
    framed = unframed(record)
    assert framed is not None, "nothing must stand around a record"
    return Heard("scan", "serial", framed.content, record.encode(), framed.symbology_id, framed.format, device)
