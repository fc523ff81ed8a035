"""The counters of scopes: their row locks make the order of commits the order of seqs."""

from collections.abc import Mapping

from sqlalchemy import Connection, text

_CREATE = text("INSERT INTO scope_counter (scope, seq, horizon) VALUES (:scope, 0, 0) ON CONFLICT (scope) DO NOTHING")
_TAKE = text("UPDATE scope_counter SET seq = seq + :count WHERE scope = :scope RETURNING seq")


def take(connection: Connection, counts: Mapping[str, int]) -> dict[str, int]:
    """Take ``counts[scope]`` numbers of each scope; returns the number before the first one taken.

    Scopes are locked in sorted order, so that two transactions never wait for each other in a ring.
    """
    before = {}
    for scope in sorted(counts):
        connection.execute(_CREATE, {"scope": scope})
        last = connection.execute(_TAKE, {"scope": scope, "count": counts[scope]}).scalar_one()
        before[scope] = last - counts[scope]
    return before


_FORGET = text("DELETE FROM feed_row WHERE scope = :scope AND deleted AND seq <= :seq")
_RAISE = text("UPDATE scope_counter SET horizon = :seq WHERE scope = :scope AND horizon < :seq AND seq >= :seq")


def prune(connection: Connection, scope: str, seq: int) -> int:
    """Forget the scope's tombstones up to ``seq``; older cursors begin anew. Returns how many are gone."""
    if not connection.execute(_RAISE, {"scope": scope, "seq": seq}).rowcount:
        return 0
    return connection.execute(_FORGET, {"scope": scope, "seq": seq}).rowcount
