"""What the codes of one label mean, which of them is the unit's serial number, and why."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal, Protocol

import msgspec

from core.identifiers.invoice import Invoice
from core.refusals import Refusal

ChosenAs = Literal["serial", "model", "gtin", "imei1", "imei2", "meid", "mac", "invoice", "order", "old_part"]

# Every rule that can explain a code, with the sentence a person reads (translated through the catalogue).
RULES: dict[str, str] = {
    "serial_model_agrees": "Rule {pattern}: segment {prefix} belongs to the order’s model {model}. Made {made}",
    "serial_label_agrees": "Rule {pattern}: segment {prefix} belongs to the label’s model {model}. Made {made}",
    "serial_pattern": "Rule {pattern}: the form fits. Segment {prefix}, made {made}",
    "serial_other_model": "Rule {pattern}: segment {prefix} does not belong to the order’s model {model}",
    "serial_gs1": "GS1 identifier 21 marks the serial number",
    "serial_keyed": "The label marks it as the serial number",
    "serial_unit_label": "Our own unit label",
    "serial_only_one_left": "No maker’s rule fits; it is the only code left",
    "serial_without_check": "Rule {pattern} fits without the last character {character}, Code 39’s own check",
    "imei_is_serial": "The IMEI is this phone’s number; the label has no other",
    "other_serial_fits_better": "{serial} fits better",
    "tie": "Fits as well as {others}",
    "model_expected": "The order’s model",
    "model_known": "A model of the catalogue",
    "model_pattern": "Rule {pattern}: a model by its form",
    "model_keyed": "The label marks it as the model",
    "gtin_of_model": "Product code of {model}; the check digit is right",
    "gtin": "Product code; the check digit is right",
    "imei": "15 digits with the right check digit",
    "imei_more": "A third IMEI; a phone has two at most",
    "imeisv": "IMEI with its software version {software}",
    "meid": "A phone’s number of 14 hexadecimal digits",
    "mac": "A network address",
    "invoice": "Invoice {number} of {day}",
    "order_slip": "Our own order slip",
    "old_part_tag": "Our own old-part tag",
    "gs1_component": "The number of a component, not of the unit",
    "gtin_cut": "Part of a product code",
    "address": "A web address; it names no serial number",
    "placeholder": "Stands for “no number”",
    "damaged": "Read, but its content is wrong",
    "unknown": "Not a code this program knows",
}


class Reason(msgspec.Struct, frozen=True):
    """Why: a key of :data:`RULES` (or of the refusals' catalogue) and the facts that fill its sentence."""

    rule: str
    facts: dict[str, str] = {}

    def sentence(self, text: str | None = None) -> str:
        """The sentence for a person; `text` is the translated template (English when absent)."""
        return (text or RULES[self.rule]).format_map(self.facts)


class CodeLike(Protocol):
    """One code as a scanner read it: `format` by its usual name (Code128, EAN13, QRCode …).

    `gs_unproven`: it was typed by a scanner that was never seen to send the group separator.
    """

    @property
    def format(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def symbology_id(self) -> str: ...

    @property
    def gs_unproven(self) -> bool: ...


class PlainCode(msgspec.Struct, frozen=True):
    """A code with nothing but its text, for what was typed or came through a keyboard wedge."""

    text: str
    format: str = ""
    symbology_id: str = ""
    gs_unproven: bool = False


class JudgedCode(msgspec.Struct, frozen=True):
    """One code of the label with what it was chosen as (None: for nothing), its value and the reason.

    A code that holds several things has its `fields` judged one by one; it is itself what the best of them is.
    """

    format: str
    text: str
    symbology_id: str
    value: str
    chosen_as: ChosenAs | None
    reason: Reason
    fields: tuple["JudgedCode", ...] = ()


class LabelReading(msgspec.Struct, frozen=True, kw_only=True):
    """What a label says. `serial` is None on a tie; `tie` then holds the values a person picks from.

    `codes` are in the order given. `refusals` are (code, facts) pairs of the refusals' catalogue. `made` is what the
    chosen serial says, None when it says nothing.
    """

    codes: tuple[JudgedCode, ...] = ()
    serial: str | None = None
    part_of_unit: str = ""
    made: date | None = None
    model: str | None = None
    gtin: str | None = None
    imeis: tuple[str, ...] = ()
    meid: str | None = None
    mac: str | None = None
    invoice: Invoice | None = None
    order: str | None = None
    old_part: str | None = None
    tie: tuple[str, ...] = ()
    refusals: tuple[Reason, ...] = ()

    def refusal(self) -> Refusal | None:
        """The first refusal, ready to raise or show."""
        return Refusal(self.refusals[0].rule, **self.refusals[0].facts) if self.refusals else None


class Catalogue(msgspec.Struct, frozen=True):
    """What is known of the maker's models: by GTIN (14 digits) and by serial prefix; `expected` is the order's."""

    expected: str | None
    gtins: Mapping[str, str]
    prefixes: Mapping[str, str]

    def knows(self, model: str) -> bool:
        """Whether `model` is the order's or one of the catalogue."""
        return model == self.expected or model in self.gtins.values() or model in self.prefixes.values()


class Meaning(msgspec.Struct, frozen=True):
    """What one code may be, before the label is looked at as a whole. A serial's `rank` says how well it fits."""

    kind: Literal["serial", "guess", "model", "gtin", "imei", "meid", "mac", "invoice", "order", "old_part", "none"]
    value: str
    reason: Reason
    rank: int = 0
    prefix: str = ""
    pattern: str = ""
    made: date | None = None
    part_of_unit: str = ""
    gtin: str | None = None
    model: str | None = None
    invoice: Invoice | None = None
    refusal: Reason | None = None


def judged(code: CodeLike, value: str, chosen_as: ChosenAs | None, reason: Reason) -> JudgedCode:
    """`code` with its verdict."""
    return JudgedCode(code.format, code.text, code.symbology_id, value, chosen_as, reason)


def distinct(values: Sequence[str]) -> tuple[str, ...]:
    """`values` without repetition, in the order in which they first came."""
    return tuple(dict.fromkeys(values))
