"""Boxes of one branch: state, list and differences follow from what was done; what was counted is received."""

from collections import Counter, defaultdict

from core.boxes import MISSING, OVER, differences, manifest_hash, pieces, state_of
from core.findings import Findings
from core.judging import local_day
from core.operations.old_parts import BACK
from core.rows.boxes import Box, BoxCount
from core.rows.parts import OldPart, StockMove
from hq.parts.boxes import receipts
from rowstore.rows import SqlRows


def prove_boxes(rows: SqlRows, findings: Findings) -> None:
    """Check every box, count and consignment of the branch."""
    boxes = {box.id: box for box in rows.find(Box)}
    counts: defaultdict[str, list[BoxCount]] = defaultdict(list)
    for count in rows.find(BoxCount):
        counts[count.box_id].append(count)
    for box in boxes.values():
        findings.counts["boxes"] += 1
        for problem in _problems(rows, box, counts[box.id]):
            findings.wrong("boxes", box.number, problem)
    for box_id in counts.keys() - boxes.keys():
        findings.wrong("boxes", box_id, "counts without a box")
    _parts(rows, boxes, findings)


def _problems(rows: SqlRows, box: Box, counts: list[BoxCount]) -> list[str]:
    sealed = box.sealed_at is not None
    rules = [
        (box.state is not state_of(box), "its state is not what was done with it"),
        (sealed != bool(box.manifest), "a sealed box has a list, and only a sealed one"),
        (sealed and box.manifest_sha256 != manifest_hash(box.manifest), "its list is not what was sealed"),
        (bool(counts) and box.opened_at is None, "counted, and never opened"),
        *(_counted(rows, box, counts) if box.closed_at and box.opened_at else ()),
    ]
    return [what for wrong, what in rules if wrong]


def _counted(rows: SqlRows, box: Box, counts: list[BoxCount]) -> list[tuple[bool, str]]:
    assert box.opened_at is not None
    day = local_day(rows, box.station_id, box.opened_at)
    found = [piece for piece in pieces(box.manifest, counts, day) if piece.counted is not None]
    told = Counter(one.kind for one in box.differences)
    wanted = differences(box.manifest, counts, day) if box.sealed_at is not None else ()
    even = box.counted + told[MISSING] == len(box.manifest) + told[OVER]
    waiting = [old.tag for old, _ in receipts(rows, box) if old.state not in BACK]
    return [
        (box.differences != wanted, "its differences are not those of list and count"),
        (box.counted != len(found), "its number of pieces is not the counted one"),
        (box.sealed_at is not None and not even, "counted and missing are not listed and over"),
        (bool(waiting), f"counted, and not received: {', '.join(waiting)}"),
    ]


def _parts(rows: SqlRows, boxes: dict[str, Box], findings: Findings) -> None:
    """Every old part lies in a box that is there, and left the warehouse as often as it was sent."""
    left = Counter(
        (move.order_id, move.part_id) for move in rows.find(StockMove, reason="send_to_supplier")
    )  # fmt: skip
    for old in rows.find(OldPart):
        if old.box_id is not None and old.box_id not in boxes:
            findings.wrong("boxes", old.tag, "lies in a box that is not there")
        left[old.order_id, old.part_id] -= old.sent_at is not None
    for (order, part), difference in left.items():
        if difference:
            findings.wrong("stock", f"{order}/{part}", f"sent old parts and stock moves differ by {-difference}")
