"""Whose a field is: the groups of an order's fields, who owns each, and which actions write it."""

from enum import StrEnum

from core import work_order
from core.rows import Row
from core.rows.jobs import Custody, Loaner
from core.rows.orders import OrderUnit, Visit, WorkOrder
from core.rows.parts import OldPart, PartLine


class Side(StrEnum):
    """The two sides that may change the same field: headquarters with its branches, and a station or warehouse."""

    HQ = "hq"
    PLACE = "place"


class Group(StrEnum):
    """Fields that belong together."""

    CUSTOMER = "customer"
    DISPATCH = "dispatch"
    APPROVAL = "approval"
    TARIFF = "tariff"
    DIAGNOSIS = "diagnosis"
    WORK = "work"
    RESULT = "result"


#: Who owns a group: while two values wait for a person, the owner's one stands.
OWNER: dict[Group, Side] = {
    Group.CUSTOMER: Side.HQ,
    Group.DISPATCH: Side.HQ,
    Group.APPROVAL: Side.HQ,
    Group.TARIFF: Side.HQ,
    Group.DIAGNOSIS: Side.PLACE,
    Group.WORK: Side.PLACE,
    Group.RESULT: Side.PLACE,
}

G = Group
_FIELDS: dict[type[Row], dict[Group, str]] = {
    WorkOrder: {
        G.CUSTOMER: "external_id customer_name customer_phone customer_address fault_report reported_model"
        " reported_serial reported_at reminders escalated_to customer_position",
        G.DISPATCH: "branch_id station_id number state product_class service_type job urgency distance_m due_at"
        " offered_at repairs_order_id paused_at source also_numbers merged_into_id",
        G.TARIFF: "warranty_guess cost_low_fen cost_high_fen",
        G.WORK: "held_from technician_id accepted_at visit_from visit_to started_at contacted_at",
        G.RESULT: "completed_at decline_reason result ended_as",
    },
    OrderUnit: {
        G.DISPATCH: "branch_id station_id order_id position",
        G.DIAGNOSIS: "model serial gtin imei identified_at serial_source scan_id verdict_id invoice_number"
        " invoice_date invoice_fen warranty_card_date installation_date document_problem held_by exclusions"
        " finding finding_photo condition symptom section defect code_system half pair installation_place",
        G.RESULT: "repair",
    },
    Visit: {
        G.DISPATCH: "branch_id station_id order_id",
        G.WORK: "technician_id begins_at ends_at state reason made_at entered_at missed_by evidence_sha256",
    },
    Custody: {
        G.DISPATCH: "branch_id station_id order_id",
        G.WORK: "unit_id kind accessories condition from_name signature_sha256 carrier_in tracking_in received_at"
        " received_by entered_at returned_at returned_by to_name carrier_out tracking_out",
    },
    Loaner: {
        G.DISPATCH: "branch_id station_id order_id",
        G.WORK: "model serial condition_out lent_at lent_by entered_at condition_back back_at back_by",
    },
    PartLine: {
        G.DISPATCH: "branch_id station_id order_id",
        G.WORK: "unit_id part_id quantity new_serial position payer old_part_id below_zero removed added_by added_at",
    },
    OldPart: {
        G.DISPATCH: "branch_id station_id warehouse_id order_id",
        G.TARIFF: "part_line_id part_id tag state due_on received_at received_by finding grade next_place graded_at"
        " batch sent_at answer answered_at",
        G.WORK: "serial no_serial tagged_at box_id packed_at",
    },
}
#: Per kind each field's group. Kinds that are not named are written once (facts), or are HQ's as a whole.
GROUPS: dict[type[Row], dict[str, Group]] = {
    kind: {field: group for group, fields in groups.items() for field in fields.split()}
    for kind, groups in _FIELDS.items()
}

_MOVES = frozenset(move.action for move in work_order.MOVES)
_IDENTIFY = frozenset({"identify_unit"})
_DOCUMENTS = frozenset({"record_documents", "record_installation"})
_FINDINGS = frozenset({"record_findings"})
_CODES = frozenset({"code_fault"})
_VISIT = frozenset({"book_visit", "miss_visit"})
#: The actions that write a field: the order's timeline tells by them who wrote it last.
WRITTEN_BY: dict[type[Row], dict[str, frozenset[str]]] = {
    WorkOrder: {
        "state": _MOVES,
        "station_id": frozenset({"dispatch_order", "recall_order", "direct_dispatch", "open_order"}),
        "technician_id": frozenset({"assign_technician", "accept_order", "start_work", "decline_order"}),
        "result": frozenset({"complete_order", "cancel_order", "return_unrepaired"}),
        "contacted_at": frozenset({"note_contact"}),
        "decline_reason": frozenset({"decline_order", "decline_at_branch", "dispatch_order", "expire_offer"}),
        "accepted_at": frozenset({"accept_order"}),
        "started_at": frozenset({"start_work"}),
        "completed_at": frozenset(work_order.ENDED_BY) | {"reopen_order"},
        "visit_from": _VISIT,
        "visit_to": _VISIT,
    },
    OrderUnit: {
        **dict.fromkeys(("model", "serial", "gtin", "imei"), _IDENTIFY),
        **dict.fromkeys(
            (
                *("invoice_number", "invoice_date", "invoice_fen", "warranty_card_date", "installation_date"),
                "document_problem",
            ),
            _DOCUMENTS,
        ),
        **dict.fromkeys(("held_by", "exclusions", "finding", "finding_photo"), _FINDINGS),
        **dict.fromkeys(("condition", "symptom", "section", "defect", "repair", "code_system"), _CODES),
    },
}


def side_of(place_id: str, branch_id: str) -> Side:
    """The side an operation of that place and branch comes from: a branch's own device speaks for HQ."""
    return Side.HQ if place_id == branch_id else Side.PLACE


def owner_of(kind: type[Row], field: str) -> Side:
    """Whose value of the field stands while a person has not picked."""
    group = GROUPS.get(kind, {}).get(field)
    return Side.HQ if group is None else OWNER[group]


def writers_of(kind: type[Row], field: str) -> frozenset[str]:
    """The actions that write the field; empty when no action on an order does."""
    return WRITTEN_BY.get(kind, {}).get(field, frozenset())
