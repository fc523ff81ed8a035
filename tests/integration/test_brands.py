"""An enrolled station knows the serial numbers of every brand that HQ's documents hold, not of one maker alone."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import resources
from app.actions.identify_unit import ReadCode, read_label
from core.identifiers import make_serial, parse_patterns
from core.rows.reference import DocumentKind, ReferenceDocument
from hq.sample.documents import documents
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, with_sample

BRANDS = sorted(path.name for path in resources.path("patterns").glob("*.json"))


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    """A station that has fetched what HQ begins with."""
    with with_sample(tmp_path / "hq") as hq:
        assert isinstance(hq, Hq)
        hq.add(documents(kit.NOW, kit.NOW.date()))
        device = Device(tmp_path / "station", hq)
        device.syncer.sync_once()
        yield device
        device.close()


def test_every_shipped_pattern_reaches_the_station_and_reads_its_serials(device: Device) -> None:
    assert BRANDS == ["brenvik.json", "konwell.json"]
    with device.store.reading() as rows:
        names = {one.name for one in rows.find(ReferenceDocument, kind=DocumentKind.SERIAL_PATTERNS)}
        assert names == {"brenvik", "konwell"}
        for pattern in (
            one for name in BRANDS for one in parse_patterns(resources.path("patterns", name).read_bytes())
        ):
            prefix = pattern.prefix_of(pattern.examples[0])
            assert prefix is not None
            serial = make_serial(pattern, prefix, date(2024, 5, 1), 7)
            codes = (ReadCode(text=serial, format="Code128"), ReadCode(text="A1B2C3D4", format="Code39"))
            reading = read_label(codes, rows, None)
            assert (pattern.id, reading.serial) == (pattern.id, serial)
            rule = next(one.reason for one in reading.codes if one.chosen_as == "serial")
            assert rule.facts["pattern"] == pattern.id, "by its own maker's pattern"


def test_a_brenvik_sample_number_is_no_unit(device: Device) -> None:
    (sample,) = json.loads(resources.read_text("patterns", "brenvik.json"))[0]["samples"]
    with device.store.reading() as rows:
        reading = read_label((ReadCode(text=sample, format="Code128"),), rows, None)
    assert (reading.serial, reading.refusals[0].rule) == (None, "serial_placeholder")
