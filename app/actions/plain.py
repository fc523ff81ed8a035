"""Actions that add nothing to their operation: what the person gives is what is recorded."""

import msgspec

from app.actions.desk import Desk, DeskAction, Recorded, find_order
from core.operations import ACTIONS

#: Their arguments, checks and replay are the modules of these names in core.operations.
PLAIN = (
    "accept_at_branch",
    "decline_at_branch",
    "recall_order",
    "cancel_order",
    "accept_order",
    "decline_order",
    "assign_technician",
    "book_visit",
    "start_work",
    "wait_for_parts",
    "wait_for_customer",
    "resume_work",
    "finish_repair",
    "wait_for_inspection",
    "note_contact",
    "record_measurement",
    "lend_loaner",
    "take_back_loaner",
    "add_unit",
    "reopen_order",
    "add_note",
    "confirm_statement",
    "dispute_line",
    "withdraw_operation",
    "pick_value",
    "name_deputy",
    "end_deputy",
    "request_parts",
    "withdraw_request",
    "request_exchange",
    "allocate_request",
    "receive_shipment",
    "settle_shipment",
    "reserve_part",
    "release_part",
    "accept_transfer",
    "decline_transfer",
    "reverse_move",
)


def _plain(name: str) -> DeskAction:
    def run(asked: msgspec.Struct, desk: Desk) -> Recorded:
        order_id = getattr(asked, "order_id", None)
        if order_id is not None:
            with desk.store.reading() as rows:
                asked = msgspec.structs.replace(asked, order_id=find_order(rows, order_id).id)
        args = msgspec.convert(msgspec.to_builtins(asked), ACTIONS[name].args)
        return desk.store.record(name, args, desk.person_id)

    return DeskAction(name, _by_number(ACTIONS[name].args), run)


def _by_number(args: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The operation's arguments, with an order that may be named by its number too."""
    fields = msgspec.structs.fields(args)
    if not any(field.name == "order_id" for field in fields):
        return args
    asked = [_field(field) for field in fields]
    return msgspec.defstruct(args.__name__, asked, kw_only=True, frozen=True, forbid_unknown_fields=True)


def _field(field: msgspec.structs.FieldInfo) -> tuple[str, object] | tuple[str, object, object]:
    if field.name == "order_id":
        return (field.name, str) if field.required else (field.name, str | None, field.default)
    return (field.name, field.type) if field.required else (field.name, field.type, field.default)


PLAIN_ACTIONS = tuple(_plain(name) for name in PLAIN)
