"""Asking a person at a terminal: the password, and the passphrase of a profile whose keys no key store holds."""

import getpass
import sys

from app.i18n import _
from app.offline_db.profile import Profile
from app.security.key_store import Ways, recorded_store

_MOST = 4096  # characters of a line


def ways_to_keys(profile: Profile) -> Ways:
    """How a command reaches the profile's keys: scripts by FIXPOINT_PASSPHRASE, a person also by a prompt."""
    return Ways(ask=lambda: _passphrase(profile)) if somebody_is_there() else Ways()


def password() -> str:
    """The password from standard input, or from a prompt at a terminal; what is no text becomes a wrong one."""
    if somebody_is_there():
        return getpass.getpass(_("Password") + ": ")
    line = sys.stdin.readline(_MOST).rstrip("\r\n")
    return line.encode("utf-8", "replace").decode()


def somebody_is_there() -> bool:
    """Whether a person sits at a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def _passphrase(profile: Profile) -> str | None:
    """A new profile's is asked for twice: a slip would lock the person out at once."""
    given = getpass.getpass(_("Passphrase of this profile’s keys") + ": ")
    if recorded_store(profile.path) is None and getpass.getpass(_("Once more") + ": ") != given:
        return None
    return given or None
