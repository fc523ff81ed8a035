"""``fixpoint photos``: what a folder says, what is recorded, twice, and what is asked."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from core.identifiers import format_order, parse_invoice
from core.rows.orders import Attachment, OrderUnit
from tests.integration.cli import kit
from tests.integration.cli.kit import At, Stations
from tools import labels

STORY = kit.trade().story


def saved(picture: Image.Image, file: Path, minute: int | None) -> None:
    exif = Image.Exif()
    if minute is not None:
        exif.get_ifd(0x8769).update({0x9003: f"2026:03:17 09:{minute:02}:00", 0x9011: "+08:00"})
        exif[0x8769] = exif.get_ifd(0x8769)
    picture.save(file, quality=90, exif=exif)


def slip(number: str) -> Image.Image:
    paper = Image.new("RGB", (1000, 400), "white")
    paper.paste(labels.bars("code128", format_order(number)), (60, 60))
    return paper


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "phone"
    made.mkdir()
    saved(slip(kit.NUMBER), made / "1.jpg", 0)
    saved(labels.product_label(STORY.model, STORY.serial, STORY.gtin[-13:]), made / "2.jpg", 5)
    saved(Image.effect_noise((400, 300), 40).convert("RGB"), made / "3.jpg", 9)
    saved(slip("SZ-000000-0000"), made / "4.jpg", 20)
    saved(Image.effect_noise((400, 300), 50).convert("RGB"), made / "5.jpg", 22)
    return made


def kept(at: At) -> list[Attachment]:
    station = at.open()
    with station.store.reading() as rows:
        found = rows.find(Attachment, order_id=kit.ORDER)
    at.close()
    return found


def test_looking_records_nothing_and_applying_twice_records_once(work: At, folder: Path) -> None:
    told = work("photos", str(folder))
    assert told.code == 0 and told.answer["applied"] is None
    mine, asked = told.answer["groups"]
    assert mine["number"] == kit.NUMBER
    assert [(one["file"], one["kind"], one["rule"]) for one in mine["pictures"]] == [
        ("1.jpg", "slip", "slip"), ("2.jpg", "label", "visit"), ("3.jpg", "photo", "visit"),
    ]  # fmt: skip
    assert [(one["file"], one["rule"], one["asked"]) for one in asked["pictures"]] == [
        ("4.jpg", "slip_unknown", True), ("5.jpg", "no_slip", True),
    ]  # fmt: skip
    assert kept(work) == [] and work.pending() == 0

    done = work("photos", str(folder), "--apply")
    assert done.code == 0
    assert done.answer["applied"] == {
        "attached": 3, "already": 0, "identified": [kit.NUMBER], "visits_begun": [], "invoices": [], "failed": [],
    }  # fmt: skip
    assert sorted(one.kind for one in kept(work)) == ["label", "photo", "slip"]
    assert min(one.taken_at for one in kept(work) if one.taken_at) == datetime(2026, 3, 17, 1, tzinfo=UTC)
    station = work.open()
    with station.store.reading() as rows:
        unit = rows.get(OrderUnit, kit.UNIT)
    work.close()
    assert unit is not None and (unit.serial, unit.serial_source) == (STORY.serial, "scan")
    waiting = work.pending()

    again = work("photos", str(folder), "--apply")
    assert (again.answer["applied"]["attached"], again.answer["applied"]["already"]) == (0, 3)
    assert work.pending() == waiting, "applying twice changes nothing"


INVOICE = parse_invoice(STORY.invoice_qr)


def unit_of(at: At) -> OrderUnit:
    station = at.open()
    with station.store.reading() as rows:
        unit = rows.get(OrderUnit, kit.UNIT)
    at.close()
    assert unit is not None
    return unit


def test_an_invoice_in_the_pictures_fills_the_papers_before_the_unit_is_judged(work: At, folder: Path) -> None:
    saved(labels.invoice_picture(INVOICE), folder / "3.jpg", 9)
    mine = work("photos", str(folder)).answer["groups"][0]
    assert [one["kind"] for one in mine["pictures"]] == ["slip", "label", "invoice"]
    assert mine["invoice"]["rule"] == "new"
    assert mine["invoice"]["to_record"]["date"] == STORY.invoice_date.isoformat()
    assert unit_of(work).invoice_date is None, "looking records nothing"
    assert work("photos", str(folder), "--apply").answer["applied"]["invoices"] == [kit.NUMBER]
    unit = unit_of(work)
    assert (unit.invoice_number, unit.invoice_date, unit.invoice_fen) == (
        INVOICE.key, STORY.invoice_date, STORY.invoice_fen,
    )  # fmt: skip
    assert unit.verdict_id is not None
    waiting = work.pending()
    again = work("photos", str(folder), "--apply").answer
    assert (again["groups"][0]["invoice"]["rule"], again["applied"]["invoices"]) == ("known", [])
    assert work.pending() == waiting


def test_another_invoice_than_the_recorded_one_is_left_to_a_person(work: At, folder: Path) -> None:
    assert work.act("record_documents", invoice_number="87654321", invoice_date="2025-01-02").code == 0
    saved(labels.invoice_picture(INVOICE), folder / "3.jpg", 9)
    done = work("photos", str(folder), "--apply").answer
    assert (done["groups"][0]["invoice"], done["applied"]["invoices"]) == ({"rule": "other", "to_record": None}, [])
    assert unit_of(work).invoice_number == "87654321"
    words = kit.command("--data", str(work.folder), "--lang", "en", "photos", str(folder)).out
    assert "Another invoice is recorded" in words


def test_papers_that_were_found_altered_stay_so(work: At, folder: Path) -> None:
    assert work.act("identify_unit", serial=STORY.serial).code == 0
    assert work.act("record_documents", problem="altered").code == 0
    saved(labels.invoice_picture(INVOICE), folder / "3.jpg", 9)
    assert work("photos", str(folder), "--apply").answer["applied"]["invoices"] == [kit.NUMBER]
    unit = unit_of(work)
    assert (unit.document_problem, unit.invoice_date) == ("altered", STORY.invoice_date)
    assert unit.verdict_id is not None, "judged again by the papers"


def test_a_label_of_another_unit_than_the_identified_one_is_asked(work: At, folder: Path) -> None:
    assert work.act("identify_unit", serial=kit.EXCHANGED).code == 0
    groups = work("photos", str(folder)).answer["groups"]
    assert {one["rule"] for one in groups[-1]["pictures"]} == {"other_unit", "no_slip", "slip_unknown"}


def test_refusals(stations: Stations, work: At, folder: Path, tmp_path: Path) -> None:
    stations()("photos", str(folder)).refused("login_needed")
    (tmp_path / "none").mkdir()
    work("photos", str(tmp_path / "none")).refused("pictures_none")
    (folder / "6.jpg").write_bytes(b"no picture")
    (folder / "7.dng").write_bytes(b"II*\0")
    done = work("photos", str(folder), "--apply")
    assert done.code == 3, "something could not be read; the rest is recorded"
    assert [one["code"] for one in done.answer["unreadable"]] == ["picture_unknown", "picture_raw"]
    assert done.answer["applied"]["attached"] == 3
    words = kit.command("--data", str(work.folder), "--lang", "zh_CN", "photos", str(folder)).out
    assert "未归入工单" in words and "RAW" in words and kit.NUMBER in words


def test_a_heic_picture_is_attached_as_jpeg(work: At) -> None:
    """By the order's own form too: other stations have nothing to show HEIC with."""
    heic = Path(__file__).parents[2] / "data" / "label.heic"
    assert work.act("add_attachment", file=str(heic), kind="label").code == 0
    assert [(one.kind, one.media_type) for one in kept(work)] == [("label", "image/jpeg")]
