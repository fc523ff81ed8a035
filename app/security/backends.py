"""Which of keyring's backends may hold this program's keys: the operating systems' own stores and nothing else."""

from collections.abc import Iterable

import keyring
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend

# Exact classes, not subclasses. Left out on purpose: keyring.backends.fail and null, and everything of keyrings.alt,
# whose PlaintextKeyring keyring chooses silently when nothing better is there.
ACCEPTED = {
    ("keyring.backends.SecretService", "Keyring"): "SecretService",
    ("keyring.backends.kwallet", "DBusKeyring"): "KWallet",
    ("keyring.backends.Windows", "WinVaultKeyring"): "Windows Credential Manager",
    ("keyring.backends.macOS", "Keyring"): "macOS Keychain",
}
Accepted = dict[tuple[str, str], str]


def store_name(backend: KeyringBackend, accepted: Accepted = ACCEPTED) -> str | None:
    """The name by which ``backend`` is recorded; None when it may not hold keys."""
    return accepted.get((type(backend).__module__, type(backend).__qualname__))


def accepted_backends(found: KeyringBackend | None = None, accepted: Accepted = ACCEPTED) -> dict[str, KeyringBackend]:
    """Accepted stores by name, best first; ``found`` is what keyring chose (asked for when None).

    keyring wraps several backends in a chain that hides the real one and writes to whichever answers first, so the
    chain is taken apart and never used itself.
    """
    try:
        chosen = found if found is not None else keyring.get_keyring()
    except (ImportError, AttributeError, TypeError, ValueError):  # a backend that somebody configured and that is not
        return {}
    members: Iterable[KeyringBackend] = chosen.backends if isinstance(chosen, ChainerBackend) else (chosen,)
    named = ((store_name(member, accepted), member) for member in members)
    return {name: member for name, member in named if name is not None}
