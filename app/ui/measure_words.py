"""How the limits of a measurement are written."""

from app.ui import formats


def limits_text(low: int | None, high: int | None, symbol: str) -> str:
    """What is right (thousandths): "0.3–1.8 A", "≥ 2 MΩ", "≤ -18 °C", or the unit alone."""
    if low is not None and high is not None:
        return f"{formats.milli(low)}–{formats.milli(high)} {symbol}"
    if low is not None:
        return f"≥ {formats.milli(low)} {symbol}"
    return f"≤ {formats.milli(high)} {symbol}" if high is not None else symbol
