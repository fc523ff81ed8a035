"""Finding a place by what a person types: its id, or its code such as SZ01."""

from core.refusals import Refusal
from core.rows.people import Place
from hq.store import Store
from rowstore.rows import SqlRows


def place_named(store: Store, text: str) -> Place:
    """The place with this id or code; raises Refusal ``place_unknown``."""
    with store.reading() as connection:
        rows = SqlRows(connection, store.tables)
        found = rows.get(Place, text) or next(iter(rows.find(Place, code=text.upper())), None)
    if found is None:
        raise Refusal("place_unknown", place=text)
    return found
