"""The maker's rules for parts as data: what may be bought near by and for how much, and how stations are supplied."""

from datetime import date

import msgspec

from core.money import yuan_text
from core.parts.ordering import Rhythm
from core.refusals import Refusal


class PartsPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version. Part classes by name; ``cap_percent`` of the transfer price is the most a piece may cost."""

    version: str
    in_force_from: date
    local_classes: tuple[str, ...] = ()
    cap_percent: int = 100
    rhythm: Rhythm = Rhythm()
    use_days: int = 90


def local_cap_fen(policy: PartsPolicy, transfer_fen: int) -> int:
    """Return the most that one piece bought near by may cost, in fen, rounded down."""
    return transfer_fen * policy.cap_percent // 100


def check_local(policy: PartsPolicy | None, part_class: str, transfer_fen: int, price_fen: int) -> None:
    """Refuse what the policy does not let a station buy: ``local_purchase_forbidden``, ``local_price_too_high``."""
    if policy is None or part_class not in policy.local_classes:
        raise Refusal("local_purchase_forbidden", part_class=part_class)
    cap = local_cap_fen(policy, transfer_fen)
    if price_fen > cap:
        raise Refusal("local_price_too_high", cap=yuan_text(cap), price=yuan_text(price_fen))
