"""The pre-flight: for every rule a claim that it stops and one that it lets pass."""

from datetime import date

import msgspec
import pytest

from core.fault_codes import CodeProblem
from core.measurements import Measurement, Phase, Shortfall
from core.preflight import (
    RULES,
    SENTENCES,
    EarlierRepair,
    Finding,
    Papers,
    PreflightFacts,
    PreflightPart,
    Rules,
    Severity,
    blocks,
    preflight,
)
from core.warranty import Outcome, UnitStatus

POWER = Measurement(code="PWR", zh="待机功耗", en="Standby power", symbol="W", high=1000)
MISSING = Shortfall(measurement=POWER, phase=Phase.BEFORE, missing=True)
OUTSIDE = Shortfall(measurement=POWER, phase=Phase.AFTER, missing=False)
PART = PreflightPart(
    part_id="PANEL-1",
    part_class="panel",
    serialised=True,
    new_serial="N1",
    old_due=True,
    old_tagged=True,
    old_serial="O1",
)
SOUND = PreflightFacts(
    day=date(2026, 5, 10),
    model="LED55K35U",
    serial="K35U5524A0100001",
    registered_model="LED55K35U",
    status=UnitStatus.SOLD,
    made=date(2025, 1, 10),
    fault_on=date(2026, 5, 1),
    outcome=Outcome.IN_WARRANTY,
    papers=Papers(invoice_date=date(2025, 6, 1), invoice_number="123", required=True),
    parts=(PART,),
    completed_on=date(2026, 5, 9),
    photos=2,
    distance_m=5000,
    area_m=20_000,
    product_class="tv_lcd",
    technician_lines=frozenset({"tv_lcd"}),
    station_lines=frozenset({"tv_lcd", "phone"}),
    licence_until=date(2026, 12, 31),
    claim_fen=14_000,
    rules=Rules(photos=2, approval_limit_fen=80_000),
)


def sound(**facts):
    return msgspec.structs.replace(SOUND, **facts)


def papers(**facts):
    return sound(papers=msgspec.structs.replace(SOUND.papers, **facts))


def part(**facts):
    return sound(parts=(msgspec.structs.replace(PART, **facts),))


def approved(facts, kind):
    return msgspec.structs.replace(facts, approvals=frozenset({kind}))


def earlier(day):
    return (EarlierRepair(order_number="W7", completed_on=day),)


OUT = sound(outcome=Outcome.OUT_OF_WARRANTY)
FAR = sound(distance_m=20_001)
DEAR = sound(claim_fen=80_001)
EXCHANGED = sound(end="exchanged", approvals=frozenset({"unit_exchange"}), inspection_certificate="C1")
CANCELLED = sound(end="cancelled")

FIXTURES = {
    # rule: (claims it stops, claims it lets pass)
    "serial_missing": ([sound(serial="")], [SOUND]),
    "serial_placeholder": (
        [sound(serial="1234567890", serial_placeholder=True)],
        [sound(serial="", serial_placeholder=True)],
    ),
    "serial_not_recognised": ([sound(outcome=Outcome.NOT_RECOGNISED)], [sound(outcome=Outcome.NEEDS_REVIEW)]),
    "model_mismatch": ([sound(model="LED65K50U")], [sound(registered_model="")]),
    "unit_retired": (
        [sound(status=UnitStatus.EXCHANGED_OUT), sound(status=UnitStatus.SCRAPPED)],
        [sound(status=None)],
    ),
    "verdict_missing": ([sound(outcome=None)], [SOUND]),
    "verdict_open": ([sound(outcome=Outcome.NEEDS_REVIEW)], [SOUND]),
    "not_covered": (
        [OUT, approved(OUT, "over_limit")],
        [approved(OUT, "goodwill"), msgspec.structs.replace(OUT, maker_pays=False), sound()],
    ),
    "document_missing": (
        [papers(invoice_date=None)],
        [papers(invoice_date=None, warranty_card_date=date(2025, 6, 1)), papers(invoice_date=None, required=False)],
    ),
    "document_after_fault": (
        [papers(invoice_date=date(2026, 5, 2)), papers(installation_date=date(2026, 5, 2))],
        [papers(invoice_date=date(2026, 5, 1)), msgspec.structs.replace(SOUND, fault_on=None)],
    ),
    "document_before_manufacture": (
        [papers(warranty_card_date=date(2025, 1, 9))],
        [papers(warranty_card_date=date(2025, 1, 10)), sound(made=None)],
    ),
    "document_altered": (
        [papers(problem="altered")],
        [approved(papers(problem="altered"), "goodwill")],
    ),
    "document_changed": (
        [papers(recorded_invoice_date=date(2025, 5, 1))],
        [
            papers(recorded_invoice_date=date(2025, 6, 1)),
            papers(recorded_invoice_date=date(2025, 5, 1), invoice_date=None),
        ],
    ),
    "invoice_reused": ([papers(number_used_for="OTHER")], [SOUND]),
    "codes_missing": ([sound(code_problems=(CodeProblem("code_missing", "defect"),))], [SOUND]),
    "codes_impossible": (
        [sound(code_problems=(CodeProblem("defect_not_in_section", "defect"),))],
        [sound(code_problems=(CodeProblem("code_missing", "defect"),))],
    ),
    "measurement_missing": (
        [sound(shortfalls=(MISSING,)), sound(shortfalls=(MISSING,), maker_pays=False)],
        [SOUND, sound(shortfalls=(OUTSIDE,)), sound(shortfalls=(MISSING,), job="inspection")],
    ),
    "measurement_outside": (
        [sound(shortfalls=(OUTSIDE,))],
        [SOUND, sound(shortfalls=(MISSING,)), sound(shortfalls=(OUTSIDE,), end="cancelled")],
    ),
    "part_not_of_model": ([part(fits_model=False)], [sound(parts=())]),
    "part_superseded": ([part(superseded_by="PANEL-2")], [SOUND]),
    "part_not_covered": (
        [part(covered=False)],
        [
            part(covered=False, payer="customer"),
            approved(part(covered=False), "goodwill"),
            msgspec.structs.replace(part(covered=False), maker_pays=False),
        ],
    ),
    "part_serial_missing": ([part(new_serial="")], [part(new_serial="", serialised=False)]),
    "part_without_stock": ([part(below_zero=True)], [SOUND]),
    "old_part_untagged": ([part(old_tagged=False)], [part(old_tagged=False, old_due=False)]),
    "old_part_serial_missing": (
        [part(old_serial="")],
        [
            part(old_serial="", old_without_serial=True),
            part(old_serial="", old_due=False),
            part(old_serial="", serialised=False),
        ],
    ),
    "old_part_same_serial": ([part(old_serial="N1")], [part(new_serial="", old_serial="")]),
    "old_part_overdue": ([part(old_overdue_days=1)], [SOUND]),
    "repaired_recently": (
        [sound(earlier=earlier(date(2026, 4, 10)))],
        [
            sound(earlier=earlier(date(2026, 4, 9))),
            sound(earlier=earlier(date(2026, 4, 20)), re_repair_linked=True),
        ],
    ),
    "claim_late": (
        [sound(completed_on=date(2026, 4, 9))],
        [sound(completed_on=date(2026, 4, 10)), sound(completed_on=None)],
    ),
    "claim_duplicate": ([sound(claimed_by="W9")], [SOUND]),
    "signature_missing": ([sound(signed=False)], [sound(signed=False, rules=Rules(signature=False))]),
    "quotation_missing": ([sound(quotation_signed=False)], [SOUND]),
    "photos_missing": ([sound(photos=1)], [sound(photos=0, rules=Rules(photos=0))]),
    "outside_area": (
        [FAR],
        [
            approved(FAR, "outside_area"),
            msgspec.structs.replace(FAR, service_type="carry_in"),
            msgspec.structs.replace(FAR, visited=False),
            sound(distance_m=20_000),
        ],
    ),
    "technician_not_licensed": ([sound(technician_lines=frozenset({"phone"}))], [SOUND]),
    "station_not_licensed": (
        [
            sound(station_lines=frozenset({"phone"})),
            sound(licence_until=date(2026, 5, 8)),
            sound(licence_until=date(2026, 5, 9), completed_on=None),
        ],
        [sound(licence_until=date(2026, 5, 9)), sound(licence_until=None)],
    ),
    "over_limit": (
        [DEAR],
        [approved(DEAR, "over_limit"), sound(claim_fen=80_000), sound(claim_fen=80_001, rules=Rules())],
    ),
    "exchange_not_approved": ([msgspec.structs.replace(EXCHANGED, approvals=frozenset())], [EXCHANGED]),
    "certificate_missing": (
        [msgspec.structs.replace(EXCHANGED, inspection_certificate=""), sound(end="refund_proposed")],
        [
            EXCHANGED,
            msgspec.structs.replace(EXCHANGED, inspection_certificate="", rules=Rules(inspection_for_exchange=False)),
        ],
    ),
    "wasted_visit_not_approved": (
        [CANCELLED],
        [approved(CANCELLED, "cancelled_visit"), msgspec.structs.replace(CANCELLED, visited=False)],
    ),
    "rate_missing": ([sound(no_rate=True)], [SOUND]),
}


def rules(facts):
    return [finding.rule for finding in preflight(facts)]


def test_a_sound_claim_passes():
    assert preflight(SOUND) == []
    assert not blocks([])


def test_every_rule_has_its_fixtures():
    assert set(FIXTURES) == {rule.id for rule in RULES} == set(SENTENCES)
    assert len(RULES) == len(SENTENCES) >= 20


@pytest.mark.parametrize("rule", FIXTURES)
def test_a_rule_stops_what_it_must_and_says_what_to_mend(rule):
    for facts in FIXTURES[rule][0]:
        found = [finding for finding in preflight(facts) if finding.rule == rule]
        assert len(found) == 1, facts
        assert found[0].field
        assert "{" not in SENTENCES[rule].format_map(found[0].facts)


@pytest.mark.parametrize("rule", FIXTURES)
def test_a_rule_lets_pass_what_it_must(rule):
    for facts in FIXTURES[rule][1]:
        assert rule not in rules(facts), facts


def test_each_bad_part_is_named():
    bad = msgspec.structs.replace(PART, part_id="B", fits_model=False)
    found = preflight(sound(parts=(bad, PART, msgspec.structs.replace(bad, part_id="C"))))
    assert [finding.facts["part"] for finding in found] == ["B", "C"]


def test_only_errors_block():
    warning = preflight(sound(no_rate=True))
    assert [finding.severity for finding in warning] == [Severity.WARNING]
    assert not blocks(warning)
    assert blocks(preflight(sound(signed=False)))


def test_findings_travel():
    found = preflight(sound(serial="", photos=0))
    assert msgspec.json.decode(msgspec.json.encode(found), type=list[Finding]) == found
    assert msgspec.json.decode(msgspec.json.encode(SOUND), type=PreflightFacts) == SOUND
