"""The sizes of what people give about parts: part numbers, pieces, serial numbers."""

from typing import Annotated

from msgspec import Meta

PartNumber = Annotated[str, Meta(min_length=1, max_length=40)]
Pieces = Annotated[int, Meta(ge=1, le=10_000)]
PiecesOrNone = Annotated[int, Meta(ge=0, le=10_000)]
#: What the books may say: below zero where more was used than had been counted in.
Balance = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
Serials = Annotated[tuple[PartNumber, ...], Meta(max_length=200)]
Reason = Annotated[str, Meta(max_length=400)]
