"""The kit for papers: strips fall on pages whole and in order, tables go on under their heads, ends stay together."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import i18n
from app.i18n import _
from app.ui.printing import A4, A5, KINDS, PAPER_DPI, Print, paint_page, paper_print, write_print
from app.ui.printing.page_flow import Strip, flow
from app.ui.printing.paper import (
    Blanks,
    Column,
    Facts,
    Notice,
    Paper,
    Signatures,
    Table,
    Words,
    WritingLines,
    paper_pages,
)

TOP, BOTTOM = 40.0, 200.0
SIZES = st.floats(1, 30, allow_nan=False)


@dataclass(frozen=True)
class Named(Strip):
    """A strip one can tell from the others."""

    name: int = 0


def strips_of(heights, gaps, flags):
    head = Strip(5, print, with_next=True)
    return [
        Named(height, print, gap=gap, again=head if flag == "row" else None, with_next=flag == "kept", name=place)
        for place, (height, gap, flag) in enumerate(zip(heights, gaps, flags, strict=False))
    ]


@given(
    st.lists(SIZES, max_size=40),
    st.lists(st.sampled_from([0.0, 3.0]), min_size=40, max_size=40),
    st.lists(st.sampled_from(["", "row", "kept"]), min_size=40, max_size=40),
    st.lists(SIZES, max_size=3),
)
def test_strips_fall_whole_and_in_order_and_the_tail_ends_the_last_page(heights, gaps, flags, tail_heights):
    strips = strips_of(heights, gaps, flags)
    tail = [Named(height, print, name=100 + place) for place, height in enumerate(tail_heights)]
    pages = flow(strips, tail, TOP, BOTTOM)
    placed = [strip.name for page in pages for _y, strip in page if isinstance(strip, Named)]
    assert placed == [*range(len(strips)), *(100 + place for place in range(len(tail)))]
    for page in pages:
        below = TOP
        for y, strip in page:
            assert y >= below - 1e-6
            below = y + strip.height
        assert below <= BOTTOM + 1e-6 or (len(page) <= 40 and _too_high(page))
        first = page[0][1] if page else None
        assert page is pages[0] or first is not None
        if isinstance(first, Named) and page is not pages[0]:
            assert first.again is None
    assert [strip.name for _y, strip in pages[-1] if isinstance(strip, Named)][-len(tail) :] == [
        one.name for one in tail
    ] or not tail


def _too_high(page):
    """Strips that must stay together can be higher than a page: then nothing else helps."""
    return any(strip.with_next for _y, strip in page)


@given(st.integers(1, 120), st.integers(0, 2))
def test_no_page_has_the_tail_alone_while_something_can_go_with_it(count, gap):
    rows = [Named(7, print, gap=gap if not place % 5 else 0, name=place) for place in range(count)]
    pages = flow(rows, [Named(30, print, name=999)], TOP, BOTTOM)
    assert len(pages[-1]) > 1


@given(st.integers(2, 60))
def test_lines_to_write_on_take_the_room_that_is_left_on_one_page_only(count):
    rows = [Strip(7, print) for _place in range(count)]
    pages = flow([*rows, Strip(8, print, grows=True)], [Strip(20, print)], TOP, BOTTOM)
    if len(pages) == 1:
        room = BOTTOM - TOP - 20 - 7 * count
        assert sum(strip.grows for _y, strip in pages[0]) == max(1, int(room // 8))
    else:
        assert sum(strip.grows for page in pages for _y, strip in page) == 1


def a_paper(count: int = 3, **more) -> Paper:
    rows = [(str(place), f"Row{place:04d}", f"¥{place}.00") for place in range(count)]
    columns = (Column("No.", whole=True, right=True), Column(_("Part name")), Column(_("Amount"), whole=True))
    facts = (("From", "深圳南山维修站"), ("Note", "words " * 90), ("Empty", ""))
    values = {
        "blocks": (Facts(facts, "Facts"), Table(columns, rows, "Table", total=("", "Sum", "¥9.00"))),
        "signatures": Signatures(("One", "Two"), "Said"),
        "footnote": "small",
    }
    return Paper("Title", "T-2603-0001", "FX-T:T-2603-0001", "Maker", "Place", printed="today", **(values | more))


def a_print(make) -> Print:
    return paper_print(KINDS["box_list"], "T-1", make)


def words_of(what: Print, path, size=A4) -> list[str]:
    """The text of each page, without the spaces, of which the reader of PDFs sees some that are none."""
    document = pypdfium2.PdfDocument(str(write_print(what, path, size, PAPER_DPI)))
    try:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


@pytest.mark.parametrize("size", [A4, A5])
@pytest.mark.parametrize("count", [0, 1, 30, 31, 32, 90])
def test_every_row_is_printed_once_under_heads_and_pages_are_numbered(qapp, tmp_path, size, count):
    pages = words_of(a_print(partial(a_paper, count)), tmp_path / "p.pdf", size)
    whole = "".join(pages)
    assert [whole.count(f"Row{place:04d}") for place in range(count)] == [1] * count
    assert all("Partname" in page for page in pages if "Row" in page)
    assert [f"{place + 1}/{len(pages)}" in page for place, page in enumerate(pages)] == [True] * len(pages)
    assert all("T-2603-0001" in page for page in pages)
    assert whole.count("Said") == whole.count("small") == 1
    assert whole.count("Sum") == bool(count)
    assert "Said" in pages[-1]
    assert "Empty" not in whole


def test_a_paper_speaks_the_language_of_its_making(qapp, tmp_path):
    with i18n.speaking("zh_CN"):
        assert "配件名称" in words_of(a_print(a_paper), tmp_path / "p.pdf")[0]
        assert i18n.language() == "zh_CN"
    assert "Partname" in words_of(a_print(a_paper), tmp_path / "p.pdf")[0]
    with i18n.speaking(""):
        assert i18n.language() == "en"


def test_the_window_keeps_its_language_while_a_thread_writes_a_paper_in_another():
    with ThreadPoolExecutor(1) as pool, i18n.speaking("zh_CN"):
        assert (i18n._("Box list"), pool.submit(i18n._, "Box list").result()) == ("装箱单", "Box list")
    assert i18n._("Box list") == "Box list"


def test_every_block_can_stand_on_a_page_and_nothing_leaves_its_edges(qapp):
    blocks = (
        Notice("A long title that is framed " * 3, "first\nsecond"),
        Words("text " * 300, "Heading"),
        WritingLines("Write here", 2),
        Blanks(("Arrived", "Left")),
        Table((Column("A"), Column("B")), (), "By hand", hand_rows=2),
        Table((Column("A"),), (), "Nothing", empty="None"),
        Table((Column("A"),), (), "Not even that"),
    )
    for size in (A4, A5):
        compose = a_print(lambda: a_paper(blocks=blocks)).compose
        pages = paint_page(compose, size, 203)[1]
        assert pages <= 2
        edge = round(9 * 203 / 25.4)
        for page in range(pages):
            image, _pages = paint_page(compose, size, 203, page)
            for x in (edge, image.width() - edge):
                assert {image.pixelColor(x, y).value() for y in range(image.height())} == {255}


def test_a_paper_without_a_code_has_its_number_in_words(qapp, tmp_path):
    plain = Paper("Title", "T-1", "", "Maker", "Place", blocks=())
    assert "T-1" in words_of(a_print(lambda: plain), tmp_path / "p.pdf")[0]
    assert len(words_of(Print(KINDS["box_list"], "x", lambda s: paper_pages(plain, s)), tmp_path / "q.pdf")) == 1


def test_each_kind_has_its_usual_size_among_its_sizes_and_a_file_name_of_its_own():
    assert all(kind.usual in kind.sizes for kind in KINDS.values())
    names = {Print(kind, "SZ-1/2 号", lambda _sheet: []).file_name for kind in KINDS.values()}
    assert len(names) == len(KINDS)
    assert all(name.startswith("SZ-1_2_号-") for name in names)
