"""Receipts of the shop for the customer: a unit taken in, handed out, a loaner lent, returned, the counter’s."""

from __future__ import annotations

from collections.abc import Sequence

from app.i18n import _
from app.queries.shop_papers import CustodyFacts, IntakeFacts, LoanerFacts, ShopFacts
from app.ui import formats
from app.ui.live import text_of
from app.ui.printing.paper import Block, Facts, Notice, Paper, Signatures, WritingLines
from app.ui.refusal_words import code_words, name_words
from core.identifiers import format_order

Lines = list[tuple[str, str]]


def custody_paper(facts: CustodyFacts, printed: str = "") -> Paper:
    """The receipt while the unit is here, the hand-over when it went back."""
    one, back = facts.custody, facts.custody.returned_at is not None
    here = [
        (_("How it came"), text_of(code_words("custody", one.kind))),
        (_("Taken in at"), formats.moment(one.received_at)),
        (_("From whom"), one.from_name),
        (_("Taken in by"), facts.received_by),
        (_("State of the unit"), one.condition),
        (_("Accessories"), one.accessories or _("none")),
        (_("Parcel"), _parcel(one.carrier_in, one.tracking_in)),
    ]
    blocks: list[Block] = [Facts(_unit(facts.shop)), Facts(here, _("Taken in by the station"))]
    if back:
        blocks.append(Facts(_handed_out(facts), _("Handed out")))
        blocks.append(Notice(_("The unit and what came with it were handed out."), ""))
    else:
        blocks.append(Notice(_("The unit is handed out against this receipt."), _("Bring it along.")))
    return _paper(
        facts.shop,
        _("Hand-over of the unit") if back else _("Receipt for the unit"),
        blocks,
        (_("Customer’s signature, day"), _("For the station, day")),
        printed,
    )


def _handed_out(facts: CustodyFacts) -> Lines:
    one = facts.custody
    return [
        (_("Handed out at"), formats.moment(one.returned_at) if one.returned_at else ""),
        (_("To whom"), one.to_name or ""),
        (_("Handed out by"), facts.returned_by),
        (_("Parcel"), _parcel(one.carrier_out, one.tracking_out)),
    ]


def loaner_paper(facts: LoanerFacts, printed: str = "") -> Paper:
    """The slip of a loan; after the return it says in what state the loaner came back."""
    one, back = facts.loaner, facts.loaner.back_at is not None
    lent = [
        (_("Loaner"), " · ".join(filter(None, (one.model, text_of(name_words(*facts.model_name)))))),
        (_("Serial number"), one.serial),
        (_("State of the unit"), one.condition_out),
        (_("Lent at"), formats.moment(one.lent_at)),
        (_("Lent by"), facts.lent_by),
    ]
    blocks: list[Block] = [Facts(_unit(facts.shop), _("Repaired meanwhile")), Facts(lent, _("Lent"))]
    if one.back_at is not None:
        returned = [
            (_("Returned at"), formats.moment(one.back_at)),
            (_("State of the unit"), one.condition_back or ""),
            (_("Taken back by"), facts.back_by),
        ]
        blocks.append(Facts(returned, _("Loaner returned")))
    else:
        blocks.append(
            Notice(_("Lent free of charge until the repair is done."), _("It comes back in the state it was lent in."))
        )
    return _paper(
        facts.shop,
        _("Return of the loaner") if back else _("Loaner slip"),
        blocks,
        (_("Customer’s signature, day"), _("For the station, day")),
        printed,
    )


def intake_paper(facts: IntakeFacts, printed: str = "") -> Paper:
    """What the customer takes along from the counter; state and accessories are written by hand."""
    unit, shop = facts.shop.unit, facts.shop
    product = text_of(name_words(*facts.product))
    who = [
        (_("Customer"), unit.customer),
        (_("Telephone"), unit.phone),
        (_("Address"), facts.address),
        (_("Taken in at"), formats.moment(facts.opened_at)),
        (_("Service"), text_of(code_words("service_type", facts.service_type))),
    ]
    what = [
        (_("Product line"), product),
        (_("Unit"), _model(shop)),
        (_("Serial number"), unit.serial),
        (_("Reported fault"), shop.fault),
    ]
    return _paper(
        shop,
        _("Counter receipt"),
        [
            Facts(who),
            Facts(what, _("Unit")),
            WritingLines(_("State of the unit, accessories"), 2),
            Notice(_("The unit is handed out against this receipt."), _("Bring it along.")),
        ],
        (_("Customer’s signature, day"), _("For the station, day")),
        printed,
    )


def _paper(shop: ShopFacts, title: str, blocks: Sequence[Block], signed: tuple[str, str], printed: str) -> Paper:
    return Paper(
        title=title,
        number=shop.number,
        code=format_order(shop.number),
        maker=shop.issuer.maker,
        place=" · ".join(filter(None, (shop.issuer.station, shop.issuer.address))),
        blocks=tuple(blocks),
        signatures=Signatures(signed),
        printed=printed,
    )


def _unit(shop: ShopFacts) -> Lines:
    return [
        (_("Customer"), f"{shop.unit.customer}   {shop.unit.phone}".strip()),
        (_("Unit"), _model(shop)),
        (_("Serial number"), shop.unit.serial),
        (_("Reported fault"), shop.fault),
    ]


def _model(shop: ShopFacts) -> str:
    return " · ".join(filter(None, (shop.unit.model, text_of(name_words(*shop.unit.model_name)))))


def _parcel(carrier: str | None, tracking: str | None) -> str:
    return " ".join(filter(None, (carrier, tracking)))
