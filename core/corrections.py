"""Corrections of the registry: which values a field takes, what an entry says, and the entry as it would be mended."""

from datetime import date

import msgspec

from core.identifiers import fold_serial, is_placeholder
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.reference import Model
from core.rows.units import CorrectionField
from core.warranty import RegisteredUnit, UnitStatus

_DAYS = frozenset(
    {
        CorrectionField.MADE,
        CorrectionField.SHIPPED,
        CorrectionField.SOLD,
        CorrectionField.REGISTERED,
        CorrectionField.INSTALLED,
        CorrectionField.EXCHANGED_ON,
    }
)
#: Fields that may also be emptied.
_MAY_BE_EMPTY = _DAYS | {CorrectionField.EXCHANGE_OF, CorrectionField.DEALER, CorrectionField.REGION}
#: The order in which a unit's days must lie, where they are known.
_IN_ORDER = (("made", "shipped"), ("made", "sold"), ("made", "registered"), ("made", "installed"))
#: Fields that say the unit was sold: a unit that was only shipped is then.
_SALE = frozenset({CorrectionField.SOLD, CorrectionField.REGISTERED, CorrectionField.INSTALLED})


def value_in(unit: RegisteredUnit, field: CorrectionField) -> str:
    """What the registry's entry says of the field, as text; a day in ISO form, "" for nothing."""
    value = getattr(unit, field.value)
    return value.isoformat() if isinstance(value, date) else str(value or "")


def check_value(field: CorrectionField, new: str, rows: Rows) -> None:
    """Refuse what the field can't hold: ``correction_value_wrong``, ``model_unknown``, ``serial_placeholder``."""
    if not new and field in _MAY_BE_EMPTY:
        return
    if field is CorrectionField.MODEL:
        if rows.get(Model, new) is None:
            raise Refusal("model_unknown", model=new)
    elif field is CorrectionField.EXCHANGE_OF:
        if is_placeholder(new) or fold_serial(new) != new:
            raise Refusal("serial_placeholder", serial=new)
    elif not _fits(field, new):
        raise Refusal("correction_value_wrong", field=field.value, value=new)


def _fits(field: CorrectionField, new: str) -> bool:
    if field is CorrectionField.STATUS:
        return new in set(UnitStatus)
    if field in _DAYS:
        try:
            return date.fromisoformat(new).isoformat() == new
        except ValueError:
            return False
    return bool(new.strip())


def corrected(unit: RegisteredUnit, field: CorrectionField, new: str) -> RegisteredUnit:
    """The entry with the new value; a sale makes a shipped unit a sold one.

    Raises Refusal ``correction_contradicts`` when the unit's days can't all be true then.
    """
    value: object = new
    if field in _DAYS:
        value = date.fromisoformat(new) if new else None
    elif field is CorrectionField.STATUS:
        value = UnitStatus(new)
    changed = msgspec.structs.replace(unit, **{field.value: value})
    if field in _SALE and value and unit.status in (UnitStatus.PRODUCED, UnitStatus.SHIPPED):
        changed = msgspec.structs.replace(changed, status=UnitStatus.SOLD)
    for before, after in _IN_ORDER:
        first, then = getattr(changed, before), getattr(changed, after)
        if first is not None and then is not None and then < first:
            raise Refusal("correction_contradicts", field=after, day=then.isoformat(), made=first.isoformat())
    return changed
