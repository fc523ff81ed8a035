"""Late entry: a phone's pictures of a day find their orders by the field slips and labels in them; nothing is guessed.

A slip opens a visit: the pictures after it belong to its order until the next slip or a long gap. A label whose serial
belongs to exactly one open order matches by itself. Where two signs differ, or there is none, a person is asked.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from core.late_papers import Recorded

#: A longer time between two pictures of a visit ends it: the next picture may be of another place.
GAP = timedelta(hours=3)
#: Decided by a person in the place of an order: it is not attached anywhere.
LEFT_OUT = ""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """One picture with what was read in it. ``weak``: only its file tells the time, which copying may have changed."""

    sha256: str
    name: str
    taken_at: datetime | None = None
    weak: bool = False
    slips: tuple[str, ...] = ()  # numbers of orders
    serials: tuple[str, ...] = ()
    invoice: bool = False

    @property
    def kind(self) -> str:
        """What it shows, as attachments name it: slip | label | invoice | photo."""
        if self.slips:
            return "slip"
        return "label" if self.serials else "invoice" if self.invoice else "photo"

    @property
    def sure_time(self) -> datetime | None:
        """When it was taken, unless that is only the file's own time."""
        return None if self.weak else self.taken_at


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """An open order of this station: what is known of its units."""

    order_id: str
    number: str
    serials: tuple[str, ...] = ()  # identified, or reported by the customer
    identified: tuple[str, ...] = ()
    units: int = 1
    attached: frozenset[str] = frozenset()  # SHA-256 of what it has already
    papers: Recorded = Recorded()


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """Where a picture belongs: its order (None: not decided, or left out) and by which rule."""

    picture: Picture
    order_id: str | None
    rule: str

    @property
    def is_asked(self) -> bool:
        """Whether a person has to say where it belongs."""
        return self.order_id is None and self.rule not in SETTLED_WITHOUT_ORDER


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The pictures of one order (None: of none), and the times of the first and last one that tells it surely."""

    order_id: str | None
    placed: tuple[Placed, ...]
    first: datetime | None
    last: datetime | None


#: Rules by which a picture is attached to nothing without a question.
SETTLED_WITHOUT_ORDER = frozenset({"duplicate", "left_out"})
#: Signs that contradict the visit that is going on: what comes after them is asked, too.
_ENDS_VISIT = frozenset({"label_other", "other_unit"})


def in_order(pictures: Sequence[Picture]) -> list[Picture]:
    """By the time they were taken; those whose time is not sure come last, by file time and name."""
    return sorted(pictures, key=lambda one: (one.sure_time is None, _stamp(one), one.name, one.sha256))


def _stamp(picture: Picture) -> float:
    return picture.taken_at.timestamp() if picture.taken_at else 0.0


def place(
    pictures: Sequence[Picture], jobs: Collection[Job], decided: Mapping[str, str] | None = None
) -> tuple[Placed, ...]:
    """Every picture once, in the order of their times; ``decided`` gives a person's choice by SHA-256."""
    ordered, table, chosen = in_order(pictures), _Jobs(jobs), decided or {}
    told = table.without_rival_labels(ordered, _by_signs(ordered, table))
    seen: set[str] = set()
    placed = []
    for picture, by_signs in zip(ordered, told, strict=True):
        said = chosen.get(picture.sha256)
        order_id, rule = by_signs if said is None else table.chosen(said)
        if picture.sha256 in seen:
            order_id, rule = None, "duplicate"
        seen.add(picture.sha256)
        placed.append(Placed(picture=picture, order_id=order_id, rule=rule))
    return tuple(placed)


def _by_signs(ordered: Sequence[Picture], table: "_Jobs") -> list[tuple[str | None, str]]:
    """What the slips and labels say, picture by picture."""
    visit, last = None, None
    told = []
    for picture in ordered:
        at = picture.sure_time
        if at is None or (last is not None and at - last > GAP):
            visit = None
        order_id, rule = table.decide(picture, visit)
        if at is not None:
            visit, last = _visit_after(picture, visit, order_id, rule), at
        told.append((order_id, rule))
    return told


def _visit_after(picture: Picture, visit: str | None, order_id: str | None, rule: str) -> str | None:
    """The order whose visit goes on behind this picture."""
    if picture.slips:
        return order_id
    return None if rule in _ENDS_VISIT else visit


class _Jobs:
    """The open orders by number and serial."""

    def __init__(self, jobs: Collection[Job]) -> None:
        self._by_id = {job.order_id: job for job in jobs}
        self._by_number = {job.number: job for job in jobs}

    def chosen(self, order_id: str) -> tuple[str | None, str]:
        """What a person said; an order that is no longer open is asked again."""
        if order_id == LEFT_OUT:
            return None, "left_out"
        return (order_id, "chosen") if order_id in self._by_id else (None, "order_gone")

    def without_rival_labels(
        self, ordered: Sequence[Picture], told: Sequence[tuple[str | None, str]]
    ) -> list[tuple[str | None, str]]:
        """Labels of more new units than an order has left to identify are asked: which one is its unit is no guess."""
        new: dict[str, set[str]] = {}
        for picture, (order_id, _rule) in zip(ordered, told, strict=True):
            if order_id is not None:
                new.setdefault(order_id, set()).update(self._new_serials(picture, order_id))
        left = {one.order_id: one.units - len(one.identified) for one in self._by_id.values()}
        rivals = {order_id for order_id, serials in new.items() if len(serials) > max(1, left[order_id])}
        return [
            (None, "labels_differ") if order_id in rivals and self._new_serials(picture, order_id) else (order_id, rule)
            for picture, (order_id, rule) in zip(ordered, told, strict=True)
        ]

    def _new_serials(self, picture: Picture, order_id: str) -> set[str]:
        return set(picture.serials) - set(self._by_id[order_id].identified)

    def decide(self, picture: Picture, visit: str | None) -> tuple[str | None, str]:
        """The order that its signs tell, and the rule."""
        base, rule = (visit, "visit") if not picture.slips else self._slip(picture)
        if base is None and picture.slips:
            return None, rule
        if picture.serials:
            return self._label(picture, base, rule)
        if base is None:
            return None, "no_slip" if picture.sure_time else "no_time"
        return base, rule

    def _slip(self, picture: Picture) -> tuple[str | None, str]:
        numbers = set(picture.slips)
        if len(numbers) > 1:
            return None, "slips_differ"
        job = self._by_number.get(numbers.pop())
        return (job.order_id, "slip") if job else (None, "slip_unknown")

    def _label(self, picture: Picture, base: str | None, rule: str) -> tuple[str | None, str]:
        owners = {one.order_id for one in self._by_id.values() if set(one.serials) & set(picture.serials)}
        if base is None:
            if len(owners) == 1:
                return owners.pop(), "label"
            return None, "label_several" if owners else "label_unknown"
        if base in owners:
            return base, rule
        if owners:
            return None, "label_other"
        job = self._by_id[base]
        return (None, "other_unit") if len(job.identified) >= job.units else (base, rule)


def grouped(placed: Sequence[Placed]) -> tuple[Group, ...]:
    """By order, the earliest first; what has no order is the last group."""
    found: dict[str | None, list[Placed]] = {}
    for one in placed:
        found.setdefault(one.order_id, []).append(one)
    groups = [_group(order_id, ones) for order_id, ones in found.items()]
    return tuple(sorted(groups, key=lambda group: (group.order_id is None, group.first is None, group.first)))


def _group(order_id: str | None, ones: Sequence[Placed]) -> Group:
    times = [one.picture.sure_time for one in ones if one.picture.sure_time]
    return Group(
        order_id=order_id, placed=tuple(ones), first=min(times, default=None), last=max(times, default=None)
    )  # fmt: skip
