"""What a box's list and the clerk's count say together: each piece matched, and every difference, whatever the order.

The same piece may be counted again, by another clerk or on another device: by its tag it is one piece, and the last
count of it stands. A piece whose tag cannot be read is found by part and serial number; when no line has that serial,
a line of the same part that nothing else answers to is taken for it, with a wrong serial number.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from core.identifiers import fold_serial
from core.rows.boxes import Box, BoxCount, BoxDifference, BoxLine, BoxState

OK, MISSING, OVER = "ok", "missing", "over"
#: Above this a box cannot be lifted, and its list would not fit into one operation.
MOST_PARTS = 300


class Piece(NamedTuple):
    """A line of the list and the count that answers to it; None where there is only the other."""

    kind: str  # ok | missing | over | wrong_part | wrong_serial | damaged | late
    line: BoxLine | None
    counted: BoxCount | None


def state_of(box: Box) -> BoxState:
    """How far the box has come, by the furthest thing done with it: what was done before may be heard of later."""
    furthest = (
        (box.closed_at, BoxState.CLOSED),
        (box.opened_at, BoxState.COUNTING),
        (box.shipped_at, BoxState.SHIPPED),
        (box.sealed_at, BoxState.SEALED),
    )
    return next((state for at, state in furthest if at is not None), BoxState.OPEN)


def manifest_hash(lines: Iterable[BoxLine]) -> str:
    """SHA-256 (hex) of the list, whatever the order of its lines."""
    return hashlib.sha256(msgspec.json.encode(sorted(lines, key=lambda line: line.tag))).hexdigest()


def pieces(manifest: Iterable[BoxLine], counts: Iterable[BoxCount], arrived_on: date) -> list[Piece]:
    """Match a list with counts (voided ones do not count): every line and every piece stands in exactly one result.

    ``arrived_on`` is the station's calendar day on which the box was opened: a part that was due before it is late.
    The result depends on neither order nor repetition of the two.
    """
    lines = {line.tag: line for line in manifest}
    found = _latest(counts)
    matched = {tag: count for count in found if (tag := count.tag) in lines and tag is not None}
    rest = sorted((one for one in found if one.tag not in lines), key=_order_of)
    rest = _by_serial(lines, matched, rest)
    rest = _by_part(lines, matched, rest)
    result = [Piece(_kind_of(line, matched.get(line.tag), arrived_on), line, matched.get(line.tag))
              for _, line in sorted(lines.items())]  # fmt: skip
    return [*result, *(Piece(OVER, None, count) for count in rest)]


def differences(manifest: Iterable[BoxLine], counts: Iterable[BoxCount], arrived_on: date) -> tuple[BoxDifference, ...]:
    """Every piece that is not as the list says, in the order of the list, what is over at the end."""
    return tuple(_told(piece) for piece in pieces(manifest, counts, arrived_on) if piece.kind != OK)


def _latest(counts: Iterable[BoxCount]) -> list[BoxCount]:
    """One count per piece: the last of those that name the same tag, or the same part and serial number."""
    groups: dict[tuple[str | None, ...], BoxCount] = {}
    for count in sorted((one for one in counts if not one.voided), key=_when):
        groups[_piece_of(count)] = count
    return list(groups.values())


def _piece_of(count: BoxCount) -> tuple[str | None, ...]:
    if count.tag is not None:
        return (count.tag,)
    # nothing tells two unreadable pieces without a serial number apart but that each was counted
    return (None, count.part_id, fold_serial(count.serial) if count.serial else count.id)


def _when(count: BoxCount) -> tuple[datetime, str]:
    return (count.counted_at, count.id)


def _order_of(count: BoxCount) -> tuple[str, str, str, str]:
    return (count.tag or "", count.part_id or "", count.serial or "", count.id)


def _by_serial(lines: dict[str, BoxLine], matched: dict[str, BoxCount], rest: Sequence[BoxCount]) -> list[BoxCount]:
    """Give untagged pieces to the lines of their part and serial number; returns those that have none.

    Where the tag has been counted already it is the same piece once more, unless another one bears that tag.
    """
    by_serial = {(line.part_id, fold_serial(line.serial)): line for line in lines.values() if line.serial}
    left = []
    for count in rest:
        key = (count.part_id or "", fold_serial(count.serial or ""))
        line = by_serial.get(key) if count.tag is None and count.serial else None
        if line is None or _is_another(line, matched.get(line.tag)):
            left.append(count)
        else:
            matched[line.tag] = max(matched.get(line.tag, count), count, key=_when)
    return left


def _is_another(line: BoxLine, count: BoxCount | None) -> bool:
    return count is not None and _misread(line, count) is not None


def _by_part(lines: dict[str, BoxLine], matched: dict[str, BoxCount], rest: Sequence[BoxCount]) -> list[BoxCount]:
    """Give what is left of the untagged pieces to lines of their part that nothing answers to."""
    free: defaultdict[str, list[BoxLine]] = defaultdict(list)
    for tag in sorted(lines.keys() - matched.keys(), reverse=True):
        free[lines[tag].part_id].append(lines[tag])
    left = []
    # pieces without a serial number come first: lines that say so are theirs
    for count in sorted(rest, key=lambda one: (one.serial is not None, _order_of(one))):
        waiting = free[count.part_id or ""] if count.tag is None else []
        if not waiting:
            left.append(count)
            continue
        line = next((one for one in reversed(waiting) if one.no_serial and not count.serial), waiting[-1])
        waiting.remove(line)
        matched[line.tag] = count
    return sorted(left, key=_order_of)


def _kind_of(line: BoxLine, count: BoxCount | None, arrived_on: date) -> str:
    if count is None:
        return MISSING
    late = line.due_on is not None and line.due_on < arrived_on
    return _misread(line, count) or ("damaged" if count.finding == "damaged" else "late" if late else OK)


def _misread(line: BoxLine, count: BoxCount) -> str | None:
    """What of the piece is another than the list's; what was not read says nothing, but for a piece without a tag."""
    if count.part_id and count.part_id != line.part_id:
        return "wrong_part"
    read = fold_serial(count.serial or "")
    listed = fold_serial(line.serial or "")
    known = bool(listed) or line.no_serial
    if known and read != listed and (read or count.tag is None):
        return "wrong_serial"
    return None


def _told(piece: Piece) -> BoxDifference:
    kind, line, count = piece
    if line is None:
        assert count is not None
        return BoxDifference(kind=kind, tag=count.tag, part_id=count.part_id, serial=count.serial, count_id=count.id)
    return BoxDifference(
        kind=kind,
        tag=line.tag,
        part_id=line.part_id,
        serial=line.serial,
        found_part_id=count.part_id if count else None,
        found_serial=count.serial if count else None,
        old_part_id=line.old_part_id,
        count_id=count.id if count else None,
    )
