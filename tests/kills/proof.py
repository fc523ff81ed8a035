"""Nothing lost, nothing doubled, nothing stuck: both ends compared after everyone has finished."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import func, select

from app.offline_db import integrity
from app.offline_db.schema import blob_queue, shadow, touched
from core.operations.kernel import decode_operation
from core.operations.operation import GENESIS
from core.refusals import Refusal
from core.rows import TRADE_KINDS, Row, is_visible_to
from core.rows.orders import Attachment, Note
from core.rows.parts import PartLine, StockMove
from hq.books import prove
from hq.feed import Blobs, work
from hq.feed.blobs import Reader
from hq.store import Store
from hq.store.schema import inbox
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device
from tests.kills.world import Did, Post

#: Outcomes whose effect HQ's rows hold.
_WITH_EFFECT = ("applied", "merged", "conflict")


class Proof:
    """What was compared (``counts``) and what is wrong."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.lost: list[str] = []
        self.doubled: list[str] = []
        self.stuck: list[str] = []
        self.wrong: list[str] = []

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.doubled or self.stuck or self.wrong)

    def must(self, right: bool, what: str) -> None:
        """Note what is wrong unless it is right."""
        if not right:
            self.wrong.append(what)


def prove_all(store: Store, blobs: Blobs, devices: Mapping[Post, Device], told: Mapping[Post, Sequence[Did]]) -> Proof:
    """Compare everything; the devices have had time to finish."""
    proof = Proof()
    received = _received(store)
    here: dict[str, str] = {}
    for post, device in devices.items():
        here |= _station(proof, post, device)
        _rows(proof, post, device, store)
    _operations(proof, here, received, [did for some in told.values() for did in some])
    _effects(proof, store, received, [did for some in told.values() for did in some])
    _blobs(proof, store, blobs, devices)
    report = prove(store)
    proof.must(report.ok, f"books: {report.problems[:5]}")
    return proof


def _received(store: Store) -> dict[str, str]:
    """HQ's operations and their outcomes; ids are unique in the table, repeats of one have none."""
    with store.reading() as connection:
        found = connection.execute(select(inbox.c.op_id, inbox.c.outcome).where(inbox.c.op_id.is_not(None))).all()
    return {one.op_id: one.outcome for one in found}


def _station(proof: Proof, post: Post, device: Device) -> dict[str, str]:
    """The chain of one device, its answers, its queue and its file; returns its operations with their outcomes."""
    found = kit.stored(device.store)
    made = [decode_operation(one["body"]) for one in found]
    for (before, last), (here, _) in pairwise(zip(made, [one["hash"] for one in found], strict=True)):
        # a new epoch goes on counting where the one before ended at HQ
        proof.must(here.n == before.n + 1 and here.epoch >= before.epoch, f"{post.name}: {here.n} after {before.n}")
        proof.must(here.prev == last, f"{post.name}: {here.n} does not continue the chain")
    proof.must(not made or (made[0].n, made[0].prev) == (1, GENESIS), f"{post.name}: the chain's beginning")
    proof.stuck += [f"{post.name}: {one['id']} {one['state']}" for one in found if one["state"] != "answered"]
    with device.store.reading() as rows:
        for table in (shadow, touched):
            left = rows.connection.execute(select(func.count()).select_from(table)).scalar_one()
            proof.must(left == 0, f"{post.name}: {left} in {table.name}")
        waiting = rows.connection.execute(select(blob_queue).where(blob_queue.c.state != "sent")).all()
        proof.stuck += [f"{post.name}: blob {one.sha256} {one.state} {one.problem}" for one in waiting]
    checked = integrity.check(device.profile.database, kit.KEY)
    proof.must(checked.whole, f"{post.name}: {checked}")
    return {one["id"]: one["outcome"] for one in found}


def _rows(proof: Proof, post: Post, device: Device, store: Store) -> None:
    with device.store.reading() as rows:
        held = _by_key(rows.find(kind) for kind in TRADE_KINDS)
    with work(store) as doing:
        view = doing.view(kit.BRANCH)
        shown = _by_key([row for row in view.find(kind) if is_visible_to(row, post.place)] for kind in TRADE_KINDS)
    proof.counts["rows"] += len(shown)
    differ = [key for key in held.keys() | shown.keys() if held.get(key) != shown.get(key)]
    proof.must(not differ, f"{post.name}: {len(differ)} rows differ, {differ[:3]}")


def _by_key(found: Iterable[Iterable[Row]]) -> dict[tuple[str, str], Row]:
    return {(type(row).__name__, row.id): row for some in found for row in some}


def _operations(proof: Proof, here: Mapping[str, str], received: Mapping[str, str], told: Sequence[Did]) -> None:
    proof.counts["acknowledged"] = len(told)
    proof.counts["operations"] = len(received)
    proof.lost += [f"{did.action} {did.id}: not at HQ" for did in told if did.id not in received]
    proof.lost += [f"{did.action} {did.id}: not at its station" for did in told if did.id not in here]
    proof.must(here.keys() == received.keys(), "the ends hold different operations")
    differ = [one for one in here.keys() & received.keys() if here[one] != received[one]]
    proof.must(not differ, f"{len(differ)} outcomes differ")
    proof.must(Counter(here.values()) == Counter(received.values()), "outcomes are not counted alike")
    proof.counts.update(f"outcome {outcome}" for outcome in received.values())


def _effects(proof: Proof, store: Store, received: Mapping[str, str], told: Sequence[Did]) -> None:
    """Each operation took effect once: by the rows that it makes, whose texts and hashes the maker has chosen."""
    with work(store) as doing:
        rows = doing.view(kit.BRANCH)
        notes = Counter(note.text for note in rows.find(Note))
        photos = Counter(one.sha256 for one in rows.find(Attachment))
        lines, moves = len(rows.find(PartLine)), sum(move.quantity for move in rows.find(StockMove))
    for found in (notes, photos):
        proof.doubled += [f"{mark}: {count} times" for mark, count in found.items() if count > 1]
    taken = [did for did in told if received.get(did.id) in _WITH_EFFECT]
    wanted = {"add_note": notes, "add_attachment": photos}
    proof.lost += [did.mark for did in taken if did.action in wanted and did.mark not in wanted[did.action]]
    fitted = _effective(store, "use_part")
    proof.must(lines == moves == fitted, f"stock: {fitted} parts used, {lines} lines, {moves} moved")
    proof.must(sum(notes.values()) == _effective(store, "add_note"), "notes and the operations that made them")


def _effective(store: Store, action: str) -> int:
    with store.reading() as connection:
        statement = select(inbox.c.body).where(inbox.c.op_id.is_not(None), inbox.c.outcome.in_(_WITH_EFFECT))
        bodies: Sequence[Any] = connection.execute(statement).scalars().all()
    return sum(decode_operation(bytes(body).decode()).action == action for body in bodies)


def _blobs(proof: Proof, store: Store, blobs: Blobs, devices: Mapping[Post, Device]) -> None:
    """HQ holds the bytes of every photo that a row names."""
    with work(store) as doing:
        photos = doing.view(kit.BRANCH).find(Attachment)
    reader = Reader(next(iter(devices.values())).sync_store.identity().id, kit.BRANCH, kit.BRANCH)
    for photo in photos:
        try:
            data = blobs.file_for(photo.sha256, reader)[0].read_bytes()
        except Refusal as refusal:
            proof.lost.append(f"photo {photo.sha256}: {refusal.code}")
            continue
        whole = hashlib.sha256(data).hexdigest() == photo.sha256 and len(data) == photo.bytes
        proof.must(whole, f"photo {photo.sha256} is damaged")
        proof.counts["photos"] += 1
        proof.counts["photo bytes"] += len(data)
