"""What a run of measurements says about itself, and where it is kept: docs/benchmarks.md or another."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

DOCUMENT = Path("docs/benchmarks.md")


def conditions(load: float, seconds: float) -> str:
    """What a reader must know to weigh the figures."""
    day = datetime.now(UTC).date()
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{day}, {system}; load {load:.1f} before and {os.getloadavg()[0]:.1f} after; the run took {seconds:.0f} s."


def record(text: str, name: str, document: Path = DOCUMENT) -> None:
    """Put ``text`` between the document's marks ``last NAME`` in place of the run before."""
    begin, end = f"<!-- last {name} -->\n", f"<!-- end of the last {name} -->\n"
    before, found, rest = document.read_text("utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{document} has no place for the last {name}")
    document.write_text(f"{before}{begin}{text}{end}{after}", "utf-8")
