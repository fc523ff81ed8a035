"""Reading a page's lines: all rows of a kind together, decoded strictly and made columns before any lock is taken."""

import functools
import itertools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

import msgspec

from app.offline_db.images import Image
from app.offline_db.outbox import Key
from app.offline_db.schema import ROW_TABLES
from app.offline_db.unread import Unreadable
from core.contract.messages import PulledLine
from core.refusals import Refusal
from core.rows import BY_NAME, Row
from rowstore.sqlite_rows import Values, check_numbers, values_of

#: Image without its keyword defaults: a fifth of the time of calling the class.
_IMAGE: Callable[[Iterable[Any]], Image] = functools.partial(tuple.__new__, Image)

_ROW, _ID, _VERSION = (operator.attrgetter(name) for name in ("row", "id", "version"))
_KEY = operator.itemgetter(0)


def newest(lines: Iterable[PulledLine], unreadable: list[Unreadable], *, one_by_one: bool = False) -> dict[Key, Image]:
    """The newest image per row; a row that can't be read (of a newer HQ) is left out and added to ``unreadable``.

    ``one_by_one`` looks at each number too: after the driver's OverflowError.
    Raises Refusal ``hq_unexpected`` for what is not the row that its line names.
    """
    kinds: dict[str, list[PulledLine]] = {}
    for line in lines:
        if line.entity in kinds:
            kinds[line.entity].append(line)
        else:
            kinds[line.entity] = [line]
    images: dict[Key, Image] = {}
    for entity, some in kinds.items():
        if entity in BY_NAME:  # else a newer HQ's kind
            together = None if one_by_one else _read_together(entity, some)
            _take(images, _read_each(some, unreadable) if together is None else together)
    return images


def _take(images: dict[Key, Image], found: list[Image]) -> None:
    new = dict(zip(map(_KEY, found), found, strict=True))
    if len(new) < len(found):  # a page has a row once; were it there twice, the newer one counts
        new = {image.key: image for image in sorted(found, key=lambda image: image.version)}
    images.update(new)


def _read_each(lines: list[PulledLine], unreadable: list[Unreadable]) -> list[Image]:
    """Line by line: one row that can't be read keeps no other from coming."""
    found = []
    for line in lines:
        try:
            image = read_line(line)
        except Refusal as refusal:
            if not _is_of_its_line(line):
                raise
            problem = str(refusal.facts.get("problem", ""))[:400]
            unreadable.append(Unreadable((line.entity, line.id), line.version, problem))
        else:
            found += [image] if image is not None else []
    return found


class _Head(msgspec.Struct):
    id: str
    version: Annotated[int, msgspec.Meta(le=2**63 - 1)]  # it is noted in a column


def _is_of_its_line(line: PulledLine) -> bool:
    """Whether it is a whole row of the right id and version, though with values that this program does not know."""
    try:
        head = msgspec.json.decode(line.row or b"", type=_Head)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return (head.id, head.version) == (line.id, line.version)


def _read_together(entity: str, lines: list[PulledLine]) -> list[Image] | None:
    """All lines of one kind by one decoding; None: one of them needs a closer look."""
    kind = BY_NAME[entity]
    there = [line for line in lines if line.row is not None]
    text = b"[" + b",".join(map(_ROW, there)) + b"]"
    try:
        rows = _decoder(kind).decode(text)
        values = values_of(ROW_TABLES[kind], rows)
    except (msgspec.DecodeError, ValueError):
        return None
    ids, versions = list(map(_ID, there)), list(map(_VERSION, there))
    if ids != list(map(_ID, rows)) or versions != list(map(_VERSION, rows)):
        return None
    images = list(map(_IMAGE, zip(_keys(entity, ids), versions, rows, values, strict=True)))
    if len(there) < len(lines):
        images += [Image((entity, line.id), line.version, None) for line in lines if line.row is None]
    return images


def read_line(line: PulledLine) -> Image | None:
    """The line's image; None for a kind this version does not know. Raises Refusal ``hq_unexpected``."""
    kind = BY_NAME.get(line.entity)
    if kind is None:
        return None
    if line.row is None or bytes(line.row) == b"null":
        return Image((line.entity, line.id), line.version, None)
    try:
        row = msgspec.json.decode(line.row, type=kind)
        check_numbers(row)
        values = _values(kind, row)
    except (msgspec.DecodeError, ValueError) as error:
        raise Refusal("hq_unexpected", problem=str(error)) from error
    if row.id != line.id or row.version != line.version:
        raise Refusal("hq_unexpected", problem=f"{line.entity} {line.id}")
    return Image((line.entity, line.id), line.version, row, values)


def _values(kind: type[Row], row: Row) -> Values:
    return values_of(ROW_TABLES[kind], [row])[0]


def _keys(entity: str, ids: Sequence[str]) -> Iterable[Key]:
    return zip(itertools.repeat(entity, len(ids)), ids, strict=True)


@functools.cache
def _decoder(kind: type[Row]) -> "msgspec.json.Decoder[list[Row]]":
    return msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]
