"""What is to be read of a unit's label, by product line: the set of codes, and the symbologies they come in."""

from collections.abc import Mapping

import msgspec

from core.identifiers.label import ChosenAs, LabelReading

# What a maker prints on units and boxes, our own slips and tags, and the QR code of an invoice.
_USUAL = ("Code128", "Code39", "EAN13", "UPCA", "QRCode", "DataMatrix")


class Need(msgspec.Struct, frozen=True):
    """One thing to be read: any of `kinds` will do. Not every label of the line has it when `is_optional`."""

    kinds: tuple[ChosenAs, ...]
    is_optional: bool = False


class LabelForm(msgspec.Struct, frozen=True):
    """The codes of a product line's label in the order in which they are told, and the formats to look for."""

    needs: tuple[Need, ...]
    formats: tuple[str, ...] = _USUAL


_SERIAL, _PRODUCT = Need(("serial",)), Need(("model", "gtin"))
_APPLIANCE = LabelForm((_SERIAL, _PRODUCT), (*_USUAL, "ITF"))
LABEL_FORMS: Mapping[str, LabelForm] = {
    "phone": LabelForm(
        (Need(("imei1",)), Need(("imei2",), is_optional=True), _SERIAL, Need(("gtin",))),
        ("Code128", "EAN13", "UPCA", "QRCode", "DataMatrix"),
    ),
    "tv_lcd": LabelForm((_SERIAL, _PRODUCT)),
    "tv_crt": _APPLIANCE,
    "refrigerator": _APPLIANCE,
    "washing_machine": _APPLIANCE,
    "air_conditioner": _APPLIANCE,
    "computer": LabelForm((_SERIAL, _PRODUCT), (*_USUAL, "PDF417")),
}
_ANY = LabelForm((_SERIAL,), ())


def label_form(product_class: str | None) -> LabelForm:
    """The form of a product line; of one that is not known, a serial number in any format (`formats` is empty)."""
    return LABEL_FORMS.get(product_class or "", _ANY)


def missing(form: LabelForm, reading: LabelReading | None) -> tuple[Need, ...]:
    """What is still to be read. A serial number that is only guessed from a phone's IMEI leaves the serial missing."""
    if reading is None:
        return form.needs
    have: set[ChosenAs] = {code.chosen_as for code in reading.codes if code.chosen_as}
    if reading.gtin:
        have.add("gtin")
    if any(code.reason.rule == "serial_unit_label" for code in reading.codes):
        have.add("model")  # our own unit label names it beside the serial number
    return tuple(need for need in form.needs if have.isdisjoint(need.kinds))
