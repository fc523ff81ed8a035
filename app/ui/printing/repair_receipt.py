"""The repair receipt for the customer: what was done, parts put in, what was to be paid and why, the guarantee."""

from __future__ import annotations

from app.i18n import N_, _
from app.queries.receipt_paper import ReceiptFacts, ReceiptFee, ReceiptPart
from app.ui import formats
from app.ui.live import text_of
from app.ui.measure_words import limits_text
from app.ui.printing.paper import Blanks, Block, Column, Facts, Notice, Paper, Signatures, Table
from app.ui.refusal_words import code_words, name_words
from core.identifiers import format_order
from core.rows.jobs import Phase
from core.words import WORDS, word

_REASONS = {"goodwill": N_("goodwill"), **WORDS["outcome"]}
_OLD = {"customer": N_("the customer’s"), "maker": N_("the maker’s"), "": ""}


def receipt_paper(facts: ReceiptFacts, printed: str = "") -> Paper:
    """The receipt in the language of now; what was really paid is written by hand, for no row tells it."""
    return Paper(
        title=_("Repair receipt"),
        number=facts.number,
        code=format_order(facts.number),
        maker=facts.issuer.maker,
        place=" · ".join(filter(None, (facts.issuer.station, facts.issuer.address))),
        blocks=(
            Facts(_who_and_what(facts)),
            Facts(_work(facts), _("What was done")),
            *((_measured(facts),) if facts.measured else ()),
            _parts(facts.parts),
            _fees(facts),
            *((Blanks((_("Received (¥)"), _("How, day"))),) if facts.paid else ()),
            Notice(_guarantee(facts), _guarantee_terms(facts)),
        ),
        signatures=Signatures((_("Customer’s signature, day"), _("Technician’s signature, day"))),
        footnote=_("Keep this receipt: a free repair within the guarantee is asked for with it."),
        printed=printed,
    )


def _who_and_what(facts: ReceiptFacts) -> list[tuple[str, str]]:
    unit = facts.unit
    name = text_of(name_words(*unit.model_name))
    begun = f"{formats.moment(facts.started_at)} – " if facts.started_at else ""
    return [
        (_("Customer"), f"{unit.customer}   {unit.phone}".strip()),
        (_("Unit"), " · ".join(filter(None, (unit.model, name)))),
        (_("Serial number"), unit.serial),
        (_("Reported fault"), facts.reported),
        (_("Repaired"), f"{begun}{formats.moment(facts.completed_at)}   {facts.technician}".strip()),
    ]


def _work(facts: ReceiptFacts) -> list[tuple[str, str]]:
    coded = [(_(word("code_field", field)), text_of(name_words(*names))) for field, names in facts.codes]
    return [*coded, (_("Result"), facts.result)]


def _measured(facts: ReceiptFacts) -> Block:
    columns = (
        Column(_("What"), 40),
        Column(_("Limits"), 30),
        Column(_("Before"), 15, right=True),
        Column(_("After"), 15, right=True),
    )
    rows = [
        (
            text_of(name_words(line.zh, line.en)),
            limits_text(line.low, line.high, line.symbol),
            *(formats.milli(line.figures[phase].value) if phase in line.figures else "—" for phase in Phase),
        )
        for line in facts.measured
    ]
    return Table(columns, rows, _("Measured"))


def _parts(parts: tuple[ReceiptPart, ...]) -> Block:
    columns = (
        Column(_("Part"), 22),
        Column(_("Part name"), 28),
        Column(_("Quantity"), whole=True, right=True),
        Column(_("Serial number"), 24),
        Column(_("Paid by"), whole=True),
        Column(_("Old part"), whole=True),
    )
    rows = [
        (
            one.part_id,
            text_of(name_words(*one.name)),
            str(one.quantity),
            one.serial or "—",
            text_of(code_words("payer", one.payer)),
            _(_OLD[one.old]),
        )
        for one in parts
    ]
    return Table(columns, rows, _("Parts put in"), empty=_("No part was exchanged."))


def _fees(facts: ReceiptFacts) -> Block:
    columns = (Column(_("Fee"), 40), Column(_("Reason"), 46), Column(_("Amount"), whole=True, right=True))
    rows = [(_fee_name(fee), _reason(fee, facts), formats.money(fee.amount_fen)) for fee in facts.fees]
    if facts.goodwill_fen:
        rows.append((_("Granted by the maker"), _("goodwill"), formats.money(-facts.goodwill_fen)))
    signed = ""
    if facts.signed_at is not None:
        signed = _("signed by {name}, {day}").format(
            name=facts.signed_by, day=formats.day(formats.local(facts.signed_at).date())
        )
    return Table(
        columns,
        rows,
        _("What the customer pays"),
        total=(_("To pay"), signed, formats.money(facts.total_fen)),
        empty=_("Nothing was quoted and nothing is to be paid."),
    )


def _fee_name(fee: ReceiptFee) -> str:
    name = text_of(name_words(*fee.part)) if fee.part else ""
    name = name or text_of(code_words("fee", fee.kind))
    return f"{name} × {fee.quantity}" if fee.quantity > 1 else name


def _reason(fee: ReceiptFee, facts: ReceiptFacts) -> str:
    """Why it is free, or by what it is priced and why the customer pays it."""
    if fee.reason:
        return _("free: {reason}").format(reason=_(_REASONS.get(fee.reason, fee.reason)))
    priced = _("price list {version}").format(version=facts.price_list)
    outcome = facts.outcome if facts.outcome != "in_warranty" else ""
    return _(", ").join(filter(None, (_(word("outcome", outcome)) if outcome else "", priced)))


def _guarantee(facts: ReceiptFacts) -> str:
    return _("Guarantee on this repair: {days} days, until {day}").format(
        days=facts.holds_days, day=formats.day(facts.holds_until)
    )


def _guarantee_terms(facts: ReceiptFacts) -> str:
    if facts.paid:
        return _("The same fault is repaired free of charge until then, that day included.")
    return _("A fault of the unit is repaired free of charge until then, that day included.")
