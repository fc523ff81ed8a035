"""One order in words for ``fixpoint order``: what is known, decided and owed, a line each."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from app.i18n import _
from app.queries.remedies import advice_lines
from core.warranty import Advice
from core.words import word

Facts = dict[str, Any]


def order_words(facts: Facts) -> str:
    """The order's lines; ``--json`` has everything."""
    head = f"{facts['number']}  {_(word('state', facts['state']))}"
    return "\n".join([head, *(f"  {line}" for part in _PARTS for line in part(facts))])


def _yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"


def _joined(*words: object) -> str:
    return "  ".join(str(one) for one in words if one)


def _customer(facts: Facts) -> Iterator[str]:
    yield _joined(_("Customer"), facts["customer_name"], facts["customer_phone"], facts["customer_address"])
    yield _joined(_("Fault"), facts["fault_report"])


def _units(facts: Facts) -> Iterator[str]:
    for unit in facts["units"]:
        codes = [unit[name] for name in ("condition", "symptom", "section", "defect", "repair") if unit[name]]
        known = (unit["model"] or facts["reported_model"], unit["serial"] or facts["reported_serial"])
        yield _joined(_("Unit"), *known, "/".join(codes))
    for verdict in facts["verdicts"]:
        yield _joined(_("Verdict"), _(word("outcome", verdict["outcome"])), verdict["day"])


def _remedies(facts: Facts) -> Iterator[str]:
    advice = msgspec.convert(facts["remedies"], tuple[Advice, ...])
    for line in advice_lines(advice):
        yield _joined(_("Remedy"), line)


def _approvals(facts: Facts) -> Iterator[str]:
    decided = {one["request_id"]: one["approved"] for one in facts["decisions"]}
    said = {True: _("Approved"), False: _("Refused"), None: _("Waiting")}
    for one in facts["requests"]:
        yield _joined(_("Request"), _(word("approval", one["kind"])), one["reason"], said[decided.get(one["id"])])
    for one in facts["quotations"]:
        yield _joined(_("Quotation"), _yuan(one["total_fen"]), one["signed_by"])


def _parts(facts: Facts) -> Iterator[str]:
    for one in facts["part_lines"]:
        if not one["removed"]:
            yield _joined(_("Part"), one["part_id"], f"×{one['quantity']}", one["new_serial"], _payer(one["payer"]))
    for one in facts["old_parts"]:
        yield _joined(_("Old part"), one["part_id"], one["serial"], one["tag"], _(word("old_part", one["state"])))


def _payer(payer: str | None) -> str:
    return _(word("payer", payer)) if payer else ""


def _claims(facts: Facts) -> Iterator[str]:
    for claim in facts["claims"]:
        yield _joined(_("Claim"), _yuan(claim["total_fen"]), claim["tariff"], _(word("claim", claim["state"])))
        for one in claim["lines"]:
            yield _joined(" ", _(word("fee", one["kind"])), _yuan(one["amount_fen"]), one["basis"])


_PARTS: tuple[Callable[[Facts], Iterator[str]], ...] = (_customer, _units, _remedies, _approvals, _parts, _claims)
