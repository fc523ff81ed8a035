"""When a code is believed without a person's look: one table, for the frames of a camera and for a single picture."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from app.scanner.codes import Code


class Rule(NamedTuple):
    """What a symbology must show before its text is believed.

    `frames` of a camera, or `renditions` of one picture (other thresholds, sizes, another engine), that gave the very
    same text; `shortest` is the fewest characters of a text (a Codabar's with its start and stop), `even` whether
    their number must be even. `by_default` is off for what stations do not use and other codes' bars pretend to be.
    """

    frames: int
    renditions: int
    shortest: int = 1
    even: bool = False
    by_default: bool = True


# Matrix codes correct their own errors: a text that comes out at all is the one printed.
_CORRECTING = Rule(frames=1, renditions=1)
_SELDOM_CORRECTING = Rule(frames=1, renditions=1, by_default=False)
# A check character over everything; wrong texts that pass it were seen once in some hundred blurred frames.
_CHECKED = Rule(frames=2, renditions=2)

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "QRCode": _CORRECTING,
        "MicroQRCode": _CORRECTING,
        "DataMatrix": _CORRECTING,
        "PDF417": _CORRECTING,
        "Aztec": _CORRECTING,
        "RMQRCode": _SELDOM_CORRECTING,
        "MaxiCode": _SELDOM_CORRECTING,
        "MicroPDF417": _SELDOM_CORRECTING,
        "Code128": Rule(frames=2, renditions=2, shortest=2),
        "EAN13": Rule(frames=2, renditions=2, shortest=13),
        "UPCA": Rule(frames=2, renditions=2, shortest=12),
        "DataBar": _CHECKED,
        "DataBarExp": _CHECKED,
        "DataBarLtd": Rule(frames=2, renditions=2, by_default=False),
        # No check character, a weak one, or so short that a part of another code passes for the whole.
        "Code39": Rule(frames=3, renditions=3, shortest=4),
        "Code93": Rule(frames=3, renditions=3, shortest=3),
        "ITF": Rule(frames=3, renditions=3, shortest=8, even=True),
        "Codabar": Rule(frames=3, renditions=3, shortest=6, by_default=False),
        "EAN8": Rule(frames=3, renditions=3, shortest=8, by_default=False),
        "UPCE": Rule(frames=3, renditions=3, shortest=8, by_default=False),
    }
)

#: What is asked of a symbology that is not in the table.
STRICTEST = Rule(frames=3, renditions=3, shortest=4, by_default=False)


def is_sure(code: Code) -> bool:
    """Whether a code of a single picture needs no look by a person; `code.agreed` counts its renditions."""
    rule = RULES.get(code.format, STRICTEST)
    fits = len(code.text) >= rule.shortest and not (rule.even and len(code.text) % 2)
    return fits and not code.doubtful and code.agreed >= rule.renditions
