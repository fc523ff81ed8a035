"""Which part replaces which: a chain of part numbers, each superseded by the next."""

from collections.abc import Mapping

from core.refusals import Refusal

#: Per part number the one that replaces it; None or absent: it is the newest.
Successors = Mapping[str, str | None]


def chain(part_id: str, successors: Successors) -> tuple[str, ...]:
    """Return the part and those that replace it, the newest last; raises Refusal ``supersession_cycle``."""
    found = [part_id]
    while (following := successors.get(found[-1])) is not None:
        if following in found:
            raise Refusal("supersession_cycle", part=part_id, chain=" → ".join((*found, following)))
        found.append(following)
    return tuple(found)


def may_stand_for(given: str, wanted: str, successors: Successors) -> bool:
    """Tell whether ``given`` may be sent where ``wanted`` was asked for: it is the part itself or replaces it."""
    return given in chain(wanted, successors)


def in_cycles(successors: Successors) -> list[str]:
    """Return the parts whose chain comes back to itself, sorted."""
    return sorted(part_id for part_id in successors if _turns(part_id, successors))


def _turns(part_id: str, successors: Successors) -> bool:
    try:
        chain(part_id, successors)
    except Refusal:
        return True
    return False
