"""Test measurements that a product class asks for before and after a repair: the list as data, and what falls short."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from core.refusals import Refusal
from core.rows.jobs import MeasuredValue, Phase

__all__ = [
    "Asked",
    "Measurement",
    "MeasurementList",
    "Milli",
    "Phase",
    "Shortfall",
    "Want",
    "figure_text",
    "milli_of",
    "newest",
    "outside",
    "shortfalls",
    "wants",
]

Milli = Annotated[int, Meta(ge=-(10**12), le=10**12)]
"""A figure in thousandths of its unit."""


_FIGURE = re.compile(r"(?P<sign>-)?(?P<whole>[0-9]{1,9})(?:\.(?P<decimals>[0-9]{1,3}))?")


class Asked(StrEnum):
    """When a measurement is asked for."""

    BEFORE = "before"
    AFTER = "after"
    BOTH = "both"


class Measurement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing to measure. ``low`` and ``high`` bound what is right (thousandths of ``symbol``, None: no bound)."""

    code: Annotated[str, Meta(min_length=1, max_length=16, pattern=r"^[0-9A-Z_]+$")]
    zh: Annotated[str, Meta(min_length=1, max_length=60)]
    en: Annotated[str, Meta(min_length=1, max_length=60)]
    symbol: Annotated[str, Meta(max_length=12)]
    low: Milli | None = None
    high: Milli | None = None
    asked: Asked = Asked.BOTH

    def __post_init__(self) -> None:
        """Something can be right."""
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("low is above high")

    @property
    def phases(self) -> tuple[Phase, ...]:
        """In which phases it is asked for."""
        return tuple(Phase) if self.asked is Asked.BOTH else (Phase(self.asked.value),)


class MeasurementList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of what is to be measured on units of a product class."""

    product_class: Annotated[str, Meta(min_length=1, max_length=40)]
    version: Annotated[str, Meta(min_length=1, max_length=40)]
    in_force_from: date
    measurements: tuple[Measurement, ...]

    def __post_init__(self) -> None:
        """A code names one measurement."""
        if len({one.code for one in self.measurements}) != len(self.measurements):
            raise ValueError("a code is there twice")

    def find(self, code: str) -> Measurement | None:
        """The measurement of a code."""
        return next((one for one in self.measurements if one.code == code), None)


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """A measurement in one phase and the newest figure of it, where there is one."""

    measurement: Measurement
    phase: Phase
    value: MeasuredValue | None


class Shortfall(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that is missing, or that lies outside what is right although the repair is done."""

    measurement: Measurement
    phase: Phase
    missing: bool


def milli_of(text: str) -> int:
    """The thousandths of a typed figure such as "12", "-18.5" or "0.75"; raises Refusal ``figure_invalid``."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("\u2212", "-").removeprefix("+")
    found = _FIGURE.fullmatch(plain)
    if found is None:
        raise Refusal("figure_invalid", text=text)
    whole, decimals = found["whole"], (found["decimals"] or "").ljust(3, "0")
    value = int(whole) * 1000 + int(decimals)
    return -value if found["sign"] else value


def figure_text(value: int) -> str:
    """Thousandths as a plain figure: 1250 → "1.25", -18000 → "-18"."""
    whole, rest = divmod(abs(value), 1000)
    decimals = f".{rest:03d}".rstrip("0").rstrip(".") if rest else ""
    return f"{'-' if value < 0 else ''}{whole}{decimals}"


def outside(value: int, low: int | None, high: int | None) -> bool:
    """Whether a figure lies outside its bounds, which themselves are right (all in thousandths)."""
    return (low is not None and value < low) or (high is not None and value > high)


def newest(values: Iterable[MeasuredValue]) -> dict[tuple[str, Phase], MeasuredValue]:
    """Of each measurement and phase the figure that counts: the one taken last."""
    ordered = sorted(values, key=lambda one: (one.measured_at, one.id))
    return {(one.code, one.phase): one for one in ordered}


def wants(asked: MeasurementList, values: Iterable[MeasuredValue]) -> tuple[Want, ...]:
    """Everything the list asks for, in its order, with what is there."""
    there = newest(values)
    return tuple(
        Want(measurement=one, phase=phase, value=there.get((one.code, phase)))
        for one in asked.measurements
        for phase in one.phases
    )


def shortfalls(asked: MeasurementList, values: Iterable[MeasuredValue]) -> tuple[Shortfall, ...]:
    """What a mended unit lacks: figures that are not there, and figures after the repair outside their bounds."""
    found = []
    for want in wants(asked, values):
        value = want.value
        bad = value is not None and value.phase is Phase.AFTER and outside(value.value, value.low, value.high)
        if value is None or bad:
            found.append(Shortfall(measurement=want.measurement, phase=want.phase, missing=value is None))
    return tuple(found)
