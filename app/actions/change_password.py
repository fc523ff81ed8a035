"""A person sets a new password; only its verifier is kept and sent."""

from app.actions.desk import Asked, Desk, DeskAction, Recorded
from app.security.passwords import make_verifier
from core.operations.change_password import ChangePassword


class PasswordAsked(Asked, frozen=True, kw_only=True):
    """The new password."""

    password: str


def run(asked: PasswordAsked, desk: Desk) -> Recorded:
    """Record the new verifier; raises Refusal ``password_length``."""
    args = ChangePassword(verifier=make_verifier(asked.password))
    return desk.store.record("change_password", args, desk.person_id)


ACTION = DeskAction("change_password", PasswordAsked, run)
