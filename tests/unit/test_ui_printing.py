"""What is printed can be read again by the program's own reader at the label printer's resolution."""

from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFont, QFontMetrics

from app import i18n
from app.ui.printing import (
    A4,
    A5,
    BOX_LABEL,
    LABEL,
    LABEL_DPI,
    LARGE_LABEL,
    TAG,
    BoxItem,
    BoxLabel,
    FieldSlip,
    OldPartTag,
    OrderLabel,
    UnitLabel,
    write_box_list,
    write_field_slip,
    write_label,
    write_old_part_tag,
)
from app.ui.printing.codes import code128, qr
from app.ui.printing.sheet import wrapped
from core.identifiers import format_old_part, format_old_part_qr, format_order, format_unit, parse_order, tag_of
from core.ids import new_id

SLIP = FieldSlip(
    order_number="SZ-260317-0271", service="上门维修", customer="陈女士", phone="13812342716",
    address="深圳市南山区科技园南路 18 号科技大厦 B 座 1203 室" * 3, unit="LED55K35U", serial="K35U5523A0810472",
    appointment="2026-03-17 10:00–12:00",
    fault="有声音无图像，间歇出现。" * 12, station="深圳南山维修站", technician="李伟",
)  # fmt: skip


def _page(path, dpi=LABEL_DPI):
    document = pypdfium2.PdfDocument(str(path))
    try:
        assert len(document) == 1
        page = document[0]
        return page.render(scale=dpi / 72).to_pil().convert("L"), tuple(round(mm / 72 * 25.4) for mm in page.get_size())
    finally:
        document.close()


def _texts(image):
    return {str(code.format): code.text for code in zxingcpp.read_barcodes(image)}


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_tag_is_50_by_30_and_both_its_codes_read(qapp, tmp_path, language):
    i18n.set_language(language)
    for _round in range(5):
        tag = tag_of(new_id())
        path = write_old_part_tag(
            OldPartTag(tag, "BL-5535-A", "背光灯条", "SZ-260317-0271", "S1" * 20), tmp_path / "t.pdf"
        )
        image, size = _page(path)
        assert size == (50, 30)
        assert _texts(image) == {"Code 128": format_old_part(tag), "QR Code": format_old_part_qr(tag)}


UNIT = UnitLabel(
    "LED55K35U", "K35U5523A0810472", "55英寸4K智能液晶电视机" * 3, SLIP.order_number, SLIP.station, "2026-03-17"
)
ORDER = OrderLabel(SLIP.order_number, "LED55K35U 液晶电视", SLIP.fault, "陈**", SLIP.station, "2026-03-17")
BOX = BoxLabel("SZ-B-2603-0012", "FX-B:SZ-B-2603-0012", SLIP.station * 4, "深圳分公司旧件库" * 4, 17, "2026-03-18")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize(
    ("label", "size", "texts"),
    [
        (UNIT, LABEL, {"Code 128": UNIT.serial, "QR Code": format_unit(UNIT.model, UNIT.serial)}),
        (UNIT, TAG, {"QR Code": format_unit(UNIT.model, UNIT.serial)}),
        (ORDER, LARGE_LABEL, dict.fromkeys(("Code 128", "QR Code"), format_order(ORDER.order_number))),
        (ORDER, TAG, {"QR Code": format_order(ORDER.order_number)}),
        (BOX, BOX_LABEL, dict.fromkeys(("Code 128", "QR Code"), BOX.code)),
    ],
)
def test_labels_keep_to_their_size_and_bars_that_would_be_too_fine_are_left_out(
    qapp, tmp_path, label, size, texts, language
):
    i18n.set_language(language)
    image, found = _page(write_label(label, tmp_path / "l.pdf", size))
    assert found == (size.width, size.height)
    assert _texts(image) == texts
    for edge in ((0, 0, 4, image.height), (0, image.height - 4, image.width, image.height)):
        assert image.crop(edge).getextrema() == (255, 255)


def test_a_label_that_holds_no_code_is_refused(qapp, tmp_path):
    with pytest.raises(ValueError, match="does not fit"):
        write_label(UnitLabel("M" * 600, "S" * 600), tmp_path / "l.pdf", TAG)


def test_chinese_in_a_serial_leaves_the_qr_code(qapp, tmp_path):
    label = UnitLabel("LED55K35U", "样机7")
    image, _size = _page(write_label(label, tmp_path / "l.pdf", LABEL))
    assert _texts(image) == {"QR Code": format_unit(label.model, label.serial)}


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (3, 1), (90, 3)])
def test_the_box_list_has_a_line_for_each_part_and_its_code_on_every_page(qapp, tmp_path, count, pages):
    items = [BoxItem(f"TAG{place:09d}", "BL-1", "背光灯条" * 8, f"PN{place:06d}", "SZ-1") for place in range(count)]
    path = write_box_list(BOX, items, tmp_path / "b.pdf")
    document = pypdfium2.PdfDocument(str(path))
    try:
        assert len(document) == pages
        words = [page.get_textpage().get_text_range() for page in document]
        images = [page.render(scale=LABEL_DPI / 72).to_pil().convert("L") for page in document]
    finally:
        document.close()
    assert "".join(words).count("TAG") == count
    assert [_texts(image) for image in images] == [{"Code 128": BOX.code, "QR Code": BOX.code}] * pages


@pytest.mark.parametrize(("paper", "size"), [(A4, (210, 297)), (A5, (148, 210))])
def test_the_slip_keeps_to_its_page_and_its_code_reads(qapp, tmp_path, paper, size):
    image, found = _page(write_field_slip(SLIP, tmp_path / "s.pdf", paper))
    assert found == size
    assert _texts(image) == {"Code 128": format_order(SLIP.order_number)}
    assert parse_order(_texts(image)["Code 128"]) == SLIP.order_number
    edge = image.crop((0, image.height - 12, image.width, image.height))
    assert edge.getextrema() == (255, 255)


def test_a_long_order_number_gets_a_qr_code_in_place_of_bars_too_fine_to_read(qapp, tmp_path):
    slip = replace(SLIP, order_number="SHENZHEN-NANSHAN-260317-000271")
    image, _size = _page(write_field_slip(slip, tmp_path / "s.pdf"))
    assert _texts(image) == {"QR Code": format_order(slip.order_number)}


def test_chinese_is_really_drawn(qapp, tmp_path):
    document = pypdfium2.PdfDocument(str(write_field_slip(SLIP, tmp_path / "s.pdf")))
    words = document[0].get_textpage().get_text_range()
    document.close()
    assert "深圳南山维修站" in words


def test_a_place_that_cannot_be_written_is_an_os_error(qapp, tmp_path):
    with pytest.raises(OSError, match="cannot"):
        write_field_slip(SLIP, tmp_path / "missing" / "s.pdf")


@pytest.mark.parametrize("text", ["", "中文", "a\nb"])
def test_code_128_refuses_what_it_cannot_hold(text):
    with pytest.raises(ValueError, match="Code 128"):
        code128(text)


def test_a_qr_code_is_square_with_its_corner_marks():
    rows = qr("FX-P:8T5CY4TQKFF3")
    assert {len(row) for row in rows} == {len(rows)}
    assert all(rows[0][:7])
    with pytest.raises(ValueError, match="empty"):
        qr("")


@given(st.text(alphabet="ab 中文，", max_size=80), st.integers(1, 4))
def test_wrapping_keeps_to_its_lines_and_room(qapp, words, lines):
    metrics = QFontMetrics(QFont())
    out = wrapped(words, metrics, 120, lines)
    assert 1 <= len(out) <= lines
    assert all(metrics.horizontalAdvance(line) <= 121 for line in out)
    if "…" not in out[-1]:
        assert "".join(out).replace(" ", "") == words.replace(" ", "")
