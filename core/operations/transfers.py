"""Two stations of a branch agree that one gives parts to the other: proposed by either, answered by the other."""

from typing import Annotated

from msgspec import Meta

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation, OptionalText
from core.operations.orders import change
from core.parts.books import part_of
from core.refusals import Refusal
from core.roles import PlaceKind, Role
from core.rows.people import Place
from core.rows.supply import PartQuantity, PartTransfer, TransferState


class OfferTransfer(Args, frozen=True, kw_only=True):
    """Which parts; ``giving``: this station gives them to the other one, else it asks for them."""

    other_station_id: Id
    giving: bool
    lines: Annotated[tuple[PartQuantity, ...], Meta(min_length=1, max_length=100)]
    reason: OptionalText = ""


class AcceptTransfer(Args, frozen=True, kw_only=True):
    """Which proposal is agreed to."""

    transfer_id: Id


class DeclineTransfer(Args, frozen=True, kw_only=True):
    """Which proposal is declined by the other station, or taken back by its own."""

    transfer_id: Id
    reason: OptionalText = ""


def transfer_of(rows: Rows, transfer_id: str) -> PartTransfer:
    """The transfer; raises Refusal ``transfer_unknown``."""
    found = rows.get(PartTransfer, transfer_id)
    if found is None:
        raise Refusal("transfer_unknown")
    return found


def check_offer(args: OfferTransfer, operation: Operation, rows: Rows) -> None:
    """The other one must be another station of the same branch, the parts known."""
    other = rows.get(Place, args.other_station_id)
    same_branch = other is not None and other.branch_id == operation.branch_id and other.kind is PlaceKind.STATION
    if not same_branch or args.other_station_id == operation.place:
        raise Refusal("station_unknown")
    for line in args.lines:
        part_of(rows, line.part_id)


def offer(args: OfferTransfer, operation: Operation, rows: Rows) -> None:
    """Store the proposal where both stations see it."""
    mine, other = operation.place, args.other_station_id
    rows.put(
        PartTransfer(
            id=derive(operation.id, "transfer"),
            branch_id=operation.branch_id,
            station_id=other if args.giving else mine,
            other_station_id=mine if args.giving else other,
            opened_at=mine,
            lines=args.lines,
            reason=args.reason,
            proposed_by=operation.user,
            proposed_at=operation.made_at,
        )
    )


def _open(rows: Rows, transfer_id: str, operation: Operation) -> PartTransfer:
    found = transfer_of(rows, transfer_id)
    if operation.place not in (found.station_id, found.other_station_id):
        raise Refusal("not_your_place")
    if found.state is not TransferState.OFFERED:
        raise Refusal("transfer_answered", state=found.state.value)
    return found


def check_accept(args: AcceptTransfer, operation: Operation, rows: Rows) -> None:
    """Only the other station, while nobody has answered."""
    if _open(rows, args.transfer_id, operation).opened_at == operation.place:
        raise Refusal("approval_own")


def accept(args: AcceptTransfer, operation: Operation, rows: Rows) -> None:
    """Both agree."""
    _answer(rows, args.transfer_id, operation, TransferState.ACCEPTED)


def check_decline(args: DeclineTransfer, operation: Operation, rows: Rows) -> None:
    """Either station, while nobody has answered; the other one gives its reason."""
    mine = _open(rows, args.transfer_id, operation).opened_at == operation.place
    if not mine and not args.reason.strip():
        raise Refusal("reason_missing")


def decline(args: DeclineTransfer, operation: Operation, rows: Rows) -> None:
    """It does not come about."""
    mine = transfer_of(rows, args.transfer_id).opened_at == operation.place
    state = TransferState.WITHDRAWN if mine else TransferState.DECLINED
    _answer(rows, args.transfer_id, operation, state, reason=args.reason)


def _answer(rows: Rows, transfer_id: str, operation: Operation, state: TransferState, **more: str) -> None:
    answered = {"answered_by": operation.user, "answered_at": operation.made_at}
    change(rows, transfer_of(rows, transfer_id), state=state, **answered, **more)


LEAD = (Role.STATION_LEAD,)
OFFER = Action("offer_transfer", OfferTransfer, LEAD, Nature.DECISION, offer, check_offer)
ACCEPT = Action("accept_transfer", AcceptTransfer, LEAD, Nature.DECISION, accept, check_accept)
DECLINE = Action("decline_transfer", DeclineTransfer, LEAD, Nature.DECISION, decline, check_decline)
