"""Password verifiers (argon2id, PHC text): made, checked, and judged too cheap when the cost has been raised since."""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from core.refusals import Refusal

LEAST_LENGTH = 8
MOST_LENGTH = 256  # a longer one adds nothing and would let anybody feed the hash with megabytes


class Cost(NamedTuple):
    """How dear one guess is."""

    memory_kib: int = 64 * 1024
    time: int = 3
    lanes: int = 4


DEFAULT_COST = Cost()
# What a verifier that came down from HQ may ask of this computer.
_MOST_MEMORY_KIB = 1024 * 1024
_MOST_TIME = 20


def make_verifier(password: str, cost: Cost = DEFAULT_COST) -> str:
    """The verifier of a new password; refuses with ``password_length`` outside 8 to 256 characters."""
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
        raise Refusal("password_length", least=LEAST_LENGTH, most=MOST_LENGTH)
    return _hasher(cost).hash(_spelled(password))


def is_right(verifier: str, password: str) -> bool:
    """Whether ``password`` belongs to ``verifier``; a malformed or excessive verifier fits no password."""
    if len(password) > MOST_LENGTH or not _bearable(verifier):
        return False
    try:
        return _hasher(DEFAULT_COST).verify(verifier, _spelled(password))
    except (VerificationError, InvalidHashError):
        return False


def needs_renewal(verifier: str, cost: Cost = DEFAULT_COST) -> bool:
    """Whether a verifier was made with another cost and should be made anew at the next right password."""
    return _hasher(cost).check_needs_rehash(verifier)


def waste_a_check(password: str, cost: Cost = DEFAULT_COST) -> None:
    """Take as long as :func:`is_right` for a name that does not exist, so that time does not tell names apart."""
    is_right(_nobody(cost), password)


@lru_cache(maxsize=4)
def _nobody(cost: Cost) -> str:
    return _hasher(cost).hash("a password that nobody has")


def _hasher(cost: Cost) -> PasswordHasher:
    return PasswordHasher(time_cost=cost.time, memory_cost=cost.memory_kib, parallelism=cost.lanes, type=Type.ID)


def _bearable(verifier: str) -> bool:
    try:
        asked = extract_parameters(verifier)
    except InvalidHashError:
        return False
    return asked.type is Type.ID and asked.memory_cost <= _MOST_MEMORY_KIB and asked.time_cost <= _MOST_TIME


def _spelled(password: str) -> str:
    """One spelling for what looks the same: full-width digits of a Chinese keyboard, accents typed in two parts."""
    return unicodedata.normalize("NFKC", password)
