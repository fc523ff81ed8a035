"""Words of the order page: codes, findings and refusals in the language in use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.i18n import N_, _, language
from app.queries.order_view import Head, Missing
from app.queries.verdicts import part_class_name
from app.ui import formats
from core.preflight import SENTENCES
from core.words import WORDS, word

Said = Callable[[], str]

STEP_WORDS = {
    "accept": N_("Accept"),
    "visit": N_("Visit"),
    "identify": N_("Identify"),
    "verdict": N_("Verdict"),
    "repair": N_("Repair"),
    "sign": N_("Signature"),
    "done": N_("Done"),
}
SAY = {
    "offered": N_("The branch offers this order. Accept it, or decline with a reason."),
    "book": N_("Call the customer and book the visit."),
    "start_counter": N_("The unit comes to the station. Start when it is on the bench."),
    "start": N_("Visit booked. Start the work when you are with the customer."),
    "waits_parts": N_("Waiting for parts; the time limit stands still. Resume when they are here."),
    "waits_customer": N_("Waiting for the customer; the time limit stands still."),
    "waits_inspection": N_("Waiting for the inspection’s result."),
    "waits_approval_sign": N_("The request waits for its answer. Meanwhile the customer can sign: goodwill, or pay."),
    "asked_back": N_("The request came back with a question. Answer it, and it goes up again."),
    "waits_approval": N_("The request waits for its answer. Nothing to do until it comes."),
    "identify": N_("Scan the unit’s label, or type its serial number."),
    "judge": N_("The unit is identified. Judge the warranty; it works offline."),
    "goodwill": N_("The cover ended a short time ago. Goodwill can be asked for now, even offline."),
    "code": N_("Code what is wrong and how it is mended."),
    "sign": N_("The customer signs what it costs, before the work."),
    "part": N_("The coded repair exchanges a part. Scan or choose the new part."),
    "tag": N_("Give the old part its serial number and print its tag."),
    "mend": N_("HQ would reject the claim as it is. Mend what is marked below."),
    "complete": N_("Everything is there. Complete the order."),
    "card": N_("Fill in the installation card of each unit: the day and where it stands."),
    "certify": N_("Inspect the unit and write the certificate."),
    "exchange": N_("The exchange is approved and certified. Hand over the new unit and scan it."),
    "give_back": N_("The unit is still here. Give it back to the customer."),
    "loaner": N_("The customer still has a loaner. Take it back."),
    "declined": N_("Declined; the branch gives it to another station."),
    "offered_branch": N_("HQ offers this order to the branch."),
    "dispatch": N_("Choose the station that shall do it."),
    "dispatch_again": N_("The station declined. Choose another one."),
    "at_station": N_("The order is at its station. It can be recalled until work begins."),
    "decide": N_("The station asks for an approval."),
    "ended": N_("This order has ended. Nothing is left to do here."),
    "elsewhere": N_("You can look at this order; others work on it."),
}
ACTIONS = {
    "accept_order": N_("Accept order"),
    "decline_order": N_("Decline"),
    "book_visit": N_("Book visit"),
    "start_work": N_("Start work"),
    "wait_for_parts": N_("Wait for parts"),
    "wait_for_customer": N_("Wait for customer"),
    "resume_work": N_("Resume work"),
    "identify_unit": N_("Identify unit"),
    "judge_warranty": N_("Judge warranty"),
    "record_documents": N_("Papers"),
    "record_findings": N_("Findings"),
    "ask_approval": N_("Ask for goodwill"),
    "code_fault": N_("Code the fault"),
    "sign_quotation": N_("Quote and sign"),
    "use_part": N_("Put in a part"),
    "tag_old_part": N_("Tag the old part"),
    "mend": N_("Mend the first"),
    "complete_order": N_("Complete order"),
    "finish_repair": N_("Ready for pick-up"),
    "assign_technician": N_("Assign technician"),
    "accept_at_branch": N_("Accept at branch"),
    "decline_at_branch": N_("Back to HQ"),
    "dispatch_order": N_("Dispatch"),
    "recall_order": N_("Recall"),
    "cancel_order": N_("Cancel order"),
    "decide_approval": N_("Open approvals"),
    "ask_back": N_("Ask back"),
    "answer_question": N_("Answer the question"),
    "add_note": N_("Add note"),
    "note_contact": N_("Note a call"),
    "record_measurement": N_("Record measurement"),
    "miss_visit": N_("Visit did not happen"),
    "take_to_shop": N_("Take to the shop"),
    "receive_unit": N_("Take the unit in"),
    "give_back": N_("Give the unit back"),
    "lend_loaner": N_("Lend a loaner"),
    "take_back_loaner": N_("Take the loaner back"),
    "wait_for_inspection": N_("Wait for inspection"),
    "issue_certificate": N_("Write inspection certificate"),
    "add_unit": N_("Add a unit"),
    "record_installation": N_("Fill in installation card"),
    "return_unrepaired": N_("Return unrepaired"),
    "exchange_unit": N_("Exchange the unit"),
    "propose_refund": N_("Propose a refund"),
    "reopen_order": N_("Open again"),
}
PASSED = {
    "unit": N_("Serial number and model fit"),
    "warranty": N_("Warranty judged, payer settled"),
    "papers": N_("Dates on the papers are plausible"),
    "codes": N_("Fault and repair codes go together"),
    "measured": N_("What had to be measured was, and is right"),
    "parts": N_("Parts fit, old parts are tagged"),
    "evidence": N_("Signature and photos are there"),
    "claim": N_("Claimed once, station licensed"),
}
MENDS = {
    "serial": N_("Identify"), "model": N_("Identify"), "verdict": N_("Judge"), "approval": N_("Ask"),
    "invoice_date": N_("Enter"), "invoice_number": N_("Enter"), "document_problem": N_("Enter"), "codes": N_("Code"),
    "parts": N_("Look"), "old_parts": N_("Tag"), "signature": N_("Sign"), "quotation": N_("Sign"),
    "photos": N_("Add"), "certificate": N_("Write"), "measurements": N_("Measure"),
}  # fmt: skip
FEE_REASONS = {"goodwill": N_("goodwill"), **WORDS["outcome"]}


def coded(family: str, code: str) -> Said:
    """A code's word, asked anew when the language changes."""
    return lambda: _(word(family, code))


def either(zh: str, en: str) -> Said:
    """A name that is data in both languages."""
    return lambda: zh if language() == "zh_CN" else en


def finding(missing: Missing, head: Head) -> Said:
    """A finding's sentence with its facts as people say them."""

    def said() -> str:
        facts = dict(missing.facts)
        if "field" in facts:
            facts["field"] = _(word("code_field", facts["field"]))
        if "product_class" in facts:
            facts["product_class"] = either(*head.product_names)()
        if "measurement" in facts:
            facts["measurement"] = either(facts["zh"], facts["en"])()
            facts["phase"] = _(word("phase", facts["phase"]))
        if "part_class" in facts:
            facts["part_class"] = part_class_name(facts["part_class"])
        return _(SENTENCES[missing.rule]).format_map(facts)

    return said


def happened_fact(fact: tuple[str, str] | None) -> str:
    """What a timeline entry adds to its action, in words."""
    if fact is None:
        return ""
    family, value = fact
    if family == "money":
        return formats.money(int(value))
    if family == "moment":
        return formats.moment(datetime.fromisoformat(value))
    if family == "decision":
        return _("approved") if value == "approved" else _("refused")
    return value if family == "text" else _(word(family, value))
