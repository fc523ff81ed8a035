"""The unit is identified from what a scanner read, or typed by hand; a wrong serial is worse than none."""

import base64
from collections.abc import Iterable
from datetime import datetime

import msgspec

from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order, find_unit
from app.scanner.codes import Code
from core import reference
from core.identifiers import LabelReading, PlainCode, choose, fold_serial, is_placeholder
from core.judging import typed_serial
from core.operations.identify_unit import IdentifyUnit
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import ScannedCode
from core.rows.reference import Model
from core.visible import shown
from core.warranty import RegistryState


class ReadCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code as a scanner read it; ``raw`` is base64 of its bytes (of its text when absent).

    ``gs_unproven``: typed by a scanner that was never seen to send the group separator. The others are evidence: see
    :class:`core.rows.orders.ScannedCode`.
    """

    text: str
    format: str = ""
    symbology_id: str = ""
    raw: str | None = None
    gs_unproven: bool = False
    engine: str = ""
    agreed: int = 1
    disputed: bool = False
    doubtful: bool = False
    page: int = 0


class IdentifyAsked(OrderAsked, frozen=True, kw_only=True):
    """What was read (``codes``), or typed (``serial``, ``model``); a picked ``serial`` settles a tie."""

    unit_id: str | None = None
    serial: str | None = None
    model: str | None = None
    source: str = "typed"  # wedge | serial | camera | picture | typed
    device_name: str = ""
    codes: tuple[ReadCode, ...] = ()
    picture_sha256: str | None = None
    scanned_at: datetime | None = None
    read_ms: int | None = None


def read_codes(codes: Iterable[Code]) -> tuple[ReadCode, ...]:
    """The scanner's codes as the action takes them: bytes, and how they were read."""
    return tuple(
        ReadCode(
            text=code.text,
            format=code.format,
            symbology_id=code.symbology_id,
            raw=base64.b64encode(code.raw).decode(),
            engine=code.engine,
            agreed=code.agreed,
            disputed=code.disputed,
            doubtful=code.doubtful,
            page=code.page,
        )
        for code in codes
    )


def read_label(codes: tuple[ReadCode, ...], rows: Rows, expected_model: str | None) -> LabelReading:
    """What the codes of a label mean, by the makers' patterns and the catalogue of models."""
    models = rows.find(Model)
    plain = [PlainCode(code.text, code.format, code.symbology_id, code.gs_unproven) for code in codes]
    return choose(
        plain,
        reference.serial_patterns(rows),
        expected_model,
        gtins={model.gtin.zfill(14): model.id for model in models},
        prefixes={model.serial_prefix: model.id for model in models if model.serial_prefix},
    )


def run(asked: IdentifyAsked, desk: Desk) -> Recorded:
    """Choose serial and model, and record them with the scan as evidence."""
    with desk.store.reading() as rows:
        order = find_order(rows, asked.order_id)
        unit = find_unit(rows, order, asked.unit_id)
        typed = (ReadCode(text=asked.serial, format=""),) if asked.serial and not asked.codes else ()
        reading = read_label(asked.codes or typed, rows, asked.model or unit.model or order.reported_model)
        serial = _serial(asked, reading)
        args = IdentifyUnit(
            order_id=order.id,
            unit_id=unit.id,
            serial=serial,
            model=_model(asked, reading, serial, rows, order.reported_model),
            gtin=reading.gtin,
            imei=reading.imeis[0] if reading.imeis else None,
            source=asked.source if asked.codes else "typed",
            device_name=asked.device_name,
            codes=tuple(_evidence(code, reading, place) for place, code in enumerate(asked.codes)),
            picture_sha256=asked.picture_sha256,
            scanned_at=asked.scanned_at.replace(microsecond=0) if asked.scanned_at else None,
            read_ms=asked.read_ms,
        )
    return desk.store.record("identify_unit", args, desk.person_id)


def _serial(asked: IdentifyAsked, reading: LabelReading) -> str:
    """The serial to record; raises Refusal when there is none, two equally good, or a placeholder."""
    if asked.serial is not None and not asked.codes:
        return typed_serial(asked.serial)
    serial = fold_serial(asked.serial) if asked.serial else reading.serial
    if serial is None:
        raise reading.refusal() or Refusal("label_no_code")
    if is_placeholder(serial):
        raise Refusal("serial_placeholder", serial=serial)
    return serial


def _model(asked: IdentifyAsked, reading: LabelReading, serial: str, rows: Rows, reported: str | None) -> str:
    """The model: given, on the label, in the registry, or as reported."""
    state, unit = rows.look_up(serial)
    registered = unit.model if unit and state is not RegistryState.MISSING else None
    model = asked.model or reading.model or registered or reported
    if model is None:
        raise Refusal("model_missing")
    return model


def _evidence(code: ReadCode, reading: LabelReading, place: int) -> ScannedCode:
    judged = reading.codes[place] if place < len(reading.codes) else None
    raw = code.raw if code.raw is not None else base64.b64encode(code.text.encode()).decode()
    return ScannedCode(
        format=code.format,
        text=shown(code.text),
        raw=raw,
        symbology_id=code.symbology_id,
        chosen_as=judged.chosen_as if judged else None,
        engine=code.engine,
        agreed=code.agreed,
        disputed=code.disputed,
        doubtful=code.doubtful,
        page=code.page,
    )


ACTION = DeskAction("identify_unit", IdentifyAsked, run)
