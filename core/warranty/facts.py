"""What a warranty verdict is judged from: the unit's record, the papers, the repairs, and what is asked."""

from datetime import date
from enum import StrEnum

import msgspec


class UnitStatus(StrEnum):
    """Where a unit stands in its life, as the maker's registry tells it."""

    PRODUCED = "produced"
    SHIPPED = "shipped"
    SOLD = "sold"
    EXCHANGED_OUT = "exchanged_out"
    SCRAPPED = "scrapped"


class RegistryState(StrEnum):
    """How far the registry that was asked can be trusted to know every unit."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    OLD = "old"
    MISSING = "missing"


class DocumentProblem(StrEnum):
    """What is wrong with the papers that were shown."""

    ALTERED = "altered"
    MISMATCH = "mismatch"


class Exclusion(StrEnum):
    """A finding at the unit that ends the cover of this repair."""

    MISUSE = "misuse"
    OPENED_BY_OTHERS = "opened_by_others"
    FORCE_MAJEURE = "force_majeure"


class SpanKind(StrEnum):
    """Why the customer was without the unit."""

    REPAIR = "repair"
    WAITING_PARTS = "waiting_parts"
    WAITING_CUSTOMER = "waiting_customer"


class Holder(StrEnum):
    """Who has the unit: somebody who bought it, or a dealer who has not sold it yet."""

    CUSTOMER = "customer"
    DEALER = "dealer"


class RegisteredUnit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One unit as the registry knows it; all dates are calendar days at the maker's place.

    `exchanged_on` is the day of the exchange for both units: the one taken back (status exchanged_out) and the one
    given for it (`exchange_of` names the serial taken back).
    """

    model: str
    serial: str
    status: UnitStatus = UnitStatus.SHIPPED
    made: date | None = None
    shipped: date | None = None
    dealer: str = ""
    region: str = ""
    sold: date | None = None
    registered: date | None = None
    installed: date | None = None
    exchanged_on: date | None = None
    exchange_of: str = ""


class Documents(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The papers the customer showed; `installation_date` is the day of the installation card."""

    invoice_date: date | None = None
    invoice_number: str = ""
    warranty_card_date: date | None = None
    installation_date: date | None = None
    problems: tuple[DocumentProblem, ...] = ()


class RepairSpan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One stretch of days, both ends included, in which an order kept the customer without the unit.

    `to_day` is None while it lasts. `fault` is the symptom code of that repair, `paid` tells that the customer paid it,
    `earlier_unit` that it was done on a unit for which this one was given in exchange.
    """

    order_id: str
    from_day: date
    to_day: date | None = None
    kind: SpanKind = SpanKind.REPAIR
    fault: str = ""
    paid: bool = False
    earlier_unit: bool = False


class FittedPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of this class that an earlier order put into the unit."""

    part_class: str
    fitted_on: date
    order_id: str = ""


class Contract(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An extended warranty that was bought for one unit; both days included, `parts` empty: the whole unit."""

    id: str
    name: str
    from_day: date
    to_day: date
    parts: tuple[str, ...] = ()


class Case(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The question: is this (model, serial) in warranty on `day`, for the fault `fault` (symptom code, may be empty)?

    `unit` is None when the registry has no such unit; `registry` tells how much that means. `product_class`, `brand`
    and `region` choose the policies; `region` empty means the unit's own region of delivery. `predecessors` are the
    units for which this one was given in exchange, the latest first.
    """

    model: str
    serial: str
    day: date
    product_class: str
    brand: str = ""
    region: str = ""
    fault: str = ""
    registry: RegistryState = RegistryState.COMPLETE
    unit: RegisteredUnit | None = None
    documents: Documents = Documents()
    history: tuple[RepairSpan, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    holder: Holder = Holder.CUSTOMER
    predecessors: tuple[RegisteredUnit, ...] = ()
    fitted: tuple[FittedPart, ...] = ()
    contracts: tuple[Contract, ...] = ()

    @property
    def bought(self) -> RegisteredUnit | None:
        """The unit that was bought, of which the papers speak: this one, or the first of those it was given for."""
        return self.predecessors[-1] if self.predecessors else self.unit

    @property
    def made(self) -> date | None:
        """When the unit that was bought was made; None when that is not known."""
        bought = self.bought
        return None if bought is None or bought.exchange_of else bought.made
