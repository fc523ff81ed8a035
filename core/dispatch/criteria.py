"""The table by which candidates are ranked: what each figure is worth, and how much it weighs. A reference document."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

_Weight = Annotated[int, Meta(ge=0, le=1000)]
_Points = Annotated[int, Meta(ge=0, le=100)]
_Least1 = Annotated[int, Meta(ge=1, le=10_000_000)]


class Weights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much each criterion weighs; 0 leaves it out."""

    licence: _Weight = 5
    distance: _Weight = 30
    grade: _Weight = 15
    load: _Weight = 25
    parts: _Weight = 10
    fix: _Weight = 15


class Criteria(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of the table. Each figure is worth 0 to 100 points; what is not known is worth ``unknown``."""

    version: str = "0"
    in_force_from: date = date(2010, 1, 1)
    stations: Weights = Weights()
    technicians: Weights = Weights(distance=0, parts=0)
    #: a licence that lasts so many days or more is worth all points
    licence_days: _Least1 = 30
    #: metres from which on a distance is worth nothing
    far_m: _Least1 = 30_000
    #: points that a grade below the product's tier costs per step, and one above it
    below_tier: _Points = 50
    above_tier: _Points = 5
    #: orders of today per technician at which there is no room left
    full_load: _Least1 = 8
    #: the days that first-time fix looks back, and how many undecided orders are added, so that one order proves little
    fix_days: _Least1 = 90
    fix_prior: _Points = 5
    unknown: _Points = 50


DEFAULT_CRITERIA = Criteria()
