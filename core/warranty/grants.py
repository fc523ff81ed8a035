"""What is granted beside the policies: extended contracts of one unit, recalls and goodwill campaigns of many."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

from core.warranty.campaign import UNCONDITIONAL, Campaign
from core.warranty.facts import Case, Contract, RegisteredUnit
from core.warranty.verdict import WHOLE_UNIT, Cover, Grantor, PolicyRef, ProofStep


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """Free repair from one day to another, both included, of `parts` (empty: the whole unit)."""

    by: Grantor
    ref: PolicyRef
    name: str
    from_day: date
    to_day: date
    parts: tuple[str, ...]

    @property
    def step(self) -> ProofStep:
        """The proof of the grant."""
        facts: dict[str, str | int] = {
            "name": self.name,
            "from_day": self.from_day.isoformat(),
            "to_day": self.to_day.isoformat(),
        }
        return ProofStep(f"grant.{self.by}", facts)

    def cover(self, part: str) -> Cover:
        """The grant as the cover of a part."""
        return Cover(
            part=part,
            from_day=self.from_day,
            to_day=self.to_day,
            days_added=0,
            policy=self.ref,
            why=f"grant.{self.by}",
            by=self.by,
        )


def grants_of(case: Case, unit: RegisteredUnit, campaigns: Iterable[Campaign]) -> list[Grant]:
    """Return what was granted to the unit and has begun; of a campaign's versions the newest counts."""
    newest: dict[str, Campaign] = {}
    for campaign in sorted(campaigns, key=lambda one: (one.id, one.version)):
        newest[campaign.id] = campaign
    barred = bool(case.exclusions or case.documents.problems)
    held = [one for one in newest.values() if one.kind in UNCONDITIONAL or not barred]
    found = [_by_campaign(one) for one in held if one.is_for(case, unit)]
    if not barred:
        found += [_by_contract(one) for one in case.contracts if one.from_day <= case.day]
    return sorted(found, key=lambda grant: (grant.by, grant.ref.id))


def _by_campaign(one: Campaign) -> Grant:
    return Grant(
        by=Grantor(one.kind),
        ref=PolicyRef(one.id, one.version),
        name=one.name,
        from_day=one.from_day,
        to_day=one.to_day,
        parts=one.parts,
    )


def _by_contract(one: Contract) -> Grant:
    return Grant(
        by=Grantor.CONTRACT,
        ref=PolicyRef(one.id, 1),
        name=one.name,
        from_day=one.from_day,
        to_day=one.to_day,
        parts=one.parts,
    )


def with_grants(covers: Mapping[str, Cover], grants: Sequence[Grant]) -> dict[str, Cover]:
    """Return the covers with what a grant makes longer; what the law and the promises give is never shortened."""
    found = dict(covers)
    for grant in grants:
        for part in grant.parts or (WHOLE_UNIT, *(part for part in found if part != WHOLE_UNIT)):
            governs = found.get(part, found.get(WHOLE_UNIT))
            if governs is None or grant.to_day > governs.to_day:
                found[part] = grant.cover(part)
    return dict(sorted(found.items(), key=lambda item: (item[0] != WHOLE_UNIT, item[0])))
