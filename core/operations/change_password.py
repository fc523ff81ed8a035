"""A person sets a new password: only its verifier (argon2id) travels."""

from typing import Annotated

from msgspec import Meta

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Operation
from core.refusals import Refusal
from core.roles import Role
from core.rows.people import Credential, Person


class ChangePassword(Args, frozen=True, kw_only=True):
    """The new verifier, a PHC string."""

    verifier: Annotated[str, Meta(pattern=r"^\$argon2id\$[A-Za-z0-9$=,+/]{20,300}$")]


def replay(args: ChangePassword, operation: Operation, rows: Rows) -> None:
    """Replace the person's own verifier; nobody sets another's this way."""
    person = rows.get(Person, operation.user)
    if person is None or person.branch_id != operation.branch_id:
        raise Refusal("not_your_place")
    rows.put(
        Credential(
            id=operation.user,
            version=(old.version if (old := rows.get(Credential, operation.user)) else 0),
            branch_id=operation.branch_id,
            place_id=operation.place,
            verifier=args.verifier,
        )
    )


ACTION = Action("change_password", ChangePassword, tuple(Role), Nature.FACT, replay)
