"""Photos and signatures: what HQ says it has is on the disk, as long as it says and as it was sent."""

from pathlib import Path

from sqlalchemy import Connection, select

from core.findings import Findings
from hq.feed.snapshots import sha256_of
from hq.store.schema import blob

CHECK = "photos"


def prove_files(connection: Connection, folder: Path, findings: Findings, *, thorough: bool) -> None:
    """Look at every whole blob's file; ``thorough`` reads each to its end."""
    statement = select(blob.c.sha256, blob.c.bytes).where(blob.c.complete.is_(True))
    for sha256, size in connection.execute(statement):
        findings.counts["photos"] += 1
        problem = _problem(folder / sha256[:2] / sha256, sha256, size, thorough=thorough)
        if problem:
            findings.wrong(CHECK, sha256, problem)


def _problem(file: Path, sha256: str, size: int, *, thorough: bool) -> str:
    if not file.exists():
        return "its file is gone"
    if file.stat().st_size != size:
        return f"has {file.stat().st_size} bytes of {size}"
    return "is not what was sent" if thorough and sha256_of(file) != sha256 else ""
