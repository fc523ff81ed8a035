"""What the server is told at its start."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.operations.add_attachment import MAX_BLOB


def utc_now() -> datetime:
    """The server's time: aware UTC in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Settings:
    """``data_dir`` holds blobs and snapshots. Limits: per address and minute, per device and second, bytes."""

    data_dir: Path
    ca_pem: str | None = None  # what devices shall pin
    enrolments_per_minute: int = 60
    requests_per_second: int = 1_000
    threads_at_once: int = 8  # of one device: a station has five requests under way at most, one a long poll
    max_blob_bytes: int = MAX_BLOB
    blob_bytes_a_day: int = 8 * 1024**3  # of one device, for each worker: weeks of photos, but no full disk
    push_bytes_a_day: int = 256 * 1024**2  # of one device, for each worker: months of work, but no full database
    unit_questions_per_hour: int = 600  # of one device, for each worker: a serial number is asked for, never listed
    poll_seconds: float = 1.0  # how often other processes' commits are looked for while somebody waits
    clock: Callable[[], datetime] = utc_now
