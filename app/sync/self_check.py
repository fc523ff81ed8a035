"""Self-check: once a day, and after anything out of the ordinary, the device's rows are compared with HQ's."""

import logging
from datetime import datetime

import msgspec

from app.sync.client import Gone, HqClient
from app.sync.ports import Checks, Found
from core.contract.messages import Mended, ScopeSums, SumsReply
from core.refusals import Refusal

log = logging.getLogger(__name__)
#: Rows of one page of a range: applying it holds the write lock shortly.
PAGE_ROWS = 1_000
_NOTHING = "0" * 64


class ScopeChecked(msgspec.Struct, frozen=True, kw_only=True):
    """What the check of one scope found; ``complete`` is False when it has to be done again."""

    scope: str
    reason: str
    rows: int
    complete: bool
    missing: int = 0
    different: int = 0
    extra: int = 0
    kept: int = 0


def check_scopes(checks: Checks, hq: HqClient, now: datetime, *, asked: bool = False) -> list[ScopeChecked]:
    """Check the scopes that are due (``asked``: all) and set right what differs.

    Raises the client's refusals; what was set right stays so.
    """
    return [one for one in (_check(checks, hq, *due, now) for due in checks.due(now, asked=asked).items()) if one]


def _check(checks: Checks, hq: HqClient, scope: str, reason: str, now: datetime) -> ScopeChecked | None:
    added = checks.add_up(scope, reason)
    if added is None:
        return None
    told = ScopeChecked(scope=scope, reason=reason, rows=sum(added.counts), complete=False)
    reply = hq.check(added)
    if not reply.comparable:
        return told
    found = checks.no_difference
    if reply.differing != _NOTHING:
        mended = _mend(checks, hq, added, reply)
        if mended is None:
            return told
        found = mended
        _tell(hq, reply, found)
    checks.checked(added, reply, found, now)
    return msgspec.structs.replace(
        told, complete=True, missing=found.missing, different=found.different, extra=found.extra, kept=found.kept
    )


def _mend(checks: Checks, hq: HqClient, added: ScopeSums, reply: SumsReply) -> Found | None:
    """Read the ranges that differ again, page by page; None when the scope moved on meanwhile."""
    here = checks.held(added, reply.differing)
    found: Found = checks.no_difference
    after, more = "", True
    while more:
        try:
            page = hq.check_rows(added, reply.differing, after, PAGE_ROWS)
        except Gone:
            return None
        end = page.end
        if end.incarnation != added.incarnation or (end.more and end.upto <= after):
            raise Refusal("hq_unexpected", problem=f"ranges of {added.scope}")
        part = checks.mend(here, after, page.lines, end, by_content=reply.contents)
        if part is None:
            return None
        found, after, more = found.plus(part), end.upto, end.more
    return found


def _tell(hq: HqClient, reply: SumsReply, found: Found) -> None:
    log.warning(
        "self-check: %d rows missing, %d different, %d too many, %d kept",
        *(found.missing, found.different, found.extra, found.kept),
    )
    if reply.report is not None:
        counts = {name: getattr(found, name) for name in ("missing", "different", "extra", "kept")}
        examples = tuple(one[:400] for one in found.examples)
        hq.mended(Mended(report=reply.report, examples=examples, **counts))
