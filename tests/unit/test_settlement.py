"""The statement: its moves, its month, and every class of difference a station can find."""

from collections import Counter
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from core.claims import ClaimFacts, ClaimLine, ClaimPart, Tariff, claim_lines, total_fen
from core.refusals import Refusal
from core.roles import Role
from core.sentences import DIFFERENCES
from core.settlement import (
    MOVES,
    Difference,
    DifferenceClass,
    OwnClaim,
    StatementFigure,
    StatementState,
    apply,
    recompute,
    roles_for,
    run_of,
    settlement_month,
)

S, C = StatementState, DifferenceClass

WAY = [
    "confirm_statement",
    "approve_statement",
    "audit_statement",
    "issue_invoice",
    "check_invoice",
    "post_statement",
    "pay_statement",
]


def test_a_statement_goes_its_way_to_payment():
    state = S.DRAFT
    for action in WAY:
        state = apply(state, action)
    assert state is S.PAID


def test_a_dispute_comes_back_to_draft_and_a_bad_invoice_to_audited():
    assert apply(apply(S.DRAFT, "dispute_line"), "dispute_line") is S.DISPUTED
    assert apply(S.DISPUTED, "answer_dispute") is S.DRAFT
    assert apply(S.BRANCH_APPROVED, "return_statement") is S.DRAFT
    assert apply(S.INVOICED, "return_invoice") is S.AUDITED


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.action)
def test_every_other_state_refuses_the_move(move):
    for state in set(S) - move.sources:
        with pytest.raises(Refusal) as refused:
            apply(state, move.action)
        assert (refused.value.code, refused.value.facts) == ("statement_not_open", {"state": state.value})
    assert roles_for(move.action)


def test_the_station_confirms_and_the_auditor_pays():
    assert roles_for("confirm_statement") == (Role.STATION_LEAD,)
    assert Role.SETTLEMENT_AUDITOR in roles_for("pay_statement")
    with pytest.raises(KeyError):
        roles_for("burn_statement")


MONTHS = [
    (date(2026, 5, 31), 31, "2026-05"),
    (date(2026, 5, 25), 25, "2026-05"),
    (date(2026, 5, 26), 25, "2026-06"),
    (date(2026, 12, 26), 25, "2027-01"),
    (date(2026, 11, 30), 25, "2026-12"),
]


@pytest.mark.parametrize(("day", "closing", "month"), MONTHS)
def test_a_claim_belongs_to_the_month_whose_closing_day_it_makes(day, closing, month):
    assert settlement_month(day, closing) == month


def test_sound_and_problem_claims_are_two_runs():
    assert (run_of(had_problem=False), run_of(had_problem=True)) == (1, 2)


OLD, NEW = (
    msgspec.json.decode(resources.read_text("tariffs", f"tariff-{version}.json"), type=Tariff)
    for version in ("2026-01", "2026-10")
)


def own(order, tariff=OLD, **changed):
    facts = ClaimFacts(
        product_class="tv_lcd",
        level="major",
        distance_m=30_000,
        parts=(ClaimPart(part_id="PANEL", transfer_fen=40_000),),
    )
    return OwnClaim(order_id=order, lines=claim_lines(facts, tariff), facts=facts, **changed)


def figures(claim, tariff=None, prefix=""):
    lines = claim.lines if tariff is None else claim_lines(claim.facts, tariff)
    return [
        StatementFigure(
            line_id=f"{prefix}{claim.order_id}/{line.kind}",
            order_id=claim.order_id,
            kind=line.kind,
            part_id=line.part_id,
            quantity=line.quantity,
            amount_fen=line.amount_fen,
            tariff=line.tariff_version,
        )
        for line in lines
    ]


def classes(differences):
    return [(one.kind, one.class_, one.hq_fen, one.own_fen) for one in differences]


def without(lines, kind):
    return [line for line in lines if line.kind != kind]


def with_amount(lines, kind, fen, **changed):
    return [msgspec.structs.replace(one, amount_fen=fen, **changed) if one.kind == kind else one for one in lines]


def test_equal_statements_have_no_difference():
    claims = [own("o1"), own("o2")]
    lines = [line for claim in claims for line in figures(claim)]
    assert recompute(lines, claims, [OLD]) == []


def test_a_newer_tariff_is_named():
    claim = own("o1")
    found = recompute(figures(claim, NEW), [claim], [OLD, NEW])
    assert classes(found) == [("labour", C.TARIFF_VERSION, 14_700, 14_000)]


def test_a_wrong_amount_under_a_newer_tariff_is_a_wrong_amount():
    claim = own("o1")
    lines = with_amount(figures(claim, NEW), "labour", 14_701)
    assert classes(recompute(lines, [claim], [OLD, NEW])) == [("labour", C.AMOUNT, 14_701, 14_000)]


@pytest.mark.parametrize(("facts", "tariffs"), [(None, [NEW]), ("known", [])])
def test_what_cannot_be_computed_again_is_put_down_to_the_tariff(facts, tariffs):
    claim = own("o1")
    claim = claim if facts else msgspec.structs.replace(claim, facts=None)
    lines = with_amount(figures(claim), "labour", 1, tariff="2026-10")
    assert classes(recompute(lines, [claim], tariffs)) == [("labour", C.TARIFF_VERSION, 1, 14_000)]


def test_one_fen_under_the_same_tariff_is_shown():
    claim = own("o1")
    found = recompute(with_amount(figures(claim), "labour", 13_999), [claim], [OLD])
    assert found == [
        Difference(
            line_id="o1/labour",
            order_id="o1",
            kind="labour",
            part_id=None,
            class_=C.AMOUNT,
            hq_fen=13_999,
            own_fen=14_000,
        )
    ]


REASONS = [
    ({"rejection": "call-back denied"}, "labour", C.REJECTED),
    ({"old_parts_missing": ("PANEL",)}, "part", C.OLD_PART_MISSING),
    ({"old_parts_missing": ("PANEL",)}, "labour", C.MISSING),
    ({"late": True}, "labour", C.LATE),
    ({}, "labour", C.MISSING),
]


@pytest.mark.parametrize(("known", "kind", "class_"), REASONS)
def test_a_line_that_hq_lacks_is_explained_by_what_is_known(known, kind, class_):
    claim = own("o1", **known)
    ((_, found, hq, _),) = classes(recompute(without(figures(claim), kind), [claim], [OLD]))
    assert (found, hq) == (class_, 0)


@pytest.mark.parametrize(("known", "kind", "class_"), REASONS)
def test_so_is_a_line_that_hq_set_to_nothing(known, kind, class_):
    claim = own("o1", **known)
    ((_, found, _, _),) = classes(recompute(with_amount(figures(claim), kind, 0), [claim], [OLD]))
    assert found is (C.AMOUNT if class_ is C.MISSING else class_)


def test_a_line_paid_twice_is_a_duplicate():
    claim = own("o1")
    lines = figures(claim) + figures(claim, prefix="again-")[:1]
    (found,) = recompute(lines, [claim], [OLD])
    assert (found.line_id, found.class_, found.hq_fen, found.own_fen) == ("again-o1/labour", C.DUPLICATE, 14_000, 0)


def test_lines_without_a_claim_of_ours():
    lines = [
        StatementFigure(line_id="p", kind="penalty", amount_fen=-5000),
        StatementFigure(line_id="d", kind="deduction", order_id="o1", amount_fen=-100),
        StatementFigure(line_id="x", kind="labour", order_id="unknown", amount_fen=100),
    ]
    claim = own("o1")
    found = {one.line_id: one.class_ for one in recompute([*lines, *figures(claim)], [claim])}
    assert found == {"p": C.PENALTY, "d": C.PENALTY, "x": C.MISSING}


def test_two_parts_of_one_number_are_told_apart_by_amount():
    claim = own("o1")
    twice = msgspec.structs.replace(claim, lines=(*claim.lines, *claim.lines[-1:]))
    lines = figures(twice)
    assert recompute(lines, [twice], [OLD]) == []
    changed = [*lines[:-1], msgspec.structs.replace(lines[-1], amount_fen=1)]
    assert classes(recompute(changed, [twice], [OLD])) == [("part", C.AMOUNT, 1, 42_000)]


def test_a_zero_line_of_an_order_that_is_not_ours_is_no_difference_in_money():
    lines = [StatementFigure(line_id="x", kind="labour", order_id="o9", amount_fen=0)]
    assert classes(recompute(lines, [])) == [("labour", C.MISSING, 0, 0)]


def test_a_difference_travels_with_its_class():
    claim = own("o1")
    found = recompute(without(figures(claim), "labour"), [claim], [OLD])
    body = msgspec.json.encode(found)
    assert msgspec.json.decode(body)[0]["class"] == "missing"
    assert msgspec.json.decode(body, type=list[Difference]) == found


def test_every_class_says_what_it_means():
    assert set(DIFFERENCES) == {class_.value for class_ in C}


lines_ = st.builds(
    ClaimLine,
    kind=st.sampled_from(["labour", "part", "distance"]),
    part_id=st.sampled_from([None, "P"]),
    unit_fen=st.just(0),
    amount_fen=st.integers(-50, 50),
    tariff_version=st.sampled_from(["2026-01", "2026-10"]),
    basis=st.just("x"),
)
claims_ = st.dictionaries(
    st.sampled_from(["o1", "o2", "o3"]),
    st.builds(
        OwnClaim,
        order_id=st.just(""),
        lines=st.lists(lines_, max_size=4).map(tuple),
        rejection=st.none() | st.just("no"),
        late=st.booleans(),
        old_parts_missing=st.sampled_from([(), ("P",)]),
    ),
).map(lambda named: [msgspec.structs.replace(claim, order_id=order) for order, claim in named.items()])
figures_ = st.lists(
    st.builds(
        StatementFigure,
        line_id=st.uuids().map(str),
        order_id=st.sampled_from([None, "o1", "o2", "o9"]),
        kind=st.sampled_from(["labour", "part", "penalty"]),
        part_id=st.sampled_from([None, "P"]),
        amount_fen=st.integers(-50, 50),
        tariff=st.sampled_from(["2026-01", "2026-10"]),
    ),
    max_size=8,
)


@given(figures_, claims_)
def test_the_differences_add_up_to_the_fen(lines, claims):
    found = recompute(lines, claims, [OLD, NEW])
    hq = sum(line.amount_fen for line in lines)
    ours = sum(total_fen(claim.lines) for claim in claims)
    assert sum(one.hq_fen - one.own_fen for one in found) == hq - ours
    assert max(Counter(one.line_id for one in found if one.line_id).values(), default=1) == 1
    assert len(recompute(list(reversed(lines)), list(reversed(claims)), [NEW, OLD])) == len(found)


def test_a_month_of_ten_thousand_lines_with_every_difference_seeded():
    claims = [own(f"o{n:04d}") for n in range(3400)]
    claims[1] = own("o0001", rejection="denied")
    claims[2] = own("o0002", old_parts_missing=("PANEL",))
    claims[3] = own("o0003", late=True)
    lines = {claim.order_id: figures(claim) for claim in claims}
    lines["o0000"] = figures(claims[0], NEW)
    lines["o0001"] = []
    lines["o0002"] = without(lines["o0002"], "part")
    lines["o0003"] = without(lines["o0003"], "labour")
    lines["o0004"] = without(lines["o0004"], "labour")
    lines["o0005"] = with_amount(lines["o0005"], "labour", 1)
    lines["o0006"] += figures(claims[6], prefix="again-")[:1]
    sheet = [line for some in lines.values() for line in some]
    sheet.append(StatementFigure(line_id="p", kind="penalty", amount_fen=-20_000))
    assert len(sheet) > 10_000
    found = recompute(sheet, claims, [OLD, NEW])
    assert Counter(one.class_ for one in found) == {
        C.TARIFF_VERSION: 1,
        C.REJECTED: 3,
        C.OLD_PART_MISSING: 1,
        C.LATE: 1,
        C.MISSING: 1,
        C.AMOUNT: 1,
        C.DUPLICATE: 1,
        C.PENALTY: 1,
    }
