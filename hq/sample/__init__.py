"""Sample data: a maker's service network over three months, the same bytes for the same day and sizes."""

from dataclasses import dataclass
from datetime import date, timedelta

from core.reference import holidays, policies, serial_patterns
from core.rows import Row
from core.warranty import Contract
from hq.sample import documents, exceptions, history, knowledge, places, products, stock, supply
from hq.sample.contracts import contracts
from hq.sample.documents import CLASSES
from hq.sample.memory import MemoryRows
from hq.sample.places import Account
from hq.sample.plan import local
from hq.sample.story import MODEL, Story, story
from hq.sample.units import Units

__all__ = ["Account", "Sample", "Story", "Units", "sample"]

_BEGIN_DAYS = 120  # places, people and stock are older than the first order


@dataclass(frozen=True)
class Sample:
    """All rows of the sample, its registry, the log-ins to print and the facts of the demonstration's unit."""

    as_of: date
    rows: list[Row]
    units: Units
    accounts: list[Account]
    story: Story
    contracts: list[tuple[str, Contract]]


def sample(as_of: date, *, stations: int = 12, units: int = 50_000, orders: int = 600) -> Sample:
    """Make the sample as it stands on the morning of ``as_of``; a unit serves one order, so units exceed orders."""
    if stations < 1 or orders < 0 or units < max(600, 10 * orders):
        raise ValueError("a sample needs a station, and at least ten units per order and 600 in all")
    made_at = local(as_of - timedelta(days=_BEGIN_DAYS), 9 * 60)
    rows = MemoryRows()
    people = places.staff(made_at, as_of, stations)
    for row in (people.hq, *people.branches, people.warehouse, *people.stations, *people.people, *people.credentials):
        rows.put(row)
    for reference in (*documents.product_classes(), *documents.documents(made_at, as_of)):
        rows.put(reference)
    patterns = [pattern for pattern in serial_patterns(rows) if pattern.brand == products.BRAND]
    models = products.models(patterns)
    parts, fitting = products.parts([policy for name in CLASSES for policy in policies(rows, name)])
    for product in (*models, *parts, *fitting):
        rows.put(product)
    model = next(model for model in models if model.id == MODEL)
    pattern = next(pattern for pattern in patterns if pattern.product_class == model.product_class)
    facts, first = story(as_of, model, fitting, parts, pattern, holidays(rows), people.stations[0])
    registry = Units(units, as_of, models, patterns, first)
    history.play(rows, people, registry, as_of, orders)
    stock.fill(rows, people, made_at, facts.part_id)
    supply.play(rows, people, as_of)
    knowledge.play(rows, people, as_of)
    if orders >= exceptions.LEAST_ORDERS:
        exceptions.play(rows, people, registry, as_of)
    return Sample(as_of, rows.everything(), registry, people.accounts, facts, list(contracts(registry)))
