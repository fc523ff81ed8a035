"""Rows down: page after page of each scope, until nothing is newer at HQ."""

from collections.abc import Callable, Iterable

from app.sync.client import Gone, HqClient
from app.sync.ports import SyncStore
from core.contract.messages import DEFAULT_PULL_ROWS, REFERENCE_SCOPE
from core.refusals import Refusal

#: Called with the scope and the rows received so far.
Progress = Callable[[str, int], None]


def pull_scope(store: SyncStore, hq: HqClient, scope: str, incarnation: str, progress: Progress) -> int:
    """Read the scope up to its end; returns how many rows changed here.

    A cursor that HQ can't continue from is begun anew once; rows stay meanwhile. Each page and its cursor are one
    transaction, so that a cut loses nothing and repeats nothing.
    """
    pulled = received = 0
    restarted = False
    while True:
        after = store.cursors().get(scope, 0)
        try:
            base = store.base(scope) if after else 0
            page = hq.pull(scope, after, DEFAULT_PULL_ROWS, incarnation, base=base)
        except Gone:
            if restarted:
                raise Refusal("hq_unexpected", problem=f"cursor of {scope}") from None
            store.restart(scope)
            restarted = True
            continue
        if page is None:
            return pulled
        if page.end.incarnation != incarnation or (page.end.more and page.end.cursor <= after):
            raise Refusal("hq_unexpected", problem=f"page of {scope}")
        pulled += store.apply_page(scope, after, page.lines, page.end)
        received += len(page.lines)
        progress(scope, received)
        if not page.end.more:
            return pulled


def in_order(scopes: Iterable[str]) -> list[str]:
    """Reference rows last: the own open orders and stock are there within seconds of the first start."""
    return sorted(scopes, key=lambda scope: (scope == REFERENCE_SCOPE, scope))
