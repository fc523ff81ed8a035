"""An article and a job template on paper: the language's own words, headings, points, steps and parts; many pages."""

import pypdfium2
import pytest

from app import i18n
from app.queries.knowledge import ArticleView, LikelyLine, Named, TemplateView
from app.ui.printing import A4, A5, KINDS, PAPER_DPI, paper_print, write_print
from app.ui.printing.article import article_paper, template_paper
from tests.unit.world import NOW

TELEVISION = Named("tv_lcd", "平板电视", "Flat TV")
ARTICLE = ArticleView(
    id="KB-0001.2", number="KB-0001", edition=2, state="published", title_zh="先量背光", title_en="Backlight first",
    body_zh="断电两分钟。\n# 步骤\n- 量灯条\n- 换灯条", body_en="", classes=(TELEVISION,), models=(),
    codes=(("symptom", Named("D01", "无图像", "No picture")),), parts=(), pictures=(), editions=(), published_at=NOW,
    author="", place="", newest_id="KB-0001.2", ended_why="",
)  # fmt: skip
TEMPLATE = TemplateView(
    id="JT-0001.1", number="JT-0001", edition=1, state="published", title_zh="换灯条", title_en="New strips",
    product_class=TELEVISION, models=(), symptoms=(Named("D01", "无图像", "No picture"),), steps_zh=("断电", "换灯条"),
    steps_en=("Unplug", "Exchange the strips"), parts=(LikelyLine("TV-BAC-0301", "背光组件", "Backlight", 2, 3),),
    minutes=110, published_at=NOW,
)  # fmt: skip


def words_of(make, path, size=A4) -> list[str]:
    """The text of each page, without spaces."""
    what = paper_print(KINDS["article"], "KB-0001", make)
    document = pypdfium2.PdfDocument(str(write_print(what, path / "p.pdf", size, PAPER_DPI)))
    try:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


@pytest.mark.parametrize("size", [A4, A5])
def test_an_article_is_printed_whole_in_the_language_it_has(qapp, tmp_path, size):
    with i18n.speaking("en"):
        (page,) = words_of(lambda: article_paper(ARTICLE, "today", "Konwell"), tmp_path, size)
    for said in ("先量背光", "KB-0001", "edition2", "FlatTV", "D01Nopicture", "步骤", "•量灯条"):
        assert said in page, said


def test_a_template_has_numbered_steps_and_its_parts(qapp, tmp_path):
    with i18n.speaking("en"):
        (page,) = words_of(lambda: template_paper(TEMPLATE), tmp_path)
    for said in ("Newstrips", "1.Unplug", "2.Exchangethestrips", "TV-BAC-0301", "Backlight"):
        assert said in page, said


def test_a_long_article_goes_on_to_further_pages(qapp, tmp_path):
    import dataclasses

    body = "\n\n".join(f"第{number}段，" + "写得很长。" * 30 for number in range(40))
    pages = words_of(lambda: article_paper(dataclasses.replace(ARTICLE, body_zh=body)), tmp_path, A5)
    assert len(pages) > 2
    assert "第39段" in pages[-1]
