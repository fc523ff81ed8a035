"""Late entry: which invoice of a visit's pictures is recorded for the order's unit; where it is not clear, none is."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

import msgspec

from core.identifiers import Invoice
from core.rows.orders import OrderUnit

#: none: no invoice in the pictures; new: it is recorded; known: it is there already; the others: a person looks.
Rule = Literal["none", "new", "known", "other", "differ", "several_units"]


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What an order knows so far: how many units it has, and the invoice of the first."""

    units: int = 1
    number: str | None = None
    day: date | None = None


class Papers(NamedTuple):
    """The invoice that is to be recorded, and the rule that says so or why not."""

    invoice: Invoice | None
    rule: Rule


def recorded_of(units: Sequence[OrderUnit]) -> Recorded:
    """What the units of an order, by their position, have recorded."""
    if not units:
        return Recorded(units=0)
    return Recorded(units=len(units), number=units[0].invoice_number, day=units[0].invoice_date)


def papers_to_record(found: Sequence[Invoice], recorded: Recorded) -> Papers:
    """The one invoice that the pictures of an order show, when its only unit has no other one yet."""
    invoices = tuple(dict.fromkeys(found))
    if not invoices:
        return Papers(None, "none")
    if len(invoices) > 1:
        return Papers(None, "differ")
    if recorded.units != 1:
        return Papers(None, "several_units")
    invoice = invoices[0]
    if recorded.number not in (None, invoice.key, invoice.number) or recorded.day not in (None, invoice.date):
        return Papers(None, "other")
    return Papers(None, "known") if recorded.number and recorded.day else Papers(invoice, "new")
