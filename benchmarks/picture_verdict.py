"""From a photo of a label to the warranty verdict, with 50,000 and with 1,000,000 units in the registry."""

import io
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from app.actions.identify_unit import ReadCode, read_label
from app.bootstrap import RegistryLookUps
from app.offline_db.registry_file import Registry
from app.offline_db.store import LocalRows
from app.scanner.pictures import picture_of
from benchmarks.ground import Ground
from benchmarks.table import Line
from core.judging import judge_serial
from core.warranty import RegisteredUnit, Verdict
from rowstore.registry_building import build_registry
from rowstore.registry_format import About
from tools.labels import photograph, product_label

SIZES = (50_000, 1_000_000)
LIMIT_RATIO = 1.10
ROUNDS = 15
_LOOK_UPS = 2_000
_MODEL, _SERIAL, _GTIN = "LED55K35U", "K35U5523A0810472", "6901234567892"
_SALT = bytes(range(16))


def measure(ground: Ground) -> list[Line]:
    """Both sizes in turn, so that what else the machine does falls on both alike."""
    today = datetime.now(UTC).date()
    registries = {size: Registry(_built(ground.folder / f"registry-{size}.sqlite", size, today)) for size in SIZES}
    photo = _photo()
    station = ground.open()
    took: dict[int, list[float]] = {size: [] for size in SIZES}
    try:
        with station.store.reading() as rows:
            views = {size: _rows(rows, registry) for size, registry in registries.items()}
            for _ in range(ROUNDS + 1):
                for size, view in views.items():
                    took[size].append(_once(photo, view, today))
            look_ups = {size: _look_up(registry, today) for size, registry in registries.items()}
    finally:
        station.close()
        for registry in registries.values():
            registry.close()
    small, large = (statistics.median(took[size][1:]) for size in SIZES)
    ratio = large / small
    return [
        Line(f"picture → verdict, {SIZES[0]:,} units", f"{small:.1f} ms (look-up {look_ups[SIZES[0]]:.0f} µs)"),
        Line(f"picture → verdict, {SIZES[1]:,} units", f"{large:.1f} ms (look-up {look_ups[SIZES[1]]:.0f} µs)"),
        Line("picture → verdict, large by small", f"{ratio:.2f} ×", f"≤ {LIMIT_RATIO:.2f} ×", met=ratio <= LIMIT_RATIO),
    ]


def _rows(rows: LocalRows, registry: Registry) -> LocalRows:
    looked_up = RegistryLookUps(registry, lambda: datetime.now(UTC), 480)
    return LocalRows(rows.connection, looked_up)


def _once(photo: bytes, rows: LocalRows, today: date) -> float:
    """Milliseconds of processor time from the picture's bytes to the verdict."""
    began = time.process_time()
    reading = picture_of(photo, "label.jpg", None)
    read = tuple(ReadCode(text=one.text, format=one.format, symbology_id=one.symbology_id) for one in reading.codes)
    label = read_label(read, rows, None)
    verdict = judge_serial(_MODEL, str(label.serial), today, rows)
    _check(str(label.serial), verdict)
    return (time.process_time() - began) * 1000


def _check(serial: str, verdict: Verdict) -> None:
    """A fast wrong answer is none."""
    if serial != _SERIAL or any(reason.rule == "unit_unknown" for reason in verdict.reasons):
        raise RuntimeError(f"{serial}: {verdict}")


def _look_up(registry: Registry, today: date) -> float:
    """Microseconds of one look-up, over serials spread through the whole file."""
    began = time.process_time()
    for index in range(_LOOK_UPS):
        registry.look_up(_serial(index * 7919), today)
    return (time.process_time() - began) / _LOOK_UPS * 1e6


def _photo() -> bytes:
    out = io.BytesIO()
    photograph(product_label(_MODEL, _SERIAL, _GTIN), seed=1).save(out, "JPEG", quality=88)
    return out.getvalue()


def _serial(index: int) -> str:
    return f"K35U55{index:010d}"


def _built(path: Path, size: int, today: date) -> Path:
    """The registry's file, built once a day (an old one changes the verdict)."""
    if not (path.exists() and datetime.fromtimestamp(path.stat().st_mtime, UTC).date() == today):
        build_registry(path, _units(size, today), About(salt=_SALT, at_seq=1, as_of=today))
    return path


def _units(size: int, today: date) -> Iterator[RegisteredUnit]:
    sold = today - timedelta(days=200)
    yield RegisteredUnit(serial=_SERIAL, model=_MODEL, made=sold - timedelta(days=90), sold=sold)
    for index in range(size - 1):
        day = today - timedelta(days=30 + index % 2_000)
        yield RegisteredUnit(serial=_serial(index), model=_MODEL, made=day - timedelta(days=60), sold=day)
