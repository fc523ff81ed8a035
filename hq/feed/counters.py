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
