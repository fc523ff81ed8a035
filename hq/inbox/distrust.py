"""A person who has left: from now on their role counts nowhere; what they signed is kept for a person of HQ."""

import msgspec

from core.rows.people import Person
from hq.feed import work
from hq.identity import person_named
from hq.store import Store


def deactivate(store: Store, text: str) -> Person:
    """Deactivate the person with this log-in name or id; again changes nothing.

    Raises Refusal ``login_unknown`` or ``login_ambiguous``.
    """
    with work(store) as doing:
        person = person_named(doing.connection, text)
        if person.active:
            person = msgspec.structs.replace(person, active=False)
            doing.rows(person.branch_id).put(person)
    return person
