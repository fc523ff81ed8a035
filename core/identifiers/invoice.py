"""The QR code of a Chinese invoice (发票): type, code, number, amount and date, readable with no network."""

import re
from datetime import date

import msgspec

from core.identifiers.text import fold
from core.refusals import Refusal

_HEAD = re.compile(r"01,\d{2},")
# 01,type,code,number,amount,date,check,… Paper and older electronic invoices have a code of 10 or 12 digits and a
# number of 8; fully digital ones have no code and a number of 20. The amount leaves the tax out on some types.
_FIELDS = re.compile(
    r"01,(?P<type>\d{2}),(?P<code>\d{10}|\d{12}|),(?P<number>\d{20}|\d{8}),"
    r"(?P<yuan>\d{1,10})?(?:\.(?P<cents>\d{1,2}))?,(?P<date>\d{8})(?:,[^,]*)*"
)


class Invoice(msgspec.Struct, frozen=True):
    """An invoice as its QR code tells it; `amount_fen` is None where the code leaves it out."""

    type: str
    code: str
    number: str
    amount_fen: int | None
    date: date

    @property
    def key(self) -> str:
        """Code and number together, unique in the country: the same key on two units is a signal."""
        return self.code + self.number


def is_invoice(text: str) -> bool:
    """Whether `text` begins like an invoice's QR code."""
    return _HEAD.match(fold(text)) is not None


def parse_invoice(text: str) -> Invoice:
    """The invoice in a QR code's text; refuses `invoice_unreadable` when a field is damaged."""
    found = _FIELDS.fullmatch(fold(text))
    if not found:
        raise Refusal("invoice_unreadable")
    day = found["date"]
    try:
        issued = date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError as error:
        raise Refusal("invoice_unreadable") from error
    return Invoice(found["type"], found["code"], found["number"], _fen(found["yuan"], found["cents"]), issued)


def format_invoice(invoice: Invoice) -> str:
    """The QR text of `invoice`, without the tax office's check code; the opposite of :func:`parse_invoice`."""
    amount = "" if invoice.amount_fen is None else f"{invoice.amount_fen // 100}.{invoice.amount_fen % 100:02d}"
    return f"01,{invoice.type},{invoice.code},{invoice.number},{amount},{invoice.date:%Y%m%d},,"


def _fen(yuan: str | None, cents: str | None) -> int | None:
    if yuan is None and cents is None:
        return None
    return int(yuan or 0) * 100 + int((cents or "").ljust(2, "0"))
